"""A local Athena to use: start it, stop it, break it, ask how it is."""

from __future__ import annotations

import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType

from local_athena.access import environment, url
from local_athena.errors import EngineError, StartError
from local_athena.install import install
from local_athena.processes import find, stop
from local_athena.servers import project_on_path
from local_athena.state import Record, Role, State
from local_athena.supervisor import START_SECONDS, STOP_SECONDS, last_lines

_PAUSE_SECONDS = 0.05
_SHOWN_LINES = 15

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ProcessStatus:
    """How one of the engine's processes is.

    Attributes:
        role: Which process it is.
        pid: Its id, None where it was never started.
        memory: Its resident memory in bytes, 0 when it is down.
        uptime: For how long it has run, None when it is down.
    """

    role: Role
    pid: int | None
    memory: int = 0
    uptime: timedelta | None = None

    @property
    def is_up(self) -> bool:
        """Whether it runs."""
        return self.uptime is not None


class Engine:
    """An engine that runs: Trino, an S3 server, and the Athena, Glue and STS APIs.

    Tables live as long as the API server, which keeps the catalog in memory; S3's files live as long as the folder.

    Example:
        with Engine.start(Path("/tmp/athena"), tied=True) as engine:
            subprocess.run(["dbt", "build"], env=os.environ | engine.environment())
    """

    def __init__(self, state: State, supervisor: subprocess.Popen[bytes] | None = None) -> None:
        self._state = state
        self._supervisor = supervisor

    @classmethod
    def start(cls, state: Path, *, tied: bool) -> Engine:
        """Start an engine and wait until it answers queries: ten seconds or so, some minutes the first time.

        Args:
            state: The folder of the engine's files. A tied engine wants one that is empty or missing.
            tied: Whether the engine ends, and removes its folder, when this process ends, however it ends. An engine
                that is not tied runs until it is stopped, and leaves its folder.

        Raises:
            ToolMissingError: what the engine needs is not on this machine.
            InstallError: what the engine runs could not be built.
            StartError: a server does not start; the logs stay in the folder.
            EngineError: the folder is in use.
        """
        install()
        place = State(state.absolute())
        clear_left_over(place)
        if place.read() is not None:
            raise EngineError(f"an engine runs on {place.folder} already: stop it first, or take another folder")
        if tied and place.folder.exists() and any(place.folder.iterdir()):
            raise EngineError(f"{place.folder} is not empty, and a tied engine removes its folder: take another one")
        place.create()
        supervisor = _start_supervisor(place, tied=tied)
        engine = cls(place, supervisor)
        try:
            _wait_for_report(supervisor, place)
        except BaseException:
            engine._release()
            raise
        return engine

    @classmethod
    def attach(cls, state: Path) -> Engine:
        """Return the engine that runs on a folder.

        Raises:
            EngineError: none does, or not all of it.
        """
        engine = cls(State(state.absolute()))
        if not engine._record().ready:
            raise EngineError(f"the engine on {state} is not ready: see `python -m local_athena status`")
        lost = [process.role for process in status(engine._state) if not process.is_up]
        if lost:
            raise EngineError(f"the engine on {state} has lost {' and '.join(lost)}: stop it, and start it again")
        return engine

    def __enter__(self) -> Engine:
        """Return the engine itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the engine."""
        self.stop()

    @property
    def trino_url(self) -> str:
        """Where Trino listens."""
        return url(self._record().ports[Role.TRINO])

    @property
    def api_url(self) -> str:
        """Where Athena, Glue and STS are served."""
        return url(self._record().ports[Role.API])

    @property
    def s3_url(self) -> str:
        """Where S3 is served."""
        return url(self._record().ports[Role.S3])

    @property
    def statements(self) -> Path:
        """The log of statements, one JSON object per line."""
        return self._state.statements

    @property
    def s3_access_log(self) -> Path:
        """One line per S3 request, in the format of S3's server access log."""
        return self._state.s3_access_log

    def environment(self) -> dict[str, str]:
        """Return the variables by which AWS clients find this engine, and only it."""
        ports = self._record().ports
        return environment(api_port=ports[Role.API], s3_port=ports[Role.S3])

    def stop(self) -> None:
        """End the engine's processes, and remove its folder if it is tied. Nothing happens when it has ended."""
        shut_down(self._state)
        self._release()

    def kill_trino(self) -> None:
        """Kill Trino in the middle of what it does, and return when it has ended."""
        trino = self._record().processes[Role.TRINO]
        if process := find(trino):
            process.kill()
        while find(trino):
            time.sleep(_PAUSE_SECONDS)

    def start_trino(self) -> None:
        """Start Trino again on the port that it had, and return when it answers queries.

        Raises:
            StartError: it does not start.
        """
        before = self._record()
        supervisor = find(before.processes[Role.SUPERVISOR])
        if supervisor is None or find(before.processes[Role.TRINO]):
            raise EngineError("Trino is started again after it was killed, while the rest of the engine runs")
        supervisor.send_signal(signal.SIGUSR1)
        end = time.monotonic() + START_SECONDS
        while not self._runs_again(before):
            if time.monotonic() > end:
                raise StartError(_describe(self._state, Role.TRINO, "does not answer"))
            time.sleep(_PAUSE_SECONDS)

    def _runs_again(self, before: Record) -> bool:
        now = self._record()
        if now.processes[Role.TRINO] == before.processes[Role.TRINO]:
            return False
        if find(now.processes[Role.TRINO]) is None:
            raise StartError(_describe(self._state, Role.TRINO, "ended while it started"))
        return now.ready

    def _record(self) -> Record:
        record = self._state.read()
        if record is None or find(record.processes[Role.SUPERVISOR]) is None:
            raise EngineError(f"no engine runs on {self._state.folder}: start one with `python -m local_athena up`")
        return record

    def _release(self) -> None:
        """Let go of the supervisor: a tied one ends by that, if it has not yet."""
        if self._supervisor is None:
            return
        if self._supervisor.stdin:
            self._supervisor.stdin.close()
        if self._supervisor.poll() is None:
            self._supervisor.terminate()
        self._supervisor.wait()


def shut_down(state: State) -> int:
    """End what is recorded in a folder and still runs. Return how many processes that were."""
    record = state.read()
    if record is None:
        return 0
    running = sum(find(identity) is not None for identity in record.processes.values())
    # The supervisor ends the others; what it leaves, or leaves alone because it was killed, is ended after it.
    stop([record.processes[Role.SUPERVISOR]], patience=2 * STOP_SECONDS)
    stop(record.processes.values(), patience=STOP_SECONDS)
    if record.tied:
        shutil.rmtree(state.folder, ignore_errors=True)
    else:
        state.forget()
    return running


def clear_left_over(state: State) -> None:
    """End and forget what a supervisor that was killed has left in a folder, and say so in the log."""
    record = state.read()
    if record is None or find(record.processes[Role.SUPERVISOR]):
        return
    ended = shut_down(state)
    _log.warning("The supervisor of %s had been killed; %d process(es) left over were ended", state.folder, ended)


def status(state: State) -> list[ProcessStatus]:
    """Return how each process of an engine is, by what is recorded in its folder."""
    record = state.read()
    return [_process_status(role, record) for role in Role]


def _process_status(role: Role, record: Record | None) -> ProcessStatus:
    identity = record.processes.get(role) if record else None
    if identity is None:
        return ProcessStatus(role, pid=None)
    process = find(identity)
    if process is None:
        return ProcessStatus(role, pid=identity.pid)
    uptime = datetime.now(UTC) - datetime.fromtimestamp(identity.started, UTC)
    return ProcessStatus(role, identity.pid, process.memory_info().rss, uptime)


def _start_supervisor(state: State, *, tied: bool) -> subprocess.Popen[bytes]:
    with state.log(Role.SUPERVISOR).open("ab") as log:
        return subprocess.Popen(  # noqa: S603  # this package's own command
            [sys.executable, "-m", "local_athena.supervisor", str(state.folder), *(["--tied"] if tied else [])],
            env={**os.environ, **project_on_path()},
            stdin=subprocess.PIPE if tied else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            # Ctrl-C in a terminal is for the starter alone, which ends the engine in order.
            start_new_session=True,
        )


def _wait_for_report(supervisor: subprocess.Popen[bytes], state: State) -> None:
    if supervisor.stdout is None:
        raise ValueError("the supervisor's report has to come through a pipe")
    with supervisor.stdout as report:
        line = report.readline()
    if not line:
        raise StartError(_describe(state, Role.SUPERVISOR, "ended without a word"))
    error = json.loads(line)["error"]
    if error is not None:
        raise StartError(error)


def _describe(state: State, role: Role, failure: str) -> str:
    log = state.log(role)
    return f"{role} {failure}; its log {log} ends:\n" + "\n".join(last_lines(log, _SHOWN_LINES))
