"""Names that others chose, of feeds and columns, are text: none of them is read as SQL."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.end_to_end.house import House
from tests.end_to_end.words_feed import add_words_feeds, assert_words_are_names, land_words, stage

pytestmark = pytest.mark.dbt


def test_feeds_and_columns_may_be_words_of_sql(new_house: Callable[[], House]) -> None:
    house = new_house()
    add_words_feeds(house)
    # The raw views are made of the contract alone before a file has landed.
    stage(house)
    land_words(house)
    stage(house)
    assert_words_are_names(house)
