"""What a hand-made case is: one record of a delivery, and what should become of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from demo.files import ACCEPTED, DUPLICATE, MALFORMED, QUARANTINED, FeedFile
from demo.period import CUT, MONTH_ENDS


@dataclass(frozen=True, slots=True)
class Booking:
    """What an accepted record does to an account."""

    account_id: str
    currency: str
    day: date
    """The booking day in UTC."""
    amount: Decimal
    balance_after: Decimal | None = None
    """As the bank states it; None in a feed that states none."""


@dataclass(frozen=True, slots=True)
class Case:
    """One record of a delivery.

    `day` is where it stands in its file, among the entries of that day. `why` holds the rejection codes of a record to
    be quarantined, or the fault of a malformed one.
    """

    delivery: int
    day: date
    line: bytes
    fate: str = ACCEPTED
    why: tuple[str, ...] = ()
    booking: Booking | None = None


def accepted(delivery: int, line: str, booking: Booking) -> Case:
    """A sound record."""
    return Case(delivery, booking.day, line.encode(), booking=booking)


def duplicate(delivery: int, day: date, line: str) -> Case:
    """A record that was delivered before, unchanged."""
    return Case(delivery, day, line.encode(), DUPLICATE)


def quarantined(delivery: int, day: date, line: str, *codes: str) -> Case:
    """A record that the rules refuse."""
    return Case(delivery, day, line.encode(), QUARANTINED, codes)


def malformed(delivery: int, day: date, line: bytes, fault: str) -> Case:
    """A record whose structure is broken."""
    return Case(delivery, day, line, MALFORMED, (fault,))


class CasesByDay:
    """The cases of one feed, in the order in which a file has them: by day, then by the record's own text.

    A record begins with its id, so that the order within a day is the ids' and not that of posting.
    """

    def __init__(self, cases: Iterable[Case]) -> None:
        self._by_day: defaultdict[tuple[date, int], list[Case]] = defaultdict(list)
        for case in cases:
            self._by_day[case.day, case.delivery].append(case)

    def write_day(self, day: date, files: dict[int, FeedFile]) -> None:
        """Writes the day's cases to the files of their deliveries."""
        for delivery, file in files.items():
            for case in sorted(self._by_day.get((day, delivery), []), key=lambda case: case.line):
                file.write_row(case.line, case.fate, case.why)


def _balances(bookings: Iterable[Booking], end: date) -> dict[tuple[str, str], Decimal]:
    """The balance of each account and currency at the end of a day, from bookings in posting order."""
    balances: dict[tuple[str, str], Decimal] = {}
    for booking in sorted(bookings, key=lambda booking: booking.day):
        if booking.day <= end:
            key = booking.account_id, booking.currency
            moved = balances.get(key, Decimal(0)) + booking.amount
            balances[key] = moved if booking.balance_after is None else booking.balance_after
    return balances


def month_end_lines(feed: str, cases: Iterable[Case], open_questions: set[str]) -> Iterator[bytes]:
    """Expected month-end balances of the cases' accounts, as records of the file of month ends.

    Args:
        feed: the feed of the cases.
        cases: in posting order within each day.
        open_questions: accounts whose balance delivery 1 does not decide.
    """
    known = [case for case in cases if case.booking is not None]
    for month, end in MONTH_ENDS.items():
        final = _balances((case.booking for case in known if case.booking), end)
        first = _balances((case.booking for case in known if case.booking and case.delivery == 1), end)
        for (account, currency), balance in sorted(final.items()):
            told = first.get((account, currency)) if end <= CUT and account not in open_questions else None
            fields = [feed, account, currency, month.isoformat(), str(balance), "" if told is None else str(told)]
            yield ",".join(fields).encode()
