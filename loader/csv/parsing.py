"""What records become once their extent is known: text columns, or the text of a malformed row."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.csv as pacsv

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
    if dialect.encoding != "utf-8":
        records = records.decode(dialect.encoding).encode()
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
            quote_char=dialect.quote,
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


def may_hold_empty_line(table: pa.Table) -> bool:
    """Return whether the parser may have taken an empty line for a row of missing values; it has one field too few."""
    return table.num_columns > 1 and all(column.null_count for column in table.columns)


def raw_text(text: bytes, encoding: str) -> str:
    """Return a malformed row's text as people can read it: no text is longer than RAW_TEXT_LIMIT characters."""
    # No character has more than four bytes, so this is enough to fill the limit.
    shown = text[: 4 * RAW_TEXT_LIMIT].decode(encoding, "backslashreplace").replace("\0", r"\x00")
    return shown[:RAW_TEXT_LIMIT]
