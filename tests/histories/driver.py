"""Carries out a world in a house, and compares what readers see with the oracle after every build.

    python -m tests.histories.driver 17 --without clocks

lives world 17 without wrong clocks in a temporary folder; a failure names the event, the table and the rows.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from tests.end_to_end.outside_entries import pass_over
from tests.histories.delivered import Feed, Inputs, Row
from tests.histories.edits import edit_project
from tests.histories.events import (
    Build,
    ChangeCode,
    CloseMonth,
    DecideFile,
    DecideOpening,
    DecideRow,
    Event,
    KilledBuild,
    Land,
    PartialBuild,
    World,
    WrongDecision,
    happen,
    show,
)
from tests.histories.lives import account_ids
from tests.histories.published import Published, settling
from tests.histories.readers import as_utc, read_current, read_told
from tests.histories.tables import Table, current_tables, difference, told_tables

HEADERS = {
    "ledger_entries": "id,account_id,amount,new_balance,tx_date",
    "transactions": "TransactionID,CustomerID,TransactionAmount,Currency,TransactionTimestamp",
}
BY = ["agreed with the bank", "A. Person"]


class AnyHouse(Protocol):
    """What the driver asks of tests.end_to_end.house.House."""

    clock: Any
    contracts: Any

    @property
    def project(self) -> Path: ...
    def land(self, feed: str, content: str | bytes, name: str = "") -> Any: ...
    def note(self, seed: str, *rows: Any) -> None: ...
    def build(self, *arguments: str, exit_code: int = 0, at: datetime | None = None) -> Any: ...
    def dbt(self, *arguments: str, at: datetime | None = None) -> Any: ...
    def spawn(self, *arguments: str, at: datetime | None = None) -> Any: ...
    def has_table(self, name: str) -> bool: ...
    def start_empty(self) -> None: ...
    def settle(self) -> None: ...
    def query(self, sql: str) -> list[tuple[Any, ...]]: ...


@dataclass
class Driver:
    """A world that is lived in a house.

    Attributes:
        inputs: what there is by now, with the lake's own landing times.
        published: what publications showed, by the oracle.
        file_ids: of each feed, in the order of deliveries.
        seconds: how long the last whole build took, so that the next one can be killed within its time.
    """

    house: AnyHouse
    world: World
    inputs: Inputs = field(default_factory=Inputs)
    published: Published = field(default_factory=Published)
    file_ids: dict[str, list[str]] = field(default_factory=dict)
    seconds: float = 20.0

    def live(self) -> None:
        """Carry out all events, then what makes the warehouse and an empty one the same; compare both.

        Raises:
            AssertionError: the event, and how a table differs from what the oracle says.
        """
        self.inputs = Inputs({name: Feed(name, code) for name, code in self.world.codes.items()})
        self.file_ids = {name: [] for name in self.world.codes}
        for name in self.world.codes:
            self.edit(name)
            if self.world.passes_over:
                pass_over(self.house.project, name)
        for number, event in enumerate(self.world.events):
            self.carry_out(event, f"event {number}: {event if not isinstance(event, Land) else 'Land'}")
        at = self.world.rebuilt_at
        for name, decision in settling(self.published, self.inputs, at - timedelta(minutes=1)):
            self.carry_out(DecideFile(name, decision), "settling")
        self.carry_out(Build(at), "the last build")
        self.agree(told_tables(self.published, self.inputs.closes), read_told(self.house.query), "at the end")
        self.rebuild(at)

    def carry_out(self, event: Event, place: str) -> None:
        """Carry out one event."""
        if isinstance(event, Land):
            self.land(event)
        elif isinstance(event, Build):
            self.build(event, place)
        elif isinstance(event, PartialBuild):
            self.partly(event, place)
        elif isinstance(event, KilledBuild):
            self.kill(event, place)
        elif isinstance(event, WrongDecision):
            self.decide_wrongly(event, place)
        else:
            self.write(event)

    def land(self, event: Land) -> None:
        """Deliver a file; the landing's time and order are the lake's."""
        self.house.clock.moment = event.at
        name = f"{event.feed}_{len(self.file_ids[event.feed]) + 1}.csv"
        landed = self.house.land(event.feed, content_of(event.feed, event.rows), name)
        before = self.inputs
        self.inputs = happen(before, event, datetime.fromisoformat(landed.manifest.landed_at))
        is_new = self.inputs is not before
        assert landed.status == ("landed" if is_new else "already_landed")
        if is_new:
            self.file_ids[event.feed].append(landed.manifest.file_id)
            assert landed.manifest.delivery_number == len(self.file_ids[event.feed])

    def write(self, event: DecideFile | DecideRow | DecideOpening | ChangeCode | CloseMonth) -> None:
        """Write down a decision or a close, or change the code."""
        self.inputs = happen(self.inputs, event)
        if isinstance(event, DecideFile):
            decision = event.decision
            file_id = self.file_ids[event.feed][decision.delivery_number - 1]
            self.house.note("file_decisions", [file_id, decision.decision, *BY, decision.decided_at.isoformat()])
        elif isinstance(event, DecideRow):
            of_row, ids = event.decision, self.file_ids[event.feed]
            other = of_row.corrected_by
            corrected: list[object] = [ids[other[0] - 1], other[1]] if other else ["", ""]
            line = [ids[of_row.place[0] - 1], of_row.place[1], of_row.decision, *corrected, *BY]
            self.house.note("row_decisions", [*line, of_row.decided_at.isoformat()])
        elif isinstance(event, DecideOpening):
            line = [*(vars(event.opening)[name] for name in ("account_id", "currency", "as_of", "balance"))]
            self.house.note("opening_balances", [event.feed, *line, *BY, event.opening.decided_at.isoformat()])
        elif isinstance(event, CloseMonth):
            close = event.close
            self.house.note("period_closes", [close.month, close.event, close.closed_at.isoformat(), BY[1], BY[0]])
        else:
            self.edit(event.feed)

    def edit(self, name: str) -> None:
        """Make the project what the feed's code is now."""
        from loader.contract.project import load_contracts

        edit_project(self.house.project, name, self.inputs.feeds[name].code, account_ids(name, self.world.accounts))
        self.house.contracts = load_contracts(self.house.project)

    def build(self, event: Build, place: str) -> None:
        """Build everything; afterwards readers see what the oracle says."""
        began = time.monotonic()
        self.house.build(*(["--full-refresh"] if event.full_refresh else []), at=event.at)
        self.seconds = time.monotonic() - began
        if not self.take_up_publication():
            expected = current_tables(self.published)
            self.published.look_again(self.inputs)
            held = {"held_files"}
            assert differs(expected, current_tables(self.after_a_publication()), held) == [], (
                f"{place}: nothing is published, though readers should see something else"
            )
        self.agree_on_now(place)

    def after_a_publication(self) -> Published:
        """Return what readers would see if everything were published now."""
        fresh = Published()
        fresh.feeds = {name: replace(known) for name, known in self.published.feeds.items()}
        last = self.published.publications[-1:]
        fresh.publish(self.inputs, last[0].published_at if last else self.world.rebuilt_at)
        return fresh

    def take_up_publication(self) -> bool:
        """Tell the oracle of a publication that came since, and return whether one did."""
        rows = self.publications()
        known = len(self.published.publications)
        assert [number for number, _ in rows] == list(range(1, len(rows) + 1))
        assert len(rows) - known in (0, 1)
        times = [at for _, at in rows]
        assert times == sorted(times)
        if len(rows) > known:
            published_at = as_utc(times[-1])
            assert published_at is not None
            self.published.publish(self.inputs, published_at)
        return len(rows) > known

    def publications(self) -> list[tuple[Any, ...]]:
        """Return number and time of each publication; a warehouse that no build has reached has none."""
        if not self.house.has_table("publications"):
            return []
        return self.house.query("select publication_number, published_at from publications order by publication_number")

    def partly(self, event: PartialBuild, place: str) -> None:
        """Build a part, whatever comes of it: readers see what they saw."""
        self.house.dbt(event.command, "--select", event.select, at=event.at)
        if self.published.publications:
            assert not self.take_up_publication(), f"{place}: a partial build has published"
            self.agree_on_before(place)

    def kill(self, event: KilledBuild, place: str) -> None:
        """Kill a build of everything: either all of it is published, or nothing. Views come after the commit."""
        is_first = not self.published.publications
        with self.house.spawn("build", "--exclude-resource-type", "unit_test", at=event.at) as build:
            try:
                build.process.wait(event.after * self.seconds)
            except subprocess.TimeoutExpired:
                build.kill()
        self.house.settle()
        is_published = self.take_up_publication()
        if not is_first:
            # The next build renews the view that has months of its own.
            self.agree_on_before(place, left_out=("month_end_balance_history",) if is_published else ())

    def decide_wrongly(self, event: WrongDecision, place: str) -> None:
        """Decide on a row that nobody delivered: the build stops, and readers see what they saw."""
        seed = self.house.project / "seeds" / "row_decisions.csv"
        before = seed.read_text()
        file_id = self.file_ids[event.feed][event.delivery_number - 1]
        self.house.note("row_decisions", [file_id, 10_000, "release", "", "", *BY, event.at.isoformat()])
        built = self.house.dbt("build", "--exclude-resource-type", "unit_test", at=event.at)
        assert built.exit_code != 0, f"{place}: the build went on"
        seed.write_text(before)
        if self.published.publications:
            assert not self.take_up_publication()
            self.agree_on_before(place)

    def rebuild(self, at: datetime) -> None:
        """Build everything in an empty warehouse: the same is to be seen."""
        self.house.start_empty()
        self.published = Published()
        self.carry_out(Build(at), "one build in an empty warehouse")

    def agree_on_now(self, place: str) -> None:
        """Compare what is so now."""
        self.agree(current_tables(self.published), self.read(), place)

    def agree_on_before(self, place: str, left_out: Iterable[str] = ()) -> None:
        """Compare what was published with what is seen, where code may have changed since that views have already.

        The mark of provisional months follows today's time zone, and held files are those of the last look.
        """
        expected, found = current_tables(self.published), self.read()
        for tables in (expected, found):
            for table in ("held_files", *left_out):
                del tables[table]
            ends = tables["month_end_balances"]
            tables["month_end_balances"] = {key: values[:-1] for key, values in ends.items()}
        self.agree(expected, found, place)

    def read(self) -> dict[str, Table]:
        """Return what readers see now."""
        files = {
            file_id: (name, number)
            for name, ids in self.file_ids.items()
            for number, file_id in enumerate(ids, start=1)
        }
        found = read_current(self.house.query, files)
        # Malformed rows of files that are held are shown or not: no promise.
        passed = {(name, number) for name, known in self.published.feeds.items() for number in known.evaluation.passed}
        malformed = found["malformed_rows"]
        found["malformed_rows"] = {key: values for key, values in malformed.items() if key[:2] in passed}
        return found

    def agree(self, expected: dict[str, Table], found: dict[str, Table], place: str) -> None:
        """See that tables are as expected.

        Raises:
            AssertionError: a line for each row that is not, up to twenty, below the world itself.
        """
        lines = differs(expected, found)
        shown = "\n".join([*lines[:20], f"{len(lines)} rows differ"])
        assert not lines, f"{show(self.world)}\n{place}\n{shown}"


def differs(expected: dict[str, Table], found: dict[str, Table], left_out: Iterable[str] = ()) -> list[str]:
    """Return a line for each row of a table that is not as expected."""
    return [
        f"{table} {line}"
        for table in expected
        if table not in set(left_out)
        for line in difference(expected[table], found[table])
    ]


def content_of(feed: str, rows: Iterable[Row | None]) -> str:
    """Return the file that delivers these rows; a malformed record has too few fields."""
    return "\n".join([HEADERS[feed], *("too few" if row is None else line(feed, row) for row in rows), ""])


def line(feed: str, row: Row) -> str:
    """Return the row as its feed delivers it."""
    booked = row.booked.isoformat()
    if feed == "ledger_entries":
        return f"{row.entry_id},{row.account_id},{row.amount},{row.balance},{booked}"
    return f"{row.entry_id},{row.account_id},{row.amount},{row.currency},{booked}"


def live_world(world: World) -> None:
    """Live a world in a house of its own, which is removed afterwards."""
    from tests.end_to_end.house import House

    folder = Path(tempfile.mkdtemp())
    try:
        house: Any = House(folder)
        Driver(house, world).live()
    finally:
        shutil.rmtree(folder)


def main() -> None:
    """Live one world."""
    from tests.histories.worlds import ACCOUNTS, CONCERNS, make_world

    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("seed", type=int)
    parser.add_argument("--without", action="append", default=[], choices=CONCERNS)
    parser.add_argument("--accounts", type=int, default=ACCOUNTS)
    parser.add_argument("--builds", type=float, default=1, help="the share of builds that are carried out")
    parser.add_argument("--known", action="store_true", help="with balances that are known beside entries")
    asked = parser.parse_args()
    live_world(make_world(asked.seed, asked.without, asked.accounts, asked.builds, is_known=asked.known))


if __name__ == "__main__":
    main()
