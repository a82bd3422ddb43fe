"""Requests as IAM sees them: which actions, on what, with which keys for conditions.

The resources that each action needs are those of AWS's service authorization reference.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from local_athena.relay import Asked
from tests.terraform.rights import Right

_ARN = "arn:{partition}"
_S3 = f"{_ARN}:s3:::"
_ATHENA = f"{_ARN}:athena:{{region}}:{{account}}:"
# Nobody needs a right to ask who he is.
_FREE = ("sts",)
# Folders of a lake and of a bucket that have rules of their own.
_DEPTH = {"lake": 2, "results": 2, "warehouse": 1}
# The engine's S3 server logs operations; these are their methods.
_METHODS = {"Get": "GET", "List": "GET", "Head": "HEAD", "Put": "PUT", "Delete": "DELETE"}
_METHODS |= {"UploadPart": "PUT", "CreateMultipartUpload": "POST", "CompleteMultipartUpload": "POST"}
_LOGGED = re.compile(r" s3_(?P<operation>\w+) \S+ (?P<address>/\S*) \d{3} .* app/Trino ")
# What Athena does in Glue as the caller, by kind of statement ("Access to databases and tables in the AWS Glue Data
# Catalog" in Athena's user guide). Each change of an Iceberg table ends with UpdateTable.
_READS = ("GetTable", "GetPartitions", "BatchGetPartition")
_CHANGES = ("INSERT", "MERGE", "UPDATE", "DELETE", "OPTIMIZE", "VACUUM")
_WRITES = {
    "CREATE_TABLE_AS_SELECT": ("CreateTable", "UpdateTable"),
    "CREATE_TABLE": ("CreateTable",),
    "CREATE_VIEW": ("CreateTable", "UpdateTable"),
    **dict.fromkeys(_CHANGES, ("UpdateTable",)),
}
_READ_ONLY = ("SELECT", "EXPLAIN")


@dataclass(frozen=True)
class Places:
    """What the names of a recording are called in the table.

    Attributes:
        buckets: names of buckets, such as `{"ledger-lake": "lake"}`.
        folder: before every key of the lake's bucket.
        databases: names of Glue databases, such as `{"house_1_raw": "raw_schema"}`.
    """

    buckets: Mapping[str, str]
    folder: str
    databases: Mapping[str, str]

    def bucket(self, name: str) -> str:
        """Return the ARN of a bucket."""
        return f"{_S3}{{{self.buckets[name]}}}"

    def folded(self, bucket: str, key: str) -> str:
        """Return a key as a pattern: the folder that rights are given for, and whatever is in it."""
        if self.buckets[bucket] != "lake":
            return "*"
        parts = key.removeprefix(f"{self.folder}/").split("/")
        if parts[0] == "results":
            parts.insert(1, "pipeline")
        depth = _DEPTH[parts[0]]
        return "/".join([*parts[:depth], "*"]) if len(parts) > depth else "/".join(parts)

    def database(self, name: str) -> str:
        """Return a database's name in the table; one that is not known is called as it is."""
        return f"{{{self.databases[name]}}}" if name in self.databases else name


def rights_of(role: str, asked: Asked, places: Places) -> Iterator[Right]:
    """Yield the rights that a request needs."""
    if asked.service in _FREE:
        return
    if asked.service == "s3":
        for action, resource, context in _s3(asked, places):
            yield Right(role, "itself", action, resource, context)
    elif asked.service == "glue":
        yield _glue(role, "itself", asked.operation, asked.parameters, places)
    elif asked.service == "athena":
        yield _athena(role, asked)
    else:
        raise ValueError(f"a request of {asked.service!r} is not known: {asked.method} {asked.path}")


def on_behalf(role: str, statement: Mapping[str, Any], places: Places) -> Iterator[Right]:
    """Yield what Athena does as the caller for a statement of the engine's log, but for reading and writing tables.

    Athena asks for `default` before any other database, and S3 where the bucket is.
    """
    kind = statement["substatement_type"]
    if kind not in _WRITES and kind not in _READ_ONLY:
        raise ValueError(f"what Athena needs for {kind} is not known here")
    read = {table.split(".")[0] for table in statement["tables"]} | {statement["database"]}
    yield _glue(role, "athena", "GetDatabase", {"Name": "default"}, places)
    for database in read:
        yield _glue(role, "athena", "GetDatabase", {"Name": database}, places)
        for operation in _READS:
            yield _glue(role, "athena", operation, {"DatabaseName": database}, places)
    for operation in _WRITES.get(kind, ()):
        yield _glue(role, "athena", operation, {"DatabaseName": statement["database"]}, places)
    results = f"{_S3}{{lake}}/results/pipeline/*"
    yield Right(role, "athena", "s3:GetBucketLocation", f"{_S3}{{lake}}")
    yield Right(role, "athena", "s3:GetObject", results)
    yield Right(role, "athena", "s3:PutObject", results, "s3:ObjectCreationOperation=true")


def trino_rights(role: str, line: str, places: Places) -> Iterator[Right]:
    """Yield what Athena needs as the caller where Trino made a request; nothing for requests of others."""
    found = _LOGGED.search(line)
    if found is None:
        return
    operation, address = found["operation"], urlsplit(found["address"])
    method = next(method for name, method in _METHODS.items() if operation.startswith(name))
    query = dict(parse_qsl(address.query, keep_blank_values=True))
    asked = Asked("s3", "", method, unquote(address.path), query, {}, b"", 200, refused=False)
    for action, resource, context in _s3(asked, places):
        yield Right(role, "athena", action, resource, context)


def _athena(role: str, asked: Asked) -> Right:
    if asked.operation == "GetDataCatalog":
        return Right(role, "itself", "athena:GetDataCatalog", f"{_ATHENA}datacatalog/{asked.parameters['Name']}")
    return Right(role, "itself", f"athena:{asked.operation}", f"{_ATHENA}workgroup/{{workgroup}}")


def _glue(role: str, by: str, operation: str, parameters: Mapping[str, Any], places: Places) -> Right:
    """Return the action on the last thing that Glue checks: a database or a table, which its parents go with."""
    if operation in ("GetDatabase", "CreateDatabase", "GetDatabases"):
        thing = f"database/{places.database(parameters.get('Name', '*'))}"
    elif "DatabaseName" in parameters:
        thing = f"table/{places.database(parameters['DatabaseName'])}/*"
    else:
        raise ValueError(f"Glue's {operation} is not known here")
    return Right(role, by, f"glue:{operation}", f"{_ARN}:glue:{{region}}:{{account}}:{thing}")


def _s3(asked: Asked, places: Places) -> Iterator[tuple[str, str, str]]:
    """Yield action, resource and context of a request in path style."""
    bucket, _, key = asked.path.lstrip("/").partition("/")
    arn = places.bucket(bucket)
    if not key:
        yield from _s3_bucket(asked, places, bucket, arn)
        return
    thing = f"{arn}/{places.folded(bucket, key)}"
    parts = "uploadId" in asked.query
    match asked.method:
        case "GET" | "HEAD" if not parts:
            yield ("s3:GetObjectVersion" if "versionId" in asked.query else "s3:GetObject"), thing, ""
        case "PUT":
            yield "s3:PutObject", thing, _conditions(asked, creates=not parts)
            if source := asked.headers.get("x-amz-copy-source"):
                from_bucket, _, from_key = source.lstrip("/").partition("/")
                place = places.folded(from_bucket, from_key)
                yield "s3:GetObject", f"{places.bucket(from_bucket)}/{place}", ""
        case "POST" if parts or "uploads" in asked.query:
            yield "s3:PutObject", thing, _conditions(asked, creates=parts)
        case "DELETE" if parts:
            yield "s3:AbortMultipartUpload", thing, ""
        case "DELETE" if "versionId" not in asked.query:
            yield "s3:DeleteObject", thing, ""
        case _:
            raise ValueError(f"this request to S3 is not known here: {asked.method} {asked.path} {asked.query}")


def _s3_bucket(asked: Asked, places: Places, bucket: str, arn: str) -> Iterator[tuple[str, str, str]]:
    prefix = places.folded(bucket, asked.query["prefix"]) if asked.query.get("prefix") else ""
    context = f"s3:prefix={prefix}"
    match asked.method:
        case "POST" if "delete" in asked.query:
            for key in re.findall(rb"<Key>([^<]+)</Key>", asked.body):
                yield "s3:DeleteObject", f"{arn}/{places.folded(bucket, key.decode())}", ""
        case "GET" if "versions" in asked.query:
            yield "s3:ListBucketVersions", arn, context
        case "GET" if "uploads" in asked.query:
            yield "s3:ListBucketMultipartUploads", arn, ""
        case "GET" if not asked.query or "prefix" in asked.query:
            yield "s3:ListBucket", arn, context
        case _:
            raise ValueError(f"this request to S3 is not known here: {asked.method} {asked.path} {asked.query}")


def _conditions(asked: Asked, *, creates: bool) -> str:
    """Return the keys that conditions on writing look at."""
    found = {"s3:ObjectCreationOperation": "true" if creates else "false"}
    for header in ("if-none-match", "if-match", "x-amz-server-side-encryption"):
        if value := asked.headers.get(header):
            found[f"s3:{header}"] = value
    return " ".join(f"{key}={value}" for key, value in sorted(found.items()))
