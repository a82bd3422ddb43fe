"""Tables that Glue has lost come back by their newest metadata, and nothing is guessed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from upkeep.catalog import register
from upkeep.errors import CatalogError

WAREHOUSE = "s3://bucket/warehouse/"
LIST = {"type": "list", "element-id": 9, "element": "string", "element-required": False}
TYPES = {"file_id": "string", "row_number": "long", "amount": "decimal(24, 4)", "row_hash": "binary", "reasons": LIST}


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A bucket, and an empty Glue database `ledger`."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL_GLUE"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket="bucket")
        boto3.client("glue").create_database(DatabaseInput={"Name": "ledger"})
        yield client


def write(s3: Any, name: str, rows: int = 3, folder: str = "one", table: str = "publications") -> str:
    location = f"warehouse/ledger/{table}/{folder}"
    fields = [{"id": n, "name": name, "required": False, "type": kind} for n, (name, kind) in enumerate(TYPES.items())]
    metadata = {
        "location": f"s3://bucket/{location}",
        "current-schema-id": 1,
        "schemas": [{"schema-id": 0, "fields": []}, {"schema-id": 1, "fields": fields}],
        "current-snapshot-id": 7,
        "snapshots": [{"snapshot-id": 7, "summary": {"total-records": str(rows)}}],
    }
    key = f"{location}/metadata/{name}.metadata.json"
    s3.put_object(Bucket="bucket", Key=key, Body=json.dumps(metadata))
    return f"s3://bucket/{key}"


def registered(s3: Any, *tables: str) -> Any:
    return register(s3, boto3.client("glue"), WAREHOUSE, "ledger", tables)


def entry(table: str = "publications") -> Any:
    return boto3.client("glue").get_table(DatabaseName="ledger", Name=table)["Table"]


def test_table_comes_back_by_its_newest_metadata(s3: Any) -> None:
    write(s3, "00009-a")
    newest = write(s3, "00010-b", rows=4)
    write(s3, "00011-c", table="publications__dbt_tmp")
    (one,) = registered(s3, "publications")
    assert (one.metadata, one.rows) == (newest, 4)
    found = entry()
    assert found["Parameters"] == {"table_type": "ICEBERG", "metadata_location": newest}
    assert found["StorageDescriptor"]["Location"] == "s3://bucket/warehouse/ledger/publications/one"
    assert {column["Name"]: column["Type"] for column in found["StorageDescriptor"]["Columns"]} == {
        "file_id": "string",
        "row_number": "bigint",
        "amount": "decimal(24,4)",
        "row_hash": "binary",
        "reasons": "array<string>",
    }


def test_table_that_glue_knows_stays_as_it_is(s3: Any) -> None:
    first = write(s3, "00001-a")
    registered(s3, "publications")
    write(s3, "00002-b")
    assert registered(s3, "publications") == []
    assert entry()["Parameters"]["metadata_location"] == first


@pytest.mark.parametrize(("name", "folder"), [("00001-b", "one"), ("00002-b", "two")])
def test_two_newest_states_are_left_to_a_person(s3: Any, name: str, folder: str) -> None:
    write(s3, "00001-a", table="closes")
    write(s3, "00001-a")
    write(s3, name, folder=folder)
    with pytest.raises(CatalogError, match="more than one newest state"):
        registered(s3, "closes", "publications")
    assert boto3.client("glue").get_tables(DatabaseName="ledger")["TableList"] == []


def test_table_without_metadata_is_an_error(s3: Any) -> None:
    with pytest.raises(CatalogError, match="no metadata file below s3://bucket/warehouse/ledger/closes/"):
        registered(s3, "closes")
