"""The samples as one table: rows in the order of the files, and columns with what their cells can be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from loader.contract.values import NumberFormat
from loader.new_feed.dates import day_formats_of, looks_like_day
from loader.new_feed.findings import SampleRefusedError
from loader.new_feed.layout import Layout
from loader.new_feed.numbers import formats_of, shape_of
from loader.new_feed.records import Record
from loader.wording import joined

# So many different words may stand in a column of days or numbers, as `-` or `PENDING` do.
_MOST_WORDS = 3


@dataclass
class Field:
    """A column of the samples.

    Attributes:
        cells: without blanks around them, one a row.
        is_carried: whether an empty cell means the text above; ``cells`` have it already.
    """

    at: int
    header: str
    cells: list[str]
    is_carried: bool = False

    @cached_property
    def days(self) -> list[str]:
        """The formats under which all cells that hold digits are days."""
        texts = {cell for cell in self.cells if cell}
        days = sorted(text for text in texts if looks_like_day(text))
        others = texts.difference(days)
        return day_formats_of(days) if days and _are_few_words(others, len(days)) else []

    @cached_property
    def numbers(self) -> list[NumberFormat]:
        """The formats under which all cells that hold digits are numbers."""
        texts = {cell for cell in self.cells if cell}
        numbers = {text for text in texts if shape_of(text) is not None}
        others = texts - numbers
        return formats_of(numbers) if numbers and _are_few_words(others, len(numbers)) else []

    @property
    def words(self) -> list[str]:
        """The texts of a column of days or numbers that are none."""
        is_one = looks_like_day if self.days else lambda text: shape_of(text) is not None
        return sorted({cell for cell in self.cells if cell and not is_one(cell)})

    @property
    def filled(self) -> int:
        """How many cells hold something."""
        return sum(map(bool, self.cells))

    @property
    def distinct(self) -> list[str]:
        """The different texts, in the order in which they first occur, empty ones left out."""
        return list(dict.fromkeys(filter(None, self.cells)))

    @property
    def shown(self) -> str:
        """What people call it: its header, or its place."""
        return repr(self.header) if self.header else f"column {self.at + 1}"


def shown_columns(columns: Sequence[Field], verb: str) -> str:
    """Return columns as the subject of a sentence and its verb, such as `'A' and 'B' hold`."""
    return f"{joined([column.shown for column in columns])} {verb if len(columns) > 1 else verb + 's'}"


def _are_few_words(others: set[str], fitting: int) -> bool:
    return len(others) <= min(_MOST_WORDS, fitting) and not any(map(_has_digit, others))


def _has_digit(text: str) -> bool:
    return any(character.isdigit() for character in text)


@dataclass
class Table:
    """All samples together.

    Attributes:
        rows: the records of the table, sample by sample.
        sample_of: the number of each row's sample.
        is_trimmed: whether blanks stand around headers or cells.
    """

    layouts: list[Layout]
    fields: list[Field]
    rows: list[Record]
    sample_of: list[int]
    is_trimmed: bool = field(default=False)

    @property
    def first(self) -> Layout:
        """The first sample's layout."""
        return self.layouts[0]

    def place(self, row: int) -> str:
        """Return what people call a row's place."""
        name = f"{self.layouts[self.sample_of[row]].name}, " if len(self.layouts) > 1 else ""
        return f"{name}line {self.rows[row].line}"


def join_layouts(layouts: list[Layout]) -> Table:
    """Return the samples as one table.

    Raises:
        SampleRefusedError: their columns are not the same.
    """
    first = layouts[0]
    width = max(layout.width for layout in layouts)
    for layout in layouts[1:]:
        names = (first.headers, layout.headers)
        signs = (layout.delimiter, layout.quote)
        if signs != (first.delimiter, first.quote) or any(a != b for a, b in zip(*names, strict=False) if a or b):
            raise SampleRefusedError(
                f"{layout.name}: its columns ({', '.join(layout.headers)}) are not those of {first.name} "
                f"({', '.join(first.headers)}): give samples of one layout"
            )
    rows = [(number, row) for number, layout in enumerate(layouts) for row in layout.rows]
    headers = max((layout.headers for layout in layouts), key=len)
    fields = [Field(at, headers[at], [row.cell(at) for _, row in rows]) for at in range(width)]
    records = [row for _, row in rows]
    headings = [layout.header for layout in layouts if layout.header]
    is_padded = any(record.is_padded for record in (*headings, *records))
    return Table(layouts, fields, records, [number for number, _ in rows], is_padded)
