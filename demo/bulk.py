"""The greater part of the sample: sound entries of ordinary accounts, written day by day as columns."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from demo import text
from demo.draws import Draws, Ints, Words
from demo.files import ACCEPTED, DUPLICATE, FeedFile, lines
from demo.period import CUT, DAYS, delivery_of, is_month_end, month_of
from demo.population import NEVER, QUIET_FEBRUARY, QUIET_YEAR_END, Entries, Flags, populations

RESENT_MONTH = date(2024, 2, 1)
FIRST_ID = 1_000_000
"""Ids below it are the hand-made cases'."""


class Bulk(ABC):
    """One feed's ordinary accounts.

    Attributes:
        seen: how often each peculiarity was written.
    """

    feed: str
    states_balance: bool

    def __init__(self, seed: int, accounts: int) -> None:
        self.draws = Draws(seed, self.feed)
        self.populations = populations(self.draws, accounts, states_balance=self.states_balance)
        self.next_id = FIRST_ID
        self.seen: Counter[str] = Counter()

    def write_day(self, number: int, files: Mapping[int, FeedFile]) -> None:
        """Books a day of the period and writes it to the files of the deliveries in which it arrives."""
        usual = delivery_of(DAYS[number])
        for population in self.populations:
            entries = population.book(number)
            ids = self.next_id + np.arange(len(entries), dtype=np.int64)
            self.next_id += len(entries)
            # Ids rise through the file, and say nothing about which entry of a day was posted first.
            entries = entries.at(np.argsort(self.draws.words(ids.astype(np.uint64), "order"), kind="stable"))
            block = self.lines(ids, entries)
            resent = self._is_resent(ids.astype(np.uint64), entries)
            files[usual].write(block.filter(pa.array(~entries.is_late)))
            files[2].write(block.filter(pa.array(entries.is_late)))
            files[2].write(block.filter(pa.array(resent)), DUPLICATE)
            self._count(entries, resent)

    def write_month_ends(self, number: int, file: FeedFile) -> None:
        """Writes what every account holds at the end of the day with this number, if a month ends with it."""
        day = DAYS[number]
        if not is_month_end(day):
            return
        for population in self.populations:
            open_by_now = np.flatnonzero(population.opened <= number)
            account = self.account_ids(population.keys[open_by_now])
            currency = self.currencies(population.keys[open_by_now])
            balance = self.money(population.balance[open_by_now], currency)
            known = self.money(population.known[open_by_now], currency)
            if day > CUT:
                known = text.repeated("", len(open_by_now))
            feed, month = (text.repeated(value, len(open_by_now)) for value in (self.feed, month_of(day).isoformat()))
            file.write(lines([feed, account, currency, month, balance, known]))

    def write_accounts(self, as_of: date, file: FeedFile) -> None:
        """Writes the reference data of all accounts as it stands at the end of that day."""
        today = DAYS.index(as_of)
        for population in self.populations:
            closed = population.closed <= today
            columns = [
                self.account_ids(population.keys),
                self.currencies(population.keys),
                text.days(population.opened.astype(np.int64)),
                pc.if_else(pa.array(closed), text.days(np.minimum(population.closed, today).astype(np.int64)), ""),
                pc.if_else(pa.array(closed), "closed", "open"),
            ]
            file.write(lines(columns), ACCEPTED)

    def quiet_accounts(self) -> dict[str, int]:
        """How many accounts book nothing for some months after their first."""
        quiet = Counter(flag for population in self.populations for flag in population.quiet.tolist())
        return {
            "accounts quiet over the year end": quiet[QUIET_YEAR_END],
            "accounts quiet in February": quiet[QUIET_FEBRUARY],
        }

    def open_accounts(self, currency: str) -> list[str]:
        """Accounts of the first block in this currency that are never closed."""
        population = self.populations[0]
        keys = population.keys[population.closed == NEVER]
        names: list[str] = self.account_ids(keys).filter(pc.equal(self.currencies(keys), currency)).to_pylist()
        return names

    def _is_resent(self, ids: Words, entries: Entries) -> Flags:
        if month_of(entries.day) != RESENT_MONTH:
            return np.zeros(len(ids), dtype=np.bool_)
        chosen: Flags = self.draws.below(ids, 50, "resent") == 0
        return chosen & ~entries.is_late

    def _count(self, entries: Entries, resent: Flags) -> None:
        by_account = np.argsort(entries.account, kind="stable")
        account, position = entries.account[by_account], entries.position[by_account]
        same = account[1:] == account[:-1]
        self.seen["account-days with several entries"] += len(np.unique(account[1:][same]))
        if self.states_balance:
            shuffled = same & (position[1:] < position[:-1])
            self.seen["account-days with shuffled ids"] += len(np.unique(account[1:][shuffled]))
        self.seen["twins"] += int(np.count_nonzero(entries.is_twin))
        self.seen["late entries"] += int(np.count_nonzero(entries.is_late))
        self.seen["resent rows"] += int(np.count_nonzero(resent))

    @abstractmethod
    def account_ids(self, keys: Words) -> Any:
        """The accounts' names."""

    @abstractmethod
    def currencies(self, keys: Words) -> Any:
        """The accounts' currencies."""

    @abstractmethod
    def money(self, minor: Ints, currency: Any) -> Any:
        """Amounts in minor units as text."""

    @abstractmethod
    def lines(self, ids: Ints, entries: Entries) -> Any:
        """The entries as records of the feed."""


class LedgerEntries(Bulk):
    """Entries with the balance that the bank states after each of them; all in EUR."""

    feed = "ledger_entries"
    states_balance = True

    def account_ids(self, keys: Words) -> Any:
        """The accounts' names."""
        return text.ids("L", 8, keys)

    def currencies(self, keys: Words) -> Any:
        """The accounts' currencies."""
        return text.repeated("EUR", len(keys))

    def money(self, minor: Ints, currency: Any) -> Any:
        """Amounts in minor units as text."""
        return text.money(minor, "EUR")

    def lines(self, ids: Ints, entries: Entries) -> Any:
        """The entries as records of the feed."""
        columns = [
            text.ids("", 12, ids),
            self.account_ids(entries.account),
            text.money(entries.amount, "EUR"),
            text.money(entries.balance_after, "EUR"),
            text.repeated(entries.day.isoformat(), len(entries)),
        ]
        return lines(columns)


class Transactions(Bulk):
    """Transactions without balances, in several currencies; a customer has one account in one of them."""

    feed = "transactions"
    states_balance = False
    shares = (("EUR", 50), ("USD", 80), ("JPY", 92), ("KWD", 100))

    def account_ids(self, keys: Words) -> Any:
        """The accounts' names."""
        return text.ids("C", 8, keys)

    def currencies(self, keys: Words) -> Any:
        """The accounts' currencies."""
        chance = self.draws.below(keys, 100, "currency")
        position = np.searchsorted([limit for _, limit in self.shares], chance, side="right")
        return pa.array([code for code, _ in self.shares]).take(pa.array(position))

    def money(self, minor: Ints, currency: Any) -> Any:
        """Amounts in minor units as text."""
        return text.mixed_money(minor, currency, [code for code, _ in self.shares])

    def lines(self, ids: Ints, entries: Entries) -> Any:
        """The entries as records of the feed."""
        currency = self.currencies(entries.account)
        day = text.repeated(entries.day.isoformat(), len(entries))
        columns = [
            text.ids("TX", 10, ids),
            self.account_ids(entries.account),
            self.money(entries.amount, currency),
            currency,
            pc.binary_join_element_wise(day, text.times_of(entries.draw), ""),
        ]
        return lines(columns)
