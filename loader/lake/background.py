"""A thread beside another, so that reading, writing and compressing share the processors."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import TypeVar

T = TypeVar("T")

# Work that may wait: enough to even out blocks of different cost, and few enough that memory stays flat.
_WAITING = 2


class Background:
    """Does work in the order given, in one thread. Leaving the context waits for all of it, or drops it on an error.

    The first error of the work is raised to the caller by the next ``do`` or by ``finish``.
    """

    def __init__(self) -> None:
        """Start no thread yet."""
        self._executor = ThreadPoolExecutor(max_workers=1)
        self._waiting: deque[Future[None]] = deque()

    def do(self, work: Callable[[T], None], argument: T) -> None:
        """Queue the work; waits while too much of it is queued."""
        while len(self._waiting) >= _WAITING:
            self._waiting.popleft().result()
        self._waiting.append(self._executor.submit(work, argument))

    def finish(self) -> None:
        """Wait for the work, and end the thread."""
        try:
            while self._waiting:
                self._waiting.popleft().result()
        finally:
            self.drop()

    def drop(self) -> None:
        """Give up what has not begun, wait for what has, and end the thread."""
        self._executor.shutdown(wait=True, cancel_futures=True)

    def __enter__(self) -> Background:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait for the work, or drop it if the caller failed."""
        if error is None:
            self.finish()
        else:
            self.drop()
