"""Months without entries: they stay where days before or after them are closed again, and come back as one chain."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.end_to_end.house import House

pytestmark = pytest.mark.dbt

HEADER = "TransactionID,CustomerID,TransactionAmount,Currency,TransactionTimestamp\n"
ENTRIES = "id,account_id,amount,new_balance,tx_date\n"
QUIET = """
select strftime(month, '%Y-%m'), balance, basis, is_proven, version, superseded_by_number
from month_end_balance_versions where account_id = 'B' and entry_count = 0 order by 1
"""
VERSIONS = """
select strftime(month, '%Y-%m'), list((version, balance, superseded_by_number) order by version)
from month_end_balance_versions where account_id = 'B' group by 1 order by 1
"""


@pytest.mark.slow
def test_quiet_month_that_was_gone_goes_on_where_it_ended(new_house: Callable[[], House]) -> None:
    house = new_house()
    house.land("transactions", HEADER + "1,B,10,EUR,2024-01-05\n")
    house.build()
    taken_back = house.land("transactions", HEADER + "2,C,1,EUR,2024-03-05\n").manifest.file_id
    house.build()
    house.decide(taken_back, "withdraw")
    house.build()
    house.land("transactions", HEADER + "3,D,1,EUR,2024-03-06\n")
    house.build()
    quiet = [(1, 10, 3), (2, None, 4), (3, 10, None)]
    assert house.query(VERSIONS) == [("2024-01", [(1, 10, None)]), ("2024-02", quiet), ("2024-03", quiet)]
    # A late entry of the month that came back.
    house.land("transactions", HEADER + "4,B,5,EUR,2024-02-07\n")
    house.build()
    late = [*quiet[:2], (3, 10, 5), (4, 15, None)]
    assert house.query(VERSIONS) == [("2024-01", [(1, 10, None)]), ("2024-02", late), ("2024-03", late)]


@pytest.mark.slow
@pytest.mark.parametrize(
    "until_february",
    [
        "1,B,40,40,2023-10-31\n2,B,4,44,2024-02-09\n3,B,-4,40,2024-02-09\n",
        "1,B,40,40,2023-10-01\n2,B,1,50,2023-10-31\n3,B,5,55,2024-02-09\n4,B,-5,50,2024-02-09\n",
    ],
    ids=["proven", "after a break"],
)
def test_quiet_months_stay_as_they_are(new_house: Callable[[], House], until_february: str) -> None:
    """February ends on a day that a later entry can reorder, so March's entry has it closed again, from October on."""
    house = new_house()
    house.land("ledger_entries", f"{ENTRIES}{until_february}")
    house.build()
    quiet = house.query(QUIET)
    assert [month for month, *_ in quiet] == ["2023-11", "2023-12", "2024-01"]
    house.land("ledger_entries", f"{ENTRIES}9,B,2,{int(quiet[0][1]) + 2},2024-03-01\n")
    house.build()
    assert house.query(QUIET) == quiet
    assert house.value("select max(month) from month_end_balances where account_id = 'B'").isoformat() == "2024-03-01"
