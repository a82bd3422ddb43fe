"""The evaluator says what AWS documents: the examples are those of the IAM and S3 user guides, shortened."""

from __future__ import annotations

from typing import Any

import pytest

from tests.terraform.iam import Decision, Policy, Request, evaluate
from tests.terraform.iam_conditions import Context, UnsupportedError, holds

ALLOW, DENIED, REFUSED = Decision.ALLOW, Decision.EXPLICIT_DENY, Decision.IMPLICIT_DENY
ACCOUNT = "111122223333"
USER = f"arn:aws:iam::{ACCOUNT}:user/alice"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/audit/reader"
BUCKET = "arn:aws:s3:::amzn-s3-demo-bucket"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1234abcd"


def policy(*statements: dict[str, Any]) -> Policy:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def statement(effect: str, action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def on(principal: Any, effect: str, action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return statement(effect, action, resource, Principal=principal, **more)


def ask(action: str, resource: str, context: Context | None = None, principal: str = ROLE) -> Request:
    return Request(principal, action, resource, context or {})


READS = policy(statement("Allow", "s3:Get*", f"{BUCKET}/*"))
READ = ask("s3:GetObject", f"{BUCKET}/a")


@pytest.mark.parametrize(
    ("identity", "resource", "expected"),
    [
        ([], None, REFUSED),
        ([READS], None, ALLOW),
        ([READS, policy(statement("Deny", "s3:*"))], None, DENIED),
        ([], policy(on({"AWS": ROLE}, "Allow", "s3:GetObject", f"{BUCKET}/*")), ALLOW),
        ([], policy(on("*", "Allow", "s3:GetObject", f"{BUCKET}/*")), ALLOW),
        ([], policy(on({"AWS": USER}, "Allow", "s3:GetObject", f"{BUCKET}/*")), REFUSED),
        # The account in a resource's policy delegates: it gives nobody anything by itself.
        ([], policy(on({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Allow", "s3:*", f"{BUCKET}/*")), REFUSED),
        ([READS], policy(on({"AWS": ACCOUNT}, "Deny", "s3:*", f"{BUCKET}/*")), DENIED),
        ([READS], policy(on("*", "Deny", "s3:*", f"{BUCKET}/b/*")), ALLOW),
    ],
)
def test_deny_wins_and_without_allow_nothing_goes(
    identity: list[Policy], resource: Policy | None, expected: Decision
) -> None:
    assert evaluate(READ, identity=identity, resource=resource) == expected


@pytest.mark.parametrize(
    ("principal", "expected"),
    [
        (None, REFUSED),
        # A role's ARN in a resource's policy is limited by the boundary, its session's ARN is not.
        (ROLE, REFUSED),
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/reader/session", ALLOW),
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/reader/other", REFUSED),
    ],
)
def test_a_boundary_limits_a_role(principal: str | None, expected: Decision) -> None:
    boundary = policy(statement("Allow", ["cloudwatch:*", "ec2:*"]))
    resource = policy(on({"AWS": principal}, "Allow", "s3:GetObject", f"{BUCKET}/*")) if principal else None
    assert evaluate(READ, identity=[READS], resource=resource, boundary=boundary) == expected
    wide = policy(statement("Allow", "s3:*"))
    assert evaluate(READ, identity=[READS], resource=resource, boundary=wide) == ALLOW


def test_a_deny_in_a_boundary_is_a_deny() -> None:
    boundary = policy(statement("Allow", "*"), statement("Deny", "s3:Get*"))
    assert evaluate(READ, identity=[READS], boundary=boundary) == DENIED


@pytest.mark.parametrize(
    ("key_policy", "identity", "expected"),
    [
        (None, [policy(statement("Allow", "kms:*"))], REFUSED),
        (policy(on({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Allow", "kms:*")), [], REFUSED),
        (
            policy(on({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Allow", "kms:*")),
            [policy(statement("Allow", "kms:Decrypt", KEY))],
            ALLOW,
        ),
        (policy(on({"AWS": USER}, "Allow", "kms:*")), [policy(statement("Allow", "kms:Decrypt", KEY))], REFUSED),
        (policy(on({"AWS": ROLE}, "Allow", "kms:Decrypt")), [], ALLOW),
    ],
)
def test_a_key_policy_decides_whether_iam_counts(
    key_policy: Policy | None, identity: list[Policy], expected: Decision
) -> None:
    assert evaluate(ask("kms:Decrypt", KEY), identity=identity, resource=key_policy) == expected


def test_a_service_has_what_the_resource_gives_it() -> None:
    topic = f"arn:aws:sns:us-east-1:{ACCOUNT}:alarms"
    given = policy(on({"Service": "cloudwatch.amazonaws.com"}, "Allow", "sns:Publish", topic))
    asked = {
        name: evaluate(ask("sns:Publish", topic, principal=f"{name}.amazonaws.com"), resource=given)
        for name in ("cloudwatch", "events")
    }
    assert asked == {"cloudwatch": ALLOW, "events": REFUSED}


def test_a_trust_policy_lets_a_token_in_by_its_claims() -> None:
    provider = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
    trust = policy(
        {
            "Effect": "Allow",
            "Principal": {"Federated": provider},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {
                "StringEquals": {
                    "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
                    "token.actions.githubusercontent.com:sub": "repo:GitHubOrg/GitHubRepo:ref:refs/heads/main",
                }
            },
        }
    )

    def assumes(subject: str) -> Decision:
        claims = {"aud": "sts.amazonaws.com", "sub": subject}
        context = {f"token.actions.githubusercontent.com:{name}": value for name, value in claims.items()}
        return evaluate(ask("sts:AssumeRoleWithWebIdentity", ROLE, context, provider), resource=trust)

    assert assumes("repo:GitHubOrg/GitHubRepo:ref:refs/heads/main") == ALLOW
    assert assumes("repo:GitHubOrg/GitHubRepo:pull_request") == REFUSED
    assert assumes("repo:githuborg/GitHubRepo:ref:refs/heads/main") == REFUSED


@pytest.mark.parametrize(
    ("pattern", "arn", "expected"),
    [
        ("arn:aws:s3:::amzn-s3-demo-bucket/*", f"{BUCKET}/a/b/c", True),
        ("arn:aws:s3:::amzn-s3-demo-bucket/*", BUCKET, False),
        ("arn:aws:s3:::amzn-s3-demo-bucket*", f"{BUCKET}/a", True),
        ("arn:aws:s3:::amzn-s3-demo-bucket/a?c", f"{BUCKET}/abc", True),
        ("arn:aws:s3:::amzn-s3-demo-bucket/a?c", f"{BUCKET}/ac", False),
        ("arn:aws:s3:::amzn-s3-demo-bucket/A", f"{BUCKET}/a", False),
        ("arn:aws:iam::*:role/r", f"arn:aws:iam::{ACCOUNT}:role/r", True),
        # A wildcard stays within a part between colons.
        ("arn:aws:*:role/r", f"arn:aws:iam::{ACCOUNT}:role/r", None),
        ("arn:aws:sns:*:alarms", f"arn:aws:sns:us-east-1:{ACCOUNT}:alarms", None),
    ],
)
def test_wildcards_of_a_resource(pattern: str, arn: str, expected: bool | None) -> None:
    given = [policy(statement("Allow", "x:Act", pattern))]
    if expected is None:
        with pytest.raises(UnsupportedError):
            evaluate(ask("x:Act", arn), identity=given)
    else:
        assert (evaluate(ask("x:Act", arn), identity=given) == ALLOW) is expected


def test_actions_have_no_case_and_may_be_all_but_some() -> None:
    given = [policy({"Effect": "Allow", "NotAction": ["IAM:*", "s3:Delete*"], "NotResource": f"{BUCKET}/x/*"})]
    asked = [("s3:getobject", "a"), ("iam:GetRole", "a"), ("S3:DeleteObject", "a"), ("s3:GetObject", "x/a")]
    found = [evaluate(ask(action, f"{BUCKET}/{key}"), identity=given) for action, key in asked]
    assert found == [ALLOW, REFUSED, REFUSED, REFUSED]


def test_an_action_without_a_resource_wants_the_star() -> None:
    assert evaluate(ask("ecr:GetAuthorizationToken", "*"), identity=[policy(statement("Allow", "ecr:*"))]) == ALLOW
    narrow = policy(statement("Allow", "ecr:*", f"arn:aws:ecr:*:{ACCOUNT}:repository/*"))
    assert evaluate(ask("ecr:GetAuthorizationToken", "*"), identity=[narrow]) == REFUSED


def test_a_role_needs_all_its_names_to_escape_a_deny() -> None:
    names = [
        f"arn:aws:sts::{ACCOUNT}:assumed-role/reader/session",
        ROLE,
        f"arn:aws:iam::{ACCOUNT}:root",
    ]

    def with_names(listed: list[str]) -> Decision:
        deny = {"Effect": "Deny", "NotPrincipal": {"AWS": listed}, "Action": "s3:*", "Resource": f"{BUCKET}/*"}
        return evaluate(READ, identity=[READS], resource=policy(deny))

    assert with_names(names) == ALLOW
    assert {with_names(names[:1]), with_names(names[1:]), with_names(names[::2])} == {DENIED}


CONDITIONS: list[tuple[dict[str, Any], Context, bool]] = [
    # Strings have a case; the names of keys have none.
    ({"StringEquals": {"AWS:Username": "john"}}, {"aws:username": "john"}, True),
    ({"StringEquals": {"aws:username": "john"}}, {"aws:username": "John"}, False),
    ({"StringEqualsIgnoreCase": {"aws:username": "john"}}, {"aws:username": "John"}, True),
    # Several values are alternatives, several keys and operators are not.
    ({"StringEquals": {"ec2:Zone": ["a", "b"]}}, {"ec2:Zone": "b"}, True),
    ({"StringNotEquals": {"ec2:Zone": ["a", "b"]}}, {"ec2:Zone": "b"}, False),
    ({"StringEquals": {"k": "a", "l": "b"}}, {"k": "a", "l": "c"}, False),
    ({"StringEquals": {"k": "a"}, "Bool": {"l": "true"}}, {"k": "a", "l": "false"}, False),
    # A key that is not there fits nothing, so a negated operator holds.
    ({"StringEquals": {"k": "a"}}, {}, False),
    ({"StringNotEquals": {"k": "a"}}, {}, True),
    ({"ArnNotLike": {"k": "arn:aws:sns:*:*:*"}}, {}, True),
    ({"StringLike": {"s3:prefix": ["", "home/", "home/${aws:username}/*"]}}, {"s3:prefix": ""}, True),
    ({"StringLike": {"s3:prefix": "home/${aws:username}/*"}}, {"s3:prefix": "home/al/x", "aws:username": "al"}, True),
    ({"StringLike": {"s3:prefix": "home/${aws:username}/*"}}, {"s3:prefix": "home/al/x", "aws:username": "*"}, False),
    ({"StringLike": {"s3:prefix": "home/${aws:username}/*"}}, {"s3:prefix": "home/al/x"}, False),
    ({"StringEquals": {"k": "${aws:PrincipalTag/team, 'company-wide'}"}}, {"k": "company-wide"}, True),
    ({"StringEquals": {"k": "a${*}"}}, {"k": "a*"}, True),
    ({"StringLike": {"k": "a${*}"}}, {"k": "ab"}, False),
    ({"StringEquals": {"k": "a*"}}, {"k": "ab"}, False),
    # ARNs are compared part by part.
    ({"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:123:T*"}}, {"aws:SourceArn": "arn:aws:sns:us-east-1:123:Top"}, True),
    ({"ArnEquals": {"aws:SourceArn": "arn:aws:sns:*:*:Top"}}, {"aws:SourceArn": "arn:aws:sns:us-east-1:1:Top"}, True),
    ({"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:1:*"}}, {"aws:SourceArn": "arn:aws:sns:eu:2:1:x"}, False),
    ({"NumericLessThanEquals": {"s3:max-keys": "10"}}, {"s3:max-keys": "10"}, True),
    ({"NumericLessThan": {"s3:max-keys": "10"}}, {"s3:max-keys": "9"}, True),
    ({"NumericLessThanEquals": {"s3:max-keys": "10"}}, {"s3:max-keys": "100"}, False),
    ({"NumericLessThanEquals": {"s3:max-keys": "10"}}, {}, False),
    ({"NumericNotEquals": {"s3:max-keys": "10"}}, {}, True),
    # Long-term keys carry no word on a second factor.
    ({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}, {}, True),
    ({"Bool": {"aws:MultiFactorAuthPresent": "false"}}, {}, False),
    ({"StringLikeIfExists": {"ec2:InstanceType": ["t1.*", "t2.*"]}}, {"ec2:InstanceType": "m5.large"}, False),
    ({"Null": {"aws:TokenIssueTime": "true"}}, {}, True),
    ({"Null": {"aws:TokenIssueTime": "false"}}, {"aws:TokenIssueTime": "x"}, True),
    # Keys with several values.
    ({"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}}, {"aws:TagKeys": ["a"]}, True),
    ({"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}}, {"aws:TagKeys": ["a", "c"]}, False),
    ({"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}}, {}, True),
    ({"ForAnyValue:StringEquals": {"aws:TagKeys": ["a", "b"]}}, {"aws:TagKeys": ["a", "c"]}, True),
    ({"ForAnyValue:StringEquals": {"aws:TagKeys": ["a", "b"]}}, {}, False),
    ({"ForAnyValue:StringNotEquals": {"aws:TagKeys": ["a", "b"]}}, {"aws:TagKeys": ["a", "c"]}, True),
    ({"ForAllValues:StringNotEquals": {"aws:TagKeys": ["a", "b"]}}, {"aws:TagKeys": ["a", "c"]}, False),
]


@pytest.mark.parametrize(("conditions", "context", "expected"), CONDITIONS)
def test_conditions(conditions: dict[str, Any], context: Context, expected: bool) -> None:
    assert holds(conditions, context) is expected


def test_a_bucket_takes_conditional_writes_only() -> None:
    bucket = policy(
        on(
            {"AWS": USER},
            "Allow",
            "s3:PutObject",
            f"{BUCKET}/*",
            Condition={"Null": {"s3:if-none-match": "false"}},
        ),
        on(
            {"AWS": USER},
            "Allow",
            "s3:PutObject",
            f"{BUCKET}/*",
            Condition={"Bool": {"s3:ObjectCreationOperation": "false"}},
        ),
    )

    def put(**context: str) -> Decision:
        named = {f"s3:{name.replace('_', '-')}": value for name, value in context.items()}
        return evaluate(ask("s3:PutObject", f"{BUCKET}/a", named, USER), resource=bucket)

    assert put(if_none_match="*", ObjectCreationOperation="true") == ALLOW
    assert put(ObjectCreationOperation="true") == REFUSED
    assert put(ObjectCreationOperation="false") == ALLOW


def test_a_principal_is_known_to_conditions() -> None:
    only = {"StringNotEquals": {"aws:PrincipalArn": [f"arn:aws:iam::{ACCOUNT}:role/erasure"]}}
    bucket = policy(on("*", "Deny", "s3:DeleteObject", f"{BUCKET}/*", Condition=only))
    deletes = [policy(statement("Allow", "s3:*"))]
    asked = {
        name: evaluate(
            ask("s3:DeleteObject", f"{BUCKET}/a", principal=f"arn:aws:iam::{ACCOUNT}:role/{name}"),
            identity=deletes,
            resource=bucket,
        )
        for name in ("erasure", "loader")
    }
    assert asked == {"erasure": ALLOW, "loader": DENIED}


@pytest.mark.parametrize(
    "unknown",
    [
        statement("Allow", "s3:*", Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}),
        statement("Allow", "s3:*", Condition={"StringEquals": {"aws:TagKeys": "a"}}),
        statement("Allow", "s3:*", Until="tomorrow"),
        statement("Perhaps", "s3:*"),
        {"Effect": "Allow", "Resource": "*"},
        {"Effect": "Allow", "Action": "*", "NotResource": f"{BUCKET}/${{aws:username}}"},
        statement("Allow", "s3:*", Condition={"StringNotEquals": {"s3:prefix": "${aws:username}"}}),
    ],
)
def test_what_is_not_known_is_an_error(unknown: dict[str, Any]) -> None:
    with pytest.raises(UnsupportedError):
        evaluate(ask("s3:GetObject", f"{BUCKET}/a", {"aws:TagKeys": ["a"]}), identity=[policy(unknown)])
    with pytest.raises(UnsupportedError):
        evaluate(READ, identity=[{**READS, "Version": "2008-10-17"}])
