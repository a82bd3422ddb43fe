"""Samples read by a contract, row by row: a second reading of its words, quicker than a build."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from loader.contract.conditions import Cell
from loader.contract.model import Contract
from loader.contract.reading import read_day, read_number
from loader.csv.contract_reader import ContractReader


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
    """A sample's rows, how many are malformed for each reason, and what its lines outside the table state."""

    rows: list[Row]
    malformed: Counter[str]
    facts: dict[str, Any]

    @property
    def entries(self) -> list[Row]:
        """The rows that are entries."""
        return [row for row in self.rows if not row.is_passed_over and not row.reasons]

    @property
    def refused(self) -> Counter[str]:
        """How many rows are refused for each reason."""
        return self.malformed + Counter(code for row in self.rows for code in {reason[0] for reason in row.reasons})


def read_sample(contract: Contract, name: str, data: bytes) -> ReadSample:
    """Return the rows of a sample by the contract.

    Raises:
        FileRejectedError: the sample breaks the contract as a whole.
    """
    reader = ContractReader(contract, io.BytesIO(data).read, file_name=name)
    rows = []
    for table, _ in reader.batches():
        for cells in table.select(["line_number", *contract.column_names]).to_pylist():
            texts = {column: _trimmed(contract, cells[column]) for column in contract.column_names}
            rows.append(Row(cells["line_number"], texts))
    _judge(contract, rows)
    return ReadSample(rows, reader.malformed_by_reason, reader.facts)


def _trimmed(contract: Contract, text: str | None) -> str | None:
    return text.strip() if text is not None and contract.meta.trim else text


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
    day = None if text is None else read_day(text, column.meta)
    if text is not None and day is None:
        row.reasons.append(("TIMESTAMP_ERROR", column.name, text))
    return day


def oldest_first(contract: Contract, rows: Sequence[Row]) -> list[Row]:
    """Return the rows in the order of posting, as far as the contract tells it: days, and the order within a day."""
    written = list(reversed(rows)) if contract.meta.order == "newest_first" else list(rows)
    return sorted(written, key=lambda row: row.day or date.min)
