"""The process that starts an engine's servers, holds them, and ends them with itself.

It is asked by signals: SIGTERM ends the engine, SIGUSR1 starts what does not run. The owner of a tied engine holds the
other end of the supervisor's standard input, and the engine ends when that closes: the kernel closes it however the
owner ends.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil

from local_athena.errors import EngineError, StartError
from local_athena.install import install
from local_athena.installation import Installation
from local_athena.processes import find, identify, listens, spawn, stop
from local_athena.servers import Server, free_ports, prepare
from local_athena.state import SERVERS, Record, Role, State

STOP_SECONDS = 15.0
START_SECONDS = 180.0
_PORT_CHOICES = 5
_PAUSE_SECONDS = 0.1
_SHOWN_LINES = 15
# The operating system's words, which every server passes on; Trino lets 27,000 lines of traces follow.
_PORT_TAKEN = "address already in use"

_log = logging.getLogger(__name__)


class _PortTakenError(Exception):
    """Another process took a port before the server did."""


class _StopRequestedError(Exception):
    """Somebody asked the engine to end, or its owner has ended."""


class _Requests:
    """What the supervisor is asked."""

    def __init__(self, *, tied: bool) -> None:
        self._signals, wake = socket.socketpair()
        for end in (self._signals, wake):
            end.setblocking(False)
        self._wake = wake
        signal.set_wakeup_fd(wake.fileno())
        # Python writes the number of a signal to the socket only if it has a handler.
        for number in (signal.SIGTERM, signal.SIGUSR1, signal.SIGCHLD):
            signal.signal(number, lambda *_: None)
        self._owner = [sys.stdin] if tied else []

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for a signal, for ``seconds`` at most. Return whether what does not run shall be started.

        Raises:
            _StopRequestedError: the engine shall end.
        """
        readable, _, _ = select.select([self._signals, *self._owner], [], [], seconds)
        numbers = self._signals.recv(4096) if self._signals in readable else b""
        # The owner never writes: if there is something to read, it is the end.
        if signal.SIGTERM in numbers or any(owner in readable for owner in self._owner):
            raise _StopRequestedError
        return signal.SIGUSR1 in numbers


class Supervisor:
    """Starts and holds the servers of one engine."""

    def __init__(self, state: State, installation: Installation, *, tied: bool) -> None:
        self._state = state
        self._installation = installation
        self._requests = _Requests(tied=tied)
        self._record = Record(tied=tied, processes={Role.SUPERVISOR: identify(os.getpid())})
        self._servers: dict[Role, Server] = {}
        self._children: dict[Role, subprocess.Popen[bytes]] = {}

    def start(self) -> None:
        """Start the servers and wait until all serve. What was started has ended when it fails.

        Raises:
            EngineError: the folder belongs to another engine, or a server does not start.
        """
        try:
            self._state.claim(self._record)
        except FileExistsError:
            raise EngineError(f"an engine runs on {self._state.folder} already") from None
        try:
            self._start_on_free_ports()
        except _StopRequestedError:
            self._end()
            raise
        except BaseException:
            # The folder stays, a tied engine's too: the logs in it say what went wrong.
            self._stop_servers()
            self._state.forget()
            raise

    def hold(self) -> None:
        """Hold the servers until somebody asks for the end, then end them, and a tied engine's folder with them."""
        try:
            while True:
                if self._requests.wait():
                    self._start_again()
                self._note_ended()
        except _StopRequestedError:
            self._end()

    def _end(self) -> None:
        self._stop_servers()
        if self._record.tied:
            shutil.rmtree(self._state.folder)
        else:
            self._state.forget()

    def _start_on_free_ports(self) -> None:
        for _ in range(_PORT_CHOICES):
            for role in SERVERS:
                self._state.log(role).unlink(missing_ok=True)
            self._record.ports = free_ports()
            self._servers = prepare(self._installation, self._state, self._record.ports)
            try:
                self._start_missing()
            except _PortTakenError as error:
                _log.warning("%s; choosing other ports", error)
                self._stop_servers()
            else:
                return
        raise StartError(f"of {_PORT_CHOICES} choices of free ports each was taken by another process: try again")

    def _start_again(self) -> None:
        try:
            self._start_missing()
        except (StartError, _PortTakenError) as error:
            _log.error("%s", error)

    def _start_missing(self) -> None:
        self._record.ready = False
        for role in SERVERS:
            if self._runs(role):
                continue
            server = self._servers[role]
            self._children[role] = spawn(server.command, server.variables, self._state.log(role))
            self._record.processes[role] = identify(self._children[role].pid)
            self._state.write(self._record)
        for role in SERVERS:
            self._wait_until_it_serves(self._servers[role])
        self._record.ready = True
        self._state.write(self._record)

    def _runs(self, role: Role) -> bool:
        child = self._children.get(role)
        if child and find(self._record.processes[role]) is None:
            child.wait()  # the threads of a killed JVM end after its first one, and hold its port until then
        return child is not None and child.poll() is None

    def _wait_until_it_serves(self, server: Server) -> None:
        process = psutil.Process(self._children[server.role].pid)
        end = time.monotonic() + START_SECONDS
        while not (listens(process, server.port) and server.answers()):
            for role in SERVERS:
                self._check_runs(role)
            if time.monotonic() > end:
                raise StartError(self._describe(server.role, f"does not answer after {START_SECONDS:.0f} seconds"))
            self._requests.wait(_PAUSE_SECONDS)

    def _check_runs(self, role: Role) -> None:
        code = self._children[role].poll()
        if code is None:
            return
        if says_port_is_taken(self._state.log(role)):
            raise _PortTakenError(f"the port of {role} was taken")
        raise StartError(self._describe(role, f"ended with exit code {code} while it started"))

    def _describe(self, role: Role, failure: str) -> str:
        log = self._state.log(role)
        return f"{role} {failure}; its log {log} ends:\n" + "\n".join(last_lines(log, _SHOWN_LINES))

    def _note_ended(self) -> None:
        for role, child in list(self._children.items()):
            if child.poll() is not None:
                _log.warning("%s ended with exit code %d", role, child.returncode)
                del self._children[role]

    def _stop_servers(self) -> None:
        stop([identify(child.pid) for child in self._children.values() if child.poll() is None], patience=STOP_SECONDS)
        self._children.clear()


def last_lines(log: Path, count: int) -> list[str]:
    """Return the last lines of a log, none where it is missing."""
    if not log.is_file():
        return []
    return log.read_text(encoding="utf-8", errors="replace").splitlines()[-count:]


def says_port_is_taken(log: Path) -> bool:
    """Return whether a server wrote that another process has its port."""
    return log.is_file() and _PORT_TAKEN in log.read_text(encoding="utf-8", errors="replace").lower()


def _report(error: str | None) -> None:
    """Tell the starter how it went, in one line."""
    try:
        print(json.dumps({"error": error}), flush=True)
    except BrokenPipeError:
        _log.warning("the starter ended before the engine was ready")


def main() -> None:
    """Start an engine, report to the starter, and hold the engine until its end."""
    parser = argparse.ArgumentParser()
    parser.add_argument("state", type=Path)
    parser.add_argument("--tied", action="store_true")
    arguments = parser.parse_args()
    logging.basicConfig(format="%(asctime)s %(message)s", level=logging.INFO)
    try:
        supervisor = Supervisor(State(arguments.state), install(), tied=arguments.tied)
        supervisor.start()
    except EngineError as error:
        _report(str(error))
    except _StopRequestedError:
        _report("the engine was asked to end before it was ready")
    else:
        _report(None)
        supervisor.hold()


if __name__ == "__main__":
    main()
