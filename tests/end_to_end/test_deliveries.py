"""A delivery is an event: what readers see of the same bytes that are delivered more than once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from loader.lake.catalog import FOLDER_CATALOG
from loader.lake.storage import Store
from loader.lake.verification import verify
from tests.end_to_end.house import House
from tests.end_to_end.second_delivery import ACCOUNTS, CARDS, LEDGER

pytestmark = pytest.mark.dbt

OPEN, CLOSED = ACCOUNTS + "A,EUR,2024-01-01,,open\n", ACCOUNTS + "A,EUR,2024-01-01,2024-03-31,closed\n"


def assert_lake_is_whole(house: House) -> None:
    assert verify(Store.open(str(house.lake)), FOLDER_CATALOG).findings == []


@pytest.mark.slow
def test_account_that_is_open_again_is_shown_open(new_house: Callable[[], House]) -> None:
    house = new_house()
    for content in (OPEN, CLOSED, OPEN):
        house.land("accounts", content)
        house.build()
    assert house.query("select status, closed_on from accounts") == [("open", None)]
    statuses = house.query("select status from accounts_snapshot order by dbt_valid_from")
    assert statuses == [("open",), ("closed",), ("open",)]
    assert house.value("select count(*) from file_reconciliation where rows_accepted = 1") == 3
    assert_lake_is_whole(house)


def test_quiet_days_are_no_gaps(new_house: Callable[[], House]) -> None:
    house = new_house()
    quiet = range(3, 9)
    for day in (2, *quiet, 9):
        house.clock.moment = datetime(2026, 1, day, 6, tzinfo=UTC)
        house.land("transactions", CARDS + ("" if day in quiet else f"t{day},C,1.00,EUR,2026-01-0{day}\n"))
    house.build()
    assert house.query("select * from delivery_gaps") == []
    assert house.value("select count(*) from file_reconciliation where rows_delivered = 0") == len(quiet)
    assert house.value("select sum(balance) from month_end_balances") == 2
    # A day without any file is one.
    house.clock.moment = datetime(2026, 1, 12, 6, tzinfo=UTC)
    house.land("transactions", CARDS)
    house.build()
    assert house.query("select cast(missing_from as varchar), cast(missing_to as varchar) from delivery_gaps") == [
        ("2026-01-10", "2026-01-11")
    ]
    assert_lake_is_whole(house)


def test_withdrawn_file_that_is_sent_again_counts(new_house: Callable[[], House]) -> None:
    house = new_house()
    content = LEDGER + "1,A,10,10,2024-01-03\n2,A,5,15,2024-01-04\n"
    balance = "select sum(balance) from month_end_balances"
    first = house.land("ledger_entries", content)
    house.build()
    house.decide(first.manifest.file_id, "withdraw")
    house.build()
    assert house.value(balance) is None
    again = house.land("ledger_entries", content)
    assert (again.status, again.manifest.same_bytes_as) == ("landed", 1)
    assert house.land("ledger_entries", content).manifest == again.manifest
    house.build()
    assert house.value(balance) == 15
    assert house.query("select decision, rows_accepted, rows_condemned from file_reconciliation order by file_id") == [
        ("withdraw", 0, 2),
        (None, 2, 0),
    ]
    kept = house.seen()
    house.start_empty()
    house.build()
    assert house.seen() == kept
    assert_lake_is_whole(house)
