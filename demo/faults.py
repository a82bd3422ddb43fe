"""Every way in which a record of the sample is wrong, as data.

Delivery 1 has all of them, delivery 2 every third, and the file in `held/` the refused ones over and over.
"""

from __future__ import annotations

from typing import NamedTuple

NO_VALUE, TYPE, SCALE, CURRENCY, TIME = (
    "NULL_VALUE_ERROR",
    "TYPE_ERROR",
    "SCALE_ERROR",
    "CURRENCY_ERROR",
    "TIMESTAMP_ERROR",
)


class RefusedTransaction(NamedTuple):
    """A transaction that is well formed and breaks rules; its day is that of the file where no other is given."""

    amount: str
    currency: str
    codes: tuple[str, ...]
    timestamp: str | None = None
    has_id: bool = True


REFUSED_TRANSACTIONS = [
    RefusedTransaction("1e3", "EUR", (TYPE,)),
    RefusedTransaction("1.005", "EUR", (SCALE,)),
    RefusedTransaction("25.00", "XYZ", (CURRENCY,)),
    RefusedTransaction("25.00", "EUR", (TIME,), "2024-02-30"),
    RefusedTransaction(" 12", "EUR", (TYPE,)),
    RefusedTransaction("", "EUR", (NO_VALUE,)),
    RefusedTransaction("10.5", "JPY", (SCALE,)),
    RefusedTransaction("1e3", "XYZ", (TYPE, CURRENCY, TIME), "2024-13-01T09:00:00"),
    RefusedTransaction('"1,000"', "USD", (TYPE,)),
    RefusedTransaction("25.00", "eur", (CURRENCY,)),
    RefusedTransaction("25.00", "EUR", (TIME,), "2024-13-01"),
    RefusedTransaction("25.00", "EUR", (NO_VALUE,), has_id=False),
    RefusedTransaction("NaN", "EUR", (TYPE,)),
    RefusedTransaction("1.2345", "KWD", (SCALE,)),
    RefusedTransaction("25.00", "EUR", (TIME,), "20240101"),
    RefusedTransaction("35.00", "EUR", (NO_VALUE,), has_id=False),
    RefusedTransaction("\u0661\u0662", "EUR", (TYPE,)),  # Arabic-Indic digits
    RefusedTransaction("--1", "EUR", (TYPE,)),
    RefusedTransaction("1234567890123456789012345", "JPY", (TYPE,)),
]


class RefusedLedgerEntry(NamedTuple):
    """A ledger entry that is well formed and breaks rules."""

    amount: str
    balance: str
    codes: tuple[str, ...]
    day: str | None = None


REFUSED_LEDGER_ENTRIES = [
    RefusedLedgerEntry("1e3", "1000.00", (TYPE,)),
    RefusedLedgerEntry("", "abc", (NO_VALUE, TYPE, TIME), "2024-13-01"),
    RefusedLedgerEntry("1.005", "1.01", (SCALE,)),
    RefusedLedgerEntry("10.00", "10.00", (TIME,), "2024-02-30"),
    RefusedLedgerEntry(" 12", "12.00", (TYPE,)),
    RefusedLedgerEntry("", "10.00", (NO_VALUE,)),
    RefusedLedgerEntry("10.00", "", (NO_VALUE,)),
    RefusedLedgerEntry('"1,000"', "1000.00", (TYPE,)),
    RefusedLedgerEntry("10.00", "NaN", (TYPE,)),
    RefusedLedgerEntry("10.00", "10.00", (TIME,), "20240101"),
    RefusedLedgerEntry("NaN", "0.00", (TYPE,)),
    RefusedLedgerEntry("10.00", "10.00", (TIME,), "2024-13-01"),
]


def malformed_lines(record: str) -> list[tuple[bytes, str]]:
    """A sound record's text made malformed in every way: each with the fault's name.

    The unclosed quote costs its own line only. Whatever quote comes next in the file opens a field, so a reader that
    takes it for the closing one finds text behind it.
    """
    entry_id, account, rest = record.split(",", 2)
    number = entry_id[-1:]
    return [
        (f"{entry_id},{account}".encode(), "too few fields"),
        (f'{entry_id},"{account},{rest}'.encode(), "unclosed quote"),
        (f"{record},surplus".encode(), "too many fields"),
        (f'{entry_id},{account}"{number},{rest}'.encode(), "stray quote"),
        (f'{entry_id},"{account}"{number},{rest}'.encode(), "text after a closing quote"),
        (f"{entry_id},{account}\0,{rest}".encode(), "NUL byte"),
        (f"{entry_id},{account}".encode() + b"\xff," + rest.encode(), "not UTF-8"),
    ]
