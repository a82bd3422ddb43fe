"""dbt in a process of its own: for tests that kill it, or that run two commands at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.end_to_end.in_process import Build

_DBT = Path(sys.executable).with_name("dbt")
_PATIENCE_SECONDS = 300
_LOOK_SECONDS = 0.01


@dataclass(frozen=True)
class Spawned:
    """A dbt command that is under way. Leaving its block waits for its end; an error in the block kills it."""

    process: subprocess.Popen[bytes]
    log: Path

    @classmethod
    def start(
        cls,
        arguments: Sequence[str],
        project: Path,
        environment: Mapping[str, str],
        program: Sequence[str | Path] = (_DBT, "--no-use-colors"),
    ) -> Self:
        """Start a command of dbt, or of another program, in a project, with these variables beside this process's."""
        (project / "logs").mkdir(exist_ok=True)
        handle, name = tempfile.mkstemp(prefix="spawned-", suffix=".log", dir=project / "logs")
        try:
            process = subprocess.Popen(
                [*program, *arguments],
                cwd=project,
                env=os.environ | environment | {"PYTHONUNBUFFERED": "1"},
                stdin=subprocess.DEVNULL,
                stdout=handle,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        finally:
            os.close(handle)
        return cls(process, Path(name))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self.kill()
        self.result()

    @property
    def output(self) -> str:
        """What it has printed so far."""
        return self.log.read_text(errors="replace")

    def done(self) -> bool:
        """Return whether it has ended."""
        return self.process.poll() is not None

    def wait_for(self, text: str) -> None:
        """Return once it has printed the text; fail when it ends without."""
        end = time.monotonic() + _PATIENCE_SECONDS
        while text not in self.output:
            assert not self.done() or text in self.output, f"{text!r} was not printed:\n{self.output}"
            assert time.monotonic() < end, f"waited for {text!r} in vain:\n{self.output}"
            time.sleep(_LOOK_SECONDS)

    def kill(self) -> None:
        """End it, and what it has started, without a chance to tidy up."""
        if not self.done():
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def suspend(self) -> None:
        """Let it stand still."""
        os.killpg(self.process.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        os.killpg(self.process.pid, signal.SIGCONT)

    def result(self) -> Build:
        """Wait for its end. The exit code of a process that a signal ended is the signal's number, negative."""
        exit_code = self.process.wait(_PATIENCE_SECONDS)
        return Build(exit_code, self.output)
