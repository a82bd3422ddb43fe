"""Whether the lake is what its commits say: nothing changed, missing or added, and only what is on record erased.

Every object is judged by another that vouches for it: landed bytes by the hash in their key, parts, contents and
the copy of the manifest by the commit, commits and erasures by seals, commits by their numbers, too, seals by the next
one, rejections and the last seal by their own digest.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from pydantic import ValidationError

from loader.errors import StorageError
from loader.lake.catalog import Catalog
from loader.lake.commits import Commit, commit_of, content_keys, deliveries, last_readings, rejection_of
from loader.lake.erasures import judge_erasures, line_for_sql
from loader.lake.findings import Finding, Kind, Verification
from loader.lake.keys import commit_key, content_key, landing_key, utc_text
from loader.lake.numbering import numbering_faults
from loader.lake.objects import LandedContent, Manifest, Part, SeenFile
from loader.lake.recovery import partition_of
from loader.lake.seals import read_chain, write_seal
from loader.lake.storage import Entry, Store
from loader.lake.stored_content import StoredContent, read_content
from loader.lake.versions import version_faults
from loader.wording import counted

# A landing makes its commit visible to SQL within seconds; one that is older and not visible was cut off.
_UNDER_WAY = timedelta(minutes=15)
_UNCOMMITTED = (
    "SQL reads a file here that has no commit of its number: if that was lost, put a copy of this object in its place, "
    "commits/<feed>/<thousands>/<delivery_number>.json; if it was never landed, remove this one"
)


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
        catalog: what SQL finds the files by.
        quick: judge landed bytes and parts by their sizes alone.
        now: the clock that dates seals.

    Raises:
        StorageError: the lake or the catalog refused.
    """
    return _Verifier(store, catalog, quick=quick, now=now).verify()


class _Verifier:
    def __init__(self, store: Store, catalog: Catalog, *, quick: bool, now: Callable[[], datetime]) -> None:
        self._now = now
        self._store = store
        self._catalog = catalog
        self._quick = quick
        self._found = Verification()
        # Commits are listed first, so that what they name is there; what comes meanwhile is looked at again.
        # Erasures are listed last, because their record is written before anything goes.
        folders = ("commits", "contents", "landing", "raw", "files", "rejections", "seals", "seen", "erasures")
        self._stored = {folder: {entry.key: entry for entry in store.entries(folder)} for folder in folders}

    def verify(self) -> Verification:
        found = self._found
        found.objects = sum(map(len, self._stored.values()))
        commits = list(self._commits())
        self._erased = judge_erasures(self._store, self._stored["erasures"], commits)
        found.findings += self._erased.findings
        found.erased = sorted(self._erased.records)
        for folder in ("landing", "raw", "rejections"):
            for key in [key for key in self._stored[folder] if self._erased.has_place(key)]:
                del self._stored[folder][key]
        self._landed(deliveries(commits))
        found.findings += numbering_faults(self._store, self._stored["commits"], deliveries(commits))
        found.findings += version_faults(self._store, self._erased.has_place, quick=self._quick)
        self._files(commits)
        self._landed_contents(commits)
        self._parts(commits)
        self._rejections()
        self._seen(commits)
        self._registered(last_readings(commits))
        self._chains({commit.key: commit.sha256 for commit in commits} | self._erased.sealable)
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
            if key not in stored and manifest.file_id not in self._erased:
                self._note(
                    key, "missing", f"the delivered bytes of file {manifest.file_id}: restore them from a backup"
                )

    def _is_rejected(self, landed: str) -> bool:
        _, feed, sha256, _ = landed.split("/")
        return f"rejections/{feed}/{sha256}.json" in self._stored["rejections"]

    def _files(self, commits: list[Commit]) -> None:
        """The manifests that SQL reads: each is its commit, byte for byte, and says when the file was erased."""
        erased = self._erased
        expected = {
            one.manifest.files_key: line_for_sql(one, erased.records.get(one.manifest.file_id)) for one in commits
        }
        unknown = {one.manifest.files_key for one in commits if one.manifest.file_id in erased.unknown}
        under_way = {one.manifest.files_key for one in self._young(commits)}
        for key, line in self._store.get_all((self._stored["files"].keys() | expected.keys()) - unknown):
            if key not in expected:
                if line is not None and not self._is_committed(line):
                    self._note(key, "extra", _UNCOMMITTED)
            elif line is None and key in under_way:
                self._found.leftovers.append(key)
            elif line is None:
                self._note(key, "missing", "SQL does not see this committed file yet: run loader recover")
            elif line != expected[key]:
                self._note(key, "changed", "it is not its commit: remove it, and run loader recover")
            self._found.bytes += len(line or b"")

    def _young(self, commits: list[Commit]) -> list[Commit]:
        """Return the commits so young that their landing may not have finished them yet."""
        since = self._now() - _UNDER_WAY
        return [one for one in commits if self._stored["commits"][one.key].modified > since]

    def _landed_contents(self, commits: list[Commit]) -> None:
        """The records by which a delivery lands once: each says the number of a commit."""
        keys = list(content_keys(commits))
        expected = {key: LandedContent.of(commit.manifest).to_json() for key, commit in keys}
        young = {commit.key for commit in self._young(commits)}
        under_way = {key for key, commit in keys if commit.key in young}
        for key, line in self._store.get_all(self._stored["contents"].keys() | expected.keys()):
            self._found.bytes += len(line or b"")
            if key not in expected:
                if line is not None and not self._is_content_of_commit(key, line):
                    self._note(key, "extra", "no commit has this content, which could not land: remove it")
            elif line is None and key in under_way:
                self._found.leftovers.append(key)
            elif line is None:
                self._note(key, "missing", "the same bytes could land again: run loader recover")
            elif line != expected[key]:
                self._note(key, "changed", "it does not name its commit: remove it, and run loader recover at once")

    def _is_content_of_commit(self, key: str, line: bytes) -> bool:
        """Return whether a record in contents/ belongs to a commit written since the commits were listed."""
        try:
            record = LandedContent.model_validate_json(line)
        except ValidationError:
            return False
        commit = commit_key(record.feed, record.delivery_number)
        if record.to_json() != line or commit in self._stored["commits"]:
            return False
        found = self._store.get(commit)
        if found is None:
            return False
        manifest = commit_of(commit, found).manifest
        return LandedContent.of(manifest) == record and key in (record.key, manifest.event_key)

    def _is_committed(self, line: bytes) -> bool:
        """Return whether a manifest in files/ has been committed since the commits were listed."""
        try:
            manifest = Manifest.model_validate_json(line)
        except ValidationError:
            return False
        return manifest.key not in self._stored["commits"] and self._store.get(manifest.key) == line

    def _parts(self, commits: list[Commit]) -> None:
        stored = self._stored["raw"]
        last = [commit.manifest for commit in last_readings(commits)]
        standing = [manifest for manifest in last if manifest.file_id not in self._erased]
        expected: dict[str, Part] = {part.key: part for manifest in standing for part in manifest.parts}
        read = {manifest.partition for manifest in last}
        for key in stored.keys() - expected.keys():
            if partition_of(key) in read:
                self._note(key, "extra", "SQL reads rows here that no manifest names: remove it")
            else:
                self._found.leftovers.append(key)
        restore = "restore it from a backup; its rows are in landing/ too"
        for key in expected.keys() - stored.keys():
            self._note(key, "missing", f"a part with {counted(expected[key].rows, 'row')}: {restore}")
        for entry, content in self._contents([stored[key] for key in expected.keys() & stored.keys()], as_parts=True):
            part = expected[entry.key]
            if entry.size != part.bytes or (content and content.sha256 != part.sha256):
                self._note(entry.key, "changed", f"the part is not what was written: {restore}")
            elif content and content.lines != part.rows:
                rows = counted(content.lines or 0, "row")
                self._note(entry.key, "changed", f"{rows}, and its manifest says {part.rows:,}: {restore}")
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
            # It may have been rejected since landing/ was listed.
            size = self._store.size(rejection.landing_key)
            if size is None:
                self._note(rejection.landing_key, "missing", "the delivered bytes of a rejected file: deliver it again")
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
            elif seen.sha256 not in committed and self._store.size(content_key(seen.feed, seen.sha256)) is None:
                self._note(
                    key, "extra", "this file's content is not in the lake: remove it, and the file is read again"
                )

    def _registered(self, commits: list[Commit]) -> None:
        under_way = {one.manifest.files_key for one in self._young(commits)}
        for manifest in self._catalog.unregistered(commit.manifest for commit in commits):
            key = manifest.files_key
            # A file is visible to SQL after it has its partitions, never before.
            if key in under_way and key not in self._stored["files"]:
                continue
            self._note(key, "unregistered", "the catalog lacks a partition of this file: run loader recover")

    def _chains(self, records: dict[str, str]) -> None:
        """Compare commits and erasures, SHA-256 by key, with the seals, and seal those that are not sealed yet."""
        feeds = {key.split("/")[1] for folder in ("commits", "seals") for key in self._stored[folder]}
        chains = [read_chain(self._store, feed) for feed in sorted(feeds)]
        for chain in chains:
            for key, fault in chain.faults:
                self._note(key, "changed", f"{fault}: restore the feed's seals from a backup")
            for key, sha256 in chain.sealed.items():
                found = records.get(key) or self._sha256(key)
                if found is None:
                    self._note(key, "missing", "it was sealed: restore it from a backup")
                elif found != sha256:
                    self._note(key, "changed", "it is not what was sealed: restore it from a backup")
        if self._found.findings:
            return
        for chain in chains:
            own = {key: sha256 for key, sha256 in records.items() if key.split("/")[1] == chain.feed}
            if written := write_seal(self._store, chain, own, utc_text(self._now())):
                self._found.seals.append(written)

    def _sha256(self, key: str) -> str | None:
        line = self._store.get(key)
        return None if line is None else hashlib.sha256(line).hexdigest()

    def _contents(self, entries: list[Entry], *, as_parts: bool) -> Iterator[tuple[Entry, StoredContent | None]]:
        """Yield what each object holds, several at a time; nothing of it where sizes have to do."""
        if self._quick:
            yield from ((entry, None) for entry in entries)
            return
        with ThreadPoolExecutor(os.cpu_count()) as readers:
            for entry, content in zip(
                entries,
                readers.map(lambda one: read_content(self._store, one.key, as_part=as_parts), entries),
                strict=True,
            ):
                self._found.bytes += content.size
                yield entry, content
