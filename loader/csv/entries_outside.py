"""Entries outside the table: a line that is no row of it and would be an entry refuses the file."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from loader.contract.model import Contract
from loader.contract.reading import would_be_entry
from loader.csv.columns_of_file import FileColumns
from loader.csv.dialect import Dialect
from loader.csv.head import record_cells
from loader.csv.line_scan import SOUND, scan_lines
from loader.csv.other_lines import Kind, OtherLine
from loader.errors import FileReason, FileRejectedError
from loader.wording import counted

_Line = tuple[int, Kind, str]


class EntriesOutside:
    """Looks at the lines of a file that are no rows of its table, with the test of `would_be_entry`."""

    def __init__(self, contract: Contract, dialect: Dialect) -> None:
        """Look at none yet; files of a feed of kind reference have no entries."""
        self._contract = contract
        self._dialect = dialect
        self._columns: FileColumns | None = None
        self._above: list[_Line] = []

    def look_at(self, line: OtherLine, text: str) -> None:
        """Look at a line, or keep it until the columns are known.

        Raises:
            FileRejectedError: it would be an entry.
        """
        if self._contract.meta.kind != "entries":
            return
        if self._columns is None:
            self._above.append((line.line_number, line.kind, text))
        else:
            self._refuse_entry((line.line_number, line.kind, text), self._columns)

    def begin_table(self, columns: FileColumns) -> None:
        """Look at the lines above the rows, now that the columns are known.

        Raises:
            FileRejectedError: one of them would be an entry.
        """
        self._columns = columns
        for line in (*self._above, *self._records_over_lines()):
            self._refuse_entry(line, columns)
        self._above.clear()

    def _records_over_lines(self) -> Iterator[_Line]:
        """Yield the records above the header that quotes hold together over several lines."""
        lines = [line for line in self._above if line[1] == "above"]
        data = self._encoded("\n".join(text for _, _, text in lines))
        if self._dialect.quote.encode() not in data or len(lines) < 2:
            return
        scan = scan_lines(data, self._dialect, 0, len(data), True)
        for at in np.flatnonzero(scan.reason == SOUND).tolist():
            record = data[scan.start[at] : scan.text_end[at]]
            if b"\n" in record:
                yield lines[scan.lines[at]][0], "above", self._dialect.text(record)

    def _refuse_entry(self, line: _Line, columns: FileColumns) -> None:
        number, kind, text = line
        cells = record_cells(self._encoded(text), self._dialect) or []
        if len(cells) < columns.width or not would_be_entry(self._contract, columns.texts(self._contract, cells)):
            return
        is_what, advice = self._told(kind)
        raise FileRejectedError(
            FileReason.ENTRY_IN_FOOTER if kind == "footer" else FileReason.ENTRY_ABOVE_TABLE,
            f"line {number} {is_what} and would be an entry: it has all {counted(columns.width, 'cell')}, "
            f"a day and an amount: {advice} in {self._contract.path}",
        )

    def _told(self, kind: Kind) -> tuple[str, str]:
        """Return what a line of this kind is by the contract, and what to do where it is an entry."""
        if kind == "footer":
            return "fits a pattern of footer", "make the pattern narrower"
        if kind == "header":
            return "is where the header is", "deliver the file with its header, or state 'header_row_count: 0'"
        top = "its header" if self._contract.meta.header_row_count else "the lines that 'skip_rows' counts"
        return "is above the table", f"deliver the file with {top} above all entries, or change 'skip_rows'"

    def _encoded(self, text: str) -> bytes:
        return text.encode(self._dialect.read_encoding, "replace")
