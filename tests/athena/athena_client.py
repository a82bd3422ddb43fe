"""How the tests speak to an engine: boto3's clients, and a statement from its start to its rows."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import boto3

from local_athena.access import BUCKET
from local_athena.engine import Engine

# The keys of a table's entry that a client may write; the others are Glue's own.
_TABLE_INPUT = (
    *("Name", "Description", "StorageDescriptor", "PartitionKeys", "TableType", "Parameters"),
    *("ViewOriginalText", "ViewExpandedText"),
)
OUTPUT = f"s3://{BUCKET}/results/"


@dataclass(frozen=True)
class Answer:
    """What came of a statement: Athena's QueryExecution, and its GetQueryResults when it succeeded."""

    execution: dict[str, Any]
    results: dict[str, Any]

    @property
    def state(self) -> str:
        return str(self.execution["Status"]["State"])

    @property
    def reason(self) -> str:
        return str(self.execution["Status"].get("StateChangeReason", ""))

    @property
    def rows(self) -> list[list[str | None]]:
        rows = self.results["ResultSet"]["Rows"]
        return [[value.get("VarCharValue") for value in row["Data"]] for row in rows]

    @property
    def columns(self) -> list[dict[str, Any]]:
        return list(self.results["ResultSet"]["ResultSetMetadata"]["ColumnInfo"])


class Client:
    """An engine and one database of it, which has a folder of its own in S3."""

    def __init__(self, engine: Engine):
        self.engine = engine
        self.athena: Any = self._client("athena", "AWS_ENDPOINT_URL")
        self.glue: Any = self._client("glue", "AWS_ENDPOINT_URL")
        self.s3: Any = self._client("s3", "AWS_ENDPOINT_URL_S3")
        self.database = f"db_{uuid4().hex[:8]}"
        self.location = f"s3://{BUCKET}/{self.database}"
        self.succeed(f"create schema {self.database}")

    def _client(self, service: str, endpoint: str) -> Any:
        environment = self.engine.environment()
        return boto3.client(  # type: ignore[call-overload]  # the stubs know each service by its own name
            service,
            endpoint_url=environment[endpoint],
            region_name=environment["AWS_REGION"],
            aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        )

    def start(self, sql: str, **more: Any) -> str:
        """The id of a statement that has been started in the client's database."""
        context = {"Catalog": "AwsDataCatalog", "Database": self.database}
        answer = self.athena.start_query_execution(
            QueryString=sql,
            QueryExecutionContext=context,
            ResultConfiguration={"OutputLocation": OUTPUT},
            **more,
        )
        return str(answer["QueryExecutionId"])

    def wait(self, identity: str) -> Answer:
        """Waits for a statement's final state."""
        while True:
            execution = self.athena.get_query_execution(QueryExecutionId=identity)["QueryExecution"]
            if execution["Status"]["State"] not in ("QUEUED", "RUNNING"):
                break
            time.sleep(0.02)
        done = execution["Status"]["State"] == "SUCCEEDED"
        return Answer(execution, self.athena.get_query_results(QueryExecutionId=identity) if done else {})

    def run(self, sql: str, **more: Any) -> Answer:
        """Runs a statement to its final state."""
        return self.wait(self.start(sql, **more))

    def succeed(self, sql: str, **more: Any) -> Answer:
        """Runs a statement that has to succeed."""
        answer = self.run(sql, **more)
        assert answer.state == "SUCCEEDED", answer.reason
        return answer

    def rows(self, sql: str, **more: Any) -> list[list[str | None]]:
        """The rows of a query, without its header."""
        return self.succeed(sql, **more).rows[1:]

    def iceberg(self, table: str, query: str, properties: str = "") -> None:
        """Makes an Iceberg table of a query's rows."""
        self.succeed(
            f"create table {table} with (table_type='iceberg', is_external=false, "
            f"location='{self.location}/{table}'{properties}) as {query}"
        )

    def entry(self, table: str) -> dict[str, Any]:
        """Glue's entry of a table."""
        return dict(self.glue.get_table(DatabaseName=self.database, Name=table)["Table"])

    def change(self, table: str, **changes: Any) -> None:
        """Changes Glue's entry of a table, as a client other than Trino does."""
        entry = self.entry(table)
        kept = {key: value for key, value in entry.items() if key in _TABLE_INPUT}
        self.glue.update_table(DatabaseName=self.database, TableInput={**kept, **changes})
