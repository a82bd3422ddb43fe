"""What the tables of balances must say of a bank's history, told again in plain Python: slow, and one thing at a time.

A history is entries, each with the number of the commit that made it known. The model knows nothing of increments: what
was known at a commit is worked out anew from all entries that were committed by then. The rules are those of
docs/balances.md and docs/history.md; nothing is shared with the models.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

Account = tuple[str, str, str]
"""Feed, account and currency."""


@dataclass(frozen=True)
class Entry:
    """One accepted entry.

    Attributes:
        balance: what the bank states after it; None in feeds that state none.
        commit: index into the feed's commits.
    """

    account: Account
    entry_id: str
    day: date
    amount: Decimal
    balance: Decimal | None
    commit: int


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
class Known:
    """What is known of a month's end."""

    balance: Decimal
    basis: str
    is_proven: bool


def ends(entries: Sequence[Entry]) -> list[Decimal]:
    """Return the balances on which a day with these entries can have ended."""
    reached = Counter(entry.balance for entry in entries)
    left = Counter(entry.balance - entry.amount for entry in entries if entry.balance is not None)
    open_ends = [balance for balance in reached if reached[balance] > left[balance]]
    return [balance for balance in open_ends or reached if balance is not None]


def close(entries: Iterable[Entry]) -> list[Closing]:
    """Return the closings of one account's days."""
    by_day: dict[date, list[Entry]] = defaultdict(list)
    for entry in entries:
        by_day[entry.day].append(entry)
    days = sorted(by_day)
    moved = {day: sum((entry.amount for entry in by_day[day]), Decimal(0)) for day in days}
    stated = {day for day in days if all(entry.balance is not None for entry in by_day[day])}
    certain = {day: ends(by_day[day])[0] for day in stated if len(ends(by_day[day])) == 1}

    def between(after: date, until: date) -> Decimal:
        return sum((moved[day] for day in days if after < day <= until), Decimal(0))

    closings: list[Closing] = []
    for day in days:
        if day in certain:
            end, decided_by = certain[day], "chain"
        elif day in stated:
            before = [certain[other] + between(other, day) for other in days if other < day and other in certain]
            after = [certain[other] - between(day, other) for other in days if other > day and other in certain]
            end, decided_by = _nearest(by_day[day], before[-1:], after[:1])
        else:
            end, decided_by = None, "movements"
        opening = closings[-1].closing if closings else Decimal(0)
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


def _nearest(entries: Sequence[Entry], before: list[Decimal], after: list[Decimal]) -> tuple[Decimal, str]:
    """Return the end that breaks with the fewest neighbours, then by the least money, then of the smallest id."""
    first_id = {end: min(entry.entry_id for entry in entries if entry.balance == end) for end in ends(entries)}

    def fit(end: Decimal) -> tuple[int, Decimal, Decimal]:
        breaks = [abs(end - expected) for expected in before + after]
        return sum(amount > 0 for amount in breaks), sum(breaks, Decimal(0)), sum(breaks[: len(before)], Decimal(0))

    best = min(first_id, key=lambda end: (fit(end), first_id[end]))
    alike = [end for end in first_id if fit(end) == fit(best)]
    return best, "neighbours" if len(alike) == 1 else "undecided"


def months_between(first: date, last: date) -> list[date]:
    """Return the first days of the months, both included."""
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    return [next_month(first.replace(day=1), ahead) for ahead in range(count)]


def next_month(month: date, ahead: int = 1) -> date:
    """Return the first day of a later month."""
    years, months = divmod(month.month - 1 + ahead, 12)
    return date(month.year + years, months + 1, 1)


def month_ends(entries: Iterable[Entry], last_month: date) -> dict[date, Known]:
    """Return what these entries say of each month's end, from one account's first entry to the report's last month."""
    closings = close(entries)
    found: dict[date, Known] = {}
    if not closings:
        return found
    for month in months_between(closings[0].day, last_month):
        of_month = [closing for closing in closings if closing.day.replace(day=1) == month]
        if of_month:
            found[month] = Known(
                of_month[-1].closing,
                "computed" if any(closing.basis == "computed" for closing in of_month) else "stated",
                of_month[-1].decided_by != "undecided" and all(closing.break_amount == 0 for closing in of_month),
            )
        else:
            found[month] = found[next_month(month, -1)]
    return found


@dataclass(frozen=True)
class Restatement:
    """A closed month of an account whose balance is another one now.

    Attributes:
        at_close: what the close knew: the account, its feed without it, or nothing of the feed.
        as_closed: the balance then; None where the account was not known.
        restated_from: the first commit since that led to another balance.
        late: the ids of the entries that the close did not know; of an account that it did not know, of all entries.
    """

    at_close: str
    as_closed: Decimal | None
    balance: Decimal
    restated_from: datetime
    late: frozenset[str]


@dataclass(frozen=True)
class Total:
    """The roll-forward of a closed month in a currency.

    Attributes:
        restated: what the opening is off from the close of the month before; None where that is not closed.
        openings_restated: the accounts that are off from it.
        stated_count: the accounts with a day on which the bank states all balances.
    """

    opening: Decimal
    restated: Decimal | None
    openings_restated: int
    movement: Decimal
    closing: Decimal
    account_count: int
    stated_count: int


@dataclass(frozen=True)
class Feed:
    """All that a feed brought: its commits, in order and in UTC, and its entries."""

    commits: Sequence[datetime]
    entries: Sequence[Entry]

    def last_month(self, commit: int) -> date | None:
        """Return the month that the report had reached by a commit."""
        days = [entry.day for entry in self.entries if entry.commit <= commit]
        return max(days).replace(day=1) if days else None

    def by_account(self, commit: int) -> dict[Account, list[Entry]]:
        """Return the entries that were known by a commit."""
        found: dict[Account, list[Entry]] = defaultdict(list)
        for entry in self.entries:
            if entry.commit <= commit:
                found[entry.account].append(entry)
        return found

    def current(self) -> dict[tuple[Account, date], tuple[Known, bool]]:
        """Return each account's months as they are known now, and whether they are provisional."""
        latest = len(self.commits) - 1
        last_month = self.last_month(latest)
        if last_month is None:
            return {}
        return {
            (account, month): (known, self.commits[latest].date() < next_month(month))
            for account, entries in self.by_account(latest).items()
            for month, known in month_ends(entries, last_month).items()
        }

    def versions(self) -> dict[tuple[Account, date], list[tuple[datetime, Known]]]:
        """Return what was known of each month that has ended, and from when."""
        found: dict[tuple[Account, date], list[tuple[datetime, Known]]] = defaultdict(list)
        for commit, known_at in enumerate(self.commits):
            last_month = self.last_month(commit)
            if last_month is None:
                continue
            for account, entries in self.by_account(commit).items():
                for month, known in month_ends(entries, last_month).items():
                    versions = found[account, month]
                    if known_at.date() >= next_month(month) and (not versions or versions[-1][1] != known):
                        versions.append((known_at, known))
        return {key: versions for key, versions in found.items() if versions}

    def breaks(self) -> dict[tuple[Account, date], Decimal]:
        """Return each account's days that are not proven, with what the bank states beyond the entries."""
        return {
            (account, closing.day): closing.break_amount
            for account, entries in self.by_account(len(self.commits) - 1).items()
            for closing in close(entries)
            if closing.break_amount != 0 or closing.decided_by == "undecided"
        }

    def known_at(self, month: date, moment: datetime) -> dict[Account, Known]:
        """Return what was known of a month's end at a moment."""
        found = {}
        for (account, of_month), versions in self.versions().items():
            stood = [known for known_from, known in versions if known_from <= moment]
            if of_month == month and stood:
                found[account] = stood[-1]
        return found

    def totals(self, closed: dict[date, datetime]) -> dict[tuple[date, str], Total]:
        """Return per closed month and currency how it rolled forward, by what was known at the close."""
        return {
            (month, currency): self._total(month, currency, closed)
            for month, moment in closed.items()
            for currency in {account[2] for account in self.known_at(month, moment)}
        }

    def _total(self, month: date, currency: str, closed: dict[date, datetime]) -> Total:
        moment, before = closed[month], next_month(month, -1)

        def balances(of_month: date, at: datetime) -> dict[Account, Decimal]:
            known = self.known_at(of_month, at).items()
            return {account: end.balance for account, end in known if account[2] == currency}

        ends, openings = balances(month, moment), balances(before, moment)
        closed_before = balances(before, closed[before]) if before in closed else {}
        off = {
            account: openings.get(account, Decimal(0)) - closed_before.get(account, Decimal(0))
            for account in openings.keys() | closed_before.keys()
            if before in closed and openings.get(account) != closed_before.get(account)
        }
        known = [
            entry
            for entry in self.entries
            if entry.account[2] == currency
            and entry.day.replace(day=1) == month
            and self.commits[entry.commit] <= moment
        ]
        days: dict[tuple[Account, date], list[Entry]] = defaultdict(list)
        for entry in known:
            days[entry.account, entry.day].append(entry)
        return Total(
            opening=sum(openings.values(), Decimal(0)),
            restated=sum(off.values(), Decimal(0)) if before in closed else None,
            openings_restated=len(off),
            movement=sum((entry.amount for entry in known), Decimal(0)),
            closing=sum(ends.values(), Decimal(0)),
            account_count=len(ends),
            stated_count=len(
                {account for (account, _), of_day in days.items() if all(entry.balance is not None for entry in of_day)}
            ),
        )

    def restatements(self, closed: dict[date, datetime]) -> dict[tuple[Account, date], Restatement]:
        """Return the closed months whose balance is another one now."""
        found = {}
        for (account, month), versions in self.versions().items():
            if month not in closed or versions[-1][0] <= closed[month]:
                continue
            at_close = [known.balance for known_from, known in versions if known_from <= closed[month]]
            as_closed = at_close[-1] if at_close else None
            if as_closed != versions[-1][1].balance:
                since = [at for at, known in versions if at > closed[month] and known.balance != as_closed]
                late = {
                    entry.entry_id
                    for entry in self.entries
                    if entry.account == account
                    and entry.day < next_month(month)
                    and (as_closed is None or self.commits[entry.commit] > closed[month])
                }
                reached = "account unknown" if self.known_at(month, closed[month]) else "feed not reached"
                found[account, month] = Restatement(
                    "closed" if at_close else reached, as_closed, versions[-1][1].balance, since[0], frozenset(late)
                )
        return found
