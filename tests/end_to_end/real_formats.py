"""Files as senders deliver them (tests/feeds/formats and layouts), and whether a house reads them rightly."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.end_to_end.house import FEEDS, House

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


def add_formats(house: House, names: list[str]) -> None:
    """Add the feeds to the project of a house, and land the file of each that is no refused one."""
    for name in names:
        house.add_feed(name, PLACES[name])
    for name in names:
        if name not in REFUSED:
            house.land_file(delivered(name), name)


def delivered(name: str) -> Path:
    """Return the one file of the folder that a sender wrote."""
    files = (path for path in PLACES[name].iterdir() if path.suffix in (".csv", ".xls"))
    (file,) = (path for path in files if ".expected." not in path.name)
    return file


def assert_entries_are_right(house: House, name: str) -> None:
    """Assert that readers see the entries of the right answer."""
    entries = house.query(
        "select account_id, cast(booking_date as varchar), amount, currency, balance_after from fct_ledger_entries"
        f" where feed = '{name}'"
    )
    wanted = [
        (row["account"], row["booking_date"], _decimal(row["amount"]), row["currency"], _decimal(row["balance_after"]))
        for row in _right_answer(name, "entry")
    ]
    assert _sorted(entries) == _sorted(wanted)


def assert_rows_are_in_one_place(house: House, name: str) -> None:
    """Assert that each row is an entry, or one of those that are no entries."""
    ((rows, accepted, passed_over),) = house.query(
        f"select rows_delivered, rows_accepted, rows_passed_over from file_reconciliation where feed = '{name}'"
    )
    assert (passed_over, rows) == (PASSED_OVER.get(name, 0), accepted + passed_over)


def assert_month_ends_are_right(house: House, name: str) -> None:
    """Assert that readers see the month ends of the right answer, proven where the file proves them.

    Where the file does not tell the opening balance, the balance is the movements since, and not proven.
    """
    found = {
        (account, currency, month[:7]): (balance, is_proven)
        for account, currency, month, balance, is_proven in house.query(
            "select account_id, currency, cast(month as varchar), balance, is_proven from month_end_balances"
            f" where feed = '{name}'"
        )
    }
    wanted = {
        (row["account"], row["currency"], row["month"]): _decimal(
            row["month_end_balance"] or row["movement_only_balance"]
        )
        for row in _right_answer(name, "month_end")
    }
    assert {key: balance for key, (balance, _) in found.items() if key in wanted} == wanted
    first = PROVEN_FROM.get(name, "2024-01")
    proven = {key[2] for key, (_, is_proven) in found.items() if is_proven}
    assert proven == {month for _, _, month in found if first is not None and month >= first}


def _right_answer(name: str, record: str) -> list[dict[str, str]]:
    with (PLACES[name] / f"{name}.expected.csv").open(newline="", encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if row["record"] == record]


def _decimal(text: str) -> Decimal | None:
    return Decimal(text) if text else None


def _sorted(rows: list[Any]) -> list[Any]:
    """Return the rows in an order that does not hang on how many zeros an engine writes."""
    return sorted(rows, key=lambda row: tuple(f"{one:.4f}" if isinstance(one, Decimal) else str(one) for one in row))
