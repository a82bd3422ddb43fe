"""Files as banks deliver them (tests/feeds/formats): each row that is an entry is read as its right answer has it."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from loader.contract.project import load_contracts
from loader.errors import FileRejectedError
from tests.end_to_end.house import FEEDS, House

pytestmark = pytest.mark.dbt

FORMATS = FEEDS / "formats"
NAMES = sorted(path.parent.name for path in FORMATS.glob("*/_*__sources.yml"))
# An entry on two lines, and a printed report: they may be refused.
REFUSED = ("ocbc", "sap_gl")
# Rows of the table that are no entries: pending and reverted ones, details, an opening balance.
PASSED_OVER = {"bofa_checking": 1, "nordea_se": 1, "paypal": 1, "revolut": 2, "sparkasse_camt": 1, "ubs_account": 2}


@pytest.fixture(scope="module")
def house(new_house: Callable[[], House]) -> House:
    house = new_house()
    for name in NAMES:
        folder = house.project / "models" / "staging" / name
        folder.mkdir()
        for path in (FORMATS / name / f"_{name}__sources.yml", FORMATS / name / f"stg_{name}.sql"):
            shutil.copy(path, folder)
    house.contracts = load_contracts(house.project)
    for name in NAMES:
        try:
            house.land_file(FORMATS / name / f"{name}.csv", name)
        except FileRejectedError:
            assert name in REFUSED
    built = house.dbt("build", "--select", "+stg_rows", "--exclude-resource-type", "test", "unit_test")
    assert built.exit_code == 0, built.output
    return house


def right_answer(name: str) -> Iterator[tuple[Any, ...]]:
    with (FORMATS / name / f"{name}.expected.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["record"] == "entry":
                balance = Decimal(row["balance_after"]) if row["balance_after"] else None
                yield row["account"], row["booking_date"], Decimal(row["amount"]), row["currency"], balance


@pytest.mark.parametrize("name", [name for name in NAMES if name not in REFUSED])
def test_entries_of_a_real_format_are_read(house: House, name: str) -> None:
    rows = house.query(
        "select account_id, booking_date::varchar, amount, currency, balance_after, rejection_details, business_key"
        f" from stg_rows where feed = '{name}' and not is_passed_over order by row_number"
    )
    assert [row[5] for row in rows if row[5]] == []
    assert len({row[6] for row in rows}) == len(rows)
    passed_over = house.value(f"select count(*) from stg_rows where feed = '{name}' and is_passed_over")
    assert passed_over == PASSED_OVER.get(name, 0)
    entries = sorted((row[:5] for row in rows), key=repr)
    assert entries == sorted(right_answer(name), key=repr)
