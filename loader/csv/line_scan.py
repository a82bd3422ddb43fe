"""The slow way through a block that is not clean: judge every physical line, then walk over the few that matter.

Every line is judged twice, as if it began a record and as if it began inside quotes. Then only those lines are walked
over that open a quoted value which goes on in the next line.

Why a malformed record costs its first line only: after a stray quote nobody knows where records begin. Physical lines
are the one thing that the sender's program certainly wrote, so reading resumes at the next of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from loader.csv.dialect import Dialect
from loader.csv.scan import CR, LF, NUL, REASONS, Bools, Bytes, Ints, Reason, can_close, can_open, decodes

_CODE = {reason: code for code, reason in enumerate(REASONS)}
SOUND = len(REASONS)
_SWALLOWED = SOUND + 1


@dataclass(frozen=True)
class LineScan:
    """The decided rows of a block, sound and malformed, in their order.

    Attributes:
        end: where the undecided rest begins.
        line_count: physical lines up to ``end``.
        start: per row the byte at which it begins.
        stop: per row the byte after its line end.
        text_end: per row the byte after its text, for malformed rows that of the first line.
        lines: per row its 0-based physical line.
        reason: per row an index into REASONS, or SOUND.
        crlf_count: sound records that end with CRLF.
        lf_count: sound records that end with a bare LF.
        overlong_tail: the last row is a line whose end is not in the block.
    """

    end: int
    line_count: int
    start: Ints
    stop: Ints
    text_end: Ints
    lines: Ints
    reason: npt.NDArray[np.int8]
    crlf_count: int
    lf_count: int
    overlong_tail: bool


def scan_lines(block: bytes, dialect: Dialect, field_count: int, record_limit: int, at_end: bool) -> LineScan:
    """Judge the block line by line; ``field_count`` 0 accepts any number of fields (the header)."""
    lines = _Lines(block, dialect, record_limit, at_end)
    reason, last, cut = _walk(lines, field_count, record_limit, at_end)
    rows = np.flatnonzero(reason[:cut] != _SWALLOWED)
    row_reason, row_last = reason[rows], last[rows]
    sound = row_last[row_reason == SOUND]
    ended = sound[lines.terminated[sound]]
    crlf = int(lines.ends_with_cr[ended].sum())
    return LineScan(
        end=int(lines.start[cut]) if cut < lines.count else (lines.end if lines.count else 0),
        line_count=cut,
        start=lines.start[rows],
        stop=lines.stop[row_last],
        text_end=lines.text_end[rows],
        lines=rows,
        reason=row_reason,
        crlf_count=crlf,
        lf_count=len(ended) - crlf,
        overlong_tail=lines.overlong_tail and cut == lines.count,
    )


class _Lines:
    """The physical lines of a block and what is wrong with each, begun fresh and begun inside quotes."""

    def __init__(self, block: bytes, dialect: Dialect, record_limit: int, at_end: bool) -> None:
        data = np.frombuffer(block, np.uint8)
        feeds = np.flatnonzero(data == LF)
        tail = int(feeds[-1]) + 1 if len(feeds) else 0
        # One byte more than the limit may still be a CR that belongs to the line end.
        self.overlong_tail = not at_end and len(block) - tail > record_limit + 1
        with_tail = (at_end and tail < len(block)) or self.overlong_tail
        self.end = len(block) if with_tail else tail
        data = data[: self.end]
        line_ends = np.append(feeds, self.end) if with_tail else feeds
        self.count = len(line_ends)
        self.start = np.concatenate(([0], line_ends[:-1] + 1))[: self.count]
        self.terminated = np.ones(self.count, np.bool_)
        if with_tail:
            self.terminated[-1] = False
        self.stop = line_ends + self.terminated
        self.ends_with_cr = self.terminated & (line_ends > self.start) & (data[line_ends - 1] == CR)
        self.text_end = line_ends - self.ends_with_cr
        self.too_long = self.text_end - self.start > record_limit
        self.nul = self._flags(np.flatnonzero(data == NUL))
        self.undecodable = self._undecodable(block, data, dialect.encoding)
        self._judge_quotes(data, dialect)

    def _line_of(self, positions: Ints) -> Ints:
        return np.searchsorted(self.start, positions, "right") - 1

    def _flags(self, positions: Ints) -> Bools:
        flags = np.zeros(self.count, np.bool_)
        flags[self._line_of(positions)] = True
        return flags

    def _undecodable(self, block: bytes, data: Bytes, encoding: str) -> Bools:
        flags = np.zeros(self.count, np.bool_)
        if decodes(block[: self.end], encoding):
            return flags
        for line in np.flatnonzero(self._flags(np.flatnonzero(data >= 0x80)) & ~self.too_long):
            flags[line] = not decodes(block[self.start[line] : self.text_end[line]], encoding)
        return flags

    def _judge_quotes(self, data: Bytes, dialect: Dialect) -> None:
        quotes = np.flatnonzero(data == dialect.quote_byte)
        line = self._line_of(quotes)
        first = np.searchsorted(quotes, self.start)
        self.odd = (np.bincount(line, minlength=self.count) & 1).astype(np.bool_)
        second_of_pair = ((np.arange(len(quotes)) - first[line]) & 1).astype(np.bool_)
        opens, closes = can_open(data, quotes, dialect), can_close(data, quotes, dialect)
        stray_fresh = self._flags(quotes[~np.where(second_of_pair, closes, opens)])
        stray_inside = self._flags(quotes[~np.where(second_of_pair, opens, closes)])

        def outside(positions: Ints) -> tuple[Ints, Bools]:
            at = self._line_of(positions)
            return at, ((np.searchsorted(quotes, positions) - first[at]) & 1) == 0

        returns = np.flatnonzero(data == CR)
        followed = (returns + 1 < self.end) & (data[np.minimum(returns + 1, max(self.end - 1, 0))] == LF)
        returns = returns[~followed]
        _, fresh = outside(returns)
        self.stray_return = self._flags(returns[fresh])
        self.stray_quote = stray_fresh
        content_bad = self.too_long | self.nul | self.undecodable
        self.inside_bad = content_bad | stray_inside | self._flags(returns[~fresh])
        at, fresh = outside(np.flatnonzero(data == dialect.delimiter_byte))
        # Delimiters outside quotes, for a line that begins fresh and for one that begins inside quotes.
        self.delimiters_fresh = np.bincount(at[fresh], minlength=self.count)
        self.delimiters_inside = np.bincount(at[~fresh], minlength=self.count)


def _own_reasons(lines: _Lines, field_count: int) -> npt.NDArray[np.int8]:
    """Return the reason of each line by itself, begun fresh; later assignments win."""
    reason = np.full(lines.count, SOUND, np.int8)
    if field_count:
        reason[lines.delimiters_fresh + 1 != field_count] = _CODE[Reason.FIELD_COUNT]
    for flags, code in (
        (lines.stray_quote, Reason.STRAY_QUOTE),
        (lines.stray_return, Reason.STRAY_CARRIAGE_RETURN),
        (lines.undecodable, Reason.INVALID_ENCODING),
        (lines.nul, Reason.NUL_BYTE),
        (lines.too_long, Reason.RECORD_TOO_LONG),
    ):
        reason[flags] = _CODE[code]
    return reason


def _walk(lines: _Lines, field_count: int, record_limit: int, at_end: bool) -> tuple[npt.NDArray[np.int8], Ints, int]:
    """Return per line its reason (or SOUND, or swallowed by the record above), its record's last line; and the cut."""
    reason = _own_reasons(lines, field_count)
    last = np.arange(lines.count)
    openers = np.flatnonzero(lines.odd & (reason >= _CODE[Reason.UNCLOSED_QUOTE]))
    if not len(openers):
        return reason, last, lines.count
    # An open value ends, soundly or not, at the next line that closes it or that cannot stand inside quotes.
    stops = np.append(np.flatnonzero(lines.odd | lines.inside_bad), -1)
    stop = stops[np.minimum(np.searchsorted(stops[:-1], openers, "right"), len(stops) - 1)]
    sound = (stop >= 0) & ~lines.inside_bad[stop] & (lines.text_end[stop] - lines.start[openers] <= record_limit)
    undecided = (stop < 0) & (not at_end) & (lines.end - lines.start[openers] <= record_limit + 1)
    totals = np.concatenate(([0], np.cumsum(lines.delimiters_inside)))
    fields = lines.delimiters_fresh[openers] + totals[stop + 1] - totals[openers + 1] + 1
    complete = sound & (fields == field_count) if field_count else sound
    reason[openers] = np.where(sound, _CODE[Reason.FIELD_COUNT], _CODE[Reason.UNCLOSED_QUOTE])
    swallowed = np.zeros(lines.count + 1, np.int64)
    free = 0
    walk = zip(openers.tolist(), stop.tolist(), complete.tolist(), undecided.tolist(), strict=True)
    for opener, end, good, open_yet in walk:
        if opener < free:
            continue
        if open_yet:
            return _swallow(reason, swallowed), last, opener
        if good:
            reason[opener] = SOUND
            last[opener] = end
            swallowed[opener + 1] += 1
            swallowed[end + 1] -= 1
            free = end + 1
    return _swallow(reason, swallowed), last, lines.count


def _swallow(reason: npt.NDArray[np.int8], steps: Ints) -> npt.NDArray[np.int8]:
    """Mark the lines that belong to a record begun above; ``steps`` is +1 where they begin and -1 after their end."""
    reason[np.cumsum(steps[:-1]) > 0] = _SWALLOWED
    return reason
