"""A part of a build changes nothing that readers see, and the next whole build is right."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.end_to_end.house import PROJECT, House
from tests.end_to_end.second_delivery import (
    SECOND_AT,
    Readers,
    copy_of,
    edit,
    readers_of,
    rows_of_nobody,
    seen_by,
    with_second_delivery,
)

pytestmark = pytest.mark.dbt

# A record, a seed, a reader's view, the commit, a work table; an audit that is left out.
SIX = ("accepted_rows", "currencies", "month_end_balances", "publications", "int_key_winners", "month_ends_add_up")
NODES = sorted(
    path.stem
    for folder, kind in (("models", "sql"), ("seeds", "csv"), ("snapshots", "sql"), ("snapshots", "yml"))
    for path in (PROJECT / folder).rglob(f"*.{kind}")
)
NO_UNIT_TESTS = ("--exclude-resource-type", "unit_test")
# Each of these is harmless over a pending delivery.
COMMANDS = {
    "run": ["run"],
    "run from anew": ["run", "--full-refresh"],
    "build without tests": ["build", "--exclude-resource-type", "test"],
    "build without seeds": ["build", "--exclude-resource-type", "seed", *NO_UNIT_TESTS],
    "build of tables": ["build", "--select", "config.materialized:table"],
    "build of the commit": ["build", "--select", "publications", "--full-refresh"],
    "build of what follows the commit": ["build", "--select", "publications+"],
    "seed": ["seed"],
    "seed anew": ["seed", "--full-refresh"],
    "snapshot": ["snapshot"],
    "test": ["test", *NO_UNIT_TESTS],
    "compile": ["compile"],
}


@pytest.fixture(scope="module")
def pending(new_house: Callable[[], House]) -> House:
    return with_second_delivery(new_house())


@pytest.fixture(scope="module")
def undisturbed(pending: House, tmp_path_factory: pytest.TempPathFactory) -> Readers:
    """What readers see after one whole build."""
    house = copy_of(pending, tmp_path_factory.mktemp("undisturbed"))
    house.build(at=SECOND_AT)
    return readers_of(house)


def parts_of(node: str) -> list[list[str]]:
    """Return the commands that build one node only, or all but one."""
    return [
        ["run", "--select", node],
        ["build", "--select", node, *NO_UNIT_TESTS],
        ["build", "--exclude", node, *NO_UNIT_TESTS],
    ]


def restore(house: House, original: House) -> None:
    """Bring the warehouse back to what it was."""
    shutil.rmtree(house.lake)
    shutil.copytree(original.lake, house.lake)


def is_harmless(house: House, command: list[str], before: Readers) -> str:
    """Run a part of a build; return what it changed, if it did."""
    ended = house.dbt(*command, at=SECOND_AT)
    after = seen_by(house)
    changed = [view for view in before if before[view] != after[view]]
    return f"dbt {' '.join(command)} (exit {ended.exit_code}) changed {changed}" if changed else ""


@pytest.mark.slow
def test_part_of_a_build_publishes_nothing(pending: House, undisturbed: Readers, tmp_path: Path) -> None:
    house = copy_of(pending, tmp_path)
    before = seen_by(house)
    for number, node in enumerate(SIX):
        assert is_harmless(house, parts_of(node)[number % 3], before) == ""
    assert is_harmless(house, parts_of("month_ends_add_up")[2], before) == ""
    house.build(at=SECOND_AT)
    assert readers_of(house) == undisturbed
    assert rows_of_nobody(house) == {}


@pytest.mark.slow
def test_every_node_alone_and_left_out_changes_nothing(pending: House, undisturbed: Readers, tmp_path: Path) -> None:
    house = copy_of(pending, tmp_path)
    before = seen_by(house)
    faults = []
    for node in NODES:
        restore(house, pending)
        faults += [fault for command in parts_of(node) if (fault := is_harmless(house, command, before))]
        house.build(at=SECOND_AT)
        after = readers_of(house)
        faults += [f"after {node}: {view}" for view in undisturbed if undisturbed[view] != after[view]]
        faults += [f"after {node}: {record}" for record in rows_of_nobody(house)]
    assert faults == []


@pytest.mark.slow
@pytest.mark.parametrize("name", COMMANDS)
def test_command_that_is_no_whole_build_changes_nothing(
    pending: House, undisturbed: Readers, tmp_path: Path, name: str
) -> None:
    house = copy_of(pending, tmp_path)
    assert is_harmless(house, COMMANDS[name], seen_by(house)) == ""
    house.build(at=SECOND_AT)
    assert readers_of(house) == undisturbed
    assert rows_of_nobody(house) == {}


def test_build_says_what_it_leaves_out(pending: House, tmp_path: Path) -> None:
    house = copy_of(pending, tmp_path)
    built = house.build("--exclude", "month_ends_add_up", at=SECOND_AT)
    assert "NOTHING IS PUBLISHED: this build leaves out 1 node, month_ends_add_up" in " ".join(built.output.split())


def test_sample_of_a_published_warehouse_is_refused(pending: House, tmp_path: Path) -> None:
    house = copy_of(pending, tmp_path)
    before = seen_by(house)
    for sample in (["--empty"], ["--sample", "3 days"]):
        refused = house.dbt("build", *NO_UNIT_TESTS, *sample)
        assert refused.exit_code != 0
        assert "NOTHING WAS WRITTEN" in refused.output
        assert seen_by(house) == before


@pytest.mark.slow
def test_retry_of_a_red_build_ends_red(pending: House, undisturbed: Readers, tmp_path: Path) -> None:
    house = copy_of(pending, tmp_path)
    before = seen_by(house)
    versions = "models/balances/int_compared_month_ends.sql"
    right = (house.project / versions).read_text()
    edit(
        house,
        versions,
        "    {{ rows_of(ref('int_month_ends')) }}",
        "    {{ rows_of(ref('int_month_ends')) }} and false",
    )
    house.build(at=SECOND_AT, exit_code=1)
    (house.project / versions).write_text(right)
    with house.spawn("retry", at=SECOND_AT) as retry:
        ended = retry.result()
    assert ended.exit_code == 1, ended.output
    assert "dbt retry runs only what failed" in " ".join(ended.output.split())
    assert house.dbt("retry", at=SECOND_AT).exit_code == 1
    assert seen_by(house) == before
    house.build(at=SECOND_AT)
    assert readers_of(house) == undisturbed


def test_analysts_models_and_unit_tests_may_be_left_out(pending: House, undisturbed: Readers, tmp_path: Path) -> None:
    house = copy_of(pending, tmp_path)
    house.add_unit_tests()
    (house.project / "models" / "reports").mkdir()
    (house.project / "models" / "reports" / "my_report.sql").write_text(
        "select count(*) as many from {{ ref('month_end_balances') }}"
    )
    house.build("--exclude", "my_report", at=SECOND_AT)
    assert readers_of(house)["month_end_balances"] == undisturbed["month_end_balances"]
