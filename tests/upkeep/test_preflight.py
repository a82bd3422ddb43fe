"""The preflight names what an account lacks, and calls nothing well that it cannot tell."""

from __future__ import annotations

import copy
import json
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from click.testing import CliRunner

from upkeep import cli
from upkeep.preflight import CHECKS, AccountError, Finding, Status, Wanted, preflight

# botocore reads what it knows of eleven services first.
pytestmark = pytest.mark.long

ACCOUNT = "123456789012"
EVERYBODY = [{"Principal": {"DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"}, "Permissions": ["ALL"]}]
PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"


def quotas(values: dict[str, float]) -> dict[str, Any]:
    return {"Quotas": [{"QuotaName": name, "Value": value} for name, value in values.items()]}


QUOTAS = {
    "athena": {"Active DML queries": 150},
    "fargate": {"Fargate On-Demand vCPU resource count": 8},
    "vpc": {"VPCs per Region": 5, "Interface VPC endpoints per VPC": 50, "NAT gateways per Availability Zone": 5},
    "ec2": {"EC2-VPC Elastic IPs": 5},
}
# What a prepared account answers.
READY: dict[str, Any] = {
    "GetCallerIdentity": {"Account": ACCOUNT, "Arn": f"arn:aws:iam::{ACCOUNT}:user/ann"},
    "DescribeAvailabilityZones": {"AvailabilityZones": [{}, {}, {}]},
    "GetDataLakeSettings": {
        "DataLakeSettings": {"CreateDatabaseDefaultPermissions": EVERYBODY, "CreateTableDefaultPermissions": EVERYBODY}
    },
    "GetDatabase": {"Database": {"Name": "default"}},
    "ListEngineVersions": {"EngineVersions": [{"SelectedEngineVersion": "Athena engine version 3"}]},
    "ListOpenIDConnectProviders": {"OpenIDConnectProviderList": []},
    "GetRole": {"Role": {}},
    "ListAWSDefaultServiceQuotas": QUOTAS,
    "ListServiceQuotas": {service: {} for service in QUOTAS},
    "DescribeVpcs": {"Vpcs": [{}]},
    "DescribeAddresses": {"Addresses": []},
    "DescribeNatGateways": {"NatGateways": []},
    "DescribeSubnets": {"Subnets": []},
    "ListBuckets": {"Buckets": []},
    "HeadBucket": "404",
    "DescribeTrails": {"trailList": []},
    "GetAccount": {"ProductionAccessEnabled": True},
}


class Account:
    """An account that answers as it is told. botocore still checks the parameters of each call."""

    def __init__(self, session: boto3.Session) -> None:
        self.answers = copy.deepcopy(READY)
        self.session = session
        # In the place of the account of the test before.
        session.events.unregister("before-call", unique_id="account")
        session.events.register("before-call", self._answer, unique_id="account")

    def _answer(self, model: Any, params: dict[str, Any], **_: Any) -> tuple[Any, dict[str, Any]]:
        answer = self.answers[model.name]
        if model.name in {"ListAWSDefaultServiceQuotas", "ListServiceQuotas"}:
            answer = answer if isinstance(answer, str) else quotas(answer[json.loads(params["body"])["ServiceCode"]])
        if isinstance(answer, str):
            return SimpleNamespace(status_code=400), {"Error": {"Code": answer, "Message": "no"}}
        return SimpleNamespace(status_code=200), answer

    def findings(self, **wanted: Any) -> dict[str, Finding]:
        asked = Wanted("ledger-lake", "prod", **wanted)
        return {one.check: one for one in preflight(self.session, asked)}


@pytest.fixture(scope="module")
def session() -> boto3.Session:
    """Return a session for all tests: reading what botocore knows of eleven services takes a second."""
    return boto3.Session("none", "none", region_name="eu-central-1")


@pytest.fixture
def account(session: boto3.Session) -> Account:
    return Account(session)


@pytest.mark.parametrize("egress", ["endpoints", "nat", "existing"])
def test_prepared_account_lacks_nothing(egress: str, account: Account) -> None:
    found = account.findings(egress=egress)
    assert list(found) == list(CHECKS)
    assert {one.status for one in found.values()} == {Status.OK}


LAKE_FORMATION = {"DataLakeSettings": {"CreateDatabaseDefaultPermissions": EVERYBODY}}
MANY = [{"Name": f"trail-{number}"} for number in range(5)]


@pytest.mark.parametrize(
    ("check", "operation", "answer", "advice"),
    [
        ("zones", "DescribeAvailabilityZones", {"AvailabilityZones": [{}]}, "another region"),
        ("lake-formation", "GetDataLakeSettings", LAKE_FORMATION, "CreateTableDefaultPermissions"),
        ("lake-formation", "GetDataLakeSettings", {"DataLakeSettings": {}}, "CreateDatabaseDefaultPermissions"),
        ("default-database", "GetDatabase", "EntityNotFoundException", "aws glue create-database"),
        ("athena", "ListEngineVersions", {"EngineVersions": []}, "another region"),
        ("ecs-role", "GetRole", "NoSuchEntity", "aws iam create-service-linked-role"),
        ("network", "DescribeVpcs", {"Vpcs": [{}] * 5}, "VPCs per Region"),
        ("buckets", "HeadBucket", "403", f"ledger-lake-prod-lake-{ACCOUNT}: take another name"),
        ("trails", "DescribeTrails", {"trailList": MANY}, "remove one"),
        ("ses", "GetAccount", {"ProductionAccessEnabled": False}, "--skip ses"),
    ],
)
def test_what_is_missing_comes_with_what_to_do(
    check: str, operation: str, answer: Any, advice: str, account: Account
) -> None:
    account.answers[operation] = answer
    found = account.findings()
    assert [one.check for one in found.values() if one.status != Status.OK] == [check]
    assert found[check].status == Status.MISSING
    assert advice in found[check].text


@pytest.mark.parametrize(
    ("check", "service", "name"),
    [
        ("athena", "athena", "Active DML queries"),
        ("fargate", "fargate", "Fargate On-Demand vCPU resource count"),
        ("network", "vpc", "NAT gateways per Availability Zone"),
        ("network", "ec2", "EC2-VPC Elastic IPs"),
    ],
)
def test_small_quota_of_the_account_counts_not_the_default(
    check: str, service: str, name: str, account: Account
) -> None:
    account.answers["ListServiceQuotas"][service] = {name: 0}
    found = account.findings(egress="nat")
    assert [one.check for one in found.values() if one.status == Status.MISSING] == [check]
    assert name in found[check].text


def test_gateways_are_counted_by_zone(account: Account) -> None:
    account.answers["DescribeSubnets"] = {
        "Subnets": [{"SubnetId": f"s{number}", "AvailabilityZone": f"z{number % 2}"} for number in range(9)]
    }
    account.answers["DescribeNatGateways"] = {"NatGateways": [{"SubnetId": f"s{number}"} for number in range(8)]}
    assert account.findings(egress="nat")["network"].status == Status.OK
    account.answers["DescribeNatGateways"] = {"NatGateways": [{"SubnetId": f"s{number}"} for number in range(9)]}
    assert account.findings(egress="nat")["network"].status == Status.MISSING


@pytest.mark.parametrize("operation", sorted(READY.keys() - {"GetCallerIdentity"}))
def test_what_may_not_be_asked_is_never_called_well(operation: str, account: Account) -> None:
    account.answers[operation] = "AccessDeniedException"
    found = [one for one in account.findings(egress="nat").values() if one.status != Status.OK]
    assert found
    assert {one.status for one in found} == {Status.CANNOT_TELL}
    assert all(operation in one.text for one in found)


def test_quota_that_aws_does_not_list_cannot_be_told(account: Account) -> None:
    account.answers["ListAWSDefaultServiceQuotas"]["fargate"] = {}
    assert account.findings()["fargate"].status == Status.CANNOT_TELL


def test_own_buckets_and_trail_of_an_earlier_try_are_no_fault(account: Account) -> None:
    account.answers["HeadBucket"] = "403"
    names = [*(f"ledger-lake-prod-{one}" for one in ("lake", "inbox", "logs", "backup")), "ledger-lake-state"]
    account.answers["ListBuckets"] = {"Buckets": [{"Name": f"{name}-{ACCOUNT}"} for name in names]}
    account.answers["DescribeTrails"] = {"trailList": [*MANY[:4], {"Name": "ledger-lake-prod"}]}
    found = account.findings()
    assert (found["buckets"].status, found["trails"].status) == (Status.OK, Status.OK)


def test_provider_that_is_there_is_named_for_bootstrap(account: Account) -> None:
    account.answers["ListOpenIDConnectProviders"] = {"OpenIDConnectProviderList": [{"Arn": PROVIDER}]}
    assert f'oidc_provider_arn = "{PROVIDER}"' in account.findings()["oidc"].text


def test_account_that_cannot_be_asked_is_an_error(account: Account) -> None:
    account.answers["GetCallerIdentity"] = "ExpiredToken"
    with pytest.raises(AccountError, match="AWS_PROFILE"):
        account.findings()


@pytest.mark.parametrize(
    ("operation", "answer", "code"),
    [(None, None, 0), ("GetRole", "NoSuchEntity", 1), ("GetRole", "AccessDenied", 3), ("GetCallerIdentity", "no", 1)],
)
def test_exit_code_says_whether_to_apply(
    operation: str | None, answer: Any, code: int, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    if operation:
        account.answers[operation] = answer
    monkeypatch.setattr(cli.boto3, "Session", lambda region_name: account.session)
    done = CliRunner().invoke(cli.main, ["preflight", "--region", "eu-central-1"])
    assert done.exit_code == code, done.output


def test_skipped_check_asks_nothing(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    del account.answers["GetAccount"]
    monkeypatch.setattr(cli.boto3, "Session", lambda region_name: account.session)
    done = CliRunner().invoke(cli.main, ["preflight", "--region", "eu-central-1", "--skip", "ses"])
    assert (done.exit_code, " ses:" in done.output) == (0, False)
