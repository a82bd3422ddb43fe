"""What is written once was written once: verify looks at every version that a bucket has kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import buckets
import pytest

from loader.contract.model import Contract
from loader.errors import FileRejectedError
from loader.lake.catalog import FOLDER_CATALOG
from loader.lake.findings import Verification
from loader.lake.landing import Landing
from loader.lake.storage import Store
from loader.lake.verification import verify

pytestmark = pytest.mark.long

Deliver = Callable[..., Path]


class Bucket:
    """A lake in a bucket that keeps every version, with a landed file, a refused one, and a seal."""

    def __init__(self, root: str, contract: Contract, deliver: Deliver) -> None:
        """Make and land."""
        self.store = Store.open(root)
        self._s3 = boto3.client("s3")
        self.bucket, self._prefix = self.store.bucket_and_prefix
        self._s3.put_bucket_versioning(Bucket=self.bucket, VersioningConfiguration={"Status": "Enabled"})
        landing = Landing(self.store)
        landing.land(deliver("PaymentID,Amount\n1,10.00\n"), contract)
        with pytest.raises(FileRejectedError):
            landing.land(deliver("Nothing\n1\n", "payments_bad.csv"), contract)
        self.verify()

    def verify(self, *, quick: bool = False) -> Verification:
        """Verify an hour later, when no landing is under way any more."""
        return verify(self.store, FOLDER_CATALOG, quick=quick, now=lambda: datetime.now(UTC) + timedelta(hours=1))

    def rewritten(self, *, quick: bool = False) -> list[str]:
        """Return what is found of versions."""
        found = self.verify(quick=quick).findings
        return [f"{finding.key}: {finding.message}" for finding in found if finding.kind == "rewritten"]

    def key(self, folder: str) -> str:
        """Return the first key of a folder."""
        return min(self.store.list(folder))

    def put(self, key: str, content: bytes) -> str:
        """Write an object without a condition and return its version."""
        return str(self._s3.put_object(Bucket=self.bucket, Key=f"{self._prefix}/{key}", Body=content)["VersionId"])

    def delete(self, key: str, version: str | None = None) -> str:
        """Delete an object, or one version of it for good; return the version that this made or took away."""
        which = {"VersionId": version} if version else {}
        return str(self._s3.delete_object(Bucket=self.bucket, Key=f"{self._prefix}/{key}", **which)["VersionId"])


@pytest.fixture
def lake(services: str, monkeypatch: pytest.MonkeyPatch, contract: Contract, deliver: Deliver) -> Bucket:
    """A lake as it was landed, and sealed."""
    buckets.use(services, monkeypatch)
    return Bucket(buckets.new_root(), contract, deliver)


def test_a_lake_that_was_written_once_has_no_findings(lake: Bucket) -> None:
    found = lake.verify()
    assert (found.findings, found.leftovers, found.seals) == ([], [], [])


@pytest.mark.parametrize("folder", ["landing", "commits", "seals"])
def test_other_bytes_are_found_after_they_were_put_right(lake: Bucket, folder: str) -> None:
    key = lake.key(folder)
    was = lake.store.get(key)
    assert was is not None
    other = lake.put(key, was + b"more")
    (found,) = lake.rewritten()
    assert f"{key}: on " in found
    assert f"version {other} has other bytes than the first one, " in found
    assert "and readers see it: put a copy of " in found
    lake.put(key, was)
    (found,) = lake.rewritten()
    assert "readers see it" not in found
    lake.delete(key, other)
    assert lake.verify().findings == []


def test_the_same_bytes_twice_are_two_loaders_at_once(lake: Bucket) -> None:
    for folder in ("landing", "commits", "seals"):
        key = lake.key(folder)
        lake.put(key, lake.store.get(key) or b"")
    assert lake.verify().findings == []


def test_quick_compares_the_sizes_of_versions(lake: Bucket) -> None:
    key = lake.key("landing")
    was = lake.store.get(key)
    assert was is not None
    lake.put(key, was[::-1])
    lake.put(key, was)
    assert len(lake.rewritten()) == 1
    assert lake.rewritten(quick=True) == []
    lake.put(key, was + b"more")
    assert len(lake.rewritten(quick=True)) == 1


@pytest.mark.parametrize("folder", ["landing", "commits", "seals"])
def test_an_object_that_was_removed_names_its_delete_marker(lake: Bucket, folder: str) -> None:
    key = lake.key(folder)
    was = lake.store.get(key)
    assert was is not None
    marker = lake.delete(key)
    (found,) = lake.rewritten()
    assert f"{key}: on " in found
    assert f"it was removed, by the delete marker {marker}: take the delete marker away, and it is back" in found
    lake.put(key, was)
    (found,) = lake.rewritten()
    assert "it was written again since" in found
    lake.delete(key, marker)
    assert lake.verify().findings == []


def test_what_may_be_written_again_may(lake: Bucket, deliver: Deliver, contract: Contract) -> None:
    with pytest.raises(FileRejectedError):
        Landing(lake.store).land(deliver("Nothing\n1\n", "payments_bad.csv"), contract)
    assert lake.verify().findings == []


def test_rejections_may_expire(lake: Bucket) -> None:
    lake.delete(lake.key("rejections"))
    found = lake.verify()
    assert found.findings == []
    # The bytes of the refused file stay, and nothing says any more that they were refused.
    assert [key.split("/")[-1] for key in found.leftovers] == ["payments_bad.csv"]


def test_a_lake_beside_this_one_is_not_looked_at(lake: Bucket) -> None:
    key = lake.key("landing")
    boto3.client("s3").put_object(Bucket=lake.bucket, Key=f"some/prefix2/{key}", Body=b"1")
    boto3.client("s3").delete_object(Bucket=lake.bucket, Key=f"some/prefix2/{key}")
    assert lake.verify().findings == []
