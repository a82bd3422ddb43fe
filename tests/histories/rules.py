"""The rules of a contract that the worlds' rows break, on the delivered text."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from tests.histories.delivered import Code, Row

PLAIN_DECIMAL = re.compile(r"[+-]?[0-9]{1,20}(\.[0-9]{1,18})?", re.ASCII)
LATEST_BOOKING = timedelta(days=366)
"""How long after the landing of its file a row can be booked: a mistyped year would stretch every report."""


def broken_rules(row: Row, code: Code, landed_at: datetime, has_other_balance: bool = False) -> tuple[str, ...]:
    """Return the codes of the rules that a row breaks, each once, in the order of the contract's columns.

    ``has_other_balance`` says that its balance is not that of the day, which is judged last.
    """
    codes: list[str] = []
    for column in code.columns:
        text = getattr(row, column)
        if column == "booked":
            if row.day > landed_at.date() + LATEST_BOOKING:
                codes.append("TIMESTAMP_ERROR")
        elif text in ("", None):
            codes.append("NULL_VALUE_ERROR")
        elif _is_of_other_type(column, text, code):
            codes.append("TYPE_ERROR")
    codes += ["TYPE_ERROR"] * has_other_balance
    return tuple(dict.fromkeys(codes))


def _is_of_other_type(column: str, text: str, code: Code) -> bool:
    if column in ("amount", "balance"):
        return not PLAIN_DECIMAL.fullmatch(text)
    return column == "account_id" and text in code.refused_accounts
