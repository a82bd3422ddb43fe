"""A build that is killed leaves nothing that readers see, and the next build gives what an undisturbed one gives."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.end_to_end.house import House
from tests.end_to_end.second_delivery import (
    SECOND_AT,
    Readers,
    copy_of,
    readers_of,
    rows_of_nobody,
    seen_by,
    with_second_delivery,
)

pytestmark = pytest.mark.dbt

BUILD = ("build", "--exclude-resource-type", "unit_test")
COMMIT = "START sql incremental model main.publications"
COMMITTED = "OK created sql incremental model main.publications"
KILLS = 40
HISTORY = "month_end_balance_history"


@pytest.fixture(scope="module")
def pending(new_house: Callable[[], House]) -> House:
    return with_second_delivery(new_house())


@pytest.fixture(scope="module")
def undisturbed(pending: House, tmp_path_factory: pytest.TempPathFactory) -> Readers:
    """What readers see after a build that nobody kills."""
    house = copy_of(pending, tmp_path_factory.mktemp("undisturbed"))
    house.build(at=SECOND_AT)
    return readers_of(house)


def killed(house: House, text: str, seconds: float = 0.0) -> bool:
    """Kill a build so long after it has printed the text; return whether it had published by then."""
    with house.spawn(*BUILD, at=SECOND_AT) as build:
        build.wait_for(text)
        time.sleep(seconds)
        build.kill()
    return house.value("select count(*) from publications") == 2


def finish(house: House, before: Readers, undisturbed: Readers, is_published: bool) -> None:
    """See that readers see all or nothing of a killed build, and that the next one finishes it."""
    if is_published:
        # The months of the history are literals of its view, which is made after the commit.
        seen = readers_of(house) | {HISTORY: undisturbed[HISTORY]}
        assert seen == undisturbed
    else:
        assert seen_by(house) == before
    house.build(at=SECOND_AT)
    assert readers_of(house) == undisturbed
    # A build with nothing to publish asks so of the feeds, and leaves that to be removed by the next one.
    assert rows_of_nobody(house).keys() <= ({"publication_feeds"} if is_published else set())


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("OK created sql incremental model main.accepted_rows", marks=pytest.mark.slow),
        "PASS month_ends_add_up",
    ],
)
def test_killed_build_is_finished_by_the_next(pending: House, undisturbed: Readers, tmp_path: Path, text: str) -> None:
    house = copy_of(pending, tmp_path)
    before = seen_by(house)
    is_published = killed(house, text)
    finish(house, before, undisturbed, is_published)


@pytest.mark.slow
def test_builds_killed_at_forty_moments_are_finished(pending: House, undisturbed: Readers, tmp_path: Path) -> None:
    """Two thirds of them at any moment, one third around the commit, which takes some hundredths of a second."""
    house = copy_of(pending, tmp_path)
    before = seen_by(house)
    with house.spawn(*BUILD, at=SECOND_AT) as build:
        build.wait_for("Running with dbt")
        start = time.monotonic()
        build.wait_for("Done.")
    length = time.monotonic() - start
    around, published = KILLS // 3 + 1, 0
    for number in range(KILLS):
        shutil.rmtree(house.lake)
        shutil.copytree(pending.lake, house.lake)
        if number < around:
            is_published = killed(house, COMMIT, number * 0.12 / around)
        else:
            is_published = killed(house, "Running with dbt", (number - around) / (KILLS - around) * length)
        published += is_published
        finish(house, before, undisturbed, is_published)
    assert 0 < published < KILLS, f"{published} of {KILLS} had published"
