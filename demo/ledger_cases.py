"""Hand-made accounts of `ledger_entries`: one for each thing that a stated chain of balances can do.

Refused and malformed records are no part of a chain: the sender has sent the same entries properly under other ids.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from demo.cases import Booking, Case, accepted, duplicate, malformed, quarantined
from demo.faults import REFUSED_LEDGER_ENTRIES, malformed_lines
from demo.files import CONFLICT
from demo.period import DAYS, delivery_of

FEED = "ledger_entries"
MISSING = 0
"""Instead of an id: the bank booked the entry and never delivered it."""


class Posting(NamedTuple):
    """One entry in an account's posting order."""

    number: int
    day: str
    amount: str
    delivery: int = 0
    """0 stands for the one that its day belongs to."""


CHAINS: dict[str, list[Posting]] = {
    "ACC001": [
        Posting(103, "2024-01-05", "500.00"),
        Posting(101, "2024-01-17", "-150.00"),
        Posting(104, "2024-01-17", "26.00"),
        Posting(102, "2024-01-17", "-50.00"),
    ],
    "ACC002": [
        Posting(105, "2024-02-12", "-25.50"),
        Posting(106, "2024-03-04", "-100.00"),
    ],
    "ACC003": [
        Posting(107, "2023-12-15", "150.00"),
        Posting(108, "2024-02-20", "25.50"),
    ],
    "CIRCLE01": [
        Posting(201, "2023-11-20", "200.00"),
        Posting(204, "2024-01-25", "50.00"),
        Posting(203, "2024-01-25", "-20.00"),
        Posting(202, "2024-01-25", "-30.00"),
        Posting(205, "2024-02-14", "10.00"),
    ],
    # Nothing in delivery 1 says whether the first day closed at 0 or at 40; the day in March does.
    "CIRCLE02": [
        Posting(212, "2024-01-30", "40.00"),
        Posting(211, "2024-01-30", "-40.00"),
        Posting(213, "2024-03-05", "15.00"),
    ],
    "LATE01": [
        Posting(301, "2023-11-05", "300.00"),
        Posting(303, "2024-01-12", "-50.00", 2),
        Posting(302, "2024-01-12", "-20.00", 2),
        Posting(304, "2024-02-03", "5.00"),
    ],
    "LATE02": [
        Posting(311, "2023-12-04", "100.00"),
        Posting(313, "2024-01-18", "10.00"),
        Posting(312, "2024-01-18", "15.00", 2),
    ],
    "MISSING01": [
        Posting(401, "2023-11-10", "1000.00"),
        Posting(MISSING, "2023-12-20", "-75.25"),
        Posting(402, "2024-01-15", "-100.00"),
    ],
    "QUIET01": [
        Posting(501, "2023-11-15", "80.00"),
        Posting(502, "2024-02-20", "-10.00"),
    ],
    "TWIN01": [
        Posting(601, "2023-12-01", "60.00"),
        Posting(603, "2024-01-09", "-5.00"),
        Posting(602, "2024-01-09", "-5.00"),
    ],
    "CONFLICT01": [
        Posting(701, "2024-01-22", "90.00"),
        Posting(702, "2024-02-22", "10.00"),
    ],
}
SEEN = {
    "account-days with several entries": 6,
    "account-days with shuffled ids": 6,
    "twins": 1,
    "late entries": 3,
    "resent rows": 2,
    "ids with two contents in one file": 1,
    "ids with two contents across files": 1,
    "circle days": 2,
    "missing entries": 1,
    "accounts quiet over the year end": 1,
}
"""How often the accounts above show what the sample is meant to show."""
UNDECIDED_BY_DELIVERY_1 = {"CIRCLE02"}
BREAKS = [{"feed": FEED, "account_id": "MISSING01", "booking_date": "2024-01-15", "amount": "-75.25"}]
"""What stays unexplained after both deliveries: the opening that the day's entries imply less the closing before it."""

WORKED_EXAMPLE = {
    "ACC001": {"2024-01": "326.00", "2024-02": "326.00", "2024-03": "326.00"},
    "ACC002": {"2024-01": None, "2024-02": "-25.50", "2024-03": "-125.50"},
    "ACC003": {"2024-01": "150.00", "2024-02": "175.50", "2024-03": "175.50"},
}


def _id(number: int) -> str:
    return f"{number:012d}"


def _chain(account: str, postings: list[Posting]) -> Iterator[Case]:
    balance = Decimal("0.00")
    for posting in postings:
        amount = Decimal(posting.amount)
        balance += amount
        if posting.number == MISSING:
            continue
        day = date.fromisoformat(posting.day)
        line = f"{_id(posting.number)},{account},{amount},{balance},{posting.day}"
        yield accepted(posting.delivery or delivery_of(day), line, Booking(account, "EUR", day, amount, balance))


def _repeated_ids() -> Iterator[Case]:
    """Resends and conflicts; of the two records in one file that share an id, neither is part of the chain."""
    in_one_file, across = date(2024, 1, 23), date(2024, 3, 6)
    yield quarantined(1, in_one_file, f"{_id(711)},CONFLICT01,7.00,97.00,2024-01-23", CONFLICT)
    yield quarantined(1, in_one_file, f"{_id(711)},CONFLICT01,7.50,97.50,2024-01-23", CONFLICT)
    yield quarantined(2, across, f"{_id(702)},CONFLICT01,11.00,101.00,2024-02-22", CONFLICT)
    yield duplicate(2, across, f"{_id(701)},CONFLICT01,90.00,90.00,2024-01-22")
    yield duplicate(1, date(2024, 2, 20), f"{_id(502)},QUIET01,-10.00,70.00,2024-02-20")


def _faulty(delivery: int, first_day: int, account: str) -> Iterator[Case]:
    """Refused and malformed records: all of them in delivery 1, every third in delivery 2, days apart."""
    step = 1 if delivery == 1 else 3
    for index, fault in enumerate(REFUSED_LEDGER_ENTRIES[::step]):
        day = DAYS[first_day + 4 * index]
        entry_id = _id(800_000 + 1_000 * delivery + index)
        line = f"{entry_id},{account},{fault.amount},{fault.balance},{fault.day or day.isoformat()}"
        yield quarantined(delivery, day, line, *fault.codes)
    sound = f"{_id(900_000 + delivery)},{account},10.00,10.00,{DAYS[first_day].isoformat()}"
    for index, (text, name) in enumerate(malformed_lines(sound)[::step]):
        yield malformed(delivery, DAYS[first_day + 4 * index], text, name)


def ledger_cases(account: str) -> list[Case]:
    """All cases of the feed, an account's entries in posting order.

    Args:
        account: an ordinary account, under whose name the refused and malformed records stand.
    """
    cases: list[Case] = []
    for name, postings in CHAINS.items():
        cases += _chain(name, postings)
    cases += _repeated_ids()
    cases += _faulty(1, 2, account)
    cases += _faulty(2, 122, account)
    return cases
