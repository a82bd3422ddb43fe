"""Builds that are killed, stopped, refused, or two at once: the next one makes good, and readers saw no half table.

What is right, a warehouse on DuckDB says that reads the same files and is built undisturbed.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.athena.faults import (
    Watcher,
    any_view,
    building,
    ctas,
    killed_at,
    merge,
    no_room_for,
    stopped_at,
)
from tests.athena.house import AthenaHouse, Twin
from tests.athena.parity import Difference, differences
from tests.athena.waiting import wait_until

pytestmark = pytest.mark.dbt

BALANCES = ("fct_ledger_entries", "int_daily_closing_balances", "month_end_balances")
WATCHED = (*BALANCES, "int_quarantined_entries")
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
        plain = [f"{number}-{row},C,1,{row + 1},{self.month}-05" for row in range(120)]
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
    """A new bank whose first build was killed at each kind of statement and then done again.

    It is a fixture because every other test breaks a later build of the same bank.
    """
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


@pytest.fixture
def bank(first_build: FirstBuild) -> Bank:
    """A bank whose tables hold all that was delivered. Each test delivers what it needs, and leaves it so."""
    return first_build.bank


@pytest.fixture
def watcher(bank: Bank) -> Watcher:
    return Watcher(bank.house, WATCHED)


def test_first_build_that_was_killed_is_finished_by_the_next(first_build: FirstBuild) -> None:
    assert first_build.wrong == []
    assert all(shown[-1] for shown in first_build.watcher.seen.values()), "every watched table has rows"
    assert first_build.watcher.failures == []
    assert first_build.watcher.changes() == dict.fromkeys(WATCHED, 1)


def test_merge_that_was_refused_or_stopped_or_killed_is_finished_by_the_next_build(
    bank: Bank, watcher: Watcher
) -> None:
    house, by_run = bank.house, "fct_ledger_entries"
    bank.deliver()
    with watcher:
        with no_room_for(bank.month, by_run, house):
            # The snapshot does not come after the ledger: it is left for its own fault.
            house.build(*MODELS, "--exclude", "accounts_snapshot", exit_code=1)
        stopped_at(merge(by_run), house, "--select", by_run)
        killed_at(merge(by_run), watcher, "--select", by_run)
        killed_at(merge("month_end_balances"), watcher, "--select", *WATCHED)
        killed_at(merge("accounts_snapshot"), watcher, "--select", *SNAPSHOT)
        house.build(*MODELS)
    assert bank.wrong() == []
    assert watcher.failures == []
    assert watcher.changes() == dict.fromkeys(WATCHED, 1)


def test_of_two_builds_at_once_the_later_is_right(bank: Bank, watcher: Watcher, tmp_path: Path) -> None:
    house = bank.house
    bank.deliver()
    # With its parsed project, so that the later build begins soon.
    shutil.copytree(house.project / "target", tmp_path / "target")
    before = len(house.statements())
    with watcher:
        with building(house) as earlier:
            wait_until(lambda: any("current_build" in statement["sql"] for statement in house.statements(before)))
            places = ("--target-path", str(tmp_path / "target"), "--log-path", str(tmp_path / "logs"))
            house.build(*MODELS, *places)
        assert f"another build of {house.name} began at" in earlier.result().output
        house.build(*MODELS)
    assert bank.wrong() == []
    assert [table for (table,) in house.query("show tables") if "__dbt_tmp" in table] == []
    assert watcher.failures == []
    assert watcher.changes() == dict.fromkeys(WATCHED, 1)


def test_run_withdrawn_after_a_broken_build_goes_though_a_full_refresh_was_killed(bank: Bank) -> None:
    house = bank.house
    withdrawn = bank.deliver()
    with Watcher(house, BALANCES) as watcher:
        house.build(*MODELS, "--select", "+month_end_balances")
        assert watcher.look() == dict.fromkeys(BALANCES, 1)
        house.decide(withdrawn, "withdraw")
        decisions = Path("seeds", "run_decisions.csv")
        shutil.copy(house.project / decisions, bank.twin.project / decisions)
        killed_at(merge("int_daily_closing_balances"), watcher, "--full-refresh")
        assert house.query("select distinct verdict from run_reconciliation") == [("reopened",)]
        house.build(*MODELS)
    assert bank.wrong() == []
    assert watcher.failures == []
    assert watcher.changes() == dict.fromkeys(BALANCES, 2)


def test_full_refresh_under_a_changed_contract_judges_no_run_again_and_brings_each_table_at_once_to_the_new_terms(
    bank: Bank,
) -> None:
    for one in (bank.house, bank.twin):
        contract = one.contract_file("ledger_entries")
        rule = "{header: account_id, type: id, required: true"
        terms = contract.read_text().replace(rule, rule + ", accepted_values: [B, C]")
        contract.write_text(terms.replace('balance_tolerance: "0"', 'balance_tolerance: "1000000"'))
    with Watcher(bank.house, (*WATCHED, "run_reconciliation")) as watcher:
        bank.house.build(*MODELS, "--full-refresh")
    bank.twin.build(*MODELS, "--full-refresh")
    assert differences(bank.house, bank.twin) == []
    assert bank.house.query("select count(*) > 0 from month_end_balances where account_id = 'A'") == [(True,)]
    assert bank.house.query("select count(*) from month_end_balances where not is_proven") == [(0,)]
    assert watcher.failures == []
    # Its runs are open from the beginning of the build to its end.
    assert watcher.changes() == dict.fromkeys(WATCHED, 0) | {"month_end_balances": 1, "run_reconciliation": 2}
