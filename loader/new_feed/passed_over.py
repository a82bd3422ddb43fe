"""Which rows of the table are no entries, and the condition of `pass_over` that names them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from loader.new_feed.amounts import Way
from loader.new_feed.booking import Booking
from loader.new_feed.findings import Notes
from loader.new_feed.hints import is_called_not_booked, is_named
from loader.new_feed.numbers import has_digit
from loader.new_feed.proof import Reading
from loader.new_feed.steps import Values
from loader.new_feed.table import Field, Table, shown_columns

_MOST_TEXTS = 8


@dataclass
class Condition:
    """Which rows are no entries.

    Attributes:
        cells: the texts of which each column has one, by its place.
        rows: the samples' rows that meet it.
        states: the column whose number is a balance, by what it states.
        filled: columns that must hold something.
    """

    cells: dict[int, list[str]]
    rows: list[int]
    states: dict[str, int] = field(default_factory=dict)
    filled: list[int] = field(default_factory=list)


def few_texts(table: Table) -> Iterator[Condition]:
    """Yield the conditions that a column of few texts has one that few rows have; these rows may be no entries."""
    most = min(_MOST_TEXTS, len(table.rows) // 3)
    for column in sorted(table.fields, key=lambda column: not is_named("status", column.header)):
        if column.days or column.numbers or not 2 <= len(column.distinct) <= most:
            continue
        for text in column.distinct:
            rows = [row for row, cell in enumerate(column.cells) if cell == text]
            if len(rows) * 3 <= len(table.rows):
                yield Condition({column.at: [text]}, rows)


def find_passed_over(
    table: Table,
    booking: Booking,
    way: Way,
    readings: Sequence[Reading],
    balances: Values | None,
    left_out: Condition | None,
    notes: Notes,
) -> list[Condition]:
    """Return the conditions of rows that are no entries: left out, without a day, an amount, or a balance.

    The reading that was settled comes first in ``readings``. ``balances`` are by row number, None where no column
    states any. All steps fit without the rows of ``left_out``.
    """
    conditions: list[Condition] = []
    amounts, columns = way.values, way.columns
    rows = range(len(table.rows))
    passed: set[int] = set()
    if left_out is not None:
        passed.update(left_out.rows)
        conditions.append(left_out)
        told = f"{table.places(left_out.rows)}: the steps fit without them only ({_shown(table, left_out)})"
        notes.found("passed over", told, "proved")
    undated = [row for row in rows if row not in passed and booking.moments[row] is None and not booking.carries]
    # A day or an amount that cannot be read is a fault of its row, not what tells it from entries.
    undated = [row for row in undated if booking.column.cells[row] not in booking.column.odd]
    passed.update(undated)
    if undated:
        conditions += _parted(table, booking.column, undated, passed, "no day is stated", notes)
    unmoved = [row for row in rows if row not in passed and amounts[row] is None]
    unmoved = [row for row in unmoved if not any(map(has_digit, (table.fields[at].cells[row] for at in columns)))]
    passed.update(unmoved)
    if unmoved:
        conditions.append(_unmoved(table, unmoved, columns, readings, notes))
    if balances is not None and not (readings and readings[0].counts_blank):
        blank = [row for row in rows if row not in passed and balances[row] is None]
        passed.update(blank)
        if blank:
            conditions += _without_balance(table, blank, passed, readings, notes)
    conditions += _by_words(table, passed, notes)
    return conditions


def _parted(
    table: Table, column: Field, rows: list[int], passed: set[int], reason: str, notes: Notes
) -> list[Condition]:
    """Return the condition that the column's texts in these rows are, with a second column that parts them, too."""
    condition = Condition({column.at: sorted({column.cells[row] for row in rows})}, rows)
    other = _parting(table, rows, passed, column)
    if other is not None and "" in condition.cells[column.at]:
        condition.cells[other.at] = sorted({other.cells[row] for row in rows})
    notes.found("passed over", f"{table.places(rows)}: {reason} ({_shown(table, condition)})", "seen")
    return [condition]


def _parting(table: Table, rows: list[int], passed: set[int], but: Field | None = None) -> Field | None:
    """Return a column of few words whose words in these rows are found in no entry; one that names a state first."""
    found = []
    for column in table.fields:
        texts = {column.cells[row] for row in rows}
        of_entries = [cell for row, cell in enumerate(column.cells) if row not in passed]
        if column is but or column.days or "" in texts or texts & set(of_entries) or any(map(has_digit, texts)):
            continue
        is_state = is_named("status", column.header) or any(is_called_not_booked(text) for text in texts)
        few = len(set(of_entries)) * 3 <= len(of_entries)
        if len(column.distinct) <= _MOST_TEXTS and (is_state or few):
            found.append((not is_state, column.at))
    return table.fields[min(found)[1]] if found else None


def _unmoved(
    table: Table, rows: list[int], columns: Sequence[int], readings: Sequence[Reading], notes: Notes
) -> Condition:
    """Return the condition of rows without an amount; the first or last row of a chain states a balance."""
    condition = Condition({at: sorted({table.fields[at].cells[row] for row in rows}) for at in columns}, rows)
    if readings:
        reading = readings[0]
        if all(table.fields[reading.balance].cells[row] for row in rows):
            oldest = 0 if reading.order == "oldest_first" else len(table.rows) - 1
            newest = len(table.rows) - 1 - oldest
            kind = "opening_balance" if rows == [oldest] else "closing_balance" if rows == [newest] else "day_balance"
            condition.states = {kind: reading.balance}
    told = f"; it states the {next(iter(condition.states)).replace('_', ' ')}" if condition.states else ""
    others = [
        column
        for column in table.fields
        if column.numbers and not column.days and column.at not in (*columns, *condition.states.values())
        if not is_named("balance", column.header) and any(map(_has_value, (column.cells[row] for row in rows)))
    ]
    told += f"; {shown_columns(others, 'hold')} a number there" if others else ""
    text = f"{table.places(rows)}: no amount{told} ({_shown(table, condition)})"
    notes.found("passed over", text, "assumed" if others else "seen")
    return condition


def _has_value(text: str) -> bool:
    return any(digit in text for digit in "123456789")


def _without_balance(
    table: Table, rows: list[int], passed: set[int], readings: Sequence[Reading], notes: Notes
) -> list[Condition]:
    """Return the condition of rows without a balance; proved where steps fit only without them."""
    best = readings[0] if readings else None
    also_counted = best is not None and any(
        other.counts_blank and other.fit.is_proof and (other.way, other.balance) == (best.way, best.balance)
        for other in readings
    )
    column = _parting(table, rows, passed)
    if column is None and (best is None or also_counted):
        notes.found("entries", f"{table.places(rows)}: no balance is stated, taken as an entry all the same", "assumed")
        return []
    cells = {best.balance: [""]} if best else {}
    if column is not None:
        cells = {column.at: sorted({column.cells[row] for row in rows})}
    condition = Condition(cells, rows)
    reason = "no balance; the steps fit without it" if best and best.fit.is_proof and not also_counted else "no balance"
    sure = "proved" if best and best.fit.is_proof and not also_counted else "assumed"
    notes.found("passed over", f"{table.places(rows)}: {reason} ({_shown(table, condition)})", sure)  # type: ignore[arg-type]
    return [condition]


def _by_words(table: Table, passed: set[int], notes: Notes) -> list[Condition]:
    """Return the condition of other rows that a column calls pending or failed, where most rows are called otherwise.

    A column that is named after states comes first; of the others those of single words, or a name would be one.
    """
    for column in sorted(table.fields, key=lambda column: not is_named("status", column.header)):
        if column.numbers or column.days or not 2 <= len(column.distinct) <= _MOST_TEXTS:
            continue
        if not is_named("status", column.header) and any(len(text.split()) > 1 for text in column.distinct):
            continue
        texts = [text for text in column.distinct if is_called_not_booked(text)]
        rows = [row for row, cell in enumerate(column.cells) if row not in passed and cell in texts]
        if rows and 2 * len(rows) < len(column.cells):
            condition = Condition({column.at: sorted(texts)}, rows)
            told = f"{table.places(rows)}: not booked by its words ({_shown(table, condition)})"
            notes.found("passed over", told, "assumed")
            return [condition]
    return []


def _shown(table: Table, condition: Condition) -> str:
    return ", ".join(
        f"{table.fields[at].shown} is {' or '.join(text or 'empty' for text in texts)}"
        for at, texts in condition.cells.items()
    )
