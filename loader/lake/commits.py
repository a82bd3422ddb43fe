"""What landings have recorded, read back."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pydantic import ValidationError

from loader.errors import StorageError
from loader.lake.keys import commit_key, rejection_key
from loader.lake.objects import LandedContent, Manifest, Rejection
from loader.lake.storage import Store


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
        return cls(commit_key(manifest.feed, manifest.delivery_number), manifest.to_json(), manifest)

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
    if key != commit_key(manifest.feed, manifest.delivery_number):
        raise StorageError(f"{key} is the manifest of another file, {manifest.file_id}: restore it from a backup")
    return Commit(key, line, manifest)


def content_keys(commits: Iterable[Commit]) -> Iterator[tuple[str, Commit]]:
    """Yield where each commit's content is recorded: the first delivery of a content by its hash, others by event.

    Args:
        commits: all of a feed or of the lake, in the order of their numbers.
    """
    first: set[str] = set()
    for commit in commits:
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
