"""Inboxes in a folder."""

from __future__ import annotations

import fnmatch
import os
import time
from collections.abc import Iterator
from pathlib import Path

from loader.errors import FileChangedError, UsageError
from loader.inbox.delivered_file import LocalFile, Spooled, text_of
from loader.inbox.found import Inbox
from loader.inbox.patterns import divided, is_pattern


def find_in_folder(given: str, settled_after: float) -> Inbox:
    """Return what a local path names: a file, a pipe, the files of a folder, and those that a pattern fits.

    What is called exactly like a pattern is taken beside what the pattern fits: neither hides the other.

    Raises:
        UsageError: there is nothing of this name.
        OSError: it cannot be looked at.
    """
    path, inbox = Path(given), Inbox()
    fitting: set[Path] = set()
    if path.is_file():
        inbox.named.append(LocalFile(path))
    elif path.is_fifo():
        with path.open("rb") as pipe:
            inbox.named.append(Spooled(pipe, given, text_of(path.name)))
    elif path.is_dir():
        fitting.update(_fitting(path, ["*"], inbox))
    elif not is_pattern(given):
        raise UsageError(f"{given}: no such file or folder")
    if is_pattern(given):
        try:
            fitting.update(_fitting_pattern(path, given, inbox))
        except UsageError:
            if not path.exists():
                raise
    _list(fitting - {path}, settled_after, inbox)
    return inbox


def _fitting_pattern(path: Path, given: str, inbox: Inbox) -> Iterator[Path]:
    fixed, names = divided(path.parts, given)
    folder = Path(*fixed)
    if not folder.is_dir():
        raise UsageError(f"{given}: there is no folder {folder}")
    yield from _fitting(folder, names, inbox)


def _list(paths: set[Path], settled_after: float, inbox: Inbox) -> None:
    for path in sorted(paths):
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
