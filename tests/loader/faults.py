"""Each call of a landing to its storage and its catalog, refused or answered by a kill: a file lands once or never.

``python -m tests.loader.faults [--root ROOT] [--step N]``

A fault strikes before a call has its effect, or after it, when its answer is lost. The lakes are in a temporary folder,
or where the root says: in a bucket, the calls to Glue are struck, too.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import tempfile
import threading
import uuid
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from textwrap import dedent
from typing import Any
from unittest.mock import patch

from botocore.exceptions import EndpointConnectionError

from loader.aws import clients as aws
from loader.cli import log
from loader.contract.model import Contract
from loader.contract.project import load_contracts
from loader.errors import StorageError
from loader.lake.catalog import open_catalog
from loader.lake.commits import read_commits
from loader.lake.landing import Landing
from loader.lake.objects import Manifest
from loader.lake.reading import Limits
from loader.lake.recovery import GRACE, recover
from loader.lake.storage import ObjectWriter, Store
from loader.lake.verification import verify
from tests.loader.conftest import CONTRACT
from tests.loader.processes import PROJECT, start

EARLIER = "PaymentID,Amount\n100,1.00\nbad\n"
CONTENT = "PaymentID,Amount\n" + "".join(f"{number},{number}.00\nbad\n" for number in range(12))
# Parts of a few rows, so that a landing makes several.
_LIMITS = Limits(block=64, part=40, frame=1)
_VERBS = ("put_new", "put", "get", "size", "list", "folders", "delete", "open_writer")
_GLUE = ("create_database", "create_table", "update_table", "batch_create_partition", "get_paginator")


@dataclass
class Fault:
    """What happens at which call.

    Attributes:
        at: number of the call, from 1 on; 0 for none.
        kills: whether the process ends as by kill -9; else the call fails.
        after: whether the call has had its effect by then; its answer is lost.
        calls: how many calls there were so far.
    """

    at: int = 0
    kills: bool = False
    after: bool = False
    calls: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def around(self, call: Callable[..., Any], error: Callable[[str], Exception] = StorageError) -> Callable[..., Any]:
        """Return the call with the fault built in."""

        def called(*arguments: Any, **named: Any) -> Any:
            # Parts are written in threads of their own.
            with self._lock:
                self.calls += 1
                strikes = self.calls == self.at
            if strikes and not self.after:
                self._strike(error)
            answer = call(*arguments, **named)
            if strikes:
                self._strike(error)
            if isinstance(answer, ObjectWriter):
                answer.write = self.around(answer.write)  # type: ignore[method-assign]
                answer.close = self.around(answer.close)  # type: ignore[method-assign]
            return answer

        return called

    def _strike(self, error: Callable[[str], Exception]) -> None:
        if self.kills:
            os.kill(os.getpid(), signal.SIGKILL)
        raise error(f"call {self.at} was refused on purpose")

    def store(self, store: Store) -> Store:
        """Return the store with the fault built into each of its verbs."""
        for verb in _VERBS:
            setattr(store, verb, self.around(getattr(store, verb)))
        return store

    def glue(self) -> Any:
        """Return a client of Glue with the fault built into each of its calls."""
        client = _glue_client()
        for verb in _GLUE:
            setattr(client, verb, self.around(getattr(client, verb), _unreachable))
        return client


_glue_client = aws.glue_client


def _unreachable(reason: str) -> Exception:
    return EndpointConnectionError(endpoint_url=reason)


def land(root: str, project: Path, file: Path, fault: Fault) -> None:
    """Land a file of the feed payments with a fault on the way."""
    contracts = load_contracts(project)
    with patch.object(aws, "glue_client", fault.glue):
        store = Store.open(root)
        catalog = open_catalog(store, project, contracts)
        Landing(fault.store(store), limits=_LIMITS, catalog=catalog).land(file, contracts["payments"])


class CutOff:
    """A catalog that refuses files of one name, so that their landing ends right after its commit."""

    def __init__(self, name: str) -> None:
        """Refuse files of this name."""
        self._name = name

    def register(self, manifest: Manifest) -> None:
        """Refuse, or do nothing."""
        if manifest.file_name == self._name:
            raise StorageError(f"cut off after the commit of {manifest.file_id}")

    def unregistered(self, manifests: Iterable[Manifest]) -> list[Manifest]:
        """Return none."""
        return []


def commit_only(store: Store, file: Path, contract: Contract) -> None:
    """Land a file up to its commit."""
    with suppress(StorageError):
        Landing(store, limits=_LIMITS, catalog=CutOff(file.name)).land(file, contract)


def _land_and_die(root: str, project: Path, file: Path, at: int, after: bool) -> None:
    land(root, project, file, Fault(at, kills=True, after=after))


@dataclass
class Matrix:
    """New lakes of one kind, and a file to land in each, after an earlier one that was cut off behind its commit.

    Attributes:
        earlier: the file whose landing was cut off.
        step: every so manieth call is struck.
        refused: calls refused so far.
        killed: loaders killed so far.
    """

    new_root: Callable[[], str]
    project: Path
    earlier: Path
    file: Path
    step: int = 1
    refused: int = 0
    killed: int = 0

    def calls(self) -> range:
        """Return the numbers of the calls to strike, of all that an undisturbed landing makes."""
        root, fault = self._begin(), Fault()
        land(root, self.project, self.file, fault)
        self._assert_whole(root, files=2)
        return range(1, fault.calls + 1, self.step)

    def refuse(self, *, after: bool) -> None:
        """Refuse each call in turn.

        Raises:
            AssertionError: something was lost, doubled, half visible or left over.
        """
        for number in self.calls():
            root, fault = self._begin(), Fault(number, after=after)
            told = "nothing"
            try:
                land(root, self.project, self.file, fault)
            except StorageError as error:
                told = str(error)
            assert f"call {number} was refused on purpose" in told
            self._assert_lands_after(root)
            self.refused += 1

    def kill(self, *, after: bool) -> None:
        """Kill a loader at each call in turn.

        Raises:
            AssertionError: something was lost, doubled, half visible or left over.
        """
        for number in self.calls():
            root = self._begin()
            process = start(_land_and_die, root, self.project, self.file, number, after)
            process.join()
            assert process.exitcode == -signal.SIGKILL
            self._assert_lands_after(root)
            self.killed += 1

    def _begin(self) -> str:
        """Return the root of a new lake whose only file is committed, and not finished."""
        root = self.new_root()
        commit_only(Store.open(root), self.earlier, load_contracts(self.project)["payments"])
        return root

    def _assert_lands_after(self, root: str) -> None:
        """See that the file lands once, whatever happened before."""
        committed = len(list(Store.open(root).list("commits")))
        self._assert_whole(root, files=committed)
        land(root, self.project, self.file, Fault())
        self._assert_whole(root, files=2)

    def _assert_whole(self, root: str, files: int) -> None:
        """See that what is visible is whole, that it is so many files, and that after recover nothing else is left."""
        store = Store.open(root)
        catalog = open_catalog(store, self.project, load_contracts(self.project))
        recover(store, catalog, lambda: datetime.now(UTC) + GRACE + timedelta(minutes=1))
        found = verify(store, catalog)
        assert found.findings == []
        numbers = sorted(commit.manifest.delivery_number for commit in read_commits(store, store.list("commits")))
        assert numbers == list(range(1, files + 1))
        assert len(list(store.list("files"))) == len(list(store.list("contents"))) == files
        assert [key for key in found.leftovers if not key.startswith("landing/")] == []
        for key in store.list("landing"):
            assert store.get(key) in (CONTENT.encode(), EARLIER.encode())


def make_project(folder: Path) -> Path:
    """Make a dbt project with the feed payments and the tables of a lake in a bucket."""
    staging = folder / "models" / "staging"
    (staging / "payments").mkdir(parents=True)
    (folder / "dbt_project.yml").write_text("name: project\n")
    (staging / "payments" / "_payments__sources.yml").write_text(dedent(CONTRACT))
    shutil.copy(PROJECT / "models" / "staging" / "_raw__sources.yml", staging)
    return folder


def new_root(base: str) -> str:
    """Return the root of a new lake below a folder or s3://bucket; its tables go to a database of their own."""
    name = f"lake_{uuid.uuid4().hex}"
    os.environ["LEDGER_LAKE_RAW_SCHEMA"] = name
    return f"{base}/{name}"


def main() -> None:
    """Try all calls, and say how many."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--root", help="a folder or s3://bucket, in which lakes are made and left")
    parser.add_argument("--step", type=int, default=1)
    given = parser.parse_args()
    log.configure(machine_readable=False)
    with tempfile.TemporaryDirectory() as folder:
        file, earlier = Path(folder) / "payments.csv", Path(folder) / "payments_earlier.csv"
        file.write_text(CONTENT)
        earlier.write_text(EARLIER)
        matrix = Matrix(
            lambda: new_root(given.root or folder), make_project(Path(folder) / "project"), earlier, file, given.step
        )
        for after in (False, True):
            matrix.refuse(after=after)
            matrix.kill(after=after)
    print(f"{matrix.refused:,} calls refused, {matrix.killed:,} loaders killed, 0 losses, 0 duplicates")


if __name__ == "__main__":
    main()
