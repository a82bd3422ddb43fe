"""The physical lines of a block, and what is wrong with each: begun fresh, and begun inside quotes."""

from __future__ import annotations

import numpy as np

from loader.csv.blanks import around_quotes, blank_bytes
from loader.csv.cells import are_all_empty, size_of_empty_tail
from loader.csv.dialect import Dialect
from loader.csv.scan import CR, LF, NUL, Bools, Bytes, Ints, can_close, can_open, decodes


class PhysicalLines:
    """All lines of a block, the last one only where its end is known or it is too long.

    Attributes:
        count: how many there are; all arrays have a value for each, but those of quotes.
        start, text_end, stop: where a line begins, where its text ends, and where its line end does.
        end: where the last one ends.
        terminated, ends_with_cr: whether a line has a line end, and whether that is CRLF.
        too_long, nul, undecodable: whether its text is too long, holds NUL, or is none.
        stray_quote, stray_return: whether it has a quote or a CR in a wrong place, begun fresh.
        inside_bad: whether it cannot be part of a quoted value.
        odd: whether it leaves a value open that it opened, or closes one that was open.
        delimiters_fresh, delimiters_inside: delimiters outside quotes, begun fresh and begun inside quotes.
        all_empty: whether all its cells are empty, begun fresh.
        overlong_tail: whether the last one has no end in the block.
        quotes: the positions of all quotes.
        before, after: per quote the positions before and after it, blanks left out where they are trimmed.
    """

    def __init__(self, block: bytes, dialect: Dialect, record_limit: int, at_end: bool) -> None:
        """Look at a block that begins with a line."""
        self.block, self.dialect = block, dialect
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
        self.undecodable = self._undecodable(block, data, dialect.read_encoding)
        self._judge_quotes(data, dialect)
        self.all_empty = self._all_empty(data, dialect)

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
        self.quotes = quotes = np.flatnonzero(data == dialect.quote_byte)
        line = self._line_of(quotes)
        first = np.searchsorted(quotes, self.start)
        self.quote_count = np.bincount(line, minlength=self.count)
        self.odd = (self.quote_count & 1).astype(np.bool_)
        second_of_pair = ((np.arange(len(quotes)) - first[line]) & 1).astype(np.bool_)
        self.before, self.after = around_quotes(data, quotes, dialect) if dialect.trim else (quotes - 1, quotes + 1)
        opens = can_open(data, quotes, dialect, self.before if dialect.trim else None)
        closes = can_close(data, quotes, dialect, self.after if dialect.trim else None)
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

    def _all_empty(self, data: Bytes, dialect: Dialect) -> Bools:
        """Per line, begun fresh: whether all its cells are empty."""
        size = self.text_end - self.start
        flags: Bools = size == self.delimiters_fresh
        may_be = size == self.delimiters_fresh + self.quote_count
        if dialect.trim and self.count:
            solid = (data < 0x80) & ~blank_bytes(data, dialect) & (data != LF) & (data != CR)
            solid &= (data != dialect.delimiter_byte) & (data != dialect.quote_byte)
            may_be = np.add.reduceat(solid, self.start, dtype=np.int64) == 0
        for line in np.flatnonzero(may_be & ~flags & ~self.odd & ~self.too_long):
            flags[line] = are_all_empty(self.block[self.start[line] : self.text_end[line]], dialect)
        return flags

    def empty_tail(self, first: int, last: int, cells: int) -> int | None:
        """Return the size of the last cells of the record on these lines, or None where one is not empty."""
        return size_of_empty_tail(self.block[self.start[first] : self.text_end[last]], cells, self.dialect)
