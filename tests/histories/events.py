"""A world: events in their order, each a plain value that a driver carries out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from tests.histories.delivered import Close, Code, FileDecision, Inputs, Opening, Row, RowDecision

CODES = {
    "ledger_entries": Code(("entry_id", "account_id", "amount", "balance", "booked"), states_balances=True),
    "transactions": Code(("entry_id", "account_id", "amount", "currency", "booked")),
}
"""The feeds of the worlds, as their contracts are."""


@dataclass(frozen=True)
class Land:
    """A file is delivered; one with the bytes of an earlier one is none.

    Attributes:
        at: what the loader's clock says.
    """

    feed: str
    rows: tuple[Row | None, ...]
    at: datetime


@dataclass(frozen=True)
class DecideFile:
    """A line is added to file_decisions."""

    feed: str
    decision: FileDecision


@dataclass(frozen=True)
class DecideRow:
    """A line is added to row_decisions."""

    feed: str
    decision: RowDecision


@dataclass(frozen=True)
class WrongDecision:
    """A line on a row that nobody delivered: the build stops before it writes, and the line is taken out again."""

    feed: str
    delivery_number: int
    at: datetime


@dataclass(frozen=True)
class ChangeCode:
    """The contract, the staging model or a variable is edited; `after` says what the feed's code is then."""

    feed: str
    after: Code


@dataclass(frozen=True)
class CloseMonth:
    """A line is added to period_closes."""

    close: Close


@dataclass(frozen=True)
class Build:
    """Everything is built, by a clock that may be wrong."""

    at: datetime
    full_refresh: bool = False


@dataclass(frozen=True)
class PartialBuild:
    """A part is built; nothing that readers see changes."""

    at: datetime
    command: str
    select: str


@dataclass(frozen=True)
class KilledBuild:
    """A build of everything is killed after a part of its time."""

    at: datetime
    after: float


@dataclass(frozen=True)
class DecideOpening:
    """A line is added to opening_balances."""

    feed: str
    opening: Opening


Event = (
    DecideOpening
    | Land
    | DecideFile
    | DecideRow
    | WrongDecision
    | ChangeCode
    | CloseMonth
    | Build
    | PartialBuild
    | KilledBuild
)


@dataclass(frozen=True)
class World:
    """A random world.

    Attributes:
        seed: makes the same world again, with the same arguments of `make_world`.
        codes: what the contracts say at first.
        passes_over: whether feeds pass over the rows that are no entries.
        events: what happens, in order.
        rebuilt_at: the clock of the last builds.
    """

    seed: int
    without: frozenset[str]
    accounts: int
    codes: dict[str, Code]
    events: tuple[Event, ...]
    rebuilt_at: datetime
    passes_over: bool = False


def happen(inputs: Inputs, event: Event, landed_at: datetime | None = None) -> Inputs:
    """Return what there is after an event. Builds change nothing of it.

    Args:
        inputs: what there was before.
        event: what happens.
        landed_at: what the lake says of a landing, where it is known.
    """
    if isinstance(event, CloseMonth):
        return replace(inputs, closes=(*inputs.closes, event.close))
    if isinstance(event, ChangeCode):
        return inputs.with_feed(replace(inputs.feeds[event.feed], code=event.after))
    if isinstance(event, DecideOpening):
        feed = inputs.feeds[event.feed]
        return inputs.with_feed(replace(feed, openings=(*feed.openings, event.opening)))
    if isinstance(event, DecideFile | DecideRow):
        return inputs.with_feed(inputs.feeds[event.feed].decided(event.decision))
    if isinstance(event, Land):
        feed = inputs.feeds[event.feed]
        if any(file.rows == event.rows for file in feed.files):
            return inputs
        return inputs.with_feed(feed.landed(event.rows, landed_at or event.at))
    return inputs


def show(world: World) -> str:
    """Return a world as text, a line for each event, to be read where a test failed."""
    return "\n".join(
        [f"world {world.seed} without {sorted(world.without)}, {world.accounts} accounts a feed"]
        + [f"{number:3} {_line(event)}" for number, event in enumerate(world.events)]
    )


def _line(event: Event) -> str:
    if isinstance(event, Land):
        return f"Land {event.feed} at {event.at:%Y-%m-%d %H:%M}: {len(event.rows)} rows"
    return str(event)
