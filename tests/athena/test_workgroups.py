"""A workgroup with settings enforces them as AWS's does; one that nobody made has none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_athena.access import BUCKET
from local_athena.engine import Engine
from tests.athena.athena_client import OUTPUT, Client

GROUP = "enforced"
OWN = f"s3://{BUCKET}/of-the-group/"
ENCRYPTION = {"EncryptionOption": "SSE_KMS", "KmsKey": "arn:aws:kms:us-east-1:123456789012:key/1"}
RESULT = {"OutputLocation": OWN, "EncryptionConfiguration": ENCRYPTION}


@pytest.fixture(scope="module")
def client(engine: Engine) -> Client:
    return Client(engine)


Make = Callable[..., None]


@pytest.fixture
def make(client: Client) -> Iterator[Make]:
    """Make the workgroup with settings."""

    def create(**configuration: Any) -> None:
        client.athena.create_work_group(Name=GROUP, Configuration=configuration)

    yield create
    client.athena.delete_work_group(WorkGroup=GROUP)


def test_any_name_is_a_workgroup_without_settings(client: Client) -> None:
    found = client.athena.get_work_group(WorkGroup="whatever")["WorkGroup"]["Configuration"]
    assert (found["EnforceWorkGroupConfiguration"], found["ResultConfiguration"]) == (False, {})
    answer = client.succeed("select 1", WorkGroup="whatever")
    assert answer.execution["ResultConfiguration"]["OutputLocation"].startswith(OUTPUT)


def test_an_enforced_location_goes_before_the_clients(client: Client, make: Make) -> None:
    make(ResultConfiguration=RESULT)
    settings = client.athena.get_work_group(WorkGroup=GROUP)["WorkGroup"]["Configuration"]
    assert (settings["EnforceWorkGroupConfiguration"], settings["ResultConfiguration"]) == (True, RESULT)
    execution = client.succeed("select 1", WorkGroup=GROUP).execution
    place = f"{OWN}{execution['QueryExecutionId']}.csv"
    assert execution["ResultConfiguration"] == {**RESULT, "OutputLocation": place}
    key = place.removeprefix(f"s3://{BUCKET}/")
    assert client.s3.head_object(Bucket=BUCKET, Key=key)["ContentLength"] > 0


def test_a_location_that_is_not_enforced_is_a_default(client: Client, make: Make) -> None:
    make(ResultConfiguration=RESULT, EnforceWorkGroupConfiguration=False)
    given = client.succeed("select 1", WorkGroup=GROUP).execution["ResultConfiguration"]
    assert given["OutputLocation"].startswith(OUTPUT)
    started = client.athena.start_query_execution(QueryString="select 1", WorkGroup=GROUP)
    execution = client.wait(started["QueryExecutionId"]).execution
    assert execution["ResultConfiguration"]["OutputLocation"].startswith(OWN)


def test_a_workgroup_that_enforces_no_location_runs_nothing(client: Client, make: Make) -> None:
    make()
    with pytest.raises(ClientError, match="No output location provided"):
        client.start("select 1", WorkGroup=GROUP)


def test_an_enforced_location_is_that_of_hive_tables(client: Client, make: Make) -> None:
    make(ResultConfiguration=RESULT)
    with pytest.raises(ClientError) as refused:
        client.start(
            f"create table placed with (external_location='{client.location}/placed') as select 1 as n",
            WorkGroup=GROUP,
        )
    error = refused.value.response["Error"]
    assert error["Code"] == "InvalidRequestException"
    assert "submitted with an 'external_location' property to an Athena Workgroup that enforces" in error["Message"]
    made = client.succeed("create table unplaced as select 1 as n", WorkGroup=GROUP).execution
    location = client.entry("unplaced")["StorageDescriptor"]["Location"]
    assert location.rstrip("/") == f"{OWN}tables/{made['QueryExecutionId']}"
    assert client.rows("select n from unplaced", WorkGroup=GROUP) == [["1"]]


def test_an_iceberg_table_is_where_it_says(client: Client, make: Make) -> None:
    make(ResultConfiguration=RESULT)
    client.succeed(
        f"create table iced with (table_type='iceberg', is_external=false, location='{client.location}/iced') as "
        "select 1 as n",
        WorkGroup=GROUP,
    )
    assert client.entry("iced")["StorageDescriptor"]["Location"].rstrip("/") == f"{client.location}/iced"


def test_a_statement_over_the_cutoff_is_cancelled(client: Client, make: Make) -> None:
    rows = "unnest(sequence(1, 400)) as a(x), unnest(sequence(1, 1000)) as b(y)"
    client.iceberg("wide", f"select x, sha512(to_utf8(cast(random() as varchar))) as noise from {rows}")
    make(ResultConfiguration=RESULT, BytesScannedCutoffPerQuery=10_000_000)
    wide = client.run("select max(noise) from wide", WorkGroup=GROUP)
    assert (wide.state, wide.reason) == ("CANCELLED", "Bytes scanned limit was exceeded")
    assert client.succeed("select max(x) from wide", WorkGroup=GROUP).rows[1:] == [["400"]]
    assert client.run("select max(noise) from wide").state == "SUCCEEDED"
