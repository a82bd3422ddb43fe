"""Who sends what to whom in a plan, and whether the policies of the target, its key and the sender's role let it.

A message that a policy stops is lost: CloudWatch, EventBridge and Budgets tell nobody.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from tests.terraform.plan import ACCOUNT, REGION, Plan, Resource

Document = Mapping[str, Any]
_KEY_ACTIONS = ("kms:Decrypt", "kms:GenerateDataKey")


@dataclass(frozen=True)
class Way:
    """One sender and its target.

    Attributes:
        sender: the address of the resource that sends.
        target: the ARN that it sends to.
        service: which service of AWS sends.
        source: the ARN that the service names as its source.
        role: the ARN of the role that it sends as; None: as itself.
        action: what it does there.
    """

    sender: str
    target: str
    service: str
    source: str
    action: str
    role: str | None = None


@dataclass(frozen=True)
class Request:
    """A call: the service or the role that makes it, and what AWS says of it."""

    principal: str
    action: str
    resource: str
    context: Mapping[str, str] = field(default_factory=dict)


def problems(plan: Plan) -> list[str]:
    """Return what keeps messages from their targets; a line for each."""
    return [f"{way.sender}: {line}" for way in ways(plan) for line in _problems_of(way, plan)]


def ways(plan: Plan) -> Iterator[Way]:
    """Yield all that is sent: by alarms, the budget, rules, schedules and the state machine."""
    for alarm in plan.resources("aws_cloudwatch_metric_alarm", "aws_cloudwatch_composite_alarm"):
        for attribute in ("alarm_actions", "ok_actions", "insufficient_data_actions"):
            for topic in alarm[attribute] or ():
                yield Way(alarm.address, topic, "cloudwatch.amazonaws.com", alarm["arn"], "sns:Publish")
    for budget in plan.resources("aws_budgets_budget"):
        source = f"arn:aws:budgets::{ACCOUNT}:budget/{budget['name']}"
        for notification in budget["notification"]:
            for topic in notification["subscriber_sns_topic_arns"]:
                yield Way(budget.address, topic, "budgets.amazonaws.com", source, "sns:Publish")
    yield from _of_rules(plan)
    yield from _of_schedules(plan)
    for machine in plan.resources("aws_sfn_state_machine"):
        for topic in _topics_of(json.loads(machine["definition"])):
            role = machine["role_arn"]
            yield Way(machine.address, topic, "states.amazonaws.com", machine["arn"], "sns:Publish", role)


def _of_rules(plan: Plan) -> Iterator[Way]:
    for target in plan.resources("aws_cloudwatch_event_target"):
        service, rule = "events.amazonaws.com", f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{target['rule']}"
        yield Way(target.address, target["arn"], service, rule, _action_on(target["arn"]), target["role_arn"])
        # EventBridge writes to the queue as itself, whatever role it has for the target.
        for queue in target["dead_letter_config"]:
            yield Way(target.address, queue["arn"], service, rule, "sqs:SendMessage")


def _of_schedules(plan: Plan) -> Iterator[Way]:
    for schedule in plan.resources("aws_scheduler_schedule"):
        service = "scheduler.amazonaws.com"
        group = f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule-group/{schedule['group_name']}"
        for target in schedule["target"]:
            role = target["role_arn"]
            yield Way(schedule.address, target["arn"], service, group, _action_on(target["arn"]), role)
            for queue in target["dead_letter_config"]:
                yield Way(schedule.address, queue["arn"], service, group, "sqs:SendMessage", role)


def _action_on(arn: str) -> str:
    return {"states": "states:StartExecution", "sns": "sns:Publish", "sqs": "sqs:SendMessage"}[arn.split(":")[2]]


def _topics_of(definition: Any) -> Iterator[str]:
    if isinstance(definition, list):
        for part in definition:
            yield from _topics_of(part)
    elif isinstance(definition, dict):
        if str(definition.get("Resource", "")).endswith(":sns:publish"):
            yield definition["Parameters"]["TopicArn"]
        for part in definition.values():
            yield from _topics_of(part)


def _problems_of(way: Way, plan: Plan) -> Iterator[str]:
    by_arn = plan.by_arn()
    if way.target not in by_arn:
        yield f"nothing in the plan has the ARN {way.target}"
        return
    target = by_arn[way.target]
    known = {"aws:SourceAccount": ACCOUNT, "aws:SourceArn": way.source}
    who = way.role or way.service
    identity: list[Document] = []
    if way.role is not None:
        role = by_arn[way.role]
        if not allows([json.loads(role["assume_role_policy"])], Request(way.service, "sts:AssumeRole", "", known)):
            yield f"{way.service} may not assume {way.role}"
        identity = _policies_of(role, plan)
    # In one account either policy is enough for a role; a service has the target's only.
    own = [_policy_of_target(target, plan)]
    if not allows([*identity, *own], Request(who, way.action, way.target, known)):
        yield f"{who} may not {way.action} to {way.target}"
    yield from _problems_with_key(way, target, identity, plan)


def _problems_with_key(way: Way, target: Resource, identity: list[Document], plan: Plan) -> Iterator[str]:
    arn = target.values.get("kms_master_key_id")
    if not arn:
        return
    key = next(one for one in plan.resources("aws_kms_key") if one["arn"] == arn)
    policy = next(one for one in plan.resources("aws_kms_key_policy") if one["key_id"] == key["key_id"])
    own = json.loads(policy["policy"])
    known = {"aws:SourceAccount": ACCOUNT, "aws:SourceArn": way.source}
    if way.service == "events.amazonaws.com":
        # EventBridge does not name its source to KMS: https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
        known = {}
    if way.role is not None:
        known = {"kms:ViaService": f"{way.target.split(':')[2]}.{REGION}.amazonaws.com"}
    for action in _KEY_ACTIONS:
        request = Request(way.role or way.service, action, arn, known)
        root = Request(f"arn:aws:iam::{ACCOUNT}:root", action, arn, known)
        # A key lets a role in if its policy names the role, or the account and then the role's own policies decide.
        is_allowed = allows([own], request) or (allows([own], root) and allows(identity, request))
        if not is_allowed:
            yield f"{request.principal} may not {action} with the key of {way.target}"


def _policies_of(role: Resource, plan: Plan) -> list[Document]:
    own = (one for one in plan.resources("aws_iam_role_policy") if one["role"] in {role["name"], role["id"]})
    return [json.loads(one["policy"]) for one in own]


def _policy_of_target(target: Resource, plan: Plan) -> Document:
    policies = [
        *(one["policy"] for one in plan.resources("aws_sns_topic_policy") if one["arn"] == target["arn"]),
        *(
            one["policy"]
            for one in plan.resources("aws_sqs_queue_policy")
            if one["queue_url"] == target.values.get("url")
        ),
    ]
    return json.loads(policies[0]) if policies else {"Statement": []}


def allows(documents: Iterable[Document], request: Request) -> bool:
    """Return whether a statement of these policies allows the request and none denies it.

    A statement without a principal is of the caller's own policy.

    Raises:
        NotImplementedError: a statement has something that is not judged here.
    """
    statements = [one for document in documents for one in document["Statement"]]
    effects = {one["Effect"] for one in statements if _is_of(one, request)}
    return "Allow" in effects and "Deny" not in effects


def _is_of(statement: Document, request: Request) -> bool:
    unknown = set(statement) - {"Sid", "Effect", "Action", "Resource", "Principal", "Condition"}
    if unknown:
        raise NotImplementedError(f"{statement.get('Sid')}: {unknown}")
    return (
        any(fnmatchcase(request.action.lower(), pattern.lower()) for pattern in _listed(statement["Action"]))
        and any(fnmatchcase(request.resource, pattern) for pattern in _listed(statement.get("Resource", "*")))
        and _names(statement.get("Principal", "*"), request.principal)
        and all(_holds(*condition, request.context) for condition in _conditions(statement))
    )


def _names(principal: Any, who: str) -> bool:
    if principal == "*":
        return True
    return any(one in {"*", who} for names in principal.values() for one in _listed(names))


def _conditions(statement: Document) -> Iterator[tuple[str, str, list[str]]]:
    for operator, variables in statement.get("Condition", {}).items():
        for variable, values in variables.items():
            yield operator, variable, _listed(values)


def _holds(operator: str, variable: str, values: list[str], context: Mapping[str, str]) -> bool:
    # All that comes from AWS itself comes by TLS.
    actual = {"aws:SecureTransport": "true", **context}.get(variable)
    if operator in {"StringEquals", "Bool"}:
        return actual in values
    if operator in {"StringLike", "ArnLike", "ArnEquals"}:
        return actual is not None and any(fnmatchcase(actual, pattern) for pattern in values)
    raise NotImplementedError(operator)


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
