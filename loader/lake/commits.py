"""What landings have recorded, read back."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pydantic import ValidationError

from loader.errors import StorageError, UsageError
from loader.lake.keys import commit_key, reading_key, rejection_key
from loader.lake.objects import LandedContent, Manifest, Rejection
from loader.lake.storage import Store

_FILE_ID = re.compile(r"[0-9]{8}T[0-9]{12}Z-(?P<feed>.+)-[0-9a-f]{12}")


@dataclass(frozen=True)
class Commit:
    """One commit as it is stored.

    Attributes:
        line: the object's bytes, which its copy in files/ repeats.
    """

    key: str
    line: bytes
    manifest: Manifest

    @classmethod
    def of(cls, manifest: Manifest) -> Commit:
        """Return the commit that a manifest will be."""
        return cls(manifest.key, manifest.to_json(), manifest)

    @property
    def sha256(self) -> str:
        """The SHA-256 of the object, in hex, by which seals know it."""
        return hashlib.sha256(self.line).hexdigest()


def read_commits(store: Store, keys: Iterable[str]) -> Iterator[Commit]:
    """Yield the commits at the keys, in their order.

    Raises:
        StorageError: one of them is not there or is no manifest of this place.
    """
    for key, line in store.get_all(keys):
        yield commit_of(key, line)


def commit_of(key: str, line: bytes | None) -> Commit:
    """Return the commit that was read at a key.

    Raises:
        StorageError: it is not there or is no manifest of this place.
    """
    if line is None:
        raise StorageError(f"{key} is not there: look again, and if it stays so run loader verify")
    try:
        manifest = Manifest.model_validate_json(line)
    except ValidationError as error:
        raise StorageError(f"{key} is no manifest ({error.error_count()} faults): restore it from a backup") from error
    if key != manifest.key:
        raise StorageError(f"{key} is the manifest of another file, {manifest.file_id}: restore it from a backup")
    return Commit(key, line, manifest)


def deliveries(commits: Iterable[Commit]) -> list[Commit]:
    """Return the commits without further readings: one for each delivery."""
    return [commit for commit in commits if commit.manifest.reading == 1]


def readings_by_file(commits: Iterable[Commit]) -> dict[str, list[Commit]]:
    """Return the commits by file_id; those of a file in the order of their readings."""
    files: dict[str, list[Commit]] = {}
    for commit in sorted(commits, key=lambda one: one.manifest.reading):
        files.setdefault(commit.manifest.file_id, []).append(commit)
    return files


def last_readings(commits: Iterable[Commit]) -> list[Commit]:
    """Return the commits that count: of each file its last reading."""
    return [readings[-1] for readings in readings_by_file(commits).values()]


def read_files(store: Store, file_id: str) -> dict[str, list[Commit]]:
    """Return the commits of the feed that a file_id names, by file_id; that file is among them.

    Raises:
        UsageError: no such file has landed.
        StorageError: the lake refused, or a commit was changed.
    """
    named = _FILE_ID.fullmatch(file_id)
    if named is None:
        raise UsageError(f"{file_id!r} is no file_id: see file_reconciliation, or the line that land printed")
    files = readings_by_file(read_commits(store, sorted(store.list(f"commits/{named['feed']}"))))
    if file_id not in files:
        raise UsageError(f"no file {file_id} has landed in {named['feed']}")
    return files


def read_readings(store: Store, feed: str, number: int) -> list[Commit]:
    """Return the commits of one delivery in the order of its readings, at least one.

    Raises:
        StorageError: it has not landed, or one of them was changed.
    """
    key = commit_key(feed, number)
    found = [commit_of(key, store.get(key))]
    while (line := store.get(key := reading_key(feed, number, len(found) + 1))) is not None:
        found.append(commit_of(key, line))
    return found


def content_keys(commits: Iterable[Commit]) -> Iterator[tuple[str, Commit]]:
    """Yield where each commit's content is recorded: the first delivery of a content by its hash, others by event.

    Args:
        commits: all of a feed or of the lake, in the order of their numbers; further readings are left out.
    """
    first: set[str] = set()
    for commit in deliveries(commits):
        key = LandedContent.of(commit.manifest).key
        yield (commit.manifest.event_key if key in first else key), commit
        first.add(key)


def rejection_of(key: str, line: bytes | None) -> Rejection:
    """Return the rejection that was read at a key.

    Raises:
        StorageError: it is not there or was changed.
    """
    try:
        rejection = Rejection.model_validate_json(line or b"")
    except ValidationError as error:
        raise StorageError(f"the rejection {key} cannot be read: remove it, and deliver its file again") from error
    if rejection.to_json() != line or key != rejection_key(rejection.feed, rejection.sha256):
        raise StorageError(f"the rejection {key} was changed: remove it, and deliver its file again")
    return rejection
