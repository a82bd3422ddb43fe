"""Runs statements, each in a thread of a bounded pool, and remembers what came of them."""

from __future__ import annotations

import logging
import shutil
import time
from collections import OrderedDict
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Lock
from typing import Any, Literal
from uuid import uuid4

from local_athena.catalog import Catalog
from local_athena.columns import iceberg_refusal
from local_athena.failures import Failure, failure_of
from local_athena.glue import GlueError
from local_athena.listings import CatalogError, Listing
from local_athena.output import Output, location
from local_athena.plan import Action, Glue, Plan, Refuse, Run, Vacuum
from local_athena.results import Results
from local_athena.sql import vacuum_statements
from local_athena.statements import Statement, StatementLog
from local_athena.tokens import Name
from local_athena.trino import CancelledError, Outcome, ScanLimitError, Trino, TrinoError
from local_athena.values import column_info, text_of

_LOG = logging.getLogger(__name__)
_AT_ONCE = 16
# Older finished statements and their rows are forgotten beyond these.
_REMEMBERED = 2_000
_REMEMBERED_ROWS = 20_000_000
# Statements whose rows are the answer; of others only the count is.
_WITH_ROWS = ("SELECT", "EXPLAIN", "SHOW_CREATE_VIEW")

State = Literal["QUEUED", "RUNNING", "SUCCEEDED", "FAILED", "CANCELLED"]


@dataclass
class Execution:
    """One statement, from its submission on. Times are seconds since 1970.

    `result` says where its result goes, and `cutoff` how many bytes it may scan: the workgroup's settings and the
    request's.
    """

    text: str
    plan: Plan
    database: str
    request: Mapping[str, Any]
    results: Results
    id: str
    state: State = "QUEUED"
    failure: Failure | None = None
    outcome: Outcome = field(default_factory=Outcome)
    submitted: float = field(default_factory=time.time)
    started: float | None = None
    ended: float | None = None
    result: Mapping[str, Any] = field(default_factory=dict)
    cutoff: int | None = None
    cancel_reason: str = "Query cancelled by user"
    cancelled: Event = field(default_factory=Event)

    @property
    def output_location(self) -> str | None:
        """Where in S3 its result is, or will be; None when the request names no place."""
        folder = self.result.get("OutputLocation")
        return location(folder, self.id, self.plan) if folder else None

    @property
    def result_configuration(self) -> dict[str, Any]:
        """Where its result is, and how it is encrypted."""
        return {**self.result, **({"OutputLocation": self.output_location} if self.output_location else {})}

    @property
    def tables_folder(self) -> str | None:
        """Where a table is made that the statement gives no place; None as for results."""
        folder = self.result.get("OutputLocation")
        return f"{folder.rstrip('/')}/tables/{self.id}" if folder else None

    @property
    def finished(self) -> bool:
        """Whether its state is final."""
        return self.state not in ("QUEUED", "RUNNING")


class Executions:
    """All statements of this server, their rows in `folder`. Threads may share it."""

    def __init__(self, trino: Trino, catalog: Catalog, log: StatementLog, output: Output, folder: Path):
        self._trino = trino
        self._output = output
        self._catalog = catalog
        self._log = log
        self._folder = folder
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="statement")
        self._known: OrderedDict[str, Execution] = OrderedDict()
        self._lock = Lock()

    def submit(
        self,
        text: str,
        plan: Plan,
        database: str,
        request: Mapping[str, Any],
        *,
        result: Mapping[str, Any],
        cutoff: int | None = None,
    ) -> Execution:
        """Queues a statement and returns it at once."""
        identity = str(uuid4())
        results = Results(self._folder / identity)
        execution = Execution(text, plan, database, request, results, identity, result=result, cutoff=cutoff)
        with self._lock:
            self._known[identity] = execution
            self._forget()
        self._pool.submit(self._run, execution)
        return execution

    def find(self, identity: str) -> Execution | None:
        """The statement, or None if there is none or it is forgotten."""
        with self._lock:
            return self._known.get(identity)

    def all(self) -> list[Execution]:
        """Every statement that is remembered, the newest first."""
        with self._lock:
            return list(reversed(self._known.values()))

    def stop(self, execution: Execution) -> None:
        """Asks for the statement's end; its state is CANCELLED soon after, unless it ended before."""
        execution.cancelled.set()

    def close(self) -> None:
        """Cancels what runs and removes all rows."""
        for execution in self.all():
            execution.cancelled.set()
        self._pool.shutdown(cancel_futures=True)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _forget(self) -> None:
        rows = sum(execution.results.count for execution in self._known.values())
        for identity, execution in list(self._known.items()):
            if len(self._known) <= _REMEMBERED and rows <= _REMEMBERED_ROWS:
                return
            if execution.finished:
                rows -= execution.results.count
                execution.results.discard()
                del self._known[identity]

    def _run(self, execution: Execution) -> None:
        """Runs one statement to its final state, whatever happens."""
        execution.started = time.time()
        execution.state = "RUNNING"
        final: State = "SUCCEEDED"
        try:
            if execution.cancelled.is_set():
                raise CancelledError
            self._do(execution, self._choose(execution.plan))
            if execution.output_location is not None:
                self._output.write(execution.output_location, execution.results)
        except CancelledError:
            final = "CANCELLED"
        except ScanLimitError as error:
            execution.cancel_reason, final = str(error), "CANCELLED"
        except Exception as error:
            execution.failure = failure_of(error)
            if not isinstance(error, CatalogError | GlueError | TrinoError):
                _LOG.exception("statement %s failed", execution.id)
            final = "FAILED"
        execution.ended = time.time()
        try:
            self._log.append(_statement(execution, final, execution.ended))
        finally:
            # Last, because clients ask for the rest as soon as the state is final.
            execution.state = final

    def _choose(self, plan: Plan) -> Action:
        """The action for the kind of table that the plan is about; Trino reports a table that does not exist."""
        if plan.table is None or plan.iceberg is None:
            return plan.action
        iceberg = self._catalog.is_iceberg(plan.table)
        return plan.iceberg if iceberg or (iceberg is None and isinstance(plan.action, Refuse)) else plan.action

    def _do(self, execution: Execution, action: Action) -> None:
        match action:
            case Refuse(reason):
                raise CatalogError(reason)
            case Glue(method, arguments):
                listing = getattr(self._catalog, method)(**arguments)
                if isinstance(listing, Listing):
                    execution.results.columns = [column_info(name) for name in listing.columns]
                    execution.results.add(listing.rows)
            case Vacuum(table):
                properties: dict[str, str] = {}
                question = f"SELECT key, value FROM {_metadata(table, 'properties')}"  # noqa: S608  # a quoted name
                self._ask(execution, question, lambda _, rows: properties.update(rows))
                for statement in vacuum_statements(table, properties):
                    self._ask(execution, statement, lambda _, rows: None)
            case Run():
                self._run_on_trino(execution, action)

    def _run_on_trino(self, execution: Execution, action: Run) -> None:
        if execution.tables_folder is not None:
            action = action.placed(execution.tables_folder)
        if action.must_fit_iceberg:
            planned = self._ask(execution, action.must_fit_iceberg, lambda _, rows: None)
            for column in planned.columns:
                if reason := iceberg_refusal(column["type"]):
                    raise CatalogError(reason)
        results = execution.results
        with_rows = execution.plan.substatement_type in _WITH_ROWS
        results.header = execution.plan.statement_type == "DML" and with_rows

        def keep(columns: list[dict[str, Any]], rows: list[list[Any]]) -> None:
            signatures = [column["typeSignature"] for column in columns]
            texts = ([text_of(*pair) for pair in zip(row, signatures, strict=True)] for row in rows)
            if execution.plan.statement_type == "UTILITY":
                texts = ([line] for row in rows for line in str(row[0]).splitlines())
            if with_rows:
                results.add(texts)

        outcome = Outcome()
        for statement in action.statements:
            outcome = self._ask(execution, statement, keep, action.settings)
        if with_rows or outcome.update_count is not None:
            results.columns = [column_info(column["name"], column["typeSignature"]) for column in outcome.columns]

    def _ask(
        self, execution: Execution, statement: str, on_rows: Any, settings: Mapping[str, str] | None = None
    ) -> Outcome:
        """Runs one statement on Trino and adds its cost to the execution's."""
        total = execution.outcome
        outcome = self._trino.run(
            statement,
            on_rows,
            schema=execution.database,
            settings=settings,
            cancelled=execution.cancelled,
            most_bytes=None if execution.cutoff is None else execution.cutoff - total.bytes_scanned,
        )
        total.update_count = outcome.update_count
        total.bytes_scanned += outcome.bytes_scanned
        total.planning_milliseconds += outcome.planning_milliseconds
        for table, count in outcome.tables.items():
            total.tables[table] = total.tables.get(table, 0) + count
        return outcome


def _metadata(table: Name, kind: str) -> str:
    """One of an Iceberg table's metadata tables, such as `table$properties`."""
    return Name(table.schema, f"{table.table}${kind}").on("iceberg")


def _statement(execution: Execution, state: State, ended: float) -> Statement:
    outcome = execution.outcome
    return Statement(
        time=datetime.fromtimestamp(execution.submitted, UTC).isoformat(timespec="milliseconds"),
        query_id=execution.id,
        sql=execution.text,
        database=execution.database,
        state=state,
        statement_type=execution.plan.statement_type,
        substatement_type=execution.plan.substatement_type,
        bytes_scanned=outcome.bytes_scanned,
        rows=outcome.update_count or execution.results.count,
        milliseconds=round((ended - execution.submitted) * 1000),
        tables=outcome.tables,
        error=execution.failure.reason if execution.failure else None,
    )
