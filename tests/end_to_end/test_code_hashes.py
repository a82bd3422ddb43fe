"""Macros have no checksum: what decides what a row or a balance is stands in the hash of the code by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from tests.end_to_end.house import House
from tests.end_to_end.lineage import reached

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
        "stated_balances",
        "account_records",
    },
    "balances_hash": {"balances", "int_ledger_entries", "int_files_replaced"},
}


@pytest.fixture(scope="module")
def manifest(new_house: Callable[[], House]) -> dict[str, Any]:
    return new_house().manifest()


def called(macros: dict[str, Any], names: Iterable[str]) -> set[str]:
    """Return macros of the project with all of its macros that they call."""

    def ours(found: Iterable[str]) -> list[str]:
        return [name for name in found if name.startswith(OURS)]

    return reached(ours(names), lambda name: ours(macros[name]["depends_on"]["macros"]))


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
