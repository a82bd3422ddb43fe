"""The order of a landing: landing bytes, raw parts, commit, catalog, runs.

The commit is one put-if-absent. A crash before it leaves objects that no query sees; a crash after it leaves a run that
SQL cannot see yet, which the next landing of the same bytes finishes. The manifest in runs/ comes last, because a run
that SQL sees before it finds its parts would be counted as lost rows. Two loaders with the same bytes both write their
own parts, and the commit decides; the loser removes what it wrote.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import structlog

from loader import __version__
from loader.background import Background
from loader.catalog import FOLDER_CATALOG, Catalog
from loader.commits import commit_of
from loader.contract import Contract
from loader.control import NOTHING_EXPECTED, ControlTotals, Expected
from loader.deliveries import Delivery, LocalFile
from loader.errors import FileChangedError, FileRejectedError, StorageError
from loader.manifest import (
    Manifest,
    Rejection,
    commit_key,
    draw_lot,
    landing_key,
    raw_folder,
    rejection_key,
    run_id,
    run_key,
    utc_text,
)
from loader.parts import FRAME_SIZE, PART_SIZE, PartWriter
from loader.reading import ContractReader
from loader.sources import Compression, Content
from loader.storage import ObjectWriter, Store
from loader.structure import BLOCK_SIZE, RECORD_LIMIT

# A landing that takes longer does not commit: recover sweeps what is older than its grace time, which is twice this.
TIME_LIMIT = timedelta(hours=12)


@dataclass(frozen=True)
class Landed:
    """What became of a file.

    Attributes:
        file_name: as it was delivered now.
        manifest: of the run that holds its rows, this landing's or an earlier one's.
        seconds: how long it took.
    """

    status: Literal["landed", "already_landed"]
    file_name: str
    manifest: Manifest
    seconds: float = 0.0


@dataclass(frozen=True)
class Limits:
    """Sizes in bytes, which tests make small."""

    block: int = BLOCK_SIZE
    record: int = RECORD_LIMIT
    part: int = PART_SIZE
    frame: int = FRAME_SIZE


@dataclass(frozen=True)
class _Run:
    """What is known of a landing before its first row."""

    contract: Contract
    delivery: Delivery
    sha256: str
    size: int
    started_at: datetime
    expected: Expected
    lot: str

    @property
    def run_id(self) -> str:
        return run_id(self.contract.feed, self.sha256, self.started_at, self.lot)

    @property
    def ingest_date(self) -> str:
        return f"{self.started_at:%Y-%m-%d}"

    @property
    def landing_key(self) -> str:
        return landing_key(self.contract.feed, self.sha256, self.delivery.name)

    @property
    def facts(self) -> dict[str, Any]:
        """What the manifest and the rejection both say."""
        return {
            "feed": self.contract.feed,
            "file_name": self.delivery.name,
            "sha256": self.sha256,
            "bytes": self.size,
            "contract_version": self.contract.meta.contract_version,
            "loader_version": __version__,
        }


class Landing:
    """Lands files in one lake.

    Attributes:
        store: the lake.
    """

    def __init__(
        self,
        store: Store,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        limits: Limits = Limits(),
        *,
        catalog: Catalog = FOLDER_CATALOG,
        draw_lot: Callable[[], str] = draw_lot,
    ) -> None:
        """Land in ``store`` and tell its ``catalog``; ``now`` dates runs, ``draw_lot`` keeps their ids apart."""
        self.store = store
        self._catalog = catalog
        self._now = now
        self._draw_lot = draw_lot
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
            UsageError: the file cannot be read, or a sum is announced of a column that the contract does not name.
        """
        began = time.monotonic()
        delivery = LocalFile(file) if isinstance(file, Path) else file
        sha256, size = delivery.hashed()
        run = _Run(contract, delivery, sha256, size, self._now().astimezone(UTC), expected, self._draw_lot())
        log = self._log.bind(run_id=run.run_id, feed=contract.feed, file=delivery.name)
        earlier = self._read_commit(run)
        if earlier is not None:
            if expected.control_totals:
                self._check_again(run)
            landed = self._finish(run, *earlier, log)
            progress(run.size)
            return replace(landed, seconds=time.monotonic() - began)
        log.info("landing_started", bytes=run.size)
        try:
            result = self._land_new(run, progress, log)
        except FileRejectedError as error:
            self._record_rejection(run, error)
            log.warning("file_rejected", reason=error.reason, seconds=round(time.monotonic() - began, 3))
            raise
        result = replace(result, seconds=time.monotonic() - began)
        if result.status == "landed":
            manifest = result.manifest
            log.info(
                "landing_committed",
                rows_landed=manifest.rows_landed,
                rows_malformed=manifest.rows_malformed,
                extra_columns=manifest.extra_columns,
                seconds=round(result.seconds, 3),
            )
        return result

    def _land_new(self, run: _Run, progress: Callable[[int], None], log: Any) -> Landed:
        folders = (raw_folder(table, run.ingest_date, run.run_id) for table in (run.contract.feed, "malformed_rows"))
        rows, malformed = (PartWriter(self.store, folder, self._limits.part, self._limits.frame) for folder in folders)
        try:
            reader, compression = self._write_parts(run, rows, malformed, progress)
        except BaseException:
            rows.discard()
            malformed.discard()
            raise
        manifest = Manifest(
            run_id=run.run_id,
            **run.facts,
            compression=compression,
            rows_delivered=reader.rows_landed + reader.rows_malformed,
            rows_landed=reader.rows_landed,
            rows_malformed=reader.rows_malformed,
            malformed_by_reason=dict(sorted(reader.malformed_by_reason.items())),
            header_seen=reader.header,
            extra_columns=reader.extra_columns,
            dialect=reader.dialect,
            control_totals=run.expected.control_totals,
            columns=",".join(run.contract.column_names),
            started_at=utc_text(run.started_at),
            committed_at=utc_text(self._now()),
            ingest_date=run.ingest_date,
            parts=rows.parts + malformed.parts,
        )
        if self._now() - run.started_at > TIME_LIMIT:
            rows.discard()
            malformed.discard()
            raise StorageError(f"landing took more than {TIME_LIMIT}, so its parts may be swept: land the file again")
        # From here on parts are not removed on an error: when the answer to the commit is lost, nobody knows whether it
        # holds, and a commit without its parts would be lost rows. Parts without a commit are only litter.
        line = manifest.to_json()
        if not self.store.put_new(commit_key(run.contract.feed, run.sha256), line):
            earlier = self._read_commit(run)
            if earlier is None:
                raise StorageError(
                    f"{commit_key(run.contract.feed, run.sha256)} exists and cannot be read: check the lake"
                )
            if earlier[0].run_id != run.run_id:
                rows.discard()
                malformed.discard()
                return self._finish(run, *earlier, log)
            # This landing's own: the answer to the first attempt was lost on the way.
            manifest, line = earlier
        self._publish(manifest, line)
        return Landed("landed", run.delivery.name, manifest)

    def _write_parts(
        self, run: _Run, rows: PartWriter, malformed: PartWriter, progress: Callable[[int], None]
    ) -> tuple[ContractReader, Compression | None]:
        """Copy the file to landing and its rows to parts, in one pass."""
        totals = ControlTotals(run.contract, run.expected)
        verbatim = None
        # An earlier attempt, refused or cut short, has kept the bytes: landing objects become visible as a whole.
        if self.store.size(run.landing_key) != run.size:
            verbatim = self.store.open_writer(run.landing_key)
        with Content(run.delivery, verbatim, progress) as content:
            try:
                reader = ContractReader(run.contract, content.read, self._limits.block, self._limits.record)
                with Background() as background:
                    for landed, refused in reader.batches():
                        totals.add(landed)
                        background.do(rows.write, landed)
                        if refused is not None:
                            background.do(malformed.write, refused)
                totals.check(reader.rows_landed + reader.rows_malformed)
                rows.close()
                malformed.close()
            except FileRejectedError:
                _keep(run, content, verbatim)
                raise
            _keep(run, content, verbatim)
            return reader, content.compression

    def _check_again(self, run: _Run) -> None:
        """Compare a file that has landed with what its sender announces now; that it has landed stays so."""
        totals = ControlTotals(run.contract, run.expected)
        with Content(run.delivery) as content:
            reader = ContractReader(run.contract, content.read, self._limits.block, self._limits.record)
            for landed, _ in reader.batches():
                totals.add(landed)
        totals.check(reader.rows_landed + reader.rows_malformed)

    def _read_commit(self, run: _Run) -> tuple[Manifest, bytes] | None:
        """Return the manifest of the run that holds these bytes, and its line, or None."""
        key = commit_key(run.contract.feed, run.sha256)
        line = self.store.get(key)
        return None if line is None else (commit_of(key, line).manifest, line)

    def _finish(self, run: _Run, manifest: Manifest, line: bytes, log: Any) -> Landed:
        """Finish the landing of another, where a crash fell between its commit and its end."""
        if self._publish(manifest, line):
            log.warning("run_finished", finished_run_id=manifest.run_id)
        log.info("already_landed", landed_run_id=manifest.run_id)
        return Landed("already_landed", run.delivery.name, manifest)

    def _publish(self, manifest: Manifest, line: bytes) -> bool:
        """Make a committed run visible to SQL; return whether it was not yet."""
        self._catalog.register(manifest)
        return self.store.put_new(run_key(manifest.ingest_date, manifest.run_id), line)

    def _record_rejection(self, run: _Run, error: FileRejectedError) -> None:
        rejection = Rejection(
            **run.facts,
            reason=error.reason,
            message=error.message,
            rejected_at=utc_text(self._now()),
            landing_key=run.landing_key,
        )
        self.store.put(rejection_key(run.contract.feed, run.sha256), rejection.to_json())


def _keep(run: _Run, content: Content, verbatim: ObjectWriter | None) -> None:
    """Make the copy in landing visible, if it is the file that was hashed."""
    if content.finish() != run.sha256:
        if verbatim is not None:
            verbatim.discard()
        raise FileChangedError(f"{run.delivery.place} changed while it was read: land it again when it is complete")
    if verbatim is not None:
        verbatim.close()
