"""Builds that are killed, stopped, refused or beaten: the next one makes good, and readers saw no half of anything.

What is right, a warehouse on DuckDB says that reads the same files and is built undisturbed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.athena.faults import (
    Statement,
    Watcher,
    any_view,
    building,
    insert,
    killed_at,
    merge,
    no_room_for,
    shown,
    stopped_at,
)
from tests.athena.house import AthenaHouse, Twin
from tests.athena.parity import Difference, differences
from tests.end_to_end.house import Spawned

# Each builds several times, and starts the engine again.
pytestmark = [pytest.mark.dbt, pytest.mark.slow]

WATCHED = ("fct_ledger_entries", "month_end_balances", "quarantine_entries", "file_reconciliation", "publications")
LEDGER = "id,account_id,amount,new_balance,tx_date\n"
ACCOUNTS = "account,currency,opened,closed,status\n"
OTHER_PLACES = ("--target-path", "target-2", "--log-path", "logs-2")
KILLS = 10
AROUND_COMMIT = 4
"""So many of the kills come between the last audit and the end of the commit."""
PAIRS = 10
NOT_PUBLISHED = "NOT PUBLISHED: another build has published meanwhile"


@dataclass
class Bank:
    """A house on Athena, its twin, and what has been delivered to both."""

    house: AthenaHouse
    twin: Twin
    deliveries: int = 0

    @property
    def month(self) -> str:
        """The month that only the latest delivery has entries of."""
        return f"{2024 + self.deliveries // 12}-{self.deliveries % 12 + 1:02}"

    def deliver(self) -> None:
        """Land a file of each feed."""
        self.deliveries += 1
        number = self.deliveries
        twice = [f"{number}a,A,1,1,2024-01-10"] * 2
        in_conflict = [f"{number}b,B,{amount},{amount},{self.month}-02" for amount in (1, 2)]
        refused = [f"{number}c,B,1e3,5,{self.month}-03"]
        plain = [f"{number}-{row},C,1,{row + 1},{self.month}-05" for row in range(120)]
        self.house.land("ledger_entries", LEDGER + "\n".join(twice + in_conflict + refused + plain) + "\n")
        status = ("open", "closed")[number % 2]
        self.house.land("accounts", ACCOUNTS + f"A,EUR,2024-01-01,,{status}\nB,EUR,2024-01-{number:02},,open\n")

    def build(self) -> None:
        self.house.build(at=self.house.clock())

    def spawn(self, *arguments: str) -> Spawned:
        """Start a build of the time that the clock shows."""
        return building(self.house, *arguments, at=self.house.clock.moment)

    @property
    def commit(self) -> str:
        """What a build prints as soon as every audit has passed."""
        return f"START sql incremental model {self.house.schema}.publications"

    def publications(self) -> int:
        ((found,),) = self.house.query("select count(*) from publications")
        assert isinstance(found, int)
        return found

    def wrong(self) -> list[Difference]:
        """Build the twin by the same clock and return how it differs from the house, which has been built."""
        self.twin.build(at=self.house.clock.moment)
        return differences(self.house, self.twin)


@pytest.fixture(scope="module")
def banks() -> list[Bank]:
    """The banks so far; the last one is in use."""
    return []


@pytest.fixture
def bank(banks: list[Bank], athena_house: Callable[[], AthenaHouse], tmp_path_factory: pytest.TempPathFactory) -> Bank:
    """A bank of which all is published. Each test delivers what it needs, and leaves all of it published.

    A test that failed may leave it wrong: the next one has a bank of its own.
    """
    if not banks or banks[-1].wrong():
        house = athena_house()
        bank = Bank(house, Twin(tmp_path_factory.mktemp("twin") / "house", original=house))
        bank.deliver()
        bank.build()
        assert bank.wrong() == []
        banks.append(bank)
    return banks[-1]


@pytest.mark.parametrize(
    "statement",
    [
        any_view(r"stg_\w+"),
        insert("int_claims"),
        insert("accepted_rows"),
        insert("month_end_versions"),
        merge("publications"),
    ],
    ids=["views", "work-table", "record", "last-record", "commit"],
)
def test_killed_engine_leaves_readers_what_was_published(bank: Bank, statement: Statement) -> None:
    bank.deliver()
    with Watcher(bank.house, WATCHED) as watcher:
        killed_at(statement, watcher)
        bank.build()
    assert bank.wrong() == []
    assert watcher.failures == []
    assert watcher.changes() == dict.fromkeys(WATCHED, 1)


def test_stopped_and_refused_statements_publish_nothing(bank: Bank) -> None:
    bank.deliver()
    with Watcher(bank.house, WATCHED) as watcher:
        stopped_at(insert("accepted_rows"), bank.house)
        # A statement that is stopped late has written its month all the same.
        bank.deliver()
        with no_room_for(bank.month, "accepted_rows", bank.house):
            bank.house.build(exit_code=1)
        bank.build()
    assert bank.wrong() == []
    assert watcher.failures == []
    assert watcher.changes() == dict.fromkeys(WATCHED, 1)


def test_builds_killed_at_ten_moments_are_finished(bank: Bank) -> None:
    """A killed build's last statement goes on: what it publishes, it publishes whole."""
    with bank.spawn() as build:
        build.wait_for("Running with dbt")
        start = time.monotonic()
        build.wait_for("Done.")
    length = time.monotonic() - start
    published = 0
    for number in range(KILLS):
        bank.deliver()
        bank.house.clock()
        before, shown_before = bank.publications(), shown(bank.house, WATCHED)
        with bank.spawn() as build:
            if number < AROUND_COMMIT:
                build.wait_for(bank.commit)
                time.sleep(number * 0.5)
            else:
                build.wait_for("Running with dbt")
                time.sleep((number - AROUND_COMMIT) / (KILLS - AROUND_COMMIT) * length)
            build.kill()
        bank.house.settle()
        is_published, shown_after_kill = bank.publications() > before, shown(bank.house, WATCHED)
        bank.house.build(at=bank.house.clock.moment)
        assert shown_after_kill == (shown(bank.house, WATCHED) if is_published else shown_before)
        assert bank.publications() == before + 1
        assert bank.wrong() == []
        published += is_published
    assert 0 < published < KILLS, f"{published} of {KILLS} had published"


def test_of_two_builds_at_the_commit_one_publishes(bank: Bank) -> None:
    for _ in range(PAIRS):
        bank.deliver()
        bank.house.clock()
        before = bank.publications()
        with bank.spawn() as one, bank.spawn(*OTHER_PLACES) as other:
            meet_at(bank.commit, one, other)
            ended = sorted((build.result() for build in (one, other)), key=lambda build: build.exit_code)
        assert [build.exit_code for build in ended] == [0, 1], [build.output for build in ended]
        assert [NOT_PUBLISHED in build.output for build in ended] == [False, True]
        assert bank.publications() == before + 1
        assert bank.wrong() == []


def meet_at(text: str, *builds: Spawned) -> None:
    """Let the builds that print the text first stand still until the last one has printed it too."""
    coming = list(builds)
    while coming:
        for build in list(coming):
            if text in build.output:
                build.suspend()
                coming.remove(build)
            assert not build.done(), build.output
        time.sleep(0.01)
    for build in builds:
        build.resume()
