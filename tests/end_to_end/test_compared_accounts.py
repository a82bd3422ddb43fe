"""The accounts by which a build compares views that only pick versions: whoever asks twice gets the same ones."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

import duckdb
import pytest

from tests.end_to_end.house import House
from tests.end_to_end.second_delivery import CARDS

pytestmark = pytest.mark.dbt

CURRENCIES = ("AUD", "CAD", "CHF", "CZK", "DKK", "EUR", "GBP", "NOK", "PLN", "SEK", "USD")
# The condition as a text, without the quotes of its ids.
ASKED = """select '{{ of_accounts_to_compare("shown") | replace("'", "") }}' as condition"""


def compared(house: House) -> list[str]:
    return re.findall(r"C\d+", house.show(ASKED)[0]["condition"])


@pytest.mark.slow
def test_accounts_do_not_depend_on_the_order_of_rows(new_house: Callable[[], House]) -> None:
    """Of each currency a hundred are compared, the restated ones first, and a thousand in all."""
    house = new_house()
    rows = [(f"C{n:04}", CURRENCIES[n % len(CURRENCIES)]) for n in range(110 * len(CURRENCIES))]
    house.land("transactions", CARDS + "".join(f"{n},{of},1,{cur},2024-01-05\n" for n, (of, cur) in enumerate(rows)))
    house.build()
    house.land("transactions", CARDS + f"new,{rows[-1][0]},1,{rows[-1][1]},2024-01-06\n")
    house.build()
    asked = []
    for order in ("account_id", "account_id desc"):
        with duckdb.connect(str(house.warehouse)) as connection:
            connection.execute(
                f"create or replace table month_end_versions as select * from month_end_versions order by {order}"
            )
        asked.append(compared(house))
    assert asked[0] == asked[1]
    assert len(set(asked[0])) == 1000
    assert rows[-1][0] in asked[0]
    counts = Counter(currency for account, currency in rows if account in asked[0])
    assert {currency: counts[currency] for currency in CURRENCIES if counts[currency] < 90} == {}
