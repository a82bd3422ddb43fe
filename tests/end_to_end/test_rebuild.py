"""Building again: nothing new adds nothing, a partial build publishes nothing, one build says what many have said."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from loader.lake.landing import Landing
from loader.lake.storage import Store
from tests.end_to_end.house import RECORDS, Build, Clock, House, always_one_lot

pytestmark = pytest.mark.dbt

LEDGER = "id,account_id,amount,new_balance,tx_date\n"
ACCOUNTS = "account,currency,opened,closed,status\n"
TRANSACTIONS = "TransactionID,CustomerID,TransactionAmount,Currency,TransactionTimestamp\n"
MANY = "".join(f"m{number},C,1,{number + 1},2024-03-06\n" for number in range(30))
STEPS = (
    (
        ("ledger_entries", LEDGER + "1,A,10,10,2024-01-03\n2,A,5,15,2024-01-03\n3,B,7,7,2024-01-31\n"),
        ("accounts", ACCOUNTS + "A,EUR,2024-01-01,,open\nB,EUR,2024-01-01,,open\n"),
    ),
    # March comes before February: days of A are closed again, B is carried over both months.
    (("ledger_entries", LEDGER + "5,A,-1,24,2024-03-05\n6,A,1e3,25,2024-03-05\n" + MANY),),
    (
        ("accounts", ACCOUNTS + "A,EUR,2024-01-01,2024-03-31,closed\nB,EUR,2024-01-01,,open\n"),
        ("ledger_entries", LEDGER + "4,A,10,25,2024-02-05\n1,A,10,10,2024-01-03\n"),
    ),
)
# What these files have none of.
EMPTY = {
    "balance_breaks",
    "bank_balances",
    "condemned_entries",
    "held_files",
    "malformed_rows",
    "passed_over_entries",
}
BY_SLOW_CLOCK = LEDGER + "4,A,11,26,2024-02-05\n" + MANY


def deliver(house: House, step: tuple[tuple[str, str], ...]) -> None:
    for feed, content in step:
        house.land(feed, content)


def deliver_by_slow_clock(house: House) -> str:
    """Deliver to another loader of the same lake, whose clock is a month behind."""
    loader = Landing(Store.open(str(house.lake)), Clock(datetime(2025, 12, 1, tzinfo=UTC)), draw_lot=always_one_lot)
    path = house.folder / "inbox" / "slow.csv"
    path.write_text(BY_SLOW_CLOCK)
    return loader.land(path, house.contracts["ledger_entries"]).manifest.file_id


class Together:
    """All deliveries in one lake: a build that leaves an audit out, then one build of everything."""

    def __init__(self, house: House) -> None:
        self.house = house
        for step in STEPS:
            deliver(house, step)
        deliver_by_slow_clock(house)
        self.partial: Build = house.build("--exclude", "month_ends_add_up")
        self.published_by_partial = house.seen()
        house.build()


@pytest.fixture(scope="module")
def stepwise(new_house: Callable[[], House]) -> House:
    """Every step with a build of its own."""
    house = new_house()
    for step in STEPS:
        deliver(house, step)
        house.build()
    deliver_by_slow_clock(house)
    house.build()
    return house


@pytest.fixture(scope="module")
def together(new_house: Callable[[], House]) -> Together:
    return Together(new_house())


def test_partial_build_publishes_nothing_and_says_so(together: Together) -> None:
    assert "NOTHING IS PUBLISHED" in together.partial.output
    assert not any(together.published_by_partial.values())
    assert together.house.query("select publication_number from publications") == [(1,)]


def test_one_build_of_all_files_says_what_a_build_each_says(stepwise: House, together: Together) -> None:
    assert stepwise.value("select count(*) from publications") == 4
    ours, theirs = stepwise.seen(), together.house.seen()
    assert {view for view in ours if not ours[view]} == EMPTY
    for view in ours:
        assert ours[view] == theirs[view], view


def test_late_month_changes_the_months_after_it(stepwise: House) -> None:
    balances = "select account_id, balance from month_end_balances where month = '2024-02-01' order by account_id"
    assert stepwise.query(balances) == [("A", Decimal(25)), ("B", Decimal(7))]


def test_files_count_in_order_of_commits_whatever_clocks_say(stepwise: House) -> None:
    first, *_, last = stepwise.query(
        "select file_id, delivery_number from file_reconciliation where feed = 'ledger_entries' order by file_id"
    )
    assert (first[1], last[1]) == (4, 3)
    assert stepwise.query("select file_id, raw_record from quarantine_entries where business_key = '4'") == [
        (first[0], "4,A,11,26,2024-02-05")
    ]


def test_account_is_what_its_last_delivery_says(stepwise: House) -> None:
    assert stepwise.query("select account_id, status, closed_on::varchar from accounts order by account_id") == [
        ("A", "closed", "2024-03-31"),
        ("B", "open", None),
    ]


def test_build_with_nothing_new_adds_no_row(stepwise: House) -> None:
    before = stepwise.contents(*RECORDS)
    stepwise.build()
    assert stepwise.contents(*RECORDS) == before
    # The work tables are of this build now, and what is audited is the last publication or everything.
    for scope in ("build", "everything"):
        audited = stepwise.dbt("test", "--exclude-resource-type", "unit_test", "--vars", f"audit_scope: {scope}")
        assert audited.exit_code == 0, audited.output


def test_full_refresh_says_the_same_and_drops_no_record(together: Together) -> None:
    house = together.house
    before, seen = house.contents("publications")["publications"], house.seen()
    versions = house.query("select * from month_end_versions order by all")
    house.build("--full-refresh")
    assert house.seen() == seen
    assert house.query("select * from month_end_versions order by all") == versions
    assert house.contents("publications")["publications"][0] == before[0] + 1


@pytest.mark.slow
def test_backlog_around_a_held_file_is_carried_through(new_house: Callable[[], House]) -> None:
    house = new_house()
    for number in range(1, 13):
        house.land("ledger_entries", LEDGER + f"{number},A,1,{number},2024-01-{number:02}\n")
        amount = "1e3" if number == 5 else "1.00"
        house.land("transactions", TRANSACTIONS + f"t{number},C,{amount},EUR,2024-01-{number:02}\n")
    by_feed = "select feed, count(*) from fct_ledger_entries group by feed order by feed"
    house.build("--vars", "max_files: 6")
    assert house.query(by_feed) == [("ledger_entries", 3), ("transactions", 3)]
    house.build()
    assert house.query(by_feed) == [("ledger_entries", 12), ("transactions", 4)]
    house.decide(house.value("select file_id from held_files where failure is not null"), "release")
    house.build()
    assert house.query(by_feed) == [("ledger_entries", 12), ("transactions", 11)]
