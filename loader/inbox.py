"""What the paths of a call name: files, folders, patterns, a pipe, objects of a bucket."""

from __future__ import annotations

import fnmatch
import os
import re
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from loader.deliveries import Delivery, LocalFile, Spooled, text_of
from loader.errors import FileChangedError, UsageError

STDIN = "-"
_WILD = re.compile(r"[*?[]")


@dataclass
class Inbox:
    """What was found.

    Attributes:
        named: files that the call names one by one.
        listed: files found in a folder, below a prefix or by a pattern, in the order of their places.
        passed_over: a line for each thing that was found and is not taken.
        refused: a line for each folder that could not be looked into.
    """

    named: list[Delivery] = field(default_factory=list)
    listed: list[Delivery] = field(default_factory=list)
    passed_over: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def find(path: str, stdin_name: str | None = None, settled_after: float = 0) -> Inbox:
    """Return what a path names.

    A folder or a prefix stands for the files in it, not below. A pattern has ``*``, ``?``, ``[…]`` and ``**``; hidden
    files are passed over in silence, links, and files that may still be growing, with a line each.

    Args:
        path: a file, a folder, a pattern, ``s3://…`` for the same in a bucket, or ``-`` for standard input.
        stdin_name: what standard input is called.
        settled_after: seconds without a change after which a file of a folder is taken to be complete.

    Raises:
        UsageError: there is nothing of this name.
        StorageError: the bucket refused.
    """
    if not path.strip():
        raise UsageError("a path is empty: give a file, a folder, a pattern, s3://… or -")
    if path == STDIN:
        return Inbox(named=[_standard_input(text_of(stdin_name or "stdin"))])
    if path.lower().startswith("s3:"):
        from loader.bucket_inbox import find_in_bucket

        return find_in_bucket(path)
    try:
        return _find_local(path, settled_after)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from error
    except FileChangedError as error:
        raise UsageError(str(error)) from error


def _standard_input(name: str) -> Delivery:
    if sys.stdin is None:
        raise UsageError("standard input is closed: send a file through a pipe")
    if sys.stdin.isatty():
        raise UsageError("standard input is a terminal: send a file through a pipe")
    return Spooled(sys.stdin.buffer, "standard input", name)


def _find_local(given: str, settled_after: float) -> Inbox:
    path = Path(given)
    if path.is_file():
        return Inbox(named=[LocalFile(path)])
    if path.is_fifo():
        with path.open("rb") as pipe:
            return Inbox(named=[Spooled(pipe, given, text_of(path.name))])
    if path.is_dir():
        return _listed(path, ["*"], settled_after)
    if not is_pattern(given):
        raise UsageError(f"{given}: no such file or folder")
    fixed, names = divided(path.parts, given)
    folder = Path(*fixed)
    if not folder.is_dir():
        raise UsageError(f"{given}: there is no folder {folder}")
    return _listed(folder, names, settled_after)


def _listed(folder: Path, names: list[str], settled_after: float) -> Inbox:
    inbox = Inbox()
    for path in sorted(set(_fitting(folder, names, inbox))):
        try:
            file = LocalFile(path)
        except FileChangedError:
            continue
        age = time.time() - file.changed
        if age < settled_after:
            inbox.passed_over.append(
                f"{path}: changed {max(age, 0):.0f} s ago, so it may still be growing; "
                f"it is taken {settled_after:g} s after its last change"
            )
        else:
            inbox.listed.append(file)
    return inbox


def _fitting(folder: Path, names: list[str], inbox: Inbox) -> Iterator[Path]:
    """Yield the files below a folder that fit a pattern, some more than once; note what cannot be looked at."""
    name, *rest = names
    is_deep = name == "**"
    if is_deep:
        yield from _fitting(folder, rest, inbox)
    for entry in _entries(folder, "*" if is_deep else name, inbox):
        path = folder / entry.name
        if entry.is_symlink():
            line = f"{path}: a link; what an inbox delivers must lie in it"
            if line not in inbox.passed_over and (entry.is_dir() or not is_deep):
                inbox.passed_over.append(line)
        elif rest and entry.is_dir():
            yield from _fitting(path, names if is_deep else rest, inbox)
        elif not rest and entry.is_file():
            yield path


def _entries(folder: Path, name: str, inbox: Inbox) -> list[os.DirEntry[str]]:
    """Return what in the folder has a name that fits, but for what is hidden."""
    try:
        with os.scandir(folder) as entries:
            return [one for one in entries if one.name[0] != "." and fnmatch.fnmatchcase(one.name, name)]
    except OSError as error:
        refused = f"{folder}: {error.strerror}"
        if refused not in inbox.refused:
            inbox.refused.append(refused)
        return []


def is_pattern(text: str) -> bool:
    """Return whether a path, or a part of one, has what makes it a pattern."""
    return _WILD.search(text) is not None


def divided(parts: Sequence[str], given: str) -> tuple[Sequence[str], list[str]]:
    """Return the folders before a pattern, and its names, one a folder.

    ``**`` is any folders, and at the end all that is in them.

    Raises:
        UsageError: two stars stand beside something else.
    """
    at = next(at for at, part in enumerate(parts) if is_pattern(part))
    below = parts[at:]
    names = [name for name, before in zip(below, ["", *below], strict=False) if not name == before == "**"]
    if any("**" in name and name != "**" for name in names):
        raise UsageError(f"{given}: ** stands alone between slashes, as in in/**/*.csv")
    return parts[:at], [*names, "*"] if names[-1] == "**" else names


@lru_cache(maxsize=10_000)
def fits(parts: tuple[str, ...], names: tuple[str, ...]) -> bool:
    """Return whether the parts of a key fit the names of a pattern."""
    if not names:
        return not parts
    if names[0] == "**":
        return any(fits(parts[skipped:], names[1:]) for skipped in range(len(parts)))
    return bool(parts) and fnmatch.fnmatchcase(parts[0], names[0]) and fits(parts[1:], names[1:])
