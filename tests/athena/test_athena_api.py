"""The Athena API on a real engine, as boto3 sees it."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_athena.engine import Engine
from local_athena.output import Output, location
from local_athena.results import Results
from local_athena.sql import plan
from local_athena.trino import tables_read
from local_athena.values import column_info, text_of
from local_athena.versions import TRINO
from tests.athena.athena_client import OUTPUT, Client


@pytest.fixture(scope="module")
def client(engine: Engine) -> Client:
    return Client(engine)


def logged(engine: Engine, identity: str) -> dict[str, Any]:
    """The statement's line in the log."""
    lines = Path(engine.statements).read_text(encoding="utf-8").splitlines()
    found = [line for line in map(json.loads, lines) if line["query_id"] == identity]
    assert len(found) == 1
    return dict(found[0])


def test_a_select_answers_its_header_its_types_and_its_rows(client: Client) -> None:
    answer = client.succeed(
        "select 1 as i, cast(2.5 as decimal(10, 2)) as d, 'x' as v, cast(1.5 as real) as r, 1e10 as f, true as b, "
        "timestamp '2024-01-02 03:04:05.678' as t, date '2024-01-02' as dt, array[1, null] as a, "
        "map(array['k'], array[1.5e0]) as m, cast(row(1, 'x') as row(p int, q varchar)) as w, "
        "x'4a4b' as z, json '{\"a\":1}' as j, null as n"
    )

    assert (answer.execution["StatementType"], answer.execution["SubstatementType"]) == ("DML", "SELECT")
    header, row = answer.rows
    assert header == [column["Name"] for column in answer.columns] == [*"idvrfb", "t", "dt", *"amwzjn"]
    types = "integer decimal varchar float double boolean timestamp date array map row varbinary json unknown"
    assert " ".join(column["Type"] for column in answer.columns) == types
    assert (answer.columns[1]["Precision"], answer.columns[1]["Scale"]) == (10, 2)
    assert {column["Nullable"] for column in answer.columns} == {"UNKNOWN"}
    assert row == [
        *("1", "2.50", "x", "1.5", "1.0E10", "true", "2024-01-02 03:04:05.678", "2024-01-02"),
        *("[1, null]", "{k=1.5}", "{p=1, q=x}", "4a 4b", '{"a":1}', None),
    ]
    assert answer.results["UpdateCount"] == 0


def test_statistics_and_context_are_those_of_the_statement(client: Client) -> None:
    client.succeed(
        f"create table scanned with (external_location='{client.location}/scanned', format='parquet') "
        "as select x as n, cast(random() as varchar) as v from unnest(sequence(1, 5000)) as t(x)"
    )
    answer = client.succeed("select max(v) from scanned", WorkGroup="analysts")

    execution = answer.execution
    assert execution["Statistics"]["DataScannedInBytes"] > 10_000
    assert execution["Statistics"]["EngineExecutionTimeInMillis"] > 0
    assert execution["Statistics"]["TotalExecutionTimeInMillis"] >= execution["Statistics"]["QueryQueueTimeInMillis"]
    assert execution["QueryExecutionContext"] == {"Database": client.database, "Catalog": "awsdatacatalog"}
    assert execution["WorkGroup"] == "analysts"
    assert execution["ResultConfiguration"] == {"OutputLocation": f"{OUTPUT}{execution['QueryExecutionId']}.csv"}
    assert execution["Status"]["CompletionDateTime"] >= execution["Status"]["SubmissionDateTime"]


def test_a_statement_is_logged_with_the_tables_that_it_read(client: Client) -> None:
    client.succeed(
        f"create table small with (external_location='{client.location}/small', format='parquet') as select 1 as n"
    )
    client.iceberg("large", "select x as n from unnest(sequence(1, 10000)) as t(x)")
    sql = "select count(*) from small s join large l on l.n = s.n\nwhere l.n > 0"
    answer = client.succeed(sql)

    line = logged(client.engine, answer.execution["QueryExecutionId"])
    assert line["sql"] == sql
    assert (line["state"], line["statement_type"], line["error"]) == ("SUCCEEDED", "DML", None)
    assert (line["database"], line["rows"]) == (client.database, 1)
    assert line["milliseconds"] > 0
    small, large = line["tables"][f"{client.database}.small"], line["tables"][f"{client.database}.large"]
    assert 0 < small < large
    assert small + large == line["bytes_scanned"] == answer.execution["Statistics"]["DataScannedInBytes"]


def test_a_failure_is_logged_with_its_reason(client: Client) -> None:
    answer = client.run("select nothing from nowhere")

    assert answer.state == "FAILED"
    assert answer.reason.startswith("TABLE_NOT_FOUND: line 1:21: ")
    error = answer.execution["Status"]["AthenaError"]
    assert (error["ErrorCategory"], error["ErrorMessage"]) == (2, answer.reason)
    assert logged(client.engine, answer.execution["QueryExecutionId"])["error"] == answer.reason


def test_what_changes_rows_answers_their_number_and_none_of_them(client: Client) -> None:
    client.iceberg("changed", "select x as n from unnest(sequence(1, 5)) as t(x)")
    made = client.succeed(f"create table made with (external_location='{client.location}/made') as select 1 a, 2 b")

    assert (made.execution["StatementType"], made.execution["SubstatementType"]) == ("DDL", "CREATE_TABLE_AS_SELECT")
    assert (made.results["UpdateCount"], made.rows) == (1, [])
    for sql, name, count in [
        ("insert into changed values 6, 7", "INSERT", 2),
        ("delete from changed where n > 5", "DELETE", 2),
        ("update changed set n = 0 where n < 4", "UPDATE", 3),
        ("merge into changed c using (select 9 n) s on c.n = s.n when not matched then insert values (9)", "MERGE", 1),
    ]:
        answer = client.succeed(sql)
        assert (answer.execution["StatementType"], answer.execution["SubstatementType"]) == ("DML", name)
        assert (answer.results["UpdateCount"], answer.rows) == (count, [])


def test_rows_of_a_hive_table_cannot_be_changed(client: Client) -> None:
    client.succeed(f"create table fixed with (external_location='{client.location}/fixed') as select 1 as n")

    for sql in ("delete from fixed", "update fixed set n = 2"):
        assert "Modifying Hive table rows" in client.run(sql).reason
    assert client.rows("select n from fixed") == [["1"]]


def test_a_large_result_comes_in_pages(client: Client) -> None:
    identity = client.start("select x as n from unnest(sequence(1, 2500)) as t(x)")
    client.wait(identity)

    pages = list(client.athena.get_paginator("get_query_results").paginate(QueryExecutionId=identity))
    rows = [row["Data"][0]["VarCharValue"] for page in pages for row in page["ResultSet"]["Rows"]]
    assert [len(page["ResultSet"]["Rows"]) for page in pages] == [1000, 1000, 501]
    assert rows == ["n", *(str(number) for number in range(1, 2501))]

    one = client.athena.get_query_results(QueryExecutionId=identity, MaxResults=1)
    two = client.athena.get_query_results(QueryExecutionId=identity, MaxResults=1, NextToken=one["NextToken"])
    assert [page["ResultSet"]["Rows"][0]["Data"][0]["VarCharValue"] for page in (one, two)] == ["n", "1"]


@pytest.mark.parametrize("token", ["-5", "abc", "999999999", "3"])
def test_a_token_that_no_page_has_given_is_refused(client: Client, token: str) -> None:
    identity = client.start("select 'ab' as v")
    client.wait(identity)
    with pytest.raises(ClientError, match=r"\(InvalidRequestException\).*Invalid NextToken"):
        client.athena.get_query_results(QueryExecutionId=identity, NextToken=token)


def test_executions_are_listed_fifty_at_the_most(client: Client) -> None:
    for token in ("-1", "abc", "999999999"):
        with pytest.raises(ClientError, match=r"\(InvalidRequestException\).*Invalid NextToken"):
            client.athena.list_query_executions(NextToken=token)
    with pytest.raises(ClientError, match="MaxResults is more than maximum allowed length 50"):
        client.athena.list_query_executions(MaxResults=51)


def test_a_statement_can_be_stopped(client: Client) -> None:
    counts = "(select x from unnest(sequence(1, 10000)) as t(x))"
    identity = client.start(f"select count(*) from {counts} a(a), {counts} b(b), {counts} c(c) where a * b <> c")
    while client.athena.get_query_execution(QueryExecutionId=identity)["QueryExecution"]["Status"]["State"] == "QUEUED":
        time.sleep(0.01)
    with pytest.raises(ClientError, match=r"Query has not yet finished\. Current state: RUNNING"):
        client.athena.get_query_results(QueryExecutionId=identity)

    client.athena.stop_query_execution(QueryExecutionId=identity)

    answer = client.wait(identity)
    assert (answer.state, answer.reason) == ("CANCELLED", "Query cancelled by user")
    assert logged(client.engine, identity)["state"] == "CANCELLED"
    with pytest.raises(ClientError, match=r"Query did not finish successfully\. Final query state: CANCELLED"):
        client.athena.get_query_results(QueryExecutionId=identity)


def test_the_same_token_starts_a_statement_once(client: Client) -> None:
    token = "t" * 32
    first = client.start("select 1", ClientRequestToken=token)

    assert client.start("select 1", ClientRequestToken=token) == first
    with pytest.raises(ClientError, match="Idempotent parameters do not match"):
        client.start("select 2", ClientRequestToken=token)


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("select 1; select 2", "Only one sql statement is allowed"),
        ("create or replace table t as select 1", "not supported"),
        ("unload (select 1) to 's3://b/u' with (format = 'PARQUET')", "UNLOAD is not supported by the local Athena"),
        ("select '" + "é" * 131_072 + "'", "262144"),
    ],
)
def test_what_athena_does_not_start_is_refused_at_once(client: Client, sql: str, why: str) -> None:
    with pytest.raises(ClientError, match="InvalidRequestException") as refusal:
        client.start(sql)

    assert why in str(refusal.value)


def test_requests_that_make_no_sense_are_refused(client: Client) -> None:
    with pytest.raises(ClientError, match="No output location provided"):
        client.athena.start_query_execution(QueryString="select 1")
    with pytest.raises(ClientError, match="was not found"):
        client.athena.get_query_execution(QueryExecutionId="nothing")
    with pytest.raises(ClientError, match="Athena's ListNamedQueries is not in the local Athena"):
        client.athena.list_named_queries()


def test_workgroups_and_catalogs_are_there(client: Client) -> None:
    group = client.athena.get_work_group(WorkGroup="any")["WorkGroup"]
    assert (group["Name"], group["Configuration"]["EnforceWorkGroupConfiguration"]) == ("any", False)
    assert client.athena.get_data_catalog(Name="AwsDataCatalog")["DataCatalog"]["Type"] == "GLUE"


def test_parameters_fill_the_question_marks(client: Client) -> None:
    assert client.rows("select ?, ? + 1", ExecutionParameters=["'it''s'", "1"]) == [["it's", "2"]]


def test_ddl_and_utility_answers_have_no_header(client: Client) -> None:
    client.succeed(
        f"create external table asked (a int, b string comment 'about b') partitioned by (dt date) "
        f"stored as parquet location '{client.location}/asked/'"
    )
    client.succeed("alter table asked add partition (dt = '2024-01-02') partition (dt = '2024-01-01')")

    partitions = client.succeed("show partitions asked")
    assert partitions.execution["StatementType"] == "UTILITY"
    assert partitions.rows == [["dt=2024-01-01"], ["dt=2024-01-02"]]
    assert ["asked"] in client.succeed("show tables 'as*'").rows
    assert [row[0].strip() for row in client.succeed("show columns in asked").rows if row[0]] == ["a", "b", "dt"]
    described = [str(row[0]).split() for row in client.succeed("describe asked").rows]
    assert ["b", "string", "about", "b"] in described
    assert client.succeed("explain select 1").rows[0] == [f"Trino version: {TRINO}"]
    assert client.succeed("drop table asked").rows == []
    assert client.run("describe asked").reason == "FAILED: SemanticException [Error 10001]: Table not found asked"


def test_show_create_table_makes_the_same_table(client: Client) -> None:
    client.succeed(
        "create external table original (a array<struct<b:int>> comment 'it\\'s', c string) "
        "partitioned by (dt date) row format serde 'org.apache.hadoop.hive.serde2.OpenCSVSerde' "
        "with serdeproperties ('escapeChar' = '\\u0000', 'quoteChar' = '\\\"', 'separatorChar' = '\\t') "
        f"location '{client.location}/original' tblproperties ('skip.header.line.count' = '1')"
    )
    first = client.entry("original")
    statement = "\n".join(str(row[0]) for row in client.succeed("show create table original").rows)
    client.succeed("drop table original")
    client.succeed(statement)

    again = client.entry("original")
    for key in ("StorageDescriptor", "PartitionKeys", "Parameters", "TableType"):
        assert again[key] == first[key]


def test_partitions_that_lie_in_s3_are_found_by_msck(client: Client) -> None:
    client.succeed(
        f"create external table found (a string) partitioned by (dt string) location '{client.location}/found/'"
    )
    bucket, _, prefix = client.location.removeprefix("s3://").partition("/")
    client.s3.put_object(Bucket=bucket, Key=f"{prefix}/found/dt=x/part", Body=b"one\n")

    client.succeed("msck repair table found")

    assert client.rows("select * from found") == [["one", "x"]]


def test_columns_of_an_iceberg_table_can_be_changed(client: Client) -> None:
    client.iceberg("altered", "select 1 as a, 'x' as b")

    client.succeed("alter table altered add columns (c timestamp, d array<int>)")
    client.succeed("alter table altered change column a a2 bigint comment 'about a'")
    client.succeed("alter table altered drop column d")
    client.succeed("alter table altered rename to renamed")

    assert client.rows("select a2, b, c from renamed") == [["1", "x", None]]
    columns = client.entry("renamed")["StorageDescriptor"]["Columns"]
    assert [(column["Name"], column["Type"]) for column in columns[:3]] == [
        ("a2", "bigint"),
        ("b", "string"),
        ("c", "timestamp"),
    ]


def test_old_snapshots_can_be_read_until_vacuum(client: Client) -> None:
    client.iceberg("history", "select 1 as n", ", vacuum_max_snapshot_age_seconds=1")
    snapshot = client.rows('select snapshot_id from "history$snapshots"')[0][0]
    client.succeed("insert into history values 2")
    assert client.rows(f"select n from history for version as of {snapshot}") == [["1"]]

    time.sleep(1.1)
    client.succeed("optimize history rewrite data using bin_pack")
    time.sleep(1.1)
    client.succeed("vacuum history")

    assert client.rows("select n from history order by n") == [["1"], ["2"]]
    assert client.rows('select count(*) from "history$snapshots"') == [["1"]]
    assert client.rows('select count(*) from "history$files"') == [["1"]]


@pytest.mark.parametrize(
    ("kind", "value", "why"),
    [
        ("iceberg", "timestamp '2024-01-01 00:00:00.000'", "Timestamp precision (3) not supported for Iceberg."),
        ("iceberg", "cast(1 as smallint)", "Type not supported for Iceberg: smallint"),
        ("hive", "timestamp '2024-01-01 00:00:00.000000'", "Incorrect timestamp precision for timestamp(6)"),
    ],
)
def test_types_that_athena_does_not_store_are_refused(client: Client, kind: str, value: str, why: str) -> None:
    place = f"is_external=false, location='{client.location}/refused'" if kind == "iceberg" else "is_external=true"
    answer = client.run(f"create table refused with (table_type='{kind}', {place}) as select {value} as a")

    assert answer.state == "FAILED"
    assert answer.reason.startswith(f"NOT_SUPPORTED: {why}")
    assert client.succeed("show tables 'refused'").rows == []


@pytest.mark.parametrize("kind", ["iceberg", "hive"])
def test_more_than_a_hundred_partitions_fail_as_dbt_expects(client: Client, kind: str) -> None:
    place = {
        "iceberg": "is_external=false, partitioning=ARRAY['n'], location",
        "hive": "partitioned_by=ARRAY['n'], external_location",
    }[kind]
    answer = client.run(
        f"create table many with (table_type='{kind}', {place}='{client.location}/many_{kind}') "
        "as select x as a, x as n from unnest(sequence(1, 101)) as t(x)"
    )

    assert "TOO_MANY_OPEN_PARTITIONS: Exceeded limit of 100 open writers" in answer.reason


def test_a_killed_trino_fails_what_runs_and_nothing_later(client: Client) -> None:
    client.iceberg("survivor", "select 1 as n")
    counts = "(select x from unnest(sequence(1, 10000)) as t(x))"
    identity = client.start(f"select count(*) from {counts} a(a), {counts} b(b), {counts} c(c) where a * b <> c")
    while client.athena.get_query_execution(QueryExecutionId=identity)["QueryExecution"]["Status"]["State"] == "QUEUED":
        time.sleep(0.01)

    client.engine.kill_trino()

    answer = client.wait(identity)
    assert answer.state == "FAILED"
    assert answer.reason.startswith("ENGINE_UNAVAILABLE: Trino at http://127.0.0.1:")
    assert answer.execution["Status"]["AthenaError"]["ErrorCategory"] == 1
    assert client.run("select 1").reason.startswith("ENGINE_UNAVAILABLE")
    client.engine.start_trino()
    client.succeed("insert into survivor values 2")
    assert client.rows("select n from survivor order by n") == [["1"], ["2"]]


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.0, "0.0"),
        (1.5, "1.5"),
        (9999999.0, "9999999.0"),
        (1e7, "1.0E7"),
        (-1.25e-5, "-1.25E-5"),
        (1.7976931348623157e308, "1.7976931348623157E308"),
    ],
)
def test_doubles_are_written_as_java_writes_them(number: float, text: str) -> None:
    assert text_of(number, {"rawType": "double", "arguments": []}) == text


def test_nested_nulls_are_words_nameless_fields_are_numbered() -> None:
    integer = {"kind": "NAMED_TYPE", "value": {"typeSignature": {"rawType": "integer", "arguments": []}}}

    assert text_of([1, None], {"rawType": "row", "arguments": [integer, integer]}) == "{field0=1, field1=null}"
    assert text_of(None, {"rawType": "row", "arguments": [integer]}) is None


def test_a_column_of_hives_is_a_string() -> None:
    assert column_info("tab_name")["Type"] == "string"


def test_rows_survive_the_file_as_they_were(tmp_path: Path) -> None:
    results = Results(tmp_path / "rows")
    rows: list[list[str | None]] = [["a\nb", None], ["", "é\u2028"]]
    results.add(rows)

    assert results.page(None, 10) == (rows, None)
    page, token = results.page(None, 1)
    assert page == rows[:1]
    assert results.page(token, 10) == (rows[1:], None)
    with pytest.raises(ValueError, match="invalid literal"):
        results.page("nonsense", 1)


@pytest.mark.parametrize(
    ("sql", "ending"),
    [("select 1", ".csv"), ("show tables", ".txt"), ("insert into t values 1", ""), ("create table t as select 1", "")],
)
def test_a_result_lies_where_athena_puts_it(sql: str, ending: str) -> None:
    assert location("s3://b/r/", "id", plan(sql, "s")) == f"s3://b/r/id{ending}"


def test_the_rows_of_a_select_lie_in_s3_when_it_has_ended(client: Client) -> None:
    place = client.succeed("select 1 as n, 'a \"b\"' as v").execution["ResultConfiguration"]["OutputLocation"]

    bucket, _, key = place.removeprefix("s3://").partition("/")
    assert client.s3.get_object(Bucket=bucket, Key=key)["Body"].read() == b'"n","v"\n"1","a ""b"""\n'


@pytest.mark.parametrize(
    ("name", "expected"),
    [("result.csv", b'"n","a ""b"""\n"1",\n"2","x\ny"\n'), ("result.txt", b"1\t\n2\tx\ny\n")],
)
def test_a_result_is_written_as_athena_writes_it(client: Client, tmp_path: Path, name: str, expected: bytes) -> None:
    results = Results(tmp_path / "rows")
    results.columns = [column_info("n"), column_info('a "b"')]
    results.add([["1", None], ["2", "x\ny"]])

    Output(client.engine.s3_url).write(f"{client.location}/{name}", results)

    bucket, _, prefix = client.location.removeprefix("s3://").partition("/")
    assert client.s3.get_object(Bucket=bucket, Key=f"{prefix}/{name}")["Body"].read() == expected


def test_bytes_are_counted_by_the_table_that_was_scanned() -> None:
    query = {
        "inputs": [
            {"schema": "s", "table": "a", "planNodeId": "1"},
            {"schema": "s", "table": "b", "planNodeId": "2"},
            {"schema": "s", "table": "a", "planNodeId": "3"},
        ],
        "queryStats": {
            "operatorSummaries": [
                {"planNodeId": "9", "sourceId": "1", "physicalInputDataSize": "722B"},
                {"planNodeId": "2", "physicalInputDataSize": "1.5kB"},
                {"planNodeId": "3", "physicalInputDataSize": "8B"},
                {"planNodeId": "4", "physicalInputDataSize": "99B"},
            ]
        },
    }

    assert tables_read(query) == {"s.a": 730, "s.b": 1536}
