"""Lines that are longer than a record may be: their beginning is kept, and their rest skipped without being held."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from loader.csv.parsing import MalformedRows
from loader.csv.scan import REASONS, Reason
from loader.csv.stream import Stream


@dataclass
class OverlongLine:
    """A line past the record limit, while its rest is being skipped."""

    row_number: int
    line_number: int
    byte_offset: int
    raw_text: str
    byte_length: int
    ends_with_cr: bool

    def skip(self, stream: Stream) -> MalformedRows:
        """Read to the end of the line; return it as a malformed row."""
        while True:
            feed = stream.held.find(b"\n")
            skipped = stream.held if feed < 0 else stream.held[:feed]
            self.byte_length += len(skipped)
            self.ends_with_cr = skipped.endswith(b"\r") if skipped else self.ends_with_cr
            stream.consume(len(skipped) + (feed >= 0))
            if feed >= 0:
                self.byte_length -= self.ends_with_cr
                break
            if stream.at_end:
                break
            stream.fill_to(1)
        return MalformedRows(
            np.array([self.row_number]),
            np.array([self.line_number]),
            np.array([REASONS.index(Reason.RECORD_TOO_LONG)]),
            np.array([self.byte_offset]),
            np.array([self.byte_length]),
            [self.raw_text],
        )


def hold_overlong(malformed: MalformedRows, scanned: bytes) -> tuple[OverlongLine, MalformedRows | None]:
    """Take the last row out of ``malformed`` until the end of its line is found; return it and the others, if any."""
    line = OverlongLine(
        row_number=int(malformed.row_number[-1]),
        line_number=int(malformed.line_number[-1]),
        byte_offset=int(malformed.byte_offset[-1]),
        raw_text=malformed.raw_text[-1],
        byte_length=int(malformed.byte_length[-1]),
        ends_with_cr=scanned.endswith(b"\r"),
    )
    if len(malformed.raw_text) == 1:
        return line, None
    others = MalformedRows(
        malformed.row_number[:-1],
        malformed.line_number[:-1],
        malformed.reason[:-1],
        malformed.byte_offset[:-1],
        malformed.byte_length[:-1],
        malformed.raw_text[:-1],
    )
    return line, others
