"""The public tables as the oracle expects them: one plain dict per table, so that a comparison is one equality."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple
from typing import Any

from tests.histories.delivered import Close
from tests.histories.published import Published, as_closed, closed_months, first_reported, restatements, versions

Table = dict[tuple[Any, ...], tuple[Any, ...]]
"""Rows by their key; a file is (feed, delivery number)."""

SET_ASIDE = {
    "quarantine_entries": "quarantined",
    "condemned_entries": "condemned",
    "duplicate_entries": "duplicate",
    "passed_over_entries": "passed_over",
}
HISTORY = 3
"""How many closed or, while none is closed, complete months month_end_balance_history ends with."""


def current_tables(published: Published) -> dict[str, Table]:
    """Return the tables that say what is so now."""
    return {
        "fct_ledger_entries": ledger(published),
        **{table: set_aside(published, status) for table, status in SET_ASIDE.items()},
        "malformed_rows": malformed(published),
        "file_reconciliation": reconciliation(published),
        "held_files": held_files(published),
        "month_end_balances": month_end_balances(published),
        "month_end_balance_history": history(published),
        "balance_breaks": {
            (*account, day): tuple(vars(found).values()) for (account, day), found in published.day_breaks().items()
        },
    }


def told_tables(published: Published, closes: Sequence[Close]) -> dict[str, Table]:
    """Return the tables that say what was so before."""
    told = published.publications
    return {
        "month_end_balance_versions": {
            (*account, month, version.published_at): (
                version.superseded_at,
                *(astuple(version.month_end) if version.month_end else (None,) * 7),
            )
            for (account, month), of_month in versions(told).items()
            for version in of_month
        },
        "month_end_balances_first_reported": {
            (*account, month): astuple(end) for (account, month), end in first_reported(told).items()
        },
        "month_end_balances_as_closed": {
            (*account, month): astuple(end) for (account, month), end in as_closed(told, closes).items()
        },
        "restatements": {(*account, month): pair for (account, month), pair in restatements(told, closes).items()},
    }


def ledger(published: Published) -> Table:
    """Return the accepted rows."""
    return {
        (name, *place): (
            entry.account_id, entry.currency, entry.entry_id, entry.booking_date, entry.amount, entry.balance_after
        )
        for name, known in published.feeds.items()
        for place, entry in known.evaluation.entries.items()
    }  # fmt: skip


def set_aside(published: Published, status: str) -> Table:
    """Return the rows of a status, with their reasons and attempts."""
    return {
        (name, *place): (found.reasons, found.attempts)
        for name, known in published.feeds.items()
        for place, found in known.evaluation.rows.items()
        if found.status == status
    }


def malformed(published: Published) -> Table:
    """Return the malformed records of published files."""
    return dict.fromkeys(set_aside(published, "malformed"), ())


def reconciliation(published: Published) -> Table:
    """Return the counts of published files: delivered, malformed, and those of each status."""
    found: Table = {}
    for name, known in published.feeds.items():
        for number in known.evaluation.passed:
            counts = known.evaluation.counts(number)
            statuses = ("malformed", "accepted", "quarantined", "condemned", "duplicate", "passed_over")
            delivered = len(known.feed.file(number).rows)
            found[name, number] = (delivered, *(counts[status] for status in statuses))
    return found


def held_files(published: Published) -> Table:
    """Return the files that the last build held or let wait."""
    return {
        (name, number): (verdict.verdict,)
        for name, known in published.feeds.items()
        for number, verdict in known.verdicts.items()
        if verdict.verdict != "passed"
    }


def month_end_balances(published: Published) -> Table:
    """Return the month ends of now, provisional ones marked."""
    return {
        (*account, month): (*astuple(end), published.is_provisional((account, month)))
        for (account, month), end in published.month_ends().items()
    }


def history(published: Published) -> Table:
    """Return the balances of the months that the history shows, of the accounts that have any."""
    ends = published.month_ends()
    complete = {month for account, month in ends if not published.is_provisional((account, month))}
    months = sorted(closed_months(published.closes) or complete)[-HISTORY:]
    return {
        (*account, f"{month:%Y-%m}"): (ends[account, month].balance if (account, month) in ends else None,)
        for account in {account for account, month in ends if month in months}
        for month in months
    }


def difference(expected: Table, found: Table) -> list[str]:
    """Return one line for each row that is not as expected."""
    keys = sorted(expected.keys() | found.keys(), key=repr)
    return [
        f"{key}: expected {expected.get(key, 'no row')}, found {found.get(key, 'no row')}"
        for key in keys
        if expected.get(key) != found.get(key)
    ]
