"""Every audit can stop the commit: dbt runs a test before a node only if all that the test reads is upstream of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.end_to_end.house import House
from tests.end_to_end.lineage import reached
from tests.end_to_end.second_delivery import PUBLIC

pytestmark = pytest.mark.dbt

PUBLICATIONS = "model.ledger_lake.publications"
AFTER_COMMIT = "tests/audit/after_commit/"
# What a person has to decide or to know, and no fault of the build: a held file, a balance of nobody, a decided
# opening balance with entries before it or with none at all.
TOLD = {
    f"{AFTER_COMMIT}no_file_is_held.sql",
    "tests/audit/stated_balances_have_an_account_and_a_day.sql",
    "tests/audit/opening_balances_fit_their_entries.sql",
}

Nodes = Mapping[str, Mapping[str, Any]]


@pytest.fixture(scope="module")
def nodes(new_house: Callable[[], House]) -> Nodes:
    """The project's nodes, those that are not enabled among them."""
    manifest = new_house().manifest()
    disabled = {node: found[0] for node, found in manifest["disabled"].items()}
    return manifest["nodes"] | disabled


def upstream(nodes: Nodes, node: str) -> set[str]:
    """Return a node with all that it is made from."""
    return reached([node], lambda one: nodes[one]["depends_on"].get("nodes", []) if one in nodes else [])


def audits(nodes: Nodes) -> dict[str, Mapping[str, Any]]:
    """Return the tests of tests/audit by their file."""
    return {
        node["original_file_path"]: node
        for node in nodes.values()
        if node["resource_type"] == "test" and node["original_file_path"].startswith("tests/audit/")
    }


def test_every_audit_guards_the_commit_or_follows_it(nodes: Nodes) -> None:
    before = upstream(nodes, PUBLICATIONS) - {PUBLICATIONS}
    beside = {
        path: sorted(set(node["depends_on"]["nodes"]) - before)
        for path, node in audits(nodes).items()
        if not path.startswith(AFTER_COMMIT) and not set(node["depends_on"]["nodes"]) <= before
    }
    assert beside == {}


def test_audits_after_the_commit_read_what_readers_see(nodes: Nodes) -> None:
    before = upstream(nodes, PUBLICATIONS) - {PUBLICATIONS}
    for path, node in audits(nodes).items():
        # dbt does not work out what a test reads that is not enabled.
        if path.startswith(AFTER_COMMIT) and node["config"]["enabled"]:
            assert not set(node["depends_on"]["nodes"]) <= before, f"{path} can guard the commit: move it up"


def test_no_audit_but_those_that_tell_a_person_only_warns(nodes: Nodes) -> None:
    for path, node in audits(nodes).items():
        config = node["config"]
        if path in TOLD:
            assert config["severity"] == "warn"
            continue
        said = (config["severity"].lower(), config["error_if"], config["limit"], config["where"])
        assert said == ("error", "!= 0", None, None), path


def test_tests_of_seeds_and_records_guard_the_commit_too(nodes: Nodes) -> None:
    """One that reads a seed or a record beside the way, such as rejection_codes, would be red after the commit."""
    before = upstream(nodes, PUBLICATIONS)
    made_before = {
        node
        for node, found in nodes.items()
        if found["resource_type"] == "seed" or {"record", "work"} & set(found.get("tags", []))
    }
    assert made_before <= before


def test_audits_that_a_build_leaves_out_are_few(nodes: Nodes) -> None:
    off = [path for path, node in audits(nodes).items() if not node["config"]["enabled"]]
    assert off == [f"{AFTER_COMMIT}all_month_ends_follow_from_the_ledger.sql"]


def test_every_public_view_is_compared_after_the_commit(nodes: Nodes) -> None:
    compared = {
        name.rsplit(".", 1)[1]
        for path, node in audits(nodes).items()
        if path.startswith(f"{AFTER_COMMIT}readers_see_")
        for name in node["depends_on"]["nodes"]
    }
    assert set(PUBLIC) - compared == set()
