"""Accounts that live through the sample's period: who books how much on which day.

A population is a block of accounts, held as a few numbers for each. Blocks keep memory flat: only these numbers grow
with the size of the sample (29 bytes for an account, which books about 23 entries), never the entries.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from demo.draws import Draws, Ints, Words, below
from demo.period import DAYS, LATE_MONTH, month_of

Flags = NDArray[np.bool_]

ENTRIES_PER_ACCOUNT = 23.0
"""Mean over the whole period; turns a wanted number of rows into a number of accounts."""
ACCOUNTS_PER_BLOCK = 200_000
MOST_ENTRIES_A_DAY = 4
NEVER = len(DAYS)

QUIET_YEAR_END, QUIET_FEBRUARY = 1, 2
QUIET_MONTHS = {
    date(2023, 12, 1): QUIET_YEAR_END,
    date(2024, 1, 1): QUIET_YEAR_END,
    date(2024, 2, 1): QUIET_FEBRUARY,
}


@dataclass(frozen=True, slots=True)
class Entries:
    """Entries of one day and one block of accounts; equal positions of the arrays belong together."""

    day: date
    account: Words
    draw: Words
    """A random word that twins share, for whatever else the entry needs."""
    amount: Ints
    balance_after: Ints
    position: Ints
    """Place in the account's posting order of the day, from 0."""
    is_late: Flags
    is_twin: Flags

    def __len__(self) -> int:
        return len(self.account)

    def at(self, positions: NDArray[np.intp]) -> Entries:
        """The entries at these positions, in their order."""
        return Entries(self.day, **{name: getattr(self, name)[positions] for name in COLUMNS})


COLUMNS = [field.name for field in fields(Entries) if field.name != "day"]


class Population:
    """A block of accounts and their balances in minor units.

    Attributes:
        keys: the accounts' numbers.
        opened, closed: numbers of days in the period; `closed` is past its end for an account that stays open.
        quiet: in which months the account books nothing.
        balance: after all entries booked so far.
        known: the same as far as delivery 1 tells it: the last balance that it states, or the sum of its movements.
    """

    def __init__(self, draws: Draws, first: int, count: int, *, states_balance: bool) -> None:
        self.draws = draws
        self.states_balance = states_balance
        self.keys: Words = np.arange(first, first + count, dtype=np.uint64)
        habit = draws.below(self.keys, 100, "habit")
        self.quiet = np.select([habit < 10, habit < 20], [QUIET_YEAR_END, QUIET_FEBRUARY], 0).astype(np.uint8)
        # Whoever is quiet over the year's end has something to carry into it.
        latest = np.where(self.quiet == QUIET_YEAR_END, 29, 60)
        self.opened = (draws.below(self.keys, 1 << 16, "opened") * latest >> 16).astype(np.int16)
        closed = 100 + draws.below(self.keys, 30, "closed")
        self.closed = np.where(habit >= 97, closed, NEVER).astype(np.int16)
        self.balance: Ints = np.zeros(count, dtype=np.int64)
        self.known: Ints = np.zeros(count, dtype=np.int64)

    def book(self, number: int) -> Entries:
        """The entries of the period's day with this number, in posting order for each account; days must ascend."""
        day = DAYS[number]
        active = np.flatnonzero(self._is_active(number, day))
        keys = self.keys[active]
        first, last = self.opened[active] == number, self.closed[active] == number
        count = self._entry_counts(keys, number, single=first | last)
        twin = (count > 1) & (self.draws.below(keys, 10, "twin", number) == 0)
        late = ~first & (month_of(day) == LATE_MONTH) & (self.draws.below(keys, 100, "late", number) < 3)

        parts: list[Entries] = []
        balance = self.balance[active]
        for position in range(MOST_ENTRIES_A_DAY):
            word = self.draws.words(keys, f"entry {position}", number)
            is_twin = twin & (position == 1)
            word = np.where(is_twin, parts[0].draw, word) if parts else word
            amount = np.where(first, 100_000 + below(word, 400_000), _usual_amounts(word))
            amount = np.where(last, -balance, amount)
            booked = count > position
            balance = np.where(booked, balance + amount, balance)
            places = np.full(len(keys), position, dtype=np.int64)
            parts.append(Entries(day, keys, word, amount, balance, places, late, is_twin))
        known = balance if self.states_balance else self.known[active] + balance - self.balance[active]
        self.known[active] = np.where(late, self.known[active], known)
        self.balance[active] = balance
        return _joined(parts, count)

    def _is_active(self, number: int, day: date) -> Flags:
        chosen = self.draws.below(self.keys, 8, "active", number) == 0
        if flag := QUIET_MONTHS.get(month_of(day)):
            chosen &= self.quiet != flag
        chosen &= (self.opened < number) & (number < self.closed)
        found: Flags = chosen | (self.opened == number) | (self.closed == number)
        return found

    def _entry_counts(self, keys: Words, number: int, *, single: Flags) -> Ints:
        """How many entries each account books: more than one on 37 % of the days."""
        chance = self.draws.below(keys, 100, "count", number)
        return np.where(single, 1, 1 + (chance >= 63) + (chance >= 85) + (chance >= 96)).astype(np.int64)


def _usual_amounts(words: Words) -> Ints:
    """Debits up to 119.99 and, one time in four, credits up to 399.99; now and then nothing moves."""
    is_credit = (words & np.uint64(3)) == 0
    return np.where(is_credit, below(words, 40_000), -below(words, 12_000))


def _joined(parts: list[Entries], count: Ints) -> Entries:
    """The n-th entries of all accounts, for each n, as one; an account's own entries keep their order."""
    booked = [count > position for position in range(len(parts))]

    def column(name: str) -> NDArray[Any]:
        return np.concatenate([getattr(part, name)[mask] for part, mask in zip(parts, booked, strict=True)])

    return Entries(parts[0].day, **{name: column(name) for name in COLUMNS})


def populations(draws: Draws, accounts: int, *, states_balance: bool) -> list[Population]:
    """This many accounts, numbered from 1, in blocks."""
    firsts = range(1, accounts + 1, ACCOUNTS_PER_BLOCK)
    return [
        Population(draws, first, min(ACCOUNTS_PER_BLOCK, accounts + 1 - first), states_balance=states_balance)
        for first in firsts
    ]
