"""In which currency the amounts are: a column, a header, a line outside the table, a sign, or the question for it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from loader.errors import UsageError
from loader.new_feed.findings import Notes, Question
from loader.new_feed.hints import is_named, words
from loader.new_feed.records import Record
from loader.new_feed.sources import Source, literal, loose, shown_texts
from loader.new_feed.table import Field, Table, shown_columns


def currency_columns(table: Table, currencies: frozenset[str]) -> list[Field]:
    """Return the columns whose cells are codes of ISO 4217, in upper or lower case."""
    return [
        column
        for column in table.fields
        if column.filled * 2 >= len(table.rows) and all(cell.upper() in currencies for cell in column.distinct)
    ]


def settle_currency(
    columns: Sequence[Field],
    amounts: Sequence[Field],
    lines: Sequence[Record],
    currencies: frozenset[str],
    notes: Notes,
) -> Source:
    """Return where the currency comes from; asks unless the samples name it.

    Args:
        columns: those that hold codes of currencies.
        amounts: those that hold the amount.
        lines: the lines outside the table.
        currencies: the codes that the project knows.
        notes: where findings and questions go.

    Raises:
        UsageError: a currency is given, and a column states others.
    """
    code = notes.answers.get("currency")
    full = [column for column in columns if all(column.cells)]
    if code is not None and not full:
        notes.found("currency", f"{code} for every file", "given")
        return Source(text=code)
    if columns:
        source = _of_column(columns, amounts, notes)
        if code is not None and {cell.upper() for column in full for cell in column.distinct} != {code}:
            raise UsageError(f"--currency {code}: {source.shown}, so each entry has its own: leave the option out")
        return source
    codes = _codes_in(column.header for column in amounts)
    if len(codes) == 1:
        notes.found("currency", f"{min(codes)}, by the header of the amount", "seen")
        return Source(text=min(codes))
    outside = _outside(lines, currencies)
    if len(outside) == 1:
        notes.found("currency", outside[0].shown, "seen")
        return outside[0]
    signs = {symbol for column in amounts for number in column.numbers[:1] for symbol in number.symbols}
    likeliest = next((words()["symbols"][sign] for sign in sorted(signs) if sign in words()["symbols"]), None)
    return Source(text=notes.ask(Question("currency", "in which currency are the amounts?", likeliest)))


def _of_column(columns: Sequence[Field], amounts: Sequence[Field], notes: Notes) -> Source:
    """Return the column of codes that is filled most, and of these the one nearest to the amount."""
    nearest = min(columns, key=lambda column: (-column.filled, _strangeness(column), _distance(column, amounts)))
    others = [column for column in columns if column is not nearest]
    rest = f"; {shown_columns(others, 'hold')} codes, too" if others else ""
    notes.found("currency", f"{shown_texts(nearest)} in {nearest.shown}{rest}", "assumed" if others else "seen")
    return Source(column=nearest)


def _strangeness(column: Field) -> int:
    """Return 0 for a header that is a word for a currency alone, 1 for others, 2 for a foreign or a fee's currency."""
    if is_named("foreign", column.header) or is_named("fee", column.header):
        return 2
    return int(len(column.header.split()) > 1)


def _distance(column: Field, amounts: Sequence[Field]) -> tuple[int, bool]:
    return min((abs(column.at - amount.at), column.at < amount.at) for amount in amounts)


def _codes_in(headers: Iterable[str]) -> set[str]:
    symbols = words()["symbols"]
    found = re.compile(rf"\(([A-Z]{{3}}|{'|'.join(map(re.escape, symbols))})\)|(?<=[\s,])([A-Z]{{3}})$")
    codes = {code for header in headers for pair in found.findall(header) for code in pair if code}
    return {symbols.get(code, code) for code in codes}


def _outside(lines: Sequence[Record], currencies: frozenset[str]) -> list[Source]:
    """Return the currencies that lines outside the table name, each with the pattern of the first line."""
    found: dict[str, Source] = {}
    for record in lines:
        for code in re.findall(r"(?<![A-Za-z])([A-Z]{3})(?![A-Za-z])", record.text):
            if code in currencies and (is_named("currency", record.text) or _is_code_of_line(record, code)):
                before, after = record.text.split(code, 1)
                found.setdefault(code, Source(pattern=f"^{loose(before)}([A-Z]{{3}}){literal(after)}$", text=code))
    return list(found.values())


def _is_code_of_line(record: Record, code: str) -> bool:
    """Return whether the code is a cell of its own, or stands behind a number."""
    return any(cell.strip() == code or re.search(rf"[0-9][ \u00a0]?{code}$", cell.strip()) for cell in record.filled)
