"""Banks that state a balance with some entries only: a day ends on the balance that is stated of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from loader.contract.project import load_contracts
from tests.end_to_end.house import House

pytestmark = pytest.mark.dbt

ENTRIES = "id,account_id,amount,new_balance,tx_date\n"
MONTHS = """
select account_id, strftime(month, '%Y-%m'), opening_balance::int, movement::int, break_amount::int, balance::int,
    is_proven
from month_end_balances order by 1, 2
"""


@pytest.fixture
def house(new_house: Callable[[], House]) -> House:
    """A house whose bank need not state a balance with each entry."""
    house = new_house()
    contract = house.contract_file("ledger_entries")
    required = "{header: new_balance, type: decimal, required: true}"
    assert required in contract.read_text()
    contract.write_text(contract.read_text().replace(required, "{header: new_balance, type: decimal}"))
    house.contracts = load_contracts(house.project)
    return house


def test_balance_that_is_stated_once_a_day_is_the_closing(house: House) -> None:
    house.land(
        "ledger_entries",
        # A's balance comes with the day's last entry, and in February nothing is missing; B's breaks by 3.
        ENTRIES + "1,A,-20,,2024-01-02\n2,A,5,85,2024-01-02\n3,A,-5,,2024-02-15\n4,A,-10,70,2024-02-15\n"
        "5,B,10,10,2024-01-05\n6,B,1,,2024-01-20\n7,B,1,15,2024-01-20\n",
    )
    house.build()
    assert house.query(MONTHS) == [
        ("A", "2024-01", 100, -15, 0, 85, True),
        ("A", "2024-02", 85, -15, 0, 70, True),
        ("B", "2024-01", 0, 12, 3, 15, False),
        ("B", "2024-02", 15, 0, 0, 15, False),
    ]


def test_account_opens_on_what_its_first_stated_balance_leaves(house: House) -> None:
    house.land("ledger_entries", ENTRIES + "1,A,-20,80,2024-01-02\n2,A,-5,,2024-01-15\n3,B,7,,2024-01-03\n")
    house.build()
    assert house.query(MONTHS) == [("A", "2024-01", 100, -25, 0, 75, True), ("B", "2024-01", 0, 7, 0, 7, False)]
