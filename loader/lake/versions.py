"""Whether what is written once was written again: a bucket with versioning has kept every earlier state of it.

commits/, seals/ and erasures/ are put only where nothing is yet. landing/ is written by streams that have no such
condition: two loaders with the same file at the same moment both write it, each the same bytes. So a second version is
no fault by itself, and one with other bytes is. rejections/, contents/, files/ and seen/ may be written again.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from loader.lake.findings import Finding
from loader.lake.keys import utc_text
from loader.lake.storage import Store

if TYPE_CHECKING:
    from loader.aws.objects import Version

WRITTEN_ONCE = ("landing", "commits", "seals", "erasures")
_THEN = "find out who did that; the finding goes with that version"


def version_faults(store: Store, erased: Callable[[str], bool], *, quick: bool) -> Iterator[Finding]:
    """Yield what was written again with other bytes, or removed; nothing for a lake in a folder.

    Args:
        store: the lake.
        erased: whether a key was in a place of an erased file, which is not judged here.
        quick: compare sizes alone.

    Raises:
        StorageError: S3 refused.
    """
    if store.bucket_url is None:
        return
    from loader.aws.objects import object_versions

    for folder in WRITTEN_ONCE:
        versions: dict[str, list[Version]] = defaultdict(list)
        for version in object_versions(*store.bucket_and_prefix, f"{folder}/"):
            if not erased(version.key):
                versions[version.key].append(version)
        for kept in versions.values():
            if len(kept) > 1 or kept[0].size is None:
                yield from _faults(store, kept, quick=quick)


def _faults(store: Store, kept: list[Version], *, quick: bool) -> Iterator[Finding]:
    """Judge all versions of one key by the first, which is what a loader wrote."""
    # Of the same second the newest comes first in a listing.
    kept.reverse()
    kept.sort(key=lambda version: (version.modified, version.is_latest))
    written = [version for version in kept if version.size is not None]
    for marker in kept:
        if marker.size is None:
            then = "take the delete marker away, and it is back" if marker.is_latest else "it was written again since"
            yield _rewritten(marker, f"it was removed, by the delete marker {marker.id}: {then}")
    if not written:
        return
    first, *later = written
    wanted = _content(store, first, quick=quick)
    for version in later:
        if _content(store, version, quick=quick) != wanted:
            newest = f", and readers see it: put a copy of {first.id} in its place" if version.is_latest else ""
            yield _rewritten(version, f"version {version.id} has other bytes than the first one, {first.id}{newest}")


def _content(store: Store, version: Version, *, quick: bool) -> object:
    """Return what two versions with the same bytes have in common."""
    if quick:
        return version.size
    from loader.aws.objects import read_version

    digest = hashlib.sha256()
    for block in read_version(*store.bucket_and_prefix, version):
        digest.update(block)
    return digest.digest()


def _rewritten(version: Version, what: str) -> Finding:
    return Finding(version.key, "rewritten", f"on {utc_text(version.modified)}, {what}; {_THEN}")
