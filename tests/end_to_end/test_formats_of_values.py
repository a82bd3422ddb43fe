"""Any number or time that a declared format can write comes back exactly, and any other text is refused, on DuckDB."""

from __future__ import annotations

import json
import random
from collections.abc import Callable

import pytest

from loader.contract.date_formats import parse_format
from tests.end_to_end.house import House
from tests.end_to_end.read_by_sql import read_numbers, read_times
from tests.end_to_end.written_numbers import NUMBERS, in_decimals, numbers, read_number
from tests.end_to_end.written_times import TIMES, expected, read_time, times

pytestmark = pytest.mark.dbt


@pytest.fixture(scope="module")
def house(new_house: Callable[[], House]) -> House:
    return new_house()


def test_numbers_come_back_exactly_or_are_refused(house: House) -> None:
    draw = random.Random(20240131)
    known = [numbers(draw, words, 150) for words in NUMBERS]
    # The texts of one format are tried in the others too.
    texts = {text for found in known for text in list(found)[:20]}
    asked = [(words, [*found, *sorted(texts - found.keys())]) for words, found in zip(NUMBERS, known, strict=True)]
    answers = read_numbers(house, asked)
    for (words, written), answer in zip(asked, answers, strict=True):
        wanted = {text: in_decimals(read_number(text, words)) for text in written}
        assert dict(zip(written, answer, strict=True)) == wanted, words


def test_times_come_back_exactly_or_are_refused(house: House) -> None:
    draw = random.Random(20240229)
    known = [times(draw, form, 100) for form in TIMES]
    hard = ["30.02.2024", "29.02.2023", "2024-01-01 24:00:00", "31 Jun 2024", "00.01.2024", "1 Sept 2024", ""]
    asked = [(form, [*found, *hard]) for form, found in zip(TIMES, known, strict=True)]
    answers = read_times(house, asked)
    for (form, written), answer in zip(asked, answers, strict=True):
        wanted = {text: value and expected(value) for text in written for value in [read_time(text, form)]}
        assert dict(zip(written, answer, strict=True)) == wanted, form


def test_sql_and_loader_divide_formats_alike(house: House) -> None:
    shown = house.show(
        " union all ".join(
            f"select {number} as number, {{{{ sql_text(date_tokens({form!r}) | tojson) }}}} as tokens"
            for number, form in enumerate(TIMES)
        )
    )
    for row in shown:
        tokens = [{"field": token.field, "text": token.text} for token in parse_format(TIMES[row["number"]])]
        assert json.loads(row["tokens"]) == tokens
