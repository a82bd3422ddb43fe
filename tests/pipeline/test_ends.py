"""How a build ended, out of what dbt told of it."""

from __future__ import annotations

import pytest

from pipeline.dbt_events import HeldFile, HowItEnded, Node
from pipeline.ends import End, Ran, end_of, end_of_passes

HELD = HeldFile(feed="t", file_id="f", file_name="t.csv", failure="decision: hold")
LOST = "test.ledger_lake.this_build_is_published"
GOOD = Node(unique_id="model.ledger_lake.stg_files", status="success", seconds=1)
SKIPPED = Node(unique_id="model.ledger_lake.publications", status="skipped", seconds=0)


def failing(name: str, status: str = "fail") -> Node:
    return Node(unique_id=name, status=status, seconds=1)


def ran(*nodes: Node, how: HowItEnded | None = None, **known: bool) -> Ran:
    succeeded = known.pop("succeeded", all(node.status == "success" for node in nodes))
    return Ran(build="b", nodes=list(nodes), succeeded=succeeded, how=how, **known)


def told(*, published: bool = False, held: bool = False, lost: str = "", left_out: int = 0) -> HowItEnded:
    return HowItEnded(
        build="b",
        is_published=published,
        held_files=[HELD] if held else [],
        lost=[lost] if lost else [],
        left_out=left_out,
    )


@pytest.mark.parametrize(
    ("known", "end"),
    [
        (ran(GOOD, how=told(published=True)), End.PUBLISHED),
        (ran(GOOD, how=told()), End.NOTHING_NEW),
        (ran(GOOD, how=told(published=True, held=True)), End.HELD),
        (ran(GOOD, how=told(held=True)), End.HELD),
        (ran(GOOD, how=told(left_out=1, held=True)), End.PARTIAL),
        (ran(GOOD, failing(LOST), how=told(lost=LOST, held=True)), End.LOST),
        # A wrong view as well: that has to be mended.
        (ran(GOOD, failing(LOST), failing("test.other"), how=told(lost=LOST)), End.FAILED),
        (ran(GOOD, failing("test.other"), SKIPPED, how=told(held=True)), End.FAILED),
        # A test of readers' views, after the commit.
        (ran(GOOD, failing("test.other"), how=told(published=True)), End.FAILED),
        (ran(GOOD, failing("test.other"), how=told(left_out=1)), End.FAILED),
        # The hook that tells the end failed after the commit, and it was asked once more.
        (ran(GOOD, how=told(published=True), succeeded=False), End.PUBLISHED),
        (ran(GOOD, how=told(), succeeded=False), End.FAILED),
        (ran(GOOD, failing("model.other", "error"), SKIPPED), End.FAILED),
        (ran(SKIPPED, succeeded=False), End.BROKEN),
        (Ran(), End.BROKEN),
    ],
)
def test_end_follows_from_what_dbt_told(known: Ran, end: End) -> None:
    assert end_of(known) is end


def test_build_that_a_stop_cut_short_has_to_run_again() -> None:
    """After its commit too: readers' views may not be made."""
    cancelled = failing("test.other", "error")
    assert end_of(ran(GOOD, cancelled), End.STOPPED) is End.STOPPED
    assert end_of(ran(GOOD, cancelled, how=told(held=True)), End.INTERRUPTED) is End.INTERRUPTED
    assert end_of(ran(GOOD, cancelled, how=told(published=True)), End.STOPPED) is End.STOPPED
    # Cut off between two nodes.
    assert end_of(ran(GOOD, how=told(published=True), succeeded=False), End.STOPPED) is End.STOPPED


def test_stop_after_the_last_node_changes_nothing() -> None:
    assert end_of(ran(GOOD, how=told(published=True)), End.STOPPED) is End.PUBLISHED
    assert end_of(ran(GOOD, how=told(held=True)), End.STOPPED) is End.HELD
    assert end_of(ran(GOOD, how=told()), End.INTERRUPTED) is End.NOTHING_NEW


def test_last_pass_decides_but_for_one_with_nothing_more() -> None:
    assert end_of_passes([End.PUBLISHED, End.NOTHING_NEW]) is End.PUBLISHED
    assert end_of_passes([End.HELD, End.PUBLISHED]) is End.PUBLISHED
    assert end_of_passes([End.PUBLISHED, End.FAILED]) is End.FAILED
    assert end_of_passes([End.NOTHING_NEW]) is End.NOTHING_NEW


def test_exit_codes_tell_all_ends_apart() -> None:
    codes = {end: end.exit_code for end in End}
    assert len(set(codes.values())) == len(codes)
