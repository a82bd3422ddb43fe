"""A real bank's export, landed as delivered, against an oracle that shares no code with the models."""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.berka_check import compare
from tests.end_to_end.house import House

pytestmark = [pytest.mark.dbt, pytest.mark.berka]

DOCUMENT = (Path(__file__).parents[2] / "docs" / "balances.md").read_text()
BALANCES = "select * from month_end_balances order by all"


@pytest.fixture(scope="module")
def one_delivery(new_house: Callable[[], House], berka_export: Path) -> House:
    house = new_house()
    landed = house.land_file(berka_export, "berka_transactions")
    assert landed.manifest.rows_malformed == 0
    house.build()
    return house


@pytest.fixture(scope="module")
def months(berka_export: Path) -> list[tuple[str, str]]:
    """The export as one file a month, in order."""
    header, *lines = gzip.decompress(berka_export.read_bytes()).decode("ascii").split("\r\n")[:-1]
    files: dict[str, list[str]] = {}
    for line in lines:
        (fields,) = csv.reader(io.StringIO(line), delimiter=";")
        files.setdefault(fields[2][:4], []).append(line)
    return [(month, "\r\n".join([header, *rows]) + "\r\n") for month, rows in sorted(files.items())]


def test_every_account_month_equals_the_oracle(one_delivery: House, berka_export: Path) -> None:
    comparison = compare(one_delivery.warehouse, berka_export)
    assert comparison.account_months == 10_950
    assert comparison.wrong == 0
    assert comparison.wrong_by_usual_rule == 4_721


def test_every_row_is_accepted_and_every_break_is_within_rounding(one_delivery: House) -> None:
    assert one_delivery.value("select count(*) from fct_ledger_entries") == 46_997
    assert one_delivery.query("select * from balance_breaks") == []
    assert one_delivery.value("select count(*) from month_end_balances where not is_proven or is_provisional") == 0


@pytest.mark.parametrize("order", ["in order", "shuffled"])
def test_fifteen_monthly_deliveries_give_the_balances_of_one(
    order: str, one_delivery: House, months: list[tuple[str, str]], new_house: Callable[[], House]
) -> None:
    deliveries = list(months)
    assert len(deliveries) == 15
    if order == "shuffled":
        random.Random(940330).shuffle(deliveries)
        assert deliveries != months
    house = new_house()
    for month, content in deliveries:
        house.land("berka_transactions", content, f"trans_{month}.asc")
        house.build("--exclude-resource-type", "test")
    assert house.dbt("test", "--exclude-resource-type", "unit_test").exit_code == 0
    assert house.query(BALANCES) == one_delivery.query(BALANCES)
    for table in ("int_daily_closing_balances", "month_end_balances"):
        assert house.contents(table) == one_delivery.contents(table)


def explained(house: House, account_id: str, month: str) -> list[dict[str, Any]]:
    """Return the rows that the macro explain shows, money as the numbers that dbt prints."""
    shown = house.dbt(
        *("--quiet", "show", "--limit", "1000", "--output", "json", "--inline"),
        f"{{{{ explain('berka_transactions', '{account_id}', '{month}') }}}}",
    )
    assert shown.exit_code == 0, shown.output
    rows: list[dict[str, Any]] = json.loads(shown.output)["show"]
    return rows


def test_documented_account_month_is_explained_as_it_stands_there(one_delivery: House) -> None:
    _, _, *lines = re.findall(r"^\|.*\|$", DOCUMENT, re.MULTILINE)
    documented = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    found = [
        [
            row["booking_date"] or "",
            row["step"],
            "" if row["amount"] is None else f"{row['amount']:.2f}",
            f"{row['balance']:.2f}",
            row["transaction_id"] or "",
            str(row["line_number"] or ""),
        ]
        for row in explained(one_delivery, "10656", "1993-11")
    ]
    assert len(documented) == 10
    assert found == documented


def test_explanation_adds_up_and_leads_to_the_bank_s_own_lines(one_delivery: House, berka_export: Path) -> None:
    """The month with the most entries, and a quiet one."""
    lines = gzip.decompress(berka_export.read_bytes()).split(b"\r\n")
    quiet, busy = (
        one_delivery.query(
            "select account_id, strftime(month, '%Y-%m') from month_end_balances"
            f" order by {order}, account_id, month limit 1"
        )[0]
        for order in ("entry_count", "entry_count desc")
    )
    for account_id, month in (quiet, busy):
        opening, *steps, closing = explained(one_delivery, account_id, month)
        assert (opening["step"], closing["step"]) == ("opening", "closing")
        moved = sum(Decimal(str(step["amount"])) for step in steps)
        assert Decimal(str(opening["balance"])) + moved == Decimal(str(closing["balance"]))
        entries = [step for step in steps if step["step"] == "entry"]
        assert [step["step"] for step in steps if step not in entries] == ["break"] * (len(steps) - len(entries))
        for entry in entries:
            transaction_id, account, *_ = lines[entry["line_number"] - 1].decode("ascii").split(";")
            assert (transaction_id, account) == (entry["transaction_id"], account_id)
        assert len(entries) == one_delivery.value(
            f"select entry_count from month_end_balances where account_id = '{account_id}' and month = '{month}-01'"
        )
