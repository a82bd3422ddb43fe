"""The public tables as SQL shows them, in the form in which the oracle expects them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from tests.histories.tables import Table

Query = Callable[[str], list[tuple[Any, ...]]]
FileIds = Mapping[str, tuple[str, int]]
"""Feed and delivery number of each file id."""

END = "opening_balance, movement, break_amount, balance, entry_count, basis, is_proven"
ACCOUNT = "feed, account_id, currency"
SET_ASIDE = ("quarantine_entries", "condemned_entries", "duplicate_entries", "passed_over_entries")


def read_current(query: Query, files: FileIds) -> dict[str, Table]:
    """Return the tables that say what is so now."""
    return {
        "fct_ledger_entries": _by_row(
            query("select file_id, row_number, account_id, currency, transaction_id, booking_date, amount,"
                  " balance_after from fct_ledger_entries"),
            files,
        ),
        **{table: read_set_aside(query, files, table) for table in SET_ASIDE},
        "malformed_rows": _by_row(query("select file_id, row_number from malformed_rows"), files),
        "file_reconciliation": _by_file(
            query("select file_id, rows_delivered, rows_malformed, rows_accepted, rows_quarantined, rows_condemned,"
                  " rows_duplicate, rows_passed_over from file_reconciliation"),
            files,
        ),
        "held_files": _by_file(
            query("select file_id, case when waits_behind is null then 'held' else 'waiting' end from held_files"),
            files,
        ),
        "month_end_balances": _table(
            query(f"select {ACCOUNT}, month, {END}, is_provisional from month_end_balances"), 4
        ),
        "month_end_balance_history": _table(
            query(f"select {ACCOUNT}, month, balance from month_end_balance_history"), 4
        ),
        "balance_breaks": _table(
            query(f"select {ACCOUNT}, booking_date, opening_balance, movement, closing_balance, break_amount, kind"
                  " from balance_breaks where file_id is null"),
            4,
        ),
    }  # fmt: skip


def read_set_aside(query: Query, files: FileIds, table: str) -> Table:
    """Return rows that are not in the ledger, with reasons and attempts."""
    rows = query(f"select file_id, row_number, rejection_reasons, attempt_count from {table}")
    return _by_row([(file, number, tuple(reasons), attempts) for file, number, reasons, attempts in rows], files)


def read_told(query: Query) -> dict[str, Table]:
    """Return the tables that say what was so before."""
    return {
        "month_end_balance_versions": read_versions(query),
        "month_end_balances_first_reported": _table(
            query(f"select {ACCOUNT}, month, {END} from month_end_balances_first_reported"), 4
        ),
        "month_end_balances_as_closed": _table(
            query(f"select {ACCOUNT}, month, {END} from month_end_balances_as_closed"), 4
        ),
        "restatements": _table(
            query(f"select {ACCOUNT}, month, balance_as_closed, balance from restatements"), 4
        ),
    }  # fmt: skip


def read_versions(query: Query) -> Table:
    """Return versions; those that follow each other with equal values are one.

    What a version keeps for the next build, such as its checkpoint, is no reader's concern.
    """
    rows = query(
        f"select {ACCOUNT}, month, {END}, published_at, superseded_at from month_end_balance_versions"
        f" order by {ACCOUNT}, month, published_at"
    )
    found: list[tuple[Any, ...]] = []
    for _, alike in groupby(rows, key=lambda row: row[:11]):
        of_values = list(alike)
        *values, published_at, _ = of_values[0]
        found.append((*values[:4], as_utc(published_at), as_utc(of_values[-1][-1]), *_or_gone(values[4:])))
    return _table(found, 5)


def _or_gone(values: Sequence[Any]) -> tuple[Any, ...]:
    """Return the values of a version, of which nothing counts where there is no balance any more."""
    return (None,) * len(values) if values[3] is None else tuple(values)


def as_utc(moment: datetime | None) -> datetime | None:
    """Return what the warehouse says, which is in UTC without a zone, with its zone."""
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment


def _table(rows: Sequence[tuple[Any, ...]], key: int) -> Table:
    found: Table = {}
    for row in rows:
        assert row[:key] not in found, f"twice: {row}"
        found[row[:key]] = tuple(row[key:])
    return found


def _by_row(rows: Sequence[tuple[Any, ...]], files: FileIds) -> Table:
    return _table([(*files[row[0]], *row[1:]) for row in rows], 3)


def _by_file(rows: Sequence[tuple[Any, ...]], files: FileIds) -> Table:
    return _table([(*files[row[0]], *row[1:]) for row in rows], 2)
