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

pytestmark = pytest.mark.dbt

DOCUMENT = (Path(__file__).parents[2] / "docs" / "history.md").read_text()
BLOCKS = re.findall(r"```(\w+)\n(.*?)```\n", DOCUMENT, re.DOTALL)
COMMITTED = (
    datetime(2024, 2, 1, 6, tzinfo=UTC),
    datetime(2024, 2, 12, 6, tzinfo=UTC),
    datetime(2024, 3, 1, 6, tzinfo=UTC),
)


def text(value: Any) -> str:
    """Return a value as the document writes it."""
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    return "" if value is None else str(value)


@pytest.fixture(scope="module", params=["a build after each file", "one build"])
def house(request: pytest.FixtureRequest, new_house: Callable[[], House]) -> House:
    """The document's files, committed when it says."""
    house = new_house()
    first, closes, second, third = (block for language, block in BLOCKS if language == "csv")
    (house.project / "seeds" / "period_closes.csv").write_text(closes)
    for number, (at, content) in enumerate(zip(COMMITTED, (first, second, third), strict=True), start=1):
        # The clock is looked at once before the commit, and moves a second each time.
        house.clock.moment = at - timedelta(seconds=2)
        manifest = house.land("transactions", content, f"transactions_{number}.csv").manifest
        assert datetime.fromisoformat(manifest.committed_at) == at
        if request.param != "one build" or number == len(COMMITTED):
            house.build()
    return house


def test_each_query_of_the_document_answers_as_it_says(house: House) -> None:
    asked = re.findall(r"```sql\n([^`]*)```\n\n((?:\|.*\n)+)", DOCUMENT)
    assert len(asked) == 5
    for query, table in asked:
        header, _, *rows = ([cell.strip() for cell in line.strip("|\n ").split("|")] for line in table.splitlines())
        assert header[0] in query
        found = [[text(value) for value in row] for row in house.query(query)]
        assert found == [[cell.strip() for cell in row] for row in rows]


def test_builds_have_published_what_the_document_says(house: House) -> None:
    ((query, table),) = re.findall(r"```sql\n([^`]*)```\n\nIn the example above[^|]*((?:\|.*\n)+)", DOCUMENT)
    _, _, *rows = (line.split("|")[1:-1] for line in table.splitlines())
    found = [[text(value) for value in row] for row in house.query(query)]
    builds = house.value("select count(distinct published_at) from published_balances_snapshot")
    assert found == ([[cell.strip() for cell in row] for row in rows] if builds > 1 else [])


def test_the_document_shows_what_was_known_at_a_moment(house: House) -> None:
    (command,) = (block for language, block in BLOCKS if language == "bash")
    inline = re.search(r'--inline "(.*)"', command)
    assert inline is not None
    shown = house.dbt("show", "--output", "json", "--inline", inline[1].replace('\\"', '"'))
    assert shown.exit_code == 0, shown.output
    assert re.findall(r'"balance": "?([0-9.]+)', shown.output) == ["70.0"]
