"""Erasing a delivered file as docs/security.md says: no version is left, its record is; verify names what is gone."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import boto3
import buckets
import pytest
from click.testing import CliRunner, Result

from loader.cli import cli

pytestmark = pytest.mark.long

PROJECT = Path(__file__).parents[2]
Deliver = Callable[..., Path]


class Lake:
    """A lake in a bucket that keeps every version."""

    def __init__(self, root: str, project: Path) -> None:
        self.bucket, _, self.prefix = root.removeprefix("s3://").partition("/")
        self._arguments = ["--project-dir", str(project), "--root", root]
        self._s3 = boto3.client("s3")
        self._s3.put_bucket_versioning(Bucket=self.bucket, VersioningConfiguration={"Status": "Enabled"})

    def run(self, *arguments: object) -> Result:
        return CliRunner().invoke(cli, [*self._arguments, *map(str, arguments)])

    def versions(self, *words: str) -> list[tuple[str, str]]:
        """Return key and id of every version and delete marker whose key has one of these words, or of all."""
        pages = self._s3.get_paginator("list_object_versions").paginate(Bucket=self.bucket, Prefix=self.prefix)
        return [
            (one["Key"], one["VersionId"])
            for page in pages
            for one in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
            if not words or any(word in one["Key"] for word in words)
        ]

    def erase(self, file_id: str, sha256: str) -> list[str]:
        """Remove all versions of the delivered bytes and the parts of a file, as the role erasure may."""
        keys = []
        for key, version in self.versions(f"landing/payments/{sha256}/", f"file_id={file_id}/"):
            self._s3.delete_object(Bucket=self.bucket, Key=key, VersionId=version)
            keys.append(key.removeprefix(f"{self.prefix}/").lstrip("/"))
        return keys

    def text(self, key: str) -> str:
        read: bytes = self._s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        return read.decode()


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
    """Return file_id and SHA-256 of the one file of the lake, as its commit has them."""
    (key,) = [key for key, _ in lake.versions("commits/")]
    commit = json.loads(lake.text(key))
    return commit["file_id"], commit["sha256"]


@pytest.mark.usefixtures("delivered")
def test_erasure_leaves_no_version_and_verify_names_all(lake: Lake) -> None:
    kept = {"commits", "seals", "files", "contents", "seen"}
    before = set(lake.versions())
    erased = lake.erase(*landed(lake))
    assert sorted({key.split("/")[0] for key in erased}) == ["landing", "raw"]
    left = set(lake.versions())
    assert {key.removeprefix(lake.prefix).strip("/").split("/")[0] for key, _ in left} <= kept
    assert left < before
    assert all("PERSON1" not in lake.text(key) for key, _ in left)
    done = lake.run("verify")
    assert done.exit_code == 4
    assert sorted(line.split(":")[0] for line in done.stdout.splitlines() if line.startswith("missing ")) == sorted(
        f"missing {key}" for key in erased
    )


@pytest.mark.usefixtures("delivered")
def test_after_an_erasure_seals_stand_and_none_is_written(lake: Lake, deliver: Deliver) -> None:
    seals = lake.versions("seals/")
    lake.erase(*landed(lake))
    assert lake.run("land", deliver("PaymentID,Amount\n2,5\n", name="payments_2.csv")).exit_code == 0
    assert lake.run("verify").exit_code == 4
    assert lake.versions("seals/") == seals != []


def test_erased_bytes_do_not_come_back_by_another_delivery(lake: Lake, delivered: Path) -> None:
    lake.erase(*landed(lake))
    before = lake.versions()
    assert "already landed" in lake.run("land", delivered).stdout
    assert lake.versions() == before
