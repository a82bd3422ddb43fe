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
from loader.lake.commits import Commit, content_keys, last_readings, read_commits
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
    parts = list(store.entries("raw"))
    copies = [entry.key for entry in store.entries("landing") if entry.modified < before]
    rejected = {_of_file(key) for key in store.list("rejections")}
    # In the order of their numbers, in which SQL is to see them.
    commits = list(read_commits(store, sorted(store.list("commits"))))
    settled = rejected | {(commit.manifest.feed, commit.manifest.sha256) for commit in commits}

    visible = {_partition_of_file(key) for key in store.list("files")}
    commit_log, finished = CommitLog(store, catalog), []
    for commit in _unfinished(store, catalog, commits):
        commit_log.finish(commit)
        log.warning("file_finished", file_id=commit.manifest.file_id, feed=commit.manifest.feed)
        finished.append(commit.manifest.file_id)

    # A file that SQL sees and that has no commit has lost it: its rows are not ours to remove.
    standing = {commit.manifest.partition for commit in last_readings(commits)}
    # What a later reading has replaced need not be old: SQL does not read it any more.
    replaced = {commit.manifest.partition for commit in commits} - standing
    kept = (visible | standing) - replaced
    orphans = sorted(
        entry.key
        for entry in parts
        if partition_of(entry.key) not in kept and (entry.modified < before or partition_of(entry.key) in replaced)
    )
    for key in orphans:
        store.delete(key)
        log.warning("part_swept", key=key, file_id=partition_of(key).rpartition("=")[2])
    unfinished = store.remove_unfinished(before)
    not_landed = sorted(key for key in copies if _of_file(key) not in settled)
    return Recovery(finished, [*orphans, *unfinished], not_landed)


def _unfinished(store: Store, catalog: Catalog, commits: list[Commit]) -> list[Commit]:
    """Return the commits that SQL does not see whole, or whose content is not recorded."""
    there = {*store.list("files"), *store.list("contents")}
    last = (commit.manifest for commit in last_readings(commits))
    unregistered = {manifest.key for manifest in catalog.unregistered(last)}
    unrecorded = {commit.key for key, commit in content_keys(commits) if key not in there}
    return [
        commit
        for commit in commits
        if commit.key in unregistered | unrecorded or commit.manifest.files_key not in there
    ]


def partition_of(key: str) -> str:
    """Return the partition that a part's key names, as manifests do; of a key of another shape something else."""
    return "/".join(key.split("/")[-3:-1])


def _partition_of_file(key: str) -> str:
    """Return the partition of the parts of a manifest in files/."""
    return key.removeprefix("files/").removesuffix(".json").replace("/", "/file_id=")


def _of_file(key: str) -> tuple[str, ...]:
    """Return feed and SHA-256 of a key in landing/ or rejections/; less for a key that no loader wrote."""
    return tuple(key.removesuffix(".json").split("/")[1:3])
