"""What of a file is held in memory, and where it stands in the file."""

from __future__ import annotations

from collections.abc import Callable

from loader.csv.dialect import LineEnding


class Stream:
    """A file that is read from its beginning to its end.

    Attributes:
        held: the bytes that were read and not taken yet.
        at_end: whether the file has no byte after them.
        offset: where they begin in the file.
        line: the physical line on which they begin, from 1.
        row: the number that the next row has; the header has none.
    """

    def __init__(self, read: Callable[[int], bytes], block_size: int) -> None:
        """Read by ``read``, which returns up to n bytes and none at the end; nothing is held yet."""
        self._read = read
        self._block_size = block_size
        self._crlf = 0
        self._lf = 0
        self.held = b""
        self.at_end = False
        self.offset = 0
        self.line = 1
        self.row = 1

    @property
    def line_ending(self) -> LineEnding:
        """What ended the records so far."""
        if self._crlf and self._lf:
            return "mixed"
        return "CRLF" if self._crlf else "LF"

    def fill_to(self, size: int) -> None:
        """Read until so many bytes are held, or the file ends."""
        while len(self.held) < size and not self.at_end:
            block = self._read(self._block_size)
            self.at_end = not block
            self.held += block

    def consume(self, size: int) -> None:
        """Take bytes away that are no rows."""
        self.held = self.held[size:]
        self.offset += size

    def advance(self, size: int, rows: int, lines: int, crlf: int, lf: int) -> None:
        """Take the bytes of rows away: so many rows on so many lines, with so many line ends of each kind."""
        self.consume(size)
        self.row += rows
        self.line += lines
        self._crlf += crlf
        self._lf += lf
