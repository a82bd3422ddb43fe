"""What the tests of landings share: a clock, and the lake as SQL reads it (DuckDB, decoded with plain replaces)."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from loader.contract.model import Contract
from loader.lake.landing import Landed

PROJECT = Path(__file__).parents[2]


class Clock:
    """A clock that moves one second at each look, and to another day when told."""

    def __init__(self) -> None:
        """Start on 1 February 2024."""
        self.moment = datetime(2024, 2, 1, 10, tzinfo=UTC)

    def __call__(self) -> datetime:
        """Return the next moment."""
        self.moment += timedelta(seconds=1)
        return self.moment


def decoded(column: str) -> str:
    """Return the SQL expression that turns an encoded value back into the delivered one."""
    replaced = rf"replace(replace(replace({column}, '\n', chr(10)), '\r', chr(13)), '\s', chr(92))"
    return rf"case when {column} = '\N' then null else {replaced} end"


def read_parts(lake: Path, table: str, names: list[str], file_id: str = "*") -> list[dict[str, Any]]:
    """Return the rows of a raw table, decoded, in the order of their row number."""
    parts = f"{lake}/raw/{table}/ingest_date=*/file_id={file_id}/*.csv.zst"
    if not list(lake.glob(f"raw/{table}/ingest_date=*/file_id={file_id}/*.csv.zst")):
        return []
    columns = ", ".join(f"'{name}': 'VARCHAR'" for name in names)
    query = f"""
        select {", ".join(f"{decoded(name)} as {name}" for name in names)}
        from read_csv('{parts}', columns = {{{columns}}}, header = false, delim = ',', quote = '"', escape = '"',
            nullstr = '<never written>', auto_detect = false, strict_mode = true, max_line_size = 40000000,
            hive_partitioning = false)
        order by row_number::bigint
    """
    with duckdb.connect() as connection:
        return [dict(zip(names, row, strict=True)) for row in connection.execute(query).fetchall()]


def read_rows(lake: Path, contract: Contract, file_id: str = "*") -> list[dict[str, Any]]:
    """Return the landed rows of a feed."""
    names = ["row_number", "line_number", "extra_fields", *contract.column_names]
    return read_parts(lake, contract.feed, names, file_id)


def read_malformed(lake: Path) -> list[dict[str, Any]]:
    """Return the malformed rows of all feeds."""
    names = ["feed", "row_number", "line_number", "reason", "byte_offset", "byte_length", "raw_text"]
    return read_parts(lake, "malformed_rows", names)


def objects(lake: Path, folder: str = "") -> list[str]:
    """Return the keys of all objects below a folder of the lake."""
    return sorted(str(path.relative_to(lake)) for path in (lake / folder).rglob("*") if path.is_file())


def one_json(lake: Path, folder: str) -> dict[str, Any]:
    """Return the only JSON object below a folder."""
    (key,) = objects(lake, folder)
    found = json.loads((lake / key).read_text())
    assert isinstance(found, dict)
    return found


def race(landings: Sequence[Callable[[], Landed]]) -> list[str]:
    """Start all landings at the same moment; return the status of each, sorted."""
    start = threading.Barrier(len(landings))
    statuses: list[str] = []

    def run(land: Callable[[], Landed]) -> None:
        start.wait()
        statuses.append(land().status)

    threads = [threading.Thread(target=run, args=(land,)) for land in landings]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(statuses)


needs_proc = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from /proc")
_LAND_AND_MEASURE = """
import sys
from pathlib import Path
from loader.contract.project import load_contracts
from loader.lake.landing import Landing
from loader.lake.storage import Store
project, lake, file = sys.argv[1:]
Landing(Store.open(lake)).land(Path(file), load_contracts(Path(project))["payments"])
status = Path("/proc/self/status").read_text()
print(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")))
"""


def peak_memory(project: Path, lake: Path, file: Path) -> float:
    """Land a file of the feed payments in a process of its own; return the most memory that it had, in MB."""
    command = [sys.executable, "-c", _LAND_AND_MEASURE, str(project), str(lake), str(file)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    return int(done.stdout.split()[-1]) / 1024
