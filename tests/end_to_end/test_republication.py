"""A feed most of whose month-ends change is published anew, and readers see of it what one build of all shows."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.end_to_end.house import House
from tests.end_to_end.second_delivery import anew, copy_of, edit, seen_by

pytestmark = pytest.mark.dbt

HEADER = "TransactionID,CustomerID,TransactionAmount,Currency,TransactionTimestamp\n"
CARDS = "models/staging/transactions"
VERSIONS = """
select account_id, strftime(month, '%m'), list((version, balance, superseded_by_number) order by version)
from month_end_balance_versions where feed = 'transactions' group by all order by all
"""
REPUBLISHED = """
select publication_number from publications join publication_feeds using (publication_id)
where is_republished and feed = 'transactions'
"""
WRITTEN = """
select account_id, strftime(month, '%m'), previous_publication_id is null from month_end_versions
where publication_id = (select max_by(publication_id, publication_number) from publications) order by all
"""
BALANCES = "select * exclude (publication_id) from month_end_balances order by all"


@pytest.fixture(scope="module")
def pending(new_house: Callable[[], House]) -> House:
    """Three publications, then a changed sign. Z's balance is zero, whatever the sign; March is gone and comes back."""
    house = new_house()
    house.land("ledger_entries", "id,account_id,amount,new_balance,tx_date\n1,L,326.00,326.00,2024-01-05\n")
    house.land("transactions", HEADER + "1,A,10,EUR,2024-01-05\n2,Z,5,EUR,2024-01-06\n3,Z,-5,EUR,2024-01-07\n")
    house.land("transactions", HEADER + "4,B,1,EUR,2024-02-03\n")
    house.build()
    taken_back = house.land("transactions", HEADER + "5,C,1,EUR,2024-03-05\n").manifest.file_id
    house.build()
    house.decide(taken_back, "withdraw")
    house.build()
    house.land("transactions", HEADER + "6,D,2,EUR,2024-03-06\n")
    edit(house, f"{CARDS}/_transactions__sources.yml", "amount: [transaction_amount]", "amount: [-transaction_amount]")
    return house


@pytest.mark.slow
def test_feed_is_published_anew_and_goes_on(pending: House, tmp_path: Path) -> None:
    house = copy_of(pending, tmp_path)
    house.build()
    assert house.query(REPUBLISHED) == [(4,)]
    of_zero = [(1, 0, 4), (2, 0, None)]
    came_back = [(1, 10, 3), (2, None, 4), (3, -10, None)]
    versions = {(account, month): of_month for account, month, of_month in house.query(VERSIONS)}
    assert versions["A", "01"] == [(1, 10, 4), (2, -10, None)]
    assert versions["A", "03"] == came_back
    assert versions["Z", "01"] == versions["Z", "02"] == of_zero
    assert versions["C", "03"] == [(1, 1, 3), (2, None, None)]
    assert versions["D", "03"] == [(1, -2, None)]
    # Only what ended a month is replaced by itself.
    named = {(account, month) for account, month, names_none in house.query(WRITTEN) if not names_none}
    assert named == {("A", "03"), ("B", "03"), ("Z", "03")}
    # A late entry replaces two month-ends, not the feed.
    house.land("transactions", HEADER + "7,A,5,EUR,2024-02-07\n")
    house.build()
    assert house.query(REPUBLISHED) == [(4,)]
    assert house.query(WRITTEN) == [("A", "02", False), ("A", "03", False)]
    other = anew(house, tmp_path / "anew")
    other.build()
    assert house.query(BALANCES) == other.query(BALANCES)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("place", "old", "new"),
    [
        ("balances/month_end_versions", "or (not is_gone and {{ is_republished }})", ""),
        ("publication/publication_feeds", "republished.feed is not null as is_republished", "false as is_republished"),
        (
            "publication/publication_feeds",
            "republished.feed is not null as is_republished",
            "feeds.feed = 'ledger_entries' or republished.feed is not null as is_republished",
        ),
    ],
    ids=[
        "month-ends that did not change are not written",
        "the publication does not say so",
        "it says so of another feed",
    ],
)
def test_half_a_republication_is_red(pending: House, tmp_path: Path, place: str, old: str, new: str) -> None:
    house = copy_of(pending, tmp_path)
    before = seen_by(house)
    edit(house, f"models/{place}.sql", old, new)
    built = house.build(exit_code=1)
    assert re.search(r"FAIL \d+ every_account_has_every_month_once", built.output), built.output
    assert seen_by(house) == before
