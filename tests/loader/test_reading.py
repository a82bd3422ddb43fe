"""Python reads numbers and days as a contract has them written: what a format can write, exactly, and nothing else."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loader.contract.reading import read_count, read_day, read_number, read_time
from loader.contract.values import DateWords, NumberFormat, NumberWords
from tests.end_to_end.written_numbers import NUMBERS, numbers
from tests.end_to_end.written_times import TIMES, times

SIGNS = st.sampled_from([(".", None), (",", None), (",", "."), (".", ","), (".", "'"), (",", " ")])
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def written_by(**words: Any) -> NumberFormat:
    """Return the plain format with these words."""
    plain = {"decimal_char": ".", "group_char": None, "grouping": "thousands", "negative": "minus", "symbols": ()}
    return NumberFormat(**(plain | words))


def grouped(digits: str, sign: str, grouping: str) -> str:
    """Write digits in groups."""
    groups, rest = [digits[-3:]], digits[:-3]
    size = 2 if grouping == "indian" else 3
    while rest:
        groups.insert(0, rest[-size:])
        rest = rest[:-size]
    return sign.join(groups)


@given(
    number=st.decimals(-(10**14), 10**14, places=2),
    signs=SIGNS,
    grouping=st.sampled_from(["thousands", "indian"]),
    negative=st.sampled_from(["minus", "trailing_minus", "parentheses"]),
    symbol=st.sampled_from(["", "$", "€ ", "CHF "]),
    in_groups=st.booleans(),
)
def test_number_that_a_format_can_write_comes_back(
    number: Decimal, signs: tuple[str, str | None], grouping: str, negative: str, symbol: str, in_groups: bool
) -> None:
    decimal_char, group_char = signs
    whole, _, fraction = f"{abs(number):.2f}".partition(".")
    digits = grouped(whole, group_char, grouping) if group_char and in_groups else whole
    plain = f"{symbol}{digits}{decimal_char}{fraction}"
    is_negative = number < 0
    forms = {"minus": f"-{plain}", "trailing_minus": f"{plain}-", "parentheses": f"({plain})"}
    written = written_by(
        decimal_char=decimal_char,
        group_char=group_char,
        grouping=grouping,
        negative=negative,
        symbols=(symbol.strip(),) if symbol else (),
    )
    assert read_number(forms[negative] if is_negative else plain, written) == number


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("-12.99", {"decimal_char": ",", "group_char": "."}),
        ("1.2,3", {"decimal_char": ",", "group_char": "."}),
        ("12.34,5", {"decimal_char": ",", "group_char": "."}),
        ("1,234.567,8", {"group_char": ","}),
        ("1234,567", {"group_char": ","}),
        ("1,42,350", {"group_char": ","}),
        ("142,350", {"group_char": ",", "grouping": "indian"}),
        ("1e3", {}),
        ("+-1", {}),
        ("1.", {}),
        (".5", {}),
        ("", {}),
        ("\u0661", {}),
        ("-5", {"negative": "trailing_minus"}),
        ("5-", {}),
        ("(5", {"negative": "parentheses"}),
        ("$5$", {"symbols": ("$",)}),
        ("$-$5", {"symbols": ("$",)}),
        ("$  5", {"symbols": ("$",)}),
        ("€5", {"symbols": ("$",)}),
        ("5\n", {}),
    ],
)
def test_any_other_text_is_no_number(text: str, words: dict[str, Any]) -> None:
    assert read_number(text, written_by(**words)) is None


def test_blank_stands_for_three_blanks_and_minus_for_two_signs() -> None:
    for blank in " \u00a0\u202f":
        assert read_number(f"\u22121{blank}234,50", written_by(decimal_char=",", group_char=" ")) == Decimal("-1234.50")
    assert read_number("+7", written_by()) == 7


@pytest.mark.parametrize("text", ["-$5", "$-5", "- $5", "$ -5", "-5 $", "-5$"])
def test_symbol_is_before_the_sign_after_it_or_at_the_end(text: str) -> None:
    assert read_number(text, written_by(symbols=("€", "$"))) == -5


@pytest.mark.parametrize("words", NUMBERS, ids=str)
def test_numbers_are_read_as_by_hand(words: dict[str, Any]) -> None:
    stated = {word: value for word, value in words.items() if word != "unsigned"}
    written = NumberFormat.of(NumberWords.model_validate(stated), is_unsigned=words.get("unsigned", False))
    for seed in range(20):
        for text, value in numbers(random.Random(seed), words, 100).items():
            assert read_number(text, written) == value, text


@pytest.mark.parametrize("written", TIMES)
def test_times_are_read_as_by_hand(written: str) -> None:
    for seed in range(20):
        for text, value in times(random.Random(seed), written, 100).items():
            found = read_time(text, written, 2000)
            assert found == (value and value.replace(tzinfo=None)), text


def test_count_is_a_whole_number_from_zero() -> None:
    assert read_count("1,234", written_by(group_char=",")) == 1234
    assert [read_count(text, written_by()) for text in ("0", "5.0", "5.5", "-1", "x")] == [0, 5, None, None, None]


@given(day=st.dates(date(1900, 1, 1), date(2199, 12, 31)))
def test_day_that_a_format_can_write_comes_back(day: date) -> None:
    month = MONTHS[day.month - 1]
    full = {
        "yyyy-MM-dd": f"{day:%Y-%m-%d}",
        "dd.MM.yyyy": f"{day:%d.%m.%Y}",
        "d/M/yyyy": f"{day.day}/{day.month}/{day.year}",
        "d MMM yyyy": f"{day.day} {month.upper()} {day.year}",
        "MM/dd/yyyy h:mm:ss a": f"{day:%m/%d/%Y} 1:02:03 pm",
        "dd-MM-yyyy HH:mm:ss xx": f"{day:%d-%m-%Y} 23:59:59 -0800",
        "yyyyMMdd'T'HHmmss.SSSXXX": f"{day:%Y%m%d}T000000.100Z",
    }
    for written, text in full.items():
        assert read_day(text, DateWords(format=written)) == day, written
    assert read_day(f"{day:%Y-%m-%d}", DateWords()) == day
    century = day.year // 100 * 100
    assert read_day(f"{day:%d%m%y}", DateWords(format="ddMMyy", century=century)) == day


@given(ahead=st.integers(0, 364), until=st.dates(date(1990, 1, 1), date(2100, 12, 31)))
def test_day_without_a_year_is_the_latest_that_fits(ahead: int, until: date) -> None:
    day = until - timedelta(ahead)
    assert read_day(f"{day:%d.%m}.", DateWords(format="dd.MM."), until) == day


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("30.02.2024", {"format": "dd.MM.yyyy"}),
        ("1.2.2024", {"format": "dd.MM.yyyy"}),
        ("01.02.2024 ", {"format": "dd.MM.yyyy"}),
        ("01.02.24", {"format": "dd.MM.yyyy"}),
        ("01.13.2024", {"format": "dd.MM.yyyy"}),
        ("1 Mai 2024", {"format": "d MMM yyyy"}),
        ("01.02.2024 24:00", {"format": "dd.MM.yyyy HH:mm"}),
        ("01.02.2024 10:60", {"format": "dd.MM.yyyy HH:mm"}),
        ("2024-02-30", {}),
        ("2024-2-3", {}),
        ("01.02.", {"format": "dd.MM."}),
    ],
)
def test_any_other_text_is_no_day(text: str, words: dict[str, Any]) -> None:
    assert read_day(text, DateWords(**words)) is None
