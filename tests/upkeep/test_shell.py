"""Questions in SQL change nothing, and are answered while a build writes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from upkeep.cli import main
from upkeep.shell import statements

WRITER = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1])
connection.execute("insert into entries values (2)")
print("writing", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """A lake whose warehouse has one table of one row."""
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        connection.execute("create table entries as select 1 as number")
    return tmp_path


def ask(lake: Path, *arguments: str, typed: str = "") -> str:
    return CliRunner().invoke(main, ["--root", str(lake), "sql", *arguments], input=typed).output


def test_lines_are_cut_at_semicolons() -> None:
    lines = ["select 1;", "select ';' as a,", "2;", "", "select 3"]
    assert list(statements(lines)) == ["select 1;", "select ';' as a,\n2;", "\nselect 3"]


def test_each_statement_is_answered_and_an_error_ends_nothing(lake: Path) -> None:
    answers = ask(lake, typed="select nothing;\nselect number + 40 as found\nfrom entries;\n")
    assert "error: Binder Error" in answers
    assert "41" in answers


def test_a_question_changes_nothing(lake: Path) -> None:
    assert "read-only" in ask(lake, "--command", "drop table entries")
    assert "1" in ask(lake, "--command", "from entries")


def test_a_copy_is_asked_while_a_build_writes(lake: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(lake / "warehouse.duckdb")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"writing\n"
        answers = ask(lake, "--command", "select sum(number) + 40 as found from entries")
        process.kill()
    assert "this is a copy as of" in answers
    assert "43" in answers
