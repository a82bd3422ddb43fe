"""Loaders as processes of their own: started, killed as kill -9 does, and what each of them said.

They run the command line as ``python -m loader`` does, but are forked from a server that has imported it already. An
import takes a second and the landing of a small file a few milliseconds: loaders that import on two processors hardly
meet, and a round would spend its time on it. Each is still a process of its own, with threads and connections that
nobody shares.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from loader.cli import commands as cli
from tests.loader.processes import start

_PATIENCE_SECONDS = 120
_ENDS = ("landing_committed", "already_landed", "file_rejected")
# How a process ended can be read once, and starting one looks at how all the others are.
_LOOKING = threading.Lock()
_NUMBERS = count()


@dataclass(frozen=True)
class Landing:
    """A landing that a loader began, from when to when; ``is_beaten`` says that another one's commit came first."""

    file_id: str
    began: datetime
    ended: datetime
    is_beaten: bool

    @property
    def content(self) -> str:
        """The beginning of the bytes' SHA-256."""
        return self.file_id.rpartition("-")[2][:8]

    def meets(self, other: Landing) -> bool:
        """Return whether both were under way at the same moment."""
        return self.began < other.ended and other.began < self.ended


@dataclass(frozen=True)
class Ended:
    """A call of the command line that has ended.

    Attributes:
        exit_code: the process's, -9 where it was killed.
        answers: the JSON objects on standard output.
        errors: standard error, the JSON log included.
        seconds: how long it took.
        landings: those that it began.
    """

    arguments: tuple[str, ...]
    exit_code: int
    answers: list[dict[str, Any]]
    errors: str
    seconds: float
    landings: list[Landing]

    @property
    def is_killed(self) -> bool:
        """Whether it was killed before its end."""
        return self.exit_code == -signal.SIGKILL

    def __str__(self) -> str:
        return f"loader {' '.join(self.arguments)}\nended with {self.exit_code} and said:\n{self.errors}"


def run(
    arguments: tuple[str, ...],
    folder: Path,
    *,
    ready: Callable[[], object] = lambda: None,
    kill_after: float | None = None,
) -> Ended:
    """Call the command line in a process of its own.

    Args:
        arguments: those of the command line.
        folder: where the output goes.
        ready: called when the process waits to begin; it begins when this returns.
        kill_after: seconds after which it is killed.

    Raises:
        TimeoutError: it does not end.
    """
    ours, theirs = multiprocessing.Pipe()
    output = folder / f"{next(_NUMBERS)}"
    with _LOOKING:
        process = start(_call, theirs, arguments, output)
    theirs.close()
    with ours:
        ours.recv()
        ready()
        began = time.monotonic()
        ours.send(None)
        exit_code = _end(process, kill_after)
    seconds = time.monotonic() - began
    said, errors = (output.with_suffix(suffix).read_text(encoding="utf-8") for suffix in (".out", ".err"))
    return Ended(arguments, exit_code, _objects(said), errors, seconds, _landings(_objects(errors), datetime.now(UTC)))


def _end(process: BaseProcess, kill_after: float | None) -> int:
    """Wait for a process, kill it when its time is over, and return its exit code."""
    ended = wait([process.sentinel], _PATIENCE_SECONDS if kill_after is None else kill_after)
    with _LOOKING:
        if not ended:
            process.kill()
        process.join()
        exit_code = process.exitcode
        process.close()
    if not ended and kill_after is None:
        raise TimeoutError(f"a loader had not ended after {_PATIENCE_SECONDS} seconds")
    assert exit_code is not None
    return exit_code


def _call(gate: Connection, arguments: tuple[str, ...], output: Path) -> None:
    """Be a loader."""
    for descriptor, suffix in ((1, ".out"), (2, ".err")):
        with output.with_suffix(suffix).open("wb") as file:
            os.dup2(file.fileno(), descriptor)
    gate.send(None)
    gate.recv()
    cli.cli(arguments, prog_name="loader")


def _objects(text: str) -> list[dict[str, Any]]:
    """Return the JSON objects, one a line; a kill may have cut the last one."""
    found = []
    for line in text.splitlines():
        with suppress(json.JSONDecodeError):
            found.append(json.loads(line))
    return [one for one in found if isinstance(one, dict)]


def _landings(events: list[dict[str, Any]], ended: datetime) -> list[Landing]:
    """Return the landings of a loader by its log; one without an end was killed."""
    ends = {event["file_id"]: event for event in events if event["event"] in _ENDS}
    return [
        Landing(
            file_id=event["file_id"],
            began=datetime.fromisoformat(event["timestamp"]),
            ended=datetime.fromisoformat(end["timestamp"]) if (end := ends.get(event["file_id"])) else ended,
            is_beaten=end is not None and end["event"] == "already_landed",
        )
        for event in events
        if event["event"] == "landing_started"
    ]
