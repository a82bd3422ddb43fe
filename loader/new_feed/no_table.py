"""What stands in a sample in the place of rows with a day and a number, and what to do about it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from loader.new_feed.dates import looks_like_day, no_day
from loader.new_feed.numbers import shape_of
from loader.new_feed.records import Record, split_records

# A day and a month, as people write them.
_YEARLESS = re.compile(r"\W?[0-9]{1,2}(?:[/.-][0-9]{1,2}[/.-]?|[ -]?[A-Za-z]{3})")
_CELLS_OF_A_ROW = 3


def why_no_table(lines: list[str], delimiters: Sequence[str]) -> str:
    """Return what stands in the place of rows with a day and a number."""
    for delimiter in delimiters:
        records = split_records(lines, delimiter)
        halves = [(one, other) for one, other in pairwise(records) if _has_day(one) and _has_number(other)]
        if len(halves) > 1:
            return (
                f"an entry runs over several lines: line {halves[0][0].line} has its day, line "
                f"{halves[0][1].line} its numbers, and no quote is open; ask for an export with one line per entry"
            )
        if sum(len(record.cells) > _CELLS_OF_A_ROW and _has_number(record) for record in records) > 1:
            if sum(any(map(_is_yearless, record.filled)) for record in records) > 1:
                return (
                    "its days have no year: ask for an export with whole days, or write the contract by hand: "
                    "a format without a year goes with period_end (docs/contract-words.md)"
                )
            return no_day([cell for record in records for cell in record.filled])
    return f"no line has a day and a number in cells of their own: {_what_is_there(lines, delimiters)}"


def _what_is_there(lines: list[str], delimiters: Sequence[str]) -> str:
    """Return what the first line with a day lacks, or that there is none."""
    for delimiter in delimiters:
        for record in split_records(lines, delimiter):
            if len(record.cells) > 1 and _has_day(record):
                return (
                    f"line {record.line} has a day, and a number in no cell ({record.text[:60]!r}): a contract reads a "
                    "number out of a longer text by 'extract' (docs/contract-words.md), new-feed does not"
                )
    if len([line for line in lines if line.strip()]) <= 1:
        return "it has no rows: give a sample with entries"
    return "export the entries as CSV"


def _is_yearless(cell: str) -> bool:
    text = cell.strip()
    return _YEARLESS.fullmatch(text) is not None and (text.endswith(".") or shape_of(text) is None)


def _has_day(record: Record) -> bool:
    return any(looks_like_day(cell.strip()) for cell in record.cells)


def _has_number(record: Record) -> bool:
    return any(shape_of(cell) is not None for cell in record.cells)
