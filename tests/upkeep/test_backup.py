"""A backup holds what was published, is refused while somebody writes, and a restore loses nothing unasked."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from upkeep import backup, warehouse
from upkeep.cli import main
from upkeep.errors import BackupError, BusyError, NoWarehouseError, UpkeepError, WouldLoseError

WRITER = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1])
connection.execute("insert into publications values ('of the writer')")
print("writing", flush=True)
sys.stdin.read()
"""
PROBE = "import sys, duckdb; duckdb.connect(sys.argv[1])"


def publish(path: Path, *names: str) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table if not exists publications (publication_id varchar)")
        for name in names:
            connection.execute("insert into publications values (?)", [name])


def published(path: Path) -> list[str]:
    with duckdb.connect(str(path), read_only=True) as connection:
        rows = connection.execute("select publication_id from publications order by 1").fetchall()
        return [name for (name,) in rows]


@contextmanager
def writer(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that has the warehouse open; it is killed, so that its work stays in the log."""
    command = [sys.executable, "-c", WRITER, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "writing\n"
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A warehouse with one publication."""
    path = tmp_path / "lake" / "warehouse.duckdb"
    path.parent.mkdir()
    publish(path, "first")
    return path


def at(second: int) -> datetime:
    return datetime(2026, 1, 1, 6, 0, second, tzinfo=UTC)


def test_backup_is_named_by_its_time_and_sha256sum_knows_it(kept: Path, tmp_path: Path) -> None:
    written = backup.back_up(kept, tmp_path / "backups", lambda: at(0))
    assert written.name == "warehouse-20260101T060000Z.duckdb"
    command = ["sha256sum", "--check", f"{written.name}.sha256"]
    checked = subprocess.run(command, cwd=written.parent, check=False)
    assert checked.returncode == 0
    assert sorted(path.name for path in written.parent.iterdir()) == [written.name, f"{written.name}.sha256"]


def test_backup_holds_what_a_killed_build_committed(kept: Path, tmp_path: Path) -> None:
    with writer(kept):
        pass
    assert warehouse.write_ahead_log(kept).exists()
    assert published(backup.back_up(kept, tmp_path)) == ["first", "of the writer"]


def test_backup_is_refused_while_a_build_writes(kept: Path, tmp_path: Path) -> None:
    with writer(kept), pytest.raises(BusyError, match="try again"):
        backup.back_up(kept, tmp_path / "backups")
    assert list((tmp_path / "backups").iterdir()) == []


def test_no_build_can_write_while_a_backup_is_copied(
    kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcomes = []

    def copy_and_probe(source: Path, target: Path) -> None:
        warehouse.copy_file(source, target)
        outcomes.append(subprocess.run([sys.executable, "-c", PROBE, str(kept)], capture_output=True, check=False))

    monkeypatch.setattr(backup, "copy_file", copy_and_probe)
    backup.back_up(kept, tmp_path / "backups")
    assert [outcome.returncode for outcome in outcomes] == [1]
    assert b"Could not set lock" in outcomes[0].stderr


def test_backup_that_cannot_be_read_is_not_kept(kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backup, "copy_file", lambda _, target: target.write_bytes(b"x" * 9000))
    with pytest.raises(UpkeepError, match="cannot be read"):
        backup.back_up(kept, tmp_path / "backups")
    assert list((tmp_path / "backups").iterdir()) == []


def test_restore_brings_back_a_lost_warehouse(kept: Path, tmp_path: Path) -> None:
    written = backup.back_up(kept, tmp_path)
    kept.unlink()
    backup.restore(written, kept)
    assert published(kept) == ["first"]


def test_restore_replaces_what_published_nothing_since(kept: Path, tmp_path: Path) -> None:
    written = backup.back_up(kept, tmp_path)
    with duckdb.connect(str(kept)) as connection:
        connection.execute("create table half_a_build (number integer)")
    backup.restore(written, kept)
    with duckdb.connect(str(kept), read_only=True) as connection:
        assert connection.execute("select table_name from duckdb_tables()").fetchall() == [("publications",)]


def test_restore_keeps_a_newer_warehouse_unless_forced(kept: Path, tmp_path: Path) -> None:
    written = backup.back_up(kept, tmp_path)
    publish(kept, "second")
    with pytest.raises(WouldLoseError, match=r"has 1 publications that .* lacks: FORCE=1"):
        backup.restore(written, kept)
    assert published(kept) == ["first", "second"]
    backup.restore(written, kept, force=True)
    assert published(kept) == ["first"]


def test_restore_keeps_a_warehouse_without_publications(kept: Path, tmp_path: Path) -> None:
    written = backup.back_up(kept, tmp_path)
    with duckdb.connect(str(kept)) as connection:
        connection.execute("drop table publications")
    with pytest.raises(WouldLoseError, match="lists no publications"):
        backup.restore(written, kept)


def test_restore_does_not_replay_the_old_log(kept: Path, tmp_path: Path) -> None:
    written = backup.back_up(kept, tmp_path)
    with writer(kept):
        pass
    backup.restore(written, kept, force=True)
    assert published(kept) == ["first"]


@pytest.mark.parametrize("force", [False, True])
def test_restore_is_refused_while_a_build_writes(kept: Path, tmp_path: Path, force: bool) -> None:
    written = backup.back_up(kept, tmp_path)
    with writer(kept), pytest.raises(BusyError):
        backup.restore(written, kept, force=force)


def test_damaged_warehouse_is_replaced_only_when_forced(kept: Path, tmp_path: Path) -> None:
    written = backup.back_up(kept, tmp_path)
    kept.write_bytes(b"x" * 9000)
    with pytest.raises(UpkeepError, match="FORCE=1"):
        backup.restore(written, kept)
    backup.restore(written, kept, force=True)
    assert published(kept) == ["first"]


def test_damaged_backup_restores_nothing(kept: Path, tmp_path: Path) -> None:
    written = backup.back_up(kept, tmp_path)
    content = bytearray(written.read_bytes())
    content[-1] ^= 1
    written.write_bytes(content)
    with pytest.raises(BackupError, match="damaged"):
        backup.restore(written, kept, force=True)
    assert published(kept) == ["first"]


def test_backup_without_a_checksum_restores_nothing(kept: Path, tmp_path: Path) -> None:
    written = backup.back_up(kept, tmp_path)
    backup.checksum_file(written).unlink()
    with pytest.raises(BackupError, match="no checksum"):
        backup.restore(written, kept, force=True)


def test_command_line_restores_the_newest_backup(kept: Path, tmp_path: Path) -> None:
    for second in (1, 3, 2):
        publish(kept, f"at {second}")
        backup.back_up(kept, tmp_path / "backups", lambda second=second: at(second))
    kept.unlink()
    command = ["--root", str(kept.parent), "restore", "--folder", str(tmp_path / "backups")]
    assert CliRunner().invoke(main, command).exit_code == 0
    assert published(kept) == ["at 1", "at 3", "first"]


def test_command_line_says_errors_in_one_line(tmp_path: Path) -> None:
    refused = CliRunner().invoke(main, ["--root", str(tmp_path), "backup", "--to", str(tmp_path / "backups")])
    assert refused.exit_code == 1
    assert refused.output.startswith("Error: there is no warehouse")
    assert refused.output.count("\n") == 1


def test_lake_in_a_bucket_has_no_warehouse_file() -> None:
    with pytest.raises(NoWarehouseError, match="bucket"):
        warehouse.find_warehouse("s3://bucket/lake")
