"""No change of a variable replaces a bucket, the key or a Glue database, and no plan can remove one."""

from __future__ import annotations

import re
from typing import Any

from tests.terraform.changes import KEPT_TYPES, NETWORK, REFUSED, TOGETHER
from tests.terraform.plan import MODULE, VARIABLES, Plan, render


def blocks(folder: str = ".") -> dict[str, str]:
    """Return the text of each resource that is kept, by its address."""
    found = {}
    for path in sorted((MODULE / folder).glob("*.tf")):
        text = path.read_text(encoding="utf-8")
        for type_, name, body in re.findall(r'^resource "(\w+)" "(\w+)" \{\n(.*?)^\}', text, re.DOTALL | re.MULTILINE):
            if type_ in KEPT_TYPES:
                found[f"{type_}.{name}"] = body
    return found


def arguments(plan: Plan) -> dict[str, dict[str, Any]]:
    """Return the arguments that the code gives to what is kept. What AWS would add differs with each rendering."""
    given = {
        address: re.findall(r"^  (\w+) += ", body, re.MULTILINE) + re.findall(r"^  (\w+) \{", body, re.MULTILINE)
        for address, body in blocks().items()
    }
    return {
        one.address: {name: one.values[name] for name in given[f"{one.type}.{one.name}"] if name in one.values}
        for one in plan.resources(*KEPT_TYPES)
    }


def test_all_that_is_kept_refuses_to_be_destroyed() -> None:
    of_module, of_bootstrap = blocks(), blocks("bootstrap")
    assert len(of_module) == 8
    assert len(of_bootstrap) == 2
    refuses = re.compile(r"^  lifecycle \{\n    prevent_destroy = true\n  \}", re.MULTILINE)
    assert [address for address, body in {**of_module, **of_bootstrap}.items() if not refuses.search(body)] == []


def test_every_variable_has_another_value_here() -> None:
    declared = set(re.findall(r'^variable "(\w+)"', (MODULE / "variables.tf").read_text(encoding="utf-8"), re.M))
    assert TOGETHER.keys() | REFUSED.keys() | NETWORK == declared


def test_no_variable_changes_what_is_kept(plan: Plan) -> None:
    """With every variable changed but `name` and `backup`, the arguments of what is kept are the same."""
    assert not {name for name in TOGETHER.keys() & VARIABLES.keys() if TOGETHER[name] == VARIABLES[name]}
    before = arguments(plan)
    assert len(before) == 8
    assert before["aws_s3_bucket.lake"] == {"bucket": "ledger-lake-test-lake-123456789012"}
    assert arguments(render({**VARIABLES, **TOGETHER})) == before
