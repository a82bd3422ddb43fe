"""The state machine as Terraform renders it, in a world of fakes: an inbox, a lock table, a topic, and tasks."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from moto.s3.models import s3_backends

from tests.terraform.interpreter import REGION, Raised, client, interpreter

TEMPLATE = Path(__file__).parents[2] / "terraform" / "pipeline.asl.json.tftpl"
TRANSIENT_ERRORS = json.loads((TEMPLATE.parent / "transient_errors.json").read_text(encoding="utf-8"))
TERRAFORM = shutil.which("terraform")
ACCOUNT = "123456789012"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:runs"

# What orchestration.tf fills in. Terraform finds a name that is missing here, a test one that is too many.
ARGUMENTS: dict[str, Any] = {
    "name": "ledger-lake-test",
    "transient": TRANSIENT_ERRORS,
    "partition": "aws",
    "table": "runs",
    "inbox": "inbox",
    "cluster": "cluster",
    "loader_task": "loader-task",
    "build_task": "build-task",
    "platform_version": "1.4.0",
    "network": {
        "AwsvpcConfiguration": {
            "Subnets": ["subnet-1", "subnet-2"],
            "SecurityGroups": ["sg-1"],
            "AssignPublicIp": "DISABLED",
        }
    },
    "upkeep_role": f"arn:aws:iam::{ACCOUNT}:role/upkeep",
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


def render(arguments: Mapping[str, Any]) -> str:
    """Return the definition as Terraform's templatefile renders it, without a provider."""
    call = f"jsonencode(templatefile({json.dumps(str(TEMPLATE))}, jsondecode({json.dumps(json.dumps(arguments))})))"
    with tempfile.TemporaryDirectory() as empty:
        done = subprocess.run(
            [str(TERRAFORM), "console"], input=call, capture_output=True, text=True, cwd=empty, check=True, timeout=60
        )
    text: str = json.loads(json.loads(done.stdout.splitlines()[-1]))
    return text


@cache
def rendered() -> str:
    """Return the definition that the tests execute."""
    return render(ARGUMENTS)


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
        during: what happens while a task of a state runs.
        on_call: what happens just before a state's call to AWS.
        calls: the tasks that were started.
        attempts: how often each state was tried.
    """

    outcomes: dict[str, list[Outcome]] = field(default_factory=lambda: defaultdict(list))
    faults: dict[str, list[Raised]] = field(default_factory=lambda: defaultdict(list))
    during: dict[str, Callable[[], object]] = field(default_factory=dict)
    on_call: dict[str, Callable[[], object]] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    attempts: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def make(self) -> None:
        """Make the machine, and what Terraform makes around the machine."""
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
        self.sns.subscribe(TopicArn=TOPIC, Protocol="sqs", Endpoint=f"arn:aws:sqs:{REGION}:{ACCOUNT}:messages")
        self._queue = queue
        self.machine = self.sfn.create_state_machine(
            name="pipeline", definition=rendered(), roleArn=f"arn:aws:iam::{ACCOUNT}:role/state-machine"
        )["stateMachineArn"]

    def deliver(self, *keys: str) -> None:
        """Put objects into the inbox."""
        # Not by a client: 5,000 requests take longer than all other tests.
        for key in keys:
            s3_backends[ACCOUNT]["aws"].put_object("inbox", key, b"")

    def start(self, asked: Any = None, name: str | None = None) -> str:
        """Start a run; return its ARN."""
        arn: str = self.sfn.start_execution(
            stateMachineArn=self.machine, name=name or str(uuid4()), input=json.dumps({} if asked is None else asked)
        )["executionArn"]
        return arn

    def execution(self, name: str) -> str:
        """Return the ARN of a run by its name."""
        return f"{self.machine.replace(':stateMachine:', ':execution:')}:{name}"

    @staticmethod
    def until(holds: Callable[[], bool]) -> None:
        """Wait until something holds."""
        deadline = time.monotonic() + 60
        while not holds():
            assert time.monotonic() < deadline
            time.sleep(0.005)

    def finish(self, run: str) -> Run:
        """Wait until a run has ended."""
        self.until(lambda: self.sfn.describe_execution(executionArn=run)["status"] != "RUNNING")
        found = self.sfn.describe_execution(executionArn=run)
        path = self._path(run)
        return Run(run, found["status"], path[-1] if path else "", found.get("cause", ""), path)

    def run(self, asked: Any = None) -> Run:
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

    def before_attempt(self, state: str) -> Raised | None:
        """Count an attempt of a state; return the fault that it meets."""
        with self._lock:
            self.attempts[state] += 1
            fault = self.faults[state].pop(0) if self.faults[state] else None
        if fault is None:
            self.on_call.get(state, lambda: None)()
        return fault

    def run_task(self, state: str, parameters: dict[str, Any]) -> Raised | dict[str, Any]:
        """Stand in for ECS."""
        override = parameters["Overrides"]["ContainerOverrides"][0]
        call = Call(state, override["Name"], override["Command"], parameters, time.monotonic())
        with self._lock:
            self.calls.append(call)
            planned = self.outcomes[call.command[-1]] or self.outcomes[state]
            outcome = planned.pop(0) if planned else 0
        self.during.get(state, lambda: None)()
        call.ended = time.monotonic()
        if isinstance(outcome, Raised):
            return outcome
        return (Stopped(outcome) if isinstance(outcome, int) else outcome).described(call.container)


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


@contextmanager
def world() -> Iterator[World]:
    """Give the machine in an AWS of its own."""
    made = World()
    with interpreter(made):
        made.make()
        yield made
