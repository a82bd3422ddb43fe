"""Months without entries: they stay where days before or after them are closed again, and come back as one chain."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.end_to_end.house import House

pytestmark = pytest.mark.dbt

HEADER = "TransactionID,CustomerID,TransactionAmount,Currency,TransactionTimestamp\n"
VERSIONS = """
select strftime(month, '%Y-%m'), list((version, balance, superseded_by_number) order by version)
from month_end_balance_versions where account_id = 'B' group by 1 order by 1
"""


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


def test_quiet_month_stays_when_a_month_after_it_is_closed_again(new_house: Callable[[], House]) -> None:
    """February ends on a day that a later entry can reorder, so March's entry has it closed again, from October on."""
    house = new_house()
    header = "id,account_id,amount,new_balance,tx_date\n"
    house.land("ledger_entries", header + "1,B,40,40,2023-10-31\n2,B,5,45,2024-02-09\n3,B,-5,40,2024-02-09\n")
    house.build()
    house.land("ledger_entries", header + "4,B,2,42,2024-03-01\n")
    house.build()
    months = [(f"{month}", [(1, 40, None)]) for month in ("2023-10", "2023-11", "2023-12", "2024-01")]
    shown = dict(house.query(VERSIONS))
    assert [(month, shown.pop(month)) for month in list(shown)[:4]] == months
    assert {month: versions[-1][1:] for month, versions in shown.items()} == {
        "2024-02": (40, None),
        "2024-03": (42, None),
    }
