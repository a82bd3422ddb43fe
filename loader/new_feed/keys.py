"""The key of an entry: a column of ids where the samples show one, else the columns that make an entry."""

from __future__ import annotations

import re
from collections.abc import Collection

from loader.new_feed.findings import Notes
from loader.new_feed.hints import is_named
from loader.new_feed.table import Field, Table

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/\-]*")
_NAMED_ID = re.compile(
    r"(?:^|[^a-z])(?:id|ids|no|nr|num|number|ref|reference|txn|uuid|key)(?:$|[^a-z])|volgnr|transactie|referen|nummer|numer"
)
_CLOCK = re.compile(r"[0-9]{1,2}[:.][0-9]{2}([:.][0-9]{2})?")
_FEWEST_ROWS = 3


def find_id(table: Table, entries: list[int], taken: Collection[int], notes: Notes) -> Field | None:
    """Return the column of ids: in each entry one word with a digit, unique over all samples, and no counter."""
    if len(entries) < _FEWEST_ROWS:
        return None
    found = [column for column in table.fields if column.at not in taken and _is_id(column, entries)]
    found.sort(key=lambda column: (not _NAMED_ID.search(column.header.lower()), column.at))
    if not found:
        told = (
            "no column is filled and unique in all entries: equal entries are numbered (occurrence). A text that "
            "changes from export to export makes a new entry: leave such a column out of business_key"
        )
        notes.found("key", told, "assumed")
        return None
    column, samples = found[0], len(table.layouts)
    if samples > 1:
        notes.found("key", f"{column.shown}: filled and unique over {samples} samples", "seen", None)
    else:
        notes.found(
            "key",
            f"{column.shown}: filled and unique in {len(entries)} entries; another sample would show more",
            "assumed",
        )
    return column


def _is_id(column: Field, entries: list[int]) -> bool:
    cells = [column.cells[row] for row in entries]
    if column.days or len(set(cells)) < len(cells) or not all(map(_ID.fullmatch, cells)):
        return False
    if not all(any(map(str.isdigit, cell)) for cell in cells):
        return False
    if all(map(str.isdigit, cells)):
        numbers = sorted(map(int, cells))
        counted = numbers == list(range(numbers[0], numbers[0] + len(numbers)))
        # Numbers from 1 on are those of the file's lines; short ones that are not called ids are amounts or cheques.
        if counted and numbers[0] in (0, 1):
            return False
        return _NAMED_ID.search(column.header.lower()) is not None or min(map(len, cells)) >= 6
    if all(map(_CLOCK.fullmatch, cells)):
        return False
    return not column.numbers and not is_named("amount", column.header)
