"""What everything that readers see depends on: files as they landed, decisions on them, and today's code.

Plain values, shared by the oracle, the random worlds and the driver. A file is known by its feed and delivery number, a
row by its file and its number in it; ids of files are the lake's own and of no consequence.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal

Place = tuple[int, int]
"""Delivery number of a file in its feed, and number of the row in it, from 1; malformed records are counted too."""

Account = tuple[str, str, str]
"""Feed, account id and currency."""

Key = tuple[str, ...]

PASSED_OVER = ("pending", "opening", "closing", "balance")
"""How the ids of rows begin that feeds pass over, in worlds with such rows: all but the first state a balance."""


@dataclass(frozen=True)
class Row:
    """A row as it is delivered, with sound structure.

    Attributes:
        entry_id: empty where the row has none.
        booked: a day, or a local time of the contract's time zone.
        amount: the text that is delivered; `1e3` is no number.
        balance: what the bank states after it, as text; None in feeds that state none.
    """

    account_id: str
    entry_id: str
    booked: date | datetime
    amount: str
    currency: str
    balance: str | None = None

    @property
    def word(self) -> str:
        """What the id of a row that is no entry begins with: a word of `PASSED_OVER`; nothing of an entry."""
        return next((word for word in PASSED_OVER if self.entry_id.startswith(f"{word}-")), "")

    @property
    def day(self) -> date:
        """The calendar day that the text begins with."""
        return self.booked.date() if isinstance(self.booked, datetime) else self.booked


@dataclass(frozen=True)
class File:
    """A file that landed.

    Attributes:
        rows: in their order; None is a malformed record.
        landed_at: by the loader's clock, in UTC. The order of a feed is that of delivery numbers alone.
    """

    delivery_number: int
    landed_at: datetime
    rows: tuple[Row | None, ...]

    @property
    def rows_malformed(self) -> int:
        """Records without trustworthy fields."""
        return self.rows.count(None)


@dataclass(frozen=True)
class FileDecision:
    """A line of the seed file_decisions: hold, release or withdraw."""

    delivery_number: int
    decision: str
    decided_at: datetime


@dataclass(frozen=True)
class RowDecision:
    """A line of the seed row_decisions: release, condemn or correct."""

    place: Place
    decision: str
    decided_at: datetime
    corrected_by: Place | None = None


@dataclass(frozen=True)
class Code:
    """Today's contract, staging model and variables of a feed.

    What changes it has every file evaluated again, but for limits and tolerance.

    Attributes:
        sign: what the staging model multiplies amounts with.
        key: columns of the business key, by the names of `Row`.
        refused_accounts: accounts that a rule of the contract does not accept.
        reporting_time_zone: whose calendar days are booking dates.
        states_balances: whether the contract has a column of balances, which is required then.
        columns: names of `Row` in the contract's order, in which reasons are given.
        balance_stated: what the column of balances is: after_entry, end_of_day or none.
        opens_on_zero: whether accounts hold nothing before their first entry.
        order: of the lines of a day, oldest_first or newest_first; empty where it is not stated.
        is_reference: keys are contested within a file only, and no failure counts twice.
    """

    columns: tuple[str, ...]
    key: tuple[str, ...] = ("entry_id",)
    quarantine_limit: Decimal = Decimal("0.05")
    code_limit: int | None = None
    refused_accounts: frozenset[str] = frozenset()
    sign: int = 1
    reporting_time_zone: str = "UTC"
    time_zone: str = "UTC"
    balance_tolerance: Decimal = Decimal(0)
    states_balances: bool = False
    balance_stated: str = "after_entry"
    opens_on_zero: bool = False
    order: str = ""
    is_reference: bool = False

    def evaluates_like(self, other: Code) -> bool:
        """Return whether rows are evaluated alike: limits are asked of files, and the tolerance of balances."""
        limits = (other.quarantine_limit, other.code_limit, other.balance_tolerance)
        return other == replace(
            self, quarantine_limit=limits[0], code_limit=limits[1], balance_tolerance=limits[2]
        )  # fmt: skip


@dataclass(frozen=True)
class Opening:
    """A line of the seed opening_balances: what an account held at the beginning of a day."""

    account_id: str
    currency: str
    as_of: date
    balance: str
    decided_at: datetime


@dataclass(frozen=True)
class Feed:
    """All that readers' tables are a function of, of one feed."""

    name: str
    code: Code
    files: tuple[File, ...] = ()
    file_decisions: tuple[FileDecision, ...] = ()
    row_decisions: tuple[RowDecision, ...] = ()
    openings: tuple[Opening, ...] = ()

    def file(self, delivery_number: int) -> File:
        """Return a landed file."""
        return self.files[delivery_number - 1]

    def row(self, place: Place) -> Row | None:
        """Return what was delivered there; None is a malformed record."""
        return self.file(place[0]).rows[place[1] - 1]

    def landed(self, rows: tuple[Row | None, ...], landed_at: datetime) -> Feed:
        """Return the feed with one more file."""
        return replace(self, files=(*self.files, File(len(self.files) + 1, landed_at, rows)))

    def decided(self, *decisions: FileDecision | RowDecision) -> Feed:
        """Return the feed with more decisions.

        Raises:
            LookupError: a decision names no file, or no row with sound structure.
        """
        feed = self
        for decision in decisions:
            if isinstance(decision, FileDecision):
                self.file(decision.delivery_number)
                feed = replace(feed, file_decisions=(*feed.file_decisions, decision))
            elif self.row(decision.place) is None:
                raise LookupError(f"{self.name} has no row {decision.place}")
            else:
                feed = replace(feed, row_decisions=(*feed.row_decisions, decision))
        return feed


@dataclass(frozen=True)
class Close:
    """A line of the seed period_closes: close or reopen."""

    month: date
    event: str
    closed_at: datetime


@dataclass(frozen=True)
class Inputs:
    """All feeds, and the months that were closed."""

    feeds: dict[str, Feed] = field(default_factory=dict)
    closes: tuple[Close, ...] = ()

    def with_feed(self, feed: Feed) -> Inputs:
        """Return the inputs with another state of a feed."""
        return replace(self, feeds=self.feeds | {feed.name: feed})
