"""A real bank's export, landed as delivered, against an oracle that shares no code with the models."""

from __future__ import annotations

import csv
import gzip
import io
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.end_to_end.berka_check import compare
from tests.end_to_end.house import House

pytestmark = [pytest.mark.dbt, pytest.mark.berka]

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
