"""A build with a wrong model ends red, and readers see what they saw before."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.end_to_end.house import PROJECT, House
from tests.end_to_end.second_delivery import (
    CARDS,
    LEDGER,
    SECOND_AT,
    copy_of,
    edit,
    forget_code,
    rows_of_nobody,
    seen_by,
    with_second_delivery,
)
from tests.end_to_end.wrong_models import VIEWS, WRONG, Wrong

pytestmark = pytest.mark.dbt

# Tests of records further up: where one of them fails, dbt does not run the audits below it.
BEFORE_OTHERS = (
    "versions_add_up",
    "changed_rows_keep_their_money",
    "daily_closings_add_up",
    "accepted_rows_are_complete_entries",
)
QUICK = (
    "balance + 1 in the versions",
    "nothing is written",
    "amount + 1 where no balance is stated",
    "duplicates are let in",
)
QUICK_VIEWS = ("balance + 1", "amount + 1")


@pytest.fixture(scope="module")
def pending(new_house: Callable[[], House]) -> House:
    """A second delivery over which wrong models are built. Their hashes are those of the right ones."""
    house = new_house()
    forget_code(house)
    return with_second_delivery(house)


def failures(output: str) -> set[str]:
    """Return the names of the tests that failed."""
    return set(re.findall(r"Failure in test (\w+)", output))


@pytest.mark.parametrize(
    "name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in WRONG]
)
def test_wrong_model_ends_red_and_publishes_nothing(pending: House, tmp_path: Path, name: str) -> None:
    wrong, house = WRONG[name], copy_of(pending, tmp_path)
    before = seen_by(house)
    edit(house, wrong.place, wrong.old, wrong.new)
    built = house.build(at=SECOND_AT, exit_code=1)
    assert seen_by(house) == before
    assert failures(built.output) & {wrong.audit, *BEFORE_OTHERS}, built.output


@pytest.mark.parametrize(
    "name", [name if name in QUICK_VIEWS else pytest.param(name, marks=pytest.mark.slow) for name in VIEWS]
)
def test_wrong_view_ends_red(pending: House, tmp_path: Path, name: str) -> None:
    wrong, house = VIEWS[name], copy_of(pending, tmp_path)
    edit(house, wrong.place, wrong.old, wrong.new)
    built = house.build(at=SECOND_AT, exit_code=1)
    assert wrong.audit in failures(built.output), built.output
    assert house.value("select count(*) from publications") == 2


@pytest.mark.slow
def test_wrong_view_of_a_short_feed_ends_a_quiet_build_red(new_house: Callable[[], House]) -> None:
    """Where nothing is published the last month of each feed is compared, and not the last month of all."""
    house = new_house()
    house.land("transactions", CARDS + "1,C,7,EUR,2024-01-05\n")
    house.land("ledger_entries", LEDGER + "1,A,5,5,2024-03-05\n")
    house.build()
    house.build()
    edit(
        house,
        "models/history/month_end_balances.sql",
        "    versions.balance,\n",
        "    versions.balance + case when versions.feed = 'transactions' then 1 else 0 end as balance,\n",
    )
    built = house.build(exit_code=1)
    assert "readers_see_the_months_of_the_records" in failures(built.output), built.output
    assert house.value("select count(*) from publications") == 1


@pytest.mark.parametrize("wrong", [*WRONG.values(), *VIEWS.values()], ids=[*WRONG, *VIEWS])
def test_wrong_model_is_an_edit_of_what_is_there(wrong: Wrong) -> None:
    assert wrong.old in (PROJECT / wrong.place).read_text()


def test_right_models_end_green(pending: House, tmp_path: Path) -> None:
    house = copy_of(pending, tmp_path)
    house.build(at=SECOND_AT)
    assert rows_of_nobody(house) == {}
    assert house.value("select count(*) from publications") == 2
