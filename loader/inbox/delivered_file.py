"""Delivered files: what they are called, and their bytes. Where they lie is the inboxes' business."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import weakref
from abc import ABC, abstractmethod
from pathlib import Path
from typing import IO, Protocol

from loader.errors import FileChangedError, StorageError, UsageError

BLOCK = 4 * 1024 * 1024


class Reader(Protocol):
    """The bytes of a delivered file, from its first on."""

    def read(self, size: int, /) -> bytes:
        """Return up to ``size`` bytes, and none at the end."""

    def close(self) -> None:
        """Let go of the file."""


class Delivery(ABC):
    """One delivered file.

    Attributes:
        place: where it is, for people.
        name: the file's name as text; the manifest holds it.
        size: its bytes, as it was found.
        state: a text that is another one as soon as the file is changed or replaced; None where nothing tells.
        event: a text that stays the same until the file is delivered anew: its name and the time of its content, so
            that a copy in another folder or a new mode is no news; None where each call delivers anew.
    """

    def __init__(self, place: str, name: str, size: int, state: str | None = None, event: str | None = None) -> None:
        """Keep what is known of the file; nothing is read yet."""
        self.place = place
        self.name = name
        self.size = size
        self.state = state
        self.event = event

    @abstractmethod
    def open(self) -> Reader:
        """Open the delivered bytes.

        Raises:
            UsageError: the file cannot be read.
            FileChangedError: it is not there any more.
        """

    def hashed(self) -> tuple[str, int]:
        """Return the SHA-256 of the delivered bytes, in hex, and their number.

        Raises:
            UsageError, FileChangedError, StorageError: as `open` and `read_block` say.
        """
        digest, size, file = hashlib.sha256(), 0, self.open()
        try:
            while block := self.read_block(file, BLOCK):
                digest.update(block)
                size += len(block)
        finally:
            file.close()
        return digest.hexdigest(), size

    def read_block(self, file: Reader, size: int) -> bytes:
        """Read from the opened file.

        Raises:
            StorageError: the disk or the bucket refused.
        """
        try:
            return file.read(size)
        except OSError as error:
            raise StorageError(f"{self.place}: cannot be read: {error.strerror or error}") from error


class LocalFile(Delivery):
    """A file in a folder."""

    def __init__(self, path: Path) -> None:
        """Look at the file.

        Raises:
            FileChangedError: it is not there any more.
            UsageError: it cannot be looked at.
        """
        try:
            found = path.stat()
        except FileNotFoundError as error:
            raise FileChangedError(f"{path}: it was there and is gone") from error
        except OSError as error:
            raise UsageError(f"{path}: {error.strerror}") from error
        self._stamp = _stamp(found)
        state = repr((os.fsencode(path.absolute()), *self._stamp))
        name = text_of(path.name)
        super().__init__(str(path), name, found.st_size, state, repr((name, found.st_mtime_ns)))
        self.path = path
        # By the clock of the disk; the time of the content, which senders set, says nothing of when it came.
        self.changed = found.st_ctime

    def open(self) -> IO[bytes]:
        """Open the file without a buffer, if it is as it was found."""
        try:
            file = self.path.open("rb", buffering=0)
        except FileNotFoundError as error:
            raise FileChangedError(f"{self.place}: it was there and is gone") from error
        except OSError as error:
            raise UsageError(f"{self.place}: cannot be read: {error.strerror}") from error
        if _stamp(os.fstat(file.fileno())) != self._stamp:
            file.close()
            raise FileChangedError(f"{self.place} changed while it was read: land it again when it is complete")
        return file


def _stamp(found: os.stat_result) -> tuple[int, ...]:
    """Return what tells a file's states apart: nobody can set the time at which its inode was changed."""
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino


class Spooled(Delivery):
    """What came through a pipe. It is read twice, and can be read once only, so it is copied to a temporary file."""

    def __init__(self, pipe: IO[bytes], place: str, name: str) -> None:
        """Copy the pipe to its end.

        Raises:
            StorageError: the temporary folder has no room for it, or the pipe broke.
        """
        # Removed by the system when the process ends, however it ends.
        self._file = tempfile.TemporaryFile("w+b")  # noqa: SIM115 - it lives as long as the delivery
        try:
            shutil.copyfileobj(pipe, self._file, BLOCK)
            self._file.flush()
        except OSError as error:
            self._file.close()
            reason = f"cannot be copied to {tempfile.gettempdir()}: {error.strerror}"
            raise StorageError(f"{place}: {reason}: set TMPDIR to a folder with room") from error
        weakref.finalize(self, self._file.close)
        super().__init__(place, name, self._file.tell())

    def open(self) -> IO[bytes]:
        """Open the copy from its first byte on."""
        file = os.fdopen(os.dup(self._file.fileno()), "rb", buffering=0)
        file.seek(0)
        return file


def text_of(name: str) -> str:
    r"""Return a file's name as text: bytes that are none are shown as ``\xNN``, because the manifest is text."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")
