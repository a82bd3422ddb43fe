"""Backups of a DuckDB warehouse. Publications are records that no build can make again, so they need one."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from upkeep.errors import BackupError, WouldLoseError
from upkeep.warehouse import copy_file, locked, opened, sync, write_ahead_log

_PATTERN = "warehouse-*.duckdb"


def _now() -> datetime:
    return datetime.now(UTC)


def back_up(warehouse: Path, folder: Path, now: Callable[[], datetime] = _now) -> Path:
    """Write a consistent copy of a warehouse into a folder, with its checksum beside it. Return the copy's path.

    The checksum has the form of sha256sum. A file has a backup's name only when it is whole.

    Raises:
        NoWarehouseError: there is no warehouse.
        BusyError: another process, for example a build, has it open.
        BackupError: a backup of this second is there already.
    """
    folder.mkdir(parents=True, exist_ok=True)
    backup = folder / f"warehouse-{now():%Y%m%dT%H%M%SZ}.duckdb"
    if backup.exists():
        raise BackupError(f"{backup} is there already: try again in a second")
    part = backup.with_suffix(".part")
    try:
        with locked(warehouse):
            copy_file(warehouse, part)
        with opened(part):
            pass
        _write_checksum(backup, _sha256(part))
        part.replace(backup)
    finally:
        part.unlink(missing_ok=True)
    sync(folder)
    return backup


def newest_backup(folder: Path) -> Path:
    """Return the newest backup in a folder.

    Raises:
        BackupError: there is none.
    """
    found = sorted(folder.glob(_PATTERN))
    if not found:
        raise BackupError(f"there is no backup in {folder}: make backup writes one")
    return found[-1]


def restore(backup: Path, warehouse: Path, *, force: bool = False) -> None:
    """Put a backup in the place of a warehouse, at once or not at all.

    Without `force` a warehouse is replaced only if the backup holds its last publication.

    Raises:
        BackupError: the backup is missing, unfinished or not what its checksum says.
        BusyError: another process has the warehouse open, with `force` too.
        WouldLoseError: the warehouse holds publications that the backup lacks, or it is unknown whether it does.
        UpkeepError: the warehouse cannot be read, and `force` is not given.
    """
    expected = _verified(backup)
    if warehouse.exists() and not _is_damaged_and_forced(warehouse, force):
        with locked(warehouse) as current:
            if not force:
                _require_nothing_lost(current, backup, warehouse)
            _put_in_place(backup, warehouse, expected)
    else:
        warehouse.parent.mkdir(parents=True, exist_ok=True)
        _put_in_place(backup, warehouse, expected)


def _is_damaged_and_forced(warehouse: Path, force: bool) -> bool:
    if not force:
        return False
    try:
        duckdb.connect(str(warehouse)).close()
    except duckdb.IOException as error:
        return "lock" not in str(error)
    except duckdb.Error:
        return True
    return False


def _put_in_place(backup: Path, warehouse: Path, expected: str) -> None:
    part = warehouse.with_suffix(".restoring")
    try:
        copy_file(backup, part)
        if _sha256(part) != expected:
            raise BackupError(f"{backup} changed while it was copied: nothing was restored")
        # What an earlier warehouse had not written into its file must not be replayed into this one.
        write_ahead_log(warehouse).unlink(missing_ok=True)
        part.replace(warehouse)
    finally:
        part.unlink(missing_ok=True)
    sync(warehouse.parent)


def _require_nothing_lost(current: duckdb.DuckDBPyConnection, backup: Path, warehouse: Path) -> None:
    names = _publications(current)
    with opened(backup) as kept:
        lost = None if names is None else names - (_publications(kept) or set())
    if lost is None:
        raise WouldLoseError(
            f"{warehouse} lists no publications, so it may be newer than {backup}: FORCE=1 replaces it"
        )
    if lost:
        raise WouldLoseError(f"{warehouse} has {len(lost)} publications that {backup} lacks: FORCE=1 loses them")


def _publications(connection: duckdb.DuckDBPyConnection) -> set[str] | None:
    """Return the ids of a warehouse's publications, or None where it has no such table."""
    tables = connection.execute(
        "select distinct schema_name from duckdb_columns() "
        "where table_name = 'publications' and column_name = 'publication_id'"
    ).fetchall()
    if len(tables) != 1:
        return None
    rows = connection.execute(f'select publication_id from "{tables[0][0]}".publications').fetchall()  # noqa: S608
    return {name for (name,) in rows}


def checksum_file(backup: Path) -> Path:
    """Return where a backup's checksum is."""
    return backup.with_name(f"{backup.name}.sha256")


def _write_checksum(backup: Path, checksum: str) -> None:
    file = checksum_file(backup)
    part = file.with_suffix(".part")
    part.write_text(f"{checksum}  {backup.name}\n", encoding="ascii")
    sync(part)
    part.replace(file)


def _verified(backup: Path) -> str:
    """Return a backup's checksum once its bytes have been found to have it."""
    if not backup.is_file():
        raise BackupError(f"there is no backup {backup}")
    try:
        expected = checksum_file(backup).read_text(encoding="ascii").split()[0]
    except (FileNotFoundError, IndexError, UnicodeDecodeError):
        raise BackupError(f"{backup} has no checksum beside it, so it is unfinished: restore another one") from None
    if _sha256(backup) != expected:
        raise BackupError(f"{backup} is not what its checksum says, so it is damaged: restore another one")
    return expected


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
