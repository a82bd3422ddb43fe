"""Who sends what to whom in a plan, and whether the policies of the target, its key and the sender's role let it.

A message that a policy stops is lost: CloudWatch, EventBridge and Budgets tell nobody.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.terraform.iam import Decision, Request
from tests.terraform.plan import ACCOUNT, REGION, Plan
from tests.terraform.policies import Policies

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


def problems(plan: Plan) -> list[str]:
    """Return what keeps messages from their targets; a line for each."""
    policies = Policies(plan)
    return [f"{way.sender}: {line}" for way in ways(plan) for line in _problems_of(way, plan, policies)]


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


def _problems_of(way: Way, plan: Plan, policies: Policies) -> Iterator[str]:
    by_arn = plan.by_arn()
    if way.target not in by_arn:
        yield f"nothing in the plan has the ARN {way.target}"
        return
    # All that comes from AWS itself comes by TLS.
    known = {"aws:SourceAccount": ACCOUNT, "aws:SourceArn": way.source, "aws:SecureTransport": "true"}
    who = way.role or way.service
    if way.role is not None and not _may(policies, way.service, "sts:AssumeRole", way.role, known):
        yield f"{way.service} may not assume {way.role}"
    if not _may(policies, who, way.action, way.target, known):
        yield f"{who} may not {way.action} to {way.target}"
    key = by_arn[way.target].values.get("kms_master_key_id")
    if not key:
        return
    if way.service == "events.amazonaws.com":
        # EventBridge does not name its source to KMS: https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
        known = {}
    if way.role is not None:
        known = {"kms:ViaService": f"{way.target.split(':')[2]}.{REGION}.amazonaws.com"}
    for action in _KEY_ACTIONS:
        if not _may(policies, who, action, key, known):
            yield f"{who} may not {action} with the key of {way.target}"


def _may(policies: Policies, who: str, action: str, resource: str, known: Mapping[str, str]) -> bool:
    return policies.decide(Request(who, action, resource, known)) is Decision.ALLOW
