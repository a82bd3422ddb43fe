"""What the paths of a call name: files, folders, patterns, a pipe, objects of a bucket."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from loader.deliveries import Delivery, LocalFile, Spooled, text_of
from loader.errors import UsageError

STDIN = "-"
# A file that somebody writes grows every few seconds; this long without a change, and it is taken for complete.
SETTLED_AFTER = 10
_WILD = re.compile(r"[*?[]")


@dataclass
class Inbox:
    """What was found.

    Attributes:
        named: files that the call names one by one.
        listed: files found in a folder, below a prefix or by a pattern, in the order of their places.
        passed_over: a line for each thing that was found and is not taken.
    """

    named: list[Delivery] = field(default_factory=list)
    listed: list[Delivery] = field(default_factory=list)
    passed_over: list[str] = field(default_factory=list)


def find(path: str, stdin_name: str | None = None) -> Inbox:
    """Return what a path names.

    A folder or a prefix stands for the files in it, not below. A pattern has ``*``, ``?``, ``[…]`` and ``**``; hidden
    files are passed over in silence, links, and files that may still be growing, with a line each.

    Args:
        path: a file, a folder, a pattern, ``s3://…`` for the same in a bucket, or ``-`` for standard input.
        stdin_name: what standard input is called.

    Raises:
        UsageError: there is nothing of this name.
        StorageError: the bucket refused.
    """
    if path == STDIN:
        return Inbox(named=[_standard_input(stdin_name or "stdin")])
    if path.lower().startswith("s3:"):
        from loader.bucket_inbox import find_in_bucket

        return find_in_bucket(path)
    try:
        return _find_local(path)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from error


def _standard_input(name: str) -> Delivery:
    if sys.stdin.isatty():
        raise UsageError("standard input is a terminal: send a file through a pipe")
    return Spooled(sys.stdin.buffer, "standard input", name)


def _find_local(given: str) -> Inbox:
    path = Path(given)
    if path.is_file():
        return Inbox(named=[LocalFile(path)])
    if path.is_fifo():
        with path.open("rb") as pipe:
            return Inbox(named=[Spooled(pipe, given, text_of(path.name))])
    if path.is_dir():
        return _listed(path.iterdir(), path)
    if not is_pattern(given):
        raise UsageError(f"{given}: no such file or folder")
    at = next(at for at, part in enumerate(path.parts) if is_pattern(part))
    folder = Path(*path.parts[:at])
    if not folder.is_dir():
        raise UsageError(f"{given}: there is no folder {folder}")
    pattern = Path(*path.parts[at:])
    return _listed(folder.glob(str(pattern / "*" if pattern.name == "**" else pattern)), folder)


def _listed(found: Iterable[Path], folder: Path) -> Inbox:
    inbox = Inbox()
    now = time.time()
    for path in sorted(found):
        below = path.relative_to(folder).parts
        if any(part.startswith(".") for part in below):
            continue
        if any(folder.joinpath(*below[: depth + 1]).is_symlink() for depth in range(len(below))):
            inbox.passed_over.append(f"{path}: a link; what an inbox delivers must lie in it")
        elif path.is_file():
            file = LocalFile(path)
            age = now - file.modified
            # Clocks of other machines set times too, so some seconds in the future are as fresh as in the past.
            if abs(age) < SETTLED_AFTER:
                inbox.passed_over.append(
                    f"{path}: written {max(age, 0):.0f} s ago, so it may still be growing; "
                    f"it is taken {SETTLED_AFTER} s after its last change"
                )
            else:
                inbox.listed.append(file)
    return inbox


def is_pattern(text: str) -> bool:
    """Return whether a path, or a part of one, has what makes it a pattern."""
    return _WILD.search(text) is not None
