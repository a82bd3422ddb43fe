"""A plan is summarised by counts and names; no value of it is repeated."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from review.plan import summarise


def change(address: str, *actions: str) -> dict[str, object]:
    values = {"actions": actions, "before": {"endpoint": "a@example.org"}, "after": {"secret": "s3cret"}}
    return {"address": address, "change": values}


PLAN = [
    change("aws_s3_bucket.lake", "no-op"),
    change("data.aws_iam_policy_document.loader", "read"),
    change('aws_sns_topic_subscription.alarms["a@example.org"]', "create"),
    change('aws_sns_topic_subscription.alarms["b\\"]@example.org"]', "create"),
    change("module.prod.aws_subnet.private[0]", "update"),
    change("aws_ecs_task_definition.build", "delete", "create"),
    change("aws_ecs_task_definition.loader", "create", "delete"),
    change("aws_iam_role.old", "delete"),
]


def test_plan_is_counted_by_what_happens() -> None:
    shown = summarise(json.dumps({"resource_changes": PLAN}))
    assert shown.splitlines()[0] == "2 to add, 1 to change, 2 to replace, 1 to destroy."
    assert "- `aws_sns_topic_subscription.alarms` (2 instances)" in shown
    assert "- `module.prod.aws_subnet.private`\n" in shown


def test_summary_has_no_value_and_no_key() -> None:
    shown = summarise(json.dumps({"resource_changes": PLAN}))
    assert not any(part in shown for part in ("example.org", "s3cret", "endpoint", "lake"))


def test_plan_without_changes_says_so() -> None:
    assert summarise('{"resource_changes": []}') == "0 to add, 0 to change, 0 to replace, 0 to destroy.\n"


def test_what_is_no_plan_is_refused() -> None:
    with pytest.raises(ValueError, match="no plan"):
        summarise('{"resources": []}')


def test_summary_needs_no_package_beside_python(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text('{"resource_changes": []}')
    command = [sys.executable, "-S", "-m", "review", "plan", str(tmp_path / "plan.json")]
    ended = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
