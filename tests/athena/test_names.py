"""Names that others chose, of feeds and columns, are text on Athena too."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.athena.house import AthenaHouse
from tests.end_to_end.words_feed import add_words_feeds, assert_words_are_names, land_words, stage

pytestmark = pytest.mark.dbt


def test_feeds_and_columns_may_be_words_of_sql(athena_house: Callable[[], AthenaHouse]) -> None:
    house = athena_house()
    add_words_feeds(house)
    house.open_landing()
    land_words(house)
    stage(house)
    assert_words_are_names(house)
