"""PyAthena, unpatched, on the engine."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from pyathena import connect
from pyathena.cursor import DictCursor
from pyathena.error import DatabaseError, OperationalError

from local_athena.engine import Engine
from tests.athena.athena_client import OUTPUT, Client


@pytest.fixture(scope="module")
def client(engine: Engine) -> Client:
    return Client(engine)


@pytest.fixture
def connection(client: Client, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name, value in client.engine.environment().items():
        monkeypatch.setenv(name, value)
    with connect(s3_staging_dir=OUTPUT, schema_name=client.database, poll_interval=0.02) as opened:
        yield opened


def test_values_come_as_python_objects(connection: Any) -> None:
    cursor = connection.cursor().execute(
        "select 1, 1.5e0, cast(2.5 as decimal(10, 2)), 'é', true, date '2024-01-02', "
        "timestamp '2024-01-02 03:04:05.678', cast('x' as varbinary), array[1, 2], "
        "cast(row(1) as row(a int)), json '{\"a\": 1}', null"
    )

    assert cursor.fetchall() == [
        (
            *(1, 1.5, Decimal("2.50"), "é", True, date(2024, 1, 2), datetime(2024, 1, 2, 3, 4, 5, 678000), b"x"),  # noqa: DTZ001  # Athena's timestamps have no zone
            *([1, 2], {"a": "1"}, {"a": 1}, None),
        )
    ]
    assert cursor.statement_type == "DML"
    assert [column[1] for column in cursor.description][:3] == ["integer", "double", "decimal"]


def test_large_results_are_read_to_their_end(connection: Any) -> None:
    cursor = connection.cursor(DictCursor).execute("select x as n from unnest(sequence(1, 2500)) as t(x)")

    assert [row["n"] for row in cursor] == list(range(1, 2501))


@pytest.mark.parametrize(
    ("style", "sql", "parameters"),
    [
        ("pyformat", "select %(word)s, %(number)d", {"word": "it's", "number": 3}),
        ("qmark", "select ?, ?", ["'it''s'", "3"]),
    ],
)
def test_parameters_of_both_styles_arrive(connection: Any, style: str, sql: str, parameters: Any) -> None:
    assert connection.cursor().execute(sql, parameters, paramstyle=style).fetchall() == [("it's", 3)]


def test_changed_rows_are_counted(connection: Any, client: Client) -> None:
    client.iceberg("counted", "select 1 as n")

    assert connection.cursor().execute("insert into counted values 2, 3").rowcount == 2
    assert connection.cursor().execute("select count(*) from counted").fetchone() == (3,)


def test_ddl_and_metadata_work(connection: Any, client: Client) -> None:
    cursor = connection.cursor()
    cursor.execute(f"create external table made (a int) stored as parquet location '{client.location}/made/'")
    assert ("made",) in cursor.execute("show tables").fetchall()

    assert client.database in [database.name for database in cursor.list_databases("AwsDataCatalog")]
    assert [column.name for column in cursor.get_table_metadata("made").columns] == ["a"]
    assert "made" in [table.name for table in cursor.list_table_metadata()]


def test_a_failure_carries_athenas_reason(connection: Any) -> None:
    with pytest.raises(OperationalError, match="COLUMN_NOT_FOUND"):
        connection.cursor().execute("select nothing")
    with pytest.raises(DatabaseError, match="Only one sql statement is allowed"):
        connection.cursor().execute("select 1; select 2")


def test_many_statements_at_once_all_answer(connection: Any) -> None:
    def ask(number: int) -> Any:
        return connection.cursor().execute(f"select {number}").fetchone()

    with ThreadPoolExecutor(40) as pool:
        assert list(pool.map(ask, range(60))) == [(number,) for number in range(60)]
