"""Starting, recognising and stopping processes, each by its own id."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import psutil
from pydantic import BaseModel

_PR_SET_PDEATHSIG = 1
# A process's start is counted from the machine's, which moves a little when the clock is set.
_START_TOLERANCE_SECONDS = 2.0


class Identity(BaseModel):
    """One process and no other: ids are used again, but not within the second.

    Attributes:
        pid: The process id.
        started: When the process started, in seconds since the epoch.
    """

    pid: int
    started: float


def identify(pid: int) -> Identity:
    """Return the identity of a process that runs.

    Raises:
        psutil.NoSuchProcess: it does not.
    """
    return Identity(pid=pid, started=psutil.Process(pid).create_time())


def find(identity: Identity) -> psutil.Process | None:
    """Return the process, or None when it has ended, its id having passed to another or not."""
    try:
        process = psutil.Process(identity.pid)
        if abs(process.create_time() - identity.started) > _START_TOLERANCE_SECONDS:
            return None
        return None if process.status() == psutil.STATUS_ZOMBIE else process
    except psutil.NoSuchProcess:
        return None


def stop(identities: Iterable[Identity], *, patience: float) -> int:
    """End processes: ask, wait for at most ``patience`` seconds, then kill. Return how many there were to end."""
    running = [process for identity in identities if (process := find(identity))]
    for process in running:
        _send(process, signal.SIGTERM)
    _, stubborn = psutil.wait_procs(running, timeout=patience)
    for process in stubborn:
        _send(process, signal.SIGKILL)
    psutil.wait_procs(stubborn)
    return len(running)


def _send(process: psutil.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return  # it ended between being found and being told


def spawn(command: Sequence[str], variables: Mapping[str, str], log: Path) -> subprocess.Popen[bytes]:
    """Start a server that ends with this process, whatever ends it; both its outputs are appended to ``log``.

    On Linux the kernel kills the server when the thread that started it ends, so it has to be called on the main
    thread. Elsewhere a server outlives a supervisor that was killed, until the next `up` or `down` finds it recorded.
    """
    with log.open("ab") as output:
        return subprocess.Popen(  # noqa: S603  # commands of this package's own
            command,
            cwd=log.parent,  # a JVM that crashes writes its report where it was started
            env={**os.environ, **variables},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            preexec_fn=_end_with_parent(os.getpid()),
        )


def _end_with_parent(parent: int) -> Callable[[], None] | None:
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)

    def prepare() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # the parent ended before the kernel was told
            os._exit(1)

    return prepare


def listens(process: psutil.Process, port: int) -> bool:
    """Return whether the process listens on a port: that something answers there does not say who."""
    try:
        connections = process.net_connections("tcp")
    except psutil.Error:
        return False
    return any(found.status == psutil.CONN_LISTEN and found.laddr.port == port for found in connections)
