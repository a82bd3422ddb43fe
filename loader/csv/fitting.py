"""Which delimiter and encoding would fit a file of which almost every row is malformed: a look at its beginning."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

from loader.contract.model import Contract

HEAD = 1024 * 1024
"""Bytes that are looked at."""

_DELIMITERS = (",", ";", "\t", "|")
# UTF-8 proves itself. Of the others several fit most files, so the most usual one comes first.
_ENCODINGS = ("utf-8", "windows-1252", "windows-1250", "iso-8859-15", "iso-8859-2")
_SHARE = 0.9
_LINES = 10_000
_NAMES = {"\t": "TAB"}


def what_would_fit(contract: Contract, cells: int, read: Callable[[int], bytes]) -> list[str]:
    """Return the settings that read nine of ten lines, the likeliest first, such as ``encoding windows-1252``.

    Args:
        contract: by which the file was read.
        cells: how many a row has to have, as the header has them; 0 where there is no header.
        read: returns up to so many bytes of the file's text, and none at its end.
    """
    meta, head = contract.meta, _head(read)
    delimiters = [sign for sign in _DELIMITERS if sign not in (meta.delimiter, meta.quote)]
    encodings = [meta.encoding] if _is_text(head, meta.encoding) else _encodings_of(head)
    tries = [
        *((name, meta.delimiter) for name in encodings if name != meta.encoding),
        *((name, sign) for name in encodings for sign in delimiters),
    ]
    return [
        _told(meta.encoding, meta.delimiter, name, sign)
        for name, sign in tries
        if _share_of(head.decode(name), sign, contract, cells) >= _SHARE
    ]


def _told(own_encoding: str, own_delimiter: str, encoding: str, delimiter: str) -> str:
    parts = [f"encoding {encoding}"] if encoding != own_encoding else []
    parts += [f"delimiter {_NAMES.get(delimiter, delimiter)}"] if delimiter != own_delimiter else []
    return " with ".join(parts)


def _encodings_of(head: bytes) -> list[str]:
    fitting = [name for name in _ENCODINGS if _is_text(head, name)]
    return ["utf-8"] if "utf-8" in fitting else fitting


def _head(read: Callable[[int], bytes]) -> bytes:
    """Return whole lines of the beginning."""
    head = b""
    while len(head) < HEAD and (block := read(HEAD - len(head))):
        head += block
    end = head.rfind(b"\n") + 1
    return head[:end] if len(head) == HEAD and end else head


def _is_text(head: bytes, encoding: str) -> bool:
    """Return whether the bytes are text in this encoding, without signs that only machines write."""
    try:
        text = head.decode(encoding)
    except UnicodeDecodeError:
        return False
    return not any("\x7f" <= sign <= "\x9f" or sign == "\0" for sign in text)


def _share_of(text: str, delimiter: str, contract: Contract, cells: int) -> float:
    """Return which share of the rows has so many cells; without a header, as many as most have, if they are enough."""
    # The first line is the header or stands above it.
    lines = islice(text.splitlines(), contract.meta.header_row_count, None)
    counts = Counter(len(row) for row in islice(_rows(lines, delimiter, contract.meta.quote), _LINES))
    if not cells:
        usual = max(counts, key=lambda count: counts[count], default=0)
        cells = usual if usual >= max(column.meta.position or 1 for column in contract.columns) else 0
    return counts[cells] / counts.total() if counts else 0.0


def _rows(lines: Iterable[str], delimiter: str, quote: str) -> Iterator[list[str]]:
    quoting: dict[str, Any] = {"quotechar": quote} if quote else {"quoting": csv.QUOTE_NONE}
    try:
        yield from (row for row in csv.reader(lines, delimiter=delimiter, **quoting) if row)
    except csv.Error:
        return
