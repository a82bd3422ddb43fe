"""Records of erasures, read back: which files were erased, and whether all of each is gone."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from pydantic import ValidationError

from loader.errors import StorageError
from loader.lake.commits import Commit, readings_by_file
from loader.lake.findings import Finding
from loader.lake.keys import erasure_key, landing_key, raw_folders, rejection_key
from loader.lake.objects import ErasedObject, Erasure
from loader.lake.storage import Store


def erasure_of(readings: Sequence[Commit], reason: str, by: str, erased_at: str) -> Erasure:
    """Return the record of a file's erasure: all that was there is in its commits, of which the first is named."""
    commit = readings[0]
    manifest = commit.manifest
    landed = ErasedObject(
        key=landing_key(manifest.feed, manifest.sha256, manifest.file_name),
        sha256=manifest.sha256,
        bytes=manifest.bytes,
    )
    parts = [
        ErasedObject(key=part.key, sha256=part.sha256, bytes=part.bytes)
        for one in readings
        for part in one.manifest.parts
    ]
    return Erasure(
        feed=manifest.feed,
        file_id=manifest.file_id,
        delivery_number=manifest.delivery_number,
        commit=commit.sha256,
        objects=[landed, *parts],
        reason=reason,
        by=by,
        erased_at=erased_at,
    )


def read_erasure(store: Store, readings: Sequence[Commit]) -> Erasure | None:
    """Return the record of a file's erasure, None where it was not erased.

    Args:
        store: the lake.
        readings: the file's commits, in the order of their readings.

    Raises:
        StorageError: the lake refused, or the record was changed.
    """
    manifest = readings[0].manifest
    key = erasure_key(manifest.feed, manifest.file_id)
    line = store.get(key)
    return None if line is None else _erasure(key, line, readings)


def _erasure(key: str, line: bytes, readings: Sequence[Commit]) -> Erasure:
    changed = f"the record {key} was changed: restore it from a backup"
    try:
        erasure = Erasure.model_validate_json(line)
    except ValidationError as error:
        raise StorageError(changed) from error
    wanted = erasure_of(readings, erasure.reason, erasure.by, erasure.erased_at)
    if wanted.to_json() != line:
        raise StorageError(changed)
    return erasure


def line_for_sql(commit: Commit, erasure: Erasure | None) -> bytes:
    """Return the manifest as SQL reads it: the commit, and when the file was erased, if it was."""
    if erasure is None:
        return commit.line
    return commit.line.removesuffix(b"}\n") + f',"erased_at":"{erasure.erased_at}"}}\n'.encode()


def places(readings: Sequence[Commit]) -> list[str]:
    """Return where a file's rows and bytes are: folders, with a slash at the end, and the key of its rejection."""
    manifest = readings[0].manifest
    return [
        # Every name under which these bytes came.
        f"landing/{manifest.feed}/{manifest.sha256}/",
        *(
            f"{folder}/"
            for one in readings
            for folder in raw_folders(manifest.feed, one.manifest.ingest_date, manifest.file_id)
        ),
        # Why the same bytes were rejected before they landed; the reason may quote them.
        rejection_key(manifest.feed, manifest.sha256),
    ]


def what_is_left(store: Store, readings: Sequence[Commit]) -> Iterator[str]:
    """Yield the keys at a file's places; in a bucket each key as often as it has versions and delete markers.

    Raises:
        StorageError: the lake refused.
    """
    for place in places(readings):
        if store.bucket_url is not None:
            from loader.aws.objects import object_versions

            yield from (version.key for version in object_versions(*store.bucket_and_prefix, place))
        elif place.endswith("/"):
            yield from store.list(place.rstrip("/"))
        elif store.size(place) is not None:
            yield place


@dataclass
class ErasedFiles:
    """The erasures of a lake.

    Attributes:
        records: by the file's file_id.
        unknown: files whose record was changed, so that nothing can be said of them.
        findings: what is wrong with the records, and what is left of the files.
        folders: where nothing of an erased file may be any more, without a slash at the end; keys of rejections.
    """

    records: dict[str, Erasure] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)
    folders: set[str] = field(default_factory=set)

    @property
    def sealable(self) -> dict[str, str]:
        """The records' SHA-256 by their keys, by which seals know them."""
        return {
            erasure_key(record.feed, record.file_id): hashlib.sha256(record.to_json()).hexdigest()
            for record in self.records.values()
        }

    def __contains__(self, file_id: object) -> bool:
        """Return whether a record names this file."""
        return file_id in self.records or file_id in self.unknown

    def has_place(self, key: str) -> bool:
        """Return whether an object was in a place of an erased file."""
        return key in self.folders or key.rpartition("/")[0] in self.folders


def judge_erasures(store: Store, keys: Iterable[str], commits: Iterable[Commit]) -> ErasedFiles:
    """Return the erasures at these keys, with what is wrong with them.

    Raises:
        StorageError: the lake refused.
    """
    files = ErasedFiles()
    by_key = {
        erasure_key(readings[0].manifest.feed, file_id): readings
        for file_id, readings in readings_by_file(commits).items()
    }
    for key, line in store.get_all(sorted(keys)):
        readings = by_key.get(key)
        if readings is None:
            files.findings.append(Finding(key, "extra", "no commit is of this file: restore the commit from a backup"))
            continue
        manifest = readings[0].manifest
        files.folders |= {place.rstrip("/") for place in places(readings)}
        try:
            files.records[manifest.file_id] = _erasure(key, line or b"", readings)
        except StorageError as error:
            files.unknown.add(manifest.file_id)
            files.findings.append(Finding(key, "changed", str(error)))
            continue
        for left in sorted(set(what_is_left(store, readings))):
            again = f"file {manifest.file_id} was erased, and this is there: run loader erase {manifest.file_id} again"
            files.findings.append(Finding(left, "extra", again))
    return files
