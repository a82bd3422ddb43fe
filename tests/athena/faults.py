"""What breaks a build on purpose, and who watches the tables meanwhile."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Any

import boto3
import pyathena
import pyathena.error
import urllib3

from local_athena.engine import Engine
from local_athena.processes import find
from local_athena.state import Role
from tests.athena.house import AthenaHouse
from tests.athena.waiting import running_processes
from tests.end_to_end.house import Spawned
from tests.pipeline.calls import Call

_PATIENCE_SECONDS = 300
_LOOK_SECONDS = 0.01
_PAUSE_SECONDS = 2.0
_ALL_STATES = ("QUEUED", "PLANNING", "STARTING", "RUNNING", "FINISHING")
_NO_TABLE = ("TABLE_NOT_FOUND", "SCHEMA_NOT_FOUND")

# What a table holds, its rows as text in their order; None where there is no table.
Content = tuple[str, ...] | None


@dataclass(frozen=True)
class Statement:
    """A statement of a build, known by its first words and by the relation that it makes or changes.

    Attributes:
        text: a pattern of its beginning, without what is before the relation's own name.
        states: the states of Trino in which it is in the middle.
    """

    text: str
    states: tuple[str, ...] = ("RUNNING", "FINISHING")

    def is_in(self, sql: str) -> bool:
        """Return whether a query is this statement."""
        return re.search(self.text, sql, re.IGNORECASE) is not None


def ctas(relation: str) -> Statement:
    """Return the statement that makes a table with its rows."""
    return Statement(_statement("create table", relation))


def any_view(relation: str) -> Statement:
    """Return the statements that make the views which a pattern names. They take no longer than a look at them."""
    return Statement(_statement("create or replace view", relation), _ALL_STATES)


def insert(relation: str) -> Statement:
    """Return the statement that appends to a table."""
    return Statement(_statement("insert into", relation))


def merge(relation: str) -> Statement:
    """Return the statement that merges into a table."""
    return Statement(_statement("merge into", relation))


def _statement(verb: str, relation: str) -> str:
    return verb.replace(" ", r"\s+") + rf'\s+(["\w]+\.)*"?{relation}"?\s'


def building(house: AthenaHouse, *arguments: str, at: datetime | None = None) -> Spawned:
    """A build that is under way; ended when its block is left."""
    return house.spawn("build", "--exclude-resource-type", "unit_test", *arguments, at=at)


def engine_of(house: AthenaHouse) -> Engine:
    assert house.engine is not None
    return house.engine


def killed_at(statement: Statement, watcher: Watcher, *arguments: str) -> None:
    """Build, kill the engine in the middle of a statement, see the build fail, and start the engine again."""
    engine = engine_of(watcher.house)
    with building(watcher.house, *arguments) as build:
        wait_for(statement, engine, build)
        with watcher.engine_down():
            engine.kill_trino()
            ended = build.result()
            engine.start_trino()
    # dbt says 2 where its last step could not ask the warehouse how the build ended.
    assert ended.exit_code in (1, 2), ended.output
    assert re.search(r"Done\. .* ERROR=[1-9]", ended.output), ended.output


def wait_for(statement: Statement, engine: Engine, build: Spawned | Call) -> None:
    """Return while a statement of a build runs; fail when the build ends without."""
    http = urllib3.PoolManager(headers={"X-Trino-User": "test"})
    end = time.monotonic() + _PATIENCE_SECONDS
    while True:
        for state in statement.states:
            queries = http.request("GET", f"{engine.trino_url}/v1/query", fields={"state": state}).json()
            if any(statement.is_in(query["query"]) for query in queries):
                return
        assert not build.done(), f"{statement} was not seen: {build.result().output}"
        assert time.monotonic() < end, f"waited for {statement} in vain"
        time.sleep(_LOOK_SECONDS)


def stopped_at(statement: Statement, house: AthenaHouse, *arguments: str) -> None:
    """Build, ask Athena to stop a statement in its middle, and see the build fail."""
    engine = engine_of(house)
    with building(house, *arguments) as build:
        wait_for(statement, engine, build)
        with standing_still(engine):
            stop_query(statement)
    assert build.result().exit_code == 1, build.result().output


@contextmanager
def standing_still(engine: Engine) -> Iterator[None]:
    """Trino does nothing meanwhile, so that a statement which was seen to run still does."""
    trino = find(running_processes(engine.statements.parent)[Role.TRINO])
    assert trino is not None
    trino.suspend()
    try:
        yield
    finally:
        trino.resume()


def stop_query(statement: Statement) -> None:
    """Ask Athena to stop a statement that runs."""
    athena = boto3.client("athena")
    latest = athena.list_query_executions()["QueryExecutionIds"][:50]
    (running,) = [
        execution["QueryExecutionId"]
        for execution in athena.batch_get_query_execution(QueryExecutionIds=latest)["QueryExecutions"]
        if execution["Status"]["State"] == "RUNNING" and statement.is_in(execution["Query"])
    ]
    athena.stop_query_execution(QueryExecutionId=running)


@contextmanager
def no_room_for(month: str, table: str, house: AthenaHouse) -> Iterator[None]:
    """S3 refuses to write a month that a table has nothing of yet: a file has the name that is to be a prefix."""
    ((place,),) = house.query(f'select max("$path") from {table}')
    data = place.removeprefix("s3://").rpartition("/data/")[0] + "/data"
    obstacle = engine_of(house).statements.parent / "s3" / data / f"booking_month={month}-01"
    obstacle.touch(exist_ok=False)
    try:
        yield
    finally:
        obstacle.unlink()


@dataclass
class Watcher:
    """A reader of its own who looks at tables all the time, and notes what each of them has shown, change by change."""

    house: AthenaHouse
    tables: tuple[str, ...]
    seen: dict[str, list[Content]] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def __enter__(self) -> Watcher:
        self._lock = threading.Lock()
        self._end = threading.Event()
        self._down = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self.look()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end.set()
        self._thread.join()
        if error is None:
            self.look()

    @contextmanager
    def engine_down(self) -> Iterator[None]:
        """What a reader is told while there is no engine says nothing of the tables."""
        self._down.set()
        yield
        self._down.clear()

    def changes(self) -> dict[str, int]:
        """Return how often each table has shown something else than before."""
        return {table: len(shown) - 1 for table, shown in self.seen.items()}

    def look(self) -> dict[str, int]:
        """Look once at each table. Return how often each has shown something else than before."""
        cursor = _cursor(self.house)
        for table in self.tables:
            self._note(table, cursor)
        return self.changes()

    def _watch(self) -> None:
        cursor = _cursor(self.house)
        while not self._end.wait(_PAUSE_SECONDS):
            for table in self.tables:
                was_down = self._down.is_set()
                try:
                    self._note(table, cursor)
                except pyathena.error.Error as error:
                    if not (was_down or self._down.is_set()):
                        self.failures.append(f"{table}: {error}")

    def _note(self, table: str, cursor: Any) -> None:
        # One look after the other, so that none is noted after a later one.
        with self._lock:
            shown = _content(table, cursor)
            changes = self.seen.setdefault(table, [])
            if not changes or changes[-1] != shown:
                changes.append(shown)


def shown(house: AthenaHouse, tables: tuple[str, ...]) -> dict[str, Content]:
    """Return what readers see in these tables now."""
    cursor = _cursor(house)
    return {table: _content(table, cursor) for table in tables}


def _cursor(house: AthenaHouse) -> Any:
    return pyathena.connect(
        s3_staging_dir=house.environment["LEDGER_LAKE_S3_STAGING_DIR"], schema_name=house.schema, poll_interval=0.05
    ).cursor()


def _content(table: str, cursor: Any) -> Content:
    try:
        rows = cursor.execute(f"select * from {table}").fetchall()
    except pyathena.error.Error as error:
        if any(name in str(error) for name in _NO_TABLE):
            return None
        raise
    return tuple(sorted(map(repr, rows)))
