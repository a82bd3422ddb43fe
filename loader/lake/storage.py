"""The lake's object store: a few verbs with put-if-absent, the same for a folder and for a bucket."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import LocalStore

from loader.errors import NoLakeError, StorageError, UsageError

if TYPE_CHECKING:
    from obstore.store import ObjectStore

# Two buffers in flight overlap writing with reading, and the memory of a landing stays flat on a slow network.
_WRITE_BUFFER = 8 * 1024 * 1024
_WRITES_IN_FLIGHT = 2
_READ_BLOCK = 4 * 1024 * 1024
# DuckDB reads the lake by a glob in quotes, and takes a backslash for a slash; dbt-duckdb takes # for a URL's.
# The macro lake_root refuses the same.
_NOT_IN_ROOT = "*?[]{}'#\\\n"
# What needs no encoding in a URL, so that Glue, Athena and the loader name the same place.
_S3_ROOT = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]+[a-z0-9])(?P<prefix>(/[A-Za-z0-9_=-][A-Za-z0-9._=-]*)*)/?")
# A folder's object is written beside its place, under its name and a number, and renamed when it is whole.
_STAGED = re.compile(r"#\d+$")
# Small objects are mostly waiting for answers.
_READERS = 16
# Conflicts with a write under way at the same moment; S3 asks to write again.
_CONFLICTS = 5


@contextmanager
def _storage_errors(action: str, key: str) -> Iterator[None]:
    try:
        yield
    except (BaseError, OSError) as error:
        raise StorageError(f"storage refused to {action} {key}: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    """Return what S3 says in its XML, or else the first line: those after it are obstore's inner state."""
    told = str(error).partition("\n\nDebug source:")[0]
    found = {tag: html.unescape(text) for tag, text in re.findall(r"<(Code|Message)>(.*?)</\1>", told, re.DOTALL)}
    if "Code" in found:
        return f"{' '.join(found.get('Message', 'no reason given').split())} ({found['Code']})"
    return (told.splitlines() or [type(error).__name__])[0]


@dataclass(frozen=True)
class Entry:
    """An object as a listing shows it. ``modified`` is by the store's clock, in UTC."""

    key: str
    size: int
    modified: datetime


class ObjectWriter:
    """A streaming write of one object, which becomes visible at ``close`` and not before.

    Attributes:
        size: bytes written so far.
    """

    def __init__(self, store: ObjectStore, key: str) -> None:
        """Open the stream; nothing is visible under ``key`` yet."""
        self.key = key
        self.size = 0
        with _storage_errors("write", key):
            self._writer: Any = obstore.open_writer(
                store, key, buffer_size=_WRITE_BUFFER, max_concurrency=_WRITES_IN_FLIGHT
            )

    def write(self, data: bytes) -> int:
        """Append ``data`` and return its length; once the write is given up, do nothing."""
        if self._writer is not None:
            with _storage_errors("write", self.key):
                self._writer.write(data)
        self.size += len(data)
        return len(data)

    def close(self) -> None:
        """Make the object visible."""
        with _storage_errors("write", self.key):
            self._writer.close()

    def discard(self) -> None:
        """Give the write up: nothing becomes visible. In a bucket, a lifecycle rule removes what was uploaded of it."""
        self._writer = None


class Store:
    """The lake under one root. Keys are relative to the root, with ``/`` between segments.

    Every method raises StorageError with one line when the store refuses.
    """

    def __init__(
        self, objects: ObjectStore, root: str, *, folder: Path | None = None, bucket_url: str | None = None
    ) -> None:
        """Wrap an obstore store, of a ``folder`` or of the lake at ``bucket_url``; ``root`` is for messages only."""
        self._objects = objects
        self.folder = folder
        self.root = root
        self.bucket_url = bucket_url

    @classmethod
    def open(cls, root: str, folder: Path | None = None, *, create: bool = True) -> Store:
        """Open the lake at ``root``: a folder, which is created when missing, or ``s3://bucket/prefix``.

        A relative root is taken from ``folder``, else from the working folder. A bucket is asked nothing yet.

        Raises:
            UsageError: the root is blank, is another URL, or holds a character that DuckDB cannot read the lake by; no
                storage was asked yet.
            NoLakeError: the folder is missing, and ``create`` is not set.
        """
        if not root.strip():
            raise UsageError("the root is empty: give the lake's folder with --root or LEDGER_LAKE_ROOT, or neither")
        refused = next((character for character in root if character in _NOT_IN_ROOT), None)
        if refused is not None:
            raise UsageError(
                f"the root {root!r} holds {refused!r}, which DuckDB does not take as it is: "
                "rename the folder or choose a root without * ? [ ] { } ' # \\ and line ends"
            )
        with _storage_errors("open", root):
            if "://" in root or root.lower().startswith("s3:"):
                return cls._open_bucket(root)
            if root.startswith("~") or ":" in root.partition("/")[0]:
                raise UsageError(
                    f"the root {root!r} does not begin with a folder's name for DuckDB: write the whole path"
                )
            path = Path(folder or "", root).absolute()
            if not create and not path.exists():
                raise NoLakeError(f"no lake at {path}: nothing was landed there yet")
            return cls(LocalStore(path, mkdir=True), root, folder=path)

    @classmethod
    def _open_bucket(cls, root: str) -> Store:
        parsed = _S3_ROOT.fullmatch(root)
        if parsed is None:
            raise UsageError(
                f"the root {root!r} is neither a folder nor s3://bucket/prefix: "
                "a prefix has letters, digits and . _ - = only, and no part of it begins with a dot"
            )
        from loader.aws.objects import open_bucket

        return cls(open_bucket(parsed["bucket"], parsed["prefix"].strip("/")), root, bucket_url=root.rstrip("/"))

    def check(self) -> None:
        """Ask the store for its folders: a wrong bucket or a missing right shows before anything is written."""
        with _storage_errors("open", self.root):
            obstore.list_with_delimiter(self._objects)

    def put_new(self, key: str, data: bytes) -> bool:
        """Write ``key`` unless it exists, atomically; return whether this call wrote it.

        In a bucket, False is also the answer when this call wrote it, but S3's answer was lost and obstore asked again:
        who must know compares what stands there with its own.
        """
        with _storage_errors("write", key):
            for _ in range(_CONFLICTS):
                try:
                    obstore.put(self._objects, key, data, mode="create")
                    return True
                except AlreadyExistsError:
                    # obstore says the same of a conflict on S3, after which nobody's object may stand there.
                    if self.size(key) is not None:
                        return False
        raise StorageError(f"storage refused to write {key}: others write it at the same moment; try again")

    def put(self, key: str, data: bytes) -> None:
        """Write ``key``, replacing what stands there."""
        with _storage_errors("write", key):
            obstore.put(self._objects, key, data)

    def get(self, key: str) -> bytes | None:
        """Return the object's bytes, or None when there is none."""
        with _storage_errors("read", key):
            try:
                return obstore.get(self._objects, key).bytes().to_bytes()
            except FileNotFoundError as error:
                if "<Code>NoSuchBucket<" in str(error):
                    raise
                return None

    def get_all(self, keys: Iterable[str]) -> Iterator[tuple[str, bytes | None]]:
        """Yield the keys, in their order, and the bytes of each object, or None; several are asked for at a time."""
        asked = list(keys)
        with ThreadPoolExecutor(_READERS) as readers:
            yield from zip(asked, readers.map(self.get, asked), strict=True)

    def size(self, key: str) -> int | None:
        """Return the object's size in bytes, or None when there is none."""
        with _storage_errors("read", key):
            try:
                return int(obstore.head(self._objects, key)["size"])
            except FileNotFoundError:
                return None

    def read(self, key: str) -> Iterator[bytes]:
        """Yield the object's bytes in blocks of some megabytes.

        Raises:
            StorageError: there is no such object, too.
        """
        with _storage_errors("read", key):
            for block in obstore.get(self._objects, key).stream(min_chunk_size=_READ_BLOCK):
                yield bytes(block)

    def list(self, prefix: str) -> Iterator[str]:
        """Yield the keys under ``prefix``, in no order."""
        return (entry.key for entry in self.entries(prefix))

    def entries(self, prefix: str) -> Iterator[Entry]:
        """Yield what stands under ``prefix``, in no order. Writes that are not finished are not there."""
        with _storage_errors("list", prefix):
            for page in obstore.list(self._objects, prefix=prefix):
                for entry in page:
                    yield Entry(str(entry["path"]), int(entry["size"]), entry["last_modified"])

    def folders(self, prefix: str) -> tuple[str, ...]:
        """Return the folders right under ``prefix``, in no order. In a lake's folder some may be empty."""
        with _storage_errors("list", prefix):
            return tuple(obstore.list_with_delimiter(self._objects, prefix)["common_prefixes"])

    @property
    def bucket_and_prefix(self) -> tuple[str, str]:
        """The bucket of a lake that is in one, and the prefix of its keys, without slashes around it."""
        bucket, _, prefix = str(self.bucket_url).removeprefix("s3://").partition("/")
        return bucket, prefix

    def remove_unfinished(self, before: datetime) -> tuple[str, ...]:
        """Remove what is left of writes that began before a moment and never ended; return their keys."""
        if self.folder is None:
            return self._abort_uploads(before)
        removed = []
        with _storage_errors("sweep", self.root):
            for path in self.folder.rglob("*#*"):
                try:
                    began = datetime.fromtimestamp(path.stat().st_mtime, UTC)
                except FileNotFoundError:
                    continue  # Its write has ended meanwhile.
                if _STAGED.search(path.name) and path.is_file() and began < before:
                    path.unlink(missing_ok=True)
                    removed.append(str(path.relative_to(self.folder)))
        return tuple(sorted(removed))

    def _abort_uploads(self, before: datetime) -> tuple[str, ...]:
        from loader.aws.objects import abort_uploads

        return tuple(abort_uploads(*self.bucket_and_prefix, before))

    def delete(self, key: str) -> None:
        """Remove the object; one that is not there is no error."""
        with _storage_errors("remove", key):
            try:
                obstore.delete(self._objects, key)
            except FileNotFoundError:
                return

    def open_writer(self, key: str) -> ObjectWriter:
        """Open a streaming write of ``key``."""
        return ObjectWriter(self._objects, key)
