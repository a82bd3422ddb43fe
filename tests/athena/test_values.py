"""The words of a contract about values and rows mean on Athena what they mean on DuckDB."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from tests.athena.house import AthenaHouse
from tests.end_to_end.read_by_sql import read_numbers, read_times
from tests.end_to_end.worded_feeds import add_feeds, found, worded_feeds
from tests.end_to_end.written_numbers import NUMBERS, in_decimals, numbers, read_number
from tests.end_to_end.written_times import TIMES, expected, read_time, times

pytestmark = pytest.mark.dbt


@pytest.fixture(scope="module")
def house(athena_house: Callable[[], AthenaHouse]) -> AthenaHouse:
    house = athena_house()
    add_feeds(house, worded_feeds())
    return house


def test_rows_are_read_as_the_contract_says(house: AthenaHouse) -> None:
    feeds = worded_feeds()
    results = found(house, "athena", feeds)
    for feed in feeds:
        assert results[feed.name] == feed.expected, feed.name


def test_numbers_come_back_exactly_or_are_refused(house: AthenaHouse) -> None:
    draw = random.Random(31)
    known = [numbers(draw, words, 60) for words in NUMBERS]
    asked = [(words, list(found)) for words, found in zip(NUMBERS, known, strict=True)]
    for (words, written), answer in zip(asked, read_numbers(house, asked), strict=True):
        wanted = {text: in_decimals(read_number(text, words)) for text in written}
        assert dict(zip(written, answer, strict=True)) == wanted, words


def test_times_come_back_exactly_or_are_refused(house: AthenaHouse) -> None:
    draw = random.Random(29)
    known = [times(draw, form, 40) for form in TIMES]
    hard = ["30.02.2024", "29.02.2023", "2024-01-01 24:00:00", "31 Jun 2024"]
    asked = [(form, [*found, *hard]) for form, found in zip(TIMES, known, strict=True)]
    for (form, written), answer in zip(asked, read_times(house, asked), strict=True):
        wanted = {text: value and expected(value) for text in written for value in [read_time(text, form)]}
        assert dict(zip(written, answer, strict=True)) == wanted, form
