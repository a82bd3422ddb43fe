"""Calls of `python -m pipeline build` in processes of their own, as a scheduler makes them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.end_to_end.house import CLOCK_VARIABLE, PROJECT, Build, House

_PATIENCE_SECONDS = 300
_LOOK_SECONDS = 0.05


@dataclass(frozen=True)
class Call:
    """A call that is under way or has ended."""

    process: subprocess.Popen[bytes]
    folder: Path

    @property
    def output(self) -> str:
        """What people read: dbt's output and the last line."""
        return (self.folder / "out").read_text(errors="replace")

    @property
    def errors(self) -> str:
        return (self.folder / "err").read_text(errors="replace")

    @property
    def exit_code(self) -> int:
        return self.process.wait(_PATIENCE_SECONDS)

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The lines of JSON on standard error: log lines and metrics."""
        return [json.loads(line) for line in self.errors.splitlines() if line.startswith("{")]

    @property
    def metric_lines(self) -> list[dict[str, Any]]:
        return [line for line in self.lines if "_aws" in line]

    @property
    def metrics(self) -> dict[str | None, dict[str, float]]:
        """The metrics by their feed, None for those without a dimension; of several values of one metric the last."""
        found: dict[str | None, dict[str, float]] = {}
        for line in self.metric_lines:
            names = [metric["Name"] for metric in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]]
            found.setdefault(line.get("Feed"), {}).update({name: line[name][0] for name in names})
        return found

    def events(self, name: str) -> list[dict[str, Any]]:
        return [line for line in self.lines if line.get("event") == name]

    @property
    def end(self) -> dict[str, Any]:
        """The closing line."""
        (line,) = self.events("build_ended")
        return line

    def done(self) -> bool:
        return self.process.poll() is not None

    def result(self) -> Build:
        """Wait for its end; return it as that of a dbt command."""
        return Build(self.exit_code, self.output + self.errors)

    def wait_for(self, text: str) -> None:
        """Return once dbt has printed the text; fail when the call ends without."""
        end = time.monotonic() + _PATIENCE_SECONDS
        while text not in self.output:
            assert not self.done(), f"{text!r} was not printed:\n{self.output}{self.errors}"
            assert time.monotonic() < end, f"waited for {text!r} in vain:\n{self.output}"
            time.sleep(_LOOK_SECONDS)


@contextmanager
def calling(house: House, *options: str, at: datetime | None = None) -> Iterator[Call]:
    """Start a call on a house; it has ended when its block is left, or is killed by an error in it."""
    folder = house.folder / "calls" / str(len(list(house.folder.glob("calls/*"))))
    folder.mkdir(parents=True)
    variables = house.environment | {"LEDGER_LAKE_EMF": "1", "PYTHONUNBUFFERED": "1"}
    if at is not None:
        variables[CLOCK_VARIABLE] = at.isoformat()
    # A shell that starts the tests in the background has turned Ctrl-C off, and a call would inherit that.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    with (folder / "out").open("wb") as out, (folder / "err").open("wb") as err:
        process = subprocess.Popen(
            [sys.executable, "-m", "pipeline", "build", "--no-use-colors", *options],
            cwd=house.project,
            env=os.environ | variables | {"PYTHONPATH": str(PROJECT)},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
    signal.signal(signal.SIGINT, before)
    call = Call(process, folder)
    try:
        yield call
        assert call.exit_code is not None
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def called(house: House, *options: str, at: datetime | None = None) -> Call:
    """Make a call and return it when it has ended."""
    with calling(house, *options, at=at) as call:
        pass
    return call
