"""moto's interpreter of state machines, with what AWS does otherwise put right."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import cache
from types import SimpleNamespace
from typing import Any, Protocol
from unittest import mock

import boto3
from moto import mock_aws
from moto.stepfunctions.parser.api import ExecutionFailedEventDetails, HistoryEventType, TaskFailedEventDetails
from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import CustomErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent, FailureEventException
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
from moto.stepfunctions.parser.asl.component.intrinsic.function.statesfunction.json_manipulation.string_to_json import (
    StringToJson,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_parallel import branches_decl
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service import StateTaskService
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_aws_sdk import (
    StateTaskServiceAwsSdk,
)
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

REGION = "eu-central-1"


@dataclass
class Raised:
    """A state's attempt that fails with an error of a name, such as ECS.AmazonECSException or States.Timeout."""

    error: str
    cause: str = "Not what a task says"


class Around(Protocol):
    """What a test puts around the machine."""

    def before_attempt(self, state: str) -> Raised | None:
        """Take note of an attempt of a state; return the error that it meets instead of AWS."""

    def run_task(self, state: str, parameters: dict[str, Any]) -> Raised | dict[str, Any]:
        """Stand in for ecs:runTask.sync; return the description of the task that has stopped."""


@contextmanager
def interpreter(around: Around) -> Iterator[None]:
    """Let moto execute state machines as they are written.

    Of moto's interpreter is replaced:

    1. ecs:runTask.sync, which it cannot run: `around` answers. As in AWS the task's description is the result after
       exit code 0, and the cause of States.TaskFailed after any other.
    2. A state's call to AWS first meets the error that a test has planned for it.
    3. Wait states and the intervals of Retry take no time.
    4. As in AWS, a JSONPath filter that nothing fits gives an empty list, `.*` always gives a list, `[0].x` a value.
    5. As in AWS, a call by the AWS SDK names parameters and results as ExecutionArn, with times as texts.
    6. As AWS documents it, a text that is no JSON raises States.IntrinsicFailure, and a Parallel catches that of its
       branch.
    7. A conditional write to DynamoDB is one step, as in AWS; moto's threads can come between.

    What costs time and changes nothing is kept: clients, the parsed definition, parsed paths.
    """
    patches = [
        mock.patch.object(StateTaskService, "_eval_execution", _call_aws(around, StateTaskService._eval_execution)),
        mock.patch.object(StateTaskServiceEcs, "_eval_execution", _run_task(around)),
        mock.patch.object(StateTaskServiceDynamoDB, "_from_error", _from_error(StateTaskServiceDynamoDB._from_error)),
        mock.patch.object(StateTaskServiceAwsSdk, "_normalise_parameters", _name_parameters),
        mock.patch.object(StateTaskServiceAwsSdk, "_normalise_response", _name_response),
        mock.patch.object(WaitFunction, "_wait_interval", mock.Mock()),
        mock.patch.object(retrier_decl, "time", mock.Mock()),
        mock.patch.object(json_path, "_contains_slice_or_wildcard_array", _can_be_empty),
        mock.patch.object(json_path, "parse", _parsed_path),
        mock.patch.object(branches_decl, "CustomErrorName", _error_of_branch),
        mock.patch.object(StringToJson, "_eval_body", _string_to_json(StringToJson._eval_body)),
        mock.patch.object(AmazonStateLanguageParser, "parse", _parsed_definition),
        mock.patch.object(boto_client, "boto3", mock.Mock(client=lambda service_name, **options: client(service_name))),
    ]
    with mock_aws(config={"stepfunctions": {"execute_state_machine": True}}):
        for patch in patches:
            patch.start()
        try:
            yield
        finally:
            for patch in patches:
                patch.stop()


@cache
def client(service_name: str) -> Any:
    """Return a client of a service; making one takes longer than all its calls here."""
    return boto3.client(service_name, region_name=REGION, aws_access_key_id="none", aws_secret_access_key="none")  # noqa: S106 - moto takes any


_parse_path = json_path.parse
_parsed_definition = cache(AmazonStateLanguageParser.parse)
_is_wildcard = json_path._contains_slice_or_wildcard_array


def _can_be_empty(path: str) -> bool:
    return "[?(" in path or _is_wildcard(path)


@dataclass
class _Path:
    """A path that moto would take for a list or for a value where AWS does not."""

    text: str

    def find(self, data: Any) -> list[Any]:
        found = [match.value for match in _parse_path(self.text).find(data)]
        values = [found] if self.text.endswith(".*") else found
        return [SimpleNamespace(value=value, path=None, context=None) for value in values]


@cache
def _parsed_path(path: str) -> Any:
    is_a_value = not re.search(r"[*?:]|\.\.", path)
    return _Path(path) if is_a_value or path.endswith(".*") else _parse_path(path)


def _error_of_branch(error_name: str) -> Any:
    if error_name == "States.IntrinsicFailure":
        return StatesErrorName(typ=StatesErrorNameType.StatesIntrinsicFailure)
    return CustomErrorName(error_name)


def _string_to_json(evaluate: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
    def parse(function: Any, env: Any) -> None:
        try:
            evaluate(function, env)
        except json.JSONDecodeError as error:
            raise _intrinsic_failure(env, str(error)) from error

    return parse


def _intrinsic_failure(env: Any, cause: str) -> FailureEventException:
    name = StatesErrorName(typ=StatesErrorNameType.StatesIntrinsicFailure)
    details = ExecutionFailedEventDetails(error="States.IntrinsicFailure", cause=cause)
    kind = HistoryEventType.ExecutionFailed
    return FailureEventException(FailureEvent(env, name, kind, EventDetails(executionFailedEventDetails=details)))


def _call_aws(around: Around, evaluate: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
    one_write = threading.Lock()

    def call(state: Any, env: Any) -> None:
        raised = around.before_attempt(state.name)
        if raised is not None:
            raise _failure(state, env, raised)
        with one_write if state.resource.service_name == "dynamodb" else nullcontext():
            evaluate(state, env)
        env.stack.append(json.loads(json.dumps(env.stack.pop(), default=str)))

    return call


def _run_task(around: Around) -> Callable[[Any, Any], None]:
    def run(state: Any, env: Any) -> None:
        raised = around.before_attempt(state.name)
        stopped = around.run_task(state.name, state._eval_parameters(env=env)) if raised is None else raised
        if isinstance(stopped, Raised):
            raise _failure(state, env, stopped)
        if any(container.get("ExitCode") != 0 for container in stopped["Containers"]):
            raise _failure(state, env, Raised("States.TaskFailed", json.dumps(stopped, separators=(",", ":"))))
        env.stack.append(stopped)

    return run


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


def _from_error(
    explain: Callable[[Any, Any, Exception], FailureEvent],
) -> Callable[[Any, Any, Exception], FailureEvent]:
    def from_error(state: Any, env: Any, ex: Exception) -> FailureEvent:
        return ex.failure_event if isinstance(ex, FailureEventException) else explain(state, env, ex)

    return from_error


def _operation(state: Any) -> Any:
    service = client(state._get_boto_service_name())
    name = service.meta.method_to_api_mapping[state._get_boto_service_action()]
    return service.meta.service_model.operation_model(name)


def _name_parameters(state: Any, parameters: dict[str, Any]) -> None:
    state._to_boto_request(parameters, _operation(state).input_shape)


def _name_response(state: Any, response: dict[str, Any]) -> None:
    state._from_boto_response(response, _operation(state).output_shape)
