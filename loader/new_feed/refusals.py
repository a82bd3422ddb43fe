"""Samples that no contract can describe, and the words in which they are refused."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise

from loader.csv.file_kinds import FIRST_BYTES, refuse_other_kinds
from loader.errors import FileRejectedError
from loader.new_feed.amounts import Numbers
from loader.new_feed.encodings import see_encoding
from loader.new_feed.findings import SampleRefusedError
from loader.new_feed.layout import Layout, is_dated
from loader.new_feed.records import Record
from loader.new_feed.table import Field, Table

# Other lists of entries that people deliver under a name that ends with .csv.
_OTHER_LISTS = ((b"OFXHEADER", "an OFX file"), (b"!Type:", "a QIF file"), (b"{", "JSON"), (b"[", "JSON"))
_TABLE_WIDTH = 4


def refuse_by_first_bytes(name: str, data: bytes) -> None:
    """Refuse what its first bytes show to be no CSV.

    Raises:
        SampleRefusedError: names what it is.
    """
    encoding = see_encoding([data]).encoding
    try:
        refuse_other_kinds(data[:FIRST_BYTES], encoding)
    except FileRejectedError as error:
        raise SampleRefusedError(f"{name}: {error.message}") from error
    start = data.removeprefix(b"\xef\xbb\xbf").lstrip()
    found = next((what for mark, what in _OTHER_LISTS if start.startswith(mark)), None)
    if found:
        raise SampleRefusedError(f"{name}: the file is {found}: export the entries as CSV")
    if b"\0" in data and encoding not in ("utf-16", "utf-16-le", "utf-16-be"):
        line = data.count(b"\n", 0, data.index(0)) + 1
        raise SampleRefusedError(f"{name}: line {line} holds a zero byte: the file is damaged, have it sent again")
    if not start:
        raise SampleRefusedError(f"{name}: the file is empty: give a sample that has entries")


def refuse_by_layout(layout: Layout) -> None:
    """Refuse several tables, entries over several lines, and rows that are cut.

    Raises:
        SampleRefusedError: names the lines.
    """
    _refuse_several_tables(layout)
    _refuse_broken_entries(layout)


def _refuse_several_tables(layout: Layout) -> None:
    header = layout.header
    if header is not None:
        for record in (*layout.rows, *layout.others):
            if record.cells == header.cells:
                raise SampleRefusedError(_several(layout.name, header, record))
    tables = [record for record in layout.above if _heads_a_table(record, layout.above)]
    if tables and header is not None:
        raise SampleRefusedError(_several(layout.name, tables[0], header))
    for one, other in pairwise(record for record in layout.above if len(record.filled) >= _TABLE_WIDTH):
        if is_dated(one) and is_dated(other) and len(one.cells) == len(other.cells):
            raise SampleRefusedError(_several(layout.name, one, header or layout.rows[0]))
    dated = [record for record in layout.others if is_dated(record)]
    if dated and len(dated) * 10 > len(layout.rows):
        first = header or layout.rows[0]
        raise SampleRefusedError(_several(layout.name, first, dated[0]))


def refuse_two_sides(table: Table, codes: list[Field], numbers: Numbers, has_proof: bool) -> None:
    """Refuse rows that move money on two sides, unless balances prove one of them.

    Raises:
        SampleRefusedError: two currencies that vary stand in each row, or columns are paired as source and target.
    """
    sides = [column for column in codes if len(column.distinct) > 1 and column.filled == len(column.cells)]
    paired = sorted({role for column in table.fields for role in _side_of(column.header)})
    doubled = [what for side, what in paired if side == 0 and (1, what) in paired]
    if has_proof or ((len(sides) < 2 or sides[0].cells == sides[1].cells) and len(doubled) < 2):
        return
    shown = (
        [column.shown for column in sides[:2]] if len(sides) > 1 else [f"source and target {what}" for what in doubled]
    )
    raise SampleRefusedError(
        f"{table.first.name}: a row with two sides ({', '.join(shown)}): this file is a list of transfers or postings, "
        "not an account's statement; take the statement per balance"
    )


def _side_of(header: str) -> list[tuple[int, str]]:
    """Return which side of a transfer the header names, and what of it."""
    words = re.findall(r"[a-z]+", header.lower())
    pairs = (("source", "sent", "sending"), ("target", "destination", "received", "receiving"))
    return [(side, " ".join(words[1:])) for side, names in enumerate(pairs) if len(words) > 1 and words[0] in names]


def _several(name: str, first: Record, second: Record) -> str:
    cells = ", ".join(second.filled)
    return (
        f"{name}: several tables: the header of line {first.line} is followed by another one at line {second.line} "
        f"(cells {cells}); deliver one table per file"
    )


def _heads_a_table(record: Record, records: list[Record]) -> bool:
    """Return whether the line names at least four columns and the line below fills as many, with numbers."""
    following = next((other for other in records if other.line > record.line), None)
    if following is None or len(record.filled) < _TABLE_WIDTH or len(following.filled) < _TABLE_WIDTH:
        return False
    has_digits = [any(character.isdigit() for character in text) for text in (record.text, following.text)]
    return has_digits == [False, True] and abs(len(record.filled) - len(following.filled)) <= 1


def _refuse_broken_entries(layout: Layout) -> None:
    rows = layout.rows
    short = [row for row in (*rows, *layout.others) if len(row.filled) and 1 < len(row.cells) < layout.width - 1]
    alone = [row for before, row in pairwise(rows) if is_dated(before) and len(row.filled) == 1 and not is_dated(row)]
    for broken in (alone, [row for row in short if row.line > rows[0].line]):
        if len(broken) * 2 >= sum(map(is_dated, rows)):
            filled = len(broken[0].filled)
            raise SampleRefusedError(
                f"{layout.name}: an entry runs over several lines: line {broken[0].line} has {filled} of "
                f"{layout.width} cells and no quote that is open; ask for an export with one line per entry"
            )
    widths = Counter(len(row.cells) for row in (*rows, *layout.too_long))
    common = widths.most_common(1)[0][1]
    if common * 10 < widths.total() * 8:
        raise SampleRefusedError(
            f"{layout.name}: rows have between {min(widths)} and {max(widths)} cells: lines of several kinds are no "
            "table; ask for an export with the same columns in each line"
        )
