"""Three accounts over a quarter, with a December entry that carries into January."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from tests.end_to_end.house import House

pytestmark = pytest.mark.dbt

ENTRIES = """\
id,account_id,amount,new_balance,tx_date
7,ACC003,40.00,40.00,2023-12-29
3,ACC001,400.00,400.00,2024-01-05
1,ACC001,-74.00,326.00,2024-01-09
5,ACC002,-25.50,-25.50,2024-02-14
2,ACC002,-100.00,-125.50,2024-03-31
"""


@pytest.fixture(scope="module")
def house(new_house: Callable[[], House]) -> House:
    house = new_house()
    house.land("ledger_entries", ENTRIES)
    house.build()
    return house


def test_history_shows_the_three_accounts_as_worked_out_by_hand(house: House) -> None:
    history = house.query("select account_id, month, balance from month_end_balance_history order by account_id, month")
    months = ("2024-01", "2024-02", "2024-03")
    balances = {
        "ACC001": (Decimal(326), Decimal(326), Decimal(326)),
        "ACC002": (None, Decimal("-25.50"), Decimal("-125.50")),
        "ACC003": (Decimal(40), Decimal(40), Decimal(40)),
    }
    assert history == [
        (account, month, balance)
        for account, by_month in balances.items()
        for month, balance in zip(months, by_month, strict=True)
    ]


def test_december_entry_carries_into_january(house: House) -> None:
    carried = house.query(
        "select month::varchar, opening_balance, movement, balance, entry_count from month_end_balances"
        " where account_id = 'ACC003' and month <= '2024-01-01' order by month"
    )
    assert carried == [
        ("2023-12-01", Decimal(0), Decimal(40), Decimal(40), 1),
        ("2024-01-01", Decimal(40), Decimal(0), Decimal(40), 0),
    ]


def test_any_range_of_months_can_be_asked_for(house: House) -> None:
    history = "{{ month_end_history(ref('month_end_balances'), '2023-12', '2024-02') }}"
    rows = house.show(history)
    assert sorted((row["month"], row["balance"]) for row in rows if row["account_id"] == "ACC002") == [
        ("2023-12", None),
        ("2024-01", None),
        ("2024-02", -25.5),
    ]
