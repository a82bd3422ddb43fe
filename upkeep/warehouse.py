"""The file of a DuckDB warehouse: where it is, who writes into it, and how it is copied."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from upkeep.errors import BusyError, NoWarehouseError, UpkeepError

NAME = "warehouse.duckdb"
_TRIES = 20


def find_warehouse(root: str) -> Path:
    """Return where the warehouse of a lake is.

    Raises:
        NoWarehouseError: the lake is in a bucket, where Athena's tables are the warehouse.
    """
    if root.startswith("s3://"):
        raise NoWarehouseError(
            f"the lake {root} is in a bucket and has no warehouse file; for Athena's tables use the bucket's versions"
        )
    return Path(root) / NAME


def write_ahead_log(warehouse: Path) -> Path:
    """Return where DuckDB keeps what was committed and is not in the warehouse's file yet."""
    return warehouse.with_name(f"{warehouse.name}.wal")


@contextmanager
def locked(warehouse: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a warehouse, write everything committed into its file, and keep every other process out meanwhile.

    DuckDB's lock ends as soon as this process closes the file in any way, so do not open it here again.

    Raises:
        NoWarehouseError: there is no such file.
        BusyError: another process has it open.
        UpkeepError: DuckDB cannot read it.
    """
    _require(warehouse)
    try:
        connection = duckdb.connect(str(warehouse))
    except duckdb.Error as error:
        raise _refusal(warehouse, error) from error
    with connection:
        connection.execute("force checkpoint")
        yield connection


@contextmanager
def opened(warehouse: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a warehouse read only. Readers do not keep each other out, but a build keeps them out.

    Raises: as `locked`.
    """
    _require(warehouse)
    try:
        connection = duckdb.connect(str(warehouse), read_only=True)
    except duckdb.Error as error:
        raise _refusal(warehouse, error) from error
    with connection:
        yield connection


def copy_file(source: Path, target: Path) -> None:
    """Copy a file and see the copy on the disk. A warehouse that this process has locked stays locked.

    Another process does it, because reading the file here would end the lock.
    """
    subprocess.run(["cp", "--", str(source), str(target)], check=True)  # noqa: S603, S607  # no shell, any cp
    sync(target)


def copy_unlocked(warehouse: Path, target: Path) -> None:
    """Copy a warehouse into which a build may be writing: what it had committed at one moment.

    Raises:
        NoWarehouseError: there is no such file.
        BusyError: it changed during every one of some tries.
    """
    _require(warehouse)
    for _ in range(_TRIES):
        before = _state(warehouse)
        for source, copy in ((warehouse, target), (write_ahead_log(warehouse), write_ahead_log(target))):
            copy.unlink(missing_ok=True)
            if source.exists():
                shutil.copyfile(source, copy)
        if _state(warehouse) == before:
            return
    raise BusyError(f"{warehouse} changes faster than it can be copied: try again when the build has ended")


def sync(path: Path) -> None:
    """Return once a file or folder is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _state(warehouse: Path) -> list[tuple[int, int] | None]:
    found: list[tuple[int, int] | None] = []
    for path in (warehouse, write_ahead_log(warehouse)):
        try:
            status = path.stat()
        except FileNotFoundError:
            found.append(None)
        else:
            found.append((status.st_size, status.st_mtime_ns))
    return found


def _require(warehouse: Path) -> None:
    if not warehouse.is_file():
        raise NoWarehouseError(f"there is no warehouse {warehouse}: run dbt build, or set LEDGER_LAKE_ROOT to its lake")


def _refusal(warehouse: Path, error: duckdb.Error) -> UpkeepError:
    if isinstance(error, duckdb.IOException) and "lock" in str(error):
        return BusyError(f"another process, perhaps a build, has {warehouse} open: try again when it has ended")
    return UpkeepError(
        f"{warehouse} cannot be read: {' '.join(str(error).split())}; make restore FORCE=1 puts a backup in its place"
    )
