"""The Glue catalog: what moto lacks and clients rely on, alone and under Trino."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from local_athena.engine import Engine
from local_athena.glue import Glue, GlueError
from tests.athena.athena_client import Client

PLACE = {"DatabaseName": "d", "Name": "t"}
STORAGE = {"Columns": [{"Name": "a", "Type": "int"}], "Location": "s3://b/t"}


@pytest.fixture
def glue() -> Iterator[Glue]:
    catalog = Glue(DomainDispatcherApplication(create_backend_app))
    catalog.call("CreateDatabase", {"DatabaseInput": {"Name": "d"}})
    yield catalog
    catalog.call("DeleteDatabase", {"Name": "d"})


def create(glue: Glue, **entry: Any) -> None:
    glue.call("CreateTable", {"DatabaseName": "d", "TableInput": {"Name": "t", "StorageDescriptor": STORAGE, **entry}})


def update(glue: Glue, *, trino: bool = False, version: str | None = None, **entry: Any) -> None:
    parameters: dict[str, Any] = {
        "DatabaseName": "d",
        "TableInput": {"Name": "t", "StorageDescriptor": STORAGE, **entry},
    }
    if version is not None:
        parameters["VersionId"] = version
    glue.call("UpdateTable", parameters, trino=trino)


def get(glue: Glue, *, trino: bool = False) -> dict[str, Any]:
    return dict(glue.call("GetTable", PLACE, trino=trino)["Table"])


def view_text(*columns: tuple[str, str]) -> str:
    view = {"originalSql": "select 1", "columns": [{"name": name, "type": kind} for name, kind in columns]}
    return f"/* Presto View: {base64.b64encode(json.dumps(view).encode()).decode()} */"


def test_a_change_based_on_an_old_version_is_refused(glue: Glue) -> None:
    create(glue)
    version = get(glue)["VersionId"]
    update(glue, version=version, Description="first")

    with pytest.raises(GlueError) as refusal:
        update(glue, version=version, Description="second")

    assert refusal.value.code == "ConcurrentModificationException"
    assert get(glue)["Description"] == "first"


def test_of_changes_at_the_same_time_one_wins(glue: Glue) -> None:
    create(glue)
    version = get(glue)["VersionId"]

    def change(number: int) -> bool:
        try:
            update(glue, version=version, Description=str(number))
        except GlueError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(change, range(8))) == 1


def test_a_change_without_archive_leaves_one_version(glue: Glue) -> None:
    create(glue)
    table = {"Name": "t", "StorageDescriptor": STORAGE}
    for _ in range(3):
        glue.call("UpdateTable", {"DatabaseName": "d", "TableInput": table, "SkipArchive": True})

    versions = glue.call("GetTableVersions", {"DatabaseName": "d", "TableName": "t"})["TableVersions"]
    assert [version["VersionId"] for version in versions] == ["4"]


def test_statistics_and_functions_are_answered_empty(glue: Glue) -> None:
    assert glue.call("GetColumnStatisticsForTable", PLACE)["ColumnStatisticsList"] == []
    assert glue.call("UpdateColumnStatisticsForTable", PLACE) == {"Errors": []}
    assert glue.call("UpdateColumnStatisticsForPartition", PLACE) == {"Errors": []}
    assert glue.call("GetUserDefinedFunctions", PLACE) == {"UserDefinedFunctions": []}
    with pytest.raises(GlueError, match="Cannot find function f"):
        glue.call("GetUserDefinedFunction", {"FunctionName": "f"})


def test_a_view_has_its_real_columns(glue: Glue) -> None:
    create(
        glue,
        TableType="VIRTUAL_VIEW",
        Parameters={"presto_view": "true"},
        ViewOriginalText=view_text(("A", "varchar"), ("b", "array(row(c integer))")),
        StorageDescriptor={"Columns": [{"Name": "dummy", "Type": "string"}]},
    )

    assert get(glue)["StorageDescriptor"]["Columns"] == [
        {"Name": "a", "Type": "string"},
        {"Name": "b", "Type": "array<struct<c:int>>"},
    ]


def test_a_described_view_stays_a_view_for_trino(glue: Glue) -> None:
    text = view_text(("a", "timestamp(3) with time zone"))
    view = {"TableType": "VIRTUAL_VIEW", "ViewOriginalText": text}
    create(glue, **view, Parameters={"presto_view": "true", "comment": "Presto View"})
    update(glue, **view, Parameters={"presto_view": "true", "comment": "ours"}, Description="ours")

    assert get(glue)["Description"] == "ours"
    listed = glue.call("GetTables", {"DatabaseName": "d"}, trino=True)["TableList"][0]
    for seen in (get(glue, trino=True), listed):
        assert (seen["Description"], seen["Parameters"]["comment"]) == ("Presto View", "Presto View")
        assert seen["StorageDescriptor"]["Columns"] == [{"Name": "dummy", "Type": "string"}]


def test_a_view_keeps_its_comments_when_it_is_made_again(glue: Glue) -> None:
    view = {"TableType": "VIRTUAL_VIEW", "ViewOriginalText": view_text(("a", "integer"))}
    commented = {"Columns": [{"Name": "a", "Type": "int", "Comment": "about a"}]}
    create(glue, **view)
    update(glue, **view, StorageDescriptor=commented)

    assert get(glue)["StorageDescriptor"]["Columns"] == [{"Name": "a", "Type": "int", "Comment": "about a"}]


def test_a_commit_of_iceberg_keeps_what_others_wrote(glue: Glue) -> None:
    iceberg = {"table_type": "ICEBERG", "metadata_location": "s3://b/1"}
    commented = {"Columns": [{"Name": "a", "Type": "int", "Comment": "about a", "Parameters": {"meta": "x"}}]}
    create(glue, Description="about t", Parameters={**iceberg, "unique_id": "model.t"}, StorageDescriptor=commented)

    update(
        glue,
        trino=True,
        Parameters={**iceberg, "metadata_location": "s3://b/2"},
        StorageDescriptor={"Columns": [{"Name": "a", "Type": "bigint"}, {"Name": "b", "Type": "int"}]},
    )

    entry = get(glue)
    assert entry["Description"] == "about t"
    assert entry["Parameters"] == {**iceberg, "metadata_location": "s3://b/2", "unique_id": "model.t"}
    assert entry["StorageDescriptor"]["Columns"] == [
        {"Name": "a", "Type": "bigint", "Comment": "about a", "Parameters": {"meta": "x"}},
        {"Name": "b", "Type": "int"},
    ]


def test_another_client_may_remove_a_description(glue: Glue) -> None:
    create(glue, Description="about t", Parameters={"table_type": "ICEBERG"})
    update(glue, Parameters={"table_type": "ICEBERG"})

    assert "Description" not in get(glue)


def test_names_are_folded_to_small_letters(glue: Glue) -> None:
    create(glue, Name="T")

    assert glue.call("GetTable", {"DatabaseName": "D", "Name": "T"})["Table"]["Name"] == "t"


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("BatchCreatePartition", {"PartitionInputList": [{}] * 101}),
        ("BatchDeletePartition", {"PartitionsToDelete": [{}] * 26}),
        ("GetPartitions", {"Expression": "a = 1 or " * 300}),
    ],
)
def test_requests_beyond_the_limits_of_aws_are_refused(glue: Glue, operation: str, parameters: dict[str, Any]) -> None:
    with pytest.raises(GlueError) as refusal:
        glue.call(operation, {"DatabaseName": "d", "TableName": "t", **parameters})

    assert refusal.value.code == "ValidationException"


def test_an_unknown_operation_is_refused_by_name(glue: Glue) -> None:
    with pytest.raises(GlueError, match="Glue's ListBlueprints is not in the local Athena"):
        glue.call("ListBlueprints", {})


@pytest.fixture(scope="module")
def client(engine: Engine) -> Client:
    return Client(engine)


def test_concurrent_inserts_into_an_iceberg_table_lose_nothing(client: Client) -> None:
    client.iceberg("inserted", "select 0 as n")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: client.succeed(f"insert into inserted values {n}"), range(1, 9)))

    assert client.rows("select n from inserted order by n") == [[str(n)] for n in range(9)]


def test_of_concurrent_merges_the_losers_say_so(client: Client) -> None:
    client.iceberg("merged", "select x as id, 0 as n from unnest(sequence(1, 2000)) as t(x)")
    statement = (
        "merge into merged t using (select id, {n} as n from merged) s on t.id = s.id "
        "when matched then update set n = s.n"
    )

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda n: client.run(statement.format(n=n)), range(1, 7)))

    losers = [answer for answer in answers if answer.state == "FAILED"]
    assert losers
    assert len(losers) < len(answers)
    for loser in losers:
        assert loser.reason.startswith("ICEBERG_COMMIT_ERROR")
        assert loser.execution["Status"]["AthenaError"]["ErrorType"] == 233
    rows = client.rows("select count(*), count(distinct n), count(distinct id) from merged")
    assert rows == [["2000", "1", "2000"]]


def test_descriptions_survive_commits_of_iceberg(client: Client) -> None:
    client.iceberg("described", "select 1 as n, 'x' as note")
    storage = client.entry("described")["StorageDescriptor"]
    storage["Columns"][0]["Comment"] = "a number"
    parameters = {**client.entry("described")["Parameters"], "unique_id": "model.described"}
    client.change("described", Description="about it", StorageDescriptor=storage, Parameters=parameters)

    client.succeed("insert into described values (2, 'y')")
    client.succeed("update described set note = 'z'")

    entry = client.entry("described")
    assert entry["Description"] == "about it"
    assert entry["Parameters"]["unique_id"] == "model.described"
    assert entry["StorageDescriptor"]["Columns"][0]["Comment"] == "a number"
    assert client.rows("select n, note from described order by n") == [["1", "z"], ["2", "z"]]


def test_a_described_view_can_be_read_and_made_again(client: Client) -> None:
    client.succeed("create or replace view seen as select 1 as n, current_timestamp as at")
    assert [column["Type"] for column in client.entry("seen")["StorageDescriptor"]["Columns"]] == [
        "int",
        "timestamp with time zone",
    ]
    parameters = {**client.entry("seen")["Parameters"], "comment": "ours"}
    client.change("seen", Description="ours", Parameters=parameters)

    assert client.rows("select n from seen") == [["1"]]
    client.succeed("create or replace view seen as select 2 as n")
    assert client.rows("select n from seen") == [["2"]]
    client.succeed("drop view seen")


def test_what_a_loader_writes_to_glue_is_seen_at_once(client: Client) -> None:
    place = {"DatabaseName": client.database, "TableName": "landed"}
    storage: dict[str, Any] = {
        "Columns": [{"Name": "a", "Type": "string"}, {"Name": "b", "Type": "string"}],
        "Location": f"{client.location}/landed",
        "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
        "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
        "SerdeInfo": {
            "SerializationLibrary": "org.apache.hadoop.hive.serde2.OpenCSVSerde",
            "Parameters": {"separatorChar": ",", "quoteChar": '"', "escapeChar": "\0"},
        },
    }
    keys = [{"Name": "day", "Type": "date"}, {"Name": "run_2", "Type": "string"}]
    table = {"Name": "landed", "TableType": "EXTERNAL_TABLE", "PartitionKeys": keys, "StorageDescriptor": storage}
    client.glue.create_table(DatabaseName=client.database, TableInput=table)
    assert client.rows("select * from landed") == []

    bucket, _, prefix = storage["Location"].removeprefix("s3://").partition("/")
    partitions = []
    for number in range(3):
        folder = f"{prefix}/{number}"
        client.s3.put_object(Bucket=bucket, Key=f"{folder}/part", Body=f'{number},"a ""b"" \\\\ c"\n'.encode())
        partitions.append(
            {
                "Values": [f"2024-01-0{number + 1}", "r"],
                "StorageDescriptor": {**storage, "Location": f"s3://{bucket}/{folder}"},
            }
        )
    client.glue.batch_create_partition(**place, PartitionInputList=partitions)

    assert client.rows("select a, b, run_2 from landed where day = date '2024-01-02'") == [["1", 'a "b" \\\\ c', "r"]]
    found = client.glue.get_partitions(**place, Expression="day > '2024-01-01' and run_2 = 'r'")["Partitions"]
    assert [partition["Values"][0] for partition in found] == ["2024-01-02", "2024-01-03"]

    client.glue.batch_delete_partition(**place, PartitionsToDelete=[{"Values": ["2024-01-02", "r"]}])
    assert client.rows("select a from landed order by a") == [["0"], ["2"]]
    storage["Columns"] = [*storage["Columns"], {"Name": "c", "Type": "string"}]
    client.change("landed", StorageDescriptor=storage)
    assert client.rows("select c from landed where a = '0'") == [[None]]
