"""The beginning of a file: the lines above its table, and the header."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from loader.csv.decoding import is_split_as_bytes
from loader.csv.dialect import Dialect
from loader.csv.file_kinds import looks_like
from loader.csv.footer import Footer
from loader.csv.line_scan import FIELD_COUNT, SOUND, LineScan, scan_lines
from loader.csv.other_lines import OtherLines
from loader.csv.parsing import UTF8_BOM, parse_records
from loader.csv.scan import REASONS, Reason
from loader.csv.stream import Stream
from loader.csv.structure import COLUMN_LIMIT
from loader.errors import FileReason, FileRejectedError

LINES_SEARCHED = 100
"""How many lines from the top of a file are searched for the header."""


@dataclass(frozen=True)
class Layout:
    """Where the table of a file begins.

    Attributes:
        skip_rows: lines above the header, or that it has to be found.
        header_row_count: 0 where the file has no header.
        least_width: how many cells a row needs at least.
        is_header: whether cells are those of the header that is looked for.
        footer: lines below the header that are no rows.
    """

    skip_rows: int | Literal["find"] = 0
    header_row_count: int = 1
    least_width: int = 1
    is_header: Callable[[list[str]], bool] = lambda cells: False
    footer: Footer | None = None


@dataclass(frozen=True)
class Head:
    """What was found above the first row.

    Attributes:
        cells: the header as delivered, empty where there is none.
        line: on which line it begins, 0 where there is none.
        width: how many cells the header has, or most rows where there is none.
        skipped: lines above.
        bom: whether a byte order mark was dropped.
    """

    cells: list[str]
    line: int
    width: int
    skipped: int
    bom: bool


class HeadReader:
    """Reads the lines above the rows from a stream that is at its beginning."""

    def __init__(self, stream: Stream, dialect: Dialect, record_limit: int, others: OtherLines) -> None:
        """Read with a record limit in bytes; lines that are no rows are added to ``others``."""
        self._stream = stream
        self._dialect = dialect
        self._record_limit = record_limit
        self._others = others
        self._taken = b""

    def read(self, layout: Layout) -> Head:
        """Read up to the first row.

        Raises:
            FileRejectedError: the file is empty, ends above its header, or the header is not there or not sound.
        """
        bom = self._drop_bom()
        skipped = self._find(layout) if layout.skip_rows == "find" else layout.skip_rows
        for _ in range(skipped):
            self._skip_line(skipped)
        if not layout.header_row_count:
            return Head([], 0, self._usual_width(layout), skipped, bom)
        line = self._stream.line
        cells = self._header()
        return Head(cells, line, len(cells), skipped, bom)

    def _drop_bom(self) -> bool:
        self._stream.fill_to(len(UTF8_BOM))
        bom = self._dialect.read_encoding == "utf-8" and self._stream.held.startswith(UTF8_BOM)
        if bom:
            self._stream.consume(len(UTF8_BOM))
        return bom

    def top(self) -> list[tuple[int, str]]:
        """Return numbers and texts of the file's first lines, as far as they are within the record limit."""
        stream = self._stream
        while self._begun().count(b"\n") < LINES_SEARCHED and len(stream.held) <= self._record_limit:
            if stream.at_end:
                break
            stream.fill_to(len(stream.held) + 1)
        lines = self._begun().split(b"\n")
        if not stream.at_end or not lines[-1]:
            # What comes after the last line end is no line, or the beginning of one.
            lines.pop()
        texts = (self._dialect.text(line.removesuffix(b"\r")) for line in lines[:LINES_SEARCHED])
        return list(enumerate(texts, 1))

    def _begun(self) -> bytes:
        return self._taken + self._stream.held

    def _take(self, size: int, lines: int, crlf: int, lf: int) -> None:
        self._taken += self._stream.held[:size]
        self._stream.advance(size, 0, lines, crlf, lf)

    def _find(self, layout: Layout) -> int:
        top = self.top()
        if not top:
            raise _empty_file()
        found = [number for number, text in top if layout.is_header(self.cells_of(text))]
        if len(found) > 1:
            raise FileRejectedError(
                FileReason.SEVERAL_TABLES,
                f"each of the lines {', '.join(map(str, found))} holds all headers of the contract: "
                "deliver one table per file, or state the number of lines above it in skip_rows",
            )
        # Where there is none, the first line that is not blank is taken for the header, and the message shows it.
        return found[0] - 1 if found else next((number for number, text in top if text.strip()), 1) - 1

    def cells_of(self, text: str) -> list[str]:
        """Return the cells of a line, none where it is not a sound record by itself."""
        try:
            data = text.encode(self._dialect.read_encoding)
        except UnicodeEncodeError:
            return []
        return record_cells(data, self._dialect) or []

    def _skip_line(self, skipped: int) -> None:
        stream = self._stream
        while (end := stream.held.find(b"\n")) < 0 and not stream.at_end and len(stream.held) <= self._record_limit:
            stream.fill_to(len(stream.held) + 1)
        if not stream.held:
            raise _empty_file() if stream.line == 1 else _ends_above(skipped, stream.line - 1)
        if end < 0 and not stream.at_end:
            raise FileRejectedError(
                FileReason.BROKEN_HEADER,
                f"line {stream.line} is too long for a line above the header: deliver it again",
            )
        size = end + 1 if end >= 0 else len(stream.held)
        line = stream.held[:size].removesuffix(b"\n").removesuffix(b"\r")
        self._others.add("above", stream.line, self._dialect.text(line))
        self._take(size, 1, 0, 0)

    def _header(self) -> list[str]:
        scan = self._first_record()
        reason = int(scan.reason[0])
        if reason != SOUND:
            raise self._header_error(REASONS[reason])
        stream = self._stream
        record = stream.held[: scan.stop[0]]
        cells = record_cells(record, self._dialect) or [""]
        crlf, lines = record.endswith(b"\r\n"), record.count(b"\n")
        text = self._dialect.text(record[: scan.text_end[0]])
        self._others.add("header", stream.line, text, max(lines, 1))
        self._take(len(record), lines, crlf, record.endswith(b"\n") and not crlf)
        return cells

    def _first_record(self) -> LineScan:
        while True:
            scan = scan_lines(self._stream.held, self._dialect, 0, self._record_limit, self._stream.at_end)
            if len(scan.reason):
                return scan
            if self._stream.at_end:
                raise (
                    _empty_file()
                    if self._stream.line == 1
                    else _ends_above(self._stream.line - 1, self._stream.line - 1)
                )
            self._stream.fill_to(len(self._stream.held) + 1)

    def _usual_width(self, layout: Layout) -> int:
        """Return how many cells most rows have, of those that begin within the record limit."""
        stream, limit = self._stream, self._record_limit
        stream.fill_to(2 * limit)
        if not stream.held:
            raise _empty_file() if stream.line == 1 else _ends_above(stream.line - 1, stream.line - 1)
        # No row has as many cells, so that each that is sound otherwise is found to have too few.
        scan = scan_lines(stream.held, self._dialect, COLUMN_LIMIT + 1, limit, stream.at_end, layout.footer)
        cells = scan.fields[(scan.reason == FIELD_COUNT) & (scan.start < limit)]
        usual = int(np.bincount(cells).argmax()) if len(cells) else 0
        return min(max(usual, layout.least_width), COLUMN_LIMIT)

    def _header_error(self, reason: Reason) -> FileRejectedError:
        stated = self._dialect.encoding
        if reason is Reason.NUL_BYTE and is_split_as_bytes(stated):
            return looks_like("UTF-16", stated)
        if reason is Reason.INVALID_ENCODING:
            return FileRejectedError(
                FileReason.UNREADABLE_ENCODING,
                f"the header is not {stated}: deliver it so, or state its encoding in the contract",
            )
        return FileRejectedError(
            FileReason.BROKEN_HEADER, f"the header is not a sound CSV record ({reason}): deliver it again"
        )


def record_cells(record: bytes, dialect: Dialect) -> list[str] | None:
    """Return the cells of the bytes, a missing one as empty, or None where they are not one sound record.

    Raises:
        FileRejectedError: it has more cells than a table may have.
    """
    scan = scan_lines(record, dialect, 0, len(record), True)
    if len(scan.reason) != 1 or scan.reason[0] != SOUND:
        return None
    data = np.frombuffer(record, np.uint8)
    outside = (np.cumsum(data == dialect.quote_byte) & 1) == 0
    count = int(np.count_nonzero((data == dialect.delimiter_byte) & outside)) + 1
    if count > COLUMN_LIMIT:
        raise FileRejectedError(
            FileReason.BROKEN_HEADER,
            f"the header has {count:,} columns, and no more than {COLUMN_LIMIT:,} are read: deliver what is needed",
        )
    table = parse_records(scan.kept(record, scan.reason == SOUND), dialect, count, True)
    return [column[0].as_py() or "" for column in table.columns]


def _empty_file() -> FileRejectedError:
    return FileRejectedError(FileReason.EMPTY_FILE, "the file is empty: deliver it with a header line")


def _ends_above(skipped: int, lines: int) -> FileRejectedError:
    return FileRejectedError(
        FileReason.BROKEN_HEADER,
        f"the file ends after line {lines}, and its table begins below line {skipped} by the contract's skip_rows: "
        "deliver it again, or state another number or 'find'",
    )
