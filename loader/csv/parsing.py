"""What records become once their extent is known: text columns, or the text of a malformed row."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from loader.csv.blanks import BLANKS
from loader.csv.dialect import Dialect
from loader.csv.scan import Ints

RAW_TEXT_LIMIT = 65_536
UTF8_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class MalformedRows:
    r"""Rows without trustworthy fields; all arrays are parallel.

    Attributes:
        reason: indexes into REASONS.
        byte_offset: where the row begins in the uncompressed file.
        byte_length: of its text, without the line end.
        raw_text: that text, cut at RAW_TEXT_LIMIT characters, with bytes that are no text as ``\xNN``.
    """

    row_number: Ints
    line_number: Ints
    reason: Ints
    byte_offset: Ints
    byte_length: Ints
    raw_text: list[str]


def parse_records(records: bytes, dialect: Dialect, field_count: int, embedded_lines: bool) -> pa.Table:
    """Return sound records as text columns; unquoted empty fields are null, quoted ones are empty text."""
    names = [f"f{number}" for number in range(field_count)]
    if not records:
        return pa.table({name: pa.array([], pa.string()) for name in names})
    if dialect.read_encoding != "utf-8":
        records = records.decode(dialect.read_encoding).encode()
    if records.startswith(UTF8_BOM):
        # The parser drops a mark at the start of what it is given; here it is the text of a field.
        records = UTF8_BOM + records
    if not records.endswith(b"\n"):
        # Without a line end the parser takes a missing last field for a quoted empty one after a quoted field.
        records += b"\n"
    return pacsv.read_csv(
        pa.BufferReader(records),
        read_options=pacsv.ReadOptions(
            use_threads=False,
            block_size=len(records) + 1,
            column_names=names,
        ),
        parse_options=pacsv.ParseOptions(
            delimiter=dialect.delimiter,
            quote_char=dialect.quote or False,
            newlines_in_values=embedded_lines,
            ignore_empty_lines=False,
        ),
        convert_options=pacsv.ConvertOptions(
            column_types={name: pa.string() for name in names},
            strings_can_be_null=True,
            null_values=[""],
            quoted_strings_can_be_null=False,
            # The scan has decoded the bytes already.
            check_utf8=False,
        ),
    )


def holds_empty_row(table: pa.Table, quoted: bool, trim: bool) -> bool:
    """Return whether all values of a row are missing or empty; the parser takes a blank line for such a row.

    ``quoted`` says that values may be empty text, and ``trim`` that blanks are nothing.
    """
    columns = sorted(table.columns, key=lambda column: column.null_count)
    if not (quoted or trim) and columns[0].null_count == 0:
        return False
    empty = None
    for column in columns:
        texts = pc.utf8_trim(column, characters=BLANKS) if trim else column
        of_column = pc.fill_null(pc.equal(pc.binary_length(texts), 0), True)
        empty = of_column if empty is None else pc.and_(empty, of_column)
        # One column mostly has a value in every row.
        if not pc.any(empty).as_py():
            return False
    return True


def are_all_empty(column: pa.ChunkedArray, trim: bool) -> bool:
    """Return whether no value of a column is more than empty text."""
    if column.null_count == len(column):
        return True
    texts = pc.utf8_trim(column, characters=BLANKS) if trim else column
    return bool(pc.max(pc.binary_length(texts)).as_py() == 0)


def raw_text(text: bytes, dialect: Dialect) -> str:
    """Return a malformed row's text as people can read it: no text is longer than RAW_TEXT_LIMIT characters."""
    # No character has more than four bytes, so this is enough to fill the limit.
    shown = dialect.text(text[: 4 * RAW_TEXT_LIMIT]).replace("\0", r"\x00")
    return shown[:RAW_TEXT_LIMIT]
