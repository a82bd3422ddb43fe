"""Work on whole text columns."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

# RFC 8259: quote, backslash and the control characters below U+0020 must be escaped in a string.
_JSON_ESCAPES = (("\\", r"\\"), ('"', r"\""), *((chr(code), f"\\u{code:04x}") for code in range(0x20)))


def replace_characters(column: pa.ChunkedArray, replacements: Iterable[tuple[str, str]]) -> pa.ChunkedArray:
    """Return the text column with ASCII characters replaced, one after another in the order given."""
    # Most columns hold none of them, and a search over all values as bytes is far cheaper than building columns. The
    # buffer of a slice holds other rows too, which does no harm.
    texts = [data.to_pybytes() for chunk in column.chunks if (data := chunk.buffers()[-1]) is not None]
    for character, replacement in replacements:
        if any(text.find(character.encode()) >= 0 for text in texts):
            column = pc.replace_substring(column, pattern=character, replacement=replacement)
    return column


def json_objects(names: list[str], columns: list[pa.ChunkedArray]) -> pa.Array:
    """Return one JSON object per row as text, with the names as keys; a missing value is null."""
    rows, width = len(columns[0]), len(names)
    # All values as one column, row by row, so that the work does not grow with the number of columns.
    values = pa.chunked_array([chunk for column in columns for chunk in column.chunks], pa.string())
    by_row = np.arange(rows * width).reshape(width, rows).T.ravel()
    text = replace_characters(values.take(pa.array(by_row)), _JSON_ESCAPES)
    quoted = pc.fill_null(pc.binary_join_element_wise('"', text, '"', ""), "null").combine_chunks()
    keys = replace_characters(pa.chunked_array([names], pa.string()), _JSON_ESCAPES).combine_chunks()
    keys = pc.binary_join_element_wise('"', keys, '": ', "").take(pa.array(np.tile(np.arange(width), rows)))
    members = pc.binary_join_element_wise(keys, quoted, "")
    members_of_row = pa.ListArray.from_arrays(pa.array(np.arange(rows + 1) * width, pa.int32()), members)
    return pc.binary_join_element_wise("{", pc.binary_join(members_of_row, ", "), "}", "")
