"""Any text that a bank delivers comes out of the models' own SQL as it went in."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.end_to_end.house import House

pytestmark = pytest.mark.dbt

HARD = (
    "\\",
    "\\N",
    "\\n",
    "\\s",
    "\\\\N",
    "n",
    '"',
    '""',
    ",",
    "\n",
    "\r",
    "\r\n",
    " ",
    "\t",
    "é",
    "😀",
    "\ufeff",
    "=1+1",
)
TEXTS = st.one_of(
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20),
    st.lists(st.sampled_from(HARD), max_size=8).map("".join),
)


def many_texts() -> list[str]:
    """Return some thousand texts, the hard ones among them."""
    found: list[str] = [*HARD, ""]

    @seed(20240131)
    @settings(max_examples=1_000, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(st.lists(TEXTS, min_size=3, max_size=3))
    def collect(texts: list[str]) -> None:
        found.extend(texts)

    collect()
    return found


def test_any_text_survives_landing_and_decoding(new_house: Callable[[], House]) -> None:
    house, texts = new_house(), many_texts()
    file = io.StringIO(newline="")
    writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(["account", "currency", "opened", "closed", "status"])
    writer.writerows([text, "EUR", "2024-01-01", "", "open"] for text in texts)
    landed = house.land("accounts", file.getvalue().encode() + b",EUR,2024-01-01,,open\r\n")
    assert (landed.manifest.rows_landed, landed.manifest.rows_malformed) == (len(texts) + 1, 0)
    house.build("--select", "stg_accounts", "stg_files", "currencies", "--exclude-resource-type", "test")
    found = [text for (text,) in house.query("select business_key from stg_accounts order by row_number")]
    assert found == [*texts, None]
