"""Holds a command of the AWS CLI against botocore's models of the services, which the CLI is made of."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from typing import Any

import jmespath
from botocore import xform_name
from botocore.exceptions import UnknownServiceError
from botocore.model import ListShape, MapShape, OperationModel, Shape, StringShape, StructureShape
from botocore.session import Session

# The CLI's own commands, which no service has, with the options that the pages use.
_OWN: dict[tuple[str, str], set[str]] = {
    ("cloudtrail", "validate-logs"): {"trail-arn", "start-time", "end-time"},
    ("configure", "get"): set(),
    ("ecr", "get-login-password"): set(),
    ("logs", "tail"): {"follow", "since", "filter-pattern", "format"},
    ("s3", "cp"): {"recursive", "quiet"},
    ("s3", "ls"): {"recursive", "summarize", "human-readable"},
    ("s3", "mv"): {"recursive", "quiet"},
    ("s3", "rm"): {"recursive", "quiet", "dryrun"},
    ("s3", "sync"): {"delete", "quiet", "dryrun"},
}
_RENAMED = {"s3api": "s3"}
_EVERYWHERE = {"query", "output", "region", "profile", "cli-input-json", "no-cli-pager", "no-paginate"}
_PAGING = {"max-items", "page-size", "starting-token"}
_OUTPUTS = {"json", "text", "table", "yaml"}
_SESSION = Session()


def wrong_in_aws(words: Sequence[str], *, whole: bool) -> Iterator[str]:
    """Yield what is wrong with `aws SERVICE OPERATION --option value…`. One that is not whole may lack options."""
    if len(words) < 3:
        yield from ["no operation"] if whole else []
        return
    _, service, operation, *rest = words
    given, stray = _options(rest)
    if (service, operation) in _OWN:
        yield from (f"no option --{name}" for name in given.keys() - _OWN[service, operation] - _EVERYWHERE)
        return
    if service == "s3":
        yield f"no operation {operation} of s3"
        return
    yield from (f"{word!r} belongs to no option" for word in stray if word != "…")
    name = _RENAMED.get(service, service)
    if operation == "wait":
        yield from _wrong_waiter(name, stray)
        return
    model = _operation(name, operation)
    if model is None:
        yield f"no operation {operation} of {service}"
        return
    yield from _wrong_options(name, model, given, whole=whole)


def _options(words: Sequence[str]) -> tuple[dict[str, list[str]], list[str]]:
    """Return each option with its values, and the words before the first one."""
    given: dict[str, list[str]] = {}
    stray: list[str] = []
    values = stray
    for word in words:
        if word.startswith("--"):
            name, equals, value = word[2:].partition("=")
            values = given.setdefault(name, [value] if equals else [])
        else:
            values.append(word)
    return given, stray


def _wrong_options(service: str, model: OperationModel, given: dict[str, list[str]], *, whole: bool) -> Iterator[str]:
    shape = model.input_shape
    members = {} if shape is None else {xform_name(name, "-"): one for name, one in shape.members.items()}
    switches = {f"no-{name}" for name, one in members.items() if one.type_name == "boolean"}
    paging = _PAGING if _can_page(service, model.name) else set()
    for name in given.keys() - members.keys() - switches - _EVERYWHERE - paging:
        yield f"no option --{name}"
    required = set() if shape is None else {xform_name(name, "-") for name in shape.required_members}
    if whole and "cli-input-json" not in given:
        yield from (f"--{name} is missing" for name in sorted(required - given.keys()))
    for name in given.keys() & members.keys():
        yield from _wrong_values(name, members[name], given[name])
    if not set(given.get("output", [])) <= _OUTPUTS:
        yield f"no output {given['output']}"
    for query in given.get("query", []):
        yield from _wrong_query(query, model.output_shape)


def _wrong_values(name: str, shape: Shape, values: Sequence[str]) -> Iterator[str]:
    if shape.type_name != "boolean" and not values:
        yield f"--{name} has no value"
    if not isinstance(shape, ListShape) and len(values) > 1:
        yield f"--{name} takes one value"
    one = shape.member if isinstance(shape, ListShape) else shape
    if isinstance(one, StringShape) and one.enum:
        yield from (f"--{name} does not take {value}" for value in values if "$" not in value and value not in one.enum)


def _wrong_query(query: str, shape: Shape | None) -> Iterator[str]:
    """A misspelled field of --query is no error for the CLI: it prints None."""
    try:
        parsed = jmespath.compile(query).parsed
    except jmespath.exceptions.JMESPathError as error:
        yield f"--query {query}: {str(error).splitlines()[0]}"
        return
    known = set(_names(shape)) | set(_labels(parsed))
    yield from (f"--query {query}: the answer has no {name}" for name in _fields(parsed) if name not in known)


def _fields(node: dict[str, Any]) -> Iterator[str]:
    if node["type"] == "field":
        yield node["value"]
    for child in node["children"]:
        yield from _fields(child)


def _labels(node: dict[str, Any]) -> Iterator[str]:
    if node["type"] == "key_val_pair":
        yield node["value"]
    for child in node["children"]:
        yield from _labels(child)


def _names(shape: Shape | None, within: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield the names of an answer's members, of all depths."""
    if shape is None or shape.name in within:
        return
    inner = (*within, shape.name)
    if isinstance(shape, StructureShape):
        for name, member in shape.members.items():
            yield name
            yield from _names(member, inner)
    elif isinstance(shape, ListShape):
        yield from _names(shape.member, inner)
    elif isinstance(shape, MapShape):
        yield from _names(shape.value, inner)


def _wrong_waiter(service: str, stray: Sequence[str]) -> Iterator[str]:
    waiters = _SESSION.get_component("data_loader").load_service_model(service, "waiters-2")["waiters"]
    if not stray or stray[0] not in {xform_name(name, "-") for name in waiters}:
        yield f"nothing to wait for: {stray}"


@functools.cache
def _operation(service: str, operation: str) -> OperationModel | None:
    try:
        model = _SESSION.get_service_model(service)
    except UnknownServiceError:
        return None
    names = {xform_name(name, "-"): name for name in model.operation_names}
    return model.operation_model(names[operation]) if operation in names else None


@functools.cache
def _can_page(service: str, operation: str) -> bool:
    try:
        return (
            operation in _SESSION.get_component("data_loader").load_service_model(service, "paginators-1")["pagination"]
        )
    except UnknownServiceError:
        return False
