"""Only what passed is published: a run that fails the gate is held, its feed waits, other feeds go on."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from tests.end_to_end.house import Build, House

pytestmark = pytest.mark.dbt

HEADER = "TransactionID,CustomerID,TransactionAmount,Currency,TransactionTimestamp\n"


def transactions(prefix: str, day: str, good: int, bad: int = 0) -> str:
    rows = [f"{prefix}{number},C1,1.00,EUR,{day}" for number in range(good)]
    rows += [f"{prefix}x{number},C1,1e3,EUR,{day}" for number in range(bad)]
    return HEADER + "\n".join(rows) + "\n"


PUBLISHED = (
    "fct_ledger_entries",
    "quarantine_entries",
    "condemned_entries",
    "duplicate_entries",
    "int_daily_closing_balances",
    "month_end_balances",
)


class Held:
    """A day that went well, then a day on which one feed brings six bad rows of a hundred and another feed none."""

    def __init__(self, house: House) -> None:
        self.house = house
        house.land("transactions", transactions("a", "2024-01-10", good=20))
        house.build()
        self.before = house.query("select * from month_end_balances where feed = 'transactions' order by all")
        self.bad_run = house.land(
            "transactions", transactions("b", "2024-01-11", 94, 6), "transactions_b.csv"
        ).manifest.run_id
        self.later_run = house.land("transactions", transactions("c", "2024-01-12", 10)).manifest.run_id
        house.land("ledger_entries", "id,account_id,amount,new_balance,tx_date\n1,L1,5.00,5.00,2024-01-11\n")
        self.build: Build = house.build(exit_code=1)

    def copy(self, folder: Path) -> House:
        """Return the house as it was left, free to be changed."""
        house = House(folder / "copy")
        shutil.rmtree(house.lake, ignore_errors=True)
        shutil.copytree(self.house.lake, house.lake)
        house.clock.moment = self.house.clock.moment
        return house


@pytest.fixture(scope="module")
def held(new_house: Callable[[], House]) -> Held:
    return Held(new_house())


def test_build_names_run_file_figure_and_limit(held: Held) -> None:
    (line,) = [line for line in held.build.output.splitlines() if f"HELD: run {held.bad_run}" in line]
    assert "transactions_b.csv" in line
    assert "6 of 100 rows refused" in line
    assert "limit 5.00 %" in line
    assert "run_decisions.csv" in line


def test_what_was_published_stands_as_yesterday(held: Held) -> None:
    assert held.house.query("select * from month_end_balances where feed = 'transactions' order by all") == held.before


def test_other_feeds_are_published(held: Held) -> None:
    assert held.house.value("select balance from month_end_balances where feed = 'ledger_entries'") == Decimal(5)


def test_later_run_of_the_feed_waits_behind_the_held_one(held: Held) -> None:
    assert held.house.query(f"select held_behind, failure from held_runs where run_id = '{held.later_run}'") == [
        (held.bad_run, None)
    ]


def test_nothing_held_is_published(held: Held) -> None:
    for table in ("fct_ledger_entries", "quarantine_entries", "condemned_entries", "duplicate_entries"):
        found = held.house.value(f"select count(*) from {table} where run_id in ('{held.bad_run}', '{held.later_run}')")
        assert found == 0, table


def test_held_rows_are_counted_and_can_be_looked_at(held: Held) -> None:
    counts = held.house.query(
        "select rows_delivered, rows_malformed, rows_accepted, rows_quarantined, rows_condemned, rows_duplicate,"
        " verdict"
        f" from run_reconciliation where run_id = '{held.bad_run}'"
    )
    assert counts == [(100, 0, 94, 6, 0, 0, "held")]
    refused = held.house.value(
        f"select count(*) from int_entries_classified where run_id = '{held.bad_run}' and status = 'quarantined'"
    )
    assert refused == 6


def test_hold_stays_until_it_is_decided(held: Held, tmp_path: Path) -> None:
    house = held.copy(tmp_path)
    before = house.contents(*PUBLISHED)
    again = house.build(exit_code=1)
    assert f"HELD: run {held.bad_run}" in again.output
    assert house.contents(*PUBLISHED) == before


def test_release_publishes_the_run_and_those_behind_it(held: Held, tmp_path: Path) -> None:
    house = held.copy(tmp_path)
    house.decide(held.bad_run, "release")
    house.build()
    assert house.value("select balance from month_end_balances where feed = 'transactions'") == Decimal(20 + 94 + 10)
    assert house.value(f"select count(*) from quarantine_entries where run_id = '{held.bad_run}'") == 6
    assert house.query("select * from held_runs") == []


def test_withdrawn_run_is_condemned_and_its_correction_is_accepted(held: Held, tmp_path: Path) -> None:
    house = held.copy(tmp_path)
    house.decide(held.bad_run, "withdraw")
    house.land("transactions", transactions("b", "2024-01-11", good=100))
    house.build()
    condemned = house.query(
        f"select count(*), count(*) filter (where list_contains(rejection_reasons, 'RUN_WITHDRAWN'))"
        f" from condemned_entries where run_id = '{held.bad_run}'"
    )
    assert condemned == [(100, 100)]
    assert house.value("select balance from month_end_balances where feed = 'transactions'") == Decimal(20 + 100 + 10)


def test_lost_part_is_held_and_cannot_be_released(held: Held, tmp_path: Path) -> None:
    house = held.copy(tmp_path)
    house.decide(held.bad_run, "release")
    for part in house.lake.glob(f"raw/transactions/*/run_id={held.later_run}/*"):
        part.unlink()
    house.decide(held.later_run, "release")
    lost = house.build(exit_code=1)
    assert f"HELD: run {held.later_run}" in lost.output
    assert "10 landed by the manifest; found 0 malformed and 0 others" in lost.output
    assert house.value(f"select count(*) from fct_ledger_entries where run_id = '{held.bad_run}'") == 94


def test_decision_on_an_unknown_run_fails_the_build(held: Held, tmp_path: Path) -> None:
    house = held.copy(tmp_path)
    house.decide(held.bad_run, "release")
    house.decide("no-such-run", "release")
    assert "decisions_name_open_runs" in house.build(exit_code=1).output


def test_lost_malformed_rows_are_held(new_house: Callable[[], House]) -> None:
    house = new_house()
    landed = house.land("transactions", transactions("a", "2024-01-10", good=30) + "broken,C1\n")
    for part in house.lake.glob("raw/malformed_rows/*/*/*"):
        part.unlink()
    lost = house.build(exit_code=1)
    assert f"HELD: run {landed.manifest.run_id}" in lost.output
    assert "1 malformed and 30 landed by the manifest; found 0 malformed and 30 others" in lost.output
