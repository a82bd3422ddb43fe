"""What bootstrap makes for CI: within AWS's limits, and a boundary that leaves an environment's roles their rights."""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Iterator
from typing import Any

from tests.terraform.plan import ACCOUNT, Plan

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: of a managed policy, without white space.
LIMIT = 6_144


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
    assert len(sizes) == 4
    assert {address: size for address, size in sizes.items() if size > LIMIT} == {}


def test_boundary_leaves_every_role_its_rights(bootstrap: Plan, plan: Plan) -> None:
    boundary = bootstrap.document("boundary")
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
    actions = {action for action, _ in rights(bootstrap.document("boundary"))}
    assert {action for action in actions if action.startswith("iam:")} == {"iam:PassRole"}
    assert "*" not in {action.partition(":")[2] for action in actions}


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
    assert not covers(document, "iam:CreatePolicyVersion", f"arn:aws:iam::{ACCOUNT}:policy/ledger-lake-boundary")
