"""One thread beside the reader, so that reading and writing share two processors."""

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
    """Does work in the order given, in one thread. Leaving the context waits for all of it.

    The first error of the work is raised to the caller by the next ``do`` or on leaving.
    """

    def __init__(self) -> None:
        """Start the thread."""
        self._executor = ThreadPoolExecutor(max_workers=1)
        self._waiting: deque[Future[None]] = deque()

    def __enter__(self) -> Background:
        """Return itself."""
        return self

    def do(self, work: Callable[[T], None], argument: T) -> None:
        """Queue the work; waits while too much of it is queued."""
        while len(self._waiting) >= _WAITING:
            self._waiting.popleft().result()
        self._waiting.append(self._executor.submit(work, argument))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait for the work, or drop what has not begun if the caller failed."""
        try:
            while self._waiting and error is None:
                self._waiting.popleft().result()
        finally:
            self._executor.shutdown(wait=True, cancel_futures=True)
