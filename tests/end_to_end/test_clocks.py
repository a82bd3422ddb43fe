"""No order is taken from a clock: a wrong one leaves the same balances and one chain of publications."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from tests.end_to_end.house import House
from tests.end_to_end.second_delivery import (
    CARDS,
    LEDGER,
    OF_ONE_BUILD,
    Readers,
    land_first,
    land_second,
    many,
    readers_of,
)

pytestmark = pytest.mark.dbt

FIRST = datetime(2026, 1, 2, 12, tzinfo=UTC)
SECOND = datetime(2026, 1, 9, 12, tzinfo=UTC)
THIRD = SECOND + timedelta(minutes=2)
# When January is closed in the second delivery, and the views that compare this moment with those of publications.
CLOSED = datetime(2026, 1, 5, 12, tzinfo=UTC)
OF_A_CLOSE = {"closed_months", "month_end_balances_as_closed", "restatements", "restatement_causes"}
# What a clock may show in another way: moments, and ids that contain one.
OF_A_CLOCK = (
    *OF_ONE_BUILD,
    *("published_at", "superseded_at", "reported_at", "clock", "landed_at", "ingest_date", "file_id", "changed_at"),
    *("message", "file_name"),
)


def land_third(house: House) -> None:
    """Land one more delivery, with an entry of an early month."""
    house.land("ledger_entries", LEDGER + "9,A,2,20,2024-04-09\n")
    house.land("transactions", CARDS + "v1,C1,5.00,EUR,2024-02-01\n")


def history(new_house: Callable[[], House], *clocks: datetime) -> House:
    """Build three deliveries by these clocks."""
    house = new_house()
    for land, clock in zip((land_first, land_second, land_third), clocks, strict=True):
        land(house)
        house.build(at=clock)
    return house


def shown(house: House) -> Readers:
    return readers_of(house, leave_out=OF_A_CLOCK)


def assert_one_chain(house: House, count: int) -> None:
    """See that publications follow each other by number, predecessor and time."""
    found = house.query(
        "select publication_number, previous_publication_id, publication_id, published_at from publications order by 1"
    )
    assert [number for number, *_ in found] == list(range(1, count + 1))
    assert [previous for _, previous, *_ in found] == ["none", *[name for _, _, name, _ in found[:-1]]]
    times = [published_at for *_, published_at in found]
    assert all(earlier < later for earlier, later in pairwise(times)), times


@pytest.fixture(scope="module")
def undisturbed(new_house: Callable[[], House]) -> Readers:
    """What readers see where every clock is right."""
    house = history(new_house, FIRST, SECOND, THIRD)
    assert_one_chain(house, 3)
    return shown(house)


@pytest.mark.slow
@pytest.mark.parametrize(
    "clock",
    [
        pytest.param(SECOND + timedelta(minutes=5), id="ahead"),
        pytest.param(SECOND - timedelta(days=300), id="back", marks=pytest.mark.slow),
    ],
)
def test_build_by_a_wrong_clock_stops_nothing(
    new_house: Callable[[], House], undisturbed: Readers, clock: datetime
) -> None:
    house = history(new_house, FIRST, clock, THIRD)
    assert_one_chain(house, 3)
    seen = shown(house)
    other = {view for view in seen if seen[view] != undisturbed[view]}
    if clock < CLOSED:
        # By this clock the close lies ahead, so that it knew the build.
        assert other == OF_A_CLOSE
        assert seen["restatements"] == []
    else:
        assert other == set()
    house.build(at=THIRD)
    assert house.value("select count(*) from publications") == 3


@pytest.mark.slow
def test_landing_dated_ahead_does_not_close_its_feed(new_house: Callable[[], House], undisturbed: Readers) -> None:
    house = new_house()
    land_first(house)
    house.build(at=FIRST)
    land_second(house)
    # Land the third delivery by a clock that is a year and a half ahead, and a fourth one by the right clock.
    right = house.clock.moment
    house.clock.moment = datetime(2027, 6, 1, tzinfo=UTC)
    land_third(house)
    house.build(at=THIRD)
    assert shown(house)["month_end_balances"] == undisturbed["month_end_balances"]
    house.clock.moment = right
    again = "10,A,1,21,2024-04-10\n10,A,1,21,2024-04-10\n3,B,9,9,2024-02-01\n"
    house.land("ledger_entries", LEDGER + again + many("Y", "2024-04", 1))
    house.build(at=THIRD + timedelta(days=1))
    assert house.value("select balance from month_end_balances where account_id = 'A' and month = '2024-04-01'") == 21
    assert house.value("select count(*) from duplicate_entries where business_key = '10'") == 1
    assert house.value("select count(*) from file_reconciliation where feed = 'ledger_entries'") == 4
    assert house.query("select * from held_files") == []
