"""Rows that are no entries by their contract: kept and counted, outside the quarantine, and moved by no decision."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.end_to_end.house import House
from tests.end_to_end.outside_entries import pass_over, state

pytestmark = pytest.mark.dbt

ENTRIES = "id,account_id,amount,new_balance,tx_date\n"
COUNTS = """
select rows_delivered, rows_malformed, rows_accepted, rows_quarantined, rows_condemned, rows_duplicate, rows_passed_over
from file_reconciliation order by delivery_number
"""
STATUSES = """
select row_number, status, business_key, array_to_string(rejection_reasons, ' '), decision from {} order by file_id, 1
"""


@pytest.fixture
def house(new_house: Callable[[], House]) -> House:
    """A house whose ledger passes over rows with ids such as pending-1."""
    house = new_house()
    pass_over(house.project)
    return house


def test_passed_over_rows_are_in_one_place_and_are_no_entries(house: House) -> None:
    # Of 41 rows one is refused: 2.5 %. Of the entries alone it is one of 21, which the limit of 5 % lets pass.
    entries = "".join(f"e{n},A,1,{n},2024-01-02\n" for n in range(1, 21))
    pending = "".join(f"pending-{n % 2},,not yet,,\n" for n in range(20))
    landed = house.land("ledger_entries", f"{ENTRIES}{entries}{pending}broken,A,x,9,2024-01-02\n")
    house.build()
    assert house.query(COUNTS) == [(41, 0, 20, 1, 0, 0, 20)]
    assert house.query(STATUSES.format("passed_over_entries"))[:2] == [
        (21, "passed_over", None, "", None),
        (22, "passed_over", None, "", None),
    ]
    # Neither what is delivered again nor a decision makes an entry of such a row, and the decision is published once.
    for number, word in ((21, "release"), (22, "condemn")):
        note = [
            landed.manifest.file_id,
            number,
            word,
            "",
            "",
            "a try",
            "A. Person",
            f"2026-02-0{number - 20}T00:00:00Z",
        ]
        house.note("row_decisions", note)
    house.land("ledger_entries", f"{ENTRIES}pending-1,,not yet,,\n")
    house.build()
    house.build()
    assert house.value("select count(*) from publications") == 2
    assert house.query(COUNTS) == [(41, 0, 20, 1, 0, 0, 20), (1, 0, 0, 0, 0, 0, 1)]
    assert house.query(STATUSES.format("passed_over_entries"))[:2] == [
        (21, "passed_over", None, "", "release"),
        (22, "passed_over", None, "", "condemn"),
    ]
    assert house.value("select count(*) from condemned_entries") == 0


def test_share_of_refused_rows_is_that_of_the_entries(house: House) -> None:
    entries = "".join(f"e{n},A,1,{n},2024-01-02\n" for n in range(1, 19))
    pending = "".join(f"pending-{n},A,1,0,2024-01-02\n" for n in range(80))
    house.land("ledger_entries", f"{ENTRIES}{entries}{pending}broken,A,x,9,2024-01-02\n")
    house.build()
    (failure,) = house.query("select failure from held_files")
    assert failure == ("quarantine rate: 1 of 19 rows refused, limit 5.00 %",)


@pytest.mark.slow
def test_withdrawn_file_has_its_passed_over_rows_condemned(house: House) -> None:
    landed = house.land("ledger_entries", f"{ENTRIES}1,A,1,1,2024-01-02\npending-1,A,1,,2024-01-02\n")
    house.build()
    house.decide(landed.manifest.file_id, "withdraw")
    house.build()
    assert house.query(COUNTS) == [(2, 0, 0, 0, 2, 0, 0)]
    house.decide(landed.manifest.file_id, "release")
    house.build()
    assert house.query(COUNTS) == [(2, 0, 1, 0, 0, 0, 1)]


@pytest.mark.slow
def test_file_with_fewer_entries_than_it_states_is_held(house: House) -> None:
    landed = house.land("ledger_entries", f"{ENTRIES}1,A,1,1,2024-01-02\npending-1,A,1,,2024-01-02\ntoo few\n")
    state(house, landed, entry_count=3)
    house.build()
    (failure,) = house.query("select failure from held_files")
    assert failure == ("counts: the file states 3 entries and has 2",)
    state(house, landed, entry_count=2)
    house.decide(landed.manifest.file_id, "release")
    house.build()
    assert house.query(COUNTS) == [(3, 1, 1, 0, 0, 0, 1)]
