"""Each alarm, budget, rule and schedule reaches its target through topic policy, queue policy, role and key."""

from __future__ import annotations

import json
import re

import pytest

from tests.terraform.plan import Plan
from tests.terraform.senders import problems, ways


def without(plan: Plan, address: str, sid: str) -> Plan:
    """Return the plan with one statement of one policy taken out."""
    resources = json.loads(plan.text)
    values = next(one["values"] for one in resources if one["address"] == address)
    attribute = "assume_role_policy" if "assume_role_policy" in values else "policy"
    document = json.loads(values[attribute])
    kept = [one for one in document["Statement"] if one.get("Sid") != sid]
    assert len(kept) == len(document["Statement"]) - 1
    values[attribute] = json.dumps({**document, "Statement": kept})
    return Plan(json.dumps(resources))


def test_nothing_that_is_sent_is_lost(plan: Plan) -> None:
    assert problems(plan) == []


def test_all_kinds_of_senders_are_walked(plan: Plan) -> None:
    walked = {
        (way.sender.split(".")[0], way.target.rpartition(":")[2].removeprefix("ledger-lake-test-"))
        for way in ways(plan)
    }
    assert walked == {
        ("aws_budgets_budget", "alarms"),
        ("aws_cloudwatch_composite_alarm", "alarms"),
        ("aws_cloudwatch_event_target", "not-started"),
        ("aws_cloudwatch_event_target", "pipeline"),
        ("aws_cloudwatch_metric_alarm", "alarms"),
        ("aws_scheduler_schedule", "not-started"),
        ("aws_scheduler_schedule", "pipeline"),
        ("aws_sfn_state_machine", "runs"),
    }


@pytest.mark.parametrize(
    ("address", "sid", "sender"),
    [
        ("aws_sns_topic_policy.alarms", "Alarms", "aws_cloudwatch_metric_alarm"),
        ("aws_sns_topic_policy.alarms", "Alarms", "aws_cloudwatch_composite_alarm"),
        ("aws_sns_topic_policy.alarms", "Budget", "aws_budgets_budget"),
        ("aws_kms_key_policy.lake", "AlarmsAndBudgets", "aws_cloudwatch_metric_alarm"),
        ("aws_kms_key_policy.lake", "AlarmsAndBudgets", "aws_budgets_budget"),
        ("aws_kms_key_policy.lake", "Events", "aws_cloudwatch_event_target"),
        ("aws_kms_key_policy.lake", "PoliciesOfThisAccount", "aws_sfn_state_machine"),
        ("aws_sqs_queue_policy.not_started", "Rules", "aws_cloudwatch_event_target"),
        ("aws_iam_role.scheduler", "SchedulesOfThisGroup", "aws_scheduler_schedule"),
        ("aws_iam_role.scheduler", "RulesOfThisName", "aws_cloudwatch_event_target"),
        ("aws_iam_role_policy.scheduler", "StartTheRun", "aws_scheduler_schedule"),
        ("aws_iam_role_policy.scheduler", "KeepWhatDidNotStart", "aws_scheduler_schedule"),
        ("aws_iam_role_policy.scheduler", "KeyOfQueue", "aws_scheduler_schedule"),
        ("aws_iam_role_policy.state_machine", "KeyOfTopic", "aws_sfn_state_machine"),
        ("aws_iam_role.state_machine", "ThePipeline", "aws_sfn_state_machine"),
    ],
)
def test_statement_that_is_missing_is_found(address: str, sid: str, sender: str, plan: Plan) -> None:
    found = problems(without(plan, address, sid))
    assert any(line.startswith(f"{sender}.") for line in found)


def test_run_is_told_by_either_policy(plan: Plan) -> None:
    """The role's policy and the topic's both name the state machine; without both it may not send."""
    once = without(plan, "aws_iam_role_policy.state_machine", "SayHowItEnded")
    twice = without(once, "aws_sns_topic_policy.runs", "Runs")
    assert problems(once) == []
    assert [line for line in problems(twice) if "sns:Publish" in line] != []


@pytest.mark.parametrize(
    ("address", "old", "new"),
    [
        ("aws_sns_topic_policy.alarms", "123456789012", "999999999999"),
        ("aws_sns_topic_policy.alarms", "alarm:ledger-lake-test-*", "alarm:ledger-lake-prod-*"),
        ("aws_sns_topic_policy.alarms", "sns:Publish", "sns:Subscribe"),
        ("aws_kms_key_policy.lake", "kms:GenerateDataKey*", "kms:GenerateMac"),
        ("aws_cloudwatch_composite_alarm.build_failed", "ledger-lake-test-alarms", "ledger-lake-test-gone"),
    ],
)
def test_text_that_does_not_fit_is_found(address: str, old: str, new: str, plan: Plan) -> None:
    resources = json.loads(plan.text)
    place = next(index for index, one in enumerate(resources) if one["address"] == address)
    resources[place] = json.loads(json.dumps(resources[place]).replace(old, new))
    assert json.loads(plan.text) != resources
    assert problems(Plan(json.dumps(resources))) != []


def test_alarm_sends_or_is_part_of_one_that_does(plan: Plan) -> None:
    composite = plan.resources("aws_cloudwatch_composite_alarm")
    metric = plan.resources("aws_cloudwatch_metric_alarm")
    silent = {one["alarm_name"] for one in metric if not one["alarm_actions"]}
    named = {name for one in composite for name in re.findall(r'\("([^"]+)"\)', one["alarm_rule"])}
    assert silent == named
    assert all(one["alarm_actions"] for one in composite)


def test_only_alarms_and_budgets_may_send_to_alarms(plan: Plan) -> None:
    statements = json.loads(plan.resource("aws_sns_topic_policy.alarms")["policy"])["Statement"]
    senders = {one["Principal"]["Service"]: one["Condition"] for one in statements if one["Effect"] == "Allow"}
    assert set(senders) == {"cloudwatch.amazonaws.com", "budgets.amazonaws.com"}
    assert all("aws:SourceAccount" in condition["StringEquals"] for condition in senders.values())


def test_topics_and_queues_are_encrypted_and_read_by_people(plan: Plan) -> None:
    key = plan.resource("aws_kms_key.lake")["arn"]
    encrypted = plan.resources("aws_sns_topic", "aws_sqs_queue")
    assert {one["kms_master_key_id"] for one in encrypted} == {key}
    mails = {
        (one["topic_arn"].rpartition("-")[2], one["endpoint"]) for one in plan.resources("aws_sns_topic_subscription")
    }
    assert mails == {("alarms", "alarms@example.com"), ("runs", "runs@example.com")}
