"""When an entry was booked: which column says so, in which format, and whether it holds a time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from loader.contract.date_formats import has_short_year, has_time, has_year
from loader.new_feed.dates import CENTURY, DAY_IN_TEXT, certain_days, local_time_of, no_day, order_of
from loader.new_feed.findings import Notes, Question, SampleRefusedError, Sureness
from loader.new_feed.hints import is_named
from loader.new_feed.steps import Values
from loader.new_feed.table import Field, Table, shown_columns

_PLAIN_FORMATS = ("yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd HH:mm:ss")
_CLOCK = re.compile(r"[0-9]{1,2}:[0-9]{2}(:[0-9]{2})?( ?[AaPp][Mm])?")
_SPREAD = 3
# Fewer days are sorted by chance.
_DAYS_THAT_TELL = 5


@dataclass(frozen=True)
class Booking:
    """How booking days are read.

    Attributes:
        column: the column of the day, or of day and time.
        clock: the column of the time, where that is one of its own.
        date_format: for the cell, or for both cells joined by a blank.
        moments: local times by row number, None where the cell is no day.
        carries: whether an empty cell means the nearest day above.
    """

    column: Field
    clock: Field | None
    date_format: str
    moments: list[datetime | None]
    carries: bool = False

    @property
    def has_time(self) -> bool:
        """Whether a time is read."""
        return has_time(self.date_format)

    @property
    def words(self) -> dict[str, object]:
        """The contract's words for it."""
        return date_words(self.date_format) | ({"carry": True} if self.carries else {})


def date_words(date_format: str) -> dict[str, object]:
    """Return `format` and `century`; none of them for ISO 8601."""
    if date_format in _PLAIN_FORMATS:
        return {}
    return {"format": date_format} | ({"century": CENTURY} if has_short_year(date_format) else {})


def find_booking(table: Table, notes: Notes) -> Booking:
    """Return when entries were booked; asks for the order of day and month where nothing shows it.

    Raises:
        SampleRefusedError: no column is a day.
    """
    columns = [column for column in table.fields if column.days and column.filled * 10 >= len(table.rows)]
    if not columns:
        raise SampleRefusedError(f"{table.first.name}: {no_day([cell for row in table.rows for cell in row.filled])}")
    column = min(columns, key=lambda found: (found.filled * 2 < len(table.rows), _rank(found), found.at))
    date_format = _settle_format(table, column, columns, notes)
    clock = _clock_beside(table, column, date_format)
    if clock is not None:
        date_format += " " + _clock_format([cell for cell in clock.cells if cell])
    moments = [local_time_of(text, date_format) for text in joined(column, clock)]
    booking = Booking(column, clock, date_format, moments)
    _tell(booking, columns, table, notes)
    return booking


def joined(column: Field, clock: Field | None) -> list[str]:
    """Return the cells, with those of the clock's column behind them."""
    if clock is None:
        return column.cells
    return [" ".join(filter(None, pair)) for pair in zip(column.cells, clock.cells, strict=True)]


def _rank(column: Field) -> int:
    if is_named("value_day", column.header):
        return 2
    return 0 if is_named("booked", column.header) else 1


def _clock_beside(table: Table, column: Field, date_format: str) -> Field | None:
    following = table.fields[column.at + 1] if column.at + 1 < len(table.fields) else None
    if following is None or has_time(date_format) or not has_year(date_format):
        return None
    clocks = [cell for cell, day in zip(following.cells, column.cells, strict=True) if day]
    return following if clocks and all(_CLOCK.fullmatch(cell) for cell in clocks) else None


def _clock_format(cells: list[str]) -> str:
    """Return the format of times: an hour of two digits where all have them."""
    half = "M" in cells[0].upper()
    hour = "h" if half else "H"
    digits = 2 if all(cell[1:2].isdigit() for cell in cells) else 1
    return hour * digits + ":mm" + (":ss" if cells[0].count(":") == 2 else "") + (" a" if half else "")


def _settle_format(table: Table, column: Field, columns: Sequence[Field], notes: Notes) -> str:
    """Choose between the formats that fit: by other columns, by the order of the lines, by their spread, else ask."""
    formats = column.days
    for other in columns:
        if set(other.days) & set(formats):
            formats = [found for found in formats if found in other.days]
    if len({order_of(found) for found in formats}) <= 1:
        notes.found(
            "date format", f"{column.shown} is {formats[0]}: a day over 12 or the year shows the order", "proved"
        )
        return formats[0]
    given = [found for found in formats if order_of(found) == notes.answers.get("date-order")]
    if given:
        notes.found("date-order", f"{column.shown} is {given[0]}", "given")
        return given[0]
    sorted_ = [found for found in formats if _is_sorted(table, column, found)]
    if len(sorted_) == 1 and len(column.distinct) >= _DAYS_THAT_TELL:
        notes.found("date format", f"{column.shown} is {sorted_[0]}: the lines are sorted by day only so", "assumed")
        return sorted_[0]
    spreads = {found: _spread(column, found) for found in sorted_ or formats}
    narrow, *wider = sorted(spreads, key=lambda found: spreads[found])
    if wider and len(column.distinct) >= _DAYS_THAT_TELL and spreads[narrow] * _SPREAD <= spreads[wider[0]]:
        notes.found("date format", f"{column.shown} is {narrow}: the days are near each other only so", "assumed")
        return narrow
    within = [found for found in sorted_ or formats if _is_within(table, column, found)]
    if len(within) == 1:
        notes.found(
            "date format", f"{column.shown} is {within[0]}: within the period outside the table only so", "assumed"
        )
        return within[0]
    likeliest = next(iter(spreads))
    answer = notes.ask(
        Question(
            "date-order",
            f"{column.shown} holds {column.distinct[0]!r}: is the day, the month or the year first?",
            order_of(likeliest),
            tuple(dict.fromkeys(order_of(found) for found in formats)),
        )
    )
    return next((found for found in formats if order_of(found) == answer), likeliest)


def _is_sorted(table: Table, column: Field, date_format: str) -> bool:
    for number in range(len(table.layouts)):
        cells = [cell for cell, sample in zip(column.cells, table.sample_of, strict=True) if sample == number]
        moments = [moment for moment in (local_time_of(cell, date_format) for cell in cells) if moment]
        pairs = list(pairwise(moments))
        if not (all(a <= b for a, b in pairs) or all(a >= b for a, b in pairs)):
            return False
    return True


def _is_within(table: Table, column: Field, date_format: str) -> bool:
    """Return whether all days are within the days that lines outside the table name."""
    texts = [text for record in (*table.first.above, *table.first.others) for text in DAY_IN_TEXT.findall(record.text)]
    named = [day for text in texts if len(days := certain_days(text)) == 1 for day in days]
    moments = [moment for cell in column.distinct if (moment := local_time_of(cell, date_format))]
    return len(named) > 1 and all(min(named) <= moment.date() <= max(named) for moment in moments)


def _spread(column: Field, date_format: str) -> timedelta:
    moments = [moment for moment in (local_time_of(cell, date_format) for cell in column.cells) if moment]
    return max(moments) - min(moments)


def carry_days(table: Table, booking: Booking, amounts: Values, balances: Values | None, notes: Notes) -> Booking:
    """Return the booking days with empty ones filled from above, where rows without a day are entries.

    They are, if their balances are part of a proof, or if they are many and have amounts.

    Args:
        table: the samples.
        booking: when rows were booked by their own cells.
        amounts: by row number.
        balances: by row number; None where no proof has them.
        notes: where findings go.
    """
    empty = [row for row, cell in enumerate(booking.column.cells) if not cell and amounts[row] is not None]
    if balances is not None:
        empty = [row for row in empty if balances[row] is not None]
    elif len(empty) * 10 < len(table.rows) * 3 or _tell_themselves(table, booking, empty):
        empty = []
    if not empty:
        return booking
    moments: list[datetime | None] = []
    for row, moment in enumerate(booking.moments):
        starts = row == 0 or table.sample_of[row] != table.sample_of[row - 1]
        moments.append(moment or (None if starts or booking.column.cells[row] else moments[-1]))
    sure: Sureness = "assumed" if balances is None else "proved"
    notes.found("booking day", f"an empty cell of {booking.column.shown} means the nearest day above", sure)
    return replace(booking, moments=moments, carries=True)


def _tell_themselves(table: Table, booking: Booking, rows: Sequence[int]) -> bool:
    """Return whether another column has a day in rows without one, or a word that rows with a day do not have."""
    dated = [row for row, cell in enumerate(booking.column.cells) if cell]
    for column in table.fields:
        texts = {column.cells[row] for row in rows}
        if column.days and any(texts):
            return True
        if "" not in texts and len(texts) * 2 <= len(rows) + 1 and not texts & {column.cells[row] for row in dated}:
            return True
    return False


def _tell(booking: Booking, columns: Sequence[Field], table: Table, notes: Notes) -> None:
    column = booking.column
    others = [other for other in columns if other is not column]
    differing = [other for other in others if other.cells != column.cells]
    line = table.first.header.line if table.first.header else None
    if not others:
        notes.found("booking day", f"{column.shown}, the only column of days", "seen", line)
    elif not differing:
        notes.found(
            "booking day", f"{column.shown}; {shown_columns(others, 'hold')} the same days in all rows", "seen", line
        )
    else:
        notes.found(
            "booking day",
            f"{column.shown}, by its name or place; {shown_columns(differing, 'hold')} other days",
            "assumed",
            line,
        )
