"""Pages name what the module makes: ends of runs, alarms that mail; and a run takes each input that they show."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.docs.pages import PAGES, typed
from tests.terraform.plan import ROOT, Plan
from tests.terraform.state_machine import ARGUMENTS, NEEDS_TERRAFORM, world

DOCS = ROOT / "docs"


def first_column(page: Path, header: str) -> list[str]:
    """Return the cells of the first column of the table whose header line begins like this."""
    after = page.read_text(encoding="utf-8").partition(f"\n{header}")[2].splitlines()[2:]
    rows = after[: next(at for at, line in enumerate(after) if not line.startswith("|"))]
    return [row.split("|")[1].strip() for row in rows]


@pytest.fixture
def ends(plan: Plan) -> dict[str, str]:
    """Return the states in which a run ends, and their types."""
    machine = json.loads(plan.resource("aws_sfn_state_machine.pipeline")["definition"])
    return {name: one["Type"] for name, one in machine["States"].items() if one["Type"] in ("Succeed", "Fail")}


def test_page_of_runs_has_each_end(ends: dict[str, str]) -> None:
    cells = first_column(DOCS / "orchestration.md", "| end | execution |")
    # `Failed, Broken`; `Crashed, at the state CrashedAtLock`.
    named = [name for cell in cells for name in re.split(r", (?:at the state )?", cell)]
    assert set(named) == set(ends)


def test_runbooks_have_each_end_that_fails(ends: dict[str, str]) -> None:
    index = (DOCS / "runbooks" / "README.md").read_text(encoding="utf-8")
    page = (DOCS / "runbooks" / "build-failed.md").read_text(encoding="utf-8")
    failing = {name for name, kind in ends.items() if kind == "Fail"}
    assert {name for name in failing if not re.search(rf"\b{name}\b", page)} == set()
    # In the index a damaged lock is a crash.
    assert {name for name in failing - {"CrashedAtLock"} if not re.search(rf"\b{name}\b", index)} == set()


def test_page_of_monitoring_has_each_alarm_that_mails(plan: Plan) -> None:
    prefix = f"{plan.resource('aws_ecs_cluster.tasks')['name']}-"
    alarms = plan.resources("aws_cloudwatch_metric_alarm", "aws_cloudwatch_composite_alarm")
    mailing = {one["alarm_name"].removeprefix(prefix) for one in alarms if one["alarm_actions"]}
    cells = first_column(DOCS / "monitoring.md", "| alarm | mails when |")
    assert {cell.strip("`") for cell in cells} == mailing


def inputs() -> list[str]:
    """Return the inputs of runs that pages show: of commands, and of the table of all forms."""
    commands = [one.words for page in PAGES for one in typed(page)]
    starts = [words[words.index("--input") + 1] for words in commands if "--input" in words]
    runs = [words[1] for words in commands if words[0] == "run" and len(words) > 1]
    forms = [cell.split("`")[1] for cell in first_column(DOCS / "orchestration.md", "| input | what runs |")]
    return sorted({text for text in (*starts, *runs, *forms) if not text.startswith("$")})


def test_pages_show_inputs_of_each_form() -> None:
    shown = {key for text in inputs() for key in json.loads(text)}
    assert shown == {"delivery", "backfill", "preview", "rebuild", "chore"}
    assert "{}" in inputs()


@NEEDS_TERRAFORM
@pytest.mark.parametrize("text", inputs())
def test_a_run_takes_each_input_that_pages_show(text: str) -> None:
    asked = json.loads(text.replace("ledger_lake_prod", ARGUMENTS["schema"]))
    with world() as aws:
        for one in asked.values():
            if isinstance(one, dict) and "from" in one:
                aws.deliver(*(f"{one['feed']}/backfill/{one[end]}/a.csv" for end in ("from", "to")))
        assert aws.run(asked).status == "SUCCEEDED"
