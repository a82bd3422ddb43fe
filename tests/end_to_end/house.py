"""A whole Ledger Lake in a folder of its own: lake, warehouse, and a copy of the dbt project that may be edited."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from loader.contract.decisions import withdrawn_in_seed
from loader.contract.project import load_contracts
from loader.lake.landing import Landed, Landing
from loader.lake.storage import Store
from tests.end_to_end.in_process import Build, forget_parses, invoke
from tests.end_to_end.spawned import Spawned

__all__ = ["DBT_FILES", "PROJECT", "RECORDS", "Build", "Clock", "House", "Spawned", "always_one_lot"]

PROJECT = Path(__file__).parents[2]
CLOCK_VARIABLE = "LEDGER_LAKE_CLOCK"
DBT_FILES = (
    "dbt_project.yml",
    ".dbtignore",
    "analyses",
    "models",
    "macros",
    "seeds",
    "snapshots",
    "tests/audit",
    "tests/generic",
)
FEEDS = PROJECT / "tests" / "feeds"
RECORDS = (
    "accepted_rows",
    "account_records",
    "closes",
    "day_breaks",
    "decisions",
    "file_evaluations",
    "file_money",
    "month_end_versions",
    "openings",
    "publications",
    "row_changes",
    "set_aside_rows",
    "stated_balances",
)
"""The records that a build adds rows to only if it publishes."""
SEEN = (
    "accounts",
    "balance_breaks",
    "bank_balances",
    "condemned_entries",
    "duplicate_entries",
    "fct_ledger_entries",
    "file_reconciliation",
    "held_files",
    "malformed_rows",
    "month_end_balances",
    "passed_over_entries",
    "quarantine_entries",
)
"""The views in which readers see what is so now."""


@dataclass
class Clock:
    """The landing's clock: it moves one second at each look, and to another day when told."""

    moment: datetime = datetime(2026, 1, 1, 6, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.moment += timedelta(seconds=1)
        return self.moment


def always_one_lot() -> str:
    """Draw the same lot for each landing, so that two houses with the same deliveries have the same ids of files."""
    return "0000"


@dataclass
class House:
    folder: Path
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.copy_project()
        self.landing = Landing(
            Store.open(str(self.lake)),
            self.clock,
            draw_lot=always_one_lot,
            withdrawn=lambda: withdrawn_in_seed(self.project),
        )

    def copy_project(self) -> None:
        self.project.mkdir(parents=True)
        for name in DBT_FILES:
            source = PROJECT / name
            if source.is_dir():
                shutil.copytree(source, self.project / name)
            elif source.exists():
                shutil.copy(source, self.project / name)
        shutil.copy(PROJECT / "profiles.yml.example", self.project / "profiles.yml")
        self.contracts = load_contracts(self.project)

    def add_unit_tests(self) -> None:
        """Add the models' unit tests, which most houses do without: dbt parses a project faster that has none."""
        shutil.copytree(PROJECT / "tests" / "unit", self.project / "tests" / "unit")

    def add_feed(self, feed: str, folder: Path | None = None) -> None:
        """Add a feed to the project, as docs/adding-a-feed.md has it: that of a folder, or of tests/feeds."""
        shutil.copytree(folder or FEEDS / feed, self.project / "models" / "staging" / feed)
        (self.project / "target" / "partial_parse.msgpack").unlink(missing_ok=True)
        self.contracts = load_contracts(self.project)

    def parse_anew(self) -> None:
        """Have dbt parse all of the project with its next command: it does not see by itself that a folder has come."""
        forget_parses()
        (self.project / "target" / "partial_parse.msgpack").unlink(missing_ok=True)

    def take_over(self, other: House) -> None:
        """Go on where another house is now, with copies of its lake, warehouse and project, free to be changed."""
        for copied, place in ((other.lake, self.lake), (other.project, self.project)):
            shutil.rmtree(place, ignore_errors=True)
            shutil.copytree(copied, place, ignore=shutil.ignore_patterns("target", "logs"))
        self.contracts = load_contracts(self.project)
        self.clock.moment = other.clock.moment

    @property
    def project(self) -> Path:
        return self.folder / "project"

    @property
    def lake(self) -> Path:
        return self.folder / "lake"

    @property
    def warehouse(self) -> Path:
        return self.lake / "warehouse.duckdb"

    def land_file(self, path: Path, feed: str) -> Landed:
        return self.landing.land(path, self.contracts[feed])

    def land(self, feed: str, content: str | bytes, name: str = "") -> Landed:
        """Deliver a file with this content and land it."""
        path = self.folder / "inbox" / (name or f"{feed}_{len(list(self.folder.glob('inbox/*'))):03}.csv")
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return self.land_file(path, feed)

    @property
    def environment(self) -> dict[str, str]:
        """What dbt finds the lake and the warehouse by."""
        return {"LEDGER_LAKE_ROOT": str(self.lake)}

    @property
    def target(self) -> tuple[str, ...]:
        """The options that name the warehouse; none for the default target."""
        return ()

    def dbt(self, *arguments: str, at: datetime | None = None) -> Build:
        """Run a dbt command in this process. `at` is its clock, where it is not the computer's."""
        return invoke([*arguments, *self.target], self.project, self.variables(at))

    def spawn(self, *arguments: str, at: datetime | None = None) -> Spawned:
        """Start a dbt command in a process of its own, which can be killed and can run beside others."""
        return Spawned.start([*arguments, *self.target], self.project, self.variables(at))

    def variables(self, at: datetime | None) -> dict[str, str]:
        """Return the variables that a command of this house runs with."""
        return self.environment | ({CLOCK_VARIABLE: at.isoformat()} if at else {})

    def build(self, *arguments: str, at: datetime | None = None, exit_code: int = 0) -> Build:
        """Run `dbt build` with its data tests and see it end as expected; unit tests need no lake."""
        built = self.dbt("build", "--exclude-resource-type", "unit_test", *arguments, at=at)
        assert built.exit_code == exit_code, built.output
        return built

    def show(self, sql: str) -> list[dict[str, Any]]:
        """Return the rows of SQL that dbt renders and runs, with its macros. Money comes as numbers of JSON."""
        shown = self.dbt("--quiet", "show", "--limit", "-1", "--output", "json", "--inline", sql)
        assert shown.exit_code == 0, shown.output
        rows: list[dict[str, Any]] = json.loads(shown.output[shown.output.index("{") :])["show"]
        return rows

    def manifest(self) -> dict[str, Any]:
        """Return what dbt makes of the project as it is now."""
        listed = self.dbt("ls", "--quiet")
        assert listed.exit_code == 0, listed.output
        found: dict[str, Any] = json.loads((self.project / "target" / "manifest.json").read_text())
        return found

    def has_table(self, name: str) -> bool:
        """Return whether a build has made a table; a warehouse that none has reached has none."""
        tables = f"select 1 from information_schema.tables where table_schema = 'main' and table_name = '{name}'"
        return self.warehouse.exists() and len(self.query(tables)) > 0

    def start_empty(self) -> None:
        """Go on with an empty warehouse; the one of before is kept beside it."""
        for database in (self.warehouse, self.warehouse.with_name("work.duckdb")):
            shutil.move(database, database.with_suffix(".kept"))

    def settle(self) -> None:
        """Wait until nothing runs any more of what a killed build has begun. Here it ends with its process."""

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def value(self, sql: str) -> Any:
        ((found,),) = self.query(sql)
        return found

    def decide(self, file_id: str, decision: str) -> None:
        """Write a decision on a file into the seed, made now by the landing's clock."""
        at = self.clock().isoformat()
        self.note("file_decisions", [file_id, decision, "agreed with the bank", "A. Person", at])

    def note(self, seed: str, *rows: Sequence[object]) -> None:
        """Add rows to a seed."""
        with (self.project / "seeds" / f"{seed}.csv").open("a", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)

    def contract_file(self, feed: str) -> Path:
        """Return where a feed's contract stands."""
        return self.project / "models" / "staging" / feed / f"_{feed}__sources.yml"

    def seen(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return what readers see now, but for when and by which publication it was published."""
        columns = "columns(lambda name: name not in ('publication_id', 'published_at'))"
        return {view: self.query(f"select {columns} from {view} order by all") for view in SEEN}

    def contents(self, *tables: str) -> dict[str, tuple[int, str]]:
        """Return row count and content hash of each table of the warehouse (of `tables` only, where given)."""
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            names = tables or tuple(
                name
                for (name,) in connection.execute(
                    "select table_name from duckdb_tables() where schema_name = 'main' order by 1"
                ).fetchall()
            )
            return {
                name: connection.execute(
                    f"select count(*), coalesce(sum(hash(row_of)::hugeint), 0)::varchar from {name} as row_of"
                ).fetchone()  # type: ignore[misc]
                for name in names
            }
