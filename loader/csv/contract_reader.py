"""A delivered file read by its contract: the header is matched, batches become rows of the raw table."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa

from loader.contract.model import Contract
from loader.csv.dialect import Dialect, SeenDialect
from loader.csv.parsing import MalformedRows
from loader.csv.scan import REASONS
from loader.csv.structure import BLOCK_SIZE, RECORD_LIMIT, Batch, StructureReader
from loader.csv.text_columns import json_objects
from loader.errors import FileReason, FileRejectedError

# Glue's own limit of a column's name. Extra columns are repeated by name in each row.
_NAME_LIMIT = 255
_EXTRA_FIELDS_AT_ONCE = 8 * 1024 * 1024
# What a message holds of the many names that a header may have.
_NAMES_COMPARED = 200
_NAMES_SHOWN = 20
_NAME_SHOWN = 100
_MALFORMED_COLUMNS = ("feed", "row_number", "line_number", "reason", "byte_offset", "byte_length", "raw_text")


class ContractReader:
    """Reads one file by its contract and counts what it yields.

    Attributes:
        header: the header as delivered.
        extra_columns: headers that the contract does not name.
        rows_landed: sound rows so far.
        malformed_by_reason: malformed rows so far.
    """

    def __init__(
        self,
        contract: Contract,
        read: Callable[[int], bytes],
        block_size: int = BLOCK_SIZE,
        record_limit: int = RECORD_LIMIT,
    ) -> None:
        """Read the header.

        Raises:
            FileRejectedError: the file breaks its contract as a whole.
        """
        self._contract = contract
        meta = contract.meta
        dialect = Dialect(meta.delimiter, meta.quote, meta.encoding)
        self._structure = StructureReader(read, dialect, block_size, record_limit)
        self.header = self._structure.header()
        self.extra_columns = match_header(contract, self.header)
        positions = {name: position for position, name in enumerate(self.header)}
        self._positions = [positions[header] for header in contract.headers]
        self._extra_positions = [positions[header] for header in self.extra_columns]
        self.rows_landed = 0
        self.malformed_by_reason: Counter[str] = Counter()

    @property
    def rows_malformed(self) -> int:
        """Malformed rows so far."""
        return self.malformed_by_reason.total()

    @property
    def dialect(self) -> SeenDialect:
        """How the file was written, as far as it was read."""
        meta = self._contract.meta
        return SeenDialect(
            delimiter=meta.delimiter,
            quote=meta.quote,
            encoding=meta.encoding,
            line_ending=self._structure.line_ending,
            bom=self._structure.bom,
        )

    def batches(self) -> Iterator[tuple[pa.Table, pa.Table | None]]:
        """Yield rows of the feed's raw table and rows of malformed_rows (or None), block by block."""
        for batch in self._small_enough(self._structure.batches(len(self.header))):
            self.rows_landed += batch.table.num_rows
            malformed = batch.malformed
            if malformed is not None:
                counts = np.bincount(malformed.reason).tolist()
                self.malformed_by_reason.update({REASONS[code].value: n for code, n in enumerate(counts) if n})
            yield self._raw_rows(batch), None if malformed is None else self._malformed_rows(malformed)

    def _small_enough(self, batches: Iterator[Batch]) -> Iterator[Batch]:
        """Divide batches whose extra fields would be far larger than the file, by the names in each row."""
        size = sum(len(name.encode()) for name in self.extra_columns)
        rows = _EXTRA_FIELDS_AT_ONCE // size if size else 0
        for batch in batches:
            count = batch.table.num_rows
            if not size or count <= rows:
                yield batch
                continue
            for start in range(0, count, rows):
                piece = slice(start, start + rows)
                malformed = batch.malformed if start == 0 else None
                yield Batch(batch.table[piece], batch.row_number[piece], batch.line_number[piece], malformed)

    def _raw_rows(self, batch: Batch) -> pa.Table:
        # Parts have no header: the contract's columns come last, so that a later contract may append some.
        columns: dict[str, pa.Array | pa.ChunkedArray] = {
            "row_number": pa.array(batch.row_number),
            "line_number": pa.array(batch.line_number),
            "extra_fields": self._extra_fields(batch.table),
        }
        for column, position in zip(self._contract.columns, self._positions, strict=True):
            columns[column.name] = batch.table.column(position)
        return pa.table(columns)

    def _extra_fields(self, table: pa.Table) -> pa.Array | pa.ChunkedArray:
        if not self.extra_columns:
            return pa.nulls(table.num_rows, pa.string())
        return json_objects(self.extra_columns, [table.column(position) for position in self._extra_positions])

    def _malformed_rows(self, malformed: MalformedRows) -> pa.Table:
        count = len(malformed.raw_text)
        columns = (
            pa.array([self._contract.feed] * count, pa.string()),
            pa.array(malformed.row_number),
            pa.array(malformed.line_number),
            pa.array(REASONS, pa.string()).take(pa.array(malformed.reason)),
            pa.array(malformed.byte_offset),
            pa.array(malformed.byte_length),
            pa.array(malformed.raw_text, pa.string()),
        )
        return pa.table(dict(zip(_MALFORMED_COLUMNS, columns, strict=True)))


def match_header(contract: Contract, header: list[str]) -> list[str]:
    """Return the headers that the contract does not name; columns may come in any order.

    Raises:
        FileRejectedError: the header is a blank line, or a column is missing, named twice, named too long, or not
            allowed.
    """
    if len(header) == 1 and not header[0].strip():
        raise FileRejectedError(
            FileReason.BROKEN_HEADER, "the first line is blank: deliver the file with the header as its first line"
        )
    delivered = Counter(header)
    promised = set(contract.headers)
    # Said first: a file without a header shows here, and its first row's values are nobody's to repeat.
    missing = [name for name in contract.headers if name not in delivered]
    extra = [name for name in header if name not in promised]
    if missing:
        is_header = len(missing) < len(promised)
        named = (f"{_quoted([name])}{_nearest(name, extra, is_header)}" for name in missing[:_NAMES_SHOWN])
        raise FileRejectedError(
            FileReason.MISSING_COLUMN,
            f"column {', '.join(named)} is missing: "
            f"the contract of {contract.feed} ({contract.path}) needs {_quoted(contract.headers)}",
        )
    longest = max(map(len, header))
    if longest > _NAME_LIMIT:
        raise FileRejectedError(
            FileReason.BROKEN_HEADER,
            f"the header names a column by {longest:,} characters, and no more than {_NAME_LIMIT} are read: "
            "deliver it with a shorter name",
        )
    doubled = sorted(name for name, count in delivered.items() if count > 1)
    if doubled:
        raise FileRejectedError(
            FileReason.DUPLICATE_HEADER, f"the header names {_quoted(doubled)} more than once: deliver each column once"
        )
    if extra and contract.meta.extra_columns == "reject":
        raise FileRejectedError(
            FileReason.EXTRA_COLUMN,
            f"column {_quoted(extra)} is not in the contract of {contract.feed}: "
            f"deliver without it, or state 'extra_columns: keep' or the column in {contract.path}",
        )
    return extra


def _nearest(name: str, seen: list[str], is_header: bool) -> str:
    """Return a hint at the name that may be meant; in what may be a row, only at one that differs in its case."""
    by_folded = {header.strip().casefold(): header for header in seen[:_NAMES_COMPARED]}
    close = difflib.get_close_matches(name.casefold(), by_folded, n=1, cutoff=0.5 if is_header else 1.0)
    return f" (the file has {_quoted([by_folded[close[0]]])}, the nearest name)" if close else ""


def _quoted(names: list[str]) -> str:
    shown = ", ".join(
        repr(name if len(name) <= _NAME_SHOWN else f"{name[:_NAME_SHOWN]}…") for name in names[:_NAMES_SHOWN]
    )
    return shown if len(names) <= _NAMES_SHOWN else f"{shown} and {len(names) - _NAMES_SHOWN:,} more"
