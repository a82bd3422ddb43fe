"""Each end of a run, executed; and what the definition promises as a whole."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.terraform.interpreter import Raised
from tests.terraform.state_machine import ARGUMENTS, NEEDS_TERRAFORM, TEMPLATE, Outcome, Stopped, World, rendered, world

pytestmark = NEEDS_TERRAFORM

# The names by which AWS reports what passes by itself. Throttling by S3 and Step Functions, and a lack of Fargate
# capacity, come under the general names of their services.
TRANSIENT = {
    "States.Timeout",
    "AmazonECS.Unknown",
    *(f"ECS.{name}Exception" for name in ("AmazonECS", "Server", "Throttling", "SdkClient")),
    *(
        f"DynamoDB.{name}Exception"
        for name in ("ProvisionedThroughputExceeded", "Throttling", "InternalServerError", "SdkClient")
    ),
    "DynamoDB.RequestLimitExceeded",
    "DynamoDB.InternalServerError",
    *(f"S3.{name}Exception" for name in ("S3", "SdkClient")),
    *(f"Sfn.{name}Exception" for name in ("Sfn", "SdkClient", "ExecutionDoesNotExist")),
    *(f"SNS.{name}Exception" for name in ("Throttled", "InternalError", "KMSThrottling", "SdkClient")),
}
SUCCEEDED = {
    "Done",
    "NothingNew",
    "Held",
    "FilesRejected",
    "Lost",
    "AnotherRunIsUnderWay",
    "ChoreDone",
    "VerifyFindings",
    "PreviewDone",
}


@pytest.fixture
def aws() -> Iterator[World]:
    with world() as made:
        yield made


def states(machine: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give each state of a machine, those inside others too."""
    for name, state in machine["States"].items():
        yield name, state
        for inner in [state["ItemProcessor"]] if "ItemProcessor" in state else state.get("Branches", []):
            yield from states(inner)


def all_states() -> dict[str, dict[str, Any]]:
    return dict(states(json.loads(rendered())))


def tasks() -> dict[str, dict[str, Any]]:
    return {name: state for name, state in all_states().items() if state["Type"] == "Task"}


# The definition


def test_the_definition_passes_statelint(capsys: pytest.CaptureFixture[str]) -> None:
    from statelint.cli import main

    # statelint knows no filters, which AWS takes in Parameters and ResultSelector.
    without_filters = re.sub(r"\[\?\(@\.Name=='\w+'\)\]", "[*]", rendered())

    assert main([without_filters]) == 0, capsys.readouterr().out


def test_terraform_gives_the_names_that_the_tests_give() -> None:
    text = (TEMPLATE.parent / "orchestration.tf").read_text()
    call = re.search(
        r"templatefile\(\"\$\{path\.module\}/pipeline\.asl\.json\.tftpl\", \{\n(.*?)\n *\}\)", text, re.DOTALL
    )

    assert call is not None
    assert set(re.findall(r"^ *(\w+) +=", call[1], re.MULTILINE)) == set(ARGUMENTS)


def test_each_task_and_the_machine_have_a_timeout() -> None:
    assert [name for name, state in tasks().items() if not 0 < state.get("TimeoutSeconds", 0) < 86_400] == []
    assert json.loads(rendered())["TimeoutSeconds"] > 0


def test_only_what_is_transient_is_retried() -> None:
    for name, state in tasks().items():
        for retry in state["Retry"]:
            assert set(retry["ErrorEquals"]) <= TRANSIENT, name
            assert retry["BackoffRate"] > 1, name
            assert 0 < retry["MaxAttempts"] < 10, name
    # A task that took too long is not started again.
    running = {name: state for name, state in tasks().items() if state["Resource"].endswith("ecs:runTask.sync")}
    assert len(running) == 5
    assert not any("States.Timeout" in retry["ErrorEquals"] for state in running.values() for retry in state["Retry"])


def test_each_failure_of_a_task_is_caught() -> None:
    machine = json.loads(rendered())["States"]
    caught = {
        name: state["Catch"][-1]["ErrorEquals"]
        for name, state in machine.items()
        if state["Type"] in ("Task", "Map", "Parallel")
    }

    assert caught == {name: ["States.ALL"] for name in caught}


def test_each_failed_end_says_what_to_do() -> None:
    ends = {name: state for name, state in all_states().items() if state["Type"] == "Fail"}

    assert len(ends) == 13
    for name, state in ends.items():
        assert state["Error"] == name.removesuffix("AtLock")
        assert re.search(r"\b(Start|start|Give|Look|look|Correct|Take|docs/)\b", state["Cause"]), name


def test_partitions_other_than_aws_have_their_own_names() -> None:
    assert '"arn:aws' not in TEMPLATE.read_text()


# The ends


BUILD_ENDS: list[tuple[Outcome, str]] = [
    (0, "Done"),
    (10, "NothingNew"),
    (3, "Held"),
    (11, "Lost"),
    (12, "Partial"),
    (1, "Failed"),
    (2, "Broken"),
    (143, "Stopped"),
    (Stopped(137, "UserInitiated"), "Stopped"),
    (Stopped(137, "EssentialContainerExited"), "Crashed"),
    (Stopped(None, "TaskFailedToStart"), "Crashed"),
    (Stopped(99), "Crashed"),
    (Raised("States.Timeout"), "TimedOut"),
    (Raised("ECS.InvalidParameterException"), "Crashed"),
    (Raised("States.TaskFailed", "no JSON"), "Crashed"),
    (Raised("States.TaskFailed", '{"Failures": []}'), "Crashed"),
    (Raised("States.TaskFailed", '{"Containers":[{"Name":"build","ExitCode":0}'), "Crashed"),
    (Raised("States.TaskFailed", '{"Containers":[{"Name":"build"}'), "Crashed"),
]


@pytest.mark.parametrize(("outcome", "end"), BUILD_ENDS, ids=str)
def test_each_end_of_a_build_has_its_name(aws: World, outcome: Outcome, end: str) -> None:
    aws.deliver("payments/a.csv")
    aws.outcomes["Build"] = [outcome]

    run = aws.run()

    assert run.end == end
    assert run.status == ("SUCCEEDED" if end in SUCCEEDED else "FAILED")
    assert aws.messages() == [f"ledger-lake-test: {end} (execution {run.name})"]
    assert len(aws.tasks("Build")) == 1
    assert aws.landed() == ["s3://inbox/payments/"]
    assert "holder" not in aws.holder()


@pytest.mark.parametrize("outcome", [Stopped(0, sidecar_code=137), Stopped(10, sidecar_code=0)], ids=str)
def test_a_container_of_aws_beside_ours_changes_no_end(aws: World, outcome: Stopped) -> None:
    aws.deliver("payments/a.csv")
    aws.outcomes["s3://inbox/payments/"] = [Stopped(0, sidecar_code=143)]
    aws.outcomes["Build"] = [outcome]

    assert aws.run().end == {0: "Done", 10: "NothingNew"}[outcome.code or 0]


def test_a_success_without_an_exit_code_is_a_failure(aws: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Stopped, "described", lambda ended, container: {"Containers": [{"Name": "x", "ExitCode": 0}]})
    aws.deliver("payments/a.csv")

    run = aws.run()

    assert (run.end, run.status) == ("Crashed", "FAILED")
    assert len(aws.landed()) == 2


def test_the_build_runs_in_the_published_schema(aws: World) -> None:
    aws.run()

    (build,) = aws.tasks("Build")
    assert build.command == ["python", "-m", "pipeline", "build"]
    assert build.parameters["TaskDefinition"] == "build-task"
    (override,) = build.parameters["Overrides"]["ContainerOverrides"]
    assert override["Environment"] == [
        {"Name": "LEDGER_LAKE_SCHEMA", "Value": "ledger_lake_test"},
        {"Name": "LEDGER_LAKE_EMF", "Value": "1"},
    ]
    assert build.parameters["NetworkConfiguration"]["AwsvpcConfiguration"] == {
        "Subnets": ["subnet-1", "subnet-2"],
        "SecurityGroups": ["sg-1"],
        "AssignPublicIp": "DISABLED",
    }


@pytest.mark.parametrize(("code", "end"), [(0, "NotNotified"), (1, "Failed")])
def test_a_message_not_sent_is_noticed_and_hides_nothing(aws: World, code: int, end: str) -> None:
    aws.outcomes["Build"] = [code]
    aws.faults["Notify"] = [Raised("SNS.AuthorizationErrorException")]

    run = aws.run()

    assert (run.end, run.status) == (end, "FAILED")
    assert aws.attempts["Notify"] == 1


# Retries


@pytest.mark.parametrize(
    ("state", "error"),
    [
        ("TakeLock", "DynamoDB.ThrottlingException"),
        ("ListFolders", "S3.SdkClientException"),
        ("Land", "ECS.AmazonECSException"),
        ("MarkBuilding", "DynamoDB.ProvisionedThroughputExceededException"),
        ("Build", "ECS.AmazonECSException"),
        ("Build", "ECS.ServerException"),
        ("CloseLock", "States.Timeout"),
        ("GiveLockBack", "States.Timeout"),
        ("Notify", "SNS.ThrottledException"),
    ],
)
def test_what_passes_by_itself_is_tried_again(aws: World, state: str, error: str) -> None:
    aws.deliver("payments/a.csv")
    aws.faults[state] = [Raised(error), Raised(error)]

    assert aws.run().end == "Done"
    assert aws.attempts[state] == 3


@pytest.mark.parametrize(
    ("state", "error", "end"),
    [
        ("TakeLock", "DynamoDB.AccessDeniedException", "Crashed"),
        ("ListFolders", "S3.NoSuchBucketException", "Crashed"),
        ("Land", "ECS.InvalidParameterException", "NotAllLanded"),
        ("Land", "States.Timeout", "NotAllLanded"),
        ("MarkBuilding", "DynamoDB.AccessDeniedException", "Crashed"),
        ("Build", "ECS.ClientException", "Crashed"),
        ("Build", "States.Timeout", "TimedOut"),
        ("CloseLock", "DynamoDB.AccessDeniedException", "NextRunNotStarted"),
        ("GiveLockBack", "DynamoDB.AccessDeniedException", "Done"),
        ("Notify", "SNS.NotFoundException", "NotNotified"),
    ],
)
def test_what_does_not_pass_is_tried_once(aws: World, state: str, error: str, end: str) -> None:
    aws.deliver("payments/a.csv")
    aws.faults[state] = [Raised(error)]

    assert aws.run().end == end
    assert aws.attempts[state] == 1


def test_what_never_passes_ends_after_its_attempts(aws: World) -> None:
    aws.faults["Build"] = [Raised("ECS.AmazonECSException", "Capacity is unavailable at this time")] * 20

    assert aws.run().end == "Crashed"
    assert aws.attempts["Build"] == 6
