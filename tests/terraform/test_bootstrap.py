"""What bootstrap makes for CI: within AWS's limits, and a boundary that leaves an environment's roles their rights."""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.terraform.iam import Decision, Request, evaluate
from tests.terraform.plan import ACCOUNT, REGION, Plan
from tests.terraform.policies import Access
from tests.terraform.rights import read_rights

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: of a managed policy, without white space.
LIMIT = 6_144
# What environments of an account share: a rule that AWS makes, and lists of databases, alarms and schedules.
SHARED = ("/StepFunctionsGetEventsForECSTaskRule", ":datacatalog/awsdatacatalog", ":catalog")
LISTS = ("glue:GetDatabase", "glue:GetDatabases", "cloudwatch:DescribeAlarms", "scheduler:ListSchedules")
# The key's own policy leaves it to the account's policies, as the module's does.
KEY = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*", "Resource": "*"}
    ],
}


def listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def rights(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield each action and resource that a policy allows."""
    for one in document["Statement"]:
        if one["Effect"] == "Allow":
            for action in listed(one["Action"]):
                for resource in listed(one["Resource"]):
                    yield action, resource


def covers(document: dict[str, Any], action: str, resource: str) -> bool:
    """Return whether a policy allows all that an action and a resource with their own wildcards stand for."""
    return any(
        fnmatch.fnmatchcase(action.lower(), pattern.lower()) and fnmatch.fnmatchcase(resource, place)
        for pattern, place in rights(document)
    )


def test_policies_of_ci_are_within_the_limit(bootstrap: Plan) -> None:
    sizes = {
        policy.address: len(json.dumps(json.loads(policy["policy"]), separators=(",", ":")))
        for policy in bootstrap.resources("aws_iam_policy")
    }
    assert len(sizes) == 4  # The boundary, and three parts of what a deploy may do.
    assert {address: size for address, size in sizes.items() if size > LIMIT} == {}


def test_boundary_leaves_every_role_its_rights(bootstrap: Plan, plan: Plan) -> None:
    boundary = bootstrap.document('boundary["test"]')
    policies = plan.resources("aws_iam_role_policy")
    assert len(policies) >= 10
    missing = {
        (policy.name, action, resource)
        for policy in policies
        for action, resource in rights(json.loads(policy["policy"]))
        if not covers(boundary, action, resource)
    }
    assert missing == set()


def test_boundary_gives_no_way_to_more_rights(bootstrap: Plan) -> None:
    actions = {action for action, _ in rights(bootstrap.document('boundary["test"]'))}
    assert {action for action in actions if action.startswith("iam:")} == {"iam:PassRole"}
    assert "*" not in {action.partition(":")[2] for action in actions}


def test_boundary_ends_at_its_environment(bootstrap: Plan, plan: Plan) -> None:
    """A role with every right, bounded as `test`, does in `test` what is seen there, and nothing of it in `prod`."""
    boundary = bootstrap.document('boundary["test"]')
    role = f"arn:aws:iam::{ACCOUNT}:role/ledger-lake-test-loader"
    here = Access(plan, bootstrap, "test").names
    there = {
        name: value.replace("-lake-test", "-lake-prod").replace("_lake_test", "_lake_prod")
        for name, value in here.items()
    } | {"environment": "prod"}
    rights = [right for right in read_rights() if not right.role.startswith("ci-") and right.resource != "*"]
    assert len(rights) > 100

    def allowed(names: dict[str, str]) -> set[str]:
        return {
            f"{request.action} on {request.resource}"
            for right in rights
            for request in right.requests(role, names)
            if request.action not in LISTS
            and not request.resource.endswith(SHARED)
            and evaluate(request, identity=[boundary], resource=KEY if ":kms:" in request.resource else None)
            == Decision.ALLOW
        }

    assert len(allowed(here)) > 100
    assert allowed(there) == set()


def test_a_name_that_begins_alike_is_another_environment(bootstrap: Plan) -> None:
    reached, named = set(), set()
    for name in ("ci_deploy_storage", "ci_deploy_running", "ci_deploy_network", "boundary"):
        document = bootstrap.document(f'{name}["test"]')
        by_name = {"Statement": [one for one in document["Statement"] if one["Resource"] != "*"]}
        for action, resource in rights(document):
            other = resource.replace("lake-test", "lake-test2").replace("lake_test", "lake_test2").replace("*", "x")
            if "test2" not in other:
                continue
            named.add(name)
            if action not in LISTS and covers(by_name, action, other):
                reached.add((name, action, other))
    assert len(named) == 4
    assert reached == set()


def test_boundary_ends_at_its_account(bootstrap: Plan) -> None:
    boundary = bootstrap.document('boundary["test"]')
    role = f"arn:aws:iam::{ACCOUNT}:role/ledger-lake-test-loader"
    bucket = "arn:aws:s3:::ledger-lake-test-somebody/x"
    own, foreign = (
        evaluate(Request(role, "s3:PutObject", bucket, context), identity=[boundary])
        for context in ({}, {"aws:ResourceAccount": "210987654321"})
    )
    assert (own, foreign) == (Decision.ALLOW, Decision.IMPLICIT_DENY)


EC2 = f"arn:aws:ec2:{REGION}:{ACCOUNT}"
OURS, PROD, MADE = (
    {f"aws:{tag}/Project": "ledger-lake", f"aws:{tag}/Environment": environment}
    for tag, environment in (("ResourceTag", "test"), ("ResourceTag", "prod"), ("RequestTag", "test"))
)
NETWORK = [
    ("ec2:CreateSubnet", "subnet", MADE, True),
    ("ec2:CreateSubnet", "subnet", {}, False),
    ("ec2:CreateSubnet", "vpc", OURS, True),
    ("ec2:CreateSubnet", "vpc", MADE | PROD, False),
    ("ec2:CreateTags", "subnet", MADE | {"ec2:CreateAction": "CreateSubnet"}, True),
    ("ec2:CreateTags", "subnet", MADE, False),
    ("ec2:CreateTags", "subnet", MADE | PROD, False),
    ("ec2:DeleteVpcEndpoints", "vpc-endpoint", OURS, True),
    ("ec2:DeleteVpcEndpoints", "vpc-endpoint", PROD, False),
    ("ec2:DeleteVpcEndpoints", "vpc-endpoint", {}, False),
    ("ec2:AuthorizeSecurityGroupEgress", "security-group", OURS, True),
    ("ec2:AuthorizeSecurityGroupEgress", "security-group", MADE | PROD, False),
    ("ec2:CreateRoute", "route-table", PROD, False),
    ("ec2:CreateSecurityGroup", "vpc", {"aws:ResourceTag/Owner": "network-team"}, True),
    ("ec2:RevokeSecurityGroupEgress", "security-group", {}, True),
    ("ec2:RevokeSecurityGroupEgress", "security-group", PROD, False),
    ("ec2:RevokeSecurityGroupEgress", "security-group", {"aws:ResourceTag/Project": "payroll"}, False),
    ("ec2:CreateTags", "security-group", MADE, True),
    ("ec2:CreateTags", "security-group", MADE | {"aws:ResourceTag/Project": "payroll"}, False),
    ("ec2:CreateTags", "subnet", OURS | {"aws:RequestTag/Name": "x"}, True),
    ("ec2:CreateTags", "subnet", OURS | {"aws:RequestTag/Environment": "prod"}, False),
]


@pytest.mark.parametrize(("action", "kind", "context", "expected"), NETWORK)
def test_deploy_changes_its_own_network_only(
    bootstrap: Plan, action: str, kind: str, context: dict[str, str], expected: bool
) -> None:
    policy = bootstrap.document('ci_deploy_network["test"]')
    request = Request(f"arn:aws:iam::{ACCOUNT}:role/ledger-lake-ci-deploy-test", action, f"{EC2}:{kind}/x-1", context)
    assert (evaluate(request, identity=[policy]) == Decision.ALLOW) is expected


def test_deploy_reads_and_replaces_every_policy(bootstrap: Plan, plan: Plan) -> None:
    document = bootstrap.document('ci_deploy_network["test"]')
    for role in plan.resources("aws_iam_role"):
        for action in ("iam:GetRole", "iam:GetRolePolicy", "iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy"):
            assert covers(document, action, role["arn"]), (action, role.address)
    storage = bootstrap.document('ci_deploy_storage["test"]')
    for bucket in plan.resources("aws_s3_bucket"):
        for action in ("s3:GetBucketPolicy", "s3:PutBucketPolicy"):
            assert covers(storage, action, bucket["arn"]), (action, bucket.address)
    assert covers(storage, "kms:PutKeyPolicy", plan.resource("aws_kms_key.lake")["arn"])


def test_deploy_of_one_environment_is_no_other(bootstrap: Plan) -> None:
    """By name alone: neither another environment, nor CI's own roles, nor the boundary."""
    document = bootstrap.document('ci_deploy_network["test"]')
    for name in ("ledger-lake-prod-loader", "ledger-lake-ci-deploy-test", "ledger-lake-ci-plan"):
        for action in ("iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy", "iam:DeleteRole"):
            assert not covers(document, action, f"arn:aws:iam::{ACCOUNT}:role/{name}"), (action, name)
    assert not covers(document, "iam:CreatePolicyVersion", f"arn:aws:iam::{ACCOUNT}:policy/ledger-lake-boundary-test")
