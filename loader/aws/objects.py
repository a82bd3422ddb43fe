"""Buckets as obstore reads and writes them, and what it has no words for: unfinished uploads, versions."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from obstore.auth.boto3 import Boto3CredentialProvider
from obstore.store import S3Store

from loader.aws import clients
from loader.aws.clients import aws_errors, new_session
from loader.errors import StorageError

if TYPE_CHECKING:
    from obstore.store import S3Config

# Without it the bucket's own setting holds.
_KMS_KEY_VARIABLE = "LEDGER_LAKE_KMS_KEY"
# botocore renews credentials ten minutes before they expire at the latest, so what it gave is good for that long.
_CREDENTIALS_LAST = timedelta(minutes=10)
_BLOCK = 4 * 1024 * 1024
_REMOVED_AT_ONCE = 1000


def open_bucket(bucket: str, prefix: str) -> S3Store:
    """Return the bucket below ``prefix``, with boto3's credentials, region and endpoint; nothing is asked of it yet.

    Raises:
        StorageError: there are no credentials or no region, or boto3's configuration is wrong.
    """
    with aws_errors("open the lake"):
        session = new_session()
        endpoint = session.client("s3").meta.endpoint_url
        try:
            provider = Boto3CredentialProvider(session, ttl=_CREDENTIALS_LAST)
        except ValueError:
            # Said without the cause: the class words it for programmers.
            raise StorageError(
                "AWS credentials not found: set AWS_PROFILE, or the variables of an access key, or run with a role"
            ) from None
    # Path style serves AWS and every other endpoint alike.
    config: S3Config = {"endpoint": endpoint, "region": session.region_name, "virtual_hosted_style_request": False}
    if key := os.environ.get(_KMS_KEY_VARIABLE):
        config |= {"server_side_encryption": "aws:kms", "sse_kms_key_id": key, "sse_bucket_key_enabled": True}
    return S3Store(
        bucket,
        prefix=prefix or None,
        config=config,
        client_options={"allow_http": endpoint.startswith("http://")},
        credential_provider=provider,
    )


def abort_uploads(bucket: str, prefix: str, before: datetime) -> list[str]:
    """Abort the multipart uploads below ``prefix`` that began before a moment; return their keys, below it.

    Raises:
        StorageError: S3 refused.
    """
    folder = f"{prefix}/" if prefix else ""
    with aws_errors(f"abort the unfinished uploads of {bucket}"):
        s3 = clients.s3_client()
        pages = s3.get_paginator("list_multipart_uploads").paginate(Bucket=bucket, Prefix=folder)
        old = [upload for page in pages for upload in page.get("Uploads", []) if upload["Initiated"] < before]
        for upload in old:
            # Another recover, or a rule of the bucket, may have come first.
            with suppress(s3.exceptions.NoSuchUpload):
                s3.abort_multipart_upload(Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"])
    return sorted(upload["Key"].removeprefix(folder) for upload in old)


@dataclass(frozen=True)
class Version:
    """One state of an object that a bucket has kept; ``size`` is None where it says that the object was removed."""

    key: str
    id: str
    modified: datetime
    size: int | None
    is_latest: bool


def object_versions(bucket: str, prefix: str, place: str) -> Iterator[Version]:
    """Yield every version and every delete marker of a place in the lake; keys are below ``prefix``.

    A place with a slash at the end is a folder, one without is the key of an object.

    A bucket without versioning has one version of each object.

    Raises:
        StorageError: S3 refused.
    """
    root = f"{prefix}/" if prefix else ""
    with aws_errors(f"list the versions of {place} in {bucket}"):
        pages = (
            clients.s3_client().get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=f"{root}{place}")
        )
        for page in pages:
            for found in (*page.get("Versions", []), *page.get("DeleteMarkers", [])):
                if not place.endswith("/") and found["Key"] != f"{root}{place}":
                    continue
                size = found.get("Size")
                yield Version(
                    found["Key"].removeprefix(root),
                    found["VersionId"],
                    found["LastModified"],
                    None if size is None else int(str(size)),
                    found["IsLatest"],
                )


def remove_versions(bucket: str, prefix: str, place: str) -> int:
    """Remove every version and every delete marker of a place in the lake; return their number.

    Raises:
        StorageError: S3 refused to remove one; others may be gone.
    """
    root = f"{prefix}/" if prefix else ""
    # Listed before the first goes: a listing that shrinks meanwhile may pass over some.
    found = [{"Key": f"{root}{one.key}", "VersionId": one.id} for one in object_versions(bucket, prefix, place)]
    with aws_errors(f"remove the versions of {place} in {bucket}"):
        for start in range(0, len(found), _REMOVED_AT_ONCE):
            batch: Any = found[start : start + _REMOVED_AT_ONCE]
            done = clients.s3_client().delete_objects(Bucket=bucket, Delete={"Objects": batch, "Quiet": True})
            for refused in done.get("Errors", []):
                raise StorageError(
                    f"AWS refused to remove version {refused.get('VersionId')} of {refused.get('Key')}: "
                    f"{refused.get('Message')} ({refused.get('Code')})"
                )
    return len(found)


def read_version(bucket: str, prefix: str, version: Version) -> Iterator[bytes]:
    """Yield the bytes of a version in blocks.

    Raises:
        StorageError: S3 refused.
    """
    key = f"{prefix}/{version.key}" if prefix else version.key
    with aws_errors(f"read version {version.id} of {version.key}"):
        yield from (
            clients.s3_client().get_object(Bucket=bucket, Key=key, VersionId=version.id)["Body"].iter_chunks(_BLOCK)
        )
