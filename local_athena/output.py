"""Results as files in S3, where PyAthena's data frames and awswrangler read them."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3

from local_athena.access import ACCESS_KEY, REGION, SECRET_KEY
from local_athena.plan import Plan
from local_athena.results import Results


def location(folder: str, identity: str, plan: Plan) -> str:
    """Where Athena puts the result of a statement: text of DDL, CSV of a SELECT, nothing of what changes rows."""
    ends = {"SELECT": ".csv", "CREATE_TABLE_AS_SELECT": ""}
    usual = "" if plan.statement_type == "DML" else ".txt"
    return f"{folder.rstrip('/')}/{identity}{ends.get(plan.substatement_type, usual)}"


class Output:
    """Writes results to the S3 server at `s3`. Threads may share it."""

    def __init__(self, s3: str):
        self._client: Any = boto3.client(
            "s3",
            endpoint_url=s3,
            region_name=REGION,
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=SECRET_KEY,
        )

    def write(self, place: str, results: Results) -> None:
        """Writes a result to `place`, such as `s3://bucket/id.csv`; what has no ending there has no file.

        Raises botocore's ClientError, or boto3's S3UploadFailedError, where S3 refuses it.
        """
        write = {".csv": _csv, ".txt": _text}.get(Path(place).suffix)
        if write is None:
            return
        parts = urlsplit(place)
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", newline="") as file:
            write(results, file.write)
            file.flush()
            self._client.upload_file(file.name, parts.netloc, parts.path.lstrip("/"))


def _csv(results: Results, write: Callable[[str], Any]) -> None:
    """Every value in quotes, except NULL, which is nothing."""
    names = [column["Name"] for column in results.columns]
    for row in _and(names, results.rows()):
        write(",".join("" if value is None else '"' + value.replace('"', '""') + '"' for value in row) + "\n")


def _text(results: Results, write: Callable[[str], Any]) -> None:
    for row in results.rows():
        write("\t".join(value or "" for value in row) + "\n")


def _and(first: list[str], rows: Iterable[list[str | None]]) -> Iterable[list[str | None]]:
    yield list(first)
    yield from rows
