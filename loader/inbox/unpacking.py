"""A single pass over a delivered file: its bytes as they came, and its text, unpacked where it is compressed."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from contextlib import ExitStack, closing
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Protocol

from loader.errors import FileReason, FileRejectedError
from loader.inbox.delivered_file import BLOCK, Delivery, Reader
from loader.inbox.streams import PythonFile

if TYPE_CHECKING:
    from pyarrow import NativeFile

Compression = Literal["gzip", "zstd"]
# RFC 1952 and RFC 8878; parallel packers begin with one of zstd's skippable frames.
_MAGIC: tuple[tuple[re.Pattern[bytes], Compression], ...] = (
    (re.compile(rb"\x1f\x8b"), "gzip"),
    (re.compile(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18"), "zstd"),
)
# Files of ledgers shrink to a tenth, to a sixtieth at best. What grows like this was made to fill disks; a smaller one
# of one row repeated does no harm.
_EXPANSION_LIMIT = 200
_EXPANDED_FREELY = 256 * 1024 * 1024
_EXPANDED_LIMIT = 100 * 1024**3


class Sink(Protocol):
    """Where the delivered bytes are copied to."""

    def write(self, data: bytes, /) -> int:
        """Append ``data``."""


class _Tee(PythonFile):
    """A file that hands every byte read from it to the sink as well."""

    def __init__(
        self, read: Callable[[int], bytes], first: bytes, sink: Sink | None, progress: Callable[[int], None]
    ) -> None:
        self._read = read
        self._first = first
        self._sink = sink
        self._progress = progress
        self._hash = hashlib.sha256()
        self.size = 0

    def read(self, size: int = -1) -> bytes:
        data = self._first or self._read(size)
        self._first = b""
        if data:
            self._hash.update(data)
            self.size += len(data)
            if self._sink is not None:
                self._sink.write(data)
            self._progress(len(data))
        return data

    def sha256(self) -> str:
        return self._hash.hexdigest()


class Content:
    """One pass over a delivered file: text bytes for the reader, delivered bytes for the sink.

    Attributes:
        compression: what the first bytes say, whatever the name says.
    """

    def __init__(
        self, delivery: Delivery, sink: Sink | None = None, progress: Callable[[int], None] = lambda _: None
    ) -> None:
        """Prepare the pass; the file is opened on entering the context."""
        self._delivery = delivery
        self._sink = sink
        self._progress = progress

    def __enter__(self) -> Content:
        """Open the file and recognise its compression."""
        with ExitStack() as stack:
            file: Reader = stack.enter_context(closing(self._delivery.open()))

            def read(size: int) -> bytes:
                return self._delivery.read_block(file, size)

            first = read(4)
            self._stack = stack.pop_all()
        self.compression: Compression | None = next((name for magic, name in _MAGIC if magic.match(first)), None)
        self._tee = _Tee(read, first, self._sink, self._progress)
        self._text: NativeFile | None = None
        self._expanded = 0
        if self.compression:
            import pyarrow as pa

            python_file: Any = self._tee
            self._text = pa.CompressedInputStream(pa.PythonFile(python_file, mode="r"), self.compression)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file."""
        # It holds what reads the file, which holds it: Python's collector does not see through pyarrow.
        self._text = None
        self._stack.close()

    def read(self, size: int) -> bytes:
        """Return up to ``size`` bytes of text, and none at its end.

        Raises:
            FileRejectedError: the compressed stream is cut short or damaged, or grows beyond all measure.
        """
        if self._text is None:
            return self._tee.read(size)
        try:
            text = bytes(self._text.read(size))
        except OSError as error:
            raise FileRejectedError(
                FileReason.BROKEN_COMPRESSION,
                f"the {self.compression} stream is cut short or damaged ({error}): deliver it again",
            ) from error
        self._expanded += len(text)
        allowed = min(max(_EXPANDED_FREELY, self._tee.size * _EXPANSION_LIMIT), _EXPANDED_LIMIT)
        if self._expanded > allowed:
            raise FileRejectedError(
                FileReason.DECOMPRESSION_BOMB,
                f"{self._tee.size:,} bytes of {self.compression} hold more than {allowed:,} bytes of text: "
                "if that is meant, deliver it in smaller files, or without compression",
            )
        return text

    def finish(self) -> str:
        """Read what is left, so that the copy is whole also for a refused file; return the delivered bytes' SHA-256."""
        while self._tee.read(BLOCK):
            pass
        return self._tee.sha256()
