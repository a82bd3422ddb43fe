"""Erasing a delivered file of a lake in a bucket that keeps every version, as docs/security.md says."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import boto3
import buckets
import pytest
from click.testing import CliRunner, Result

from loader.aws import clients as aws
from loader.cli.commands import cli

pytestmark = pytest.mark.long

PROJECT = Path(__file__).parents[2]
Deliver = Callable[..., Path]


class Lake:
    """A lake in a bucket that keeps every version."""

    def __init__(self, root: str, project: Path) -> None:
        self.root = root
        self.bucket, _, self.prefix = root.removeprefix("s3://").partition("/")
        self._arguments = ["--project-dir", str(project), "--root", root]
        self.s3 = boto3.client("s3")
        self.s3.put_bucket_versioning(Bucket=self.bucket, VersioningConfiguration={"Status": "Enabled"})

    def run(self, *arguments: object) -> Result:
        return CliRunner().invoke(cli, [*self._arguments, *map(str, arguments)])

    def erase(self, file_id: str, *arguments: object) -> Result:
        return self.run("erase", file_id, "--reason", "request 17", "--by", "A. Person", "--withdrawn", *arguments)

    def versions(self, *words: str) -> list[tuple[str, str]]:
        """Return key and id of every version and delete marker whose key has one of these words, or of all."""
        pages = self.s3.get_paginator("list_object_versions").paginate(Bucket=self.bucket, Prefix=self.prefix)
        return [
            (one["Key"], one["VersionId"])
            for page in pages
            for one in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
            if not words or any(word in one["Key"] for word in words)
        ]

    def versions_of(self, file_id: str, sha256: str) -> list[tuple[str, str]]:
        return self.versions(f"landing/payments/{sha256}/", f"/file_id={file_id}/")

    def text(self, key: str, version: str | None = None) -> str:
        which = {"VersionId": version} if version else {}
        read: bytes = self.s3.get_object(Bucket=self.bucket, Key=key, **which)["Body"].read()
        return read.decode(errors="replace")


@pytest.fixture
def lake(services: str, project: Path, monkeypatch: pytest.MonkeyPatch) -> Lake:
    buckets.use(services, monkeypatch)
    root = buckets.new_root()
    shutil.copy(PROJECT / "models" / "staging" / "_raw__sources.yml", project / "models" / "staging")
    monkeypatch.setenv("LEDGER_LAKE_RAW_SCHEMA", root.split("/")[2].replace("-", "_"))
    return Lake(root, project)


@pytest.fixture
def delivered(lake: Lake, deliver: Deliver) -> Path:
    """Return a file that has landed, has been sealed, and names a person."""
    file = deliver("PaymentID,Amount\nPERSON1,10.00\nbad\n", name="payments_1.csv")
    assert lake.run("land", file).exit_code == 0
    assert lake.run("verify").exit_code == 0
    return file


def landed(lake: Lake) -> tuple[str, str]:
    """Return file_id and SHA-256 of the first file of the lake, as its commit has them."""
    key, *_ = sorted(key for key, _ in lake.versions("commits/"))
    commit = json.loads(lake.text(key))
    return commit["file_id"], commit["sha256"]


def copy_of(lake: Lake) -> Lake:
    """Return another bucket that keeps every version, with all objects of the lake."""
    copy = Lake(buckets.new_root(), Path())
    for key, _ in lake.versions():
        copy.s3.copy_object(CopySource={"Bucket": lake.bucket, "Key": key}, Bucket=copy.bucket, Key=key)
    return copy


def write_again_and_remove(lake: Lake, file_id: str, sha256: str) -> None:
    """Give each object of a file a second version and a delete marker, as an attempt by hand may leave them."""
    for key, _ in lake.versions_of(file_id, sha256):
        stored = lake.s3.get_object(Bucket=lake.bucket, Key=key)["Body"].read()
        lake.s3.put_object(Bucket=lake.bucket, Key=key, Body=stored)
        lake.s3.delete_object(Bucket=lake.bucket, Key=key)


@pytest.mark.usefixtures("delivered")
def test_erasure_leaves_no_version_and_verify_seals_it(lake: Lake, deliver: Deliver) -> None:
    assert lake.run("land", deliver("PaymentID,Amount\n2,5\n", name="payments_2.csv")).exit_code == 0
    file = landed(lake)
    write_again_and_remove(lake, *file)
    before, gone = set(lake.versions()), set(lake.versions_of(*file))
    assert len(gone) == 9
    done = lake.erase(file[0])
    assert done.exit_code == 0, done.output
    assert "9 objects removed" in done.stdout
    left = set(lake.versions())
    assert before - left == gone
    assert {key.removeprefix(lake.prefix).strip("/").split("/")[0] for key, _ in left - before} == {"erasures", "files"}
    assert all("PERSON1" not in lake.text(key, version) for key, version in left)
    verified = lake.run("verify")
    assert verified.exit_code == 0, verified.output
    assert "1 seal written, 1 file erased on record" in verified.stdout


@pytest.mark.usefixtures("delivered")
def test_version_that_is_left_of_an_erased_file_is_found(lake: Lake) -> None:
    file = landed(lake)
    assert lake.erase(file[0]).exit_code == 0
    day = f"{file[0][:4]}-{file[0][4:6]}-{file[0][6:8]}"
    keys = [f"landing/payments/{file[1]}/payments_1.csv", f"raw/payments/ingest_date={day}/file_id={file[0]}/x.csv.zst"]
    for key in keys:
        lake.s3.put_object(Bucket=lake.bucket, Key=f"{lake.prefix}/{key}", Body=b"PERSON1")
        lake.s3.delete_object(Bucket=lake.bucket, Key=f"{lake.prefix}/{key}")
    found = lake.run("verify")
    assert found.exit_code == 3
    lines = found.stdout.splitlines()[:-1]
    assert [line.split(":")[0] for line in lines] == [f"extra {key}" for key in keys]
    assert all(f"run loader erase {file[0]} again" in line for line in lines)


@pytest.mark.usefixtures("delivered")
def test_erasure_that_storage_refuses_is_finished_later(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    file = landed(lake)
    whole = lake.versions_of(*file)
    with monkeypatch.context() as patched:
        patched.setattr(aws, "s3_client", lambda: _Refusing(boto3.client("s3")))
        refused = lake.erase(file[0])
    assert refused.exit_code == 4
    assert "AWS refused to remove version v1 of x: no (AccessDenied)" in refused.stderr
    assert lake.versions_of(*file) == whole
    assert lake.run("verify").exit_code == 3
    assert lake.erase(file[0]).exit_code == 0
    assert lake.versions_of(*file) == []
    assert lake.run("verify").exit_code == 0


class _Refusing:
    """A client of S3 that removes nothing and says so in its answer, as S3 does."""

    def __init__(self, client: object) -> None:
        self._client = client

    def __getattr__(self, name: str) -> object:
        return getattr(self._client, name)

    def delete_objects(self, **_: object) -> dict[str, object]:
        return {"Errors": [{"Key": "x", "VersionId": "v1", "Code": "AccessDenied", "Message": "no"}]}


@pytest.mark.usefixtures("delivered")
def test_backup_in_a_bucket_is_erased_from_too(lake: Lake) -> None:
    file, copy = landed(lake), copy_of(lake)
    assert len(copy.versions_of(*file)) == 3
    done = lake.erase(file[0], "--copy", copy.root)
    assert f"in the copy {copy.root}: 3 objects removed" in done.stdout
    assert copy.versions_of(*file) == lake.versions_of(*file) == []


def test_erased_bytes_do_not_come_back_by_another_delivery(lake: Lake, delivered: Path) -> None:
    assert lake.erase(landed(lake)[0]).exit_code == 0
    before = lake.versions()
    assert "already landed" in lake.run("land", delivered).stdout
    assert lake.versions() == before
