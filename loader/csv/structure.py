"""Records out of a stream of bytes: sound rows as Arrow columns, malformed rows with their text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from loader.csv.dialect import Dialect
from loader.csv.footer import Footer
from loader.csv.line_scan import BLANK, FIELD_COUNT, FOOTER, SOUND, LineScan, scan_lines
from loader.csv.other_lines import OtherLines
from loader.csv.overlong import OverlongLine, hold_overlong
from loader.csv.parsing import MalformedRows, are_all_empty, holds_empty_row, parse_records, raw_text
from loader.csv.scan import Bools, Ints, scan_clean
from loader.csv.stream import Stream

# As many as a spreadsheet has; each costs memory, however few rows there are.
COLUMN_LIMIT = 16_384
RECORD_LIMIT = 1024 * 1024
BLOCK_SIZE = 2 * 1024 * 1024
# What is judged line by line at once: small, because a block of nothing but line ends has as many lines as bytes. Where
# lines and fields are as long as usual, more at once costs less.
_JUDGED_SIZE = 64 * 1024
_JUDGED_WIDE = 8 * _JUDGED_SIZE
_JUDGED_MARKS = 2 * _JUDGED_SIZE


@dataclass(frozen=True)
class Batch:
    """Consecutive rows of a file; ``table`` holds the sound ones as text, one column per cell in file order."""

    table: pa.Table
    row_number: Ints
    line_number: Ints
    malformed: MalformedRows | None


class StructureReader:
    """Reads batches of rows from a stream that stands at the first of them.

    Attributes:
        short_rows: rows with fewer cells than the header.
        first_short_row: the line and the cells of the first of them.
        rests: rows with all cells, each the rest of an entry whose beginning is the short row above. Where lines end
            with a delimiter, an entry that is cut in its second cell leaves such a row.
    """

    def __init__(
        self,
        stream: Stream,
        dialect: Dialect,
        others: OtherLines,
        *,
        block_size: int = BLOCK_SIZE,
        record_limit: int = RECORD_LIMIT,
        footer: Footer | None = None,
    ) -> None:
        """Prepare to read; block size and record limit are in bytes. Lines that are no rows are added to ``others``."""
        self._stream = stream
        self._dialect = dialect
        self._others = others
        self._block_size = block_size
        self._record_limit = record_limit
        self._footer = footer
        self._judge_until = 0
        self._overlong: OverlongLine | None = None
        self._cells_above = 0
        self.short_rows = 0
        self.first_short_row = (0, 0)
        self.rests = 0

    def batches(self, field_count: int, usual_count: int = 0) -> Iterator[Batch]:
        """Yield the rows.

        A row has ``field_count`` cells, and empty ones after them; ``usual_count`` is how many most rows have.
        """
        self._usual_count = max(field_count, usual_count)
        while True:
            if self._overlong is not None:
                malformed = self._overlong.skip(self._stream)
                self._overlong = None
                none = np.empty(0, np.int64)
                yield Batch(parse_records(b"", self._dialect, field_count, False), none, none, malformed)
            if self._stream.held:
                batch = self._clean_batch(field_count) or self._judged_batch(field_count)
                if batch is not None:
                    yield batch
                    continue
            if self._stream.at_end:
                return
            # What is left is the beginning of a record, which says nothing about the bytes to come.
            self._judge_until = 0
            self._stream.fill_to(len(self._stream.held) + 1)

    def _clean_batch(self, field_count: int) -> Batch | None:
        # Below a short row every line is judged: the first may be the rest of its entry.
        if self._stream.offset < self._judge_until or self._cells_above:
            return None
        # Judging line by line costs a few times more, but less than proving the same block unclean again and again.
        self._judge_until = self._stream.offset + len(self._stream.held)
        scan = scan_clean(self._stream.held, self._dialect, self._record_limit, self._stream.at_end)
        if scan is None or (self._footer is not None and self._footer.lines_of(self._stream.held[: scan.end])):
            return None
        try:
            table = parse_records(
                self._stream.held[: scan.end], self._dialect, self._usual_count, embedded_lines=scan.lines is not None
            )
        except pa.ArrowInvalid:
            # A row with another number of cells; the line scan finds it.
            return None
        count, trim = table.num_rows, self._dialect.trim
        if count != (scan.line_count if scan.lines is None else len(scan.lines)):
            return None
        if holds_empty_row(table, scan.quoted, trim):
            return None
        if self._usual_count > field_count:
            if not all(are_all_empty(column, trim) for column in table.columns[field_count:]):
                return None
            table = table.select(range(field_count))
        lines = np.arange(count, dtype=np.int64) if scan.lines is None else scan.lines
        rows = np.arange(self._stream.row, self._stream.row + count, dtype=np.int64)
        batch = Batch(table, rows, lines + self._stream.line, None)
        self._judge_until = 0
        self._stream.advance(scan.end, count, scan.line_count, scan.crlf_count, scan.lf_count)
        return batch

    def _judged_batch(self, field_count: int) -> Batch | None:
        scan = self._judge(field_count)
        if not len(scan.reason):
            return None
        sound = scan.reason == SOUND
        is_row = scan.reason <= SOUND
        rows = self._stream.row - 1 + np.cumsum(is_row, dtype=np.int64)
        lines = self._stream.line + scan.lines
        try:
            table = parse_records(scan.kept(self._stream.held, sound), self._dialect, field_count, embedded_lines=True)
        except pa.ArrowInvalid:
            # Said without the cause, which holds a row.
            raise AssertionError("the parser refuses a record that the scan found sound") from None
        if table.num_rows != int(sound.sum()):
            raise AssertionError(f"the scan counts {int(sound.sum())} sound rows, the parser {table.num_rows}")
        malformed = self._malformed(scan, is_row & ~sound, rows, lines)
        if malformed is not None and scan.overlong_tail:
            self._overlong, malformed = hold_overlong(malformed, self._stream.held[: scan.end])
        batch = Batch(table, rows[sound], lines[sound], malformed)
        self._note(scan, lines, field_count)
        self._stream.advance(scan.end, int(is_row.sum()), scan.line_count, scan.crlf_count, scan.lf_count)
        return batch

    def _judge(self, field_count: int) -> LineScan:
        stream, limit = self._stream, self._record_limit
        window = stream.held[: min(_JUDGED_WIDE, self._block_size)]
        marks = {b"\n", b"\r", self._dialect.delimiter.encode(), self._dialect.quote.encode()} - {b""}
        if sum(map(window.count, marks)) > _JUDGED_MARKS:
            window = window[: min(_JUDGED_SIZE, self._block_size)]
        if len(window) < len(stream.held):
            scan = scan_lines(window, self._dialect, field_count, limit, False, self._footer)
            if len(scan.reason):
                return scan
        return scan_lines(stream.held, self._dialect, field_count, limit, stream.at_end, self._footer)

    def _note(self, scan: LineScan, lines: Ints, field_count: int) -> None:
        """Note the lines that are no rows, the rows with too few cells, and how many cells most rows have."""
        blank = np.flatnonzero(scan.reason == BLANK)
        shown = blank[: self._others.room]
        for at in sorted([*shown.tolist(), *np.flatnonzero(scan.reason == FOOTER).tolist()]):
            text = self._dialect.text(self._stream.held[scan.start[at] : scan.text_end[at]])
            self._others.add("blank" if scan.reason[at] == BLANK else "footer", int(lines[at]), text)
        self._others.count("blank", len(blank) - len(shown))
        is_short = (scan.reason == FIELD_COUNT) & (scan.fields < field_count)
        cells_above = np.append(self._cells_above, np.where(is_short, scan.fields, 0))
        self._cells_above = int(cells_above[-1])
        is_rest = (scan.reason == SOUND) & (scan.fields == field_count) & (cells_above[:-1] == 2)
        self.rests += int(np.count_nonzero(is_rest))
        short = np.flatnonzero(is_short)
        if len(short) and not self.short_rows:
            self.first_short_row = (int(lines[short[0]]), int(scan.fields[short[0]]))
        self.short_rows += len(short)
        whole = scan.fields[(scan.reason == SOUND) & (scan.fields >= field_count)]
        if len(whole):
            self._usual_count = min(int(np.bincount(whole).argmax()), COLUMN_LIMIT)

    def _malformed(self, scan: LineScan, chosen: Bools, rows: Ints, lines: Ints) -> MalformedRows | None:
        if not chosen.any():
            return None
        start, text_end = scan.start[chosen], scan.text_end[chosen]
        return MalformedRows(
            row_number=rows[chosen],
            line_number=lines[chosen],
            reason=scan.reason[chosen].astype(np.int64),
            byte_offset=self._stream.offset + start,
            byte_length=text_end - start,
            raw_text=[
                raw_text(self._stream.held[a:b], self._dialect)
                for a, b in zip(start.tolist(), text_end.tolist(), strict=True)
            ],
        )
