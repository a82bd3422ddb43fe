"""What a delivered file reads as, said by Python's csv module; the rules that csv does not have stand on top of it.

Field splitting is csv's own, in strict mode. It takes more than RFC 4180 allows, though, and cannot tell an empty value
from a missing one. So a record counts as sound only if its values, written again, are what was read; and what had to be
written in quotes was not missing.
"""

from __future__ import annotations

import csv
import io
import itertools
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

csv.field_size_limit(sys.maxsize)

BOM = b"\xef\xbb\xbf"
OTHER_UNICODE = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
MOST_COLUMNS, LONGEST_NAME = 16_384, 255
# Fewer rows with too few cells are no sign of entries on several lines.
SHORT_ROWS = 4
# An entry over more lines is none: almost every row of one cell is another delimiter.
MOST_LINES = 5
Fields = list[str | None]


@dataclass(frozen=True)
class Promise:
    """What the contract says of the file's form; ``limit`` is the longest record in bytes."""

    delimiter: str
    quote: str
    encoding: str
    headers: tuple[str, ...]
    keeps_extra: bool
    limit: int = 1024 * 1024


@dataclass
class Reading:
    """Sound rows as (row, line, fields), malformed ones as (row, line, reason); or why the file is refused.

    ``names`` are the headers up to the last that is not blank, and of blank ones their places.
    """

    refusal: str | None = None
    bom: bool = False
    header: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    sound: list[tuple[int, int, Fields]] = field(default_factory=list)
    malformed: list[tuple[int, int, str]] = field(default_factory=list)
    line_ends: set[str] = field(default_factory=set)


def read(data: bytes, promise: Promise) -> Reading:
    """Read the whole file."""
    if has_cr_line_ends(data):
        reading = read(data.replace(b"\r", b"\n"), promise)
        reading.line_ends = {"CR"}
        for texts in (reading.header, reading.names, *(fields for _, _, fields in reading.sound)):
            texts[:] = [text and text.replace("\n", "\r") for text in texts]
        return reading
    bom = promise.encoding == "utf-8" and data.startswith(BOM)
    lines = physical_lines(data[len(BOM) :] if bom else data)
    reading = Reading(bom=bom)
    if data.startswith(OTHER_UNICODE):
        reading.refusal = "UNREADABLE_ENCODING"
        return reading
    if not lines:
        reading.refusal = "EMPTY_FILE"
        return reading
    reason, fields, taken = _judge(lines, 0, promise, None)
    reading.header = [name or "" for name in fields]
    width = max((at for at, name in enumerate(reading.header, 1) if name.strip()), default=0)
    reading.names = [name if name.strip() else f"column {at}" for at, name in enumerate(reading.header[:width], 1)]
    reading.refusal = _header_refusal(reason, reading.header, promise)
    if reading.refusal is None:
        reading.line_ends |= _line_end(lines[taken - 1])
        reading.refusal = _read_rows(reading, lines, taken, promise)
    return reading


def _read_rows(reading: Reading, lines: list[bytes], at: int, promise: Promise) -> str | None:
    row, width = 1, len(reading.names)
    above = rests = 0
    short: list[int] = []
    while at < len(lines):
        reason, fields, taken = _judge(lines, at, promise, width)
        cells = _cells_outside_quotes(without_line_end(lines[at]), promise)
        is_short = reason == "FIELD_COUNT" and cells < width
        if reason is None and not any(fields):
            row -= 1
        elif reason is None:
            if [value or "" for value in fields] == reading.header[:width]:
                return "SEVERAL_TABLES"
            reading.sound.append((row, at + 1, fields))
            # Below two cells of an entry, the rest of it has all where lines end with a delimiter.
            rests += above == 2 and cells == width
            reading.line_ends |= _line_end(lines[at + taken - 1])
        else:
            reading.malformed.append((row, at + 1, reason))
            short += [cells] if is_short else []
        above = cells if is_short else 0
        at += taken
        row += 1
    mostly_short = len(short) >= SHORT_ROWS and 2 * (len(short) + rests) > row - 1
    are_parts = mostly_short and (short[0] > 1 or MOST_LINES * len(reading.sound) > len(short))
    return "ENTRY_OVER_LINES" if are_parts else None


def _cells_outside_quotes(line: bytes, promise: Promise) -> int:
    pieces = line.split(promise.quote.encode())
    return 1 + sum(piece.count(promise.delimiter.encode()) for piece in pieces[::2])


def has_cr_line_ends(data: bytes) -> bool:
    """Return whether lines end with CR: there is no LF."""
    return b"\n" not in data and b"\r" in data


def _header_refusal(reason: str | None, header: list[str], promise: Promise) -> str | None:
    if reason in ("NUL_BYTE", "INVALID_ENCODING"):
        return "UNREADABLE_ENCODING"
    if reason or len(header) > MOST_COLUMNS or not any(name.strip() for name in header):
        return "BROKEN_HEADER"
    if not set(promise.headers) <= set(header):
        return "MISSING_COLUMN"
    if max(map(len, header)) > LONGEST_NAME:
        return "BROKEN_HEADER"
    named = [name for name in header if name.strip()]
    if len(set(named)) < len(named):
        return "DUPLICATE_HEADER"
    within = header[: max(at for at, name in enumerate(header, 1) if name.strip())]
    if not promise.keeps_extra and set(within) > set(promise.headers):
        return "EXTRA_COLUMN"
    return None


def _judge(lines: list[bytes], at: int, promise: Promise, field_count: int | None) -> tuple[str | None, Fields, int]:
    """Return the reason or None, the fields, and how many lines the record takes: one, if it is malformed."""
    quote = promise.quote
    line = without_line_end(lines[at])
    if len(line) > promise.limit:
        return "RECORD_TOO_LONG", [], 1
    if b"\0" in line:
        return "NUL_BYTE", [], 1
    try:
        text = line.decode(promise.encoding)
    except UnicodeDecodeError:
        return "INVALID_ENCODING", [], 1
    pieces = text.split(quote)
    if any("\r" in outside_quotes for outside_quotes in pieces[::2]):
        return "STRAY_CARRIAGE_RETURN", [], 1
    left_open = len(pieces) % 2 == 0
    record = _split([text + quote if left_open else text], promise)
    if record is None:
        return "STRAY_QUOTE", [], 1
    if left_open:
        record = _split(_lines_within(lines, at, promise), promise)
        if record is None:
            return "UNCLOSED_QUOTE", [], 1
    fields, taken = record
    if not left_open and field_count is not None and not any(fields):
        return None, [], 1
    if field_count is not None and (len(fields) < field_count or any(fields[field_count:])):
        return "FIELD_COUNT", [], 1
    return None, fields[:field_count], taken


def _lines_within(lines: list[bytes], at: int, promise: Promise) -> Iterator[str]:
    """Yield the lines that a record begun at ``at`` may take: up to a NUL, bytes that are no text, or the limit."""
    size = 0
    for line in (lines[number] for number in range(at, len(lines))):
        if size + len(without_line_end(line)) > promise.limit or b"\0" in line:
            return
        try:
            yield line.decode(promise.encoding)
        except UnicodeDecodeError:
            return
        size += len(line)


def _split(lines: Iterable[str], promise: Promise) -> tuple[Fields, int] | None:
    """Return the first record's fields and the number of its lines, or None if it is not sound."""
    quote = promise.quote
    lines, again = itertools.tee(lines)
    reader = csv.reader(lines, delimiter=promise.delimiter, quotechar=quote, strict=True)
    try:
        values = next(reader) or [""]
    except csv.Error:
        return None
    text = "".join(itertools.islice(again, reader.line_num))
    fields: Fields = []
    written: list[str] = []
    at = 0
    for value in values:
        quoted = text.startswith(quote, at)
        if quote in value and not quoted:
            return None
        fields.append(value if quoted else value or None)
        written.append(quote + value.replace(quote, quote * 2) + quote if quoted else value)
        at += len(written[-1]) + 1
    record = promise.delimiter.join(written)
    return (fields, reader.line_num) if text in (record, record + "\n", record + "\r\n") else None


def physical_lines(data: bytes) -> list[bytes]:
    """Return the lines with their ends; only LF ends one."""
    return io.BytesIO(data).readlines()


def without_line_end(line: bytes) -> bytes:
    """Return the line without LF or CRLF; a CR alone is text."""
    return line.removesuffix(b"\r\n") if line.endswith(b"\r\n") else line.removesuffix(b"\n")


def _line_end(line: bytes) -> set[str]:
    return {"CRLF"} if line.endswith(b"\r\n") else {"LF"} if line.endswith(b"\n") else set()
