"""Samples read by a contract, row by row: what its words make of them. For samples only; landing and SQL read files."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from loader.contract.columns import Column
from loader.contract.conditions import Cell
from loader.contract.model import Contract
from loader.new_feed.dates import CENTURY, read_day_or_time
from loader.new_feed.numbers import read_number
from loader.new_feed.records import Record, lines_of, split_records

_PLAIN_TIMES = ("yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd HH:mm:ss")


@dataclass
class Row:
    """One row of a sample as the contract reads it; it is an entry where nothing passes over or refuses it."""

    line: int
    cells: dict[str, str | None]
    is_passed_over: bool = False
    reasons: list[tuple[str, str, str]] = field(default_factory=list)
    account: str | None = None
    currency: str | None = None
    day: date | None = None
    amount: Decimal | None = None
    balance: Decimal | None = None


@dataclass
class ReadSample:
    """A sample's rows, and what its lines outside the table state."""

    rows: list[Row]
    outside: dict[str, str]

    @property
    def entries(self) -> list[Row]:
        """The rows that are entries."""
        return [row for row in self.rows if not row.is_passed_over and not row.reasons]

    @property
    def refused(self) -> Counter[str]:
        """How many rows are refused for each reason."""
        return Counter(code for row in self.rows for code in {reason[0] for reason in row.reasons})


def read_sample(contract: Contract, data: bytes) -> ReadSample:
    """Return the rows of a sample by the contract.

    Raises:
        ValueError: its header or what is stated above it is not as the contract has it.
    """
    meta = contract.meta
    codec = "utf-8-sig" if meta.encoding.lower() == "utf-8" else meta.encoding
    lines = lines_of(data.decode(codec))
    start = _start(contract, lines)
    footers = [re.compile(pattern) for pattern in meta.footer or ()]
    is_footer = [any(pattern.fullmatch(line) for pattern in footers) for line in lines]
    below = [line for at, line in enumerate(lines) if at > start and is_footer[at]]
    table = [line if at < start or not is_footer[at] else "" for at, line in enumerate(lines)]
    records = split_records(table[start:], meta.delimiter, meta.quote)
    header = records[0] if meta.header_row_count else None
    places = {column.name: _places(column, header, contract) for column in contract.columns}
    head = lines[: start + (1 if header else 0)]
    outside = _outside(contract, [*head, *below])
    body = [record for record in records[1 if header else 0 :] if not record.is_blank]
    rows = [Row(start + record.line, _cells(contract, record, places, outside)) for record in body]
    _judge(contract, rows)
    return ReadSample(rows, outside)


def _start(contract: Contract, lines: list[str]) -> int:
    meta = contract.meta
    if meta.skip_rows != "find":
        return int(meta.skip_rows)
    headers = {header for column in contract.columns if column.meta.header for header in column.meta.header}
    records = split_records(lines[:100], meta.delimiter, meta.quote)
    found = [record.line - 1 for record in records if headers <= {cell.strip() for cell in record.cells}]
    if len(found) != 1:
        raise ValueError(f"{len(found)} of the first 100 lines hold the headers {', '.join(sorted(headers))}")
    return found[0]


def _places(column: Column, header: Record | None, contract: Contract) -> list[int]:
    if column.meta.position is not None:
        return [column.meta.position - 1]
    names = column.meta.header or []
    cells = [cell.strip() if contract.meta.trim else cell for cell in (header.cells if header else ())]
    missing = [name for name in names if cells.count(name) != 1]
    if missing:
        raise ValueError(f"the header {missing[0]!r} stands {cells.count(missing[0])} times, among {', '.join(cells)}")
    return [cells.index(name) for name in names]


def _outside(contract: Contract, lines: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, item in (contract.meta.preamble or {}).items():
        texts = {match[1] for line in lines if (match := re.search(item.pattern, line))}
        if len(texts) > 1:
            raise ValueError(f"{name} is found with several texts: {', '.join(sorted(texts))}")
        if texts:
            found[name] = texts.pop().strip()
        elif name in contract.column_names:
            raise ValueError(f"{name} is not found by {item.pattern!r}")
    return found


def _cells(
    contract: Contract, record: Record, places: dict[str, list[int]], outside: dict[str, str]
) -> dict[str, str | None]:
    cells: dict[str, str | None] = {}
    for name, at in places.items():
        texts = [record.cells[place] if place < len(record.cells) else "" for place in at]
        if contract.meta.trim:
            texts = [text.strip() for text in texts]
        cells[name] = " ".join(filter(None, texts)) if at else outside.get(name)
    return cells


def _judge(contract: Contract, rows: list[Row]) -> None:
    above: dict[str, str | None] = {}
    for row in rows:
        row.is_passed_over = any(
            all(_holds(cell, row.cells[name] or "") for name, cell in condition.cells.items())
            for condition in contract.meta.pass_over or ()
        )
        for column in contract.columns:
            if column.meta.carry:
                above[column.name] = row.cells[column.name] or above.get(column.name)
        if not row.is_passed_over:
            row.cells |= above
            _read(contract, row)


def _holds(cell: Cell, text: str) -> bool:
    if cell.texts is not None:
        return text in cell.texts
    if cell.other_than is not None:
        return text not in cell.other_than
    return re.fullmatch(cell.pattern or "", text) is not None


def _read(contract: Contract, row: Row) -> None:
    """Read the values of one row; a value that cannot be read is a reason."""
    values: dict[str, str | None] = {}
    for column in contract.columns:
        meta = column.meta
        text = row.cells[column.name]
        if text in ("", None) or text in (meta.null or contract.meta.null or ()):
            text = meta.default
        text = (meta.values or {}).get(text, text) if text is not None else None
        values[column.name] = text
        if text is None and meta.required:
            row.reasons.append(("NULL_VALUE_ERROR", column.name, ""))
    numbers = {name: _number(contract, row, name, values) for name in contract.column_names}
    row.account, row.currency = values.get("account_id"), values.get("currency") or contract.meta.currency
    row.day = _day(contract, row, values)
    terms = [(name.removeprefix("-"), -1 if name.startswith("-") else 1) for name in contract.meta.amount or ["amount"]]
    parts = [sign * number for name, sign in terms if (number := numbers[name]) is not None]
    turn = -1 if contract.meta.positive == "out" else 1
    if parts:
        row.amount = turn * sum(parts, Decimal(0))
    elif not row.reasons:
        row.reasons.append(("NULL_VALUE_ERROR", terms[0][0], ""))
    stated = numbers.get(contract.meta.balance or "")
    row.balance = None if stated is None else turn * stated
    if contract.meta.balance_stated == "before_entry" and row.balance is not None and row.amount is not None:
        row.balance += row.amount


def _number(contract: Contract, row: Row, name: str, values: dict[str, str | None]) -> Decimal | None:
    column, text = contract.column(name), values[name]
    if column.meta.type != "decimal" or text is None:
        return None
    number = read_number(text, contract.number_format(column))
    indicator = column.meta.indicator
    if indicator is not None and number is not None:
        word = row.cells[indicator.column] or ""
        sign = 1 if word in indicator.money_in else -1 if word in indicator.money_out else None
        number = None if sign is None or number < 0 else sign * number
    if number is None:
        row.reasons.append(("TYPE_ERROR", name, text))
    return number


def _day(contract: Contract, row: Row, values: dict[str, str | None]) -> date | None:
    column = next(column for column in contract.columns if column.meta.type in ("date", "timestamp"))
    text = values[column.name]
    if text is None:
        return None
    formats = [column.meta.format] if column.meta.format else _PLAIN_TIMES
    moments = [read_day_or_time(text, found, column.meta.century or CENTURY) for found in formats]
    moment = next(filter(None, moments), None)
    if moment is None:
        row.reasons.append(("TIMESTAMP_ERROR", column.name, text))
        return None
    return moment.date()


def oldest_first(contract: Contract, rows: Sequence[Row]) -> list[Row]:
    """Return the rows in the order of posting, as far as the contract tells it: days, and the order within a day."""
    written = list(reversed(rows)) if contract.meta.order == "newest_first" else list(rows)
    return sorted(written, key=lambda row: row.day or date.min)
