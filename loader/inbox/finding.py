"""What the paths of a call name: files, folders, patterns, a pipe, objects of a bucket."""

from __future__ import annotations

import sys

from loader.errors import FileChangedError, UsageError
from loader.inbox.delivered_file import Delivery, Spooled, text_of
from loader.inbox.folder import find_in_folder
from loader.inbox.found import Inbox

STDIN = "-"


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
        from loader.inbox.bucket import find_in_bucket

        return find_in_bucket(path)
    try:
        return find_in_folder(path, settled_after)
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
