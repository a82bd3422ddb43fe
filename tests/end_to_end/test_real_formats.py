"""Files as senders deliver them (tests/feeds/formats and layouts): what is read is what the right answers have."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from loader.contract.project import load_contracts
from loader.errors import FileRejectedError
from tests.end_to_end.house import FEEDS, House

pytestmark = pytest.mark.dbt

PLACES = {
    path.parent.name: path.parent
    for folder in ("formats", "layouts")
    for path in sorted((FEEDS / folder).glob("*/_*__sources.yml"))
}
# What is recorded of a file that is refused as a whole, and what the message says that it is.
REFUSED = {
    "bradesco": ("ENTRY_OVER_LINES", "an entry runs over several lines: line 12 has 2 of 6 cells"),
    "handelsbanken_se": ("NOT_CSV", "the file is an HTML page: export the table as CSV"),
    "sensebank_ua": ("SEVERAL_TABLES", "each of the lines 3, 10, 14 holds all headers of the contract"),
}
READ = [name for name in PLACES if name not in REFUSED]
# Months are proven from the first balance on that the file states, or that the contract states to be zero.
PROVEN_FROM = {
    **dict.fromkeys(("alipay", "bocom_card", "n26", "posb_sg", "sparkasse_camt", "xero_journal")),
    **dict.fromkeys(("bank_austria", "dkb_giro_v1", "ocbc"), "2024-03"),
    "bca_id": "2023-12",
}
# Rows of the table that are no entries: pending, reverted and closed ones, details, titles, totals, opening balances.
PASSED_OVER = {
    **dict.fromkeys(("bca_id", "bofa_checking", "nordea_se", "paypal", "sap_gl", "sparkasse_camt"), 1),
    **dict.fromkeys(("degiro", "revolut", "ubs_account"), 2),
    **{"alipay": 3, "ocbc": 9, "quickbooks_gl": 5, "venmo": 3},
}
LINE_ENDS_WITHIN_VALUES = {"danske_lt": 9, "venmo": 2, "xero_journal": 1}


@pytest.fixture(scope="module")
def house(new_house: Callable[[], House]) -> House:
    house = new_house()
    for name, place in PLACES.items():
        folder = house.project / "models" / "staging" / name
        folder.mkdir()
        for path in (place / f"_{name}__sources.yml", place / f"stg_{name}.sql"):
            shutil.copy(path, folder)
    house.contracts = load_contracts(house.project)
    for name in READ:
        house.land_file(delivered(name), name)
    house.build()
    return house


def delivered(name: str) -> Path:
    """Return the one file of the folder that a sender wrote."""
    files = (path for path in PLACES[name].iterdir() if path.suffix in (".csv", ".xls"))
    (file,) = (path for path in files if ".expected." not in path.name)
    return file


def right_answer(name: str, record: str) -> list[dict[str, str]]:
    with (PLACES[name] / f"{name}.expected.csv").open(newline="", encoding="utf-8") as file:
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
    ((rows, accepted, passed_over),) = house.query(
        f"select rows_delivered, rows_accepted, rows_passed_over from file_reconciliation where feed = '{name}'"
    )
    assert (passed_over, rows) == (PASSED_OVER.get(name, 0), accepted + passed_over)


@pytest.mark.parametrize("name", READ)
def test_every_line_of_a_real_format_is_in_one_place(house: House, name: str) -> None:
    manifest = house.land_file(delivered(name), name).manifest
    text = delivered(name).read_bytes().decode(house.contracts[name].meta.encoding)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = text.count("\n") + (not text.endswith("\n"))
    within_values = LINE_ENDS_WITHIN_VALUES.get(name, 0)
    assert manifest.rows_landed + sum(manifest.lines.values()) + within_values == lines


@pytest.mark.parametrize("name", READ)
def test_month_ends_of_a_real_format_are_right(house: House, name: str) -> None:
    """Where the file does not tell the opening balance, the balance is the movements since, and not proven."""
    found = house.query(
        "select account_id, currency, strftime(month, '%Y-%m'), balance, is_proven from month_end_balances"
        f" where feed = '{name}'"
    )
    wanted = {
        (row["account"], row["currency"], row["month"]): (
            decimal(row["month_end_balance"] or row["movement_only_balance"])
        )
        for row in right_answer(name, "month_end")
    }
    assert {row[:3]: row[3] for row in found if row[:3] in wanted} == wanted
    first = PROVEN_FROM.get(name, "2024-01")
    assert {row[2] for row in found if row[4]} == {row[2] for row in found if first is not None and row[2] >= first}


@pytest.mark.parametrize("name", REFUSED)
def test_layout_that_is_no_table_of_entries_is_refused(house: House, name: str) -> None:
    with pytest.raises(FileRejectedError):
        house.land_file(delivered(name), name)
    (record,) = (house.lake / "rejections" / name).rglob("*.json")
    rejection = json.loads(record.read_text(encoding="utf-8"))
    reason, message = REFUSED[name]
    assert (rejection["reason"], rejection["message"][: len(message)]) == (reason, message)
