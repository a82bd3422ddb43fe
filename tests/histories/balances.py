"""How days and months close, told in plain Python (docs/decisions/0004): one account at a time, never incrementally."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from tests.histories.delivered import Account
from tests.histories.oracle import Entry

ZERO = Decimal(0)


@dataclass(frozen=True)
class Closing:
    """How a day of an account closed."""

    day: date
    entry_count: int
    opening: Decimal
    movement: Decimal
    closing: Decimal
    basis: str
    decided_by: str

    @property
    def break_amount(self) -> Decimal:
        """What the bank states beyond the entries."""
        return self.closing - self.opening - self.movement


@dataclass(frozen=True)
class MonthEnd:
    """A month of an account: opening + movement + break = balance."""

    opening_balance: Decimal
    movement: Decimal
    break_amount: Decimal
    balance: Decimal
    entry_count: int
    basis: str
    is_proven: bool


@dataclass(frozen=True)
class DayBreak:
    """A day whose closing its entries do not explain, or that could not be decided."""

    opening_balance: Decimal
    movement: Decimal
    closing_balance: Decimal
    break_amount: Decimal
    kind: str


def ends(entries: Sequence[Entry]) -> list[Decimal]:
    """Return the balances on which a day with these entries can have ended."""
    reached = Counter(entry.balance_after for entry in entries)
    left: Counter[Decimal | None] = Counter(
        entry.balance_after - entry.amount for entry in entries if entry.balance_after is not None
    )
    open_ends = [balance for balance in reached if reached[balance] > left[balance]]
    return [balance for balance in open_ends or reached if balance is not None]


def close_days(entries: Iterable[Entry], tolerance: Decimal) -> list[Closing]:
    """Return the closings of one account's days."""
    by_day: dict[date, list[Entry]] = defaultdict(list)
    for entry in entries:
        by_day[entry.booking_date].append(entry)
    days = sorted(by_day)
    moved = {day: sum((entry.amount for entry in by_day[day]), ZERO) for day in days}
    stated = {day for day in days if all(entry.balance_after is not None for entry in by_day[day])}
    certain = {day: ends(by_day[day])[0] for day in stated if len(ends(by_day[day])) == 1}

    def between(after: date, until: date) -> Decimal:
        return sum((moved[day] for day in days if after < day <= until), ZERO)

    closings: list[Closing] = []
    for day in days:
        end, decided_by = None, "movements"
        if day in certain:
            end, decided_by = certain[day], "chain"
        elif day in stated:
            before = [certain[other] + between(other, day) for other in days if other < day and other in certain]
            after = [certain[other] - between(day, other) for other in days if other > day and other in certain]
            end, decided_by = _nearest(by_day[day], before[-1:], after[:1], tolerance)
        opening = closings[-1].closing if closings else ZERO
        if not closings and end is not None:
            opening = end - moved[day]
        closings.append(
            Closing(
                day,
                len(by_day[day]),
                opening,
                moved[day],
                opening + moved[day] if end is None else end,
                "computed" if end is None else "stated",
                decided_by,
            )
        )
    return closings


def _nearest(
    entries: Sequence[Entry], before: list[Decimal], after: list[Decimal], tolerance: Decimal
) -> tuple[Decimal, str]:
    """Return the end that breaks with the fewest neighbours, then by the least money, then of the smallest id."""
    first_id = {end: min(entry.entry_id for entry in entries if entry.balance_after == end) for end in ends(entries)}

    def fit(end: Decimal) -> tuple[int, Decimal, Decimal]:
        breaks = [abs(end - expected) for expected in before + after]
        return sum(amount > tolerance for amount in breaks), sum(breaks, ZERO), sum(breaks[: len(before)], ZERO)

    best = min(first_id, key=lambda end: (fit(end), first_id[end]))
    alike = [end for end in first_id if fit(end) == fit(best)]
    return best, "neighbours" if len(alike) == 1 else "undecided"


def next_month(month: date, ahead: int = 1) -> date:
    """Return the first day of a later month."""
    years, months = divmod(month.month - 1 + ahead, 12)
    return date(month.year + years, months + 1, 1)


def months_between(first: date, last: date) -> list[date]:
    """Return the first days of the months, both included."""
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    return [next_month(first.replace(day=1), ahead) for ahead in range(count)]


def month_ends_of(entries: Sequence[Entry], last_month: date, tolerance: Decimal) -> dict[date, MonthEnd]:
    """Return each month of one account, from its first entry to the last month of its feed."""
    closings = close_days(entries, tolerance)
    found: dict[date, MonthEnd] = {}
    for month in months_between(closings[0].day, last_month):
        of_month = [closing for closing in closings if closing.day.replace(day=1) == month]
        if of_month:
            # While no balance was stated of an account, nobody knows what it opened on.
            so_far = [closing for closing in closings if closing.day <= of_month[-1].day]
            is_known = any(closing.basis == "stated" for closing in so_far)
            found[month] = _month_end(of_month, tolerance, is_known=is_known)
        else:
            before = found[next_month(month, -1)]
            found[month] = MonthEnd(before.balance, ZERO, ZERO, before.balance, 0, before.basis, before.is_proven)
    return found


def _month_end(closings: Sequence[Closing], tolerance: Decimal, *, is_known: bool) -> MonthEnd:
    return MonthEnd(
        closings[0].opening,
        sum((closing.movement for closing in closings), ZERO),
        sum((closing.break_amount for closing in closings), ZERO),
        closings[-1].closing,
        sum(closing.entry_count for closing in closings),
        "computed" if any(closing.basis == "computed" for closing in closings) else "stated",
        is_known
        and closings[-1].decided_by != "undecided"
        and all(abs(closing.break_amount) <= tolerance for closing in closings),
    )


def by_account(entries: Iterable[Entry]) -> dict[Account, list[Entry]]:
    """Return the entries of each account."""
    found: dict[Account, list[Entry]] = defaultdict(list)
    for entry in entries:
        found[entry.feed, entry.account_id, entry.currency].append(entry)
    return found


def month_ends(entries: Sequence[Entry], tolerance: Decimal) -> dict[tuple[Account, date], MonthEnd]:
    """Return the months of all accounts of one feed; they all end with the feed's last month."""
    if not entries:
        return {}
    last_month = max(entry.booking_date for entry in entries).replace(day=1)
    return {
        (account, month): month_end
        for account, of_account in by_account(entries).items()
        for month, month_end in month_ends_of(of_account, last_month, tolerance).items()
    }


def day_breaks(entries: Sequence[Entry], tolerance: Decimal) -> dict[tuple[Account, date], DayBreak]:
    """Return the days of a feed that are off by more than the tolerance, or undecided."""
    found = {}
    for account, of_account in by_account(entries).items():
        for closing in close_days(of_account, tolerance):
            is_off = abs(closing.break_amount) > tolerance
            if is_off or closing.decided_by == "undecided":
                found[account, closing.day] = DayBreak(
                    closing.opening,
                    closing.movement,
                    closing.closing,
                    closing.break_amount,
                    "movement_missing" if is_off else "order_undecided",
                )
    return found
