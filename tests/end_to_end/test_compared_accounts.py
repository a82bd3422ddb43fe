"""The accounts by which a build compares views that only pick versions: whoever asks twice gets the same ones."""

from __future__ import annotations

import json
from collections.abc import Callable

import duckdb
import pytest

from tests.end_to_end.house import House
from tests.end_to_end.second_delivery import CARDS

pytestmark = pytest.mark.dbt

# The condition as a text, without the quotes of its ids.
ASKED = """select '{{ of_accounts_to_compare("shown") | replace("'", "") }}' as condition"""


def compared(house: House) -> str:
    shown = house.dbt("--quiet", "show", "--inline", ASKED, "--output", "json", "--limit", "-1")
    assert shown.exit_code == 0, shown.output
    return str(json.loads(shown.output[shown.output.index("{") :])["show"][0]["condition"])


def test_accounts_do_not_depend_on_the_order_of_rows(new_house: Callable[[], House]) -> None:
    house = new_house()
    house.land("transactions", CARDS + "".join(f"{n},C{n:03},1,EUR,2024-01-05\n" for n in range(300)))
    house.build()
    house.land("transactions", CARDS + "300,C123,1,EUR,2024-01-06\n")
    house.build()
    asked = []
    for order in ("account_id", "account_id desc"):
        with duckdb.connect(str(house.warehouse)) as connection:
            connection.execute(
                f"create or replace table month_end_versions as select * from month_end_versions order by {order}"
            )
        asked.append(compared(house))
    # The restated one, and of the others the first.
    expected = ", ".join([*(f"C{n:03}" for n in range(99)), "C123"])
    assert asked == [f"shown.account_id in ({expected})"] * 2
