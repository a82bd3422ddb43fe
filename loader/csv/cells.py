"""Single lines looked at cell by cell: whether all cells are empty, or those past the last header."""

from __future__ import annotations

from loader.csv.dialect import Dialect


def are_all_empty(text: bytes, dialect: Dialect) -> bool:
    """Return whether a sound line has nothing but empty cells."""
    # A cell with a delimiter in it is not empty, and neither are the pieces that it is divided into here.
    return all(_is_empty(cell, dialect) for cell in text.split(dialect.delimiter.encode()))


def size_of_empty_tail(text: bytes, cells: int, dialect: Dialect) -> int | None:
    """Return how many bytes the last cells of a sound record take, delimiters too, or None where one is not empty."""
    delimiter = dialect.delimiter.encode()
    end = len(text)
    for _ in range(cells):
        begin = text.rfind(delimiter, 0, end)
        if not _is_empty(text[begin + 1 : end], dialect):
            return None
        end = begin
    return len(text) - end


def _is_empty(cell: bytes, dialect: Dialect) -> bool:
    quote = dialect.quote
    if not cell or cell == 2 * quote.encode():
        return True
    if not dialect.trim:
        return False
    text = dialect.text(cell).strip()
    if quote and len(text) > 1 and text.startswith(quote) and text.endswith(quote):
        text = text[1:-1].strip()
    return not text
