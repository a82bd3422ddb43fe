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
    """Return what a local path names: a file, a pipe, the files of a folder, or those that a pattern fits.

    Raises:
        UsageError: there is nothing of this name.
        OSError: it cannot be looked at.
    """
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
