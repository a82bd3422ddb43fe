"""What crashes leave is finished or swept, and nothing that anybody may still need is touched."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import landing_tools
import pytest
from click.testing import CliRunner
from landing_tools import Clock

from loader.cli.commands import cli
from loader.contract.model import Contract
from loader.errors import StorageError
from loader.lake.catalog import FOLDER_CATALOG
from loader.lake.landing import TIME_LIMIT, Landing
from loader.lake.recovery import GRACE, Recovery, recover
from loader.lake.storage import Store
from loader.lake.verification import verify

Deliver = Callable[..., Path]
GOOD = "PaymentID,Amount\n1,10.00\nbad\n"
PART = "raw/payments/ingest_date=2024-02-01/file_id=20240201T000000000000Z-payments-00000000/part-00000.csv.zst"
NOTHING = Recovery([], [], [])


def later() -> datetime:
    return datetime.now(UTC) + GRACE + timedelta(minutes=1)


def test_committed_file_that_sql_cannot_see_is_finished(
    landing: Landing, lake: Path, contract: Contract, deliver: Deliver
) -> None:
    manifest = landing.land(deliver(GOOD), contract).manifest
    (file,) = landing_tools.objects(lake, "files")
    whole = (lake / file).read_bytes()
    (lake / file).unlink()
    store = Store.open(str(lake))
    assert recover(store, FOLDER_CATALOG) == Recovery([manifest.file_id], [], [])
    assert (lake / file).read_bytes() == whole
    assert recover(store, FOLDER_CATALOG) == NOTHING


def test_only_what_is_old_and_uncommitted_is_swept(
    landing: Landing, lake: Path, contract: Contract, deliver: Deliver
) -> None:
    landing.land(deliver(GOOD), contract)
    before = landing_tools.objects(lake)
    store = Store.open(str(lake))
    store.put(PART, b"of a landing under way")
    (lake / f"{PART}#1").write_bytes(b"a write under way")
    assert recover(store, FOLDER_CATALOG) == NOTHING
    assert recover(store, FOLDER_CATALOG, later) == Recovery([], [PART, f"{PART}#1"], [])
    assert landing_tools.objects(lake) == before


def test_bytes_that_were_never_landed_are_kept_and_named(lake: Path) -> None:
    store = Store.open(str(lake))
    key = f"landing/payments/{'0' * 64}/payments.csv"
    for one in (key, "landing/x"):
        store.put(one, b"delivered")
    assert recover(store, FOLDER_CATALOG) == NOTHING, "it may be a landing under way"
    assert recover(store, FOLDER_CATALOG, later) == Recovery([], [], [key, "landing/x"])
    assert store.get(key) == b"delivered"


def test_landing_whose_parts_may_be_swept_does_not_commit(
    lake: Path, contract: Contract, deliver: Deliver, clock: Clock
) -> None:
    def slow() -> datetime:
        moment = clock()
        clock.moment += TIME_LIMIT
        return moment

    file = deliver(GOOD)
    with pytest.raises(StorageError, match="land the file again"):
        Landing(Store.open(str(lake)), slow).land(file, contract)
    assert [key.split("/")[0] for key in landing_tools.objects(lake)] == ["landing"]
    assert Landing(Store.open(str(lake)), clock).land(file, contract).status == "landed"


def test_write_that_ends_while_it_is_looked_at_is_no_error(lake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store.open(str(lake))
    (lake / "landing").mkdir()
    monkeypatch.setattr(Path, "rglob", lambda *_: iter([lake / "landing" / "payments.csv#1"]))
    assert recover(store, FOLDER_CATALOG, later) == NOTHING


def test_two_loaders_that_begin_at_the_same_moment_share_no_part(
    lake: Path, contract: Contract, deliver: Deliver
) -> None:
    file, moment = deliver(GOOD), datetime(2024, 2, 1, tzinfo=UTC)
    other = Landing(Store.open(str(lake)), lambda: moment)

    class Refused(Landing):
        """A landing that fails when it has written its parts, and the other one has landed the same bytes."""

        def _write_parts(self, *arguments: Any) -> Any:
            super()._write_parts(*arguments)
            other.land(file, contract)
            raise StorageError("refused")

    with pytest.raises(StorageError, match="refused"):
        Refused(Store.open(str(lake)), lambda: moment).land(file, contract)
    assert verify(other.store, FOLDER_CATALOG).findings == []
    assert len(landing_tools.read_rows(lake, contract)) > 0


def test_parts_of_a_file_that_sql_sees_outlive_its_commit(
    landing: Landing, lake: Path, contract: Contract, deliver: Deliver
) -> None:
    landing.land(deliver(GOOD), contract)
    (commit,) = landing_tools.objects(lake, "commits")
    (file,) = landing_tools.objects(lake, "files")
    whole = (lake / commit).read_bytes()
    (lake / commit).unlink()
    assert recover(landing.store, FOLDER_CATALOG, later).swept == []
    (lost,) = [finding for finding in verify(landing.store, FOLDER_CATALOG).findings if finding.key == file]
    assert "if that was lost, put a copy of this object in its place" in lost.message
    (lake / commit).write_bytes((lake / file).read_bytes())
    assert (lake / commit).read_bytes() == whole
    assert verify(landing.store, FOLDER_CATALOG).findings == []


def test_commit_that_cannot_be_read_stops_before_a_sweep(
    landing: Landing, lake: Path, contract: Contract, deliver: Deliver
) -> None:
    landing.land(deliver(GOOD), contract)
    (commit,) = landing_tools.objects(lake, "commits")
    (lake / commit).write_text("{}")
    before = landing_tools.objects(lake)
    with pytest.raises(StorageError, match=f"{commit} is no manifest"):
        recover(Store.open(str(lake)), FOLDER_CATALOG, later)
    assert landing_tools.objects(lake) == before


def test_command_says_what_it_did(
    landing: Landing, lake: Path, project: Path, contract: Contract, deliver: Deliver
) -> None:
    file_id = landing.land(deliver(GOOD), contract).manifest.file_id
    (lake / landing_tools.objects(lake, "files")[0]).unlink()

    def run() -> str:
        done = CliRunner().invoke(cli, ["--project-dir", str(project), "--root", str(lake), "recover"])
        assert done.exit_code == 0
        return done.stdout

    assert run() == f"finished {file_id}: SQL sees it now\n1 file finished, 0 objects swept\n"
    assert run() == "0 files finished, 0 objects swept\n"
