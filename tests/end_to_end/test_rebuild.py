"""Building again: nothing new changes nothing, a broken build is finished by the next, a full rebuild says the same."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.end_to_end.house import House

pytestmark = pytest.mark.dbt

LEDGER = "id,account_id,amount,new_balance,tx_date\n"
ACCOUNTS = "account,currency,opened,closed,status\n"
DELIVERIES = (
    ("ledger_entries", LEDGER + "1,A,10,10,2024-01-03\n2,A,5,15,2024-01-03\n3,B,7,7,2024-01-31\n"),
    ("accounts", ACCOUNTS + "A,EUR,2024-01-01,,open\nB,EUR,2024-01-01,,open\n"),
    # March comes before February: days of A are closed again, B is carried over both months.
    (
        "ledger_entries",
        LEDGER
        + "5,A,-1,24,2024-03-05\n6,A,1e3,25,2024-03-05\n"
        + "".join(f"m{number},C,1,{number + 1},2024-03-06\n" for number in range(30)),
    ),
    ("accounts", ACCOUNTS + "A,EUR,2024-01-01,2024-03-31,closed\nB,EUR,2024-01-01,,open\n"),
    ("ledger_entries", LEDGER + "4,A,10,25,2024-02-05\n1,A,10,10,2024-01-03\n"),
)

PUBLISHED = (
    "fct_ledger_entries",
    "quarantine_entries",
    "duplicate_entries",
    "month_end_balances",
    "run_reconciliation",
)


def deliver(house: House, feed: str, content: str) -> str:
    return house.land(feed, content).manifest.run_id


@pytest.fixture(scope="module")
def house(new_house: Callable[[], House]) -> House:
    """Every delivery with a build of its own."""
    house = new_house()
    for delivery in DELIVERIES:
        deliver(house, *delivery)
        house.build()
    return house


def test_build_with_nothing_new_changes_no_table(house: House) -> None:
    before = house.contents()
    assert before["fct_ledger_entries"][0] == 35
    house.build()
    assert house.contents() == before


def test_one_build_of_all_deliveries_says_the_same(house: House, new_house: Callable[[], House]) -> None:
    other = new_house()
    for delivery in DELIVERIES:
        deliver(other, *delivery)
    other.build()
    snapshots = {name for name in house.contents() if name.endswith("_snapshot")}
    theirs, ours = other.contents(), house.contents()
    assert {name: theirs[name] for name in theirs.keys() - snapshots} == {
        name: ours[name] for name in ours.keys() - snapshots
    }


def test_full_refresh_says_the_same(house: House) -> None:
    before = house.contents()
    house.build("--full-refresh")
    assert house.contents() == before


@pytest.mark.parametrize("last", ["int_runs", "int_entries_classified", "fct_ledger_entries", "month_end_balances"])
def test_broken_build_is_finished_by_the_next(last: str, house: House, new_house: Callable[[], House]) -> None:
    other = new_house()
    for delivery in DELIVERIES[:2]:
        deliver(other, *delivery)
    other.build()
    for delivery in DELIVERIES[2:]:
        deliver(other, *delivery)
    other.build("--select", f"+{last}", "--exclude-resource-type", "test")
    other.build()
    assert other.contents(*PUBLISHED) == house.contents(*PUBLISHED)


def test_snapshot_keeps_what_an_account_was_with_the_times_of_its_deliveries(house: House) -> None:
    states = house.query(
        "select account_id, status, dbt_valid_from, dbt_valid_to from accounts_snapshot"
        " order by account_id, dbt_valid_from"
    )
    first, second = (
        known_at
        for (known_at,) in house.query(
            "select known_at from run_reconciliation where feed = 'accounts' order by known_at"
        )
    )
    assert states == [("A", "open", first, second), ("A", "closed", second, None), ("B", "open", first, None)]


def test_run_withdrawn_after_a_broken_build_leaves_no_balance_behind(new_house: Callable[[], House]) -> None:
    house = new_house()
    header = "TransactionID,CustomerID,TransactionAmount,Currency,TransactionTimestamp\n"
    deliver(house, "transactions", header + "t1,C1,100.00,EUR,2025-01-05\n")
    house.build()
    before = house.contents("int_daily_closing_balances", "month_end_balances")
    withdrawn = deliver(house, "transactions", header + "t2,C1,999.00,EUR,2025-02-06\nt3,C2,5,EUR,2025-01-07\n")
    house.build("--select", "+month_end_balances", "--exclude-resource-type", "test")
    assert house.contents("int_daily_closing_balances", "month_end_balances") != before
    house.decide(withdrawn, "withdraw")
    house.build()
    assert house.contents("int_daily_closing_balances", "month_end_balances") == before


def test_run_is_not_published_before_the_balances_hold_it(new_house: Callable[[], House]) -> None:
    house = new_house()
    deliver(house, "ledger_entries", LEDGER + "1,A,10,10,2024-01-03\n")
    house.build()
    run_id = deliver(house, "ledger_entries", LEDGER + "2,A,5,15,2024-01-04\n")
    house.build("--exclude", "month_end_balances", "--exclude-resource-type", "test")
    assert house.value(f"select verdict from run_reconciliation where run_id = '{run_id}'") == "unreconciled"
    house.build()
    assert house.value("select balance from month_end_balances") == 15


def test_broken_full_refresh_is_finished_by_a_plain_build(house: House, new_house: Callable[[], House]) -> None:
    other = new_house()
    for delivery in DELIVERIES:
        deliver(other, *delivery)
    other.build()
    other.build("--full-refresh", "--select", "+run_gate", "fct_ledger_entries", "--exclude-resource-type", "test")
    other.build()
    assert other.contents(*PUBLISHED) == house.contents(*PUBLISHED)


def test_backlog_of_many_files_around_a_held_one_is_carried_through(new_house: Callable[[], House]) -> None:
    house = new_house()
    header = "TransactionID,CustomerID,TransactionAmount,Currency,TransactionTimestamp\n"
    deliver(house, "ledger_entries", LEDGER + "0,A,1,1,2024-01-01\n")
    house.build()
    for number in range(1, 25):
        deliver(house, "ledger_entries", LEDGER + f"{number},A,1,{number + 1},2024-01-{number + 1:02}\n")
        amount = "1e3" if number == 5 else "1.00"
        deliver(house, "transactions", header + f"t{number},C,{amount},EUR,2024-01-{number + 1:02}\n")
    house.build(exit_code=1)
    by_feed = "select feed, count(*) from fct_ledger_entries group by feed order by feed"
    assert house.query(by_feed) == [("ledger_entries", 25), ("transactions", 4)]
    before = house.contents()
    house.build(exit_code=1)
    assert house.contents() == before
    house.decide(house.value("select run_id from held_runs where held_behind is null"), "release")
    house.build()
    assert house.query(by_feed) == [("ledger_entries", 25), ("transactions", 23)]
