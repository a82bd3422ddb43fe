"""Work on whole text columns."""

from __future__ import annotations

from collections.abc import Iterable

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


def json_objects(names: list[str], columns: list[pa.ChunkedArray]) -> pa.ChunkedArray:
    """Return one JSON object per row as text, with the names as keys; a missing value is null."""
    pieces: list[pa.ChunkedArray | pa.Scalar] = []
    for name, column in zip(names, columns, strict=True):
        key = replace_characters(pa.chunked_array([[name]], pa.string()), _JSON_ESCAPES)[0].as_py()
        pieces.append(pa.scalar(f'{", " if pieces else "{"}"{key}": '))
        text = replace_characters(column, _JSON_ESCAPES)
        pieces.append(pc.fill_null(pc.binary_join_element_wise('"', text, '"', ""), "null"))
    return pc.binary_join_element_wise(*pieces, pa.scalar("}"), "")
