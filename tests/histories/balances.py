"""How days and months close, told in plain Python (docs/decisions/0004): one account at a time, never incrementally."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from tests.histories.delivered import Account, Code
from tests.histories.oracle import Entry, Known

ZERO = Decimal(0)


@dataclass(frozen=True)
class Closing:
    """How a day of an account closed.

    Attributes:
        is_opening: whether it is the day before the first entry, which is no day of its own.
        is_known: whether a balance was stated or known by then.
        contradicts: whether balances that are known of the day, or of the opening before it, contradict each other.
    """

    day: date
    entry_count: int
    opening: Decimal
    movement: Decimal
    closing: Decimal
    basis: str
    decided_by: str
    is_opening: bool = False
    is_known: bool = False
    contradicts: bool = False

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


@dataclass
class _Account:
    """One account's entries and what is known beside them, by day.

    Attributes:
        candidates: the balances on which a day can have ended, each with what the smallest of tells it from others.
        contradicted: days of which several balances are known, or whose steps end elsewhere.
        opening_day: the day before the first entry, where a balance before it is known.
    """

    code: Code
    by_day: dict[date, list[Entry]]
    candidates: dict[date, dict[Decimal, str]]
    known_days: set[date]
    contradicted: set[date]
    opening_day: date | None


def _account(entries: Iterable[Entry], code: Code, known: Iterable[Known]) -> _Account:
    by_day: dict[date, list[Entry]] = defaultdict(list)
    for entry in entries:
        by_day[entry.booking_date].append(entry)
    first = min(by_day)
    told: dict[date, dict[Decimal, str]] = defaultdict(dict)
    beside = [(one.day, one.balance, one.source) for one in known]
    if code.opens_on_zero and (beside or _states(by_day, code)):
        beside.append((date.min, ZERO, ""))
    for day, balance, source in beside:
        at = first - timedelta(days=1) if day < first else day
        told[at][balance] = min(source, told[at].get(balance, source))
    found = _Account(code, by_day, {}, set(told), set(), None)
    for day in by_day:
        stated = [entry for entry in by_day[day] if entry.balance_after is not None and code.balance_stated != "none"]
        if code.balance_stated == "end_of_day" and stated:
            found.known_days.add(day)
            for entry in stated:
                balance = entry.balance_after or ZERO
                told[day][balance] = min(entry.entry_id, told[day].get(balance, entry.entry_id))
        elif stated:
            ids = {end: min(entry.entry_id for entry in stated if entry.balance_after == end) for end in ends(stated)}
            found.candidates[day] = ids
            if day in told and all(abs(end - one) > code.balance_tolerance for end in ids for one in told[day]):
                found.contradicted.add(day)
    found.contradicted |= {day for day, balances in told.items() if len(balances) > 1}
    found.candidates |= told
    found.opening_day = min((day for day in told if day < first), default=None)
    return found


def _states(by_day: dict[date, list[Entry]], code: Code) -> bool:
    """Return whether an account's entries state balances that count."""
    return code.balance_stated != "none" and any(
        entry.balance_after is not None for entries in by_day.values() for entry in entries
    )


def close_days(entries: Iterable[Entry], code: Code, known: Iterable[Known] = ()) -> list[Closing]:
    """Return the closings of one account's days, those included of which a balance is known without an entry."""
    account = _account(entries, code, known)
    days = sorted(account.by_day.keys() | account.candidates.keys())
    moved = {day: sum((entry.amount for entry in account.by_day.get(day, ())), ZERO) for day in days}
    certain = {day: next(iter(found)) for day, found in account.candidates.items() if len(found) == 1}

    def between(after: date, until: date) -> Decimal:
        return sum((moved[day] for day in days if after < day <= until), ZERO)

    stated: dict[date, tuple[Decimal, str]] = {}
    for day in account.candidates:
        if day in certain:
            stated[day] = certain[day], "known" if day in account.known_days else "chain"
            continue
        before = [certain[other] + between(other, day) for other in days if other < day and other in certain]
        after = [certain[other] - between(day, other) for other in days if other > day and other in certain]
        stated[day] = _nearest(account, day, before[-1:], after[:1])
    return _closings(account, days, moved, stated)


def _closings(
    account: _Account, days: list[date], moved: dict[date, Decimal], stated: dict[date, tuple[Decimal, str]]
) -> list[Closing]:
    """Return the days in their order: those before the first stated one are worked backwards from it."""
    first = next((day for day in days if day in stated), None)
    opening = ZERO if first is None else stated[first][0] - sum((moved[day] for day in days if day <= first), ZERO)
    closings: list[Closing] = []
    is_known = False
    for day in days:
        end, decided_by = stated.get(day, (opening + moved[day], "movements"))
        is_known = is_known or day in stated
        contradicts = day in account.contradicted or (
            bool(closings) and closings[-1].is_opening and account.opening_day in account.contradicted
        )
        closings.append(
            Closing(
                day,
                len(account.by_day.get(day, ())),
                opening,
                moved[day],
                end,
                "stated" if day in stated else "computed",
                decided_by,
                is_opening=day == account.opening_day,
                is_known=is_known,
                contradicts=contradicts,
            )
        )
        opening = end
    return closings


def _nearest(account: _Account, day: date, before: list[Decimal], after: list[Decimal]) -> tuple[Decimal, str]:
    """Return the end that breaks with the fewest neighbours, then by the least money, then of the day's last line."""
    first_id = account.candidates[day]

    def fit(end: Decimal) -> tuple[int, Decimal, Decimal]:
        breaks = [abs(end - expected) for expected in before + after]
        tolerance = account.code.balance_tolerance
        return sum(amount > tolerance for amount in breaks), sum(breaks, ZERO), sum(breaks[: len(before)], ZERO)

    sign = {"oldest_first": 1, "newest_first": -1}.get(account.code.order)

    def last_line(end: Decimal) -> tuple[int, int]:
        """Return the place of the last entry that reached a balance, as a key of which the smallest is the last."""
        places = [entry.place for entry in account.by_day.get(day, ()) if entry.balance_after == end]
        steps = account.code.balance_stated != "none" and (
            day not in account.known_days or account.code.balance_stated == "end_of_day"
        )
        if sign is None or not places or not steps:
            return (1, 0)
        file, number = max((file, sign * number) for file, number in places)
        return (0, -(10**12 * file + number))

    best = min(first_id, key=lambda end: (fit(end), last_line(end), first_id[end], end))
    alike = [end for end in first_id if fit(end) == fit(best)]
    if len(alike) == 1:
        return best, "neighbours"
    return best, "order" if last_line(best)[0] == 0 else "undecided"


def next_month(month: date, ahead: int = 1) -> date:
    """Return the first day of a later month."""
    years, months = divmod(month.month - 1 + ahead, 12)
    return date(month.year + years, months + 1, 1)


def months_between(first: date, last: date) -> list[date]:
    """Return the first days of the months, both included."""
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    return [next_month(first.replace(day=1), ahead) for ahead in range(count)]


def month_ends_of(
    entries: Sequence[Entry], last_month: date, code: Code, known: Iterable[Known] = ()
) -> dict[date, MonthEnd]:
    """Return each month of one account, from its first entry to the last month of its feed."""
    closings = [closing for closing in close_days(entries, code, known) if not closing.is_opening]
    found: dict[date, MonthEnd] = {}
    for month in months_between(closings[0].day, last_month):
        of_month = [closing for closing in closings if closing.day.replace(day=1) == month]
        if of_month:
            found[month] = _month_end(of_month, code)
        else:
            before = found[next_month(month, -1)]
            found[month] = MonthEnd(before.balance, ZERO, ZERO, before.balance, 0, before.basis, before.is_proven)
    return found


def _month_end(closings: Sequence[Closing], code: Code) -> MonthEnd:
    last = closings[-1]
    is_computed = any(closing.basis == "computed" for closing in closings) and last.decided_by != "known"
    return MonthEnd(
        closings[0].opening,
        sum((closing.movement for closing in closings), ZERO),
        sum((closing.break_amount for closing in closings), ZERO),
        last.closing,
        sum(closing.entry_count for closing in closings),
        "computed" if is_computed else "stated",
        # While nothing was known of an account, nobody knows what it opened on.
        (last.is_known or code.opens_on_zero)
        and last.decided_by != "undecided"
        and not any(closing.contradicts for closing in closings)
        and all(abs(closing.break_amount) <= code.balance_tolerance for closing in closings),
    )


def by_account(entries: Iterable[Entry]) -> dict[Account, list[Entry]]:
    """Return the entries of each account."""
    found: dict[Account, list[Entry]] = defaultdict(list)
    for entry in entries:
        found[entry.feed, entry.account_id, entry.currency].append(entry)
    return found


def month_ends(
    entries: Sequence[Entry], code: Code, known: Sequence[Known] = ()
) -> dict[tuple[Account, date], MonthEnd]:
    """Return the months of all accounts of one feed; they all end with the feed's last month."""
    if not entries:
        return {}
    last_month = max(entry.booking_date for entry in entries).replace(day=1)
    return {
        (account, month): month_end
        for account, of_account in by_account(entries).items()
        for month, month_end in month_ends_of(of_account, last_month, code, _of(account, known)).items()
    }


def _of(account: Account, known: Iterable[Known]) -> list[Known]:
    return [one for one in known if one.account == account]


def day_breaks(
    entries: Sequence[Entry], code: Code, known: Sequence[Known] = ()
) -> dict[tuple[Account, date], DayBreak]:
    """Return the days of a feed that are off by more than the tolerance, contradicted, or undecided."""
    found = {}
    last_month = max((entry.booking_date for entry in entries), default=date.min).replace(day=1)
    for account, of_account in by_account(entries).items():
        for closing in close_days(of_account, code, _of(account, known)):
            if closing.is_opening or closing.day.replace(day=1) > last_month:
                continue
            is_off = abs(closing.break_amount) > code.balance_tolerance
            if is_off or closing.contradicts or closing.decided_by == "undecided":
                kind = "balances_differ" if closing.contradicts else "order_undecided"
                found[account, closing.day] = DayBreak(
                    closing.opening,
                    closing.movement,
                    closing.closing,
                    closing.break_amount,
                    "movement_missing" if is_off else kind,
                )
    return found
