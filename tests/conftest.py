"""What all tests share: slow ones run on demand, and a test that wanted data is named at the end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import settings

# How long an example takes is the machine's affair: no test fails by it.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that slow tests wait for."""
    parser.addoption("--run-slow", action="store_true", help="run the tests marked slow too; each takes minutes")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the slow tests out unless they are asked for."""
    if config.getoption("--run-slow"):
        return
    slow = [item for item in items if item.get_closest_marker("slow")]
    if slow:
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if item not in slow]


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Iterator[None]:
    """List the tests that did not run for want of something, after all else, so that nobody misses them."""
    yield
    # Each fixture that misses something gives its reason; the tests that share it are counted, not listed.
    missed: dict[str, int] = {}
    for report in terminalreporter.getreports("skipped"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        missed[reason] = missed.get(reason, 0) + 1
    for reason, count in sorted(missed.items()):
        terminalreporter.write_line(f"not run, {count} tests: {reason.removeprefix('Skipped: ')}", yellow=True)
