"""Where the table of a sample is: delimiter, quote, lines above, header, rows, and lines below that are no rows."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from loader.new_feed.dates import looks_like_day
from loader.new_feed.findings import SampleRefusedError
from loader.new_feed.no_table import why_no_table
from loader.new_feed.numbers import shape_of
from loader.new_feed.records import Record, lines_of, split_records

DELIMITERS = (",", ";", "\t", "|")
_QUOTES = ('"', "'")
NAMES = {",": "comma", ";": "semicolon", "\t": "TAB", "|": "pipe"}
# Lines of which so few cells are filled are words between rows or below them.
_FILLED_IN_A_ROW = 3


@dataclass
class Layout:
    """One sample as records.

    Attributes:
        width: cells of a row, without empty ones after the last header or value.
        above: records above the header, or above the first row where there is no header.
        rows: records of the table, entries or not.
        others: records below the header that are no rows and not blank.
        too_long: rows with cells beyond the last column; they are malformed, whatever the contract.
    """

    name: str
    delimiter: str
    quote: str
    width: int
    above: list[Record]
    header: Record | None
    rows: list[Record]
    others: list[Record] = field(default_factory=list)
    too_long: list[Record] = field(default_factory=list)

    @property
    def top(self) -> Record:
        """The header, or the first row where there is none."""
        return self.header or min(self.rows + self.too_long, key=lambda row: row.line)

    @property
    def headers(self) -> list[str]:
        """The headers without blanks around them, as many as a row has cells; empty texts where there is none."""
        return [self.header.cell(index) if self.header else "" for index in range(self.width)]


@dataclass
class _Split:
    """The lines by one delimiter and one quote."""

    delimiter: str
    quote: str
    records: list[Record]

    def dated_width(self) -> tuple[int, int]:
        """Return how many cells most dated records have, and how many records these are."""
        widths = Counter(len(record.cells) for record in self.records if is_dated(record))
        return widths.most_common(1)[0] if widths else (0, 0)

    def mark(self) -> tuple[int, int]:
        """Return how well the lines are a table by this delimiter: dated rows of one width, and typed cells in them."""
        width, rows = self.dated_width()
        table = [record for record in self.records if len(record.cells) == width]
        return rows, sum(_is_typed(cell) for record in table for cell in record.filled)

    def quoted(self) -> int:
        """Return how many records have a cell in these quotes."""
        return sum(record.quoted > 0 for record in self.records)


def find_layout(name: str, text: str) -> Layout:
    """Return where the table is.

    Raises:
        SampleRefusedError: no delimiter gives rows with a day and a number.
    """
    lines = lines_of(text)
    best = max((_split(lines, delimiter) for delimiter in DELIMITERS), key=_Split.mark)
    if not best.mark()[0]:
        raise SampleRefusedError(f"{name}: {why_no_table(lines, DELIMITERS)}")
    return _laid_out(name, best)


def _split(lines: list[str], delimiter: str) -> _Split:
    """Return the lines by a delimiter; apostrophes are quotes where they make more rows alike, or most have them."""
    plain, apostrophes = (_Split(delimiter, quote, split_records(lines, delimiter, quote)) for quote in _QUOTES)
    quoted = apostrophes.quoted()
    is_better = apostrophes.mark() > plain.mark() or quoted * 2 > len(apostrophes.records)
    return apostrophes if quoted > plain.quoted() and is_better else plain


def is_dated(record: Record) -> bool:
    """Return whether the record has a day in one cell and a number in another."""
    days = [looks_like_day(cell.strip()) for cell in record.cells]
    return any(days) and any(
        not is_day and shape_of(cell) is not None for is_day, cell in zip(days, record.cells, strict=True)
    )


def _is_typed(cell: str) -> bool:
    return looks_like_day(cell.strip()) or shape_of(cell) is not None


def _is_header(record: Record, width: int) -> bool:
    """Return whether the cells are names: as many as a row has or one more or less, no number and no day among them."""
    named = len(record.filled)
    return (
        abs(len(record.cells) - width) <= 1
        and named >= 2
        and named >= (width - 1) / 2
        and not record.is_rule
        and not any(_is_typed(cell) for cell in record.filled)
    )


def _laid_out(name: str, split: _Split) -> Layout:
    records, (width, _) = split.records, split.dated_width()
    first = next(at for at, record in enumerate(records) if len(record.cells) == width and is_dated(record))
    header_at = next((at for at in range(first - 1, -1, -1) if _is_header(records[at], width)), None)
    if header_at is not None and not _all_belong(records[header_at + 1 : first], width):
        header_at = None
    start = first if header_at is None else header_at + 1
    while header_at is None and start and _is_row_or_entry(records[start - 1], width):
        start -= 1
    header = None if header_at is None else records[header_at]
    above = records[: start if header is None else header_at]
    rows, others = _rows_and_others(records[start:], width)
    used = max(at + 1 for at in range(max(len(row.cells) for row in rows)) if _is_used(at, header, rows))
    too_long = [row for row in rows if any(map(str.strip, row.cells[used:]))]
    rows = [row for row in rows if row not in too_long]
    return Layout(name, split.delimiter, split.quote, used, above, header, rows, others, too_long)


def _is_row_or_entry(record: Record, width: int) -> bool:
    """Return whether the record is a row, or an entry that a stray delimiter has parted into more cells."""
    return _is_row(record, width) or (is_dated(record) and len(record.cells) > width)


def _is_used(at: int, header: Record | None, rows: list[Record]) -> bool:
    """Return whether a place has a header, or a value in more than a few rows; one row may have a cell too many."""
    if header is not None and header.cell(at):
        return True
    return sum(bool(row.cell(at)) for row in rows) * 5 > len(rows)


def _all_belong(records: list[Record], width: int) -> bool:
    """Return whether lines between a header and the first entry may be there: words, drawn lines, rows, blanks."""
    few = 2
    return all(
        record.is_rule
        or len(record.filled) <= 1
        or (len(record.filled) <= few and len(record.cells) == width)
        or _is_row_or_entry(record, width)
        for record in records
    )


def _is_row(record: Record, width: int) -> bool:
    return len(record.cells) == width and len(record.filled) >= _FILLED_IN_A_ROW and not record.is_rule


def _rows_and_others(records: list[Record], width: int) -> tuple[list[Record], list[Record]]:
    """Part the records below the header: what follows the last dated row and has few cells is no row."""
    last = max((at for at, record in enumerate(records) if is_dated(record)), default=-1)
    rows, others = [], []
    for at, record in enumerate(records):
        if record.is_blank:
            continue
        few = len(record.filled) < min(_FILLED_IN_A_ROW, width)
        wide_enough = len(record.cells) >= width - 1
        if record.is_rule or not wide_enough or (few and (at > last or len(record.cells) == 1)):
            others.append(record)
        else:
            rows.append(record)
    return rows, others
