"""The command line: what goes to every dbt command, what to `dbt build`, and what is documented."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pipeline import building
from pipeline.cli import cli
from pipeline.ends import End
from tests.end_to_end.house import PROJECT


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What calls would have run, in place of running it."""
    made: list[tuple[Any, ...]] = []

    class Recorded:
        def __init__(self, *arguments: Any) -> None:
            made.append((Path.cwd(), *arguments))
            self.stop = self

        def listen(self) -> None:
            pass

        def run(self) -> End:
            return End.NOTHING_NEW

    monkeypatch.setattr(building, "Building", Recorded)
    monkeypatch.chdir(PROJECT)
    return made


def test_options_of_dbt_go_where_they_belong(calls: list[tuple[Any, ...]], tmp_path: Path) -> None:
    options = ["--select", "a b", "--vars", "{max_files: 2}", "--target=other", "--full-refresh", "--max-passes", "3"]
    variables = {"LEDGER_LAKE_TARGET": "athena", "LEDGER_LAKE_PROJECT_DIR": str(tmp_path), "LEDGER_LAKE_EMF": "1"}
    ended = CliRunner().invoke(cli, ["build", *options], env=variables)
    assert ended.exit_code == 10
    shared = ["--target", "other", "--vars", "{max_files: 2}"]
    assert calls == [(tmp_path, shared, ("--select", "a b", "--full-refresh"), 3, True)]


def test_target_of_the_task_is_used(calls: list[tuple[Any, ...]]) -> None:
    CliRunner().invoke(cli, ["build"], env={"LEDGER_LAKE_TARGET": "athena"})
    assert calls == [(PROJECT, ["--target", "athena"], (), 20, False)]


def test_every_exit_code_is_documented() -> None:
    text = CliRunner().invoke(cli, ["build", "--help"]).output
    table = (PROJECT / "docs" / "scheduling.md").read_text()
    for end in End:
        assert re.search(rf"^ +{end.exit_code} +\S", text, re.MULTILINE), end
        assert re.search(rf"^\| {end.exit_code} \| `{end.name.lower()}`", table, re.MULTILINE), end
