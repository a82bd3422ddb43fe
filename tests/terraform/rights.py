"""Rights as rows of a table: which role, by whose request, does what to what; and the file that they are kept in.

Names that Terraform chooses stand in braces, such as `{lake}` for the lake's bucket. A `*` at the end of a resource, or
of the prefix of a listing, is any key.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.terraform.iam import Request

ALLOWED = Path(__file__).parent / "access" / "allowed.csv"
_HEADER = ("role", "by", "action", "resource", "context")
# What `*` is taken for: a name that no rule was written for.
_ANY = "x"
_KEY_ACTIONS = {
    "s3:GetObject": ("kms:Decrypt",),
    "s3:GetObjectVersion": ("kms:Decrypt",),
    "s3:PutObject": ("kms:Decrypt", "kms:GenerateDataKey"),
}


@dataclass(frozen=True, order=True)
class Right:
    """One thing that a role does.

    Attributes:
        role: without the environment's prefix, such as `loader`.
        by: `itself`; `athena` where Athena does it on the role's behalf; `code` where no recording comes by it.
        action: as policies name it.
        resource: its ARN, with names in braces.
        context: keys of conditions and their values, as `key=value`, several with blanks between them.
    """

    role: str
    by: str
    action: str
    resource: str
    context: str = ""

    def requests(self, principal: str, names: Mapping[str, str]) -> Iterator[Request]:
        """Yield what IAM is asked of a principal in an environment with these names: the right, and what it needs."""
        context = dict(pair.split("=", 1) for pair in self.context.format_map(names).split())
        if "s3:prefix" in context:
            context["s3:prefix"] = context["s3:prefix"].replace("*", _ANY)
        # A star alone is AWS's own word for an action without a resource.
        resource = self.resource if self.resource == "*" else self.resource.format_map(names).replace("*", _ANY)
        yield Request(principal, self.action, resource, context | {"aws:SecureTransport": "true"})
        for parent in _parents(resource):
            yield Request(principal, self.action, parent)
        # S3 uses the key as the caller; an upload in parts reads what it wrote.
        key = {
            "kms:ViaService": f"s3.{names['region']}.amazonaws.com",
            "aws:ResourceTag/Project": names["project"],
            "aws:ResourceTag/Environment": names["environment"],
        }
        for action in _KEY_ACTIONS.get(self.action, ()):
            yield Request(principal, action, names["key"], key)

    def __str__(self) -> str:
        """Return its row of the table."""
        return ",".join((self.role, self.by, self.action, self.resource, self.context))


def _parents(resource: str) -> Iterator[str]:
    """Yield what Glue wants the action to be allowed on besides a database or a table."""
    before, _, thing = resource.rpartition(":")
    kind, _, name = thing.partition("/")
    if ":glue:" in before and kind in ("database", "table"):
        yield f"{before}:catalog"
        if kind == "table":
            yield f"{before}:database/{name.partition('/')[0]}"


def read_rights(path: Path = ALLOWED) -> list[Right]:
    """Return the rows of a table."""
    with path.open(encoding="utf-8", newline="") as file:
        return [Right(*(row[name] for name in _HEADER)) for row in csv.DictReader(file)]


def unknown(seen: Iterable[Right], known: Iterable[Right]) -> list[Right]:
    """Return what was seen and is not in the table, whoever of role and Athena it was."""
    listed = {(one.role, one.action, one.resource, one.context) for one in known}
    return sorted({one for one in seen if (one.role, one.action, one.resource, one.context) not in listed})
