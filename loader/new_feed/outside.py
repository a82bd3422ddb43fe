"""What lines outside the table state: balances, the period, the number of entries; proved by entries where possible."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from loader.contract.reading import read_number
from loader.contract.values import NumberFormat
from loader.new_feed.booking import date_words
from loader.new_feed.dates import DAY_IN_TEXT, certain_days
from loader.new_feed.findings import Notes
from loader.new_feed.hints import is_named
from loader.new_feed.numbers import formats_of
from loader.new_feed.records import Record
from loader.new_feed.sources import literal

_NUMBER_IN_TEXT = re.compile(
    r"(?<![0-9A-Za-z.,])[-+\u2212]?[0-9][0-9.,' \u00a0\u202f\u2019]*(?:[.,][0-9]+)?(?![0-9A-Za-z])"
)


@dataclass(frozen=True)
class Item:
    """One item of `preamble`: its pattern and its words; or the line and column of a row that states it."""

    pattern: str
    words: tuple[tuple[str, object], ...] = ()
    row: tuple[int, int] | None = None


@dataclass(frozen=True)
class Stated:
    """A number outside the entries: in a line, or in a row that is no entry, there with its column's place."""

    record: Record
    text: str
    value: Decimal
    at: int | None = None


def equation(numbers: Sequence[Stated], moved: Decimal) -> tuple[Stated, Stated] | None:
    """Return two amounts of money of which the second is the first one and what moved; None where nothing moved."""
    money = [one for one in numbers if re.search(r"[.,][0-9]{2}\)?$", one.text)]
    pairs = ((a, b) for a in money for b in money if a is not b and a.value + moved == b.value)
    return next(pairs, None) if moved else None


def find_facts(
    lines: Sequence[Record],
    numbers: Sequence[Stated],
    totals: tuple[Decimal | None, Decimal | None, Decimal],
    entries: int,
    days: tuple[date, date],
    notes: Notes,
) -> dict[str, Item]:
    """Return what lines outside the table state of the file.

    Args:
        lines: records above the header and below the rows.
        numbers: what stands in those lines, and in rows that are no entries.
        totals: opening and closing by the entries' own balances, None where they state none, and the sum of amounts.
        entries: how many entries there are.
        days: the first and last booking day.
        notes: where findings go.
    """
    items = _balances(numbers, totals, days, notes)
    items |= _count(numbers, entries, notes)
    if "closing_balance" in items and "closing_date" not in items:
        items |= _period_end(lines, days, notes)
    return items


def has_day_and_number(text: str) -> bool:
    """Return whether a line names a day and holds a number beside it, whatever parts its cells."""
    rest = DAY_IN_TEXT.sub(lambda day: "x" * len(day[0]), text)
    return rest != text and _NUMBER_IN_TEXT.search(rest) is not None


def numbers_in_line(record: Record, number: NumberFormat) -> list[Stated]:
    """Return the numbers in a line outside the table, days left out."""
    found = []
    for cell in record.filled:
        for text in map(str.strip, _NUMBER_IN_TEXT.findall(DAY_IN_TEXT.sub(lambda day: "x" * len(day[0]), cell))):
            value = read_number(text, number)
            if value is None and len(formats_of([text])) == 1:
                value = read_number(text, formats_of([text])[0])
            if value is not None:
                found.append(Stated(record, text, value))
    return found


def _balances(
    numbers: Sequence[Stated],
    totals: tuple[Decimal | None, Decimal | None, Decimal],
    days: tuple[date, date],
    notes: Notes,
) -> dict[str, Item]:
    opening, closing, moved = totals
    stated: dict[str, Stated] = {}
    sure = "proved"
    if opening is not None and closing is not None:
        found = {"opening_balance": opening, "closing_balance": closing}
        for name, value in found.items():
            named = [one for one in numbers if one.value == value and _may_be(name, one.record.text)]
            if named:
                stated[name] = named[0]
    else:
        pair = equation(numbers, moved)
        if pair:
            stated = dict(zip(("opening_balance", "closing_balance"), pair, strict=True))
            notes.found(
                "one equation",
                f"{pair[0].text} + entries = {pair[1].text}: the sign, and that no row is missing",
                "proved",
            )
        else:
            stated, sure = _named_balance(numbers), "assumed"
    items: dict[str, Item] = {}
    for name, one in stated.items():
        items[name] = Item(
            _pattern(one.record.text, one.text), row=None if one.at is None else (one.record.line, one.at)
        )
        notes.found(name.replace("_", " "), one.text, sure, one.record.line)  # type: ignore[arg-type]
        day = _day_in(one.record.text) if one.at is None else None
        if name == "closing_balance" and day and day[1] >= days[1]:
            items["closing_date"] = Item(_pattern(one.record.text, day[0]), tuple(date_words(day[2]).items()))
    return items


def _may_be(name: str, text: str) -> bool:
    """Return whether the words of the line do not say the contrary."""
    other = {"opening_balance": "closing", "closing_balance": "opening"}[name]
    return is_named(name.removesuffix("_balance"), text) or (is_named("balance", text) and not is_named(other, text))


def _named_balance(numbers: Sequence[Stated]) -> dict[str, Stated]:
    """Return the closing balance where one number only is called a balance, and nothing calls it another one."""
    named = [one for one in numbers if is_named("balance", one.record.text) and re.search(r"[.,][0-9]{2}$", one.text)]
    values = {one.value for one in named}
    if len(values) == 1 and not is_named("opening", named[0].record.text):
        return {"closing_balance": named[0]}
    return {}


def _count(numbers: Sequence[Stated], entries: int, notes: Notes) -> dict[str, Item]:
    counts = [one for one in numbers if one.text.isdigit() and is_named("count", one.record.text)]
    if len(counts) != 1 or counts[0].value != entries:
        return {}
    notes.found("number of entries", counts[0].text, "proved", counts[0].record.line)
    return {"entry_count": Item(_pattern(counts[0].record.text, counts[0].text))}


def _period_end(lines: Sequence[Record], days: tuple[date, date], notes: Notes) -> dict[str, Item]:
    """Return the last day that lines name, where another day at or before the first entry is named, too."""
    found = [(day, record) for record in lines for text in DAY_IN_TEXT.findall(record.text) if (day := _day_in(text))]
    ends = [(day, record) for day, record in found if day[1] >= days[1]]
    if not ends or not any(day[1] <= days[0] for day, _ in found):
        return {}
    day, record = min(ends, key=lambda end: end[0][1])
    notes.found("period", f"it ends on {day[1]}", "seen", record.line)
    return {"period_end": Item(_pattern(record.text, day[0]), tuple(date_words(day[2]).items()))}


def _day_in(text: str) -> tuple[str, date, str] | None:
    """Return the first day in a text whose order is certain: as it is written, as a day, and its format."""
    for found in DAY_IN_TEXT.findall(text):
        for day, date_format in certain_days(found).items():
            return found, day, date_format
    return None


def _pattern(line: str, text: str) -> str:
    """Return a pattern whose group is the text; numbers and days elsewhere in the line may differ."""
    before, after = line.split(text, 1)
    marks = "".join(sorted(set("-.,") | {mark for mark in text if not mark.isalnum()}, key=lambda mark: mark != "-"))
    group = f"[{marks}0-9]+"
    if re.fullmatch("[0-9]+", text):
        group = "[0-9]+"
    elif DAY_IN_TEXT.fullmatch(text):
        group = r"[0-9A-Za-z/.\- ]+"
    return f"^{literal(before)}({group}){literal(after)}$"
