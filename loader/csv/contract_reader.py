"""A delivered file read by its contract: the header is matched, batches become rows of the raw table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from loader.contract.model import Contract
from loader.csv.columns_of_file import FileColumns, HeaderMatcher
from loader.csv.decoding import TextSource
from loader.csv.dialect import Dialect, SeenDialect
from loader.csv.entries_outside import EntriesOutside
from loader.csv.footer import Footer
from loader.csv.head import Head, HeadReader, Layout
from loader.csv.other_lines import OtherLine, OtherLines
from loader.csv.parsing import MalformedRows
from loader.csv.raw_rows import RawRows, rows_that_repeat
from loader.csv.scan import REASONS
from loader.csv.stated import StatedValues
from loader.csv.stream import Stream
from loader.csv.structure import BLOCK_SIZE, RECORD_LIMIT, Batch, StructureReader
from loader.errors import FileReason, FileRejectedError
from loader.wording import counted, quoted

_EXTRA_FIELDS_AT_ONCE = 8 * 1024 * 1024
_MALFORMED_COLUMNS = ("feed", "row_number", "line_number", "reason", "byte_offset", "byte_length", "raw_text")
# Fewer rows with too few cells say nothing of how entries are written.
_SHORT_ROWS_THAT_TELL = 4
_MOST_LINES_OF_AN_ENTRY = 5


class ContractReader:
    """Reads one file by its contract and counts what it yields.

    Attributes:
        header: the header as delivered, empty where there is none.
        extra_columns: headers that the contract does not name.
        rows_landed: sound rows so far.
        malformed_by_reason: malformed rows so far.
        other_lines: lines so far that are no rows.
        facts: what the file states outside its rows, by name as the manifest holds it; known at the file's end.
    """

    def __init__(
        self,
        contract: Contract,
        read: Callable[[int], bytes],
        block_size: int = BLOCK_SIZE,
        record_limit: int = RECORD_LIMIT,
        *,
        file_name: str = "",
    ) -> None:
        """Read what is above the first row; ``file_name`` is needed where the contract reads values from it.

        Raises:
            FileRejectedError: the file breaks its contract as a whole.
        """
        self._contract = contract
        meta = contract.meta
        self._dialect = Dialect(meta.delimiter, meta.quote, meta.encoding, meta.trim)
        self._footer = Footer(meta.footer, self._dialect) if meta.footer else None
        self._stated = StatedValues(contract)
        self._stated.read_name(file_name)
        self._outside = EntriesOutside(contract, self._dialect)
        self.other_lines = OtherLines(self._look_at)
        self._source = TextSource(read, meta.encoding)
        self._stream = Stream(self._source.read, block_size)
        self._columns = FileColumns(0, [], {})
        self._head = self._read_head(record_limit)
        self.header = self._line_ends_back(self._head.cells)
        self.extra_columns = list(self._columns.extra)
        self._raw = RawRows(contract, self._columns, self._stated.columns(), self._source.ends_with_cr)
        self._structure = StructureReader(
            self._stream,
            self._dialect,
            self.other_lines,
            block_size=block_size,
            record_limit=record_limit,
            footer=self._footer,
        )
        self.rows_landed = 0
        self.malformed_by_reason: Counter[str] = Counter()
        self.facts: dict[str, Any] = {}

    def _read_head(self, record_limit: int) -> Head:
        meta = self._contract.meta
        matcher = HeaderMatcher(self._contract)
        reader = HeadReader(self._stream, self._dialect, record_limit, self.other_lines)
        layout = Layout(meta.skip_rows, meta.header_row_count, matcher.least_width, matcher.fits, self._footer)
        head = reader.read(layout)
        if meta.header_row_count:
            self._columns = matcher.by_header(self._line_ends_back(head.cells), head.line, reader.top)
        else:
            self._columns = matcher.by_position(head.width)
        self._outside.begin_table(self._columns)
        return head

    def _line_ends_back(self, cells: list[str]) -> list[str]:
        return [cell.replace("\n", "\r") for cell in cells] if self._source.ends_with_cr else cells

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
            line_ending="CR" if self._source.ends_with_cr else self._stream.line_ending,
            bom=self._head.bom or self._source.bom,
            skip_rows=self._head.skipped,
        )

    def batches(self) -> Iterator[tuple[pa.Table, pa.Table | None]]:
        """Yield rows of the feed's raw table and rows of malformed_rows (or None), block by block.

        Raises:
            FileRejectedError: the file turns out to break its contract as a whole.
        """
        for batch in self._small_enough(self._structure.batches(self._columns.width, self._head.width)):
            self._refuse_second_header(batch)
            self.rows_landed += batch.table.num_rows
            malformed = batch.malformed
            if malformed is not None:
                counts = np.bincount(malformed.reason).tolist()
                self.malformed_by_reason.update({REASONS[code].value: n for code, n in enumerate(counts) if n})
            yield self._raw.of(batch), None if malformed is None else self._malformed_rows(malformed)
        self._refuse_short_rows()
        self.facts = self._stated.facts()
        self._check_row_count()

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

    def _look_at(self, line: OtherLine, text: str) -> None:
        """Read what a line that is no row states; none may be an entry."""
        self._stated.read_line(line, text)
        self._outside.look_at(line, text)

    def _refuse_second_header(self, batch: Batch) -> None:
        again = rows_that_repeat(batch.table, self._head.cells[: self._columns.width], self._dialect.trim)
        if len(again):
            raise FileRejectedError(
                FileReason.SEVERAL_TABLES,
                f"several tables: the header of line {self._head.line} is followed by another one at line "
                f"{batch.line_number[again[0]]} (cells {quoted(self.header)}): deliver one table per file",
            )

    def _refuse_short_rows(self) -> None:
        short, rows = self._structure.short_rows, self.rows_landed + self.rows_malformed
        line, cells = self._structure.first_short_row
        # One cell in almost every row is what another delimiter looks like.
        are_parts = cells > 1 or _MOST_LINES_OF_AN_ENTRY * self.rows_landed > short
        if short >= _SHORT_ROWS_THAT_TELL and 2 * (short + self._structure.rests) > rows and are_parts:
            raise FileRejectedError(
                FileReason.ENTRY_OVER_LINES,
                f"an entry runs over several lines: line {line} has {cells} of {counted(self._columns.width, 'cell')} "
                f"and no quote that is open, like {short:,} of {counted(rows, 'row')}: deliver each entry on one line, "
                "or values with line ends in quotes",
            )

    def _check_row_count(self) -> None:
        stated, rows = self.facts.get("row_count"), self.rows_landed + self.rows_malformed
        if stated is not None and stated != rows:
            raise FileRejectedError(
                FileReason.CONTROL_TOTAL,
                f"the file states {counted(stated, 'row')} and has {rows:,}: ask the sender which is right, "
                "and deliver it again",
            )

    def _malformed_rows(self, malformed: MalformedRows) -> pa.Table:
        count = len(malformed.raw_text)
        texts = pa.array(malformed.raw_text, pa.string())
        columns = (
            pa.array([self._contract.feed] * count, pa.string()),
            pa.array(malformed.row_number),
            pa.array(malformed.line_number),
            pa.array(REASONS, pa.string()).take(pa.array(malformed.reason)),
            pa.array(malformed.byte_offset),
            pa.array(malformed.byte_length),
            self._raw.line_ends_back(texts),
        )
        return pa.table(dict(zip(_MALFORMED_COLUMNS, columns, strict=True)))
