"""Slow tests run on demand, and what was not run is named in the last lines."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

TESTS = """
    import pytest

    def test_quick():
        pass

    @pytest.mark.slow
    def test_slow():
        pass

    @pytest.fixture
    def export():
        pytest.skip("no export: set SOME_VARIABLE")

    @pytest.mark.parametrize("number", [1, 2])
    def test_of_the_export(export, number):
        pass
"""


@pytest.fixture
def run(pytester: pytest.Pytester) -> pytest.Pytester:
    """A folder of tests that uses the project's hooks."""
    pytester.makeconftest((Path(__file__).parent / "conftest.py").read_text())
    pytester.makeini("[pytest]\nmarkers =\n    slow: takes minutes\n")
    pytester.makepyfile(TESTS)
    return pytester


def test_slow_tests_are_left_out_unless_asked_for(run: pytest.Pytester) -> None:
    run.runpytest().assert_outcomes(passed=1, skipped=2, deselected=1)
    run.runpytest("--run-slow").assert_outcomes(passed=2, skipped=2)


def test_what_was_not_run_is_named_in_the_last_lines(run: pytest.Pytester) -> None:
    assert run.runpytest("-ra").outlines[-2] == "not run, 2 tests: no export: set SOME_VARIABLE"
