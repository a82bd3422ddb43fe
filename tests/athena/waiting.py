"""Watching an engine's processes from outside."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from local_athena.processes import Identity, find
from local_athena.servers import PROJECT
from local_athena.state import Role, State

PATIENCE_SECONDS = 120

_OWNER = """
import sys
from pathlib import Path
from local_athena.engine import Engine
engine = Engine.start(Path(sys.argv[1]), tied=True)
print("ready", flush=True)
sys.stdin.read()
"""


def wait_until(condition: Callable[[], bool]) -> None:
    """Return as soon as a condition holds; fail when it does not for long."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def running_processes(state: Path) -> dict[Role, Identity]:
    """Return the processes of an engine, all of which run."""
    record = State(state).read()
    assert record is not None
    assert set(record.processes) == set(Role)
    assert not any(find(identity) is None for identity in record.processes.values())
    return record.processes


def all_ended(identities: Iterable[Identity]) -> bool:
    """Return whether none of the processes runs."""
    return not any(find(identity) for identity in identities)


def start_owner(state: Path) -> subprocess.Popen[bytes]:
    """Start a process that owns a tied engine, says "ready", and waits for the end of its standard input."""
    return subprocess.Popen(
        [sys.executable, "-c", _OWNER, str(state)], cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
