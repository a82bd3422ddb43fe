"""Hand-made records of `transactions`: spellings that are sound, ids that come twice, and all that is refused."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from demo.cases import Booking, Case, accepted, duplicate, malformed, quarantined
from demo.faults import REFUSED_TRANSACTIONS, RefusedTransaction, malformed_lines
from demo.files import CONFLICT
from demo.period import DAYS, LAST_DAY, delivery_of

FEED = "transactions"


class Sound(NamedTuple):
    """A record that is accepted as it stands."""

    number: int
    customer: str
    amount: str
    currency: str
    timestamp: str
    day: str = ""
    """The booking day in UTC, where it is not the one written."""
    delivery: int = 0
    """0 stands for the one that its day belongs to."""


SOUND = [
    # The last minutes of January in New York are February in UTC.
    Sound(101, "CUST-OFFSET", "40.00", "EUR", "2024-01-31T23:30:00-05:00", "2024-02-01"),
    Sound(102, "CUST-OFFSET", "2.00", "EUR", "2024-01-31T23:30:00"),
    Sound(111, "CUST-SPELLING", "+5", "EUR", "2024-01-10"),
    Sound(112, "CUST-SPELLING", "-0.00", "EUR", "2024-01-10T08:00:00Z"),
    Sound(113, "CUST-SPELLING", "0.5", "EUR", "2024-01-10T08:00:00.123456"),
    Sound(114, "CUST-SPELLING", "007.10", "EUR", "2024-01-11T08:00:00"),
    Sound(121, "CUST-MULTI", "10.50", "EUR", "2023-12-28T10:00:00"),
    Sound(122, "CUST-MULTI", "20.25", "USD", "2024-01-02T10:00:00"),
    Sound(123, "CUST-MULTI", "1500", "JPY", "2024-01-03T10:00:00"),
    Sound(124, "CUST-MULTI", "1.234", "KWD", "2024-01-04T10:00:00"),
    Sound(125, "CUST-MULTI", "-0.234", "KWD", "2024-03-04T10:00:00"),
    Sound(131, "CUST-QUIET", "75.00", "EUR", "2023-11-20T12:00:00"),
    Sound(132, "CUST-QUIET", "-5.00", "EUR", "2024-02-20T12:00:00"),
    Sound(141, "CUST-TWIN", "-3.50", "EUR", "2024-01-15T12:00:00"),
    Sound(142, "CUST-TWIN", "-3.50", "EUR", "2024-01-15T12:00:00"),
    Sound(151, "CUST-LATE", "120.00", "USD", "2024-02-05T09:15:00"),
    Sound(152, "CUST-LATE", "-20.00", "USD", "2024-01-12T09:15:00", delivery=2),
    Sound(161, "CUST-CONFLICT", "60.00", "EUR", "2024-01-22T15:00:00"),
    Sound(162, "CUST-CONFLICT", "6.00", "EUR", "2024-02-22T15:00:00"),
]
SEEN = {
    "account-days with several entries": 2,
    "twins": 1,
    "late entries": 1,
    "resent rows": 2,
    "ids with two contents in one file": 1,
    "ids with two contents across files": 1,
    "timestamps that fall into the next month in UTC": 1,
    "accounts quiet over the year end": 1,
}
"""How often the records above show what the sample is meant to show."""


def _id(number: int) -> str:
    return f"TX{number:010d}"


def _sound(record: Sound) -> Case:
    day = date.fromisoformat(record.day or record.timestamp[:10])
    line = f"{_id(record.number)},{record.customer},{record.amount},{record.currency},{record.timestamp}"
    booking = Booking(record.customer, record.currency, day, Decimal(record.amount))
    return accepted(record.delivery or delivery_of(day), line, booking)


def _repeated_ids() -> Iterator[Case]:
    """Resends and conflicts."""
    in_one_file, across = date(2024, 1, 23), date(2024, 3, 6)
    yield quarantined(1, in_one_file, f"{_id(171)},CUST-CONFLICT,7.00,EUR,2024-01-23T15:00:00", CONFLICT)
    yield quarantined(1, in_one_file, f"{_id(171)},CUST-CONFLICT,7.00,USD,2024-01-23T15:00:00", CONFLICT)
    yield quarantined(2, across, f"{_id(162)},CUST-CONFLICT,66.00,EUR,2024-02-22T15:00:00", CONFLICT)
    yield duplicate(2, across, f"{_id(161)},CUST-CONFLICT,60.00,EUR,2024-01-22T15:00:00")
    yield duplicate(1, date(2024, 2, 20), f"{_id(132)},CUST-QUIET,-5.00,EUR,2024-02-20T12:00:00")


def _refused(fault: RefusedTransaction, delivery: int, number: int, customer: str, day: date) -> Case:
    entry_id = _id(number) if fault.has_id else ""
    timestamp = fault.timestamp or f"{day.isoformat()}T11:00:00"
    line = f"{entry_id},{customer},{fault.amount},{fault.currency},{timestamp}"
    return quarantined(delivery, day, line, *fault.codes)


def _faulty(delivery: int, first_day: int, customer: str) -> Iterator[Case]:
    """Refused and malformed records: all of them in delivery 1, every third in delivery 2, days apart."""
    step = 1 if delivery == 1 else 3
    for index, fault in enumerate(REFUSED_TRANSACTIONS[::step]):
        day = DAYS[first_day + 4 * index]
        yield _refused(fault, delivery, 800_000 + 1_000 * delivery + index, customer, day)
    sound = f"{_id(900_000 + delivery)},{customer},10.00,EUR,{DAYS[first_day].isoformat()}"
    for index, (text, name) in enumerate(malformed_lines(sound)[::step]):
        yield malformed(delivery, DAYS[first_day + 4 * index], text, name)


def transaction_cases(customer: str) -> list[Case]:
    """All cases of the feed.

    Args:
        customer: an ordinary customer, under whose name the refused and malformed records stand.
    """
    cases = [_sound(record) for record in SOUND]
    cases += _repeated_ids()
    cases += _faulty(1, 2, customer)
    cases += _faulty(2, 122, customer)
    return cases


def held_cases(customers: list[str], rows: int) -> list[Case]:
    """A delivery of one day of which 6 % are refused, so that the gate holds it."""
    cases: list[Case] = []
    refusable = [fault for fault in REFUSED_TRANSACTIONS if fault.has_id]
    for index in range(rows):
        number, customer = 950_000 + index, customers[index % len(customers)]
        if index % 50 in (7, 23, 41):
            fault = refusable[index * 3 // 50 % len(refusable)]
            cases.append(_refused(fault, 2, number, customer, LAST_DAY))
            continue
        amount = Decimal(index * 7919 % 20_000 - 9_000).scaleb(-2)
        clock = f"{8 + index % 12:02d}:{index * 7 % 60:02d}:{index * 13 % 60:02d}"
        line = f"{_id(number)},{customer},{amount},EUR,{LAST_DAY.isoformat()}T{clock}"
        cases.append(accepted(2, line, Booking(customer, "EUR", LAST_DAY, amount)))
    return cases
