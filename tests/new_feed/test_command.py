"""`loader new-feed` as it is called: what it asks, what it writes, and what it leaves alone."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from loader.cli import create_feed
from loader.cli.commands import cli
from loader.contract.project import load_contracts
from tests.new_feed.outcomes import PROJECT

SAMPLE = """Day;Partner;Remark;Value
2024-05-02;Cobbler Elm;"soles; heels";-12,50
2024-05-03;Fruit Cart;pears;-3,00
2024-05-06;Employer Oak;wages;1.500,00
"""
ANSWERS = ("--account", "KEPT-7", "--currency", "EUR", "--positive", "in")
Run = Callable[..., Result]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A dbt project with no feed."""
    folder = tmp_path / "project"
    (folder / "models" / "staging").mkdir(parents=True)
    (folder / "seeds").mkdir()
    (folder / "target").mkdir()
    (folder / "dbt_project.yml").touch()
    (folder / "target" / "partial_parse.msgpack").touch()
    shutil.copy(PROJECT / "seeds" / "currencies.csv", folder / "seeds")
    return folder


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """A sample whose account, currency and sign nothing tells."""
    path = tmp_path / "export.csv"
    path.write_text(SAMPLE, encoding="utf-8")
    return path


@pytest.fixture
def run(project: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Call the command on the project; no build is made of what it writes."""
    tried = create_feed._Tried(["a build would say this"], {"status": "checked"}, is_held=False)
    monkeypatch.setattr(create_feed, "_try", lambda project_dir, draft, example, files: [tried for _ in files])

    def call(*arguments: object, name: str = "corner_bank", options: tuple[str, ...] = (), **more: object) -> Result:
        call = ["--project-dir", str(project), *options, "new-feed", name, *map(str, arguments)]
        return CliRunner().invoke(cli, call, **more)  # type: ignore[arg-type]

    return call


def files_in(project: Path) -> list[str]:
    return sorted(str(path.relative_to(project)) for path in project.rglob("*") if path.is_file())


def test_open_questions_end_with_code_2_and_write_nothing(run: Run, project: Path, sample: Path) -> None:
    before = files_in(project)
    result = run(sample)
    assert result.exit_code == 2
    asked = [line for line in result.stderr.splitlines() if line.startswith("open: ")]
    assert ["--positive in|out" in asked[0], "--account TEXT" in asked[1], "--currency CODE" in asked[2]] == [True] * 3
    assert "3 answers are missing, nothing is written" in result.stderr
    assert files_in(project) == before


def test_feed_is_one_folder_and_a_unit_test(run: Run, project: Path, sample: Path) -> None:
    result = run(*ANSWERS, sample)
    assert result.exit_code == 0, result.output
    assert files_in(project) == [
        "dbt_project.yml",
        "models/staging/corner_bank/_corner_bank__sources.yml",
        "models/staging/corner_bank/stg_corner_bank.sql",
        "models/staging/corner_bank/stg_corner_bank.yml",
        "seeds/currencies.csv",
        "tests/unit/stg_corner_bank.yml",
    ]
    assert "a build would say this" in result.output
    contract = load_contracts(project)["corner_bank"]
    assert contract.column_names == ["booking_date", "partner", "remark", "amount", "account_id"]
    assert (contract.meta.decimal_char, contract.meta.group_char) == (",", ".")


def test_no_value_of_the_sample_is_written(run: Run, project: Path, sample: Path) -> None:
    assert run(*ANSWERS, sample).exit_code == 0
    written = "".join(path.read_text(encoding="utf-8") for path in project.rglob("*corner_bank*") if path.is_file())
    assert written
    texts = [cell for line in SAMPLE.splitlines()[1:] for cell in line.replace('"', "").split(";")]
    assert not [text for text in texts if text in written]


def test_unit_test_is_written_as_the_sample_is(run: Run, project: Path, sample: Path) -> None:
    assert run(*ANSWERS, sample).exit_code == 0
    document = yaml.safe_load((project / "tests" / "unit" / "stg_corner_bank.yml").read_text(encoding="utf-8"))
    (test,) = document["unit_tests"]
    delivered = test["given"][2]["rows"]
    assert [row["amount"] for row in delivered] == ["1.234,50", "-7,80"]
    assert [row["amount"] for row in test["expect"]["rows"]] == [1234.5, -7.8]
    assert {row["account_id"] for row in test["expect"]["rows"]} == {"KEPT-7"}


def test_nothing_is_overwritten(run: Run, project: Path, sample: Path) -> None:
    folder = project / "models" / "staging" / "corner_bank"
    folder.mkdir()
    result = run(*ANSWERS, sample)
    assert (result.exit_code, list(folder.iterdir())) == (2, [])
    assert "is there already" in result.stderr


def test_yes_takes_the_likeliest_and_says_so(run: Run, sample: Path) -> None:
    result = run("--yes", "--currency", "EUR", sample)
    assert result.exit_code == 0
    assert "assumed  positive: positive is taken as money in; not proved" in result.output
    assert "assumed  account: corner_bank is taken, nobody said so" in result.output


def test_yes_does_not_guess_what_nothing_hints_at(run: Run, project: Path, sample: Path) -> None:
    result = run("--yes", sample)
    assert result.exit_code == 2
    assert "--currency CODE" in result.stderr
    assert not (project / "models" / "staging" / "corner_bank").exists()


def test_person_at_a_terminal_is_asked(run: Run, project: Path, sample: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(create_feed, "is_terminal", lambda stream: True)
    result = run(sample, input="out\nMY-ACCOUNT\nNOPE\nCHF\n")
    assert result.exit_code == 0, result.output
    assert "--currency NOPE: seeds/currencies.csv has no such code" in result.stderr
    meta = load_contracts(project)["corner_bank"].meta
    assert (meta.positive, meta.currency) == ("out", "CHF")


def test_result_is_one_object_as_json(run: Run, sample: Path) -> None:
    answered = json.loads(run(*ANSWERS, sample, options=("--json",)).stdout)
    assert (answered["status"], answered["verdicts"]) == ("written", [{"status": "checked"}])
    assert {"subject": "positive", "text": "in", "sureness": "given", "line": None} in answered["findings"]
    stopped = json.loads(run(sample, name="other", options=("--json",)).stdout)
    assert [question["option"] for question in stopped["questions"]] == ["positive", "account", "currency"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--currency", "EURO"), "--currency EURO"),
        (("--time-zone", "Berlin"), "--time-zone Berlin"),
        (("--encoding", "latin-99"), "--encoding latin-99"),
        (("missing.csv",), "missing.csv"),
    ],
)
def test_wrong_answer_is_wrong_usage(run: Run, sample: Path, arguments: tuple[str, ...], message: str) -> None:
    result = run(*arguments, sample)
    assert result.exit_code == 2
    assert message in result.stderr


def test_account_that_nobody_can_see_is_wrong_usage(run: Run, sample: Path) -> None:
    result = run("--account", "B\x1b[7m", "--yes", sample)
    assert (result.exit_code, "a character that nobody sees" in result.stderr) == (2, True)


def test_names_of_another_feeds_files_stay_its_own(run: Run, project: Path, sample: Path) -> None:
    assert run(*ANSWERS, sample).exit_code == 0
    result = run(*ANSWERS, sample.rename(sample.with_name("export_7.csv")), name="second_bank")
    assert result.exit_code == 0, result.output
    assert "assumed  file names: second_bank*.csv, as export_7.csv fits the pattern of corner_bank" in result.output
    contracts = load_contracts(project)
    assert [feed for feed, contract in contracts.items() if contract.fits("export_8.csv")] == ["corner_bank"]


@pytest.mark.parametrize("name", ["Bank", "my-bank", "1st", "a b", "my__bank"])
def test_name_is_one_of_a_feed(run: Run, sample: Path, name: str) -> None:
    result = run(sample, name=name)
    assert result.exit_code == 2
    assert "is no name of a feed" in result.stderr


def test_packed_sample_is_looked_at_unpacked(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "export.csv.gz"
    path.write_bytes(gzip.compress(SAMPLE.encode()))
    assert "4 columns, 3 rows" in run(*ANSWERS, path).output


def test_encoding_that_does_not_read_the_sample_is_refused(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes(SAMPLE.replace("Cobbler", "Schuhhäusl").encode("windows-1252"))
    result = run(*ANSWERS, "--encoding", "utf-8", path)
    assert (result.exit_code, "its bytes are no utf-8" in result.stderr) == (2, True)


def test_long_sample_is_looked_at_in_part(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    lines = SAMPLE.splitlines(keepends=True)
    path.write_text(lines[0] + "".join(lines[1:]) * 4_000, encoding="utf-8")
    result = run(*ANSWERS, path)
    assert result.exit_code == 0
    assert "its first 256 KB are looked at" in result.stderr
