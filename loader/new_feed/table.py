"""The samples as one table: rows in the order of the files, and columns with what their cells can be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

from loader.contract.values import NumberFormat
from loader.new_feed.dates import day_formats_of, looks_like_day
from loader.new_feed.findings import SampleRefusedError
from loader.new_feed.hints import direction_named, is_named
from loader.new_feed.layout import Layout
from loader.new_feed.numbers import formats_of, has_digit, shape_of
from loader.new_feed.records import Record
from loader.wording import joined

# So many different words may stand in a column of days or numbers, as `-` or `PENDING` do.
_MOST_WORDS = 3
# Of so many different texts that are days or numbers one may be none, as 0000-00-00 is.
_FOR_ONE_ODD = 5
_PLACES_SHOWN = 3
Format = TypeVar("Format")


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

    @property
    def days(self) -> list[str]:
        """The formats under which the cells that hold digits are days, all but odd ones."""
        return self._days[0]

    @property
    def numbers(self) -> list[NumberFormat]:
        """The formats under which the cells that hold digits are numbers, all but odd ones."""
        return self._numbers[0]

    @property
    def odd(self) -> set[str]:
        """The texts with digits in a column of days or numbers that are none, as `0000-00-00` or `1.21.00` are."""
        return self._days[1] if self.days else self._numbers[1]

    @property
    def words(self) -> list[str]:
        """The texts without digits in a column of days or numbers."""
        return sorted({cell for cell in self.cells if cell and not has_digit(cell)})

    @cached_property
    def _days(self) -> tuple[list[str], set[str]]:
        return _formats(self._texts, looks_like_day, day_formats_of, may_be_odd=True)

    @cached_property
    def _numbers(self) -> tuple[list[NumberFormat], set[str]]:
        is_money = is_named("amount", self.header) or is_named("balance", self.header)
        return _formats(
            self._texts,
            lambda text: shape_of(text) is not None,
            formats_of,
            may_be_odd=is_money or direction_named(self.header) is not None,
        )

    @property
    def _texts(self) -> set[str]:
        return {cell for cell in self.cells if cell}

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


def _formats(
    texts: set[str],
    is_one: Callable[[str], bool],
    formats_of_all: Callable[[Sequence[str]], list[Format]],
    may_be_odd: bool,
) -> tuple[list[Format], set[str]]:
    """Return the formats of a column's texts, and the few texts with digits that have none of them."""
    fitting = {text for text in texts if is_one(text)}
    odd = {text for text in texts - fitting if has_digit(text)}
    formats = formats_of_all(sorted(fitting)) if fitting else []
    if not formats and may_be_odd:
        found = Counter(one for text in fitting for one in formats_of_all([text]))
        common = found.most_common(1)[0][0] if found else None
        alike = {text for text in fitting if common in formats_of_all([text])}
        odd |= fitting - alike
        formats, fitting = formats_of_all(sorted(alike)) if alike else [], alike
    most = max(1, len(fitting) // _FOR_ONE_ODD) if may_be_odd and len(fitting) > 1 else 0
    if not formats or len(odd) > most or not _are_few_words(texts - fitting - odd, len(fitting)):
        return [], set()
    return formats, odd


def _are_few_words(others: set[str], fitting: int) -> bool:
    return len(others) <= min(_MOST_WORDS, fitting) and not any(map(has_digit, others))


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

    def places(self, rows: Sequence[int]) -> str:
        """Return what people call the places of the first rows, and how many more there are."""
        more = [f"{len(rows) - _PLACES_SHOWN} more"] if len(rows) > _PLACES_SHOWN else []
        return joined([*(self.place(row) for row in rows[:_PLACES_SHOWN]), *more])


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
