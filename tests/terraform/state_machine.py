"""The state machine as Terraform renders it, executed by moto with fakes in the place of its tasks."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock
from uuid import uuid4

import boto3
import pytest
from moto import mock_aws
from moto.stepfunctions.parser.api import HistoryEventType, TaskFailedEventDetails
from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import CustomErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent, FailureEventException
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service import StateTaskService
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_dynamodb import (
    StateTaskServiceDynamoDB,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_ecs import (
    StateTaskServiceEcs,
)
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import WaitFunction
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.asl.utils import boto_client, json_path

TEMPLATE = Path(__file__).parents[2] / "terraform" / "pipeline.asl.json.tftpl"
TERRAFORM = shutil.which("terraform")
REGION = "eu-central-1"
TOPIC = f"arn:aws:sns:{REGION}:123456789012:runs"

# What orchestration.tf fills in. Terraform finds a name that is missing here, a test one that is too many.
ARGUMENTS: dict[str, Any] = {
    "name": "ledger-lake-test",
    "partition": "aws",
    "table": "runs",
    "inbox": "inbox",
    "cluster": "cluster",
    "loader_task": "loader-task",
    "build_task": "build-task",
    "platform_version": "1.4.0",
    "subnets": ["subnet-1", "subnet-2"],
    "security_group": "sg-1",
    "upkeep_role": "arn:aws:iam::123456789012:role/upkeep",
    "topic": TOPIC,
    "schema": "ledger_lake_test",
    "rebuild_schemas": "ledger_lake_test_rebuild_*",
    "landings_at_once": 4,
    "landing_timeout_seconds": 7200,
    "build_timeout_seconds": 14400,
    "chore_timeout_seconds": 14400,
    "run_timeout_seconds": 72000,
}


NEEDS_TERRAFORM = pytest.mark.skipif(
    TERRAFORM is None, reason="no terraform on the PATH: nothing renders the state machine"
)


@cache
def rendered() -> str:
    """Return the definition as Terraform's templatefile renders it, without a provider."""
    call = f"jsonencode(templatefile({json.dumps(str(TEMPLATE))}, jsondecode({json.dumps(json.dumps(ARGUMENTS))})))"
    with tempfile.TemporaryDirectory() as empty:
        done = subprocess.run(
            [str(TERRAFORM), "console"], input=call, capture_output=True, text=True, cwd=empty, check=True, timeout=60
        )
    text: str = json.loads(json.loads(done.stdout.splitlines()[-1]))
    return text


@cache
def client(service_name: str) -> Any:
    """Return a client of a service; making one takes longer than all its calls here."""
    return boto3.client(service_name, region_name=REGION, aws_access_key_id="none", aws_secret_access_key="none")  # noqa: S106 - moto takes any


@dataclass
class Raised:
    """A task that fails with an error of a name, such as ECS.AmazonECSException or States.Timeout."""

    error: str
    cause: str = "Not what a task says"


@dataclass
class Stopped:
    """A task that ended, and how: without a code its container was never started."""

    code: int | None = None
    stop_code: str = "EssentialContainerExited"
    sidecar_code: int | None = None

    def described(self, container: str) -> dict[str, Any]:
        """Return what runTask.sync gives, or has as its cause."""
        own = {"Name": container, "LastStatus": "STOPPED"} | ({} if self.code is None else {"ExitCode": self.code})
        sidecar = {"Name": "aws-guardduty-agent", "ExitCode": self.sidecar_code}
        containers = [own] if self.sidecar_code is None else [sidecar, own]
        return {"Containers": containers, "LastStatus": "STOPPED", "StopCode": self.stop_code}


@dataclass
class Call:
    """A task that was started."""

    state: str
    container: str
    command: list[str]
    parameters: dict[str, Any]
    began: float
    ended: float = 0.0


Outcome = int | Stopped | Raised


@dataclass
class World:
    """AWS around the machine.

    Attributes:
        outcomes: of the tasks of a state, or of a place that is landed, one after the other; then 0.
        faults: of calls of a state to AWS, one after the other; then none.
        before: what happens while a task of a state runs.
        calls: the tasks that were started.
        attempts: how often each state was tried.
    """

    definition: str
    outcomes: dict[str, list[Outcome]] = field(default_factory=lambda: defaultdict(list))
    faults: dict[str, list[Raised]] = field(default_factory=lambda: defaultdict(list))
    before: dict[str, Callable[[], None]] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    attempts: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Make what Terraform makes around the machine."""
        self.s3, self.dynamodb, self.sns, self.sqs, self.sfn = (
            client(name) for name in ("s3", "dynamodb", "sns", "sqs", "stepfunctions")
        )
        self.s3.create_bucket(Bucket="inbox", CreateBucketConfiguration={"LocationConstraint": REGION})
        self.dynamodb.create_table(
            TableName="runs",
            KeySchema=[{"AttributeName": "name", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "name", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        self.sns.create_topic(Name="runs")
        queue = self.sqs.create_queue(QueueName="messages")["QueueUrl"]
        self.sns.subscribe(TopicArn=TOPIC, Protocol="sqs", Endpoint=f"arn:aws:sqs:{REGION}:123456789012:messages")
        self._queue = queue
        self.machine = self.sfn.create_state_machine(
            name="pipeline", definition=self.definition, roleArn="arn:aws:iam::123456789012:role/state-machine"
        )["stateMachineArn"]

    def deliver(self, *keys: str) -> None:
        """Put objects into the inbox."""
        for key in keys:
            self.s3.put_object(Bucket="inbox", Key=key, Body=b"")

    def start(self, asked: dict[str, Any] | None = None) -> str:
        """Start a run; return its ARN."""
        arn: str = self.sfn.start_execution(
            stateMachineArn=self.machine, name=str(uuid4()), input=json.dumps({} if asked is None else asked)
        )["executionArn"]
        return arn

    def finish(self, run: str) -> Run:
        """Wait until a run has ended."""
        deadline = time.monotonic() + 30
        while (found := self.sfn.describe_execution(executionArn=run))["status"] == "RUNNING":
            assert time.monotonic() < deadline, self._path(run)
            time.sleep(0.005)
        path = self._path(run)
        return Run(run, found["status"], path[-1] if path else "", found.get("cause", ""), path)

    def run(self, asked: dict[str, Any] | None = None) -> Run:
        """Start a run and wait for its end."""
        return self.finish(self.start(asked))

    def runs(self) -> list[str]:
        """Return the ARNs of all runs, oldest first."""
        found = self.sfn.list_executions(stateMachineArn=self.machine)["executions"]
        return [one["executionArn"] for one in sorted(found, key=lambda one: one["startDate"])]

    def messages(self) -> list[str]:
        """Return the messages that came since the last call."""
        texts = []
        while found := self.sqs.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10).get("Messages"):
            for message in found:
                texts.append(json.loads(message["Body"])["Message"])
                self.sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"])
        return texts

    def holder(self, lock: str = "pipeline") -> dict[str, Any]:
        """Return the lock's item."""
        found: dict[str, Any] = self.dynamodb.get_item(TableName="runs", Key={"name": {"S": lock}}).get("Item", {})
        return found

    def tasks(self, state: str) -> list[Call]:
        """Return the tasks that a state has started."""
        return [call for call in self.calls if call.state == state]

    def landed(self) -> list[str]:
        """Return the places that were landed, in the order of their tasks."""
        return [call.command[-1] for call in self.tasks("Land")]

    def history(self, run: str) -> list[dict[str, Any]]:
        """Return the events of a run."""
        events: list[dict[str, Any]] = self.sfn.get_execution_history(executionArn=run)["events"]
        return events

    def _path(self, run: str) -> list[str]:
        entered = (event.get("stateEnteredEventDetails") for event in self.history(run))
        return [details["name"] for details in entered if details]

    def take_fault(self, state: str) -> Raised | None:
        """Count an attempt of a state; return the fault that it meets."""
        with self._lock:
            self.attempts[state] += 1
            return self.faults[state].pop(0) if self.faults[state] else None

    def run_task(self, state: str, parameters: dict[str, Any]) -> Outcome:
        """Stand in for ECS."""
        override = parameters["Overrides"]["ContainerOverrides"][0]
        call = Call(state, override["Name"], override["Command"], parameters, time.monotonic())
        with self._lock:
            self.calls.append(call)
            planned = self.outcomes[call.command[-1]] or self.outcomes[state]
            outcome = planned.pop(0) if planned else 0
        if state in self.before:
            self.before[state]()
        call.ended = time.monotonic()
        return outcome


@dataclass(frozen=True)
class Run:
    """A run that has ended, with the states that it passed."""

    arn: str
    status: str
    end: str
    cause: str
    path: list[str]

    @property
    def name(self) -> str:
        """The execution's name."""
        return self.arn.rpartition(":")[2]


_parsed_path = cache(json_path.parse)
_parsed_definition = cache(AmazonStateLanguageParser.parse)


def _failure(state: Any, env: Any, raised: Raised) -> FailureEventException:
    if raised.error == "States.Timeout":
        return FailureEventException(state._get_timed_out_failure_event(env))
    if raised.error == "States.TaskFailed":
        name = StatesErrorName(typ=StatesErrorNameType.StatesTaskFailed)
    else:
        name = CustomErrorName(raised.error)
    details = TaskFailedEventDetails(error=raised.error, cause=raised.cause)
    event = FailureEvent(env, name, HistoryEventType.TaskFailed, EventDetails(taskFailedEventDetails=details))
    return FailureEventException(event)


@contextmanager
def world(definition: str) -> Iterator[World]:
    """Give a machine in an AWS of its own.

    The definition is executed as it is. Five things of moto's interpreter are replaced:

    1. ecs:runTask.sync, which it cannot run: a fake answers as AWS does, with the task's description as the result
       after exit code 0 and as the cause of States.TaskFailed after any other.
    2. A state's call to AWS first meets the fault that a test has planned for it.
    3. Wait states and the intervals of Retry take no time.
    4. A JSONPath filter that nothing fits gives an empty list, as in AWS.
    5. A conditional write to DynamoDB is one step, as in AWS; moto's threads can come between.

    What costs time and changes nothing is kept: clients, the parsed definition, parsed paths.
    """
    evaluate = StateTaskService._eval_execution
    explain = StateTaskServiceDynamoDB._from_error
    is_wildcard = json_path._contains_slice_or_wildcard_array
    one_write = threading.Lock()
    around: list[World] = []

    def with_faults(self: Any, env: Any) -> None:
        fault = around[0].take_fault(self.name)
        if fault is not None:
            raise _failure(self, env, fault)
        with one_write if self.resource.service_name == "dynamodb" else nullcontext():
            evaluate(self, env)

    def from_error(self: Any, env: Any, ex: Exception) -> FailureEvent:
        return ex.failure_event if isinstance(ex, FailureEventException) else explain(self, env, ex)

    def run_task(self: Any, env: Any) -> None:
        fault = around[0].take_fault(self.name)
        if fault is not None:
            raise _failure(self, env, fault)
        parameters = self._eval_parameters(env=env)
        outcome = around[0].run_task(self.name, parameters)
        if isinstance(outcome, Raised):
            raise _failure(self, env, outcome)
        ended = Stopped(outcome) if isinstance(outcome, int) else outcome
        described = ended.described(parameters["Overrides"]["ContainerOverrides"][0]["Name"])
        if any(container.get("ExitCode") != 0 for container in described["Containers"]):
            text = json.dumps(described, separators=(",", ":"))
            raise _failure(self, env, Raised("States.TaskFailed", text))
        env.stack.append(described)

    patches = [
        mock.patch.object(StateTaskService, "_eval_execution", with_faults),
        mock.patch.object(StateTaskServiceEcs, "_eval_execution", run_task),
        mock.patch.object(StateTaskServiceDynamoDB, "_from_error", from_error),
        mock.patch.object(boto_client, "boto3", mock.Mock(client=lambda service_name, **options: client(service_name))),
        mock.patch.object(WaitFunction, "_wait_interval", mock.Mock()),
        mock.patch.object(retrier_decl, "time", mock.Mock()),
        mock.patch.object(json_path, "parse", _parsed_path),
        mock.patch.object(AmazonStateLanguageParser, "parse", _parsed_definition),
        mock.patch.object(
            json_path, "_contains_slice_or_wildcard_array", lambda path: "[?(" in path or is_wildcard(path)
        ),
    ]
    with mock_aws(config={"stepfunctions": {"execute_state_machine": True}}):
        for patch in patches:
            patch.start()
        try:
            around.append(World(definition))
            yield around[0]
        finally:
            for patch in patches:
                patch.stop()
