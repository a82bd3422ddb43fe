"""One reading of a delivered file by a contract: its bytes to landing, its rows to raw parts, and what was found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from loader import __version__
from loader.contract.model import Contract
from loader.csv.contract_reader import ContractReader
from loader.csv.control_totals import ControlTotals, Expected
from loader.csv.structure import BLOCK_SIZE, RECORD_LIMIT
from loader.errors import FileChangedError, FileRejectedError
from loader.inbox.delivered_file import Delivery
from loader.inbox.unpacking import Compression, Content
from loader.lake.background import Background
from loader.lake.keys import landing_key, raw_folders, utc_text
from loader.lake.objects import Part
from loader.lake.parts import FRAME_SIZE, PART_SIZE, PartWriter
from loader.lake.storage import ObjectWriter, Store


@dataclass(frozen=True)
class Limits:
    """Sizes in bytes, which tests make small."""

    block: int = BLOCK_SIZE
    record: int = RECORD_LIMIT
    part: int = PART_SIZE
    frame: int = FRAME_SIZE


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True)
class Delivered:
    """What is known of a file before its first row is read."""

    contract: Contract
    delivery: Delivery
    sha256: str
    size: int
    started_at: datetime
    expected: Expected
    file_id: str
    ingest_date: str

    @property
    def landing_key(self) -> str:
        """Where its bytes are kept."""
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


class Reading:
    """Writes the parts of a file, which no query sees before its manifest is committed."""

    def __init__(self, store: Store, delivered: Delivered, limits: Limits) -> None:
        """Write nothing yet."""
        self._store = store
        self._delivered = delivered
        self._limits = limits
        folders = raw_folders(delivered.contract.feed, delivered.ingest_date, delivered.file_id)
        self._rows, self._malformed = (PartWriter(store, folder, limits.part, limits.frame) for folder in folders)

    def write_parts(self, progress: Callable[[int], None]) -> dict[str, Any]:
        """Copy the file to landing and its rows to parts, in one pass.

        Returns:
            What the manifest holds once the file is read: all but what its commit adds.

        Raises:
            FileRejectedError: the file breaks its contract as a whole; its bytes are kept.
            StorageError: the lake refused, or the file changed while it was read.
        """
        delivered = self._delivered
        totals = ControlTotals(delivered.contract, delivered.expected)
        verbatim = None
        # An earlier attempt, refused or cut short, has kept the bytes: landing objects become visible as a whole.
        if self._store.size(delivered.landing_key) != delivered.size:
            verbatim = self._store.open_writer(delivered.landing_key)
        with Content(delivered.delivery, verbatim, progress) as content:
            try:
                reader = _open_reader(delivered, content, self._limits)
                with Background() as background:
                    for landed, refused in reader.batches():
                        totals.add(landed)
                        background.do(self._rows.write, landed)
                        if refused is not None:
                            background.do(self._malformed.write, refused)
                totals.check(reader.rows_landed + reader.rows_malformed)
                self._rows.close()
                self._malformed.close()
            except FileRejectedError:
                _keep(delivered, content, verbatim)
                raise
            _keep(delivered, content, verbatim)
            return _facts_read(delivered, reader, content.compression, self._rows.parts + self._malformed.parts)

    def discard(self) -> None:
        """Remove the parts."""
        self._rows.discard()
        self._malformed.discard()


def compare_with_expected(delivered: Delivered, limits: Limits) -> None:
    """Compare a file that has landed with what its sender announces now; that it has landed stays so.

    Raises:
        FileRejectedError: it is not what was announced.
    """
    totals = ControlTotals(delivered.contract, delivered.expected)
    with Content(delivered.delivery) as content:
        reader = _open_reader(delivered, content, limits)
        for landed, _ in reader.batches():
            totals.add(landed)
    totals.check(reader.rows_landed + reader.rows_malformed)


def _open_reader(delivered: Delivered, content: Content, limits: Limits) -> ContractReader:
    return ContractReader(
        delivered.contract, content.read, limits.block, limits.record, file_name=delivered.delivery.name
    )


def _facts_read(
    delivered: Delivered, reader: ContractReader, compression: Compression | None, parts: list[Part]
) -> dict[str, Any]:
    return {
        **delivered.facts,
        "file_id": delivered.file_id,
        "compression": compression,
        "rows_delivered": reader.rows_landed + reader.rows_malformed,
        "rows_landed": reader.rows_landed,
        "rows_malformed": reader.rows_malformed,
        "malformed_by_reason": dict(sorted(reader.malformed_by_reason.items())),
        "header_seen": reader.header,
        "extra_columns": reader.extra_columns,
        "dialect": reader.dialect,
        "lines": dict(reader.other_lines.counts),
        "other_lines": reader.other_lines.first,
        **reader.facts,
        "control_totals": delivered.expected.control_totals,
        "columns": ",".join(delivered.contract.column_names),
        "started_at": utc_text(delivered.started_at),
        "ingest_date": delivered.ingest_date,
        "parts": parts,
    }


def _keep(delivered: Delivered, content: Content, verbatim: ObjectWriter | None) -> None:
    """Make the copy in landing visible, if it is the file that was hashed."""
    if content.finish() != delivered.sha256:
        if verbatim is not None:
            verbatim.discard()
        raise FileChangedError(
            f"{delivered.delivery.place} changed while it was read: land it again when it is complete"
        )
    if verbatim is not None:
        verbatim.close()
