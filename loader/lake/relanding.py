"""Reading the kept bytes of a landed file again, by today's contract: the delivery keeps its place among the others.

The order: parts, the commit of the new reading, catalog, files/, and last the parts of the reading before, which SQL
does not read any more. SQL takes of each delivery its last reading, and tells its parts from those of the others by
their ingest_date. So a crash leaves either the old reading or the new one; `loader recover`, or the same call again,
finishes what is left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import structlog

from loader.contract.model import Contract
from loader.csv.control_totals import Expected
from loader.errors import FileChangedError, StorageError, UsageError
from loader.inbox.delivered_file import Delivery, Reader
from loader.inbox.streams import Hashed
from loader.lake.catalog import Catalog
from loader.lake.commit_log import CommitLog
from loader.lake.commits import Commit, read_files
from loader.lake.erasures import read_erasure
from loader.lake.keys import landing_key, utc_text
from loader.lake.landing import TIME_LIMIT
from loader.lake.objects import Manifest
from loader.lake.reading import DEFAULT_LIMITS, Delivered, Limits, Reading
from loader.lake.storage import Store


class KeptFile(Delivery):
    """The delivered bytes of a landed file, as the lake keeps them."""

    def __init__(self, store: Store, manifest: Manifest) -> None:
        """Read nothing yet."""
        self._store = store
        self.key = landing_key(manifest.feed, manifest.sha256, manifest.file_name)
        super().__init__(self.key, manifest.file_name, manifest.bytes)

    def open(self) -> Reader:
        """Open the bytes from the first one on."""
        return _Blocks(self._store.read(self.key))


class _Blocks(Hashed):
    """What a `Hashed` stream lacks of a `Reader`: a size that is always given."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        super().__init__(blocks)

    def read(self, size: int = -1, /) -> bytes:
        return super().read(size)


@dataclass(frozen=True)
class Relanded:
    """A file before and after it was read again."""

    earlier: Manifest
    manifest: Manifest


class Relander:
    """Reads files of one lake again.

    Args:
        store: the lake.
        catalog: how SQL learns of the new parts.
        contracts: today's, by feed.
        require_open: raises UsageError for a file whose rows count in what is published.
        now: the clock.
        limits: sizes of what is read and written at a time.
    """

    def __init__(
        self,
        store: Store,
        catalog: Catalog,
        contracts: Mapping[str, Contract],
        *,
        require_open: Callable[[Manifest], None],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        """Ask the lake nothing yet."""
        self._store = store
        self._commits = CommitLog(store, catalog)
        self._contracts = contracts
        self._require_open = require_open
        self._now = now
        self._limits = limits

    def reland(self, file_id: str) -> Relanded:
        """Read a file again.

        Raises:
            UsageError: no such file has landed, it counts in what is published, it was erased, or its feed has no
                contract any more; nothing is changed.
            FileRejectedError: the file breaks today's contract as a whole; the earlier reading stands.
            StorageError: the lake refused, or the kept bytes are not those that were delivered.
        """
        readings = read_files(self._store, file_id)[file_id]
        earlier = readings[-1].manifest
        contract = self._contracts.get(earlier.feed)
        if contract is None:
            raise UsageError(f"the feed {earlier.feed} of {file_id} has no contract: see loader feeds")
        if read_erasure(self._store, readings) is not None:
            raise UsageError(f"{file_id} was erased: there is nothing to read again")
        self._require_open(earlier)
        log = structlog.get_logger("loader").bind(file_id=file_id, feed=earlier.feed)
        # A crash may have cut off the call before this one.
        self._finish(readings)
        commit = self._commit(earlier, contract)
        self._finish([*readings, commit])
        log.warning("file_relanded", reading=commit.manifest.reading, rows_malformed=commit.manifest.rows_malformed)
        return Relanded(earlier, commit.manifest)

    def _commit(self, earlier: Manifest, contract: Contract) -> Commit:
        began = self._now()
        reading = Reading(self._store, self._delivered(earlier, contract, began), self._limits)
        try:
            facts = reading.write_parts(lambda _: None)
            if self._now() - began > TIME_LIMIT:
                raise StorageError(f"reading took more than {TIME_LIMIT}, so its parts may be swept: call it again")
        except FileChangedError as error:
            reading.discard()
            raise StorageError(f"{error}: it is not what was delivered; run loader verify") from error
        except BaseException:
            reading.discard()
            raise
        # The delivery's place and its event stay; only how it was read is another.
        kept = earlier.model_dump(include={"delivery_number", "landed_at", "event", "same_bytes_as"})
        read = {"reading": earlier.reading + 1, "relanded_at": utc_text(self._now())}
        commit = Commit.of(Manifest.model_validate(facts | kept | read))
        if not self._store.put_new(commit.key, commit.line) and self._store.get(commit.key) != commit.line:
            reading.discard()
            raise UsageError(f"another call relands {earlier.file_id} at the same moment: look at what it says")
        return commit

    def _delivered(self, earlier: Manifest, contract: Contract, began: datetime) -> Delivered:
        kept = KeptFile(self._store, earlier)
        if self._store.size(kept.key) != earlier.bytes:
            raise StorageError(f"{kept.key} is missing or was changed: run loader verify, which says what to do")
        # SQL tells the parts of two readings by this day, so each reading has a later one.
        after = date.fromisoformat(earlier.ingest_date) + timedelta(days=1)
        day = max(after, began.astimezone(UTC).date())
        return Delivered(
            contract,
            kept,
            earlier.sha256,
            earlier.bytes,
            datetime.fromisoformat(earlier.started_at),
            _expected(earlier.control_totals),
            earlier.file_id,
            day.isoformat(),
        )

    def _finish(self, readings: list[Commit]) -> None:
        """Show the last reading to SQL, and remove the parts of those before it."""
        self._commits.finish(readings[-1])
        for commit in readings[:-1]:
            for part in commit.manifest.parts:
                self._store.delete(part.key)


def _expected(control_totals: Mapping[str, str]) -> Expected:
    """Return what the sender announced, as the manifest keeps it."""
    rows = control_totals.get("rows")
    sums = {key[len("sum(") : -1]: Decimal(total) for key, total in control_totals.items() if key != "rows"}
    return Expected(None if rows is None else int(rows), sums)
