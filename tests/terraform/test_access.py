"""What the rendered policies allow and refuse: what was seen of loader and dbt, and a list of what nobody may."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.terraform.iam import Decision, Request
from tests.terraform.plan import ACCOUNT, Plan
from tests.terraform.policies import Access
from tests.terraform.rights import Right, read_rights

REFUSED = Path(__file__).parent / "access" / "refused.csv"
ENVIRONMENT = "test"
GITHUB = "token.actions.githubusercontent.com"
AUDIENCE = "sts.amazonaws.com"


@pytest.fixture(scope="module")
def tokens(bootstrap: Plan) -> str:
    """The ARN of the provider that signs GitHub's tokens."""
    found: str = bootstrap.resource("aws_iam_openid_connect_provider.github[0]")["arn"]
    return found


@pytest.fixture(scope="module")
def access(plan: Plan, bootstrap: Plan) -> Access:
    return Access(plan, bootstrap, ENVIRONMENT)


def test_each_action_that_was_seen_is_allowed(access: Access) -> None:
    rights = read_rights()
    assert {right.role for right in rights} >= {"loader", "build", "upkeep"}
    refused = {
        f"{right}: {request.action} on {request.resource}: {decision}"
        for right in rights
        for request in right.requests(access.role(right.role), access.names)
        if (decision := access.decide(request)) != Decision.ALLOW
    }
    assert refused == set()


def test_what_must_be_refused_is_refused(access: Access) -> None:
    with REFUSED.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) > 100
    allowed = set()
    for row in rows:
        right = Right(row["role"], "itself", row["action"], row["resource"], row["context"])
        asked, *_ = right.requests(access.role(right.role), access.names)
        if access.decide(asked) == Decision.ALLOW:
            allowed.add(f"{right}: {row['why']}")
    assert allowed == set()


@pytest.mark.parametrize("bucket", ["lake", "inbox"])
def test_nothing_is_read_without_tls(access: Access, bucket: str) -> None:
    key = f"arn:aws:s3:::{access.names[bucket]}/lake/commits/x"
    asked = {
        secure: access.decide(Request(access.role("loader"), "s3:GetObject", key, {"aws:SecureTransport": secure}))
        for secure in ("true", "false")
    }
    assert asked == {"true": Decision.ALLOW, "false": Decision.EXPLICIT_DENY}


# GitHub's two forms of a subject, for the repository that the tests' bootstrap trusts.
BY_NAME, BY_NUMBER = "repo:octo/ledger-lake", "repo:octo@1/ledger-lake@2"
TOKENS = [
    ("ci-deploy", f"{BY_NAME}:environment:test", True),
    ("ci-deploy", f"{BY_NUMBER}:environment:test", True),
    ("ci-plan", f"{BY_NAME}:environment:plan", True),
    ("ci-plan", f"{BY_NUMBER}:environment:plan", True),
    *((role, f"{repository}:{claim}", False)
      for role in ("ci-deploy", "ci-plan")
      for repository in (BY_NAME, BY_NUMBER)
      for claim in ("pull_request", "ref:refs/heads/main", "ref:refs/heads/other", "ref:refs/tags/v1",
                    "environment:prod", "environment:other", "environment:", "environment:*")),
    *((role, f"{repository}:environment:{environment}", False)
      for role, environment in (("ci-deploy", "test"), ("ci-plan", "plan"))
      for repository in ("repo:fork/ledger-lake", "repo:fork@9/ledger-lake@2", "repo:octo@1/ledger-lake@3",
                         "repo:octo@9/ledger-lake@2", "repo:octo/ledger-lake2", "repo:octo/other", "repo:octo/*",
                         "repo:Octo/ledger-lake", "repo:octo@1/ledger-lake", "repo:octo/ledger-lake@2", "repo:*")),
    ("ci-deploy", f"{BY_NAME}:environment:plan", False),
    ("ci-plan", f"{BY_NAME}:environment:test", False),
]  # fmt: skip


@pytest.mark.parametrize(("role", "subject", "expected"), TOKENS)
def test_only_tokens_of_the_environment_get_a_role(
    access: Access, tokens: str, role: str, subject: str, expected: bool
) -> None:
    claims = {f"{GITHUB}:sub": subject, f"{GITHUB}:aud": AUDIENCE}
    asked = Request(tokens, "sts:AssumeRoleWithWebIdentity", access.role(role), claims)
    assert (access.decide(asked) == Decision.ALLOW) is expected


@pytest.mark.parametrize("role", ["ci-deploy", "ci-plan"])
def test_a_token_for_another_audience_gets_no_role(access: Access, tokens: str, role: str) -> None:
    subject = TOKENS[0 if role == "ci-deploy" else 2][1]
    for claims in ({f"{GITHUB}:sub": subject}, {f"{GITHUB}:sub": subject, f"{GITHUB}:aud": "https://github.com/octo"}):
        asked = Request(tokens, "sts:AssumeRoleWithWebIdentity", access.role(role), claims)
        assert access.decide(asked) != Decision.ALLOW


@pytest.mark.parametrize(
    ("role", "service", "expected"),
    [
        ("loader", "ecs-tasks", True),
        ("build", "ecs-tasks", True),
        ("execution", "ecs-tasks", True),
        ("loader", "ec2", False),
        ("loader", "lambda", False),
        ("state-machine", "states", True),
        ("state-machine", "ecs-tasks", False),
        ("auditor", "ecs-tasks", False),
        ("operator", "ecs-tasks", False),
        ("analyst", "ecs-tasks", False),
        ("erasure", "ecs-tasks", False),
        ("backup", "s3", True),
    ],
)
def test_roles_are_taken_by_their_services_only(access: Access, role: str, service: str, expected: bool) -> None:
    source = {
        "ecs-tasks": f"arn:aws:ecs:{access.names['region']}:{ACCOUNT}:task/x/y",
        "states": f"arn:aws:states:{access.names['region']}:{ACCOUNT}:stateMachine:{access.names['name']}-pipeline",
    }.get(service, "")
    context = {"aws:SourceAccount": ACCOUNT, "aws:SourceArn": source}
    asked = Request(f"{service}.amazonaws.com", "sts:AssumeRole", access.role(role), context)
    assert (access.decide(asked) == Decision.ALLOW) is expected
    if expected and source:
        elsewhere = {"aws:SourceAccount": "999999999999", "aws:SourceArn": source.replace(ACCOUNT, "999999999999")}
        asked = Request(f"{service}.amazonaws.com", "sts:AssumeRole", access.role(role), elsewhere)
        assert access.decide(asked) == Decision.IMPLICIT_DENY
