"""What IAM allows and refuses: one request judged by the policies of its caller and of what it asks for.

The rules are those of the IAM user guide, "Policy evaluation logic", within one account and without policies of an
organisation or of a session. Libraries in Python that judge policies ask AWS, or know no conditions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from tests.terraform.iam_conditions import (
    Context,
    UnsupportedError,
    Value,
    arn_like,
    as_list,
    holds,
    like,
    require_values,
)

Policy = Mapping[str, Any]

_VERSION = "2012-10-17"
_ELEMENTS = {
    "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition",
}  # fmt: skip
# For these the policy of the key, or of the role that is assumed, has to let IAM policies count at all.
_RESOURCE_DECIDES = ("kms:", "sts:assumerole")


class Decision(StrEnum):
    """What becomes of a request."""

    ALLOW = "allow"
    EXPLICIT_DENY = "explicit deny"
    IMPLICIT_DENY = "implicit deny"


class _Match(StrEnum):
    """By which of its names a caller is meant."""

    ITSELF = "itself"
    ROLE = "role"
    ACCOUNT = "account"


@dataclass(frozen=True)
class Request:
    """One request.

    Attributes:
        principal: ARN of the role or user that calls, a service such as `states.amazonaws.com`, or the ARN of the
            identity provider whose token is shown.
        action: as policies name it, such as `s3:GetObject`.
        resource: its ARN; `*` where the action knows no resource.
        context: what conditions ask for. A role's own keys, `aws:PrincipalArn` and `aws:PrincipalAccount`, are added,
            and `aws:ResourceAccount`: the caller's where neither the ARN nor the context names another.
        session: the name of the role's session.
    """

    principal: str
    action: str
    resource: str = "*"
    context: Context = field(default_factory=dict)
    session: str = "session"

    @property
    def is_ours(self) -> bool:
        """Whether a role or a user calls, to whom policies can be attached."""
        return ":role/" in self.principal or ":user/" in self.principal

    @property
    def account(self) -> str:
        """The account of the role or user."""
        return self.principal.split(":")[4]

    @property
    def full_context(self) -> dict[str, Value]:
        """What conditions and variables see."""
        if not self.is_ours:
            return dict(self.context)
        _, _, _, _, owner, *_ = f"{self.resource}:::::".split(":")
        own = {
            "PrincipalArn": self.principal,
            "PrincipalAccount": self.account,
            "ResourceAccount": owner or self.account,
        }
        return {**{f"aws:{key}": value for key, value in own.items()}, **self.context}

    def match(self, principal: str) -> _Match | None:
        """Return how a principal of a policy means this caller, None where it does not."""
        if principal in ("*", self.principal, self._session_arn):
            return _Match.ROLE if principal == self.principal and self._session_arn else _Match.ITSELF
        if self.is_ours and (principal == self.account or principal.endswith(f":iam::{self.account}:root")):
            return _Match.ACCOUNT
        return None

    @property
    def _session_arn(self) -> str | None:
        """The ARN by which a role's session calls; None of another caller."""
        before, found, role = self.principal.partition(":role/")
        name = role.rpartition("/")[2]
        return f"{before.replace(':iam:', ':sts:')}:assumed-role/{name}/{self.session}" if found else None


def evaluate(
    request: Request,
    *,
    identity: Iterable[Policy] = (),
    resource: Policy | None = None,
    boundary: Policy | None = None,
) -> Decision:
    """Return what becomes of a request.

    Args:
        request: who asks for what.
        identity: the policies of the caller.
        resource: the policy of the bucket, the key, the topic or the role that is asked for.
        boundary: the caller's permissions boundary.

    Raises:
        UnsupportedError: a policy holds what is not known here.
    """
    own = [statement for policy in identity for statement in _applying(policy, request)]
    limits = None if boundary is None else _applying(boundary, request)
    theirs = [] if resource is None else _meaning(resource, request)
    if any(statement["Effect"] == "Deny" for statement in [*own, *(limits or []), *(one for one, _ in theirs)]):
        return Decision.EXPLICIT_DENY
    granted = {match for _, match in theirs}
    if _Match.ITSELF in granted:
        return Decision.ALLOW  # No boundary limits what a resource gives to the session itself.
    by_policy = bool(own) and (_Match.ACCOUNT in granted or not _resource_decides(request))
    if (by_policy or _Match.ROLE in granted) and limits != []:
        return Decision.ALLOW
    return Decision.IMPLICIT_DENY


def _resource_decides(request: Request) -> bool:
    return request.action.lower().startswith(_RESOURCE_DECIDES)


def statements(policy: Policy) -> list[dict[str, Any]]:
    """Return the statements of a policy, each with elements that are known here.

    Raises:
        UnsupportedError: one has others, or the policy is of another version.
    """
    if policy.get("Version") != _VERSION:
        raise UnsupportedError(f"a policy of version {policy.get('Version')}: variables need {_VERSION}")
    found = policy["Statement"]
    found = [found] if isinstance(found, Mapping) else list(found)
    for statement in found:
        if unknown := set(statement) - _ELEMENTS:
            raise UnsupportedError(f"a statement with {sorted(unknown)}")
        if statement["Effect"] not in ("Allow", "Deny"):
            raise UnsupportedError(f"the effect {statement['Effect']}")
    return found


def _applying(policy: Policy, request: Request) -> list[dict[str, Any]]:
    """Return the statements of a policy that are about this request, whoever makes it."""
    return [one for one in statements(policy) if _is_about(one, request)]


def _is_about(statement: Mapping[str, Any], request: Request) -> bool:
    context = request.full_context
    return (
        _either(statement, "Action", request, lambda one: like(one.lower(), request.action.lower(), {}))
        and _either(statement, "Resource", request, lambda one: _is_resource(one, request, context), default=True)
        and holds(statement.get("Condition", {}), context)
    )


def _is_resource(pattern: str, request: Request, context: Context) -> bool:
    return pattern == "*" or arn_like(pattern, request.resource, context)


def _either(
    statement: Mapping[str, Any],
    element: str,
    request: Request,
    test: Callable[[str], bool],
    *,
    default: bool | None = None,
) -> bool:
    """Return whether an element means the request, or its opposite, such as NotAction, does not."""
    if element in statement:
        return any(test(one) for one in as_list(statement[element]))
    if f"Not{element}" in statement:
        excepted = as_list(statement[f"Not{element}"])
        require_values(excepted, request.full_context)
        return not any(test(one) for one in excepted)
    if default is None:
        raise UnsupportedError(f"a statement without {element}")
    return default


def _meaning(policy: Policy, request: Request) -> list[tuple[dict[str, Any], _Match]]:
    """Return the statements of a resource's policy that are about this request and its caller, and how they mean it."""
    found = [(statement, _caller(statement, request)) for statement in _applying(policy, request)]
    return [(statement, match) for statement, match in found if match is not None]


def _caller(statement: Mapping[str, Any], request: Request) -> _Match | None:
    if "NotPrincipal" in statement:
        return _not_caller(statement, request)
    matches = {request.match(one) for one in _principals(statement["Principal"])}
    return next((match for match in _Match if match in matches), None)


def _not_caller(statement: Mapping[str, Any], request: Request) -> _Match | None:
    """A role escapes a Deny with NotPrincipal only where its account, its role and its session are all listed."""
    if statement["Effect"] != "Deny":
        raise UnsupportedError("NotPrincipal with Allow, which lets everybody in")
    listed = {request.match(one) for one in _principals(statement["NotPrincipal"])}
    needed = set(_Match) if ":role/" in request.principal else {_Match.ITSELF, _Match.ACCOUNT}
    return None if listed >= (needed if request.is_ours else {_Match.ITSELF}) else _Match.ITSELF


def _principals(element: Any) -> list[str]:
    if isinstance(element, str):
        return as_list(element)
    return [one for value in element.values() for one in as_list(value)]
