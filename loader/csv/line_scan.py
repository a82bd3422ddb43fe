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
from loader.csv.footer import Footer
from loader.csv.physical_lines import PhysicalLines
from loader.csv.scan import REASONS, Bools, Bytes, Ints, Reason

_CODE = {reason: code for code, reason in enumerate(REASONS)}
SOUND = len(REASONS)
FIELD_COUNT = _CODE[Reason.FIELD_COUNT]
# Lines that are no rows.
BLANK, FOOTER = SOUND + 1, SOUND + 2
_SWALLOWED = SOUND + 3


@dataclass(frozen=True)
class LineScan:
    """The decided rows of a block, sound and malformed, and the lines among them that are no rows, in their order.

    Attributes:
        end: where the undecided rest begins.
        line_count: physical lines up to ``end``.
        start: per row the byte at which it begins.
        stop: per row the byte after its line end.
        text_end: per row the byte after its text, for malformed rows that of the first line.
        lines: per row its 0-based physical line.
        fields: per row the cells on its first line.
        reason: per row an index into REASONS, or SOUND; BLANK or FOOTER for a line that is no row.
        dropped: first bytes, and bytes after the last, of what is left out of sound rows: empty cells past the last
            header, and trimmed blanks around quotes.
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
    fields: Ints
    reason: npt.NDArray[np.int8]
    dropped: tuple[Ints, Ints]
    crlf_count: int
    lf_count: int
    overlong_tail: bool

    def kept(self, block: bytes, chosen: Bools) -> bytes:
        """Return the bytes of the chosen rows of the block, which are sound, without what is left out of them."""
        starts = np.concatenate((self.start[~chosen], self.dropped[0]))
        stops = np.concatenate((self.stop[~chosen], self.dropped[1]))
        if not len(starts):
            return block[: self.end]
        steps = np.bincount(starts, minlength=self.end + 1) - np.bincount(stops, minlength=self.end + 1)
        kept: Bytes = np.frombuffer(block, np.uint8, self.end)[np.cumsum(steps[: self.end]) == 0]
        # Of a last record without a line end, what is left may be nothing, which is no record without one.
        last = np.flatnonzero(chosen)[-1:]
        ends_open = bool((self.stop[last] == self.text_end[last]).any())
        return kept.tobytes() + (b"\n" if ends_open else b"")


def scan_lines(
    block: bytes, dialect: Dialect, field_count: int, record_limit: int, at_end: bool, footer: Footer | None = None
) -> LineScan:
    """Judge the block line by line; ``field_count`` 0 accepts any number of fields (the header)."""
    lines = PhysicalLines(block, dialect, record_limit, at_end)
    walk = _Walk(lines, field_count, record_limit, at_end, footer)
    rows = np.flatnonzero(walk.reason[: walk.cut] != _SWALLOWED)
    reason, last = walk.reason[rows], walk.last[rows]
    sound = last[reason == SOUND]
    ended = sound[lines.terminated[sound]]
    crlf = int(lines.ends_with_cr[ended].sum())
    text_end = lines.text_end[last]
    return LineScan(
        end=int(lines.start[walk.cut]) if walk.cut < lines.count else (lines.end if lines.count else 0),
        line_count=walk.cut,
        start=lines.start[rows],
        stop=lines.stop[last],
        text_end=text_end,
        lines=rows,
        fields=lines.delimiters_fresh[rows] + 1,
        reason=reason,
        dropped=_dropped(lines, rows[reason == SOUND], text_end[reason == SOUND], walk.empty_tail),
        crlf_count=crlf,
        lf_count=len(ended) - crlf,
        overlong_tail=lines.overlong_tail and walk.cut == lines.count,
    )


def _dropped(lines: PhysicalLines, sound: Ints, text_end: Ints, empty_tail: dict[int, int]) -> tuple[Ints, Ints]:
    """Return where what is left out of the sound records begins and ends; ``sound`` holds their first lines."""
    tail = np.array([empty_tail.get(line, 0) for line in sound.tolist()] if empty_tail else [], np.int64)
    ends = text_end[np.flatnonzero(tail)]
    starts = ends - tail[tail > 0]
    if not lines.dialect.trim or not len(lines.quotes) or not len(sound):
        return starts, ends
    row = np.searchsorted(lines.start[sound], lines.quotes, "right") - 1
    first = np.searchsorted(lines.quotes, lines.start[sound])
    inside = (row >= 0) & (lines.quotes < text_end[row])
    is_second = ((np.arange(len(lines.quotes)) - first[row]) & 1).astype(np.bool_)
    opens = np.flatnonzero(inside & ~is_second & (lines.before < lines.quotes - 1))
    closes = np.flatnonzero(inside & is_second & (lines.after > lines.quotes + 1))
    return (
        np.concatenate((starts, lines.before[opens] + 1, lines.quotes[closes] + 1)),
        np.concatenate((ends, lines.quotes[opens], np.minimum(lines.after[closes], text_end[row[closes]]))),
    )


class _Walk:
    """What each line is, once it is known which of them begin a record.

    Attributes:
        reason: per line its reason, SOUND, BLANK or FOOTER, or that it belongs to the record above.
        last: per line the last line of the record that begins on it.
        cut: the line from which on nothing is decided.
        empty_tail: by a record's first line, the size of its empty cells past the last header.
    """

    def __init__(
        self, lines: PhysicalLines, field_count: int, record_limit: int, at_end: bool, footer: Footer | None
    ) -> None:
        """Walk over the lines that leave a quoted value open."""
        self._lines = lines
        self._field_count = field_count
        self.empty_tail: dict[int, int] = {}
        self.last = np.arange(lines.count)
        self.cut = lines.count
        self.reason = self._own_reasons()
        is_footer = np.zeros(lines.count, np.bool_)
        if footer is not None:
            is_footer[[line for line in footer.lines_of(lines.block[: lines.end]) if line < lines.count]] = True
            is_footer &= ~lines.too_long
            self.reason[is_footer] = FOOTER
        openers = np.flatnonzero(lines.odd & (self.reason >= _CODE[Reason.UNCLOSED_QUOTE]) & ~is_footer)
        if len(openers):
            self._close(openers, record_limit, at_end)

    def _own_reasons(self) -> npt.NDArray[np.int8]:
        """Return the reason of each line by itself, begun fresh; later assignments win."""
        lines = self._lines
        reason = np.full(lines.count, SOUND, np.int8)
        if self._field_count:
            extra = lines.delimiters_fresh + 1 - self._field_count
            reason[extra != 0] = _CODE[Reason.FIELD_COUNT]
            for line in np.flatnonzero((extra > 0) & ~lines.odd & ~lines.all_empty & ~lines.too_long).tolist():
                if self._is_tail_empty(line, line, int(extra[line])):
                    reason[line] = SOUND
            reason[lines.all_empty] = BLANK
        for flags, code in (
            (lines.stray_quote, Reason.STRAY_QUOTE),
            (lines.stray_return, Reason.STRAY_CARRIAGE_RETURN),
            (lines.undecodable, Reason.INVALID_ENCODING),
            (lines.nul, Reason.NUL_BYTE),
            (lines.too_long, Reason.RECORD_TOO_LONG),
        ):
            reason[flags] = _CODE[code]
        return reason

    def _is_tail_empty(self, first: int, last: int, cells: int) -> bool:
        size = self._lines.empty_tail(first, last, cells)
        if size is not None:
            self.empty_tail[first] = size
        return size is not None

    def _close(self, openers: Ints, record_limit: int, at_end: bool) -> None:
        """Find where the open values end, soundly or not: at the next line that closes one or cannot be inside one."""
        lines = self._lines
        stops = np.append(np.flatnonzero(lines.odd | lines.inside_bad), -1)
        stop = stops[np.minimum(np.searchsorted(stops[:-1], openers, "right"), len(stops) - 1)]
        sound = (stop >= 0) & ~lines.inside_bad[stop] & (lines.text_end[stop] - lines.start[openers] <= record_limit)
        undecided = (stop < 0) & (not at_end) & (lines.end - lines.start[openers] <= record_limit + 1)
        self.reason[openers] = np.where(sound, _CODE[Reason.FIELD_COUNT], _CODE[Reason.UNCLOSED_QUOTE])
        swallowed = np.zeros(lines.count + 1, np.int64)
        extra = self._extra_fields(openers, stop) if self._field_count else np.zeros(len(openers), np.int64)
        free = 0
        walk = zip(openers.tolist(), stop.tolist(), sound.tolist(), undecided.tolist(), extra.tolist(), strict=True)
        for opener, end, closes, open_yet, more in walk:
            if opener < free:
                continue
            if open_yet:
                self.cut = opener
                break
            if closes and (more == 0 or (more > 0 and self._is_tail_empty(opener, end, more))):
                self.reason[opener] = SOUND
                self.last[opener] = end
                swallowed[opener + 1] += 1
                swallowed[end + 1] -= 1
                free = end + 1
        self.reason[np.cumsum(swallowed[:-1]) > 0] = _SWALLOWED

    def _extra_fields(self, openers: Ints, stop: Ints) -> Ints:
        """Return by how many the records have too many cells; negative where they have too few."""
        totals = np.concatenate(([0], np.cumsum(self._lines.delimiters_inside)))
        fields: Ints = self._lines.delimiters_fresh[openers] + totals[stop + 1] - totals[openers + 1] + 1
        return fields - self._field_count
