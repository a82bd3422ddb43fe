"""A sample's text as records: lines and their cells, whatever the table in them."""

from __future__ import annotations

import re
from dataclasses import dataclass

_LINES_OF_ONE_RECORD = 50


@dataclass(frozen=True)
class Record:
    """A line, or several that a quote joins.

    Attributes:
        line: the first one's number, from 1.
        quoted: how many cells stand in quotes.
        is_padded: whether blanks stand around a cell, inside quotes or outside.
    """

    line: int
    text: str
    cells: tuple[str, ...]
    quoted: int = 0
    is_padded: bool = False

    @property
    def filled(self) -> list[str]:
        """The cells that hold something besides blanks."""
        return [cell for cell in self.cells if cell.strip()]

    @property
    def is_blank(self) -> bool:
        """Whether no cell holds anything."""
        return not self.filled

    @property
    def is_rule(self) -> bool:
        """Whether the line is drawn: no letter and no digit in it."""
        return not self.is_blank and not any(character.isalnum() for character in self.text)

    def cell(self, index: int) -> str:
        """Return a cell without the blanks around it; empty where the record ends before."""
        return self.cells[index].strip() if index < len(self.cells) else ""


def lines_of(text: str) -> list[str]:
    """Return the lines as an editor counts them; a file without LF ends its lines with CR."""
    if "\n" not in text:
        text = text.replace("\r", "\n")
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    return lines[:-1] if lines and not lines[-1] else lines


def split_records(lines: list[str], delimiter: str, quote: str = '"') -> list[Record]:
    """Return the records of the lines; a quote that nothing closes within some lines is a character like others."""
    cell = _cell_pattern(delimiter, quote)
    records, at = [], 0
    while at < len(lines):
        last = at
        text = lines[at]
        found = _cells(text, cell, quote)
        while found is None and last + 1 < min(len(lines), at + _LINES_OF_ONE_RECORD):
            last += 1
            text += "\n" + lines[last]
            found = _cells(text, cell, quote)
        if found is None:
            last, text = at, lines[at]
            cells = tuple(text.split(delimiter))
            records.append(Record(at + 1, text, cells, is_padded=any(cell != cell.strip() for cell in cells)))
        else:
            records.append(_record(at + 1, text, found, quote))
        at = last + 1
    return records


def _cell_pattern(delimiter: str, quote: str) -> re.Pattern[str]:
    blanks = r"[^\S\n]*" if delimiter != "\t" else r"[^\S\n\t]*"
    bare, end = re.escape(delimiter), re.escape(quote)
    return re.compile(
        rf"(?P<before>{blanks}){end}(?P<quoted>(?:[^{end}]|{end}{end})*){end}(?P<behind>{blanks})(?P<after>{bare}|\Z)"
        rf"|(?P<bare>[^{bare}]*)(?P<next>{bare}|\Z)"
    )


def _cells(text: str, cell: re.Pattern[str], quote: str) -> list[re.Match[str]] | None:
    """Return the cells, or None when a quote is open at the end."""
    cells: list[re.Match[str]] = []
    while True:
        at = cells[-1].end() if cells else 0
        found = cell.match(text, at)
        if found is None:
            return None
        if found["quoted"] is None and found["bare"].lstrip().startswith(quote) and _is_open(text, at, quote):
            return None
        cells.append(found)
        if not (found["after"] or found["next"]):
            return cells


def _record(line: int, text: str, found: list[re.Match[str]], quote: str) -> Record:
    cells = tuple(
        cell["bare"] if cell["quoted"] is None else cell["quoted"].replace(quote * 2, quote) for cell in found
    )
    is_padded = any(cell["before"] or cell["behind"] for cell in found) or any(cell != cell.strip() for cell in cells)
    return Record(line, text, cells, sum(cell["quoted"] is not None for cell in found), is_padded)


def _is_open(text: str, at: int, quote: str) -> bool:
    return text.count(quote, at) % 2 == 1
