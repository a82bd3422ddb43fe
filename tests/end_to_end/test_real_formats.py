"""Files as banks deliver them (tests/feeds/formats): each row that is an entry is read as its right answer has it."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from decimal import Decimal

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
READ = [name for name in NAMES if name not in REFUSED]
# Months are proven from the first balance on that the file states, or that the contract states to be zero.
PROVEN_FROM = {"n26": None, "sparkasse_camt": None, "dkb_giro_v1": "2024-03", "ocbc": "2024-03"}
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
    house.build()
    return house


def right_answer(name: str, record: str) -> list[dict[str, str]]:
    with (FORMATS / name / f"{name}.expected.csv").open(newline="", encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if row["record"] == record]


def decimal(text: str) -> Decimal | None:
    return Decimal(text) if text else None


@pytest.mark.parametrize("name", READ)
def test_entries_of_a_real_format_are_read(house: House, name: str) -> None:
    entries = house.query(
        "select account_id, booking_date::varchar, amount, currency, balance_after from fct_ledger_entries"
        f" where feed = '{name}'"
    )
    wanted = [
        (row["account"], row["booking_date"], decimal(row["amount"]), row["currency"], decimal(row["balance_after"]))
        for row in right_answer(name, "entry")
    ]
    assert sorted(entries, key=repr) == sorted(wanted, key=repr)


@pytest.mark.parametrize("name", READ)
def test_every_row_of_a_real_format_is_in_one_place(house: House, name: str) -> None:
    ((delivered, accepted, passed_over),) = house.query(
        f"select rows_delivered, rows_accepted, rows_passed_over from file_reconciliation where feed = '{name}'"
    )
    assert (passed_over, delivered) == (PASSED_OVER.get(name, 0), accepted + passed_over)


@pytest.mark.parametrize("name", READ)
def test_month_ends_of_a_real_format_are_right(house: House, name: str) -> None:
    """Where the file does not tell the opening balance, the balance is the movements since, and not proven."""
    found = house.query(
        "select account_id, currency, strftime(month, '%Y-%m'), balance, is_proven from month_end_balances"
        f" where feed = '{name}'"
    )
    wanted = {
        (row["account"], row["currency"], row["month"]): (
            decimal(row["month_end_balance"]) or decimal(row["movement_only_balance"])
        )
        for row in right_answer(name, "month_end")
    }
    assert {row[:3]: row[3] for row in found if row[:3] in wanted} == wanted
    first = PROVEN_FROM.get(name, "2024-01")
    assert {row[2] for row in found if row[4]} == {row[2] for row in found if first is not None and row[2] >= first}
