"""A lake whose storage fails, or whose loader is killed, at one call of all those that a landing makes."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from loader.catalog import open_catalog
from loader.contract import load_contracts
from loader.errors import StorageError
from loader.landing import Landing, Limits
from loader.storage import ObjectWriter, Store

_VERBS = ("put_new", "put", "get", "size", "delete", "open_writer")
# Parts of a few rows, so that a landing makes several.
LIMITS = Limits(block=64, part=40)


@dataclass
class Fault:
    """What happens at which call.

    Attributes:
        at: number of the call, from 1 on; 0 for none.
        kind: ``fail`` raises what a refusing storage gives, ``kill`` ends the process as kill -9 does.
        after: whether the call has had its effect by then; its answer is lost.
        calls: how many calls there were so far.
    """

    at: int = 0
    kind: str = "fail"
    after: bool = False
    calls: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def around(self, call: Callable[..., Any]) -> Callable[..., Any]:
        """Return the call with the fault built in."""

        def called(*arguments: Any, **named: Any) -> Any:
            # Parts are written in a thread of their own.
            with self._lock:
                self.calls += 1
                strikes = self.calls == self.at
            if strikes and not self.after:
                self._strike()
            answer = call(*arguments, **named)
            if strikes:
                self._strike()
            if isinstance(answer, ObjectWriter):
                answer.write = self.around(answer.write)  # type: ignore[method-assign]
                answer.close = self.around(answer.close)  # type: ignore[method-assign]
            return answer

        return called

    def _strike(self) -> None:
        if self.kind == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        raise StorageError(f"call {self.at} was refused on purpose")


def faulty(store: Store, fault: Fault) -> Store:
    """Return the store with the fault built into each of its verbs."""
    for verb in _VERBS:
        setattr(store, verb, fault.around(getattr(store, verb)))
    return store


def land(root: str, project: Path, file: Path, fault: Fault) -> None:
    """Land a file of the feed payments with a fault on the way."""
    store, contracts = Store.open(root), load_contracts(project)
    catalog = open_catalog(store, project, contracts)
    Landing(faulty(store, fault), limits=LIMITS, catalog=catalog).land(file, contracts["payments"])


if __name__ == "__main__":
    _, given_root, given_project, given_file, at, when = sys.argv
    land(given_root, Path(given_project), Path(given_file), Fault(int(at), "kill", after=when == "after"))
