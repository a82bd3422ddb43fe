"""Whether the lake is what its commits say: nothing changed, missing or added.

Every object is judged by another that vouches for it: landed bytes by the hash in their key, parts and the copy of the
manifest by the commit, commits by seals, seals by the next one, rejections and the last seal by their own digest.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, cast

import pyarrow as pa
from pydantic import ValidationError

from loader.catalog import Catalog
from loader.commits import Commit, commit_of, rejection_of
from loader.errors import StorageError
from loader.manifest import Manifest, Part, SeenFile, commit_key, landing_key, run_key, utc_text
from loader.recovery import run_of_part
from loader.seals import read_chain, write_seal
from loader.storage import Entry, Store
from loader.streams import Hashed

Kind = Literal["changed", "missing", "extra", "unregistered"]
_BLOCK = 4 * 1024 * 1024
# A landing makes its commit visible to SQL within seconds; one that is older and not visible was cut off.
_UNDER_WAY = timedelta(minutes=15)


@dataclass(frozen=True)
class Finding:
    """One object that is not as it should be, and what to do."""

    key: str
    kind: Kind
    message: str


@dataclass
class Verification:
    """What was found, an empty list where all is well.

    Attributes:
        objects: number of objects that were judged.
        bytes: how many of their bytes were read.
        leftovers: keys that no query sees: of crashes, or of landings under way.
        seals: keys of the seals written now.
    """

    findings: list[Finding] = field(default_factory=list)
    objects: int = 0
    bytes: int = 0
    leftovers: list[str] = field(default_factory=list)
    seals: list[str] = field(default_factory=list)


def verify(
    store: Store,
    catalog: Catalog,
    *,
    quick: bool = False,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Verification:
    """Judge every object of the lake, then seal the commits that are not sealed yet, if all is well.

    Args:
        store: the lake.
        catalog: what SQL finds the runs by.
        quick: judge landed bytes and parts by their sizes alone.
        now: the clock that dates seals.

    Raises:
        StorageError: the lake or the catalog refused.
    """
    return _Verifier(store, catalog, quick=quick, now=now).verify()


@dataclass(frozen=True)
class _Content:
    sha256: str
    size: int
    lines: int | None


class _Verifier:
    def __init__(self, store: Store, catalog: Catalog, *, quick: bool, now: Callable[[], datetime]) -> None:
        self._now = now
        self._store = store
        self._catalog = catalog
        self._quick = quick
        self._found = Verification()
        # Commits are listed first, so that what they name is there; what comes meanwhile is looked at again.
        folders = ("commits", "landing", "raw", "runs", "rejections", "seals", "seen")
        self._stored = {folder: {entry.key: entry for entry in store.entries(folder)} for folder in folders}

    def verify(self) -> Verification:
        found = self._found
        found.objects = sum(map(len, self._stored.values()))
        commits = list(self._commits())
        self._landed(commits)
        self._runs(commits)
        self._parts(commits)
        self._rejections()
        self._seen(commits)
        self._registered(commits)
        self._chains({commit.key: commit.sha256 for commit in commits})
        found.findings.sort(key=lambda finding: (finding.key, finding.kind, finding.message))
        found.leftovers.sort()
        return found

    def _note(self, key: str, kind: Kind, message: str) -> None:
        self._found.findings.append(Finding(key, kind, message))

    def _commits(self) -> Iterator[Commit]:
        for key, line in self._store.get_all(sorted(self._stored["commits"])):
            try:
                commit = commit_of(key, line)
            except StorageError as error:
                self._note(key, "changed", str(error))
                continue
            self._found.bytes += len(commit.line)
            yield commit

    def _landed(self, commits: list[Commit]) -> None:
        """The delivered bytes: each copy has the hash that its key names, and each commit has its copy."""
        stored = self._stored["landing"]
        sizes = {commit.manifest.sha256: commit.manifest.bytes for commit in commits}
        ours = [entry for entry in stored.values() if entry.key.count("/") == 3]
        for key in stored.keys() - {entry.key for entry in ours}:
            self._note(key, "extra", "no landing keeps its bytes here: remove it")
        for entry, content in self._contents(ours, as_parts=False):
            sha256 = entry.key.split("/")[2]
            if sizes.get(sha256, entry.size) != entry.size or (content and content.sha256 != sha256):
                self._note(
                    entry.key, "changed", "these are not the bytes that were delivered: restore them from a backup"
                )
            elif sha256 not in sizes and not self._is_rejected(entry.key):
                self._found.leftovers.append(entry.key)
        for commit in commits:
            manifest = commit.manifest
            key = landing_key(manifest.feed, manifest.sha256, manifest.file_name)
            if key not in stored:
                self._note(key, "missing", f"the delivered bytes of run {manifest.run_id}: restore them from a backup")

    def _is_rejected(self, landed: str) -> bool:
        _, feed, sha256, _ = landed.split("/")
        return f"rejections/{feed}/{sha256}.json" in self._stored["rejections"]

    def _runs(self, commits: list[Commit]) -> None:
        """The manifests that SQL reads: each is its commit, byte for byte."""
        expected = {run_key(one.manifest.ingest_date, one.manifest.run_id): one.line for one in commits}
        under_way = self._under_way(commits)
        for key, line in self._store.get_all(self._stored["runs"].keys() | expected.keys()):
            if key not in expected:
                if line is not None and not self._is_committed(line):
                    self._note(
                        key,
                        "extra",
                        "SQL reads a run here that has no commit: if that was lost, put a copy of this object in its "
                        "place, commits/<feed>/<sha256>.json; if it was never landed, remove this one",
                    )
            elif line is None and key in under_way:
                self._found.leftovers.append(key)
            elif line is None:
                self._note(key, "missing", "SQL does not see this committed run yet: run loader recover")
            elif line != expected[key]:
                self._note(key, "changed", "it is not its commit: remove it, and run loader recover")
            self._found.bytes += len(line or b"")

    def _under_way(self, commits: list[Commit]) -> set[str]:
        """Return the keys in runs/ of commits so young that their landing may not have come to them yet."""
        since = self._now() - _UNDER_WAY
        young = (one.manifest for one in commits if self._stored["commits"][one.key].modified > since)
        return {run_key(manifest.ingest_date, manifest.run_id) for manifest in young}

    def _is_committed(self, line: bytes) -> bool:
        """Return whether a manifest in runs/ has been committed since the commits were listed."""
        try:
            manifest = Manifest.model_validate_json(line)
        except ValidationError:
            return False
        key = commit_key(manifest.feed, manifest.sha256)
        return key not in self._stored["commits"] and self._store.get(key) == line

    def _parts(self, commits: list[Commit]) -> None:
        stored = self._stored["raw"]
        expected: dict[str, Part] = {part.key: part for commit in commits for part in commit.manifest.parts}
        runs = {commit.manifest.run_id for commit in commits}
        for key in stored.keys() - expected.keys():
            if run_of_part(key) in runs:
                self._note(key, "extra", "SQL reads rows here that no manifest names: remove it")
            else:
                self._found.leftovers.append(key)
        restore = "restore it from a backup; its rows are in landing/ too"
        for key in expected.keys() - stored.keys():
            self._note(key, "missing", f"a part with {expected[key].rows:,} rows: {restore}")
        for entry, content in self._contents([stored[key] for key in expected.keys() & stored.keys()], as_parts=True):
            part = expected[entry.key]
            if entry.size != part.bytes or (content and content.sha256 != part.sha256):
                self._note(entry.key, "changed", f"the part is not what was written: {restore}")
            elif content and content.lines != part.rows:
                self._note(entry.key, "changed", f"{content.lines} rows, and its manifest says {part.rows}: {restore}")
        for commit in commits:
            manifest = commit.manifest
            if sum(part.rows for part in manifest.parts) != manifest.rows_delivered:
                self._note(commit.key, "changed", "its parts' rows are not those delivered: restore it from a backup")

    def _rejections(self) -> None:
        for key, line in self._store.get_all(self._stored["rejections"]):
            self._found.bytes += len(line or b"")
            try:
                rejection = rejection_of(key, line)
            except StorageError as error:
                self._note(key, "changed", str(error))
                continue
            # It may have been refused since landing/ was listed.
            size = self._store.size(rejection.landing_key)
            if size is None:
                self._note(rejection.landing_key, "missing", "the delivered bytes of a refused file: deliver it again")
            elif self._quick and size != rejection.bytes:
                self._note(rejection.landing_key, "changed", "these are not the bytes that were delivered")

    def _seen(self, commits: list[Commit]) -> None:
        """What was noted of inboxes: content that is not in the lake must not be passed over."""
        committed = {commit.manifest.sha256 for commit in commits}
        for key, found in self._store.get_all(self._stored["seen"]):
            line = found or b""
            self._found.bytes += len(line)
            seen: SeenFile | None = None
            with suppress(ValidationError):
                seen = SeenFile.model_validate_json(line)
            if seen is None or seen.key != key or seen.to_json() != line:
                self._note(key, "changed", "no landing noted this of a file: remove it, and the file is read again")
            elif seen.sha256 not in committed and self._store.size(commit_key(seen.feed, seen.sha256)) is None:
                self._note(
                    key, "extra", "this file's content is not in the lake: remove it, and the file is read again"
                )

    def _registered(self, commits: list[Commit]) -> None:
        under_way = self._under_way(commits)
        for manifest in self._catalog.unregistered(commit.manifest for commit in commits):
            key = run_key(manifest.ingest_date, manifest.run_id)
            # A run is visible to SQL after it has its partitions, never before.
            if key in under_way and key not in self._stored["runs"]:
                continue
            self._note(key, "unregistered", "the catalog lacks a partition of this run: run loader recover")

    def _chains(self, commits: dict[str, str]) -> None:
        feeds = {key.split("/")[1] for folder in ("commits", "seals") for key in self._stored[folder]}
        chains = [read_chain(self._store, feed) for feed in sorted(feeds)]
        for chain in chains:
            for key, fault in chain.faults:
                self._note(key, "changed", f"{fault}: restore the feed's seals from a backup")
            for key, sha256 in chain.sealed.items():
                found = commits.get(key) or self._sha256(key)
                if found is None:
                    self._note(key, "missing", "a sealed commit: restore it from a backup")
                elif found != sha256:
                    self._note(key, "changed", "it is not what was sealed: restore it from a backup")
        if self._found.findings:
            return
        for chain in chains:
            own = {key: sha256 for key, sha256 in commits.items() if key.split("/")[1] == chain.feed}
            if written := write_seal(self._store, chain, own, utc_text(self._now())):
                self._found.seals.append(written)

    def _sha256(self, key: str) -> str | None:
        line = self._store.get(key)
        return None if line is None else hashlib.sha256(line).hexdigest()

    def _contents(self, entries: list[Entry], *, as_parts: bool) -> Iterator[tuple[Entry, _Content | None]]:
        """Yield what each object holds, several at a time; nothing of it where sizes have to do."""
        if self._quick:
            yield from ((entry, None) for entry in entries)
            return
        with ThreadPoolExecutor(os.cpu_count()) as readers:
            for entry, content in zip(
                entries, readers.map(lambda one: self._read(one, as_parts), entries), strict=True
            ):
                self._found.bytes += content.size
                yield entry, content

    def _read(self, entry: Entry, as_part: bool) -> _Content:
        stream = Hashed(self._store.read(entry.key))
        lines = _count_lines(stream) if as_part else None
        while stream.read(_BLOCK):
            pass
        return _Content(stream.digest.hexdigest(), stream.size, lines)


def _count_lines(stream: Hashed) -> int | None:
    """Return the rows of a part: no value holds a line end. None where it is no whole zstd stream."""
    count = 0
    try:
        text = pa.CompressedInputStream(pa.PythonFile(cast(Any, stream), mode="r"), "zstd")
        while block := text.read(_BLOCK):
            count += block.count(b"\n")
    except OSError:
        return None
    return count
