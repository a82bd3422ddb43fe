"""The driver itself, without dbt: what it writes is what a world says, and what differs is found."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from loader.contract.project import load_contracts
from tests.end_to_end.house import House
from tests.histories.delivered import Inputs
from tests.histories.driver import Driver, content_of
from tests.histories.edits import edit_project
from tests.histories.events import CODES, Land
from tests.histories.published import Published
from tests.histories.tables import current_tables, told_tables
from tests.histories.worlds import make_world

BY_ROW = ("fct_ledger_entries", "quarantine_entries", "condemned_entries", "duplicate_entries", "malformed_rows")


@dataclass
class Pretence:
    """A house whose warehouse is what the oracle says, with one row wrong in the table `wrong`."""

    house: House
    driver: Driver = field(init=False)
    known: Published = field(default_factory=Published)
    wrong: str = ""
    delivered: dict[str, list[str]] = field(default_factory=dict)
    clock: Any = field(default_factory=SimpleNamespace)
    contracts: Any = None

    @property
    def project(self) -> Path:
        return self.house.project

    def land(self, feed: str, content: str, name: str = "") -> Any:
        contents = self.delivered.setdefault(feed, [])
        is_new = content not in contents
        contents += [content] * is_new
        number = contents.index(content) + 1
        manifest = SimpleNamespace(
            file_id=f"{feed}-{number}", delivery_number=number, landed_at=self.clock.moment.isoformat()
        )
        return SimpleNamespace(status="landed" if is_new else "already_landed", manifest=manifest)

    def note(self, seed: str, *rows: Any) -> None:
        assert seed in ("file_decisions", "row_decisions", "period_closes")

    def dbt(self, *arguments: str, at: datetime | None = None) -> Any:
        raise AssertionError("worlds with broken builds need dbt")

    def spawn(self, *arguments: str, at: datetime | None = None) -> Any:
        raise AssertionError("worlds with broken builds need dbt")

    def build(self, *arguments: str, exit_code: int = 0, at: datetime | None = None) -> None:
        assert at is not None
        last = [publication.published_at for publication in self.known.publications[-1:]]
        self.known.publish(self.driver.inputs, max([at, *last]))

    def has_table(self, name: str) -> bool:
        assert name == "publications"
        return bool(self.known.publications)

    def start_empty(self) -> None:
        self.known = Published()

    def settle(self) -> None:
        """No build is killed."""

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        found = re.search(r" from (\w+)", sql)
        assert found is not None
        table = found.group(1)
        if table == "publications":
            return [(number, said.published_at) for number, said in enumerate(self.known.publications, start=1)]
        inputs: Inputs = self.driver.inputs
        tables = current_tables(self.known) | told_tables(self.known, inputs.closes)
        rows = [self.as_sql(table, (*key, *values)) for key, values in tables[table].items()]
        return rows[1:] if table == self.wrong else rows

    def as_sql(self, table: str, row: tuple[Any, ...]) -> tuple[Any, ...]:
        if table in (*BY_ROW, "held_files", "file_reconciliation"):
            return (f"{row[0]}-{row[1]}", *row[2:])
        if table == "month_end_balance_versions":
            return (*row[:4], *row[6:], row[4], row[5])
        return row


def pretend(tmp_path: Path, seed: int, wrong: str = "") -> Driver:
    house = Pretence(House(tmp_path), wrong=wrong)
    house.driver = Driver(house, make_world(seed, ["broken builds"]))
    return house.driver


def test_world_is_lived_to_its_end(tmp_path: Path) -> None:
    driver = pretend(tmp_path, 1)
    driver.live()
    assert all(driver.file_ids.values())


@pytest.mark.parametrize(
    "table", ["fct_ledger_entries", "condemned_entries", "file_reconciliation", "month_end_balances", "restatements"]
)
def test_missing_row_is_named(tmp_path: Path, table: str) -> None:
    with pytest.raises(AssertionError, match=f"{table} .*found no row"):
        pretend(tmp_path, 1, wrong=table).live()


def test_files_land_as_the_world_says(tmp_path: Path) -> None:
    house = House(tmp_path)
    for event in make_world(3).events:
        if isinstance(event, Land):
            manifest = house.land(event.feed, content_of(event.feed, event.rows)).manifest
            assert manifest.rows_delivered == len(event.rows)
            assert manifest.rows_malformed == event.rows.count(None)


@pytest.mark.parametrize("feed", CODES)
def test_edits_of_code_can_be_taken_back(tmp_path: Path, feed: str) -> None:
    house, code = House(tmp_path), replace(CODES[feed], reporting_time_zone="UTC")
    contract = house.contract_file(feed)
    accounts = ["A", "B"]
    edit_project(house.project, feed, code, accounts)
    before = contract.read_text()
    other = replace(
        code, sign=-1, key=("entry_id", "account_id"), refused_accounts=frozenset("B"), code_limit=5,
        reporting_time_zone="Asia/Tokyo",
    )  # fmt: skip
    edit_project(house.project, feed, other, accounts)
    terms = load_contracts(house.project)[feed]
    assert len(terms.meta.business_key) == 2
    assert terms.meta.code_limit == 5
    assert "accepted_values: [A]" in contract.read_text()
    assert 'amount: ["-' in contract.read_text()
    assert "reporting_time_zone: Asia/Tokyo" in (house.project / "dbt_project.yml").read_text()
    edit_project(house.project, feed, code, accounts)
    assert contract.read_text() == before
