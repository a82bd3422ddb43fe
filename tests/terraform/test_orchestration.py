"""What the module makes around the state machine: its names, its rights, and what starts it."""

from __future__ import annotations

import fnmatch
import json
from typing import Any

from tests.terraform.iam import Decision, Request
from tests.terraform.plan import ACCOUNT, REGION, Plan
from tests.terraform.policies import Policies
from tests.terraform.state_machine import NEEDS_TERRAFORM, TRANSIENT_ERRORS, render

pytestmark = NEEDS_TERRAFORM

# What a state's call is named in a policy, where that is not its own name.
ACTIONS = {"s3:ListObjectsV2": "s3:ListBucket"}


def definition(plan: Plan) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(plan.resource("aws_sfn_state_machine.pipeline")["definition"])
    return found


def allows(plan: Plan, role: str, action: str, resource: str) -> bool:
    """Return whether a role of the module may do something, as the machine and the scheduler ask for it."""
    known = {
        "ecs:cluster": plan.resource("aws_ecs_cluster.tasks")["arn"],
        "iam:PassedToService": "ecs-tasks.amazonaws.com",
        "kms:ViaService": f"sqs.{REGION}.amazonaws.com",
    }
    request = Request(plan.resource(f"aws_iam_role.{role}")["arn"], action, resource, known)
    return Policies(plan).decide(request) is Decision.ALLOW


def fits(patterns: str | list[str], value: str) -> bool:
    listed = [patterns] if isinstance(patterns, str) else patterns
    return any(fnmatch.fnmatchcase(value, pattern) for pattern in listed)


def calls(machine: dict[str, Any]) -> set[tuple[str, str]]:
    """Return the action and the resource of each call that the machine makes."""
    found = set()
    for state in machine["States"].values():
        if "ItemProcessor" in state:
            found |= calls(state["ItemProcessor"])
        if state["Type"] == "Task":
            service, call = state["Resource"].removesuffix(".sync").split(":")[-2:]
            action = f"{'states' if service == 'sfn' else service}:{call[0].upper()}{call[1:]}"
            found.add((ACTIONS.get(action, action), resource_of(state["Parameters"])))
    return found


def resource_of(parameters: dict[str, Any]) -> str:
    of = {
        "TaskDefinition": "{}",
        "TopicArn": "{}",
        "TableName": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{{}}",
        "Bucket": "arn:aws:s3:::{}",
        "ExecutionArn.$": f"arn:aws:states:{REGION}:{ACCOUNT}:execution:ledger-lake-test-pipeline:a-run",
        "StateMachineArn.$": f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:ledger-lake-test-pipeline",
    }
    return next(text.format(parameters[key]) for key, text in of.items() if key in parameters)


def test_terraform_renders_the_machine_that_is_executed(plan: Plan) -> None:
    network = definition(plan)["States"]["Build"]["Parameters"]["NetworkConfiguration"]
    assert network == {
        "AwsvpcConfiguration": {
            "Subnets": [one["id"] for one in plan.resources("aws_subnet") if one.name == "private"],
            "SecurityGroups": [plan.resource("aws_security_group.tasks")["id"]],
            "AssignPublicIp": "DISABLED",
        }
    }

    text = render(
        {
            "name": "ledger-lake-test",
            "transient": TRANSIENT_ERRORS,
            "partition": "aws",
            "table": plan.resource("aws_dynamodb_table.runs")["name"],
            "inbox": plan.resource("aws_s3_bucket.inbox")["bucket"],
            "cluster": plan.resource("aws_ecs_cluster.tasks")["arn"],
            "loader_task": plan.resource("aws_ecs_task_definition.loader")["arn"],
            "build_task": plan.resource("aws_ecs_task_definition.build")["arn"],
            "platform_version": "1.4.0",
            "network": network,
            "upkeep_role": plan.resource("aws_iam_role.upkeep")["arn"],
            "topic": plan.resource("aws_sns_topic.runs")["arn"],
            "schema": "ledger_lake_test",
            "rebuild_schemas": "ledger_lake_test_rebuild_*",
            "landings_at_once": 4,
            "landing_timeout_seconds": 2 * 3600,
            "build_timeout_seconds": 4 * 3600,
            "chore_timeout_seconds": 4 * 3600,
            "run_timeout_seconds": 8 * 3600,
        }
    )
    assert definition(plan) == json.loads(text)


def test_the_machine_may_make_each_of_its_calls(plan: Plan) -> None:
    made = calls(definition(plan))

    assert len(made) == 9
    assert [call for call in sorted(made) if not allows(plan, "state_machine", *call)] == []
    # Step Functions follows a task, stops it when its time is over, and hears of its end by a rule.
    for action, resource in [
        ("ecs:StopTask", f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/ledger-lake-test/0123"),
        ("ecs:DescribeTasks", f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/ledger-lake-test/0123"),
        *(
            (f"events:{call}", f"arn:aws:events:{REGION}:{ACCOUNT}:rule/StepFunctionsGetEventsForECSTaskRule")
            for call in ("PutRule", "PutTargets", "DescribeRule")
        ),
    ]:
        assert allows(plan, "state_machine", action, resource), action


def test_the_machine_may_give_tasks_their_roles_and_no_others(plan: Plan) -> None:
    roles = plan.resources("aws_iam_role")
    given = {role.name for role in roles if allows(plan, "state_machine", "iam:PassRole", role["arn"])}

    assert given == {"loader", "build", "upkeep", "execution"}
    used = {
        one[role]
        for one in plan.resources("aws_ecs_task_definition")
        for role in ("task_role_arn", "execution_role_arn")
    }
    used.add(definition(plan)["States"]["Upkeep"]["Parameters"]["Overrides"]["TaskRoleArn"])
    assert {role["arn"] for role in plan.resources("aws_iam_role") if role.name in given} == used


def test_each_schedule_asks_for_what_the_machine_knows(plan: Plan) -> None:
    schedules = {one["name"]: one.values for one in plan.resources("aws_scheduler_schedule")}

    assert {name: json.loads(one["target"][0]["input"]) for name, one in schedules.items()} == {
        "run": {},
        "recover": {"chore": "recover"},
        "upkeep": {"chore": "upkeep"},
        "verify": {"chore": "verify"},
    }
    assert schedules["run"]["schedule_expression"] == "cron(0 2 * * ? *)"
    assert schedules["run"]["schedule_expression_timezone"] == "UTC"


def test_a_start_that_fails_is_kept_by_who_may_write(plan: Plan) -> None:
    queue = plan.resource("aws_sqs_queue.not_started")
    machine = plan.resource("aws_sfn_state_machine.pipeline")["arn"]
    scheduler = plan.resource("aws_iam_role.scheduler")["arn"]
    targets = [one["target"][0] for one in plan.resources("aws_scheduler_schedule")]
    targets += [one.values for one in plan.resources("aws_cloudwatch_event_target") if one.name == "delivery"]

    assert len(targets) == 5
    for target in targets:
        assert (target["arn"], target["role_arn"]) == (machine, scheduler)
        assert target["dead_letter_config"] == [{"arn": queue["arn"]}]
    # Scheduler writes as its role, EventBridge as itself; both need the key of the queue.
    assert allows(plan, "scheduler", "states:StartExecution", machine)
    assert allows(plan, "scheduler", "sqs:SendMessage", queue["arn"])
    assert allows(plan, "scheduler", "kms:GenerateDataKey", queue["kms_master_key_id"])
    (rules,) = [one for one in plan.document("not_started")["Statement"] if one["Effect"] == "Allow"]
    assert rules["Principal"] == {"Service": "events.amazonaws.com"}
    (pattern,) = rules["Condition"]["ArnLike"].values()
    rule = plan.resource("aws_cloudwatch_event_rule.delivery[0]")
    assert fits(pattern, f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{rule['name']}")
    key = plan.document("key")
    assert any(
        one["Principal"] == {"Service": "events.amazonaws.com"} and not one.get("Condition") for one in key["Statement"]
    )


def test_deliveries_start_a_run_but_folders_of_a_backfill_do_not(plan: Plan) -> None:
    pattern = json.loads(plan.resource("aws_cloudwatch_event_rule.delivery[0]")["event_pattern"])
    target = plan.resource("aws_cloudwatch_event_target.delivery[0]")

    assert pattern["detail-type"] == ["Object Created"]
    assert pattern["detail"]["bucket"]["name"] == [plan.resource("aws_s3_bucket.inbox")["bucket"]]
    ((left_out,),) = [list(one["anything-but"].values()) for one in pattern["detail"]["object"]["key"]]
    assert fits(left_out, "payments/backfill/2024-01/a.csv")
    assert not fits(left_out, "payments/a.csv")
    assert json.loads(target["input"]) == {"delivery": True}
    assert plan.resource("aws_s3_bucket_notification.inbox[0]")["eventbridge"]


def test_the_lock_and_the_log_are_kept_and_encrypted(plan: Plan) -> None:
    table = plan.resource("aws_dynamodb_table.runs")
    key = plan.resource("aws_kms_key.lake")["arn"]

    assert table["deletion_protection_enabled"]
    assert table["point_in_time_recovery"][0]["enabled"]
    assert table["server_side_encryption"] == [{"enabled": True, "kms_key_arn": key}]
    log = plan.resource("aws_cloudwatch_log_group.runs")
    assert log["kms_key_id"] == key
    (logging,) = plan.resource("aws_sfn_state_machine.pipeline")["logging_configuration"]
    assert logging == {"include_execution_data": False, "level": "ALL", "log_destination": f"{log['arn']}:*"}
    # The key's policy lets CloudWatch Logs use the key for this name.
    (logs,) = [one for one in plan.document("key")["Statement"] if one["Sid"] == "LogGroups"]
    assert fits(logs["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"], log["arn"])
