"""Ids and times of decisions are judged by what Unicode and ISO 8601 say."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.end_to_end.house import House
from tests.end_to_end.judged_texts import assert_characters_are_judged, assert_ids_are_judged, assert_times_are_judged

pytestmark = pytest.mark.dbt


@pytest.fixture(scope="module")
def house(new_house: Callable[[], House]) -> House:
    return new_house()


def test_text_that_cannot_be_an_id_is_refused_with_why(house: House) -> None:
    assert_ids_are_judged(house)


def test_blank_and_unseen_characters_are_those_of_unicode(house: House) -> None:
    assert_characters_are_judged(house, "duckdb")


def test_time_of_a_decision_is_one_on_every_engine(house: House) -> None:
    assert_times_are_judged(house)
