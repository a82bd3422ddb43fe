"""Policies and buckets as the provider renders them: what is small enough for AWS, kept, and out of analysts' reach."""

from __future__ import annotations

import fnmatch
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.terraform.plan import ROOT, Plan

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html and S3's limit: without white space.
INLINE_LIMIT, BUCKET_LIMIT = 10_240, 20_480
TEXT = {"raw_record", "extra_fields", "rejection_details"}
# Readers' views whose rows were set aside or are malformed: for auditors, not for analysts.
CLOSED_VIEWS = {
    "set_aside_entries",
    "quarantine_entries",
    "condemned_entries",
    "duplicate_entries",
    "malformed_rows",
    "passed_over_entries",
}


def statement(document: dict[str, Any], sid: str) -> dict[str, Any]:
    return next(one for one in document["Statement"] if one["Sid"] == sid)


def listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def test_policies_are_within_the_limits_of_aws(plan: Plan) -> None:
    sizes = {
        one.address: (len(json.dumps(json.loads(one["policy"]), separators=(",", ":"))), limit)
        for type_, limit in (("aws_iam_role_policy", INLINE_LIMIT), ("aws_s3_bucket_policy", BUCKET_LIMIT))
        for one in plan.resources(type_)
    }
    assert len(sizes) >= 14
    assert {address: size for address, (size, limit) in sizes.items() if size > limit} == {}


def test_every_statement_has_a_name_of_its_own(plan: Plan) -> None:
    for role in plan.resources("aws_iam_role_policy"):
        sids = [one.get("Sid") for one in json.loads(role["policy"])["Statement"]]
        assert all(sids), role.address
        assert len(set(sids)) == len(sids), role.address


def test_any_resource_only_where_aws_has_none(plan: Plan) -> None:
    """A wildcard for all resources stands only with actions for which AWS has no resource."""
    anywhere = {
        action
        for role in plan.resources("aws_iam_role_policy")
        for one in json.loads(role["policy"])["Statement"]
        if "*" in listed(one["Resource"])
        for action in listed(one["Action"])
    }
    assert anywhere == {
        "cloudwatch:GetMetricData",
        "cloudwatch:ListMetrics",
        "ecr:GetAuthorizationToken",
        "ecs:DescribeTaskDefinition",
        "logs:CreateLogDelivery",
        "logs:DeleteLogDelivery",
        "logs:DescribeLogGroups",
        "logs:DescribeResourcePolicies",
        "logs:GetLogDelivery",
        "logs:GetQueryResults",
        "logs:ListLogDeliveries",
        "logs:PutResourcePolicy",
        "logs:StopQuery",
        "logs:UpdateLogDelivery",
        "states:ListStateMachines",
    }


def test_no_rule_ends_what_is_kept(plan: Plan) -> None:
    ends = {
        (rule["filter"][0]["prefix"], rule["expiration"][0]["days"])
        for rule in plan.resource("aws_s3_bucket_lifecycle_configuration.lake")["rule"]
        if rule["expiration"] and rule["expiration"][0]["days"]
    }
    assert ends == {("results/", 7), ("lake/rejections/", 3660)}


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return the models as they are on Athena."""
    target = tmp_path_factory.mktemp("target")
    environment = {
        "PATH": "/usr/bin:/bin",
        "AWS_REGION": "eu-central-1",
        "LEDGER_LAKE_ROOT": "s3://bucket/lake",
        "LEDGER_LAKE_SCHEMA": "models",
        "LEDGER_LAKE_WORKGROUP": "pipeline",
        "LEDGER_LAKE_S3_DATA_DIR": "s3://bucket/warehouse/",
        "LEDGER_LAKE_S3_STAGING_DIR": "s3://bucket/results/pipeline/",
        "DBT_PROFILES_DIR": str(profiles(target)),
        "DBT_TARGET_PATH": str(target),
        "DBT_LOG_PATH": str(target),
    }
    dbt = Path(sys.executable).parent / "dbt"
    subprocess.run([dbt, "--quiet", "parse", "--target", "athena"], cwd=ROOT, env=environment, check=True, timeout=120)
    found: dict[str, Any] = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    return found


def profiles(folder: Path) -> Path:
    (folder / "profiles.yml").write_bytes((ROOT / "profiles.yml.example").read_bytes())
    return folder


def is_table(node: dict[str, Any]) -> bool:
    return node["resource_type"] == "seed" or node["config"]["materialized"] not in {"view", "ephemeral"}


def tables_read(manifest: dict[str, Any], unique_id: str) -> set[str]:
    """Return the tables that a view reads; those of the raw schema as ``raw.<name>``."""
    if unique_id in manifest["sources"]:
        source = manifest["sources"][unique_id]
        return {source["name"] if source["source_name"] == "earlier" else f"raw.{source['name']}"}
    node = manifest["nodes"][unique_id]
    if is_table(node):
        return {node["name"]}
    return {table for above in node["depends_on"]["nodes"] for table in tables_read(manifest, above)}


def is_closed(plan: Plan, table: str) -> bool:
    """Return whether analysts are denied the objects of a table."""
    denied = listed(statement(plan.document("analyst"), "NoDeliveredText")["Resource"])
    folder = f"lake/{table.replace('.', '/')}" if table.startswith("raw.") else f"warehouse/ledger_lake_test/{table}"
    key = f"arn:aws:s3:::ledger-lake-test-lake-123456789012/{folder}/0e1d/data/file.parquet"
    return any(fnmatch.fnmatchcase(key, pattern) for pattern in denied)


@pytest.mark.dbt
def test_delivered_text_is_closed_to_analysts(plan: Plan, manifest: dict[str, Any]) -> None:
    with_text = {
        node["name"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and is_table(node) and TEXT & node["columns"].keys()
    }
    assert {"set_aside_rows", "int_delivered_rows"} <= with_text
    assert {table for table in with_text if not is_closed(plan, table)} == set()


@pytest.mark.dbt
def test_analysts_can_read_readers_views(plan: Plan, manifest: dict[str, Any]) -> None:
    views = [
        node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
        and node["config"]["materialized"] == "view"
        and re.search(r"^models/(ledger|balances|history|publication)/", node["original_file_path"])
    ]
    closed = {
        view["name"]
        for view in views
        if any(is_closed(plan, table) for table in tables_read(manifest, view["unique_id"]))
    }
    assert len(views) > 15
    assert closed == CLOSED_VIEWS
