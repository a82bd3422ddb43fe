"""What a crash has left: a committed run that SQL cannot see yet is finished, parts that no commit names are swept.

Delivered bytes are never removed. It is safe beside running loaders: a landing does not commit after TIME_LIMIT, and
only what is older than twice that is swept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from loader.catalog import Catalog
from loader.commits import read_commits
from loader.landing import TIME_LIMIT
from loader.manifest import run_key
from loader.storage import Store

GRACE = 2 * TIME_LIMIT


@dataclass(frozen=True)
class Recovery:
    """What was done.

    Attributes:
        finished: runs that SQL sees from now on.
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
    # Parts are listed before commits, so that a run which commits in between is seen with its commit.
    parts = [entry for entry in store.entries("raw") if entry.modified < before]
    copies = [entry.key for entry in store.entries("landing") if entry.modified < before]
    settled = {_of_file(key) for folder in ("commits", "rejections") for key in store.list(folder)}
    commits = list(read_commits(store, sorted(store.list("commits"))))

    visible = set(store.list("runs"))
    visible_runs = {key.rpartition("/")[2].removesuffix(".json") for key in visible}
    unregistered = {manifest.run_id for manifest in catalog.unregistered(commit.manifest for commit in commits)}
    finished = []
    for commit in commits:
        manifest = commit.manifest
        key = run_key(manifest.ingest_date, manifest.run_id)
        if key in visible and manifest.run_id not in unregistered:
            continue
        catalog.register(manifest)
        store.put_new(key, commit.line)
        log.warning("run_finished", finished_run_id=manifest.run_id)
        finished.append(manifest.run_id)

    # A run that SQL sees and that has no commit has lost it: its rows are not ours to remove.
    kept = visible_runs | {commit.manifest.run_id for commit in commits}
    orphans = sorted(entry.key for entry in parts if run_of_part(entry.key) not in kept)
    for key in orphans:
        store.delete(key)
        log.warning("part_swept", key=key)
    unfinished = store.remove_unfinished(before)
    not_landed = sorted(key for key in copies if _of_file(key) not in settled)
    return Recovery(finished, [*orphans, *unfinished], not_landed)


def run_of_part(key: str) -> str:
    """Return the run that a part's key names; a key of another shape names none, and is returned whole."""
    return key.rpartition("/")[0].rpartition("/run_id=")[2]


def _of_file(key: str) -> tuple[str, ...]:
    """Return feed and SHA-256 of a key in landing/, commits/ or rejections/; less for a key that no loader wrote."""
    return tuple(key.removesuffix(".json").split("/")[1:3])
