"""What an AWS account lacks before the first `terraform apply`. It asks and changes nothing.

Each check ends in one of three ways. What the caller may not ask is never called well: it cannot be told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from upkeep.errors import UpkeepError

_DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError", "403"}
_EVERYBODY = "IAM_ALLOWED_PRINCIPALS"
# Fixed by AWS: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html
_TRAILS = 5
_ENGINE = "Athena engine version 3"


class Status(StrEnum):
    """How a check ended."""

    OK = "OK"
    MISSING = "MISSING"
    CANNOT_TELL = "CANNOT TELL"


class AccountError(UpkeepError):
    """The account cannot be asked at all: no credentials, or no network."""


@dataclass(frozen=True)
class Finding:
    """What one check found, and what to do about it."""

    check: str
    status: Status
    text: str


@dataclass(frozen=True)
class Wanted:
    """What is to be made.

    Attributes:
        name: `name` of terraform/bootstrap.
        environment: one of its `environments`; both together are the module's `name`.
        egress: the module's `egress`, or `existing` where it gets `vpc_id`.
        vcpus: most vCPUs at the same time: `landings_at_once` times `loader_cpu` / 1024, or `build_cpu` / 1024.
        queries: most queries at the same time: threads of the dbt profile, and analysts.
    """

    name: str
    environment: str
    egress: str = "endpoints"
    vcpus: float = 8
    queries: int = 10


class _MissingError(Exception):
    """Something is missing; the text says what to do."""


class _UnknownError(Exception):
    """AWS does not say; the text says what to look up."""


@dataclass(frozen=True)
class _Account:
    """The account that is asked, in one region."""

    id: str
    partition: str
    client: Callable[[str], Any]
    wanted: Wanted
    _quotas: dict[str, dict[str, float]] = field(default_factory=dict)

    def all(self, service: str, operation: str, key: str, **parameters: Any) -> list[Any]:
        """Return what is on all pages of a list."""
        pages = self.client(service).get_paginator(operation).paginate(**parameters)
        return [item for page in pages for item in page[key]]

    def quota(self, service: str, name: str) -> float:
        """Return a quota by its name: the account's own, or AWS's where the account has none."""
        if service not in self._quotas:
            given = self.all("service-quotas", "list_aws_default_service_quotas", "Quotas", ServiceCode=service)
            given += self.all("service-quotas", "list_service_quotas", "Quotas", ServiceCode=service)
            self._quotas[service] = {one["QuotaName"]: one["Value"] for one in given}
        try:
            return self._quotas[service][name]
        except KeyError:
            raise _UnknownError(f"Service Quotas lists no '{name}' of {service}: look it up in the console") from None

    def require(self, service: str, name: str, needed: float, used: int | None = None) -> str:
        """Return what a quota is, if it is enough. Of what comes and goes, such as tasks, nothing is counted as used.

        Raises:
            _MissingError: it is not.
        """
        quota = self.quota(service, name)
        in_use = "" if used is None else f", {used} in use"
        text = f"'{name}' of {service} is {quota:g}{in_use}, {needed:g} needed"
        if quota - (used or 0) < needed:
            raise _MissingError(f"{text}: ask for more in the Service Quotas console, which takes hours to days")
        return text


def preflight(session: boto3.Session, wanted: Wanted, skip: frozenset[str] = frozenset()) -> Iterator[Finding]:
    """Yield what each check finds, in the order in which things are needed.

    Args:
        session: credentials and region.
        wanted: what is to be made.
        skip: names of checks, out of CHECKS, to leave out.

    Raises:
        AccountError: the account cannot be asked at all.
    """
    client = cache(session.client)
    try:
        caller = client("sts").get_caller_identity()
    except (BotoCoreError, ClientError) as error:
        raise AccountError(f"AWS does not answer who this is: {error}: set AWS_PROFILE or log in") from error
    account = _Account(caller["Account"], caller["Arn"].split(":")[1], client, wanted)
    for name, check in CHECKS.items():
        if name not in skip:
            yield _found(name, check, account)


def _found(name: str, check: Callable[[_Account], str], account: _Account) -> Finding:
    try:
        return Finding(name, Status.OK, check(account))
    except _MissingError as error:
        return Finding(name, Status.MISSING, str(error))
    except _UnknownError as error:
        return Finding(name, Status.CANNOT_TELL, str(error))
    except ClientError as error:
        denied = error.response["Error"]["Code"] in _DENIED
        reason = f"no right to {error.operation_name}" if denied else str(error)
        return Finding(name, Status.CANNOT_TELL, reason)
    except BotoCoreError as error:
        return Finding(name, Status.CANNOT_TELL, str(error))


def _code(error: ClientError) -> str:
    return str(error.response["Error"]["Code"])


def _zones(account: _Account) -> str:
    zones = account.client("ec2").describe_availability_zones(
        Filters=[
            {"Name": "opt-in-status", "Values": ["opt-in-not-required"]},
            {"Name": "state", "Values": ["available"]},
        ]
    )["AvailabilityZones"]
    if len(zones) < 2:
        raise _MissingError("the region has fewer than two zones: take another region")
    return f"{len(zones)} zones"


def _lake_formation(account: _Account) -> str:
    settings = account.client("lakeformation").get_data_lake_settings()["DataLakeSettings"]
    for key in ("CreateDatabaseDefaultPermissions", "CreateTableDefaultPermissions"):
        given = {
            one["Principal"]["DataLakePrincipalIdentifier"]: set(one.get("Permissions", []))
            for one in settings.get(key, [])
        }
        if "ALL" not in given.get(_EVERYBODY, set()):
            raise _MissingError(
                f"Lake Formation, not IAM, decides on new tables ({key}): in its console, under Data Catalog settings, "
                "tick both 'Use only IAM access control' before anything is made"
            )
    return "IAM policies decide on databases and tables"


def _default_database(account: _Account) -> str:
    try:
        account.client("glue").get_database(Name="default")
    except ClientError as error:
        if _code(error) == "EntityNotFoundException":
            raise _MissingError(
                "Athena looks for the Glue database default in any case: "
                "aws glue create-database --database-input Name=default"
            ) from None
        raise
    return "the Glue database default is there"


def _athena(account: _Account) -> str:
    versions = account.client("athena").list_engine_versions()["EngineVersions"]
    if _ENGINE not in {one["SelectedEngineVersion"] for one in versions}:
        raise _MissingError(f"the region has no {_ENGINE}: take another region")
    return account.require("athena", "Active DML queries", account.wanted.queries)


def _oidc(account: _Account) -> str:
    providers = account.client("iam").list_open_id_connect_providers()["OpenIDConnectProviderList"]
    for provider in providers:
        if provider["Arn"].endswith(":oidc-provider/token.actions.githubusercontent.com"):
            return f'GitHub\'s provider is there. Unless bootstrap made it: oidc_provider_arn = "{provider["Arn"]}"'
    return "no provider for GitHub yet: bootstrap makes it, leave oidc_provider_arn out"


def _ecs_role(account: _Account) -> str:
    try:
        account.client("iam").get_role(RoleName="AWSServiceRoleForECS")
    except ClientError as error:
        if _code(error) == "NoSuchEntity":
            raise _MissingError(
                "the first cluster can fail without ECS's own role: "
                "aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com"
            ) from None
        raise
    return "ECS has its service-linked role"


def _fargate(account: _Account) -> str:
    return account.require("fargate", "Fargate On-Demand vCPU resource count", account.wanted.vcpus)


def _network(account: _Account) -> str:
    egress = account.wanted.egress
    if egress == "existing":
        return "an existing VPC is used"
    texts = [account.require("vpc", "VPCs per Region", 1, len(account.all("ec2", "describe_vpcs", "Vpcs")))]
    if egress == "endpoints":
        texts.append(account.require("vpc", "Interface VPC endpoints per VPC", 6))
    else:
        addresses = account.client("ec2").describe_addresses()["Addresses"]
        texts.append(account.require("ec2", "EC2-VPC Elastic IPs", 1, len(addresses)))
        texts.append(account.require("vpc", "NAT gateways per Availability Zone", 1, _gateways_of_a_zone(account)))
    return "; ".join(texts)


def _gateways_of_a_zone(account: _Account) -> int:
    """Return the number of NAT gateways in the zone that has most."""
    states = [{"Name": "state", "Values": ["pending", "available"]}]
    gateways = account.all("ec2", "describe_nat_gateways", "NatGateways", Filters=states)
    zones = {one["SubnetId"]: one["AvailabilityZone"] for one in account.all("ec2", "describe_subnets", "Subnets")}
    used = [zones.get(one.get("SubnetId")) for one in gateways]
    return max(map(used.count, used), default=0)


def _buckets(account: _Account) -> str:
    name, environment = account.wanted.name, account.wanted.environment
    names = [f"{name}-{environment}-{purpose}-{account.id}" for purpose in ("lake", "inbox", "logs", "backup")]
    names.append(f"{name}-state-{account.id}")
    s3 = account.client("s3")
    own = {one["Name"] for one in account.all("s3", "list_buckets", "Buckets")}
    for bucket in names:
        if bucket in own:
            continue
        try:
            s3.head_bucket(Bucket=bucket)
        except ClientError as error:
            if _code(error) == "404":
                continue
            if _code(error) != "403":
                raise
        raise _MissingError(f"another account has the bucket {bucket}: take another name")
    there = sorted(own & set(names))
    return "names of buckets are free" + (f", or yours already: {', '.join(there)}" if there else "")


def _trails(account: _Account) -> str:
    trails = {one["Name"] for one in account.client("cloudtrail").describe_trails()["trailList"]}
    name = f"{account.wanted.name}-{account.wanted.environment}"
    if len(trails - {name}) >= _TRAILS:
        raise _MissingError(f"the region has {_TRAILS} trails, and AWS allows no more: remove one")
    return f"{len(trails)} of {_TRAILS} trails are in use"


def _ses(account: _Account) -> str:
    if not account.client("sesv2").get_account().get("ProductionAccessEnabled", False):
        raise _MissingError(
            "SES is in its sandbox and mails to confirmed addresses only: ask for production access, which takes a "
            "day. Alarms are mailed by SNS and need no SES: --skip ses if nothing else is mailed"
        )
    return "SES may mail to any address"


CHECKS: Mapping[str, Callable[[_Account], str]] = {
    "zones": _zones,
    "lake-formation": _lake_formation,
    "default-database": _default_database,
    "athena": _athena,
    "oidc": _oidc,
    "ecs-role": _ecs_role,
    "fargate": _fargate,
    "network": _network,
    "buckets": _buckets,
    "trails": _trails,
    "ses": _ses,
}
