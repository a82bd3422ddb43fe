"""Delivered files: which ones a path names, and a single pass over their bytes, plain or compressed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, Literal, Protocol

from loader.errors import FileReason, FileRejectedError, UsageError

if TYPE_CHECKING:
    from pyarrow import NativeFile

Compression = Literal["gzip", "zstd"]
_MAGIC: tuple[tuple[bytes, Compression], ...] = ((b"\x1f\x8b", "gzip"), (b"\x28\xb5\x2f\xfd", "zstd"))
_HASH_BLOCK = 4 * 1024 * 1024


class Sink(Protocol):
    """Where the delivered bytes are copied to."""

    def write(self, data: bytes, /) -> int:
        """Append ``data``."""


def list_files(path: Path) -> tuple[list[Path], list[Path]]:
    """Return the files that a path names, and the links passed over; both sorted by name.

    A folder stands for the files in it (not below). Hidden files and links in a folder are passed over: what a folder
    delivers must lie in it.

    Raises:
        UsageError: the path is not there.
    """
    if path.is_file():
        return [path], []
    if not path.is_dir():
        raise UsageError(f"{path}: no such file or folder")
    shown = sorted(entry for entry in path.iterdir() if not entry.name.startswith("."))
    links = [entry for entry in shown if entry.is_symlink()]
    return [entry for entry in shown if entry.is_file() and not entry.is_symlink()], links


class Delivery:
    """One delivered file."""

    def __init__(self, path: Path) -> None:
        """Name the file; nothing is read yet."""
        self.path = path
        # A name that is not valid text is shown with its bytes as \xNN, because the manifest is text.
        self.name = os.fsencode(path.name).decode("utf-8", "backslashreplace")

    def size(self) -> int:
        """Return the delivered bytes' number."""
        return self.path.stat().st_size

    def open(self) -> IO[bytes]:
        """Open the delivered bytes.

        Raises:
            UsageError: the file cannot be read.
        """
        try:
            return self.path.open("rb", buffering=0)
        except OSError as error:
            raise UsageError(f"{self.path}: cannot be read: {error.strerror}") from error

    def sha256(self) -> str:
        """Return the SHA-256 of the delivered bytes, in hex."""
        digest = hashlib.sha256()
        with self.open() as file:
            while block := file.read(_HASH_BLOCK):
                digest.update(block)
        return digest.hexdigest()


class _Tee:
    """A file that hands every byte read from it to the sink as well. Shaped as pyarrow wants a Python file."""

    closed = False

    def __init__(self, file: IO[bytes], first: bytes, sink: Sink | None, progress: Callable[[int], None]) -> None:
        self._file = file
        self._first = first
        self._sink = sink
        self._progress = progress
        self._hash = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._first or self._file.read(size)
        self._first = b""
        if data:
            self._hash.update(data)
            if self._sink is not None:
                self._sink.write(data)
            self._progress(len(data))
        return data

    def sha256(self) -> str:
        return self._hash.hexdigest()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def close(self) -> None:
        return


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
        self._stack = ExitStack()

    def __enter__(self) -> Content:
        """Open the file and recognise its compression."""
        file = self._stack.enter_context(self._delivery.open())
        first = file.read(4)
        self.compression: Compression | None = next((name for magic, name in _MAGIC if first.startswith(magic)), None)
        self._tee = _Tee(file, first, self._sink, self._progress)
        self._text: NativeFile | None = None
        if self.compression:
            import pyarrow as pa

            python_file: Any = self._tee
            self._text = pa.CompressedInputStream(pa.PythonFile(python_file, mode="r"), self.compression)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file."""
        self._stack.close()

    def read(self, size: int) -> bytes:
        """Return up to ``size`` bytes of text, and none at its end.

        Raises:
            FileRejectedError: the compressed stream is cut short or damaged.
        """
        if self._text is None:
            return self._tee.read(size)
        try:
            return bytes(self._text.read(size))
        except OSError as error:
            raise FileRejectedError(
                FileReason.BROKEN_COMPRESSION,
                f"the {self.compression} stream is cut short or damaged ({error}): deliver it again",
            ) from error

    def finish(self) -> str:
        """Read what is left, so that the copy is whole also for a refused file; return the delivered bytes' SHA-256."""
        while self._tee.read(_HASH_BLOCK):
            pass
        return self._tee.sha256()
