"""What the Terraform module makes, rendered by the real provider without an account or a server.

`terraform plan` leaves every policy that names an ARN unknown. Here `terraform test` applies the module with each
resource overridden: the provider checks the arguments and renders the policy documents, and nothing is made. ARNs are
put in afterwards, from the names that the module gives.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock

ROOT = Path(__file__).parents[2]
MODULE = ROOT / "terraform"
BUILD = ROOT / "build" / "terraform"

ACCOUNT = "123456789012"
REGION = "eu-central-1"

# Every optional part is on, so that the tests see it.
VARIABLES: Mapping[str, Any] = {
    "name": "ledger-lake-test",
    "image_digest": "sha256:" + "0" * 64,
    "code_version": "0123456789abcdef",
    "alarm_emails": ["alarms@example.com"],
    "run_emails": ["runs@example.com"],
    "monthly_budget_usd": 300,
    "start_on_delivery": True,
}

# The environment that bootstrap makes roles for is the one that VARIABLES make.
BOOTSTRAP: Mapping[str, Any] = {
    "name": "ledger-lake",
    "github": {"owner": "octo", "owner_id": 1, "repository": "ledger-lake", "repository_id": 2},
    "environments": ["test"],
}

# Nothing is asked, so no key is needed; without the last three settings the provider would ask who it is.
_PROVIDER = {
    "region": REGION,
    "access_key": "none",
    "secret_key": "none",
    "skip_credentials_validation": True,
    "skip_requesting_account_id": True,
    "skip_metadata_api_check": True,
}

# What the account would answer. The provider reads other data sources itself and needs no account for them.
_DATA: Mapping[str, Mapping[str, Any]] = {
    "aws_caller_identity": {"account_id": ACCOUNT},
    "aws_availability_zones": {"names": [f"{REGION}{zone}" for zone in "abc"]},
    "aws_subnet": {"vpc_id": "vpc-0123456789abcdef0"},
}

# ARNs by the resource's own attributes; what is missing here keeps its placeholder, which is an ARN as well.
_ARNS = {
    "aws_athena_workgroup": "athena:{region}:{account}:workgroup/{name}",
    "aws_cloudtrail": "cloudtrail:{region}:{account}:trail/{name}",
    "aws_cloudwatch_composite_alarm": "cloudwatch:{region}:{account}:alarm:{alarm_name}",
    "aws_cloudwatch_event_rule": "events:{region}:{account}:rule/{name}",
    "aws_cloudwatch_log_group": "logs:{region}:{account}:log-group:{name}",
    "aws_cloudwatch_metric_alarm": "cloudwatch:{region}:{account}:alarm:{alarm_name}",
    "aws_dynamodb_table": "dynamodb:{region}:{account}:table/{name}",
    "aws_ecr_repository": "ecr:{region}:{account}:repository/{name}",
    "aws_ecs_cluster": "ecs:{region}:{account}:cluster/{name}",
    "aws_ecs_task_definition": "ecs:{region}:{account}:task-definition/{family}:1",
    "aws_glue_catalog_database": "glue:{region}:{account}:database/{name}",
    "aws_iam_policy": "iam::{account}:policy/{name}",
    "aws_iam_role": "iam::{account}:role/{name}",
    "aws_kms_key": "kms:{region}:{account}:key/{label}",
    "aws_s3_bucket": "s3:::{bucket}",
    "aws_scheduler_schedule": "scheduler:{region}:{account}:schedule/{group_name}/{name}",
    "aws_scheduler_schedule_group": "scheduler:{region}:{account}:schedule-group/{name}",
    "aws_sfn_state_machine": "states:{region}:{account}:stateMachine:{name}",
    "aws_sns_topic": "sns:{region}:{account}:{name}",
    "aws_sqs_queue": "sqs:{region}:{account}:{name}",
}
# Other attributes that AWS gives and something in the module refers to.
_OTHERS = {
    ("aws_dynamodb_table", "id"): "{name}",
    ("aws_ecr_repository", "repository_url"): "{account}.dkr.ecr.{region}.amazonaws.com/{name}",
    ("aws_ecs_task_definition", "arn_without_revision"): "arn:aws:ecs:{region}:{account}:task-definition/{family}",
    ("aws_iam_role", "id"): "{name}",
    ("aws_kms_key", "key_id"): "{label}",
    ("aws_s3_bucket", "id"): "{bucket}",
    ("aws_sns_topic", "id"): "arn:aws:sns:{region}:{account}:{name}",
    ("aws_sqs_queue", "id"): "https://sqs.{region}.amazonaws.com/{account}/{name}",
    ("aws_sqs_queue", "url"): "https://sqs.{region}.amazonaws.com/{account}/{name}",
}


class NoProviderError(Exception):
    """There is no Terraform here, or it has no AWS provider."""


@dataclass(frozen=True)
class Resource:
    """One resource or data source, with its values as they would be after an apply."""

    address: str
    mode: str
    type: str
    name: str
    index: str | int | None
    values: dict[str, Any]

    def __getitem__(self, attribute: str) -> Any:
        return self.values[attribute]


class Plan:
    """What the module makes.

    ``text`` is a list of resources as JSON. A test of a test changes it, and makes another plan of it.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._resources = [Resource(**item) for item in json.loads(text)]

    def resources(self, *types: str) -> list[Resource]:
        """Return the resources that would be made: all, or those of these types."""
        return [one for one in self._resources if one.mode == "managed" and (not types or one.type in types)]

    def resource(self, address: str) -> Resource:
        """Return a resource or data source by its address, such as ``aws_sns_topic.alarms``."""
        return next(one for one in self._resources if one.address == address)

    def document(self, name: str) -> dict[str, Any]:
        """Return the policy document ``data.aws_iam_policy_document.<name>``; of a for_each: ``query["pipeline"]``."""
        found: dict[str, Any] = json.loads(self.resource(f"data.aws_iam_policy_document.{name}")["json"])
        return found

    def by_arn(self) -> dict[str, Resource]:
        """Return the resources that would be made by their ARNs."""
        # The policy of a topic has an ARN as well: the topic's.
        return {
            one["arn"]: one for one in self.resources() if one.values.get("arn") and one.type != "aws_sns_topic_policy"
        }


def render(variables: Mapping[str, Any] = VARIABLES) -> Plan:
    """Return the plan of the module with these variables; made once, and again when a file of it changes.

    Raises:
        NoProviderError: Terraform or its provider cannot be had here.
        AssertionError: the module or a variable is wrong.
    """
    return _kept("plan", sorted(path for path in MODULE.rglob("*") if _is_source(path)), variables)


def render_bootstrap() -> Plan:
    """Return the plan of the module ``bootstrap``; made once, and again when a file of it changes.

    Raises:
        NoProviderError: Terraform or its provider cannot be had here.
        AssertionError: the module is wrong.
    """
    return _kept("bootstrap", sorted((MODULE / "bootstrap").glob("*.tf")), BOOTSTRAP, "bootstrap")


def _kept(name: str, sources: list[Path], variables: Mapping[str, Any], folder: str = ".") -> Plan:
    digest = hashlib.sha256(Path(__file__).read_bytes() + json.dumps(variables, sort_keys=True).encode())
    for path in sources:
        digest.update(f"{path.relative_to(MODULE)}\0".encode() + path.read_bytes())
    made = BUILD / f"{name}-{digest.hexdigest()[:16]}.json"
    BUILD.mkdir(parents=True, exist_ok=True)
    with FileLock(BUILD / f"{name}.lock"):
        if not made.exists():
            _copy(sources, BUILD / name)
            made.write_text(_named(_applied(BUILD / name / folder, variables)), encoding="utf-8")
        return Plan(made.read_text(encoding="utf-8"))


def _is_source(path: Path) -> bool:
    parts = path.relative_to(MODULE).parts
    return (
        path.is_file()
        and not path.name.startswith(".")
        and parts[0] not in {".terraform", "bootstrap", "examples", "tests"}
    )


def _copy(sources: list[Path], folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    for path in sources:
        target = folder / path.relative_to(MODULE)
        target.parent.mkdir(parents=True, exist_ok=True)
        # `terraform test` takes away in the end what it has made, here in its memory only.
        text = path.read_text(encoding="utf-8").replace("prevent_destroy = true", "prevent_destroy = false")
        # The test brings a provider that asks nobody.
        target.write_text(re.sub(r'^provider "aws" {.*?^}', "", text, flags=re.MULTILINE | re.DOTALL), encoding="utf-8")


def _applied(folder: Path, variables: Mapping[str, Any]) -> list[dict[str, Any]]:
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.tf")))
    (folder / "tests").mkdir()
    (folder / "tests" / "plan.tftest.hcl").write_text(_test_file(text, variables), encoding="utf-8")
    init = _terraform(folder, "init", "-backend=false", "-input=false", "-no-color")
    if init.returncode:
        lines = [line for line in init.stderr.splitlines() if line.strip(" │╷╵")]
        raise NoProviderError(f"terraform init found no AWS provider: {' '.join(lines)[:200]}")
    test = _terraform(folder, "test", "-json", "-verbose")
    messages = [json.loads(line) for line in test.stdout.splitlines() if line.startswith("{")]
    wrong = [
        f"{one['diagnostic']['summary']}: {one['diagnostic']['detail']}"
        for one in messages
        if one["type"] == "diagnostic" and one["diagnostic"]["severity"] == "error"
    ]
    assert not wrong, "\n".join(wrong)
    state = next(one["test_state"] for one in messages if one["type"] == "test_state")
    resources: list[dict[str, Any]] = state["root_module"]["resources"]
    return resources


def _terraform(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    program = shutil.which("terraform")
    if program is None:
        raise NoProviderError("Terraform is not installed")
    environment = {**os.environ, "AWS_EC2_METADATA_DISABLED": "true", "CHECKPOINT_DISABLE": "1"}
    return subprocess.run(
        [program, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=300
    )


def _test_file(text: str, variables: Mapping[str, Any]) -> str:
    """Return the text of a test that applies the module with all of its resources overridden."""
    blocks = [
        f'provider "aws" {{\n{_arguments(_PROVIDER)}\n}}',
        f"variables {{\n{_arguments(variables)}\n}}",
    ]
    for type_, name in re.findall(r'^data "(\w+)" "(\w+)"', text, re.MULTILINE):
        if type_ in _DATA:
            blocks.append(_override("data", f"data.{type_}.{name}", _DATA[type_]))
    for type_, name in re.findall(r'^resource "(\w+)" "(\w+)"', text, re.MULTILINE):
        values = {attribute: _placeholder(type_, name, attribute) for attribute in ("arn", "id")}
        values |= {attribute: _placeholder(type_, name, attribute) for of, attribute in _OTHERS if of == type_}
        blocks.append(_override("resource", f"{type_}.{name}", values))
    return "\n".join([*blocks, 'run "plan" {\n  command = apply\n}\n'])


def _override(kind: str, target: str, values: Mapping[str, Any]) -> str:
    return f"override_{kind} {{\n  target = {target}\n  values = {{\n{_arguments(values)}\n  }}\n}}"


def _arguments(values: Mapping[str, Any]) -> str:
    return "\n".join(f"{name} = {json.dumps(value)}" for name, value in values.items())


def _placeholder(type_: str, name: str, attribute: str = "arn") -> str:
    # The provider refuses an ARN that is none, and a name that is an ARN.
    placeholder = f"{type_}--{name}--{attribute}"
    return f"arn:aws:none:{REGION}:{ACCOUNT}:{placeholder}" if attribute.startswith("arn") else placeholder


def _named(resources: list[dict[str, Any]]) -> str:
    """Return the resources as JSON, with ARNs and ids of AWS's form in place of the placeholders."""
    replacements = {}
    instances = Counter((item["type"], item["name"]) for item in resources)
    for item in resources:
        for attribute, value in _true_values(item):
            item["values"][attribute] = value
            # Which instance of a for_each something refers to cannot be told apart.
            if instances[item["type"], item["name"]] == 1:
                replacements[_placeholder(item["type"], item["name"], attribute)] = value
    kept = ("address", "mode", "type", "name", "index", "values")
    text = json.dumps([{key: item.get(key) for key in kept} for item in resources], indent=1)
    # The longest first: one placeholder can begin with another.
    for placeholder, value in sorted(replacements.items(), reverse=True):
        text = text.replace(placeholder, value)
    return text


def _true_values(item: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if item["mode"] != "managed":
        return
    names = {**item["values"], "account": ACCOUNT, "region": REGION, "label": item["name"]}
    if item["type"] in _ARNS:
        yield "arn", "arn:aws:" + _ARNS[item["type"]].format(**names)
    for (type_, attribute), form in _OTHERS.items():
        if type_ == item["type"]:
            yield attribute, form.format(**names)
