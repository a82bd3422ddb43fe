"""A signal ends what dbt does, once, and nothing else."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator

import pytest

from pipeline.ends import End
from pipeline.stopping import NOT_KNOWN, Stop
from tests.end_to_end.house import PROJECT

_PATIENCE_SECONDS = 20


@pytest.fixture
def handlers() -> Iterator[None]:
    """Leave the process as it was."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)
    # A call that does not end is given up by a timer, which would end the tests' process.
    for thread in threading.enumerate():
        if isinstance(thread, threading.Timer):
            thread.cancel()


def listening() -> tuple[Stop, list[str]]:
    cancelled: list[str] = []
    stop = Stop(lambda: cancelled.append("cancelled"))
    stop.listen()
    return stop, cancelled


@pytest.mark.usefixtures("handlers")
@pytest.mark.parametrize(("number", "end"), [(signal.SIGTERM, End.STOPPED), (signal.SIGINT, End.INTERRUPTED)])
def test_statements_are_cancelled_before_the_wait_ends(number: signal.Signals, end: End) -> None:
    stop, cancelled = listening()

    def work() -> None:
        os.kill(os.getpid(), number)
        threading.Event().wait(_PATIENCE_SECONDS)

    with pytest.raises(KeyboardInterrupt), stop.interrupting():
        work()
    assert cancelled
    assert stop.end() is end


@pytest.mark.usefixtures("handlers")
def test_second_signal_changes_nothing() -> None:
    stop, cancelled = listening()
    with stop.interrupting():
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            threading.Event().wait(_PATIENCE_SECONDS)
        except KeyboardInterrupt:
            before = len(cancelled)
            # What dbt does while it tidies up: it waits for its workers.
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGTERM)
            threading.Event().wait(1.2)
    assert stop.end() is End.STOPPED
    # A worker that was between two statements has begun one more.
    assert len(cancelled) > before


@pytest.mark.usefixtures("handlers")
def test_signal_before_the_work_lets_none_begin() -> None:
    stop, _ = listening()
    os.kill(os.getpid(), signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt), stop.interrupting():
        pytest.fail("the work began")


@pytest.mark.usefixtures("handlers")
def test_signal_after_the_work_raises_nothing() -> None:
    stop, _ = listening()
    with stop.interrupting():
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    threading.Event().wait(0.7)
    assert stop.end() is End.STOPPED


@pytest.mark.usefixtures("handlers")
def test_dbt_is_interrupted_also_where_nothing_can_be_cancelled() -> None:
    def cancel() -> None:
        raise AttributeError("partially initialized module")

    def work() -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        threading.Event().wait(_PATIENCE_SECONDS)

    stop = Stop(cancel)
    stop.listen()
    with pytest.raises(KeyboardInterrupt), stop.interrupting():
        work()
    assert stop.end() is End.STOPPED


@pytest.mark.usefixtures("handlers")
def test_thread_that_logs_is_left_when_it_has_logged() -> None:
    stop, _ = listening()
    reached: list[str] = []

    class Slow(logging.Handler):
        def emit(self, _: logging.LogRecord) -> None:
            os.kill(os.getpid(), signal.SIGTERM)
            threading.Event().wait(1.2)
            reached.append("logged")

    def work() -> None:
        Slow().handle(logging.makeLogRecord({"msg": "a line"}))
        threading.Event().wait(_PATIENCE_SECONDS)
        reached.append("waited in vain")

    with pytest.raises(KeyboardInterrupt), stop.interrupting():
        work()
    assert reached == ["logged"]


def test_what_does_not_end_is_given_up_as_not_known() -> None:
    """A lock that nobody gives back: the process ends all the same, and says that it does not know."""
    code = """
        import os, signal, threading
        from loader.cli import log
        from pipeline.stopping import Stop
        log.configure(machine_readable=True)
        stop = Stop(lambda: None, patience=0.5)
        stop.listen()
        with stop.interrupting():
            try:
                os.kill(os.getpid(), signal.SIGTERM)
                threading.Event().wait(20)
            except KeyboardInterrupt:
                threading.Event().wait(20)
    """
    ended = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=_PATIENCE_SECONDS,
        check=False,
    )
    assert ended.returncode == NOT_KNOWN
    assert '"end": "not_known"' in ended.stderr
    assert "most recent call first" in ended.stderr
