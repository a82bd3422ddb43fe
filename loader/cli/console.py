"""What a call says to people and machines: one line a thing, also of what went wrong."""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import IO, Any

import click

from loader.cli.settings import Settings
from loader.errors import ExitCode, FileRejectedError, LoaderError

_lost: list[OSError] = []


def say(text: str, *, err: bool = False) -> None:
    """Print a line. What cannot be printed is no reason to stop: the call goes on, and ends with an error."""
    try:
        click.echo(text, err=err)
    except OSError as error:
        _lost.append(error)
        stream = sys.stderr if err else sys.stdout
        # Else Python complains once more when it ends.
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def lost_output() -> str | None:
    """Return why something could not be printed since the last time, or None."""
    reason = _lost[0].strerror if _lost else None
    _lost.clear()
    return reason


def is_terminal(stream: IO[str] | None) -> bool:
    """Return whether a person is looking; a stream that is closed is None."""
    return stream is not None and stream.isatty()


def one_line(text: str) -> str:
    """Return a file's name so that it cannot break the line or drive the terminal."""
    return "".join(character if character.isprintable() else repr(character)[1:-1] for character in text)


def reported(settings: Settings, work: Callable[[], ExitCode], file_name: str | None = None) -> ExitCode:
    """Do the work; return its exit code, or that of its error, which becomes one line."""
    try:
        return work()
    except Exception as error:
        return _tell_error(settings, error, file_name)


def _tell_error(settings: Settings, error: Exception, file_name: str | None) -> ExitCode:
    foreseen = isinstance(error, LoaderError)
    code = error.exit_code if isinstance(error, LoaderError) else ExitCode.UNFORESEEN
    if settings.debug:
        for line in "".join(traceback.format_exception(error)).splitlines():
            say(one_line(line), err=True)
    prefix = f"{file_name}: " if file_name and (not foreseen or isinstance(error, FileRejectedError)) else ""
    message = str(error) if foreseen else f"unforeseen {type(error).__name__}: {error} (--debug shows where)"
    say(one_line(f"error: {prefix}{' '.join(message.split())}"), err=True)
    if settings.as_json:
        result: dict[str, Any] = {"status": "error", "exit_code": int(code), "message": message}
        if isinstance(error, FileRejectedError):
            result |= {"status": "rejected", "reason": error.reason}
        say(json.dumps({"file_name": file_name, **result} if file_name else result))
    return code
