"""What a late entry costs: rows written and bytes read, beside a build of the same lake from nothing, on both engines.

One build makes three years of history from nothing; then an ordinary day and some late entries are delivered, with a
build after each. In the end every table has to be as DuckDB makes it from nothing. A row is written where a table holds
it after a build and has not held it before: on DuckDB the contents are compared, on Athena the tables' snapshots say
it. Bytes read are those that dbt read from files on DuckDB, its own program's among them, and on Athena those that the
engine scanned.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import duckdb

from benchmarks.bank import A_YEAR_LATE, DAYS_LATE, Bank, Delivery
from benchmarks.results import table, write_section
from loader.cli import log
from local_athena.engine import Engine
from tests.athena.house import AthenaHouse, Twin
from tests.athena.parity import differences
from tests.end_to_end.house import House

NOTHING_NEW = "nothing new"
FROM_NOTHING = "everything, from nothing"
# On Athena, where a build takes minutes.
FEW = ((DAYS_LATE, "ledger_entries"), (A_YEAR_LATE, "transactions"))
# Rows are compared by their hash, and by how often they occur.
_COMPARE = """
    with rows_before as (select hash(row_of) as hash, count(*) as rows from before.main.{table} as row_of group by 1),
    rows_after as (select hash(row_of) as hash, count(*) as rows from after.main.{table} as row_of group by 1)
    select coalesce(sum(greatest(rows_after.rows - coalesce(rows_before.rows, 0), 0)), 0)::bigint
    from rows_after
    left join rows_before using (hash)
"""
_ADDED = """
    select '{table}', sum(cast(element_at(summary, 'added-records') as bigint)) from "{table}$snapshots"
"""


@dataclass(frozen=True)
class Work:
    """What a build did.

    Attributes:
        written: rows by table.
        read: bytes.
        read_by_tests: bytes of them that the data tests read, where that is known.
    """

    name: str
    written: dict[str, int]
    seconds: float
    read: int
    read_by_tests: int | None = None
    statements: int | None = None

    @property
    def rows(self) -> int:
        """Rows written to all tables."""
        return sum(self.written.values())


class Lake(ABC):
    """A house whose builds are measured."""

    house: House

    def land(self, delivery: Delivery) -> None:
        """Commit the delivery's files at its time."""
        self.house.clock.moment = delivery.at
        for feed, file in delivery.files.items():
            self.house.land_file(file, feed)

    @abstractmethod
    def build(self, name: str) -> Work:
        """Build with all data tests."""

    @abstractmethod
    def check(self) -> None:
        """See that every table is as from nothing, however builds were cut."""

    def tables(self) -> list[str]:
        """Return the tables that builds write to; seeds are loaded anew by each of them, whatever came."""
        manifest = json.loads((self.house.project / "target" / "manifest.json").read_text())
        kinds = ("incremental", "snapshot")
        nodes = manifest["nodes"].values()
        return sorted(node["alias"] for node in nodes if node["config"].get("materialized") in kinds)

    def comparable(self) -> list[str]:
        """Return the tables that say the same however builds are cut."""
        return [name for name in self.tables() if not name.endswith("_snapshot")]


class OnDuckDB(Lake):
    """A lake in a folder."""

    def __init__(self, house: House) -> None:
        self.house = house

    def build(self, name: str) -> Work:
        """Build, and compare the warehouse with what it was."""
        warehouse, before = self.house.warehouse, self.house.folder / "before.duckdb"
        is_first = not warehouse.exists()
        if not is_first:
            shutil.copy(warehouse, before)
        began, read = time.monotonic(), _bytes_read()
        self.house.build()
        seconds, read = time.monotonic() - began, _bytes_read() - read
        if is_first:
            return Work(
                name, {one: rows for one, (rows, _) in self.house.contents(*self.tables()).items()}, seconds, read
            )
        with duckdb.connect() as connection:
            connection.execute(f"attach '{before}' as before (read_only); attach '{warehouse}' as after (read_only)")
            written = {}
            for one in self.tables():
                ((written[one],),) = connection.execute(_COMPARE.format(table=one)).fetchall()
        before.unlink()
        return Work(name, written, seconds, read)

    def check(self) -> None:
        """Build everything from nothing in another folder that reads the same parts and manifests."""
        again = House(self.house.folder.with_name("again"))
        for name in ("raw", "files"):
            (again.lake / name).symlink_to(self.house.lake / name)
        again.build("--exclude-resource-type", "test")
        ours, theirs = (house.contents(*self.comparable()) for house in (self.house, again))
        if wrong := sorted(name for name in ours if ours[name] != theirs[name]):
            raise SystemExit(f"not as from nothing: {wrong}")


def _bytes_read() -> int:
    """Return what this process, and those that it waited for, have read from files."""
    counts = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(counts["rchar"])


class OnAthena(Lake):
    """A lake on a local Athena."""

    house: AthenaHouse

    def __init__(self, house: AthenaHouse) -> None:
        self.house = house
        self._added: dict[str, int] = {}

    def build(self, name: str) -> Work:
        """Build, and ask the tables for what was added since."""
        asked = len(self.house.statements())
        began = time.monotonic()
        self.house.build()
        seconds = time.monotonic() - began
        statements = self.house.statements(asked)
        before = self._added
        self._added = {
            name: int(rows or 0)
            for name, rows in self.house.query(" union all ".join(_ADDED.format(table=one) for one in self.tables()))
        }
        return Work(
            name,
            {name: rows - before.get(name, 0) for name, rows in self._added.items()},
            seconds,
            sum(one["bytes_scanned"] for one in statements),
            sum(one["bytes_scanned"] for one in statements if '"node_id": "test.' in one["sql"]),
            len(statements),
        )

    def check(self) -> None:
        """Build everything from nothing on DuckDB."""
        again = Twin(self.house.folder.with_name("again"), original=self.house)
        again.build("--exclude-resource-type", "test")
        if wrong := differences(self.house, again, *self.comparable()):
            raise SystemExit("\n".join(map(str, wrong)))


def measure(lake: Lake, bank: Bank, afterwards: list[Delivery]) -> list[Work]:
    """Return what the builds did: all from nothing, one after each delivery, and one with nothing new."""
    for delivery in bank.history:
        lake.land(delivery)
    found = [lake.build(FROM_NOTHING)]
    for delivery in afterwards:
        lake.land(delivery)
        found.append(lake.build(f"{delivery.name}, {' and '.join(delivery.files)}"))
    found.append(lake.build(NOTHING_NEW))
    lake.check()
    return found


def summary(found: list[Work]) -> list[str]:
    """Return a table of the builds, each beside the first one."""
    first = found[0]
    header = ["build", "rows written", "of all", "seconds", "of all", "MB read"]
    if first.statements is not None:
        header += ["of all", "by tests", "statements"]
    rows = []
    for one in found:
        cells = [one.name, f"{one.rows:,}", _share(one.rows, first.rows)]
        cells += [f"{one.seconds:.0f}", _share(one.seconds, first.seconds), f"{one.read / 1e6:,.1f}"]
        if one.read_by_tests is not None and one.statements is not None:
            cells += [_share(one.read, first.read), f"{one.read_by_tests / 1e6:,.1f}", f"{one.statements:,}"]
        rows.append(cells)
    return table(header, rows)


def by_table(found: list[Work]) -> list[str]:
    """Return a table of the rows that each build wrote to each table."""
    names = [name for name in sorted(found[0].written) if any(one.written.get(name) for one in found[1:])]
    header = ["rows written to", *(one.name for one in found)]
    return table(header, [[name, *(f"{one.written.get(name, 0):,}" for one in found)] for name in names])


def _share(part: float, whole: float) -> str:
    return f"{part / whole:.4%}" if part < whole / 1000 else f"{part / whole:.1%}"


@contextmanager
def athena(folder: Path) -> Iterator[OnAthena]:
    """Yield a lake on an engine that runs meanwhile."""
    with (
        Engine.start(folder / "engine", tied=True) as engine,
        patch.dict(os.environ, engine.environment()),
    ):
        yield OnAthena(AthenaHouse(folder / "athena", engine=engine, name="late"))


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--entries", type=int, default=3_000_000, help="on DuckDB; 0 leaves it out")
    parser.add_argument("--on-athena", type=int, default=200_000, help="entries on Athena; 0 leaves it out")
    given = parser.parse_args()
    log.configure(machine_readable=False)
    command = f"python -m benchmarks.late_entry --entries {given.entries} --on-athena {given.on_athena}"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if given.entries:
            bank = Bank(folder / "bank", given.entries)
            house = House(folder / "duckdb")
            found = measure(OnDuckDB(house), bank, bank.afterwards)
            size = house.warehouse.stat().st_size / 1e6
            kept = f" The warehouse has {size:,.0f} MB; a build from nothing keeps in memory what it reads again."
            write(command, "DuckDB", bank, found, kept)
        if given.on_athena:
            bank = Bank(folder / "smaller_bank", given.on_athena)
            few = [one for one in bank.afterwards if (one.name, *one.files) in FEW]
            with athena(folder) as lake:
                write(command, "Athena", bank, measure(lake, bank, few))


def write(command: str, engine: str, bank: Bank, found: list[Work], remark: str = "") -> None:
    """Write the section of an engine."""
    of_bank = (
        f"{bank.entries:,} entries of {bank.accounts:,} accounts in {len(bank.history)} months, half of them with"
        f" stated balances; {bank.shared:.0%} of these on days with several. Tables are the same as from nothing."
    )
    write_section(f"A late entry on {engine}", command, [of_bank + remark, "", *summary(found), "", *by_table(found)])


if __name__ == "__main__":
    main()
