"""Summarises a Terraform plan without any value in it: counts, and the names of the resources."""

from __future__ import annotations

import json
import re
from collections import Counter

_ACTIONS = {
    ("create",): "add",
    ("update",): "change",
    ("delete", "create"): "replace",
    ("create", "delete"): "replace",
    ("delete",): "destroy",
    ("forget",): "forget",
}
_KINDS = ("add", "change", "replace", "destroy", "forget")
_INSTANCE = re.compile(r"\[(?:\"(?:[^\"\\]|\\.)*\"|\d+)\]")


def summarise(plan: str) -> str:
    """Return what `terraform show -json` says of a plan as Markdown.

    The key of an instance can be a value, such as a person's address, so instances of one resource are counted instead.

    Raises:
        ValueError: this is no plan.
    """
    try:
        changes = json.loads(plan)["resource_changes"]
        found = Counter(
            (_ACTIONS[tuple(change["change"]["actions"])], _INSTANCE.sub("", change["address"]))
            for change in changes
            if tuple(change["change"]["actions"]) in _ACTIONS
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"this is no plan: {error!r}") from error
    totals = Counter({kind: sum(count for (one, _), count in found.items() if one == kind) for kind in _KINDS})
    lines = [", ".join(f"{totals[kind]} to {kind}" for kind in _KINDS if totals[kind] or kind != "forget") + "."]
    for kind in _KINDS:
        addresses = sorted((address, count) for (one, address), count in found.items() if one == kind)
        if addresses:
            lines += ["", f"**{kind}**", ""]
            lines += [f"- `{address}`" + (f" ({count} instances)" if count > 1 else "") for address, count in addresses]
    return "\n".join(lines) + "\n"
