"""What builds have published and held of each feed, by the public views of the warehouse.

A feed's files are published in the order of their delivery_number, so its last published number is all that is asked
about published files.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from loader.errors import LoaderError, StorageError

if TYPE_CHECKING:
    from mypy_boto3_athena.client import AthenaClient
    from mypy_boto3_athena.type_defs import QueryExecutionStatusTypeDef

    from loader.lake.storage import Store

# The models' profile reads the same variables.
_ATHENA_VARIABLES = ("LEDGER_LAKE_SCHEMA", "LEDGER_LAKE_WORKGROUP", "LEDGER_LAKE_S3_STAGING_DIR")
_WAREHOUSE = "warehouse.duckdb"
# One statement, so that both views are of the same publication. A published row has no file_id.
_QUESTION = """
select feed, max(delivery_number) as delivery_number, cast(null as varchar) as file_id,
    cast(null as varchar) as file_name, cast(null as varchar) as failure, cast(null as varchar) as waits_behind
from file_reconciliation
group by feed
union all
select feed, delivery_number, file_id, file_name, failure, waits_behind
from held_files
order by feed, delivery_number
"""
_WITHDRAWN = "select file_id from file_reconciliation where decision = 'withdraw' and file_id in ({})"
_NO_VIEW = ("TABLE_NOT_FOUND", "SCHEMA_NOT_FOUND")
_SECONDS_BETWEEN_LOOKS = 0.5
_LOOKS = 600

Row = Sequence[str | int | None]


class UnknownError(LoaderError):
    """It cannot be known now which files are published, and nothing is wrong with the lake: says why."""


@dataclass(frozen=True)
class HeldFile:
    """A file that the last build did not publish, and why."""

    file_id: str
    file_name: str
    failure: str


@dataclass(frozen=True)
class WaitingFile:
    """A file that the last build did not publish, because the file ``waits_behind`` comes first and is held."""

    file_id: str
    file_name: str
    waits_behind: str


@dataclass
class Published:
    """What builds have done with one feed's files.

    Attributes:
        last_number: the delivery_number of the last published file, 0 where there is none.
    """

    last_number: int = 0
    held: list[HeldFile] = field(default_factory=list)
    waiting: list[WaitingFile] = field(default_factory=list)


class Warehouse(Protocol):
    """The tables that builds write."""

    def ask(self, question: str) -> list[Row]:
        """Return the rows of a query; numbers may come as text.

        Raises:
            UnknownError: the warehouse cannot answer now, and nothing is wrong with it.
            StorageError: it refused.
        """


def read_published(store: Store) -> dict[str, Published]:
    """Return by feed what was published and held; a feed of which no file was evaluated is left out.

    Raises:
        UnknownError: the warehouse cannot answer now, or it is not known where it is.
        StorageError: it refused.
    """
    warehouse = _warehouse_of(store)
    return {} if warehouse is None else published_by_feed(warehouse)


def published_by_feed(warehouse: Warehouse) -> dict[str, Published]:
    """Return what the warehouse has of each feed.

    Raises: as `read_published`.
    """
    found: dict[str, Published] = {}
    for row in warehouse.ask(_QUESTION):
        feed, number, file_id, file_name, failure, waits_behind = map(str, row)
        published = found.setdefault(feed, Published())
        if row[2] is None:
            published.last_number = int(number)
        elif row[4] is None:
            published.waiting.append(WaitingFile(file_id, file_name, waits_behind))
        else:
            published.held.append(HeldFile(file_id, file_name, failure))
    return found


def withdrawn_files(store: Store, file_ids: Sequence[str]) -> set[str]:
    """Return which of these files the last publication has as withdrawn; none of their rows count.

    Raises: as `read_published`.
    """
    warehouse = _warehouse_of(store)
    if warehouse is None:
        raise UnknownError("no build has made a warehouse yet")
    named = ", ".join(f"'{file_id}'" for file_id in file_ids)
    return {str(row[0]) for row in warehouse.ask(_WITHDRAWN.format(named))}


def _warehouse_of(store: Store) -> Warehouse | None:
    """Return the warehouse of a lake; None if no build has made it yet."""
    if store.folder is not None:
        path = store.folder / _WAREHOUSE
        return DuckDBWarehouse(path) if path.exists() else None
    schema, workgroup, results = (os.environ.get(name, "") for name in _ATHENA_VARIABLES)
    if not (schema and workgroup and results):
        raise UnknownError(f"set {', '.join(_ATHENA_VARIABLES)} as for dbt")
    from loader.aws.clients import athena_client

    return AthenaWarehouse(athena_client(), schema, workgroup, results)


class DuckDBWarehouse:
    """A warehouse in a file beside the lake."""

    def __init__(self, path: Path) -> None:
        """Open nothing yet."""
        self._path = path

    def ask(self, question: str) -> list[Row]:
        """Return the rows; the file is open for no longer than that, because it keeps builds out."""
        try:
            import duckdb
        except ImportError as error:
            raise UnknownError("the package duckdb is missing: pip install 'ledger-lake[dbt]'") from error
        try:
            with duckdb.connect(str(self._path), read_only=True) as connection:
                return list(connection.execute(question).fetchall())
        except duckdb.CatalogException as error:
            raise UnknownError(f"no build has finished in {self._path}") from error
        except duckdb.Error as error:
            if isinstance(error, duckdb.IOException) and "Could not set lock" in str(error):
                raise UnknownError("a build is running; try again when it has ended") from error
            raise StorageError(f"{self._path} cannot be read: {' '.join(str(error).split())}") from error


class AthenaWarehouse:
    """A warehouse in a schema of Athena."""

    def __init__(
        self,
        athena: AthenaClient,
        schema: str,
        workgroup: str,
        results: str,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        """Ask nothing yet. ``results`` is the prefix for query results, ``wait`` sleeps for some seconds."""
        self._athena = athena
        self._schema = schema
        self._workgroup = workgroup
        self._results = results
        self._wait = wait

    def ask(self, question: str) -> list[Row]:
        """Return the rows, all columns as text. Athena bills the query."""
        from loader.aws.clients import aws_errors

        with aws_errors(f"query {self._schema} in Athena"):
            query = self._athena.start_query_execution(
                QueryString=question,
                QueryExecutionContext={"Database": self._schema},
                WorkGroup=self._workgroup,
                ResultConfiguration={"OutputLocation": self._results},
            )["QueryExecutionId"]
            self._finish(query)
            pages = self._athena.get_paginator("get_query_results").paginate(QueryExecutionId=query)
            rows = [
                [value.get("VarCharValue") for value in row["Data"]]
                for page in pages
                for row in page["ResultSet"]["Rows"]
            ]
        # Athena's first row is the header.
        return list(rows[1:])

    def _finish(self, query: str) -> None:
        for _ in range(_LOOKS):
            status = self._athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"]
            if status["State"] == "SUCCEEDED":
                return
            if status["State"] in ("FAILED", "CANCELLED"):
                raise self._refusal(status)
            self._wait(_SECONDS_BETWEEN_LOOKS)
        raise StorageError(f"Athena's query {query} takes too long: look at the workgroup {self._workgroup}")

    def _refusal(self, status: QueryExecutionStatusTypeDef) -> LoaderError:
        reason = " ".join(status.get("StateChangeReason", "no reason given").split())
        if reason.startswith(_NO_VIEW):
            return UnknownError(f"no build has finished in the schema {self._schema} (LEDGER_LAKE_SCHEMA)")
        return StorageError(f"Athena refused to query {self._schema}: {reason} ({status['State']})")
