"""The strict structure scan of RFC 4180: over whole blocks of bytes, with no Python code per row.

Two ways lead to the same records. ``scan_clean`` proves that a block has no structural fault and finds where its last
record ends. Where it cannot, ``loader.csv.line_scan`` looks at every physical line.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from loader.csv.dialect import Dialect

LF, CR, NUL = 10, 13, 0
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]


class Reason(StrEnum):
    """Why a record has no trustworthy fields.

    A row has one reason. The faults of its first line come first, in the order below up to STRAY_QUOTE; then
    UNCLOSED_QUOTE: the line leaves a quoted value open, and the record does not come to a sound end within the file
    and the record limit; then FIELD_COUNT.
    """

    RECORD_TOO_LONG = "RECORD_TOO_LONG"
    NUL_BYTE = "NUL_BYTE"
    INVALID_ENCODING = "INVALID_ENCODING"
    STRAY_CARRIAGE_RETURN = "STRAY_CARRIAGE_RETURN"
    STRAY_QUOTE = "STRAY_QUOTE"
    UNCLOSED_QUOTE = "UNCLOSED_QUOTE"
    FIELD_COUNT = "FIELD_COUNT"


REASONS = tuple(Reason)


@dataclass(frozen=True)
class CleanScan:
    """A block without a fault: its sound records end at ``end``.

    Attributes:
        lines: per record the 0-based physical line on which it begins, or None where every record is one line.
        line_count: physical lines up to ``end``.
        crlf_count: records that end with CRLF.
        lf_count: records that end with a bare LF.
        quoted: whether there is a quote.
    """

    end: int
    lines: Ints | None
    line_count: int
    crlf_count: int
    lf_count: int
    quoted: bool


def decodes(data: bytes, encoding: str) -> bool:
    """Return whether the bytes are text in the encoding."""
    if data.isascii():
        return True
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def scan_clean(block: bytes, dialect: Dialect, record_limit: int, at_end: bool) -> CleanScan | None:
    """Return the extent of the block's sound records, or None unless it is certain that all of them are sound.

    Field counts and rows of empty values are not looked at: the CSV parser that comes next refuses a wrong count, and
    its caller has to look for empty rows.
    """
    end = len(block) if at_end else block.rfind(b"\n") + 1
    if end == 0 or block.find(b"\0", 0, end) >= 0:
        return None
    crlf = 0
    if block.find(b"\r", 0, end) >= 0:
        crlf = block.count(b"\r\n", 0, end)
        if block.count(b"\r", 0, end) != crlf:
            return None
    if dialect.quote and block.find(dialect.quote.encode(), 0, end) >= 0:
        return _scan_quoted(block, dialect, record_limit, at_end, end)
    if not _lines_within(block, record_limit, end) or not decodes(block[:end], dialect.read_encoding):
        return None
    feeds = int(np.count_nonzero(np.frombuffer(block, np.uint8, end) == LF))
    return CleanScan(end, None, feeds + (block[end - 1] != LF), crlf, feeds - crlf, False)


def _lines_within(block: bytes, record_limit: int, end: int) -> bool:
    # A line end in every half of the limit proves that no line is longer than the limit, at the cost of a few searches.
    # Where it proves nothing the slow way decides.
    half = max(record_limit // 2, 1)
    return all(block.find(b"\n", at, at + half) >= 0 for at in range(0, end - half, half))


def _scan_quoted(block: bytes, dialect: Dialect, record_limit: int, at_end: bool, end: int) -> CleanScan | None:
    data = np.frombuffer(block, np.uint8, end)
    quotes = np.flatnonzero(data == dialect.quote_byte)
    feeds = np.flatnonzero(data == LF)
    # Up to the first fault, a byte is inside quotes exactly if an odd number of quotes stands before it.
    outside = (np.searchsorted(quotes, feeds) & 1) == 0
    ends = feeds[outside]
    if at_end:
        if len(quotes) & 1:
            return None
        if data[-1] != LF:
            ends = np.append(ends, end)
    else:
        end = int(ends[-1]) + 1 if len(ends) else 0
        quotes = quotes[: np.searchsorted(quotes, end)]
    if end == 0 or not decodes(block[:end], dialect.read_encoding):
        return None
    if not can_open(data, quotes[0::2], dialect).all() or not can_close(data, quotes[1::2], dialect).all():
        return None
    starts = np.concatenate(([0], ends[:-1] + 1))
    ended = ends[ends < end]
    with_cr = (ended > starts[: len(ended)]) & (data[ended - 1] == CR)
    crlf = int(with_cr.sum())
    if int((ends - starts).max()) > record_limit:
        return None
    line_count = int(np.searchsorted(feeds, end)) + (data[end - 1] != LF)
    lines = None if line_count == len(ends) else np.searchsorted(feeds, starts).astype(np.int64)
    return CleanScan(end, lines, int(line_count), crlf, len(ended) - crlf, True)


def can_open(data: Bytes, quotes: Ints, dialect: Dialect, before: Ints | None = None) -> Bools:
    """Per quote: whether it can open a value, or be the second half of a doubled one.

    ``before`` holds what is taken for the position before each quote, -1 for none, where blanks are left out.
    """
    at = quotes - 1 if before is None else before
    byte = data[np.maximum(at, 0)]
    doubled = byte == dialect.quote_byte
    if before is not None:
        doubled &= before == quotes - 1
    can: Bools = (byte == dialect.delimiter_byte) | (byte == LF) | doubled | (at < 0)
    return can


def can_close(data: Bytes, quotes: Ints, dialect: Dialect, after: Ints | None = None) -> Bools:
    """Per quote: whether it can close a value, or be the first half of a doubled one.

    ``after`` holds what is taken for the position after each quote, that of the data's end for none, where blanks are
    left out.
    """
    last = len(data) - 1
    at = quotes + 1 if after is None else after
    byte = data[np.minimum(at, last)]
    doubled = byte == dialect.quote_byte
    if after is not None:
        doubled &= after == quotes + 1
    can: Bools = (byte == dialect.delimiter_byte) | (byte == LF) | doubled | (at > last)
    # Only a CR that belongs to a line end may follow; looked at apart, because most files have none.
    returns = np.flatnonzero((byte == CR) & (at <= last))
    can[returns] |= data[np.minimum(at[returns] + 1, last)] == LF
    return can
