"""Lines, cells and rows that are taken as one thing and may be another: each is told with its place."""

from __future__ import annotations

from collections.abc import Sequence

from loader.new_feed.findings import Notes
from loader.new_feed.hints import is_named
from loader.new_feed.layout import Layout, is_dated
from loader.new_feed.outside import has_day_and_number
from loader.new_feed.table import Field, Table


def tell_no_rows(layout: Layout, name: str, notes: Notes) -> None:
    """Say which lines are taken as no rows; one that looks like an entry, or stands among them, may be one."""
    for record in layout.too_long:
        told = f"{name}{record.text[:60]!r}: {len(record.cells)} of {layout.width} cells, a malformed row"
        notes.found("too many cells", told, "assumed", record.line)
    last = layout.rows[-1].line
    for record in layout.above:
        if is_dated(record) and len(record.filled) > 2:
            told = f"{name}{record.text[:60]!r} above the table, though it has a day and a number"
            notes.found("no row", told, "assumed", record.line)
    for record in layout.others:
        is_doubtful = is_dated(record) or has_day_and_number(record.text)
        is_doubtful = is_doubtful or (record.line < last and not record.is_rule)
        told = f"{name}{record.text[:60]!r}"
        notes.found("no row", told, "assumed" if is_doubtful else "seen", record.line)


def tell_odd_cells(table: Table, columns: Sequence[Field], notes: Notes) -> None:
    """Say which cells of days and numbers cannot be read; a build refuses their rows."""
    for column in columns:
        for row, cell in enumerate(column.cells):
            if cell in column.odd:
                told = f"{table.place(row)}: {cell!r} in {column.shown} is read by no format that the others have"
                notes.found("odd cell", f"{told}: such a row is refused", "assumed")


def tell_summaries(table: Table, entries: Sequence[int], notes: Notes) -> None:
    """Say which rows are taken as entries though a word in them names a balance or a total."""
    texts = [column for column in table.fields if not column.days and not column.numbers]
    rows = [row for row in entries if any(is_named("summary", column.cells[row]) for column in texts)]
    if rows:
        told = f"{table.places(rows)}: taken as entries, though words in them name a balance or total (else: pass_over)"
        notes.found("passed over", told, "assumed")
