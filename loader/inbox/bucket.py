"""Inboxes in a bucket. boto3 lists and reads them, because it takes every key that S3 takes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from loader.aws.clients import aws_errors, s3_client
from loader.errors import FileChangedError, StorageError, UsageError
from loader.inbox.delivered_file import Delivery, Reader
from loader.inbox.found import Inbox
from loader.inbox.patterns import divided, fits, is_pattern

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
# A connection that breaks in a long object is taken up again where it broke.
_RESUMES = 5


class S3Object(Delivery):
    """An object of a bucket, in the state in which it was found."""

    def __init__(self, s3: S3Client, bucket: str, key: str, etag: str, size: int, modified: object) -> None:
        """Keep what the bucket says of the object."""
        place = f"s3://{bucket}/{key}"
        name = key.rpartition("/")[2]
        state = repr((place, etag, size, str(modified)))
        super().__init__(place, name, size, state, repr((name, etag, str(modified))))
        self._s3 = s3
        self._bucket = bucket
        self._key = key
        self._etag = etag

    def open(self) -> Reader:
        """Open the object, if it still is the one that was found."""
        return _Body(self)

    def stream_from(self, offset: int) -> Reader:
        """Open the object from a byte on."""
        begin: dict[str, str] = {"Range": f"bytes={offset}-"} if offset else {}
        with aws_errors(f"read {self.place}"):
            try:
                answer = self._s3.get_object(Bucket=self._bucket, Key=self._key, IfMatch=self._etag, **begin)  # type: ignore[arg-type]
            except ClientError as error:
                if error.response["Error"]["Code"] in ("PreconditionFailed", "NoSuchKey"):
                    raise FileChangedError(f"{self.place}: it was replaced or removed while it was landed") from error
                raise
        return answer["Body"]


class _Body:
    """The bytes of an object, whatever happens to its connection."""

    def __init__(self, found: S3Object) -> None:
        self._object = found
        self._at = 0
        self._resumes = 0
        self._stream = found.stream_from(0)

    def read(self, size: int, /) -> bytes:
        while True:
            try:
                data = self._stream.read(size)
            except BotoCoreError as error:
                if self._at == self._object.size:
                    # S3 has no byte from here on to begin with.
                    return b""
                if self._resumes == _RESUMES:
                    raise StorageError(f"{self._object.place}: the connection broke {_RESUMES} times") from error
                self._resumes += 1
                self._stream.close()
                self._stream = self._object.stream_from(self._at)
                continue
            self._at += len(data)
            return data

    def close(self) -> None:
        self._stream.close()


def find_in_bucket(url: str) -> Inbox:
    """Return what a URL of a bucket names: an object, the objects of a folder, and those that a pattern fits.

    What is called exactly like a pattern is taken beside what the pattern fits: neither hides the other.

    Raises:
        UsageError: there is nothing of this name.
        StorageError: the bucket refused.
    """
    bucket, _, path = url[len("s3://") :].partition("/")
    if not url.startswith("s3://") or not _BUCKET.fullmatch(bucket):
        raise UsageError(f"{url}: give an object, a folder or a pattern as s3://bucket/…")
    with aws_errors(f"list {url}"):
        s3 = s3_client()
        named = _named(s3, bucket, path)
        inbox = Inbox(named=[named] if named else [])
        folder = path if path.endswith("/") or not path else f"{path}/"
        fitting = {} if named else {found.place: found for found in _objects(s3, bucket, folder, "/")}
        is_there = bool(named or fitting)
        if is_pattern(path):
            try:
                fitting |= {found.place: found for found in _matching(s3, bucket, path)}
            except UsageError:
                if not is_there:
                    raise
        elif not is_there and folder != path:
            raise UsageError(f"{url}: no such object or folder")
        inbox.listed = [fitting[place] for place in sorted(fitting) if place != url]
        return inbox


def _named(s3: S3Client, bucket: str, key: str) -> Delivery | None:
    if not key or key.endswith("/"):
        return None
    try:
        found = s3.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] in ("404", "NoSuchKey", "NotFound"):
            return None
        raise
    if not {"ETag", "LastModified"}.issubset(found):
        raise _no_s3(f"s3://{bucket}/{key}")
    return S3Object(s3, bucket, key, found["ETag"], found["ContentLength"], found["LastModified"])


def _no_s3(url: str) -> StorageError:
    return StorageError(f"{url}: the endpoint does not answer as S3 does: look at AWS_ENDPOINT_URL_S3")


def _matching(s3: S3Client, bucket: str, pattern: str) -> Iterator[Delivery]:
    fixed, names = divided(pattern.split("/"), f"s3://{bucket}/{pattern}")
    folder = "".join(f"{part}/" for part in fixed)
    for found in _objects(s3, bucket, folder, "/" if len(names) == 1 else ""):
        below = found.place.removeprefix(f"s3://{bucket}/{folder}")
        if fits(tuple(below.split("/")), tuple(names)):
            yield found


def _objects(s3: S3Client, bucket: str, prefix: str, delimiter: str) -> Iterable[Delivery]:
    """Yield the objects below the prefix by key, as S3 sorts them, but for hidden ones and markers of folders."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix, Delimiter=delimiter)
    for page in pages:
        if "KeyCount" not in page:
            raise _no_s3(f"s3://{bucket}/{prefix}")
        for found in page.get("Contents", []):
            below = found["Key"][len(prefix) :].split("/")
            if below[-1] and not any(name.startswith(".") for name in below):
                yield S3Object(s3, bucket, found["Key"], found["ETag"], found["Size"], found["LastModified"])
