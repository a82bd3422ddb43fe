"""The command line: what it prints, and each exit code."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import landing_tools
import pytest
from click.testing import CliRunner, Result

from loader.cli.commands import cli, one_line
from loader.errors import ExitCode, most_serious
from loader.lake import landing as landing_module

Deliver = Callable[..., Path]
Run = Callable[..., Result]
GOOD = "PaymentID,Amount\n1,10.00\nbad\n3,5\n"


@pytest.fixture
def run(project: Path, lake: Path) -> Run:
    """Call the command line with the test's project and lake."""

    def call(*arguments: object) -> Result:
        options = ["--root", str(lake), "--project-dir", str(project)]
        return CliRunner().invoke(cli, [*options, *map(str, arguments)])

    return call


def error_lines(result: Result) -> list[str]:
    """Return what a person reads on standard error, without the JSON log."""
    return [line for line in result.stderr.splitlines() if not line.startswith("{")]


def test_land_prints_one_line_per_file_and_exits_0(run: Run, deliver: Deliver) -> None:
    result = run("land", deliver(GOOD))
    assert result.exit_code == 0
    assert result.stdout.startswith("landed payments.csv: 3 rows, 1 malformed, file 20")
    assert result.stdout.count("\n") == 1


def test_same_bytes_under_another_name_exit_0_as_already_landed(run: Run, deliver: Deliver, lake: Path) -> None:
    run("land", deliver(GOOD))
    result = run("land", deliver(GOOD, "payments_again.csv"))
    assert result.exit_code == 0
    assert result.stdout.startswith("already landed payments_again.csv: file 20")
    assert len(landing_tools.objects(lake, "files")) == 1


def test_a_folder_lands_its_files_in_order_of_their_names(run: Run, deliver: Deliver) -> None:
    for name in ("payments_b.csv", "payments_a.csv.gz", "payments_c.csv"):
        deliver(GOOD + name, name)
    inbox = deliver("", ".hidden").parent
    (inbox / "folder").mkdir()
    (inbox / "payments_link.csv").symlink_to(inbox / "payments_a.csv.gz")
    result = run("land", inbox)
    assert result.exit_code == 0
    assert [line.split(":")[0] for line in result.stdout.splitlines()] == [
        "landed payments_a.csv.gz",
        "landed payments_b.csv",
        "landed payments_c.csv",
    ]
    assert error_lines(result) == [
        f"passed over {inbox / 'payments_link.csv'}: a link; what an inbox delivers must lie in it"
    ]


def test_a_folder_without_a_file_to_land_says_so_and_exits_0(run: Run, deliver: Deliver) -> None:
    inbox = deliver("", ".hidden").parent
    for options in ([], ["--json"]):
        result = run(*options, "land", inbox)
        assert (result.exit_code, result.stdout) == (0, "")
        assert error_lines(result) == [f"{inbox}: no file to land"]
    (inbox / "payments\n.csv").symlink_to("nowhere")
    assert error_lines(run("land", inbox)) == [
        f"passed over {inbox}/payments\\n.csv: a link; what an inbox delivers must lie in it",
        f"{inbox}: no file to land",
    ]


def test_file_that_broke_its_contract_exits_3_and_others_land(run: Run, deliver: Deliver) -> None:
    bad, good = deliver("Payment,Amount\n1,2\n", "payments_bad.csv"), deliver(GOOD)
    result = run("land", bad, good)
    assert result.exit_code == 3
    (line,) = error_lines(result)
    assert line.startswith(
        "error: payments_bad.csv: column 'PaymentID' (the file has 'Payment', the nearest name) is missing: "
    )
    assert result.stdout.startswith("landed payments.csv")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["land", "nowhere.csv"], "nowhere.csv: no such file or folder"),
        (["land"], "Missing argument"),
        (["land", "--feed", "paiments", "FILE"], "unknown feed 'paiments'; there are: payments"),
        (["land", "OTHER"], "'other.csv' fits no feed's file pattern: say which with --feed"),
        (["check", "nowhere.csv"], "nowhere.csv: no such file"),
        (["--project-dir", "nowhere", "feeds"], "nowhere holds no dbt_project.yml"),
    ],
)
def test_wrong_usage_exits_2(run: Run, deliver: Deliver, arguments: list[str], message: str) -> None:
    paths = {"FILE": str(deliver(GOOD)), "OTHER": str(deliver(GOOD, "other.csv"))}
    result = run(*(paths.get(argument, argument) for argument in arguments))
    assert result.exit_code == 2
    assert message in result.stderr


def test_a_name_that_fits_several_feeds_exits_2_and_feed_decides(run: Run, project: Path, deliver: Deliver) -> None:
    folder = project / "models" / "staging"
    text = (folder / "payments" / "_payments__sources.yml").read_text()
    (folder / "_others__sources.yml").write_text(text.replace("name: payments", "name: others"))
    result = run("land", deliver(GOOD))
    assert result.exit_code == 2
    assert "fits the patterns of several feeds (others, payments): say which with --feed" in result.stderr
    assert run("land", "--feed", "others", deliver(GOOD)).exit_code == 0


def test_a_contract_with_a_mistake_exits_2(run: Run, deliver: Deliver, project: Path) -> None:
    path = project / "models" / "staging" / "payments" / "_payments__sources.yml"
    path.write_text(path.read_text().replace("kind: entries", "kind: entry"))
    result = run("land", deliver(GOOD))
    assert result.exit_code == 2
    (line,) = error_lines(result)
    assert "_payments__sources.yml: payments.config.meta.kind: allowed is 'entries' or 'reference'" in line


def test_refused_storage_exits_4(run: Run, deliver: Deliver, lake: Path) -> None:
    lake.write_text("a file where the lake should be")
    result = run("land", deliver(GOOD))
    assert result.exit_code == 4
    (line,) = error_lines(result)
    assert line.startswith("error: storage refused to open ")


@pytest.mark.parametrize("character", [*"*?[]{}'#\\", "\n"])
def test_root_that_duckdb_cannot_read_exits_2_and_makes_nothing(
    run: Run, deliver: Deliver, tmp_path: Path, character: str
) -> None:
    root = tmp_path / f"la{character}ke"
    for call in (["land", str(deliver(GOOD))], ["status"]):
        result = run("--root", root, *call)
        assert result.exit_code == 2
        (line,) = error_lines(result)
        assert f" holds {character!r}, which DuckDB does not take as it is: rename the folder or choose" in line
    assert not root.exists()


@pytest.mark.parametrize("command", ["land", "status"])
@pytest.mark.parametrize(("arguments", "variable"), [(["--root", ""], None), (["--root", ""], "lake"), ([], "")])
def test_an_empty_root_exits_2_and_nothing_is_made(
    project: Path, deliver: Deliver, command: str, arguments: list[str], variable: str | None
) -> None:
    before = sorted(project.iterdir())
    call = ["--project-dir", str(project), *arguments, command, *([str(deliver(GOOD))] if command == "land" else [])]
    result = CliRunner().invoke(cli, call, env={"LEDGER_LAKE_ROOT": variable})
    assert result.exit_code == 2
    assert error_lines(result) == [
        "error: the root is empty: give the lake's folder with --root or LEDGER_LAKE_ROOT, or neither"
    ]
    assert sorted(project.iterdir()) == before


def test_storage_that_refuses_one_write_exits_4(run: Run, deliver: Deliver, lake: Path) -> None:
    (lake / "commits").parent.mkdir()
    (lake / "commits").write_text("a file where a folder should be")
    result = run("land", deliver(GOOD))
    assert result.exit_code == 4
    assert len(error_lines(result)) == 1


def test_the_unforeseen_exits_1_in_one_line(run: Run, deliver: Deliver, monkeypatch: pytest.MonkeyPatch) -> None:
    def explode(*_: object, **__: object) -> None:
        raise ZeroDivisionError("over\nlines")

    monkeypatch.setattr(landing_module.Landing, "land", explode)
    result = run("land", deliver(GOOD))
    assert result.exit_code == 1
    assert error_lines(result) == [
        "error: payments.csv: unforeseen ZeroDivisionError: over lines (--debug shows where)"
    ]


def test_debug_adds_the_traceback_and_changes_nothing_else(run: Run, deliver: Deliver) -> None:
    files = [deliver("", "payments_bad.csv"), deliver(GOOD)]
    plain = run("--json", "land", *files)
    debugged = run("--debug", "--json", "land", deliver("", "payments_bad.csv"), deliver(GOOD + "4,1\n"))
    assert plain.exit_code == debugged.exit_code == 3
    assert [json.loads(line)["status"] for line in debugged.stdout.splitlines()] == ["rejected", "landed"]
    lines = error_lines(debugged)
    assert lines[0] == "Traceback (most recent call last):"
    assert ", in _first_record" in debugged.stderr
    assert lines[-1:] == error_lines(plain)


def test_debug_shows_where_the_unforeseen_came_from(
    run: Run, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode(*_: object, **__: object) -> None:
        raise ZeroDivisionError("\x1b[2J")

    monkeypatch.setattr(landing_module.Landing, "land", explode)
    result = run("--debug", "land", deliver(GOOD), deliver(GOOD, "payments_2.csv"))
    assert result.exit_code == 1
    assert result.stderr.count("in explode") == 2
    assert "error: payments_2.csv: unforeseen ZeroDivisionError" in result.stderr
    assert "\x1b" not in result.stderr


def test_the_most_serious_exit_code_wins() -> None:
    order = [ExitCode.DONE, ExitCode.USAGE, ExitCode.FINDINGS, ExitCode.UNFORESEEN, ExitCode.STORAGE]
    for number in range(1, len(order) + 1):
        assert most_serious(order[:number]) is order[number - 1]


def test_json_gives_one_object_per_file(run: Run, deliver: Deliver) -> None:
    good, bad = deliver(GOOD), deliver("", "payments_bad.csv")
    result = run("--json", "land", good, good, bad)
    assert result.exit_code == 3
    landed, again, rejected = (json.loads(line) for line in result.stdout.splitlines())
    assert (landed["status"], landed["rows_delivered"], landed["rows_malformed"]) == ("landed", 3, 1)
    assert (again["status"], again["file_id"]) == ("already_landed", landed["file_id"])
    assert (rejected["status"], rejected["reason"], rejected["file_name"]) == (
        "rejected",
        "EMPTY_FILE",
        "payments_bad.csv",
    )


def test_the_log_is_json_and_holds_no_row(run: Run, deliver: Deliver) -> None:
    good, bad = deliver(GOOD.replace("bad", "secret")), deliver("", "payments_bad.csv")
    result = run("land", good, good, bad)
    events = [json.loads(line) for line in result.stderr.splitlines() if line.startswith("{")]
    assert [event["event"] for event in events] == [
        "landing_started",
        "landing_committed",
        "already_landed",
        "landing_started",
        "file_rejected",
    ]
    assert {"file_id", "feed", "file", "seconds", "rows_landed", "rows_malformed"} <= events[1].keys()
    assert "secret" not in result.stderr + result.stdout


def test_status_counts_what_the_lake_holds(run: Run, deliver: Deliver) -> None:
    assert json.loads(run("--json", "status").stdout)["last_delivery"] is None
    run("land", deliver(GOOD), deliver(GOOD + "4,1\n", "payments_2.csv"), deliver("", "payments_bad.csv"))
    found = json.loads(run("--json", "status").stdout)
    last, due = (datetime.fromisoformat(found.pop(name)) for name in ("last_delivery", "due"))
    assert datetime.fromisoformat(found.pop("unpublished_since")) <= last
    midnight = last.replace(hour=0, minute=0, second=0, microsecond=0)
    assert due == midnight + timedelta(days=2)
    assert 0 <= found.pop("age_seconds") < 60
    assert found == {
        "feed": "payments",
        "files_landed": 2,
        "rows_delivered": 7,
        "rows_landed": 5,
        "rows_malformed": 2,
        "files_rejected": 1,
        "late": False,
        "files_unpublished": 2,
        "held_files": [],
        "waiting_files": [],
    }
    told = run("status").stdout
    assert "2 files landed, 7 rows delivered" in told
    assert "0 d 0 h ago; next one due by" in told


def test_a_commit_that_was_changed_is_named_and_not_shown(run: Run, deliver: Deliver, lake: Path) -> None:
    file = deliver(GOOD)
    run("land", file)
    (key,) = landing_tools.objects(lake, "commits")
    whole = (lake / key).read_text()
    for content in ("", '{"file_id": "private"}', whole.replace('"landed_at":"20', '"landed_at":"zz')):
        (lake / key).write_text(content)
        for arguments in (("land", file), ("status",)):
            result = run(*arguments)
            assert result.exit_code == 4
            assert error_lines(result)[0].startswith(f"error: {key} is no manifest (")
            assert "private" not in result.output


def test_a_rejection_that_was_changed_is_named(run: Run, deliver: Deliver, lake: Path) -> None:
    run("land", deliver("Amount\n"))
    (key,) = landing_tools.objects(lake, "rejections")
    (lake / key).write_text("{}")
    result = run("status")
    assert (result.exit_code, error_lines(result)) == (
        4,
        [f"error: the rejection {key} cannot be read: remove it, and deliver its file again"],
    )


@pytest.mark.parametrize("redirection", [">/dev/full", "2>/dev/full", "2>&-", ">&- 2>&-", "| true"])
@pytest.mark.parametrize("options", ["", "--json"])
def test_output_that_nobody_takes_stops_no_landing(
    redirection: str, options: str, project: Path, lake: Path, deliver: Deliver
) -> None:
    for number in range(3):
        deliver(f"{GOOD}{number},1\n", f"payments_{number}.csv")
    command = f"{sys.executable} -m loader --project-dir {project} --root {lake} {options} land {lake.parent}/inbox"
    done = subprocess.run(
        ["/bin/bash", "-c", f"({command}) {redirection}"], cwd=landing_tools.PROJECT, capture_output=True, check=False
    )
    assert len(landing_tools.objects(lake, "files")) == len(landing_tools.objects(lake, "seen")) == 3
    assert b"Traceback" not in done.stdout + done.stderr
    if redirection == ">/dev/full":
        assert done.returncode == 1
        assert b"not all could be printed: No space left on device; what was landed is landed" in done.stderr


def test_status_says_which_feed_is_late(run: Run, deliver: Deliver, lake: Path) -> None:
    run("land", deliver(GOOD))
    (commit,) = (lake / key for key in landing_tools.objects(lake, "commits"))
    manifest = json.loads(commit.read_text()) | {"landed_at": "2024-02-01T10:00:00.000000Z"}
    commit.write_text(json.dumps(manifest))
    found = json.loads(run("--json", "status").stdout)
    assert (found["late"], found["due"]) == (True, "2024-02-03T00:00:00.000000Z")
    assert re.search(r"[0-9]+ d [0-9]+ h ago; LATE: due by 2024-02-03T00:00:00.000000Z \(daily\)", run("status").stdout)


def test_only_landing_makes_the_lake(run: Run, deliver: Deliver, lake: Path) -> None:
    plain, machine = run("status"), run("--json", "status")
    assert (plain.exit_code, machine.exit_code) == (0, 0)
    assert plain.stdout == machine.stderr == f"no lake at {lake}: nothing was landed there yet\n"
    run("feeds")
    assert not lake.exists()
    lake.mkdir()
    assert run("--json", "status").stdout == machine.stdout
    assert "payments: 0 files landed" in run("status").stdout
    lake.rmdir()
    assert run("land", deliver(GOOD)).exit_code == 0
    assert "payments: 1 file landed" in run("status").stdout


def test_feeds_shows_each_contract(run: Run) -> None:
    result = run("feeds")
    assert result.exit_code == 0
    for text in ("payments (entries, daily)", "payments*.csv", "PaymentID, Amount", "payment_id"):
        assert text in result.stdout
    assert json.loads(run("--json", "feeds").stdout)["feed"] == "payments"


def test_hostile_file_name_cannot_break_the_line_or_the_terminal(run: Run, deliver: Deliver) -> None:
    assert one_line("a\nb\x1b[2J\u202ec é") == "a\\nb\\x1b[2J\\u202ec é"
    result = run("land", deliver(GOOD, "payments\n\x1b[2J.csv"))
    assert result.stdout.count("\n") == 1
    assert "\x1b" not in result.stdout


def test_python_m_loader_finds_project_and_lake_by_itself(project: Path, deliver: Deliver) -> None:
    variables = {name: value for name, value in os.environ.items() if not name.startswith("LEDGER_LAKE_")}
    variables["PYTHONPATH"] = str(Path(__file__).parents[2])
    command = [sys.executable, "-m", "loader", "land", str(deliver(GOOD))]
    inside = project / "models"
    done = subprocess.run(command, cwd=inside, env=variables, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout[:19]) == (0, "landed payments.csv")
    assert (project / "lake" / "commits" / "payments").is_dir()
    assert not (inside / "lake").exists()


@pytest.mark.parametrize(
    ("arguments", "variable", "expected"),
    [
        ([], None, "project/lake"),
        ([], "./money", "project/money"),
        (["--root", "money"], "other", "elsewhere/money"),
        (["--root", "./lake"], None, "elsewhere/lake"),
        ([], "ABSOLUTE", "absolute"),
    ],
)
def test_only_a_typed_root_is_relative_to_the_working_folder(
    project: Path,
    deliver: Deliver,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    variable: str | None,
    expected: str,
) -> None:
    file, elsewhere = deliver(GOOD), project.parent / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    root = str(project.parent / "absolute") if variable == "ABSOLUTE" else variable
    for given in ("../project", str(project)):
        options = ["--project-dir", given, *arguments]
        result = CliRunner().invoke(cli, [*options, "land", str(file)], env={"LEDGER_LAKE_ROOT": root})
        assert result.exit_code == 0
    (commits,) = project.parent.rglob("commits")
    assert str(commits.parent.relative_to(project.parent)) == expected


def test_status_does_not_pay_for_what_only_landing_needs() -> None:
    code = (
        "import sys, loader.cli.commands, loader.lake.status; sys.exit(bool({'pyarrow', 'numpy'} & sys.modules.keys()))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2], check=False).returncode == 0
