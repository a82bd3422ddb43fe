"""What becomes of a refused row: released, condemned, corrected, failed again, and let in by other rules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from typing import Any

import pytest

from tests.end_to_end.house import House

pytestmark = pytest.mark.dbt

HEADER = "TransactionID,CustomerID,TransactionAmount,Currency,TransactionTimestamp\n"
STATES = """
with outcomes as (
    select business_key, file_id, row_number, 'accepted' as status, null as attempts, [] as reasons
    from fct_ledger_entries
    union all
    select business_key, file_id, row_number, status, attempt_count, rejection_reasons from quarantine_entries
    union all
    select business_key, file_id, row_number, status, attempt_count, rejection_reasons from condemned_entries
    union all
    select business_key, file_id, row_number, status, attempt_count, rejection_reasons from duplicate_entries
)
select coalesce(business_key, ''), status, attempts, reasons from outcomes
where coalesce(business_key, '') not like '%-pad%'
order by 1, file_id, row_number
"""
CONFLICT, DUPLICATE = ["CONFLICTING_TRANSACTION_ID"], ["DUPLICATE_TRANSACTION_ID"]
CURRENCY, TYPE = ["CURRENCY_ERROR"], ["TYPE_ERROR"]
ACCEPTED: tuple[str, None, list[str]] = ("accepted", None, [])


def transactions(*rows: str) -> str:
    """Return a file of these rows and so many sound ones that it passes the gate."""
    first = rows[0].split(",")[0]
    return HEADER + "\n".join([*rows, *(f"{first}-pad{number},PAD,1,EUR,2024-01-02" for number in range(120))]) + "\n"


@dataclass
class Life:
    """A house in which files come and people decide, and what became of each key after each of its builds."""

    house: House
    files: list[str] = field(default_factory=list)
    states: list[dict[str, list[tuple[Any, ...]]]] = field(default_factory=list)

    def deliver(self, day: str, *rows: str) -> None:
        self.house.clock.moment = datetime.fromisoformat(f"2024-{day}T06:00:00+00:00").astimezone(UTC)
        self.files.append(self.house.land("transactions", transactions(*rows)).manifest.file_id)

    def decide(self, place: tuple[int, int], decision: str, day: str, by: tuple[int, int] | None = None) -> None:
        """Decide on a row: the number of its file, from 0, and its number there."""
        corrected = (self.files[by[0]], by[1]) if by else ("", "")
        said = [self.files[place[0]], place[1], decision, *corrected, "agreed with the bank", "A. Person"]
        self.house.note("row_decisions", [*said, f"2024-{day}T12:00:00Z"])

    def build(self, day: str) -> None:
        self.house.build(at=datetime.fromisoformat(f"2024-{day}T18:00:00+00:00"))
        found = groupby(self.house.query(STATES), itemgetter(0))
        self.states.append({key: [row[1:] for row in rows] for key, rows in found})


def live(life: Life, build: Callable[[str], None]) -> None:
    """Live through a February; `build` is called after each of its steps."""
    life.deliver(
        "02-01",
        "T1,C1,10.00,EUR,2024-01-10",
        "T1,C1,12.00,EUR,2024-01-10",
        "T0,C1,1.00,EUR,2024-01-31",
        "X1,C1,5.00,XBT,2024-01-10",
        "A1,C1,7.00,EUR,2024-01-10",
        "R1,C3,20.00,EUR,2024-01-10",
        "R1,C3,21.00,EUR,2024-01-10",
    )
    life.house.note("period_closes", ["2024-01-01", "close", "2024-02-01T20:00:00Z", "A. Person", ""])
    build("02-01")
    life.decide((0, 2), "release", "02-02")
    life.decide((0, 4), "release", "02-02")
    life.decide((0, 7), "release", "02-02")
    build("02-02")
    life.decide((0, 1), "condemn", "02-03")
    life.decide((0, 4), "release", "02-03")
    life.decide((0, 5), "condemn", "02-03")
    life.deliver(
        "02-04",
        "X1,C1,5.00,XBT,2024-01-10",
        "T0,C1,1.00,EUR,2024-01-31",
        "X2,C2,1e3,EUR,2024-01-10",
        ",C1,1,XBT,2024-01-10",
        ",C1,1,XBT,2024-01-10",
        "R1,C3,22.00,EUR,2024-01-10",
    )
    build("02-04")
    life.deliver("02-05", "X2,C2,1000,EUR,2024-01-10", "T0,C1,5.00,EUR,2024-01-31")
    life.decide((1, 3), "correct", "02-05", by=(2, 1))
    build("02-05")
    withdrawn = [life.files[0], "withdraw", "sent by mistake", "A. Person", "2024-02-06T12:00:00Z"]
    life.house.note("file_decisions", withdrawn)
    build("02-06")
    life.house.note("currencies", ["XBT", "999", 4, "A currency"])
    build("02-07")


@pytest.fixture(scope="module")
def life(new_house: Callable[[], House]) -> Life:
    life = Life(new_house())
    live(life, life.build)
    return life


def test_conflict_in_a_file_waits_for_a_decision(life: Life) -> None:
    assert life.states[0]["T1"] == [("quarantined", 1, CONFLICT), ("quarantined", 1, CONFLICT)]


def test_release_lets_in_that_row_only(life: Life) -> None:
    assert life.states[1]["T1"] == [("quarantined", 1, CONFLICT), ACCEPTED]


def test_release_counts_before_files_that_land_later(life: Life) -> None:
    refused = ("quarantined", 1, CONFLICT)
    assert life.states[2]["R1"] == [refused, ACCEPTED, refused]


def test_release_overrides_no_rule_and_counts_as_an_attempt(life: Life) -> None:
    assert life.states[0]["X1"] == [("quarantined", 1, CURRENCY)]
    assert life.states[1]["X1"] == [("quarantined", 2, CURRENCY)]


def test_third_failure_condemns(life: Life) -> None:
    assert life.states[2]["X1"][0] == ("condemned", 3, [*CURRENCY, "MAX_ATTEMPTS"])


def test_refused_row_that_comes_again_is_condemned(life: Life) -> None:
    assert life.states[2]["X1"][1] == ("condemned", 1, [*CURRENCY, "DUPLICATE_FAILURE"])


def test_rows_without_a_key_are_never_the_same_row(life: Life) -> None:
    refused = ("quarantined", 1, ["NULL_VALUE_ERROR", "CURRENCY_ERROR"])
    assert life.states[2][""] == [refused, refused]


def test_condemned_row_is_out_also_if_it_was_accepted(life: Life) -> None:
    assert life.states[2]["T1"] == [("condemned", 1, ["CONDEMNED"]), ACCEPTED]
    assert [states["A1"] for states in life.states[1:3]] == [[ACCEPTED], [("condemned", 1, ["CONDEMNED"])]]


def test_corrected_row_makes_room_for_the_right_one(life: Life) -> None:
    assert life.states[2]["X2"] == [("quarantined", 1, TYPE)]
    assert life.states[3]["X2"] == [("condemned", 1, [*TYPE, "CORRECTED"]), ACCEPTED]


def test_accepted_row_stands_against_what_comes_later(life: Life) -> None:
    assert life.states[3]["T0"] == [ACCEPTED, ("duplicate", 1, DUPLICATE), ("quarantined", 1, CONFLICT)]


def test_withdrawn_file_frees_its_keys_and_its_failures(life: Life) -> None:
    withdrawn = ("condemned", 1, ["FILE_WITHDRAWN"])
    assert life.states[4]["T0"] == [withdrawn, ACCEPTED, ("quarantined", 1, CONFLICT)]
    assert life.states[4]["R1"][2] == ACCEPTED
    assert life.states[4]["X1"] == [("condemned", 3, [*CURRENCY, "FILE_WITHDRAWN"]), ("quarantined", 1, CURRENCY)]


def test_changed_rules_let_in_what_they_refused(life: Life) -> None:
    assert life.states[5]["X1"][1] == ACCEPTED
    assert life.house.query("select line_number, file_id from fct_ledger_entries where business_key = 'X1'") == [
        (2, life.files[1])
    ]


def test_every_balance_that_was_published_is_a_version(life: Life) -> None:
    versions = (
        "select published_at::date::varchar, balance from month_end_balance_versions where account_id = 'C1'"
        " and currency = 'EUR' and month = '2024-01-01' order by version"
    )
    assert life.house.query(versions) == [
        ("2024-02-01", Decimal(8)),
        ("2024-02-02", Decimal(20)),
        ("2024-02-04", Decimal(13)),
        ("2024-02-06", Decimal(1)),
    ]


def test_decisions_after_a_close_do_not_change_what_was_closed(life: Life) -> None:
    restated = "select balance_as_closed, balance from restatements where account_id = 'C1' and currency = 'EUR'"
    assert life.house.query(restated) == [(Decimal(8), Decimal(1))]


def test_one_build_of_everything_says_what_a_build_each_says(life: Life, new_house: Callable[[], House]) -> None:
    other = Life(new_house())
    live(other, lambda day: None)
    other.build("02-07")
    ours, theirs = life.house.seen(), other.house.seen()
    for view in ours:
        assert ours[view] == theirs[view], view
    assert other.states[0] == life.states[-1]


def test_decision_that_names_no_row_stops_the_build(life: Life, new_house: Callable[[], House]) -> None:
    house = new_house()
    house.take_over(life.house)
    decided = Life(house, life.files)
    decided.decide((0, 128), "release", "02-08")
    before = house.contents("publications")
    assert "decisions_name_landed_rows" in house.build(exit_code=1).output
    assert house.contents("publications") == before


def test_correction_that_names_no_row_stops_the_build(life: Life, new_house: Callable[[], House]) -> None:
    house = new_house()
    house.take_over(life.house)
    file_id = house.value("select min(file_id) from file_reconciliation")
    at = house.clock().isoformat()
    house.note("row_decisions", [file_id, 1, "correct", "no-such-file", 1, "the bank says so", "A. Person", at])
    before = house.contents("publications")
    assert "decisions_name_landed_rows" in house.build(exit_code=1).output
    assert house.contents("publications") == before


def test_published_decision_that_is_edited_stops_the_build(life: Life, new_house: Callable[[], House]) -> None:
    house = new_house()
    house.take_over(life.house)
    seed = house.project / "seeds" / "row_decisions.csv"
    seed.write_text(seed.read_text().replace("release", "condemn", 1))
    assert "NOTHING WAS WRITTEN: 1 lines of the decisions" in house.build(exit_code=1).output
