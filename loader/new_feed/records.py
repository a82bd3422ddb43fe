"""A sample's text as records: lines and their cells, whatever the table in them."""

from __future__ import annotations

import re
from dataclasses import dataclass

_LINES_OF_ONE_RECORD = 50


@dataclass(frozen=True)
class Record:
    """A line, or several that a quote joins. ``line`` is the first one's number, from 1."""

    line: int
    text: str
    cells: tuple[str, ...]

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
        cells = _cells(text, cell, quote)
        while cells is None and last + 1 < min(len(lines), at + _LINES_OF_ONE_RECORD):
            last += 1
            text += "\n" + lines[last]
            cells = _cells(text, cell, quote)
        if cells is None:
            last, text = at, lines[at]
            cells = tuple(text.split(delimiter))
        records.append(Record(at + 1, text, cells))
        at = last + 1
    return records


def _cell_pattern(delimiter: str, quote: str) -> re.Pattern[str]:
    blanks = r"[^\S\n]*" if delimiter != "\t" else r"[^\S\n\t]*"
    bare, end = re.escape(delimiter), re.escape(quote)
    return re.compile(
        rf"{blanks}{end}(?P<quoted>(?:[^{end}]|{end}{end})*){end}{blanks}(?P<after>{bare}|\Z)"
        rf"|(?P<bare>[^{bare}]*)(?P<next>{bare}|\Z)"
    )


def _cells(text: str, cell: re.Pattern[str], quote: str) -> tuple[str, ...] | None:
    """Return the cells, or None when a quote is open at the end."""
    cells, at = [], 0
    while True:
        found = cell.match(text, at)
        if found is None:
            return None
        if found["quoted"] is None and found["bare"].lstrip().startswith(quote) and _is_open(text, at, quote):
            return None
        value = found["bare"] if found["quoted"] is None else found["quoted"].replace(quote * 2, quote)
        cells.append(value)
        at = found.end()
        if not (found["after"] or found["next"]):
            return tuple(cells)


def _is_open(text: str, at: int, quote: str) -> bool:
    return text.count(quote, at) % 2 == 1
