"""Records out of a stream of bytes: sound rows as Arrow columns, malformed rows with their text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from loader.csv.dialect import Dialect, LineEnding
from loader.csv.line_scan import SOUND, LineScan, scan_lines
from loader.csv.overlong import OverlongLine, hold_overlong
from loader.csv.parsing import UTF8_BOM, MalformedRows, may_hold_empty_line, parse_records, raw_text
from loader.csv.scan import REASONS, Ints, Reason, scan_clean
from loader.csv.stream import Stream
from loader.errors import FileReason, FileRejectedError

RECORD_LIMIT = 1024 * 1024
BLOCK_SIZE = 2 * 1024 * 1024
# As many as a spreadsheet has; each costs memory, however few rows there are.
COLUMN_LIMIT = 16_384
# What is judged line by line at once: small, because a block of nothing but line ends has as many lines as bytes. Where
# lines and fields are as long as usual, more at once costs less.
_JUDGED_SIZE = 64 * 1024
_JUDGED_WIDE = 8 * _JUDGED_SIZE
_JUDGED_MARKS = 2 * _JUDGED_SIZE
_OTHER_UNICODE = (
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)


@dataclass(frozen=True)
class Batch:
    """Consecutive rows of a file; ``table`` holds the sound ones as text, one column per header field in file order."""

    table: pa.Table
    row_number: Ints
    line_number: Ints
    malformed: MalformedRows | None


class StructureReader:
    """Reads a header and then batches of rows from ``read``, which returns up to n bytes and none at the end.

    Attributes:
        bom: whether a UTF-8 byte order mark was dropped.
    """

    def __init__(
        self,
        read: Callable[[int], bytes],
        dialect: Dialect,
        block_size: int = BLOCK_SIZE,
        record_limit: int = RECORD_LIMIT,
    ) -> None:
        """Prepare to read; block size and record limit are in bytes."""
        self._stream = Stream(read, block_size)
        self._dialect = dialect
        self._block_size = block_size
        self._record_limit = record_limit
        self._judge_until = 0
        self._overlong: OverlongLine | None = None
        self.bom = False

    @property
    def line_ending(self) -> LineEnding:
        """What ended the records so far."""
        return self._stream.line_ending

    def header(self) -> list[str]:
        """Return the fields of the first record.

        Raises:
            FileRejectedError: the file is empty, or its first record is not sound.
        """
        self._stream.fill_to(4)
        for mark, name in _OTHER_UNICODE:
            if self._stream.held.startswith(mark):
                raise _not_our_encoding(name, self._dialect.encoding)
        if self._dialect.encoding == "utf-8" and self._stream.held.startswith(UTF8_BOM):
            self.bom = True
            self._stream.consume(len(UTF8_BOM))
        scan = self._first_record()
        reason = int(scan.reason[0])
        if reason != SOUND:
            raise self._header_error(REASONS[reason], scan)
        record = self._stream.held[: scan.stop[0]]
        crlf = record.endswith(b"\r\n")
        self._stream.advance(len(record), 0, record.count(b"\n"), crlf, record.endswith(b"\n") and not crlf)
        return self._header_fields(record)

    def _header_fields(self, record: bytes) -> list[str]:
        data = np.frombuffer(record, np.uint8)
        outside = (np.cumsum(data == self._dialect.quote_byte) & 1) == 0
        count = int(np.count_nonzero((data == self._dialect.delimiter_byte) & outside)) + 1
        if count > COLUMN_LIMIT:
            raise FileRejectedError(
                FileReason.BROKEN_HEADER,
                f"the header has {count:,} columns, and no more than {COLUMN_LIMIT:,} are read: deliver what is needed",
            )
        table = parse_records(record, self._dialect, count, True)
        return [column[0].as_py() or "" for column in table.columns]

    def _first_record(self) -> LineScan:
        while True:
            scan = scan_lines(self._stream.held, self._dialect, 0, self._record_limit, self._stream.at_end)
            if len(scan.reason):
                return scan
            if self._stream.at_end:
                raise FileRejectedError(FileReason.EMPTY_FILE, "the file is empty: deliver it with a header line")
            self._stream.fill_to(len(self._stream.held) + 1)

    def _header_error(self, reason: Reason, scan: LineScan) -> FileRejectedError:
        if reason is Reason.NUL_BYTE:
            return _not_our_encoding("UTF-16", self._dialect.encoding)
        if reason is Reason.INVALID_ENCODING:
            return FileRejectedError(
                FileReason.UNREADABLE_ENCODING,
                f"the header is not {self._dialect.encoding}: deliver it so, or state its encoding in the contract",
            )
        return FileRejectedError(
            FileReason.BROKEN_HEADER, f"the header is not a sound CSV record ({reason}): deliver it again"
        )

    def batches(self, field_count: int) -> Iterator[Batch]:
        """Yield the rows after the header, which must have been read."""
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
        if self._stream.offset < self._judge_until:
            return None
        # Judging line by line costs a few times more, but less than proving the same block unclean again and again.
        self._judge_until = self._stream.offset + len(self._stream.held)
        scan = scan_clean(self._stream.held, self._dialect, self._record_limit, self._stream.at_end)
        if scan is None:
            return None
        try:
            table = parse_records(
                self._stream.held[: scan.end], self._dialect, field_count, embedded_lines=scan.lines is not None
            )
        except pa.ArrowInvalid:
            # A row with a wrong number of fields; the line scan finds it.
            return None
        count = table.num_rows
        if count != (scan.line_count if scan.lines is None else len(scan.lines)) or may_hold_empty_line(table):
            return None
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
        rows = self._stream.row + np.arange(len(sound), dtype=np.int64)
        lines = self._stream.line + scan.lines
        try:
            table = parse_records(self._without(scan, ~sound), self._dialect, field_count, embedded_lines=True)
        except pa.ArrowInvalid:
            # Said without the cause, which holds a row.
            raise AssertionError("the parser refuses a record that the scan found sound") from None
        if table.num_rows != int(sound.sum()):
            raise AssertionError(f"the scan counts {int(sound.sum())} sound rows, the parser {table.num_rows}")
        malformed = self._malformed(scan, ~sound, rows, lines)
        if malformed is not None and scan.overlong_tail:
            self._overlong, malformed = hold_overlong(malformed, self._stream.held[: scan.end])
        batch = Batch(table, rows[sound], lines[sound], malformed)
        self._stream.advance(scan.end, len(sound), scan.line_count, scan.crlf_count, scan.lf_count)
        return batch

    def _judge(self, field_count: int) -> LineScan:
        window = self._stream.held[: min(_JUDGED_WIDE, self._block_size)]
        marks = (b"\n", b"\r", self._dialect.delimiter.encode(), self._dialect.quote.encode())
        if sum(map(window.count, marks)) > _JUDGED_MARKS:
            window = window[: min(_JUDGED_SIZE, self._block_size)]
        if len(window) < len(self._stream.held):
            scan = scan_lines(window, self._dialect, field_count, self._record_limit, False)
            if len(scan.reason):
                return scan
        return scan_lines(self._stream.held, self._dialect, field_count, self._record_limit, self._stream.at_end)

    def _without(self, scan: LineScan, malformed: np.ndarray) -> bytes:
        view = memoryview(self._stream.held)
        pieces, at = [], 0
        for start, stop in zip(scan.start[malformed].tolist(), scan.stop[malformed].tolist(), strict=True):
            pieces.append(view[at:start])
            at = stop
        pieces.append(view[at : scan.end])
        return b"".join(pieces)

    def _malformed(self, scan: LineScan, chosen: np.ndarray, rows: Ints, lines: Ints) -> MalformedRows | None:
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
                raw_text(self._stream.held[a:b], self._dialect.encoding)
                for a, b in zip(start.tolist(), text_end.tolist(), strict=True)
            ],
        )


def _not_our_encoding(seen: str, stated: str) -> FileRejectedError:
    return FileRejectedError(
        FileReason.UNREADABLE_ENCODING,
        f"the file looks like {seen}, the contract states {stated}: deliver it as {stated}",
    )
