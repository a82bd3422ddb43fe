"""The sample feeds through the whole way: what the generator put in is what the tables say."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from demo import report
from demo.generate import generate
from tests.end_to_end.house import House

pytestmark = pytest.mark.dbt

COUNTS = ("rows_delivered", "rows_malformed", "rows_accepted", "rows_quarantined", "rows_condemned", "rows_duplicate")


class Demo:
    """The sample feeds, landed in two deliveries with a build after each."""

    def __init__(self, house: House, folder: Path) -> None:
        self.house = house
        self.folder = folder
        generate(folder, 6_000, 1)
        self.expected: dict[str, Any] = json.loads((folder / "expected.json").read_text())
        self.after_delivery: list[dict[tuple[str, ...], Decimal]] = []
        for delivery in ("delivery-1", "delivery-2"):
            for file in sorted((folder / delivery).iterdir()):
                house.land_file(file, file.name.rsplit("_", 1)[0])
            house.build()
            self.after_delivery.append(self.balances())

    def balances(self) -> dict[tuple[str, ...], Decimal]:
        rows = self.house.query("select feed, account_id, currency, month::varchar, balance from month_end_balances")
        return {tuple(key): balance for *key, balance in rows}

    def told(self, column: str) -> dict[tuple[str, ...], Decimal]:
        """Return what the generator knows each balance to be."""
        with (self.folder / "expected_month_ends.csv").open(newline="") as file:
            return {
                (row["feed"], row["account_id"], row["currency"], row["month"]): Decimal(row[column])
                for row in csv.DictReader(file)
                if row[column]
            }


@pytest.fixture(scope="module")
def demo(new_house: Callable[[], House], tmp_path_factory: pytest.TempPathFactory) -> Demo:
    return Demo(new_house(), tmp_path_factory.mktemp("demo"))


def test_every_row_of_every_file_is_where_the_generator_put_it(demo: Demo) -> None:
    found = demo.house.query(f"select file_name, {', '.join(COUNTS)} from file_reconciliation order by file_name")
    expected = [
        (Path(file["path"]).name, *(file[count] for count in COUNTS))
        for file in demo.expected["files"]
        if not file["path"].startswith("held/")
    ]
    assert found == sorted(expected)


def test_every_refused_row_has_its_code(demo: Demo) -> None:
    found = demo.house.query(
        "select files.file_name, reasons.code, count(*) from ("
        " select file_id, unnest(rejection_reasons) as code from quarantine_entries"
        ") as reasons inner join file_reconciliation as files using (file_id) group by all order by all"
    )
    expected = [
        (Path(file["path"]).name, code, count)
        for file in demo.expected["files"]
        if not file["path"].startswith("held/")
        for code, count in file["quarantined_by_code"].items()
    ]
    assert found == sorted(expected)


def test_every_balance_is_what_the_generator_knows(demo: Demo) -> None:
    assert demo.after_delivery[1] == demo.told("balance")


def test_balances_after_the_first_delivery_are_what_it_could_say(demo: Demo) -> None:
    told = demo.told("balance_after_delivery_1")
    assert told
    assert {key: demo.after_delivery[0].get(key) for key in told} == told


def test_only_the_missing_entry_leaves_a_break(demo: Demo) -> None:
    found = demo.house.query("select account_id, booking_date::varchar, break_amount from balance_breaks order by all")
    expected = [(item["account_id"], item["booking_date"], Decimal(item["amount"])) for item in demo.expected["breaks"]]
    assert found == expected


def test_accounts_are_those_of_the_last_delivery(demo: Demo) -> None:
    latest = "select file_id from file_reconciliation where feed = 'accounts' order by delivery_number desc limit 1"
    assert set(demo.house.query(latest)) <= set(demo.house.query("select file_id from accounts"))
    assert demo.house.query("select account_id from accounts group by account_id having count(*) > 1") == []


def test_report_of_the_demo_shows_the_worked_example(
    demo: Demo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LEDGER_LAKE_ROOT", str(demo.house.lake))
    assert report.main() == 0
    lines = [line.split() for line in capsys.readouterr().out.replace("│", " ").splitlines()]
    assert ["ACC001", "EUR", "326.0000", "326.0000", "326.0000"] in lines
    assert ["ACC002", "EUR", "NULL", "-25.5000", "-125.5000"] in lines
