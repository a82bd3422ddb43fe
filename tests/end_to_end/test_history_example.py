"""The example of docs/history.md, delivered and asked as it stands there."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.house import House

pytestmark = [pytest.mark.dbt, pytest.mark.slow]

DOCUMENT = (Path(__file__).parents[2] / "docs" / "history.md").read_text()
BLOCKS = re.findall(r"```(\w+)\n(.*?)```\n", DOCUMENT, re.DOTALL)
LANDED = (
    datetime(2024, 2, 1, 6, tzinfo=UTC),
    datetime(2024, 2, 12, 6, tzinfo=UTC),
    datetime(2024, 3, 1, 6, tzinfo=UTC),
)
PUBLISHED_AFTER = timedelta(hours=1)
CLOSE_RECORDED = datetime(2024, 2, 5, 19, tzinfo=UTC)


def text(value: Any) -> str:
    """Return a value as the document writes it."""
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    return "" if value is None else str(value)


@pytest.fixture(scope="module")
def house(new_house: Callable[[], House]) -> House:
    """The document's files, landed and published when it says."""
    house = new_house()
    first, closes, second, third = (block for language, block in BLOCKS if language == "csv")
    for number, (at, content) in enumerate(zip(LANDED, (first, second, third), strict=True), start=1):
        # The clock is looked at twice before the commit, and moves a second each time.
        house.clock.moment = at - timedelta(seconds=3)
        manifest = house.land("transactions", content, f"transactions_{number}.csv").manifest
        assert datetime.fromisoformat(manifest.landed_at) == at
        house.build(at=at + PUBLISHED_AFTER)
        if number == 1:
            (house.project / "seeds" / "period_closes.csv").write_text(closes)
            house.build(at=CLOSE_RECORDED)
    return house


def test_each_query_of_the_document_answers_as_it_says(house: House) -> None:
    asked = re.findall(r"```sql\n([^`]*)```\n\n((?:\|.*\n)+)", DOCUMENT)
    assert len(asked) >= 6
    for query, table in asked:
        header, _, *rows = ([cell.strip() for cell in line.strip("|\n ").split("|")] for line in table.splitlines())
        assert header[0] in query
        assert [[text(value) for value in row] for row in house.query(query)] == rows, query
