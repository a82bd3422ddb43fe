"""The module applied to a stand-in for AWS: all of it applies, a second plan finds nothing, no change takes data away.

The stand-in, aws_server.py, lets everybody do everything: rights are the matter of other tests.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.terraform import plan as rendering
from tests.terraform.changes import KEPT_TYPES, NETWORK, REFUSED, TOGETHER
from tests.terraform.plan import MODULE, REGION, ROOT, VARIABLES

pytestmark = pytest.mark.slow

KEPT = {
    "aws_glue_catalog_database.models",
    "aws_glue_catalog_database.raw",
    "aws_glue_catalog_database.sandbox",
    "aws_kms_key.lake",
    "aws_s3_bucket.backup[0]",
    "aws_s3_bucket.inbox",
    "aws_s3_bucket.lake",
    "aws_s3_bucket.logs",
}
# What the second plan wants to set again, because moto forgets it or answers otherwise than AWS.
FORGOTTEN: Mapping[str, set[str]] = {
    # moto keeps no EventBridge configuration of a bucket's notifications.
    "aws_s3_bucket_notification.inbox[0]": {"eventbridge"},
    # moto keeps role, status and destination of a rule; not its prefix, its delete markers and its encrypted objects.
    "aws_s3_bucket_replication_configuration.backup[0]": {"rule"},
    # moto keeps no description of a rule.
    "aws_vpc_security_group_egress_rule.tasks_to_endpoints[0]": {"description"},
    "aws_vpc_security_group_egress_rule.tasks_to_s3[0]": {"description"},
    "aws_vpc_security_group_ingress_rule.endpoints_from_tasks[0]": {"description"},
}


@dataclass(frozen=True)
class Applied:
    """The module as it was applied, with the address of the stand-in."""

    folder: Path
    endpoint: str

    def terraform(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {
            **os.environ,
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_EC2_METADATA_DISABLED": "true",
            "CHECKPOINT_DISABLE": "1",
        }
        return subprocess.run(
            [shutil.which("terraform") or "", *arguments],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )

    def plan(self, changed: Mapping[str, Any], *options: str) -> subprocess.CompletedProcess[str]:
        """Plan with some variables changed; the plan is in the file `plan`."""
        (self.folder / "changed.tfvars.json").write_text(json.dumps(changed), encoding="utf-8")
        return self.terraform(
            "plan", "-input=false", "-no-color", "-out=plan", "-var-file=changed.tfvars.json", *options
        )

    def changes(self) -> dict[str, dict[str, Any]]:
        """Return what the last plan would change, by address."""
        shown = json.loads(self.terraform("show", "-json", "plan").stdout)
        return {one["address"]: one["change"] for one in shown["resource_changes"] if one["mode"] == "managed"}


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """Return the address of a stand-in for AWS, in a process of its own."""
    command = [sys.executable, "-m", "tests.terraform.aws_server"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        assert server.stdout is not None
        yield f"http://127.0.0.1:{server.stdout.readline().strip()}"
        server.terminate()


@pytest.fixture(scope="module")
def applied(endpoint: str, tmp_path_factory: pytest.TempPathFactory) -> Applied:
    """Return the module, applied once for all tests."""
    folder = tmp_path_factory.mktemp("applied")
    for path in MODULE.iterdir():
        if path.is_file() and not path.name.startswith("."):
            shutil.copy(path, folder)
    shutil.copytree(MODULE / "queries", folder / "queries")
    provider = {
        "region": REGION,
        "access_key": "none",
        "secret_key": "none",
        "skip_credentials_validation": True,
        "skip_metadata_api_check": True,
        "s3_use_path_style": True,
        "max_retries": 2,
        # S3 Control puts the account in front of the host's name, which no name server here knows.
        "http_proxy": endpoint,
        "https_proxy": "",
    }
    (folder / "provider.tf.json").write_text(json.dumps({"provider": {"aws": provider}}), encoding="utf-8")
    (folder / "terraform.tfvars.json").write_text(json.dumps(dict(VARIABLES)), encoding="utf-8")
    try:
        init = rendering._terraform(folder, "init", "-input=false", "-no-color")
    except rendering.NoProviderError as error:
        pytest.skip(str(error))
    if init.returncode:
        pytest.skip("terraform init found no AWS provider: give it the registry, or a mirror by TF_CLI_CONFIG_FILE")
    module = Applied(folder, endpoint)
    done = module.terraform("apply", "-auto-approve", "-input=false", "-no-color", "-parallelism=30")
    assert done.returncode == 0, done.stderr
    return module


def changed_attributes(change: Mapping[str, Any]) -> set[str]:
    unknown = {name for name, value in change["after_unknown"].items() if value is True}
    before, after = change["before"] or {}, change["after"] or {}
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)} | unknown


def test_second_plan_finds_nothing_to_do(applied: Applied) -> None:
    done = applied.plan({}, "-parallelism=30")
    assert done.returncode == 0, done.stderr
    changes = applied.changes()
    assert len(changes) > 120
    open_ = {address: change for address, change in changes.items() if change["actions"] != ["no-op"]}
    assert {address: changed_attributes(change) for address, change in open_.items()} == FORGOTTEN
    assert {tuple(change["actions"]) for change in open_.values()} == {("update",)}


def other_network(endpoint: str) -> dict[str, Any]:
    """Make a VPC with a private subnet in each of two zones, as variables of the module."""
    nobody = boto3.Session("none", "none", region_name=REGION)
    ec2 = nobody.client("ec2", endpoint_url=endpoint)
    vpc = ec2.create_vpc(CidrBlock="10.40.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.40.{number}.0/24", AvailabilityZone=f"{REGION}{zone}")
        for number, zone in enumerate("ab")
    ]
    return {"vpc_id": vpc, "subnet_ids": [one["Subnet"]["SubnetId"] for one in subnets]}


def taken_away(changes: Mapping[str, Mapping[str, Any]]) -> set[str]:
    return {
        address
        for address, change in changes.items()
        if address.partition(".")[0] in KEPT_TYPES and "delete" in change["actions"]
    }


# Together: no change undoes that another one replaces something, and a plan of each would take a quarter of an hour.
@pytest.mark.parametrize("group", ["settings", "network"])
def test_change_of_a_variable_keeps_data_and_key(group: str, applied: Applied) -> None:
    changed = dict(TOGETHER) if group == "settings" else other_network(applied.endpoint)
    assert group == "settings" or changed.keys() == NETWORK
    done = applied.plan(changed, "-refresh=false")
    assert done.returncode == 0, done.stderr
    changes = applied.changes()
    assert changes.keys() >= KEPT
    assert taken_away(changes) == set()
    # The plan is one that changes things: else it would prove nothing.
    assert sum(change["actions"] != ["no-op"] for change in changes.values()) > (40 if group == "settings" else 10)


# With another name the key stays, with another description. The sandbox is not planned once its bucket is refused.
REFUSED_BY_NAME = KEPT - {"aws_kms_key.lake", "aws_glue_catalog_database.sandbox"}


@pytest.mark.parametrize(("variable", "refused"), [("name", REFUSED_BY_NAME), ("backup", {"aws_s3_bucket.backup[0]"})])
def test_change_that_would_take_data_away_is_refused(variable: str, refused: set[str], applied: Applied) -> None:
    done = applied.plan({variable: REFUSED[variable]}, "-refresh=false")
    assert done.returncode == 1
    assert set(re.findall(r"Resource (\S+) has lifecycle.prevent_destroy", " ".join(done.stderr.split()))) == refused
