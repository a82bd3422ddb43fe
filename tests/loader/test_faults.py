"""Storage that refuses, and kills, at every call of a landing: a file lands once or never, and recover tidies up."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import buckets
import faulty_store
import pytest
from faulty_store import Fault

from loader.catalog import open_catalog
from loader.contract import load_contracts
from loader.errors import StorageError
from loader.recovery import GRACE, recover
from loader.storage import Store
from loader.verification import verify

CONTENT = "PaymentID,Amount\n" + "".join(f"{number},{number}.00\nbad\n" for number in range(12))
PROJECT = Path(__file__).parents[2]
# A bucket takes seconds a call: every sixth one is disturbed, or as many as this says.
BUCKET_STEP = int(os.environ.get("LEDGER_LAKE_FAULT_STEP", "6"))


@dataclass
class Lakes:
    """New lakes of one kind, and a file to land."""

    new_root: Callable[[], str]
    project: Path
    file: Path
    step: int = 1

    def calls(self) -> range:
        """Return the numbers of the calls to disturb, of all that an undisturbed landing makes."""
        fault = Fault()
        root = self.new_root()
        faulty_store.land(root, self.project, self.file, fault)
        self.assert_whole(root, runs=1)
        return range(1, fault.calls + 1, self.step)

    def assert_whole(self, root: str, runs: int) -> None:
        """See that what is visible is whole, that it is as many runs, and that after recover nothing else is left."""
        store = Store.open(root)
        catalog = open_catalog(store, self.project, load_contracts(self.project))
        recover(store, catalog, lambda: datetime.now(UTC) + GRACE + timedelta(minutes=1))
        found = verify(store, catalog)
        assert found.findings == []
        assert len(list(store.list("runs"))) == len(list(store.list("commits"))) == runs
        assert [key for key in found.leftovers if not key.startswith("landing/")] == []
        for key in store.list("landing"):
            assert store.get(key) == CONTENT.encode()

    def assert_lands_after(self, root: str) -> None:
        """See that the file lands once, whatever happened before."""
        committed = len(list(Store.open(root).list("commits")))
        self.assert_whole(root, runs=committed)
        faulty_store.land(root, self.project, self.file, Fault())
        self.assert_whole(root, runs=1)


@pytest.fixture(scope="module")
def services() -> Iterator[str]:
    with buckets.server() as url:
        yield url


@pytest.fixture(params=["folder", "bucket"])
def lakes(
    request: pytest.FixtureRequest,
    project: Path,
    tmp_path: Path,
    deliver: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
) -> Lakes:
    if request.param == "folder":
        roots = (str(tmp_path / f"lake-{number}") for number in range(1000))
        return Lakes(lambda: next(roots), project, deliver(CONTENT))
    buckets.use(request.getfixturevalue("services"), monkeypatch)
    shutil.copy(PROJECT / "models" / "staging" / "_raw__sources.yml", project / "models" / "staging")

    def new_root() -> str:
        root = buckets.new_root()
        # Each lake has its own tables.
        monkeypatch.setenv("LEDGER_LAKE_RAW_SCHEMA", root.split("/")[2].replace("-", "_"))
        return root

    return Lakes(new_root, project, deliver(CONTENT), BUCKET_STEP)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_storage_that_refuses_any_one_call_loses_and_doubles_nothing(lakes: Lakes, after: bool) -> None:
    for number in lakes.calls():
        root = lakes.new_root()
        fault = Fault(number, after=after)
        with pytest.raises(StorageError, match=f"call {number} was refused"):
            faulty_store.land(root, lakes.project, lakes.file, fault)
        lakes.assert_lands_after(root)


@pytest.mark.parametrize("when", ["before", "after"])
def test_loader_killed_at_any_call_loses_and_doubles_nothing(lakes: Lakes, when: str) -> None:
    def kill(number: int, root: str, environment: dict[str, str]) -> int:
        command = [sys.executable, faulty_store.__file__, root, str(lakes.project), str(lakes.file), str(number), when]
        path = os.pathsep.join([str(PROJECT), str(Path(__file__).parent)])
        return subprocess.run(command, env=environment | {"PYTHONPATH": path}, check=False).returncode

    roots = []
    with ThreadPoolExecutor(2) as pool:
        for number in lakes.calls():
            root = lakes.new_root()
            roots.append((dict(os.environ), root, pool.submit(kill, number, root, dict(os.environ))))
    for environment, root, killed in roots:
        assert killed.result() == -9
        with pytest.MonkeyPatch.context() as patch:
            for name, value in environment.items():
                patch.setenv(name, value)
            lakes.assert_lands_after(root)
