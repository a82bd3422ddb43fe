"""What the warehouse of a scratch build says of its one file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from loader.contract.columns import Column
from loader.contract.model import Contract

STATUSES = ("accepted", "quarantined", "condemned", "duplicate", "passed_over")
_BREAKS_SHOWN = 3
_TYPES = {
    "CURRENCY_ERROR": ("currency",),
    "SCALE_ERROR": ("decimal",),
    "TIMESTAMP_ERROR": ("date", "timestamp"),
}
"""The types of columns of which a code is said."""


@dataclass(frozen=True)
class Reason:
    """Why rows are refused: one rule, on one column.

    Attributes:
        code: see the seed rejection_codes.
        column: as the file calls it; None where the row as a whole is meant.
        fault: what the contract expects and the value is not.
        rows: how many rows.
        line_number: of the first of them.
        value: what was delivered there.
        values: up to a hundred different refused values, for a hint.
        sound: up to a hundred different values of the column that are not refused for it.
    """

    code: str
    column: Column | None
    fault: str
    rows: int
    line_number: int
    value: str | None
    values: tuple[str, ...] = ()
    sound: tuple[str, ...] = ()


@dataclass(frozen=True)
class AccountFigures:
    """First and last balance of one account and currency.

    Attributes:
        stated_days: the days of which a balance is stated.
        breaks: the days whose balances and movements differ.
    """

    account_id: str
    currency: str
    entries: int
    first_month: str
    opening_balance: Decimal
    last_month: str
    closing_balance: Decimal
    is_proven: bool
    stated_days: int
    breaks: int


@dataclass(frozen=True)
class Break:
    """A day on which the bank's balances and its entries do not agree, or that no rule can order."""

    account_id: str
    currency: str
    booking_date: str
    break_amount: Decimal
    kind: str


@dataclass(frozen=True)
class Verdict:
    """What a build would say.

    Attributes:
        counts: rows by outcome.
        held_for: why the file would be held; None where it would be published.
        reasons: why rows are refused, most rows first.
    """

    counts: dict[str, int]
    held_for: str | None
    reasons: list[Reason] = field(default_factory=list)
    accounts: list[AccountFigures] = field(default_factory=list)
    breaks: list[Break] = field(default_factory=list)


def read_verdict(lake: Path, contract: Contract, file_id: str) -> Verdict:
    """Return what the build in the lake's warehouse found of the file."""
    with duckdb.connect() as connection:
        for name in ("warehouse", "work"):
            # A path in a statement is a text of SQL.
            path = str(lake / f"{name}.duckdb").replace("'", "''")
            connection.execute(f"attach '{path}' as {name} (read_only)")
        connection.execute("use warehouse.main")
        reader = _Reader(connection, contract, file_id)
        return Verdict(reader.counts(), reader.held_for(), reader.reasons(), reader.accounts(), reader.breaks())


class _Reader:
    """Asks the warehouse of a scratch, which holds one file and one build."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, contract: Contract, file_id: str) -> None:
        self._connection = connection
        self._contract = contract
        self._file_id = file_id

    def _rows(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        return self._connection.execute(query, parameters).fetchall()

    def counts(self) -> dict[str, int]:
        (found,) = self._rows(
            "select rows_delivered, rows_malformed, rows_accepted, rows_quarantined, rows_condemned, rows_duplicate,"
            " rows_passed_over from file_evaluations where file_id = ?",
            self._file_id,
        )
        return dict(zip(("delivered", "malformed", *STATUSES), found, strict=True))

    def held_for(self) -> str | None:
        """Return what the gate says, as if nobody had released the file."""
        ((failure, over_limit),) = self._rows(
            "select failure, over_limit from work.file_gate where file_id = ?", self._file_id
        )
        found = failure or over_limit
        return None if found is None else str(found)

    def reasons(self) -> list[Reason]:
        """Return the reasons of rows whose structure is sound; each of a row's reasons counts."""
        found = self._rows(
            "select details.detail, min(line_number), count(*), min_by(row_number, line_number),"
            " list(distinct row_number)[:100] from set_aside_rows,"
            " unnest(case when breaks_rules then rejection_details else rejection_reasons end) as details (detail)"
            " where status <> 'passed_over' group by all"
        )
        reasons = [self._reason(*row) for row in found]
        # The first column's comes first of reasons that meet alike.
        places = {column.name: place for place, column in enumerate(self._contract.columns)}
        return sorted(
            reasons,
            key=lambda one: (
                -one.rows,
                one.line_number,
                places[one.column.name] if one.column else len(places),
                one.code,
            ),
        )

    def _reason(self, detail: str, line_number: int, rows: int, row_number: int, sample: list[int]) -> Reason:
        code, _, rest = detail.partition(" ")
        column = self._column_of(code, rest)
        if column is None:
            return Reason(code, None, rest, rows, line_number, None)
        values = self._values(column, [row_number, *sample])
        return Reason(
            code,
            column,
            rest.removeprefix(f"{column.shown}: "),
            rows,
            line_number,
            values[row_number],
            tuple(sorted({value for value in values.values() if value})),
            self._sound_values(column, detail),
        )

    def _column_of(self, code: str, text: str) -> Column | None:
        """Return the column that a detail names by its header. Of several that read one header the type tells."""
        named = [column for column in self._contract.columns if text.startswith(f"{column.shown}: ")]
        types = _TYPES.get(code, ("decimal",) if "number" in text else ())
        fitting = [column for column in named if column.meta.type in types]
        return next(iter(fitting or named), None)

    def _values(self, column: Column, row_numbers: Iterable[int]) -> dict[int, str | None]:
        encoded = self._rows(
            f'select cast(row_number as bigint), "{column.name}" from raw."{self._contract.feed}"'  # noqa: S608 - names
            " where cast(row_number as bigint) in (select unnest(?))",
            list(row_numbers),
        )
        return {number: _decoded(text) for number, text in encoded}

    def _sound_values(self, column: Column, detail: str) -> tuple[str, ...]:
        """Return values of rows that are not refused for this reason."""
        encoded = self._rows(
            f'select distinct "{column.name}" from raw."{self._contract.feed}"'  # noqa: S608 - names
            " where cast(row_number as bigint) not in"
            " (select row_number from set_aside_rows where list_contains(rejection_details, ?)) limit 100",
            detail,
        )
        return tuple(sorted(value for (text,) in encoded if (value := _decoded(text))))

    def accounts(self) -> list[AccountFigures]:
        """Return the figures of each account and currency."""
        found = self._rows(
            "select account_id, currency, sum(entry_count), strftime(min(month), '%Y-%m'),"
            " min_by(opening_balance, month), strftime(max(month), '%Y-%m'), max_by(balance, month),"
            " max_by(is_proven, month), coalesce(any_value(stated.days), 0), coalesce(any_value(broken.days), 0)"
            " from int_month_ends left join ("
            "select account_id, currency, count(*) as days from work.int_daily_closings where basis = 'stated'"
            " group by all) as stated using (account_id, currency) left join ("
            "select account_id, currency, count(*) as days from day_breaks group by all) as broken"
            " using (account_id, currency) group by account_id, currency order by 1, 2"
        )
        return [AccountFigures(*row) for row in found]

    def breaks(self) -> list[Break]:
        found = self._rows(
            "select account_id, currency, cast(booking_date as varchar), break_amount, kind from day_breaks"
            " order by abs(break_amount) desc, booking_date limit ?",
            _BREAKS_SHOWN,
        )
        return [Break(*row) for row in found]


def _decoded(text: str | None) -> str | None:
    r"""Return the delivered text of a value of a raw part; \N is a missing one."""
    if text is None or text == r"\N":
        return None
    return text.replace(r"\n", "\n").replace(r"\r", "\r").replace(r"\s", "\\")
