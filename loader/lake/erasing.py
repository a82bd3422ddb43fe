"""Erasing a landed file: every version of its bytes and rows goes, its commit stays, and a record says so.

The order: record, files/, objects. A crash after the record leaves a file that is erased on record and not in full;
verify names what is left, and the same call again removes it. SQL takes no rows of a file that is erased on record, so
that a build never finds half of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from loader.errors import StorageError, UsageError
from loader.lake.commits import Commit, read_files
from loader.lake.erasures import erasure_of, line_for_sql, places, read_erasure, what_is_left
from loader.lake.keys import content_key, erasure_key, utc_text
from loader.lake.objects import Erasure, Manifest
from loader.lake.storage import Store


@dataclass(frozen=True)
class Erased:
    """What became of a file.

    Attributes:
        places: where its bytes and rows were.
        erasure: the record, of this call or of an earlier one.
        is_new: whether this call wrote it.
        removed: number of objects that this call removed, in a bucket of their versions and delete markers.
        copies: the same for each copy of the lake.
        same_bytes: feeds in which the same bytes have landed as another file.
    """

    manifest: Manifest
    places: list[str]
    erasure: Erasure
    is_new: bool
    removed: int
    copies: dict[str, int]
    same_bytes: list[str]


class Eraser:
    """Erases files of one lake.

    Args:
        store: the lake.
        copies: copies of the lake, from which the objects are removed, too.
        is_withdrawn: whether no row of a file counts any more; asked before a record is written.
        together: files that are to be erased as well; each of them may have the same bytes as another.
        now: the clock.
    """

    def __init__(
        self,
        store: Store,
        copies: Iterable[Store] = (),
        *,
        is_withdrawn: Callable[[str], bool],
        together: Iterable[str] = (),
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Ask the lake nothing yet."""
        self._store = store
        self._copies = tuple(copies)
        self._is_withdrawn = is_withdrawn
        self._together = frozenset(together)
        self._now = now

    def erase(self, file_id: str, reason: str, by: str) -> Erased:
        """Record the erasure of a file and remove it; once more finishes what was cut off, and changes nothing else.

        Raises:
            UsageError: no such file has landed, it is not withdrawn, another file has the same bytes, or a copy is not
                of this lake; nothing is changed.
            StorageError: the lake refused, or the record was changed; what was done until then stands.
        """
        files = read_files(self._store, file_id)
        readings = files[file_id]
        manifest = readings[-1].manifest
        log = structlog.get_logger("loader").bind(file_id=file_id, feed=manifest.feed)
        self._require_own_bytes(manifest, files)
        self._require_copies(readings)
        erasure, is_new = self._record(readings, reason, by)
        if is_new:
            log.warning("erasure_recorded", reason=reason, by=by)
        for commit in readings:
            line = line_for_sql(commit, erasure)
            if self._store.get(commit.manifest.files_key) != line:
                self._store.put(commit.manifest.files_key, line)
        removed = remove(self._store, readings)
        log.warning("file_erased", objects=removed)
        copies = {copy.root: remove(copy, readings) for copy in self._copies}
        return Erased(manifest, places(readings), erasure, is_new, removed, copies, self._same_bytes(manifest))

    def _require_own_bytes(self, manifest: Manifest, files: dict[str, list[Commit]]) -> None:
        """Refuse a file whose bytes are those of another landed file, too: they have one place."""
        erased = {manifest.file_id} | self._together
        for other, readings in files.items():
            is_twin = readings[0].manifest.sha256 == manifest.sha256 and other not in erased
            if is_twin and read_erasure(self._store, readings) is None:
                raise UsageError(
                    f"{manifest.file_id} has the same bytes as {other}, which would lose them: "
                    "withdraw both, and erase both in one call"
                )

    def _require_copies(self, readings: Sequence[Commit]) -> None:
        """Refuse a root that is no copy of this lake: the file's commit is another one there, or none."""
        commit = readings[0]
        for copy in self._copies:
            if copy.get(commit.key) != commit.line:
                raise UsageError(f"{copy.root} has not the commit {commit.key} of this lake: it is no copy of it")

    def _record(self, readings: Sequence[Commit], reason: str, by: str) -> tuple[Erasure, bool]:
        """Return the record of the file's erasure, and whether this call wrote it."""
        found = read_erasure(self._store, readings)
        if found is not None:
            return found, False
        manifest = readings[0].manifest
        if not self._is_withdrawn(manifest.file_id):
            raise UsageError(
                f"{manifest.file_id} is not withdrawn: "
                "add withdraw to seeds/file_decisions.csv, build, and erase it then"
            )
        erasure = erasure_of(readings, reason, by, utc_text(self._now()))
        if self._store.put_new(erasure_key(manifest.feed, manifest.file_id), erasure.to_json()):
            return erasure, True
        # Another call's, or this one's own if the answer was lost on the way.
        found = read_erasure(self._store, readings)
        if found is None:
            raise StorageError(f"the record of {manifest.file_id} exists and cannot be read: try again")
        return found, found == erasure

    def _same_bytes(self, manifest: Manifest) -> list[str]:
        feeds = {folder.rpartition("/")[2] for folder in self._store.folders("contents")} - {manifest.feed}
        return [feed for feed in sorted(feeds) if self._store.size(content_key(feed, manifest.sha256)) is not None]


def remove(store: Store, readings: Sequence[Commit]) -> int:
    """Remove everything at a file's places, in a bucket every version; return how much that was.

    Raises:
        StorageError: the lake refused.
    """
    if store.bucket_url is not None:
        from loader.aws.objects import remove_versions

        return sum(remove_versions(*store.bucket_and_prefix, place) for place in places(readings))
    keys = list(what_is_left(store, readings))
    for key in keys:
        store.delete(key)
    return len(keys)
