"""The order of a landing: landing bytes, raw parts, commit, catalog, files, contents.

The commit is one put-if-absent, which also gives the file its number (see commit_log). A crash before it leaves objects
that no query sees; a crash after it leaves a file that SQL cannot see yet, which the next landing of the feed finishes.
The manifest in files/ comes after the catalog, because a file that SQL sees before it finds its parts would be counted
as lost rows. Two loaders with the same bytes both write their own parts, and the commit decides; the loser removes what
it wrote.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import structlog

from loader.contract.model import Contract
from loader.csv.control_totals import NOTHING_EXPECTED, Expected
from loader.errors import FileRejectedError, StorageError
from loader.inbox.delivered_file import Delivery, LocalFile
from loader.lake.catalog import FOLDER_CATALOG, Catalog
from loader.lake.commit_log import CommitLog
from loader.lake.commits import Commit
from loader.lake.keys import draw_lot, file_id, rejection_key, utc_text
from loader.lake.objects import Manifest, Rejection
from loader.lake.reading import DEFAULT_LIMITS, Delivered, Limits, Reading, compare_with_expected
from loader.lake.sameness import Found, Offer, event_of
from loader.lake.storage import Store

# A landing that takes longer does not commit: recover sweeps what is older than its grace time, which is twice this.
TIME_LIMIT = timedelta(hours=12)

KNOWN_FOR = timedelta(hours=50)
"""How long rejected bytes are known: a file that waits in an inbox is offered each night, but for one now and then."""


@dataclass(frozen=True)
class Landed:
    """What became of a file.

    Attributes:
        file_name: as it was delivered now.
        manifest: of the file that holds its rows, this landing's or an earlier one's.
        seconds: how long it took.
        is_left_over: whether the same bytes would land if they were delivered anew.
    """

    status: Literal["landed", "already_landed"]
    file_name: str
    manifest: Manifest
    seconds: float = 0.0
    is_left_over: bool = False


class Landing:
    """Lands files in one lake.

    Attributes:
        store: the lake.
    """

    def __init__(
        self,
        store: Store,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        limits: Limits = DEFAULT_LIMITS,
        *,
        catalog: Catalog = FOLDER_CATALOG,
        draw_lot: Callable[[], str] = draw_lot,
        withdrawn: Callable[[], Collection[str]] = frozenset,
    ) -> None:
        """Land in ``store`` and tell its ``catalog``.

        Args:
            store: the lake.
            now: dates files.
            limits: sizes of what is read and written at a time.
            catalog: how SQL learns of a file.
            draw_lot: keeps the ids of files apart.
            withdrawn: returns the ids of the files that a decision withdraws; their bytes may be delivered again.
        """
        self.store = store
        self._commits = CommitLog(store, catalog)
        self._now = now
        self._draw_lot = draw_lot
        self._withdrawn = withdrawn
        self._limits = limits
        self._log = structlog.get_logger("loader")

    def land(
        self,
        file: Delivery | Path,
        contract: Contract,
        progress: Callable[[int], None] = lambda _: None,
        *,
        expected: Expected = NOTHING_EXPECTED,
    ) -> Landed:
        """Land one file, of a folder where a path is given; ``progress`` is told the number of bytes as they are read.

        Raises:
            FileRejectedError: the file broke its contract, or is not what its sender ``expected``; it is kept in
                landing and recorded in rejections.
            StorageError: the lake refused, or the file changed while it was read; nothing is visible to SQL.
            UsageError: the file or the decisions on files cannot be read, or a sum is announced of a column that the
                contract does not name.
        """
        began = time.monotonic()
        delivery = LocalFile(file) if isinstance(file, Path) else file
        sha256, size = delivery.hashed()
        now = self._now().astimezone(UTC)
        new_id = file_id(contract.feed, sha256, now, self._draw_lot())
        delivered = Delivered(contract, delivery, sha256, size, now, expected, new_id, f"{now:%Y-%m-%d}")
        log = self._log.bind(file_id=delivered.file_id, feed=contract.feed, file=delivery.name)
        found = self._commits.find(self._offer(delivered))
        if found.same is not None:
            if expected.control_totals:
                compare_with_expected(delivered, self._limits)
            # The catalog may have been lost since: it is told again.
            if self._commits.finish(found.same):
                log.warning("file_finished", file_id=found.same.manifest.file_id)
            landed = _landed_earlier(delivered, found.same, log)
            progress(delivered.size)
            return replace(landed, seconds=time.monotonic() - began, is_left_over=found.is_left_over)
        log.info("landing_started", bytes=delivered.size)
        try:
            result = self._land_new(delivered, found, progress, log)
        except FileRejectedError as error:
            error.is_known = self._record_rejection(delivered, error)
            log.warning("file_rejected", reason=error.reason, seconds=round(time.monotonic() - began, 3))
            raise
        result = replace(result, seconds=time.monotonic() - began)
        if result.status == "landed":
            _log_landed(result, log)
        return result

    def _land_new(self, delivered: Delivered, found: Found, progress: Callable[[int], None], log: Any) -> Landed:
        reading, offer = Reading(self.store, delivered, self._limits), self._offer(delivered)
        try:
            facts = self._write_parts(reading, progress)
            self._check_time(delivered)
        except BaseException:
            reading.discard()
            raise

        def manifest(number: int, earlier: Commit | None) -> Manifest:
            return Manifest(
                **facts,
                delivery_number=number,
                landed_at=utc_text(self._now()),
                event=offer.event,
                same_bytes_as=None if earlier is None else earlier.manifest.delivery_number,
            )

        # From here on parts are not removed on an error: when the answer to the commit is lost, nobody knows whether it
        # holds, and a commit without its parts would be lost rows. Parts without a commit are only litter.
        commit = self._commits.append(offer, found, manifest)
        if commit.manifest.file_id != delivered.file_id:
            reading.discard()
            return _landed_earlier(delivered, commit, log)
        return Landed("landed", delivered.delivery.name, commit.manifest)

    def _offer(self, delivered: Delivered) -> Offer:
        # What comes through a pipe is delivered by each call anew.
        event = event_of(delivered.delivery.event or delivered.file_id)
        return Offer(delivered.contract, delivered.sha256, delivered.delivery.name, event, self._withdrawn)

    def _write_parts(self, reading: Reading, progress: Callable[[int], None]) -> dict[str, Any]:
        return reading.write_parts(progress)

    def _check_time(self, delivered: Delivered) -> None:
        if self._now() - delivered.started_at > TIME_LIMIT:
            raise StorageError(f"landing took more than {TIME_LIMIT}, so its parts may be swept: land the file again")

    def _record_rejection(self, delivered: Delivered, error: FileRejectedError) -> bool:
        """Record that the bytes were rejected; return whether they had been a short while before."""
        rejection = Rejection(
            **delivered.facts,
            reason=error.reason,
            message=error.message,
            rejected_at=utc_text(self._now()),
            landing_key=delivered.landing_key,
        )
        key = rejection_key(delivered.contract.feed, delivered.sha256)
        earlier = self.store.get(key)
        self.store.put(key, rejection.to_json())
        # Some bytes come again months later in another delivery: an empty file, an error page.
        known_since = utc_text(self._now() - KNOWN_FOR)
        return earlier is not None and Rejection.model_validate_json(earlier).rejected_at >= known_since


def _landed_earlier(delivered: Delivered, commit: Commit, log: Any) -> Landed:
    log.info("already_landed", file_id=commit.manifest.file_id)
    return Landed("already_landed", delivered.delivery.name, commit.manifest)


def _log_landed(landed: Landed, log: Any) -> None:
    manifest = landed.manifest
    log.info(
        "landing_committed",
        delivery_number=manifest.delivery_number,
        rows_landed=manifest.rows_landed,
        rows_malformed=manifest.rows_malformed,
        extra_columns=manifest.extra_columns,
        seconds=round(landed.seconds, 3),
    )
