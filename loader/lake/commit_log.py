"""A feed's commits, numbered 1, 2, 3… in the order in which its files landed.

A commit is one put-if-absent of the next number: neither a clock nor a lock decides the order, and no number is left
out. A loader finishes the last commit (catalog, files/, contents/) before it writes the next one. Hence:

- Only the last commit of a feed can be unfinished. The next landing of the feed finishes it, or `loader recover`.
- contents/ names every delivery that was committed before the last commit, so that it lands once.
- A file is written to files/ after all files of its feed with lower numbers. A query that lists files/ while two files
  land may still see the later one only: numbers without a gap show it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import structlog
from pydantic import ValidationError

from loader.errors import StorageError, UsageError
from loader.lake.catalog import Catalog
from loader.lake.commits import Commit, commit_of, read_readings
from loader.lake.erasures import line_for_sql, read_erasure
from loader.lake.keys import commit_key, content_key, erasure_key, event_key, events_folder, number_of_commit
from loader.lake.objects import LandedContent, Manifest
from loader.lake.sameness import Found, Offer, judge
from loader.lake.storage import Store


class CommitLog:
    """The commits of all feeds of a lake, as one loader reads and writes them."""

    def __init__(self, store: Store, catalog: Catalog) -> None:
        """Ask the lake nothing yet."""
        self._store = store
        self._catalog = catalog
        # By feed. All commits up to this number are finished; others may have written more since.
        self._last_finished: dict[str, int] = {}

    def find(self, offer: Offer) -> Found:
        """Return what the lake held of an offered file when this log last looked for the last commit.

        Raises:
            StorageError: the lake or the catalog refused, or holds a record that was changed.
            UsageError: the decisions on files cannot be read, or the bytes are those of an erased file of another name.
        """
        last_number = self._finish_last(offer.feed)
        first = self._recorded(content_key(offer.feed, offer.sha256), offer)
        if first is None:
            return Found()
        if first.manifest.rows_delivered == 0:
            # A header is the same each day: of its many deliveries only the one of this event matters.
            keys = [event_key(offer.feed, offer.sha256, offer.event)]
        else:
            keys = list(self._store.list(events_folder(offer.feed, offer.sha256)))
        further = [commit for key in keys if (commit := self._recorded(key, offer)) is not None]
        further.sort(key=lambda commit: commit.manifest.delivery_number)
        found = judge(offer, [first, *further], last_number)
        return found if found.same is not None else self._unless_erased(offer, found, [first, *further])

    def _recorded(self, key: str, offer: Offer) -> Commit | None:
        """Return the commit that a record in contents/ names; None if there is no such record."""
        line = self._store.get(key)
        if line is None:
            return None
        try:
            number = LandedContent.model_validate_json(line).delivery_number
        except ValidationError as error:
            raise StorageError(f"{key} was changed: run loader verify, which says what to do") from error
        commit = read_commit(self._store, offer.feed, number)
        if commit.manifest.sha256 != offer.sha256:
            raise StorageError(f"{key} names the commit of another content: run loader verify, which says what to do")
        return commit

    def _unless_erased(self, offer: Offer, found: Found, known: list[Commit]) -> Found:
        """Return what was found; bytes that were erased do not come back."""
        for commit in known:
            manifest = commit.manifest
            if self._store.size(erasure_key(manifest.feed, manifest.file_id)) is None:
                continue
            if not offer.has_values_of(manifest.file_name):
                raise UsageError(
                    f"{offer.file_name} has the same bytes as the file {manifest.file_id}, which was erased, so it "
                    "cannot land: ask the sender for a file with other bytes, such as another order of rows"
                )
            return replace(found, same=commit)
        return found

    def append(self, offer: Offer, found: Found, manifest: Callable[[int, Commit | None], Manifest]) -> Commit:
        """Commit a file that is a delivery of its own, under the feed's next number.

        Args:
            offer: the file.
            found: what `find` returned of it.
            manifest: returns the manifest with the number that it is given, and with an earlier commit of the same
                bytes; called again when another loader took that number first.

        Returns:
            The commit of this delivery, finished: the file_id shows whether it is this manifest or another loader's.

        Raises:
            StorageError: the lake or the catalog refused; the commit may have been written all the same.
        """
        while True:
            number = self._finish_last(offer.feed) + 1
            commit = Commit.of(manifest(number, found.earlier))
            del self._last_finished[offer.feed]
            if self._store.put_new(commit.key, commit.line):
                self._finish(commit, commit.line)
                self._last_finished[offer.feed] = number
                return commit
            # Another loader's, or this one's own if the answer to the first attempt was lost on the way.
            found = self.find(offer)
            if found.same is not None:
                return found.same
            if self._last_finished[offer.feed] < number:
                raise StorageError(f"{commit.key} exists and is not listed: check the lake")

    def finish(self, commit: Commit) -> bool:
        """Make a commit visible to SQL and record its content; return whether SQL did not see it yet.

        Raises:
            StorageError: the lake or the catalog refused, or the record of its erasure was changed; the next landing of
                the feed comes back here.
        """
        manifest, erasure = commit.manifest, None
        # It may have been erased since.
        if self._store.size(erasure_key(manifest.feed, manifest.file_id)) is not None:
            erasure = read_erasure(self._store, read_readings(self._store, manifest.feed, manifest.delivery_number))
        return self._finish(commit, line_for_sql(commit, erasure))

    def _finish(self, commit: Commit, line: bytes) -> bool:
        self._catalog.register(commit.manifest)
        was_hidden = self._store.put_new(commit.manifest.files_key, line)
        content = LandedContent.of(commit.manifest)
        # This comes last: where it is, the commit is finished.
        if (
            not self._store.put_new(content.key, content.to_json())
            and self._store.get(content.key) != content.to_json()
        ):
            self._store.put_new(commit.manifest.event_key, content.to_json())
        return was_hidden

    def _finish_last(self, feed: str) -> int:
        """Finish the feed's last commit if a crash has cut it off; return its number, 0 where there is none."""
        if feed not in self._last_finished:
            number = last_number(self._store, feed)
            if number:
                self._finish_if_open(read_commit(self._store, feed, number))
            self._last_finished[feed] = number
        return self._last_finished[feed]

    def _finish_if_open(self, commit: Commit) -> None:
        manifest = commit.manifest
        content = LandedContent.of(manifest)
        is_open = self._store.get(content.key) != content.to_json() and self._store.size(manifest.event_key) is None
        if is_open and self.finish(commit):
            structlog.get_logger("loader").warning("file_finished", file_id=manifest.file_id, feed=manifest.feed)


def read_commit(store: Store, feed: str, number: int) -> Commit:
    """Return a feed's commit by its number.

    Raises:
        StorageError: it is not there or is no manifest of this place.
    """
    key = commit_key(feed, number)
    return commit_of(key, store.get(key))


def last_number(store: Store, feed: str) -> int:
    """Return the number of the feed's last commit, 0 where there is none.

    It takes two listings of at most a thousand entries each, up to a million files of the feed.

    Raises:
        StorageError: the lake refused.
    """
    # A crash may leave an empty folder behind the last commit's.
    for folder in sorted(store.folders(f"commits/{feed}"), reverse=True):
        numbers = [number for key in store.list(folder) if (number := number_of_commit(key)) is not None]
        if numbers:
            return max(numbers)
    return 0
