"""What each account was said to be, with the times of the publications that said so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from tests.end_to_end.house import House

pytestmark = [pytest.mark.dbt, pytest.mark.slow]

HEADER = "account,currency,opened,closed,status\n"
OPEN_A, OPEN_B = "A,EUR,2024-01-01,,open\n", "B,EUR,2024-01-01,,open\n"
CLOSED_A = "A,EUR,2024-01-01,2024-03-31,closed\n"
STATES = "select account_id, status, dbt_valid_from, dbt_valid_to from accounts_snapshot order by 1, 3"


def at(day: int) -> datetime:
    return datetime(2026, 1, day, tzinfo=UTC)


def published(day: int) -> datetime:
    return at(day).replace(tzinfo=None)


@pytest.fixture(scope="module")
def house(new_house: Callable[[], House]) -> House:
    """Three deliveries: the second repeats the first, the third, whose snapshot fails, is withdrawn."""
    house = new_house()
    snapshot = house.project / "snapshots" / "accounts_snapshot.sql"
    house.land("accounts", HEADER + OPEN_A + OPEN_B)
    house.build(at=at(2))
    house.land("accounts", HEADER + OPEN_B + OPEN_A)
    house.build(at=at(3))
    third = house.land("accounts", HEADER + CLOSED_A + OPEN_B).manifest
    whole = snapshot.read_text()
    snapshot.write_text(whole.replace("    accounts.account_id,", "    accounts.account_id / 0,"))
    house.build(at=at(4), exit_code=1)
    snapshot.write_text(whole)
    house.build(at=at(5))
    house.decide(third.file_id, "withdraw")
    house.build(at=at(6))
    return house


def test_account_has_a_state_for_each_content_that_was_published(house: House) -> None:
    assert house.query(STATES) == [
        ("A", "open", published(2), published(4)),
        ("A", "closed", published(4), published(6)),
        ("A", "open", published(6), None),
        ("B", "open", published(2), None),
    ]


def test_last_states_are_the_accounts(house: House) -> None:
    last = house.query("select account_id, status from accounts_snapshot where dbt_valid_to is null order by 1")
    assert last == house.query("select account_id, status from accounts order by 1")


def test_snapshot_of_what_is_published_adds_nothing(house: House) -> None:
    before = house.contents("accounts_snapshot")
    assert house.dbt("snapshot", at=at(8)).exit_code == 0
    assert house.contents("accounts_snapshot") == before
