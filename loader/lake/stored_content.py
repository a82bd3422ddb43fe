"""What a stored object holds: its hash, its size and, for a part, its rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import pyarrow as pa

from loader.inbox.streams import Hashed
from loader.lake.storage import Store

_BLOCK = 4 * 1024 * 1024


@dataclass(frozen=True)
class StoredContent:
    """What was read of an object; ``lines`` is None where it is no whole zstd stream, or was not asked for."""

    sha256: str
    size: int
    lines: int | None


def read_content(store: Store, key: str, *, as_part: bool) -> StoredContent:
    """Read an object to its end; ``as_part`` counts the rows of a part as well.

    Raises:
        StorageError: the lake refused, or there is no such object.
    """
    stream = Hashed(store.read(key))
    lines = _count_lines(stream) if as_part else None
    while stream.read(_BLOCK):
        pass
    return StoredContent(stream.digest.hexdigest(), stream.size, lines)


def _count_lines(stream: Hashed) -> int | None:
    """Return the rows of a part: no value holds a line end. None where it is no whole zstd stream."""
    count = 0
    try:
        text = pa.CompressedInputStream(pa.PythonFile(cast(Any, stream), mode="r"), "zstd")
        while block := text.read(_BLOCK):
            count += block.count(b"\n")
    except OSError:
        return None
    return count
