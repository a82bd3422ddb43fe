"""An independent oracle for the month-end balances of the Berka data.

The bank states a balance after every entry but not the order in which the entries of a day were posted. The oracle
looks for that order by search: over an account's whole life it takes the order of entries, day after day, whose
*total break* is least. The break of an entry is the distance between the balance that stood before it (its stated
balance less its signed amount) and the balance that the entry before it left behind. A day's closing is the stated
balance of the last entry in the best order.

The search is exhaustive in effect. Within a day, the cheapest chain through all entries from each possible first to
each possible last entry is found by dynamic programming over subsets (Held and Karp, 1962). Between days only the
closing matters, so a second dynamic programme runs over the days with the possible closings as its states, once
forwards and once backwards. A value is a possible closing of a day if some order of the whole life that has the least
total break closes the day with it.

What is left open, and how it is settled:

* The opening of an account's first day is unknown: whatever comes first that day is free of charge.
* Several orders may share the least total break. Where they agree on a day's closing nothing is open. Where they do
  not, the day is *tied*: `closings` lists every possible value, and the least value stands for the day.
  `tied_days` names such days, so that nobody mistakes a choice for a proof.

Everything is `Decimal`; nothing is shared with the models.
"""

from __future__ import annotations

import csv
import gzip
import io
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from operator import itemgetter
from pathlib import Path
from typing import TypeVar

AccountDay = tuple[str, date]
AccountMonth = tuple[str, date]
Row = Mapping[str, str]
Closing = TypeVar("Closing")
"""What closes a day: a balance, or all that possibly do."""

FILE_NAME = "berka/trans_complete_to_940330.asc.gz"
SIGNS = {"PRIJEM": 1, "VYDAJ": -1, "VYBER": -1}
LARGEST_DAY = 14
"""Entries of one account-day that the search takes on; subsets double with each one."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as a step between two balances."""

    entry_id: str
    before: Decimal
    after: Decimal


def data_file() -> Path | None:
    """The Berka export, or None where the test data is not on this machine.

    Looked for under the environment variable LEDGER_LAKE_TEST_DATA, or beside the project in ../shared/data.
    """
    default = Path(__file__).resolve().parents[2].parent / "shared" / "data"
    path = Path(os.environ.get("LEDGER_LAKE_TEST_DATA") or default) / FILE_NAME
    return path if path.is_file() else None


def read_rows(path: Path) -> list[dict[str, str]]:
    """The export's records by header name, every value as text; gzipped or plain."""
    raw = path.read_bytes()
    text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8")
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";"))


def booking_date(row: Row) -> date:
    """The row's day; the export writes YYMMDD of the twentieth century."""
    text = row["date"]
    return date(1900 + int(text[:2]), int(text[2:4]), int(text[4:6]))


def histories(rows: Iterable[Row]) -> dict[str, dict[date, list[Entry]]]:
    """The entries of each account by day, days ascending, entries of a day in no meaningful order."""
    accounts: defaultdict[str, defaultdict[date, list[Entry]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        after = Decimal(row["balance"])
        before = after - SIGNS[row["type"]] * Decimal(row["amount"])
        accounts[row["account_id"]][booking_date(row)].append(Entry(row["trans_id"], before, after))
    return {account: dict(sorted(days.items())) for account, days in accounts.items()}


def cheapest_chains(entries: Sequence[Entry]) -> dict[tuple[int, int], Decimal]:
    """The least break inside a day for each (first entry, last entry), over all orders of the entries between.

    Raises:
        ValueError: the day has more entries than the search takes on.
    """
    count = len(entries)
    if count > LARGEST_DAY:
        raise ValueError(f"{count} entries on one day; the search takes on {LARGEST_DAY}")
    chains: dict[tuple[int, int], Decimal] = {}
    for first in range(count):
        partial = {(1 << first, first): Decimal(0)}
        for _ in range(count - 1):
            partial = _one_entry_longer(partial, entries)
        chains |= {(first, last): cost for (_, last), cost in partial.items()}
    return chains


def _one_entry_longer(
    partial: Mapping[tuple[int, int], Decimal], entries: Sequence[Entry]
) -> dict[tuple[int, int], Decimal]:
    """The cheapest chains by (set of entries used, last entry), each made longer by every entry not yet used."""
    longer: dict[tuple[int, int], Decimal] = {}
    for (used, last), cost in partial.items():
        for following, entry in enumerate(entries):
            if used >> following & 1:
                continue
            key = (used | 1 << following, following)
            total = cost + abs(entry.before - entries[last].after)
            if key not in longer or total < longer[key]:
                longer[key] = total
    return longer


@dataclass(frozen=True, slots=True)
class Day:
    """One account-day, reduced to the cheapest way from a first step to a closing."""

    steps: Mapping[tuple[Decimal, Decimal], Decimal]
    """Least break inside the day by (balance before its first entry, closing)."""

    @classmethod
    def of(cls, entries: Sequence[Entry]) -> Day:
        """The day that these entries make up."""
        steps: dict[tuple[Decimal, Decimal], Decimal] = {}
        for (first, last), cost in cheapest_chains(entries).items():
            key = (entries[first].before, entries[last].after)
            steps[key] = min(cost, steps.get(key, cost))
        return cls(steps)

    def close(self, openings: Mapping[Decimal, Decimal]) -> dict[Decimal, Decimal]:
        """Least total break by closing, given the least total break by opening; no openings means a free start."""
        totals: dict[Decimal, Decimal] = {}
        for (before, closing), cost in self.steps.items():
            total = cost + min((spent + abs(before - value) for value, spent in openings.items()), default=Decimal(0))
            totals[closing] = min(total, totals.get(closing, total))
        return totals

    def open(self, value: Decimal, remaining: Mapping[Decimal, Decimal]) -> Decimal:
        """Least break of this day opened with `value` and all that follows, given what follows each closing."""
        return min(cost + abs(before - value) + remaining[closing] for (before, closing), cost in self.steps.items())


def possible_closings(days: Sequence[Day]) -> list[frozenset[Decimal]]:
    """For each day of one account, every closing that some order of least total break gives it."""
    spent: list[dict[Decimal, Decimal]] = []
    for day in days:
        spent.append(day.close(spent[-1] if spent else {}))
    remaining = dict.fromkeys(spent[-1], Decimal(0))
    least = min(spent[-1].values())
    closings: list[frozenset[Decimal]] = []
    for index in range(len(days) - 1, -1, -1):
        if index + 1 < len(days):
            remaining = {value: days[index + 1].open(value, remaining) for value in spent[index]}
        closings.append(frozenset(value for value, cost in spent[index].items() if cost + remaining[value] == least))
    return closings[::-1]


def closings(rows: Iterable[Row]) -> dict[AccountDay, frozenset[Decimal]]:
    """The possible closings of every account-day with entries: one value where the day is decided, more where tied."""
    found: dict[AccountDay, frozenset[Decimal]] = {}
    for account, days in histories(rows).items():
        values = possible_closings([Day.of(entries) for entries in days.values()])
        found |= {(account, day): possible for day, possible in zip(days, values, strict=True)}
    return found


def tied_days(rows: Iterable[Row]) -> list[AccountDay]:
    """The account-days whose closing the stated balances do not decide, so that a tie-break chose it."""
    return sorted(key for key, possible in closings(rows).items() if len(possible) > 1)


def months_between(first: date, last: date) -> Iterator[date]:
    """The first day of every month from the month of `first` to the month of `last`."""
    for number in range(first.year * 12 + first.month - 1, last.year * 12 + last.month):
        yield date(number // 12, number % 12 + 1, 1)


def carried_to_month_ends(daily: Mapping[AccountDay, Closing]) -> dict[AccountMonth, Closing]:
    """The last closing of each month, carried through quiet months up to the last month that any account has."""
    accounts: defaultdict[str, dict[date, Closing]] = defaultdict(dict)
    for (account, day), balance in sorted(daily.items(), key=itemgetter(0)):
        accounts[account][day.replace(day=1)] = balance
    end = max((day for _, day in daily), default=date.min)
    balances: dict[AccountMonth, Closing] = {}
    for account, by_month in accounts.items():
        months = months_between(min(by_month), end)
        balance = by_month[min(by_month)]
        for month in months:
            balance = by_month.get(month, balance)
            balances[account, month] = balance
    return balances


def month_end_balances(rows: Iterable[Row]) -> dict[AccountMonth, Decimal]:
    """The balance at the end of every month, from each account's first entry to the last month of the data."""
    return carried_to_month_ends({key: min(possible) for key, possible in closings(rows).items()})


def possible_month_end_balances(rows: Iterable[Row]) -> dict[AccountMonth, frozenset[Decimal]]:
    """The same, with every balance that the stated ones leave possible, as where the data ends within a month."""
    return carried_to_month_ends(closings(rows))


def usual_rule(rows: Iterable[Row], *, id_as_text: bool = False) -> dict[AccountMonth, Decimal]:
    """The same, by the rule that is usual and wrong: the last entry by date, then by id, closes the month."""
    daily: dict[AccountDay, Decimal] = {}
    for account, days in histories(rows).items():
        for day, entries in days.items():
            ids = [entry.entry_id if id_as_text else entry.entry_id.rjust(40, "0") for entry in entries]
            daily[account, day] = entries[ids.index(max(ids))].after
    return carried_to_month_ends(daily)


def months_with_entries(rows: Iterable[Row]) -> set[AccountMonth]:
    """The account-months in which something was booked; the others carry a balance forward."""
    return {(row["account_id"], booking_date(row).replace(day=1)) for row in rows}
