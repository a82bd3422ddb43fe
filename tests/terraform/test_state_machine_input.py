"""What a run may be asked for: each form of the input, and all that is none."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.terraform.interpreter import Raised
from tests.terraform.state_machine import NEEDS_TERRAFORM, Outcome, Stopped, World, world

pytestmark = NEEDS_TERRAFORM

RANGE = {"feed": "payments", "from": "2024-01", "to": "2024-02"}
PREFIX = "ledger_lake_test_rebuild_"

WRONG_SUFFIXES = ["", "A", "1 ", "a b", "../x", "a/b", "*", "a.b", "a-b", "ä", "a\n", "{}", "a'"]


@pytest.fixture
def aws() -> Iterator[World]:
    with world() as made:
        yield made


@pytest.mark.parametrize(
    "asked",
    [
        {"backfil": {"feed": "payments", "from": "2024-01", "to": "2024-02"}},
        {"backfill": {"feed": "payments", "from": "2024-01"}},
        {"backfill": {"feed": "payments", "from": "2024-02", "to": "2024-01"}},
        {"backfill": {"feed": "payments", "from": "2024-1", "to": "2024-02"}},
        {"backfill": {"feed": "payments", "from": "2024-01", "to": "2024-12"}},
        {"backfill": {"feed": "pay*", "from": "2024-01", "to": "2024-02"}},
        {"backfill": {"feed": "payments", "from": "2024-01/x", "to": "2024-02"}},
        {"backfill": {"feed": "payments", "from": 202401, "to": 202402}},
        {"backfill": {"feed": "", "from": "", "to": ""}},
        {"backfill": "payments"},
        {"rebuild": {"schema": "ledger_lake_test"}},
        {"rebuild": {"schema": "another_rebuild_1"}},
        {"rebuild": {}},
        {"rebuild": {"schema": "ledger_lake_test_rebuild_1"}, "delivery": True},
        {"backfill": RANGE, "chore": "verify"},
        {"chore": "sweep"},
        {"delivery": False},
        {"Comment": "Insert your JSON here"},
        [],
        "backfill",
        {"backfill": {**RANGE, "dry_run": True}},
        {"backfill": {**RANGE, "x": None}},
        {"backfill": RANGE, "x": 1},
        {"preview": {**RANGE, "x": {}}},
        {"preview": {"feed": "payments"}},
        {"preview": {**RANGE, "to": "2024-12"}},
        {"preview": {"x": 1}},
        {"preview": []},
        {"preview": True},
        {"preview": {}, "backfill": RANGE},
        {"rebuild": {"schema": f"{PREFIX}1", "x": 1}},
        {"delivery": True, "x": 1},
        {"delivery": True, "x": None},
        {"chore": "verify", "feed": "a"},
        {"chore": ["verify"]},
        *({"rebuild": {"schema": f"{PREFIX}{suffix}"}} for suffix in WRONG_SUFFIXES),
    ],
    ids=json.dumps,
)
def test_a_wrong_input_does_nothing_and_says_the_form(aws: World, asked: Any) -> None:
    aws.deliver(
        "payments/backfill/2024-01/a.csv", "payments/backfill/2024-01/x/b.csv", "payments/backfill/2024-02/c.csv"
    )

    run = aws.run(asked)

    assert (run.end, run.status) == ("WrongInput", "FAILED")
    assert '{"backfill": {"feed": "payments", "from": "2024-01", "to": "2024-06"}}' in run.cause
    assert aws.calls == []
    assert aws.holder() == {}
    assert aws.messages() == [f"ledger-lake-test: WrongInput (execution {run.name})"]


@pytest.mark.parametrize("suffix", ["1", "_", "a", "2024_q1", "z0"])
def test_a_rebuild_goes_to_a_schema_that_it_names(aws: World, suffix: str) -> None:
    run = aws.run({"rebuild": {"schema": f"{PREFIX}{suffix}"}})

    (build,) = aws.tasks("Build")
    (override,) = build.parameters["Overrides"]["ContainerOverrides"]
    assert (run.end, override["Environment"][0]["Value"]) == ("Done", f"{PREFIX}{suffix}")


def test_the_order_of_keys_does_not_matter(aws: World) -> None:
    aws.deliver("payments/backfill/2024-01/a.csv", "payments/backfill/2024-02/b.csv")

    assert aws.run({"backfill": dict(reversed(RANGE.items()))}).end == "Done"
    assert len(aws.landed()) == 3


# Previews


def test_a_preview_lands_nothing_and_sends_no_metrics(aws: World) -> None:
    aws.deliver("payments/a.csv", "beside.csv")

    run = aws.run({"preview": {}})

    assert (run.end, run.status) == ("PreviewDone", "SUCCEEDED")
    (call,) = aws.calls
    assert (call.state, call.command) == ("Preview", ["python", "-m", "pipeline", "preview"])
    (override,) = call.parameters["Overrides"]["ContainerOverrides"]
    assert override["Environment"] == [{"Name": "LEDGER_LAKE_EMF", "Value": "0"}]
    assert "DocsAndReport" not in run.path
    assert "holder" not in aws.holder()
    assert aws.messages() == [f"ledger-lake-test: PreviewDone (execution {run.name})"]


def test_a_preview_of_a_range_lands_that_range_only(aws: World) -> None:
    months = ["2023-12", "2024-01", "2024-02", "2024-03"]
    aws.deliver("payments/a.csv", *(f"payments/backfill/{month}/a.csv" for month in months))

    run = aws.run({"preview": RANGE})

    assert run.end == "PreviewDone"
    assert aws.landed() == [f"s3://inbox/payments/backfill/{month}/" for month in ("2024-01", "2024-02")]
    assert [call.state for call in aws.calls] == ["Land", "Land", "Preview"]


@pytest.mark.parametrize(("code", "end"), [(0, "PreviewDone"), (3, "FilesRejected"), (2, "NotAllLanded")])
def test_a_preview_says_what_did_not_land(aws: World, code: int, end: str) -> None:
    aws.deliver("payments/backfill/2024-01/a.csv", "payments/backfill/2024-02/b.csv")
    aws.outcomes["s3://inbox/payments/backfill/2024-02/"] = [code]

    run = aws.run({"preview": RANGE})

    assert (run.end, len(aws.tasks("Preview"))) == (end, 1)
    assert "DocsAndReport" not in run.path


@pytest.mark.parametrize("outcome", [1, 2, 11, 143, Stopped(None), Raised("States.Timeout")], ids=str)
def test_a_preview_that_fails_is_a_failed_run(aws: World, outcome: Outcome) -> None:
    aws.outcomes["Preview"] = [outcome]

    run = aws.run({"preview": {}})

    assert (run.end, run.status) == ("PreviewFailed", "FAILED")
    assert len(aws.calls) == 1
    assert "holder" not in aws.holder()


# Chores


@pytest.mark.parametrize(
    ("chore", "container", "command"),
    [
        ("recover", "loader", ["loader", "--json", "recover"]),
        ("verify", "loader", ["loader", "--json", "verify"]),
        ("upkeep", "build", ["dbt", "run-operation", "upkeep", "--target", "athena"]),
    ],
)
def test_a_chore_is_one_task_and_takes_no_lock(aws: World, chore: str, container: str, command: list[str]) -> None:
    run = aws.run({"chore": chore})

    (call,) = aws.calls
    assert (run.end, call.container, call.command) == ("ChoreDone", container, command)
    roles = call.parameters["Overrides"].get("TaskRoleArn")
    assert roles == ("arn:aws:iam::123456789012:role/upkeep" if chore == "upkeep" else None)
    assert aws.holder() == {}


def test_what_verify_finds_is_no_failed_run(aws: World) -> None:
    aws.outcomes["LoaderChore"] = [3]

    run = aws.run({"chore": "verify"})

    assert (run.end, run.status) == ("VerifyFindings", "SUCCEEDED")
    assert aws.messages() == [f"ledger-lake-test: VerifyFindings (execution {run.name})"]


@pytest.mark.parametrize(("chore", "code"), [("recover", 3), ("upkeep", 3), ("verify", 4)])
def test_an_exit_code_that_a_chore_has_not_is_a_failed_run(aws: World, chore: str, code: int) -> None:
    aws.outcomes["Upkeep" if chore == "upkeep" else "LoaderChore"] = [code]
    assert aws.run({"chore": chore}).end == "ChoreFailed"


@pytest.mark.parametrize("chore", ["recover", "verify", "upkeep"])
@pytest.mark.parametrize(
    "outcome",
    [
        1,
        Stopped(None),
        Raised("States.Timeout"),
        Raised("States.TaskFailed", "no JSON"),
        Raised("States.TaskFailed", '{"Containers":[{"Name":"loader","ExitCode":3}'),
        Raised("States.TaskFailed", '{"Containers":[{"Name":"other","ExitCode":3}]}'),
    ],
    ids=str,
)
def test_a_chore_that_fails_is_a_failed_run(aws: World, chore: str, outcome: Outcome) -> None:
    aws.outcomes["Upkeep" if chore == "upkeep" else "LoaderChore"] = [outcome]

    run = aws.run({"chore": chore})

    assert (run.end, run.status) == ("ChoreFailed", "FAILED")
    assert len(aws.calls) == 1
