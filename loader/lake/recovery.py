"""What a crash has left: a committed file that SQL cannot see yet is finished, parts that no commit names are swept.

Delivered bytes are never removed. It is safe beside running loaders: a landing does not commit after TIME_LIMIT, and
only what is older than twice that is swept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from loader.lake.catalog import Catalog
from loader.lake.commit_log import CommitLog
from loader.lake.commits import Commit, content_keys, read_commits
from loader.lake.landing import TIME_LIMIT
from loader.lake.storage import Store

GRACE = 2 * TIME_LIMIT


@dataclass(frozen=True)
class Recovery:
    """What was done.

    Attributes:
        finished: files that SQL sees from now on, by their file_id.
        swept: keys of what was removed: parts without a commit, and writes that never ended.
        not_landed: keys of delivered bytes that belong to no commit and no rejection; they are kept.
    """

    finished: list[str]
    swept: list[str]
    not_landed: list[str]


def recover(store: Store, catalog: Catalog, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Recovery:
    """Finish and sweep; once more changes nothing.

    Raises:
        StorageError: the lake or the catalog refused; what was done until then stands.
    """
    log = structlog.get_logger("loader")
    before = now() - GRACE
    # Parts are listed before commits, so that a file which commits in between is seen with its commit.
    parts = [entry for entry in store.entries("raw") if entry.modified < before]
    copies = [entry.key for entry in store.entries("landing") if entry.modified < before]
    rejected = {_of_file(key) for key in store.list("rejections")}
    # In the order of their numbers, in which SQL is to see them.
    commits = list(read_commits(store, sorted(store.list("commits"))))
    settled = rejected | {(commit.manifest.feed, commit.manifest.sha256) for commit in commits}

    visible_files = {key.rpartition("/")[2].removesuffix(".json") for key in store.list("files")}
    commit_log, finished = CommitLog(store, catalog), []
    for commit in _unfinished(store, catalog, commits):
        commit_log.finish(commit)
        log.warning("file_finished", file_id=commit.manifest.file_id, feed=commit.manifest.feed)
        finished.append(commit.manifest.file_id)

    # A file that SQL sees and that has no commit has lost it: its rows are not ours to remove.
    kept = visible_files | {commit.manifest.file_id for commit in commits}
    orphans = sorted(entry.key for entry in parts if file_of_part(entry.key) not in kept)
    for key in orphans:
        store.delete(key)
        log.warning("part_swept", key=key, file_id=file_of_part(key))
    unfinished = store.remove_unfinished(before)
    not_landed = sorted(key for key in copies if _of_file(key) not in settled)
    return Recovery(finished, [*orphans, *unfinished], not_landed)


def _unfinished(store: Store, catalog: Catalog, commits: list[Commit]) -> list[Commit]:
    """Return the commits that SQL does not see whole, or whose content is not recorded."""
    there = {*store.list("files"), *store.list("contents")}
    unregistered = {manifest.file_id for manifest in catalog.unregistered(commit.manifest for commit in commits)}
    return [
        commit
        for key, commit in content_keys(commits)
        if commit.manifest.file_id in unregistered or not there.issuperset({commit.manifest.files_key, key})
    ]


def file_of_part(key: str) -> str:
    """Return the file that a part's key names; a key of another shape names none, and is returned whole."""
    return key.rpartition("/")[0].rpartition("/file_id=")[2]


def _of_file(key: str) -> tuple[str, ...]:
    """Return feed and SHA-256 of a key in landing/ or rejections/; less for a key that no loader wrote."""
    return tuple(key.removesuffix(".json").split("/")[1:3])
