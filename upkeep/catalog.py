"""Puts Iceberg tables back into a Glue database that lost them. Their rows and history are in S3 all the time."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from upkeep.errors import CatalogError

if TYPE_CHECKING:
    from mypy_boto3_glue.client import GlueClient
    from mypy_boto3_s3.client import S3Client

_SUFFIX = ".metadata.json"
_GLUE_TYPES = {"long": "bigint", "fixed": "binary", "timestamptz": "timestamp", "uuid": "string"}


@dataclass(frozen=True)
class Registered:
    """A table that is in Glue again.

    Attributes:
        table: its name.
        metadata: its newest metadata file, as a URL.
        rows: how many rows it has by its own count; None where its metadata does not say.
    """

    table: str
    metadata: str
    rows: int | None


def register(s3: S3Client, glue: GlueClient, warehouse: str, schema: str, tables: Iterable[str]) -> list[Registered]:
    """Register each table that Glue lacks by its newest metadata file. A table that Glue knows stays as it is.

    Args:
        s3: a client.
        glue: a client.
        warehouse: `s3://bucket/prefix/`, below which each table has `<schema>/<table>/`.
        schema: the Glue database.
        tables: names of tables.

    Raises:
        CatalogError: a table has no metadata file, or more than one that can be the newest. Nothing is registered then.
    """
    known = {
        table["Name"]
        for page in glue.get_paginator("get_tables").paginate(DatabaseName=schema)
        for table in page["TableList"]
    }
    bucket, _, prefix = warehouse.removeprefix("s3://").rstrip("/").partition("/")
    found = {}
    for table in tables:
        if table not in known:
            found[table] = _newest(s3, bucket, "/".join(filter(None, (prefix, schema, table))) + "/")
    registered = []
    for table, key in found.items():
        metadata = json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
        url = f"s3://{bucket}/{key}"
        glue.create_table(DatabaseName=schema, TableInput=_table_input(table, url, metadata))
        registered.append(Registered(table, url, _rows(metadata)))
    return registered


def _newest(s3: S3Client, bucket: str, prefix: str) -> str:
    """Return the key of a table's newest metadata file: that with the highest number."""
    numbers: dict[int, list[str]] = {}
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for entry in page.get("Contents", []):
            folder, _, name = entry["Key"].rpartition("/")
            if folder.endswith("/metadata") and name.endswith(_SUFFIX):
                numbers.setdefault(int(name.partition("-")[0]), []).append(entry["Key"])
    if not numbers:
        raise CatalogError(f"no metadata file below s3://{bucket}/{prefix}: bring back deleted objects first")
    folders = {key.partition("/metadata/")[0] for keys in numbers.values() for key in keys}
    newest = numbers[max(numbers)]
    if len(folders) > 1 or len(newest) > 1:
        candidates = ", ".join(sorted(newest if len(folders) == 1 else folders))
        raise CatalogError(
            f"s3://{bucket}/{prefix} has more than one newest state, so a person has to choose: {candidates}"
        )
    return newest[0]


def _table_input(table: str, url: str, metadata: dict[str, Any]) -> Any:
    """Return Glue's entry. Engines read the schema in S3; the columns show it to people and to Lake Formation."""
    (schema,) = (one for one in metadata["schemas"] if one["schema-id"] == metadata["current-schema-id"])
    columns = [{"Name": field["name"], "Type": _glue_type(field["type"])} for field in schema["fields"]]
    return {
        "Name": table,
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"table_type": "ICEBERG", "metadata_location": url},
        "StorageDescriptor": {"Columns": columns, "Location": metadata["location"]},
    }


def _glue_type(iceberg: Any) -> str:
    if isinstance(iceberg, str):
        return _GLUE_TYPES.get(iceberg, iceberg.replace(" ", ""))
    if iceberg["type"] == "list":
        return f"array<{_glue_type(iceberg['element'])}>"
    if iceberg["type"] == "map":
        return f"map<{_glue_type(iceberg['key'])},{_glue_type(iceberg['value'])}>"
    fields = ",".join(f"{field['name']}:{_glue_type(field['type'])}" for field in iceberg["fields"])
    return f"struct<{fields}>"


def _rows(metadata: dict[str, Any]) -> int | None:
    current = metadata.get("current-snapshot-id")
    for snapshot in metadata.get("snapshots", []):
        if snapshot["snapshot-id"] == current:
            rows = snapshot["summary"].get("total-records")
            return None if rows is None else int(rows)
    return None
