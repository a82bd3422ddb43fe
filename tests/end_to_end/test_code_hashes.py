"""Macros have no checksum: what decides what a row or a balance is stands in the hash of the code by name."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from tests.end_to_end.house import House

pytestmark = pytest.mark.dbt

OURS = "macro.ledger_lake."
# They say which rows a build reads, and not what a row is.
LEFT_OUT = ("macros/graph/", "macros/publication/")
# The models that each hash speaks for: folders, and single ones.
HASHED = {
    "evaluation_hash": {
        "staging",
        "evaluation",
        "int_written_rows",
        "accepted_rows",
        "set_aside_rows",
        "account_records",
    },
    "balances_hash": {"balances", "int_ledger_entries", "int_files_replaced"},
}


@pytest.fixture(scope="module")
def manifest(new_house: Callable[[], House]) -> dict[str, Any]:
    house = new_house()
    listed = house.dbt("ls", "--quiet")
    assert listed.exit_code == 0, listed.output
    parsed: dict[str, Any] = json.loads((house.project / "target" / "manifest.json").read_text())
    return parsed


def called(macros: dict[str, Any], names: Iterable[str]) -> set[str]:
    """Return macros of the project with all that they call."""
    found: set[str] = set()
    queue = list(names)
    while queue:
        name = queue.pop()
        if name.startswith(OURS) and name not in found:
            found.add(name)
            queue += macros[name]["depends_on"]["macros"]
    return found


@pytest.mark.parametrize("hash_of", HASHED)
def test_every_macro_that_a_model_calls_is_in_the_hash(manifest: dict[str, Any], hash_of: str) -> None:
    macros = manifest["macros"]
    callers = [
        node["depends_on"]["macros"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and HASHED[hash_of] & {node["fqn"][1], node["name"]}
    ]
    used = {
        name
        for name in called(macros, (macro for found in callers for macro in found))
        if not macros[name]["original_file_path"].startswith(LEFT_OUT)
    }
    assert len(used) > 5
    assert used - called(macros, [OURS + hash_of]) == set()
