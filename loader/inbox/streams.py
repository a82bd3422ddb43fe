"""Bytes on their way into pyarrow."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator


class PythonFile:
    """What pyarrow asks of a Python file besides reading: it is never closed by pyarrow."""

    closed = False

    def seekable(self) -> bool:
        """Return that it is read once, from its beginning to its end."""
        return False

    def close(self) -> None:
        """Do nothing: whoever opened it closes it."""


class Hashed(PythonFile):
    """Blocks of bytes, hashed as they are read.

    Attributes:
        digest: of what was read so far.
        size: its bytes.
    """

    def __init__(self, blocks: Iterator[bytes]) -> None:
        """Begin with nothing read."""
        self._blocks = blocks
        self._rest = b""
        self.digest = hashlib.sha256()
        self.size = 0

    def read(self, size: int = -1) -> bytes:
        """Return up to ``size`` bytes, all of a block for -1, and none at the end."""
        block = self._rest or next(self._blocks, b"")
        data, self._rest = (block, b"") if size < 0 else (block[:size], block[size:])
        self.digest.update(data)
        self.size += len(data)
        return data
