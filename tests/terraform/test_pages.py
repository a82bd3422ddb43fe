"""Tables of pages name what the module makes: each end of a run, each alarm that mails."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.terraform.plan import ROOT, Plan

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
