"""The policies of an environment and of CI, as Terraform renders them, asked by IAM's rules."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator

from tests.terraform.iam import Decision, Policy, Request, evaluate
from tests.terraform.plan import ACCOUNT, REGION, Plan

# Its whole name is the name of an environment behind it.
CI_DEPLOY = "ci-deploy"
# Somebody of the account who may do everything that no resource's policy forbids.
ADMINISTRATOR = "administrator"
_EVERYTHING: Policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


class Policies:
    """The policies of roles, and of buckets, keys, topics, queues and roles as what is asked for."""

    def __init__(self, *plans: Plan) -> None:
        """Take the policies of one plan or several."""
        self.identity: dict[str, list[Policy]] = defaultdict(list, {ADMINISTRATOR: [_EVERYTHING]})
        self.resource: dict[str, Policy] = {}
        for plan in plans:
            for role, policy in _policies_of_roles(plan):
                self.identity[role].append(policy)
            self.resource |= dict(_policies_of_resources(plan))

    def decide(self, request: Request, boundary: Policy | None = None) -> Decision:
        """Return what becomes of a request of a role, a service or the bearer of a token."""
        name = request.principal.rpartition("/")[2]
        return evaluate(
            request,
            identity=self.identity.get(name, []) if ":role/" in request.principal else [],
            resource=self.resource.get(_owner(request.resource)),
            boundary=boundary,
        )


class Access:
    """Who may do what in an environment, by the names of the tables.

    Attributes:
        names: what rows of the tables in access/ have in braces.
    """

    def __init__(self, plan: Plan, bootstrap: Plan, environment: str) -> None:
        """Take the policies of an environment and of the bootstrap that made its CI roles."""
        boundary = bootstrap.resource(f'aws_iam_policy.boundary["{environment}"]')
        self._boundary: Policy = json.loads(boundary["policy"])
        self._policies = Policies(plan, bootstrap)
        self._environment = environment
        self._own = {role["name"] for role in plan.resources("aws_iam_role")}
        prefix = boundary["name"].removesuffix(f"-boundary-{environment}")
        self._prefixes = {"environment": f"{prefix}-{environment}-", "ci": f"{prefix}-"}
        self.names = _names(plan, project=prefix, environment=environment, boundary=boundary["arn"])

    def role(self, role: str) -> str:
        """Return the ARN of a role, by its name in the tables."""
        name = f"{self._prefixes['environment']}{role}"
        if role == ADMINISTRATOR:
            name = role
        elif role.startswith("ci-"):
            name = self._prefixes["ci"] + (f"{role}-{self._environment}" if role == CI_DEPLOY else role)
        if name not in self._policies.identity:
            raise LookupError(f"there is no role {name} with a policy")
        return f"arn:aws:iam::{ACCOUNT}:role/{name}"

    def decide(self, request: Request) -> Decision:
        """Return what becomes of a request; the roles of the environment are bounded."""
        is_bounded = request.principal.rpartition("/")[2] in self._own
        return self._policies.decide(request, self._boundary if is_bounded else None)


def _owner(resource: str) -> str:
    """Return the ARN of what has the policy: an object's bucket, anything else itself."""
    return resource.partition("/")[0] if ":s3:::" in resource else resource


def _policies_of_roles(plan: Plan) -> Iterator[tuple[str, Policy]]:
    for inline in plan.resources("aws_iam_role_policy"):
        yield inline["role"], json.loads(inline["policy"])
    by_arn = {policy["arn"]: policy for policy in plan.resources("aws_iam_policy")}
    for attached in plan.resources("aws_iam_role_policy_attachment"):
        yield attached["role"], json.loads(by_arn[attached["policy_arn"]]["policy"])


def _policies_of_resources(plan: Plan) -> Iterator[tuple[str, Policy]]:
    for bucket in plan.resources("aws_s3_bucket_policy"):
        yield f"arn:aws:s3:::{bucket['bucket']}", json.loads(bucket["policy"])
    for role in plan.resources("aws_iam_role"):
        yield role["arn"], json.loads(role["assume_role_policy"])
    for topic in plan.resources("aws_sns_topic_policy"):
        yield topic["arn"], json.loads(topic["policy"])
    queues = {queue["url"]: queue["arn"] for queue in plan.resources("aws_sqs_queue")}
    for policy in plan.resources("aws_sqs_queue_policy"):
        yield queues[policy["queue_url"]], json.loads(policy["policy"])
    keys = {key["key_id"]: key["arn"] for key in plan.resources("aws_kms_key")}
    for policy in plan.resources("aws_kms_key_policy"):
        yield keys[policy["key_id"]], json.loads(policy["policy"])


def _names(plan: Plan, **more: str) -> dict[str, str]:
    return {
        "partition": "aws",
        "account": ACCOUNT,
        "region": REGION,
        "lake": plan.resource("aws_s3_bucket.lake")["bucket"],
        "backup": plan.resource("aws_s3_bucket.backup[0]")["bucket"],
        "inbox": plan.resource("aws_s3_bucket.inbox")["bucket"],
        "key": plan.resource("aws_kms_key.lake")["arn"],
        "schema": plan.resource("aws_glue_catalog_database.models")["name"],
        "sandbox_schema": plan.resource("aws_glue_catalog_database.sandbox")["name"],
        "raw_schema": plan.resource("aws_glue_catalog_database.raw")["name"],
        "workgroup": plan.resource("aws_athena_workgroup.pipeline")["name"],
        "name": plan.resource("aws_ecs_cluster.tasks")["name"],
        **more,
    }
