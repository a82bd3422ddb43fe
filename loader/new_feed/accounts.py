"""Whose entries they are: the column, line or file name that names the account, or the question for it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

from loader.new_feed.booking import Booking
from loader.new_feed.findings import Notes, Question
from loader.new_feed.hints import is_named
from loader.new_feed.layout import Layout
from loader.new_feed.numbers import shape_of
from loader.new_feed.records import Record
from loader.new_feed.sources import Source, exact_shape, literal, pattern_for, shown_texts
from loader.new_feed.table import Field, Table

_FEW = 12
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{1,4}){3,8}")
# What an account looks like: digits, with letters, blanks and marks between them.
_ACCOUNT = re.compile(r"[A-Z0-9*Xx][A-Z0-9*Xx .\-/]{3,38}[0-9]")
_IN_TEXT = re.compile(
    r"(?<![A-Za-z0-9])(?:[A-Z]{2}[0-9]{2}[A-Z0-9 ]{8,30}|[0-9X*][0-9A-Z*Xx]*(?:[ .\-/][0-9X*]+)*|[0-9A-Za-z]{10,})"
    r"(?![A-Za-z0-9])"
)
_IN_NAME = re.compile(r"(?<![A-Za-z0-9])(?:[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}|[A-Z]?[0-9]{9,})(?![A-Za-z0-9])")
_DAY = re.compile(r"[0-9]{1,4}([/.\-])[0-9]{1,2}\1[0-9]{2,4}")
_TIME_OF_FILE = re.compile(r"(?:19|20)[0-9]{10,15}")
_FEWEST_DIGITS = 4
_FEWEST_LETTERS = 3


def carry_accounts(table: Table, booking: Booking, notes: Notes) -> Table:
    """Return the table with the headings of sections carried down: texts alone in a column that no entry fills."""
    fields = list(table.fields)
    dated = [row for row, moment in enumerate(booking.moments) if moment is not None]
    for column in table.fields:
        alone = [row for row, cell in enumerate(column.cells) if cell and len(table.rows[row].filled) == 1]
        alone = [row for row in alone if shape_of(column.cells[row]) is None]
        if not alone or not dated or alone[0] > dated[0] or any(column.cells[row] for row in dated):
            continue
        carried = list(accumulate(column.cells, _nearest))
        fields[column.at] = replace(column, cells=carried, is_carried=True)
        told = f"{table.places(alone)}: a text alone in {column.shown} is taken as the heading of the entries below it"
        notes.found("sections", told, "assumed")
    return replace(table, fields=fields)


def _nearest(above: str, cell: str) -> str:
    return cell or above


def account_columns(table: Table, rows: Sequence[int]) -> list[Field]:
    """Return the columns that may name the account: few texts in these rows, most filled, named or shaped like one."""
    found = []
    for column in (replace(column, cells=[column.cells[row] for row in rows]) for column in table.fields):
        named = is_named("account", column.header) and not is_named("currency", column.header)
        shaped = all(_ACCOUNT.fullmatch(text) for text in column.distinct)
        few = 0 < len(column.distinct) <= (_FEW if named and shaped else min(_FEW, max(1, len(rows) // 2)))
        if not few or column.days or _is_decimal(column) or column.filled * 10 < len(rows) * 8:
            continue
        is_text = max(map(len, column.distinct)) >= _FEWEST_LETTERS
        if (named and is_text) or shaped or column.is_carried:
            found.append(column)
    return [table.fields[column.at] for column in sorted(found, key=_rank)]


def _is_decimal(column: Field) -> bool:
    return any("." in text or "," in text for text in column.distinct) and bool(column.numbers)


def _rank(column: Field) -> tuple[bool, bool, bool, int]:
    named = is_named("account", column.header)
    is_name = named and re.search(r"name|typ", column.header.lower()) is not None
    return is_named("counterpart", column.header), not named, is_name, column.at


def settle_account(table: Table, entries: Sequence[int], lines: Sequence[Record], notes: Notes) -> Source:
    """Return where the account comes from; asks unless exactly one place can be it.

    Args:
        table: the samples.
        entries: the numbers of the rows that are entries.
        lines: the lines outside the table.
        notes: where findings and questions go.
    """
    columns = account_columns(table, entries)
    outside = [*_outside(lines), *_in_name(table.layouts)]
    if "account" in notes.answers:
        return _given(table, outside, notes.answers["account"], notes)
    own = [column for column in columns if not is_named("counterpart", column.header)]
    sources = [*outside, *(Source(column=column) for column in own)]
    if len(sources) == 1 and not sources[0].in_name:
        source = sources[0]
        if source.column is None or is_named("account", source.column.header):
            is_certain = source.column is not None or _IBAN.fullmatch(source.text or "") is not None
            notes.found("account", source.shown, "seen" if is_certain else "assumed")
            return source
    return _asked(sources, [column for column in columns if column not in own], notes)


def _given(table: Table, outside: Sequence[Source], text: str, notes: Notes) -> Source:
    """Return what the option says: the header of a column, a text outside the table, or a constant."""
    found = [Source(column=column) for column in table.fields if text in (column.header or None, column.shown)]
    found += [source for source in outside if source.text == text]
    source = found[0] if found else Source(text=text)
    notes.found("account", source.shown if found else f"{text} for every file", "given")
    return source


def _asked(sources: Sequence[Source], others: Sequence[Field], notes: Notes) -> Source:
    """Ask for the account; columns that are named after the other side are shown, and never the likeliest."""
    places = [source.shown for source in sources] + [f"{shown_texts(other)} in {other.shown}" for other in others]
    text = "which account do the entries belong to? A text, or the header of the column that holds it"
    if places:
        text += f" (seen: {'; '.join(places[:4])})"
    likeliest: str | None = notes.feed
    if sources:
        column = sources[0].column
        likeliest = sources[0].text if column is None else column.header or column.shown
    told = f"{sources[0].shown if sources else likeliest} is taken, nobody said so"
    answer = notes.ask(Question("account", text, likeliest), told=told)
    return sources[0] if sources and answer == likeliest else Source(text=answer)


def _outside(lines: Sequence[Record]) -> list[Source]:
    """Return the accounts that lines name: by a word beside or above them, or by the shape of an IBAN."""
    found: dict[str, Source] = {}
    named_above = False
    for record in lines:
        named = is_named("account", record.text)
        for cell in record.filled:
            for text in _accounts_in(cell.strip(), named or (named_above and len(record.filled) == 1)):
                found.setdefault(text, Source(pattern=pattern_for(record.text, text), text=text))
        named_above = named and not any(map(str.isdigit, record.text))
    return list(found.values())


def _accounts_in(cell: str, named: bool) -> list[str]:
    if not named:
        return [cell] if _IBAN.fullmatch(cell) and sum(map(str.isdigit, cell)) >= 10 else []
    return [text for found in _IN_TEXT.findall(cell) if _is_account(text := found.strip(), cell)]


def _is_account(text: str, cell: str) -> bool:
    is_part_of_number = re.search(rf"{re.escape(text)}[.,' ]?[0-9]", cell)
    return sum(map(str.isdigit, text)) >= _FEWEST_DIGITS and not is_part_of_number and not _DAY.search(text)


def _in_name(layouts: Sequence[Layout]) -> list[Source]:
    """Return the account that the file's name may hold: digits or an IBAN that are no time."""
    name = layouts[0].name
    texts = [text for text in _IN_NAME.findall(name.replace("_", " ")) if not _TIME_OF_FILE.fullmatch(text)]
    if len(texts) != 1:
        return []
    before, after = name.split(texts[0], 1)
    pattern = f"{literal(before)}(?P<account_id>{exact_shape(texts[0])}){literal(after)}"
    return [Source(pattern=pattern, in_name=True, text=texts[0])]
