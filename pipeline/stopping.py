"""SIGTERM and Ctrl-C end what dbt is doing, and only that: a commit that was made stays made."""

from __future__ import annotations

import faulthandler
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

import structlog

from pipeline.ends import End

# ECS waits 120 seconds between SIGTERM and SIGKILL. What has not ended by then ends here, with an exit code.
_PATIENCE_SECONDS = 100.0
_SECONDS_BETWEEN_CANCELS = 0.5
# So long dbt is given to come to where it waits for its workers, as it does nearly all the time.
_SECONDS_TO_A_WAIT = 2.0
NOT_KNOWN = 70
"""Exit code of a call that was stopped and did not end: it cannot say whether it has published."""
_ENDS = {signal.SIGTERM: End.STOPPED, signal.SIGINT: End.INTERRUPTED}


class Stop:
    """The first signal counts; later ones change nothing.

    A statement is cancelled before dbt is interrupted, and statements are cancelled until dbt has ended: a worker of
    dbt that was between two statements begins one more.
    """

    def __init__(self, cancel: Callable[[], None], patience: float = _PATIENCE_SECONDS) -> None:
        """Hear nothing yet. ``cancel`` cancels the statements that run now; ``patience`` is in seconds."""
        self._cancel = cancel
        self._patience = patience
        self._signal: signal.Signals | None = None
        self._at_work = threading.Event()
        self._may_raise = False
        self._interrupt_at = 0.0

    def end(self) -> End | None:
        """How the call ends that was stopped; None while nobody has stopped it."""
        return None if self._signal is None else _ENDS[self._signal]

    def listen(self) -> None:
        """Hear the signals from now on; one that this process was started to ignore is ignored."""
        for number in _ENDS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._heard)

    @contextmanager
    def interrupting(self) -> Iterator[None]:
        """Let a signal that comes in this block, or has come before it, raise KeyboardInterrupt, once."""
        self._at_work.set()
        self._may_raise = True
        try:
            if self._signal is not None:
                raise KeyboardInterrupt
            yield
        finally:
            self._may_raise = False
            self._at_work.clear()

    def _heard(self, number: int, frame: FrameType | None) -> None:
        if self._signal is None:
            self._signal = signal.Signals(number)
            threading.Thread(target=self._stop, args=(self._signal,), daemon=True).start()
        elif self._interrupt_at and self._may_raise and _can_be_left(frame, self._interrupt_at):
            # Once: dbt is not to be interrupted while it tidies up.
            self._may_raise = False
            raise KeyboardInterrupt

    def _stop(self, heard: signal.Signals) -> None:
        structlog.get_logger("pipeline").warning("stopping", signal=heard.name)
        give_up = threading.Timer(self._patience, self._give_up)
        give_up.daemon = True
        give_up.start()
        while self._at_work.is_set():
            # Whatever comes of it, dbt has to be interrupted.
            with suppress(Exception):
                self._cancel()
            self._interrupt_at = self._interrupt_at or time.monotonic()
            if self._may_raise:
                # A real signal, because nothing else wakes a thread that waits.
                signal.pthread_kill(threading.main_thread().ident or 0, heard)
            threading.Event().wait(_SECONDS_BETWEEN_CANCELS)

    @staticmethod
    def _give_up() -> None:
        faulthandler.dump_traceback()
        structlog.get_logger("pipeline").error("build_ended", end="not_known", exit_code=NOT_KNOWN)
        os._exit(NOT_KNOWN)


def _can_be_left(frame: FrameType | None, since: float) -> bool:
    """Return whether an exception may end what the main thread does: it would keep a lock that others wait for.

    A thread that logs is never left: logging takes its locks by calls, between which an exception can come. One that
    waits for others can be left at once, any other one after a moment.
    """
    waits = frame is not None and frame.f_code is threading.Condition.wait.__code__
    while frame is not None:
        if frame.f_code.co_filename == logging.__file__:
            return False
        frame = frame.f_back
    return waits or time.monotonic() - since > _SECONDS_TO_A_WAIT
