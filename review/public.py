"""The tables and views that people depend on, with the columns that tell their rows apart."""

from __future__ import annotations

_ROW = ("file_id", "row_number")
_MONTH_END = ("feed", "account_id", "currency", "month")

PUBLIC: dict[str, tuple[str, ...]] = {
    "accounts": ("account_id",),
    "balance_breaks": ("feed", "account_id", "currency", "booking_date", "kind", "file_id"),
    "bank_balances": ("feed", "account_id", "currency", "day", "kind", "file_id", "row_number"),
    "close_certificate": ("month",),
    "condemned_entries": _ROW,
    "delivery_gaps": ("feed", "missing_from"),
    "duplicate_entries": _ROW,
    "fct_ledger_entries": _ROW,
    "file_reconciliation": ("file_id",),
    "held_files": ("file_id",),
    "malformed_rows": ("file_id", "row_number"),
    "month_end_balance_history": _MONTH_END,
    "month_end_balance_versions": (*_MONTH_END, "version"),
    "month_end_balances": _MONTH_END,
    "passed_over_entries": _ROW,
    "publications": ("publication_number",),
    "quarantine_entries": _ROW,
    "restatement_causes": (*_MONTH_END, "cause", "file_id", "row_number"),
    "restatements": _MONTH_END,
}

NOT_COMPARED = frozenset({"invocation_id", "previous_publication_id", "project_version", "publication_id"})
"""Names of builds and of code: two builds never have the same."""
