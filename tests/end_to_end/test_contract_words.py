"""The words of a contract about values and rows, each in a feed of its own, on DuckDB."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from loader.contract.project import load_contracts
from tests.end_to_end.house import House
from tests.end_to_end.worded_feeds import Feed, add_feeds, found, worded_feeds

pytestmark = pytest.mark.dbt

FEEDS = worded_feeds()

Results = dict[str, list[dict[str, str | None]]]


@pytest.fixture(scope="module")
def results(new_house: Callable[[], House]) -> Results:
    house = new_house()
    add_feeds(house, FEEDS)
    # The loader takes each of these contracts too.
    assert {feed.name for feed in FEEDS} <= load_contracts(house.project).keys()
    return found(house, "duckdb", FEEDS)


@pytest.mark.parametrize("feed", FEEDS, ids=lambda feed: feed.name)
def test_rows_are_read_as_the_contract_says(results: Results, feed: Feed) -> None:
    assert results[feed.name] == feed.expected
