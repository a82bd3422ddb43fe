"""Builds that are killed, stopped, refused, or two at once: the next one makes good, and readers saw no half table.

What is right, a warehouse on DuckDB says that reads the same files and is built undisturbed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.athena.faults import (
    Watcher,
    any_view,
    ctas,
    killed_at,
)
from tests.athena.house import AthenaHouse, Twin
from tests.athena.parity import Difference, differences

pytestmark = pytest.mark.dbt

BALANCES = ("fct_ledger_entries", "int_daily_closing_balances", "month_end_balances")
WATCHED = (*BALANCES, "quarantine_entries")
SNAPSHOT = ("account_records", "accounts", "accounts_snapshot")
MODELS = ("--exclude-resource-type", "test")
LEDGER = "id,account_id,amount,new_balance,tx_date\n"
ACCOUNTS = "account,currency,opened,closed,status\n"


@dataclass
class Bank:
    """A house on Athena, its twin, and what has been delivered to both."""

    house: AthenaHouse
    twin: Twin
    deliveries: int = 0

    @property
    def month(self) -> str:
        """The month that only the latest delivery has entries of."""
        return f"2024-{self.deliveries + 1:02}"

    def deliver(self) -> str:
        """Land a file of each feed. Return the run of the entries."""
        self.deliveries += 1
        number = self.deliveries
        twice = [f"{number}a,A,1,1,2024-01-10"] * 2
        in_conflict = [f"{number}b,B,{amount},{amount},{self.month}-02" for amount in (1, 2)]
        refused = [f"{number}c,B,1e3,5,{self.month}-03"]
        plain = [f"{number}-{row},C,1,{row + 1},{self.month}-05" for row in range(80)]
        landed = self.house.land("ledger_entries", LEDGER + "\n".join(twice + in_conflict + refused + plain) + "\n")
        status = ("open", "closed")[number % 2]
        self.house.land("accounts", ACCOUNTS + f"A,EUR,2024-01-01,,{status}\nB,EUR,2024-01-{number:02},,open\n")
        return landed.manifest.run_id

    def wrong(self) -> list[Difference]:
        """Build the twin and return how it differs from the house, which has been built."""
        self.twin.build(*MODELS)
        return differences(self.house, self.twin)


@dataclass
class FirstBuild:
    """What came of a bank's first build: what a reader saw, and how the tables differed from the twin's."""

    bank: Bank
    watcher: Watcher
    wrong: list[Difference]


@pytest.fixture(scope="module")
def first_build(athena_house: Callable[[], AthenaHouse], tmp_path_factory: pytest.TempPathFactory) -> FirstBuild:
    """A new bank whose first build was killed at each kind of statement and then done again."""
    house = athena_house()
    bank = Bank(house, Twin(tmp_path_factory.mktemp("twin") / "house", original=house))
    for one in (house, bank.twin):
        # Builds take half as long with two feeds of four.
        file = one.project / "dbt_project.yml"
        file.write_text(re.sub(r"feeds: \[.*\]", "feeds: [ledger_entries, accounts]", file.read_text()))
    bank.deliver()
    with Watcher(house, WATCHED) as watcher:
        killed_at(ctas("currencies"), watcher)
        killed_at(any_view(r"stg_\w+"), watcher)
        killed_at(ctas("fct_ledger_entries"), watcher)
        killed_at(ctas("int_daily_closing_balances"), watcher, "--select", *WATCHED)
        killed_at(ctas("accounts_snapshot"), watcher, "--select", *SNAPSHOT)
        house.build(*MODELS)
    return FirstBuild(bank, watcher, bank.wrong())


def test_first_build_that_was_killed_is_finished_by_the_next(first_build: FirstBuild) -> None:
    assert first_build.wrong == []
    assert all(shown[-1] for shown in first_build.watcher.seen.values()), "every watched table has rows"
    assert first_build.watcher.failures == []
    assert first_build.watcher.changes() == dict.fromkeys(WATCHED, 1)
