"""A whole Ledger Lake on a local Athena, and the same files in a DuckDB warehouse beside it."""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from unittest import mock

import boto3
import pyathena

from loader.lake.catalog import open_catalog
from loader.lake.landing import Landing
from loader.lake.storage import Store
from local_athena.access import BUCKET
from local_athena.engine import Engine
from tests.end_to_end.house import House, always_one_lot

_PATIENCE_SECONDS = 300
_LOOK_SECONDS = 0.05


@dataclass(kw_only=True)
class AthenaHouse(House):
    """A house whose lake is in the engine's bucket. The AWS variables have to lead to the engine already.

    Attributes:
        name: keeps the house's prefix and its databases apart from those of others.
        schema: its warehouse.
    """

    engine: Engine
    name: str
    schema: str = field(init=False)

    def __post_init__(self) -> None:
        self.schema = self.name
        self.copy_project()
        self.open_landing()

    def add_feed(self, feed: str, folder: Path | None = None) -> None:
        super().add_feed(feed, folder)
        self.open_landing()

    def open_landing(self) -> None:
        """Land from now on by the contracts as they are, with their tables in Glue."""
        store = Store.open(self.root)
        with mock.patch.dict(os.environ, self.environment):
            catalog = open_catalog(store, self.project, self.contracts)
        self.landing = Landing(store, self.clock, catalog=catalog, draw_lot=always_one_lot)

    @property
    def root(self) -> str:
        return f"s3://{BUCKET}/{self.name}/lake"

    @property
    def environment(self) -> dict[str, str]:
        return {
            "LEDGER_LAKE_ROOT": self.root,
            "LEDGER_LAKE_RAW_SCHEMA": f"{self.name}_raw",
            "LEDGER_LAKE_WORKGROUP": "primary",
            "LEDGER_LAKE_SCHEMA": self.schema,
            "LEDGER_LAKE_S3_DATA_DIR": f"s3://{BUCKET}/{self.name}/warehouse/{self.schema}/",
            "LEDGER_LAKE_S3_STAGING_DIR": f"s3://{BUCKET}/{self.name}/results/",
            "LEDGER_LAKE_POLL_INTERVAL": "0.05",
        }

    @property
    def target(self) -> tuple[str, ...]:
        return ("--target", "athena")

    @cached_property
    def _connection(self) -> Any:
        return pyathena.connect(
            s3_staging_dir=self.environment["LEDGER_LAKE_S3_STAGING_DIR"], schema_name=self.schema, poll_interval=0.02
        )

    def has_table(self, name: str) -> bool:
        tables = "select 1 from information_schema.tables where table_schema = '{}' and table_name = '{}'"
        return len(self.query(tables.format(self.schema, name))) > 0

    def start_empty(self) -> None:
        self.schema += "_again"
        del self._connection

    def settle(self) -> None:
        athena = boto3.client("athena")
        end = time.monotonic() + _PATIENCE_SECONDS
        while True:
            latest = athena.list_query_executions()["QueryExecutionIds"][:50]
            executions = athena.batch_get_query_execution(QueryExecutionIds=latest)["QueryExecutions"]
            if not any(execution["Status"]["State"] in ("QUEUED", "RUNNING") for execution in executions):
                return
            assert time.monotonic() < end, "a statement of a killed build does not end"
            time.sleep(_LOOK_SECONDS)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = self._connection.cursor().execute(sql).fetchall()
        return rows

    def statements(self, after: int = 0) -> list[dict[str, Any]]:
        """Return what the engine was asked, from the statement with this number on."""
        return [json.loads(line) for line in self.engine.statements.read_text().splitlines()[after:]]


@dataclass(kw_only=True)
class Twin(House):
    """A house on DuckDB that reads the files which another one has landed on Athena."""

    original: AthenaHouse

    def __post_init__(self) -> None:
        self.copy_project()
        landed = self.original.engine.statements.parent / "s3" / BUCKET / self.original.name / "lake"
        self.lake.mkdir()
        # What a build reads; it is there once a file has landed.
        for folder in ("raw", "files"):
            (self.lake / folder).symlink_to(landed / folder)
