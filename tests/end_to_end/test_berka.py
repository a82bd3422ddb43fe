"""A real bank's export, landed as delivered, against an oracle that shares no code with the models."""

from __future__ import annotations

import csv
import gzip
import io
import random
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from tests.end_to_end import berka_oracle
from tests.end_to_end.berka_check import balances_of, compare
from tests.end_to_end.house import House

pytestmark = [pytest.mark.dbt, pytest.mark.berka]

BALANCES = "select * exclude (publication_id) from month_end_balances order by all"
ENTRIES = "select transaction_id, account_id, amount, balance_after, booking_date from fct_ledger_entries order by 1"


def new_berka_house(new_house: Callable[[], House]) -> House:
    """Make a house to which the bank's feed is added, as docs/adding-a-feed.md has it."""
    house = new_house()
    house.add_feed("berka_transactions")
    return house


@pytest.fixture(scope="module")
def one_delivery(new_house: Callable[[], House], berka_export: Path) -> House:
    house = new_berka_house(new_house)
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
    assert comparison.month_ends == 10_958
    assert comparison.wrong == 0
    assert comparison.wrong_by_usual_rule == 4_721


def test_every_row_is_accepted_and_breaks_are_rounding(one_delivery: House) -> None:
    assert one_delivery.value("select count(*) from fct_ledger_entries") == 46_997
    assert one_delivery.query("select * from balance_breaks") == []
    assert one_delivery.value("select count(*) from month_end_balances where not is_proven or is_provisional") == 0


@pytest.mark.slow
def test_sixty_deliveries_give_the_oracles_balances_after_each(
    months: list[tuple[str, str]], new_house: Callable[[], House]
) -> None:
    """Four files a month: where one ends within a month, the balances stated so far may leave several possible."""
    house = new_berka_house(new_house)
    delivered: list[dict[str, str]] = []
    for number, (name, content) in enumerate(quarters_of(months), start=1):
        house.land("berka_transactions", content, f"trans_{name}.asc")
        house.build()
        delivered += csv.DictReader(io.StringIO(content, newline=""), delimiter=";")
        found, possible = balances_of(house.warehouse), berka_oracle.possible_month_end_balances(delivered)
        assert found.keys() == possible.keys(), name
        assert [key for key in found if found[key] not in possible[key]] == [], name
        assert house.value("select count(*) from fct_ledger_entries") == len(delivered), name
        assert house.value("select max(publication_number) from publications") == number
    assert number == 60


def quarters_of(months: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """The export as four files a month, in order of days."""
    for month, content in months:
        header, *lines = content.split("\r\n")[:-1]
        for first, last in (("01", "07"), ("08", "15"), ("16", "23"), ("24", "31")):
            rows = [line for line in lines if first <= next(csv.reader([line], delimiter=";"))[2][4:] <= last]
            yield f"{month}_{first}", "\r\n".join([header, *rows, ""])


@pytest.mark.parametrize("order", ["in order", pytest.param("shuffled", marks=pytest.mark.slow)])
@pytest.mark.parametrize("builds", [3, pytest.param(15, marks=pytest.mark.slow)])
def test_fifteen_monthly_files_give_the_balances_of_one(
    order: str, builds: int, one_delivery: House, months: list[tuple[str, str]], new_house: Callable[[], House]
) -> None:
    deliveries = list(months)
    assert len(deliveries) == 15
    if order == "shuffled":
        random.Random(940330).shuffle(deliveries)
        assert deliveries != months
    house = new_berka_house(new_house)
    for number, (month, content) in enumerate(deliveries, start=1):
        house.land("berka_transactions", content, f"trans_{month}.asc")
        if number % (15 // builds) == 0:
            house.build()
    assert house.value("select count(*) from publications") == builds
    for query in (BALANCES, ENTRIES):
        assert house.query(query) == one_delivery.query(query)


@pytest.mark.parametrize("order", ["entry_count", "entry_count desc"], ids=["quiet", "busy"])
def test_explanation_adds_up_and_leads_to_the_banks_lines(one_delivery: House, berka_export: Path, order: str) -> None:
    lines = gzip.decompress(berka_export.read_bytes()).split(b"\r\n")
    ((account_id, month, entry_count),) = one_delivery.query(
        "select account_id, strftime(month, '%Y-%m'), entry_count from month_end_balances"
        f" order by {order}, account_id, month limit 1"
    )
    explanation = f"{{{{ explain('berka_transactions', '{account_id}', '{month}') }}}}"
    opening, *steps, closing = one_delivery.show(explanation)
    assert (opening["step"], closing["step"]) == ("opening", "closing")
    moved = sum(Decimal(str(step["amount"])) for step in steps)
    assert Decimal(str(opening["balance"])) + moved == Decimal(str(closing["balance"]))
    entries = [step for step in steps if step["step"] == "entry"]
    assert len(entries) == entry_count
    for entry in entries:
        transaction_id, account, *_ = lines[entry["line_number"] - 1].decode("ascii").split(";")
        assert (transaction_id, account) == (entry["transaction_id"], account_id)
