"""Whose entries they are: the columns or lines that name account and currency, or the question for them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from loader.new_feed.findings import Notes, Question
from loader.new_feed.hints import is_named
from loader.new_feed.records import Record
from loader.new_feed.table import Field, Table

_FEW = 12
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{1,4}){3,8}")
# What an account looks like: digits, with letters, blanks and marks between them.
_ACCOUNT = re.compile(r"[A-Z0-9*Xx][A-Z0-9*Xx .\-/]{3,38}[0-9]")
_SYMBOLS = {
    "€": "EUR",
    "£": "GBP",
    "$": "USD",
    "¥": "JPY",
    "￥": "CNY",
    "₹": "INR",
    "zł": "PLN",
    "kr": "SEK",
    "元": "CNY",
}


@dataclass(frozen=True)
class Source:
    """Where a value comes from: a column, a line outside the table with its pattern, or a constant text.

    Attributes:
        column: the column, if it is one.
        pattern: the pattern of a line above the header or below the rows.
        text: the constant, or the text found outside the table.
    """

    column: Field | None = None
    pattern: str | None = None
    text: str | None = None


def currency_columns(table: Table, currencies: frozenset[str]) -> list[Field]:
    """Return the columns whose cells are codes of ISO 4217, in upper or lower case."""
    return [
        column
        for column in table.fields
        if column.filled * 2 >= len(table.rows) and all(cell.upper() in currencies for cell in column.distinct)
    ]


def account_columns(table: Table, rows: Sequence[int]) -> list[Field]:
    """Return the columns that may name the account: few texts in these rows, filled in nearly each, named or shaped so."""
    found = []
    for column in (Field(column.at, column.header, [column.cells[row] for row in rows]) for column in table.fields):
        few = 0 < len(column.distinct) <= min(_FEW, max(1, len(rows) // 2))
        if not few or column.days or _is_decimal(column) or column.filled * 10 < len(rows) * 8:
            continue
        shaped = all(_ACCOUNT.fullmatch(text) for text in column.distinct)
        if is_named("account", column.header) or shaped:
            found.append(column)
    return [table.fields[column.at] for column in sorted(found, key=_account_rank)]


def _is_decimal(column: Field) -> bool:
    return any("." in text or "," in text for text in column.distinct) and bool(column.numbers)


def _account_rank(column: Field) -> tuple[bool, bool, bool, int]:
    return (
        is_named("counterpart", column.header),
        not is_named("account", column.header),
        is_named("account", column.header) and re.search(r"name|typ", column.header.lower()) is not None,
        column.at,
    )


def settle_account(table: Table, entries: Sequence[int], outside: list[Source], notes: Notes) -> Source:
    """Return where the account comes from; asks unless exactly one place can be it."""
    columns = account_columns(table, entries)
    given = notes.answers.get("account")
    if given is not None:
        for column in table.fields:
            if column.header and given == column.header:
                notes.found("account", f"the column {column.shown}", "given")
                return Source(column=column)
        for source in outside:
            if source.text == given:
                notes.found("account", f"{given}, read from a line outside the table", "given")
                return source
        notes.found("account", f"{given} for every file", "given")
        return Source(text=given)
    own = [column for column in columns if not is_named("counterpart", column.header)]
    if len(outside) + len(own) == 1 and (outside or is_named("account", own[0].header)):
        if outside:
            notes.found("account", f"{outside[0].text}, from a line outside the table", "seen")
            return outside[0]
        notes.found("account", f"the column {own[0].shown} ({_shown(own[0])})", "seen")
        return Source(column=own[0])
    return _ask_account(outside, own, [column for column in columns if column not in own], notes)


def _shown(column: Field) -> str:
    more = len(column.distinct) - 1
    return column.distinct[0] + (f" and {more} more" if more else "")


def _ask_account(outside: list[Source], columns: list[Field], others: list[Field], notes: Notes) -> Source:
    """Ask for the account; columns that are named after the other side are shown, and never the likeliest."""
    places = [f"{source.text} outside the table" for source in outside]
    places += [f"{_shown(column)} in {column.shown}" for column in (*columns, *others)]
    text = "which account do the entries belong to? A text, or the header of the column that holds it"
    if places:
        text += f" (seen: {'; '.join(places[:4])})"
    sources = [*outside, *(Source(column=column) for column in columns)]
    likeliest: str | None = notes.feed
    if sources:
        best = sources[0]
        likeliest = best.text if best.column is None else best.column.header or None
    answer = notes.ask(Question("account", text, likeliest))
    return sources[0] if sources and answer == likeliest else Source(text=answer)


def settle_currency(
    table: Table, columns: list[Field], amount_columns: Iterable[Field], outside: list[Source], notes: Notes
) -> Source:
    """Return where the currency comes from: a column beside the amount, a line outside, a header, a sign, or asks."""
    amounts = list(amount_columns)
    given = notes.answers.get("currency")
    if given is not None:
        notes.found("currency", f"{given} for every file", "given")
        return Source(text=given)
    if columns:
        nearest = min(columns, key=lambda column: (-column.filled, _distance(column, amounts)))
        alike = [column for column in columns if column is not nearest and column.cells == nearest.cells]
        sure = "seen" if len(columns) == 1 + len(alike) else "assumed"
        notes.found("currency", f"the column {nearest.shown} ({_shown(nearest)})", sure)  # type: ignore[arg-type]
        return Source(column=nearest)
    in_headers = _codes_in(column.header for column in amounts)
    if len(in_headers) == 1:
        code = in_headers.pop()
        notes.found("currency", f"{code}, by the header of the amount", "seen")
        return Source(text=code)
    codes = {source.text for source in outside}
    if len(codes) == 1:
        notes.found("currency", f"{outside[0].text}, from a line outside the table", "seen")
        return outside[0]
    signs = {symbol for column in amounts for number in column.numbers[:1] for symbol in number.symbols}
    likeliest = next((_SYMBOLS[sign] for sign in sorted(signs) if sign in _SYMBOLS), None)
    answer = notes.ask(Question("currency", "in which currency are the amounts?", likeliest))
    return Source(text=answer)


def _distance(column: Field, amounts: list[Field]) -> tuple[int, bool]:
    return min((abs(column.at - amount.at), column.at < amount.at) for amount in amounts) if amounts else (0, False)


def _codes_in(headers: Iterable[str]) -> set[str]:
    words = {"元": "CNY", "円": "JPY"}
    codes = {
        code
        for header in headers
        for code in re.findall(r"\(([A-Z]{3}|元|円)\)|(?<=[\s,])([A-Z]{3})$", header)
        for code in code
        if code
    }
    return {words.get(code, code) for code in codes}


def outside_accounts(lines: list[Record]) -> list[Source]:
    """Return the accounts that lines outside the table name: by a word beside them, or by the shape of an IBAN."""
    found: dict[str, Source] = {}
    named_above = False
    for record in lines:
        named = is_named("account", record.text)
        for cell in record.filled:
            for text in _accounts_in(cell, named or (named_above and len(record.filled) == 1)):
                found.setdefault(text, Source(pattern=_pattern_for(record.text, text), text=text))
        named_above = named and not any(character.isdigit() for character in record.text)
    return list(found.values())


def _accounts_in(cell: str, named: bool) -> list[str]:
    cell = cell.strip()
    if not named:
        return [cell] if _IBAN.fullmatch(cell) and sum(map(str.isdigit, cell)) >= 10 else []
    candidates = re.findall(
        r"(?<![A-Za-z0-9])(?:[A-Z]{2}[0-9]{2}[A-Z0-9 ]{8,30}|[0-9X*][0-9A-Z*Xx]*(?:[ .\-/][0-9X*]+)*)(?![A-Za-z0-9])"
        r"|(?<![A-Za-z0-9])[0-9A-Za-z]{10,}(?![A-Za-z0-9])",
        cell,
    )
    return [
        text.strip()
        for text in candidates
        if sum(map(str.isdigit, text)) >= 4
        and not _is_part_of_number(cell, text)
        and not re.search(r"[0-9]{1,4}([/.\-])[0-9]{1,2}\1[0-9]{2,4}", text)
        and ":" not in text
    ]


def _is_part_of_number(cell: str, text: str) -> bool:
    return re.search(rf"{re.escape(text)}[.,' ]?[0-9]", cell) is not None


def _pattern_for(line: str, text: str) -> str:
    """Return a pattern whose group is the text; where no word stands before it, the text's own shape has to tell it."""
    before, after = line.split(text, 1)
    if not any(map(str.isalpha, before)):
        return f"^{literal(before)}({_exact_shape(text)}){literal(after)}$"
    return f"^{literal(before)}({_shape(text)}){'.*' if after else ''}$"


def literal(text: str) -> str:
    """Return a pattern for the text; the digits in it may differ from file to file."""
    escaped = re.sub(r"([\\.^$*+?{}\[\]|()])", r"\\\1", text)
    return re.sub(r"\s{2,}", r"\\s+", re.sub(r"[0-9]+", "[0-9]+", escaped))


def _exact_shape(text: str) -> str:
    runs = re.findall(r"[0-9]+|[A-Za-z]+|.", text)
    kinds = {True: "[0-9]", False: "[A-Z]"}
    return "".join(f"{kinds[run.isdigit()]}{{{len(run)}}}" if run.isalnum() else literal(run) for run in runs)


def _shape(text: str) -> str:
    """Return a pattern for texts like this one: of the same characters, as long as it or not."""
    kinds = {
        "[0-9]": any(map(str.isdigit, text)),
        "A-Z": any(character.isupper() for character in text),
        "a-z": any(character.islower() for character in text),
    }
    marks = "".join(sorted({character for character in text if not character.isalnum()}, key=lambda mark: mark == "-"))
    inner = "".join(kind.strip("[]") for kind, there in kinds.items() if there)
    return f"[{inner}{marks}]+"


def outside_currencies(lines: list[Record], currencies: frozenset[str]) -> list[Source]:
    """Return the currencies that lines outside the table name, each with the pattern of the first line."""
    found: dict[str, Source] = {}
    for record in lines:
        for code in re.findall(r"(?<![A-Za-z])([A-Z]{3})(?![A-Za-z])", record.text):
            if code in currencies and (is_named("currency", record.text) or _is_code_of_line(record, code)):
                before, after = record.text.split(code, 1)
                pattern = f"^{_loose(before)}([A-Z]{{3}}){literal(after)}$"
                found.setdefault(code, Source(pattern=pattern, text=code))
    return list(found.values())


def _is_code_of_line(record: Record, code: str) -> bool:
    """Return whether the code is a cell of its own, or stands behind a number."""
    return any(cell.strip() == code or re.search(rf"[0-9][ \u00a0]?{code}$", cell.strip()) for cell in record.filled)


def _loose(text: str) -> str:
    """Return a pattern for the text in which each number may be another one."""
    return re.sub(r"(?:\[0-9\]\+(?:\\?[ .,'])?)+", "[-+0-9 .,']+", literal(text))
