"""The oracle's own promises, by examples worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from tests.histories.delivered import Row
from tests.histories.examples import (
    LENIENT,
    STATED,
    at,
    decide,
    decide_file,
    feed,
    reasons,
    row,
    statuses,
    verdicts,
)
from tests.histories.oracle import CONFLICT, booking_date, evaluate


def test_first_row_of_a_key_is_accepted_and_its_repeat_is_none() -> None:
    found = feed([row("a"), row("a")], [row("a")])
    assert statuses(found) == {(1, 1): "accepted", (1, 2): "duplicate", (2, 1): "duplicate"}


def test_other_content_in_a_later_file_is_a_conflict() -> None:
    found = feed([row("a")], [row("a", "11")])
    assert statuses(found) == {(1, 1): "accepted", (2, 1): "quarantined"}
    assert reasons(found, (2, 1)) == (CONFLICT,)


def test_conflict_within_a_file_refuses_all_of_its_rows() -> None:
    found = feed([row("a"), row("a", "11"), row("a")])
    assert set(statuses(found).values()) == {"quarantined"}


def test_later_file_wins_a_key_that_a_file_contests_itself() -> None:
    found = feed([row("a"), row("a", "11")], [row("a")])
    assert statuses(found) == {(1, 1): "quarantined", (1, 2): "quarantined", (2, 1): "accepted"}


def test_released_row_settles_a_conflict_within_a_file() -> None:
    found = feed([row("a"), row("a", "11")]).decided(decide((1, 2), "release", 12))
    assert statuses(found) == {(1, 1): "quarantined", (1, 2): "accepted"}
    both = found.decided(decide((1, 1), "condemn", 12))
    assert statuses(both) == {(1, 1): "condemned", (1, 2): "accepted"}


def test_released_row_comes_after_the_files_landed_by_then() -> None:
    found = feed([row("a"), row("a", "11")], [row("a", "12"), row("a", "13")], [row("a", "11")])
    assert statuses(found)[3, 1] == "accepted"
    before, after = (found.decided(decide((1, 1), "release", day)) for day in (25, 35))
    assert (statuses(before)[1, 1], reasons(before, (3, 1))) == ("accepted", (CONFLICT, "DUPLICATE_FAILURE"))
    assert (statuses(after)[1, 1], statuses(after)[3, 1]) == ("quarantined", "accepted")


def test_release_keeps_the_key_that_a_row_has_won() -> None:
    found = feed([row("a")], [row("a", "11")]).decided(decide((1, 1), "release", 25))
    assert statuses(found) == {(1, 1): "accepted", (2, 1): "quarantined"}


def test_release_behind_a_held_file_waits_like_a_file() -> None:
    rows = [row("a"), row("a", "11"), row("b", "1e3")]
    found = feed(rows, [row("c")]).decided(
        decide_file(2, "hold", 21), decide((1, 1), "release", 25), decide((1, 3), "release", 15)
    )
    assert statuses(found) == {(1, 1): "quarantined", (1, 2): "quarantined", (1, 3): "quarantined"}
    assert [evaluate(found).rows[1, number].attempts for number in (1, 2, 3)] == [1, 1, 2]
    released = found.decided(decide_file(2, "release", 26))
    assert statuses(released)[1, 1] == "accepted"
    assert evaluate(released).rows[1, 1].attempts == 2


def test_released_rows_do_not_help_their_file() -> None:
    limited = replace(LENIENT, quarantine_limit=Decimal("0.5"))
    found = feed([row("a"), row("a", "11")], code=limited).decided(decide((1, 1), "release", 12))
    assert verdicts(found) == ["held"]


def test_rows_released_at_one_instant_share_a_turn() -> None:
    found = feed([row("a"), row("a", "11")])
    together = found.decided(decide((1, 1), "release", 12), decide((1, 2), "release", 12))
    assert set(statuses(together).values()) == {"quarantined"}
    apart = found.decided(decide((1, 1), "release", 13), decide((1, 2), "release", 12))
    assert statuses(apart) == {(1, 1): "quarantined", (1, 2): "accepted"}


def test_accepted_row_that_is_condemned_frees_its_key() -> None:
    found = feed([row("a")], [row("a", "11")]).decided(decide((1, 1), "condemn", 25))
    assert statuses(found) == {(1, 1): "condemned", (2, 1): "accepted"}
    assert reasons(found, (1, 1)) == ("CONDEMNED",)


def test_broken_row_that_comes_again_is_condemned() -> None:
    found = feed([row("a", "1e3"), row("a", "1e3")], [row("a", "1e3")])
    assert statuses(found) == {(1, 1): "quarantined", (1, 2): "quarantined", (2, 1): "condemned"}
    assert reasons(found, (2, 1)) == ("TYPE_ERROR", "DUPLICATE_FAILURE")


def test_row_without_a_key_fails_each_time_anew() -> None:
    found = feed([row("")], [row("")])
    assert set(statuses(found).values()) == {"quarantined"}


def test_conflict_that_comes_again_is_condemned() -> None:
    found = feed([row("a")], [row("a", "11")], [row("a", "11")])
    assert reasons(found, (3, 1)) == (CONFLICT, "DUPLICATE_FAILURE")


def test_repeat_of_a_row_of_a_withdrawn_file_waits() -> None:
    found = feed([row("a", "1e3")], [row("a", "1e3")]).decided(decide_file(1, "withdraw", 25))
    assert reasons(found, (1, 1)) == ("TYPE_ERROR", "FILE_WITHDRAWN")
    assert statuses(found) == {(1, 1): "condemned", (2, 1): "quarantined"}


def test_third_failure_condemns() -> None:
    found = feed([row("a", "1e3")])
    twice = found.decided(decide((1, 1), "release", 11))
    assert evaluate(twice).rows[1, 1].attempts == 2
    assert statuses(twice) == {(1, 1): "quarantined"}
    assert reasons(twice.decided(decide((1, 1), "release", 12)), (1, 1)) == ("TYPE_ERROR", "MAX_ATTEMPTS")


def test_repeated_failure_stays_one_when_it_is_released() -> None:
    found = feed([row("a", "1e3")], [row("a", "1e3")]).decided(decide((2, 1), "release", 25))
    assert reasons(found, (2, 1)) == ("TYPE_ERROR", "DUPLICATE_FAILURE")


def test_latest_decision_counts_whenever_it_is_written() -> None:
    found = feed([row("a")]).decided(decide((1, 1), "condemn", 15), decide((1, 1), "release", 12))
    assert statuses(found) == {(1, 1): "condemned"}
    assert evaluate(found).rows[1, 1].attempts == 2


def test_withdrawal_frees_keys() -> None:
    found = feed([row("a")], [row("a", "11")], [row("a")]).decided(decide_file(1, "withdraw", 35))
    assert statuses(found) == {(1, 1): "condemned", (2, 1): "accepted", (3, 1): "quarantined"}
    assert statuses(found.decided(decide_file(1, "release", 36)))[1, 1] == "accepted"


def test_file_over_its_limit_is_held_and_later_ones_wait() -> None:
    limited = replace(LENIENT, quarantine_limit=Decimal("0.5"))
    found = feed([row("a"), row("b", "1e3")], [row("c"), row("d", "1e3"), None], [row("e")], code=limited)
    assert verdicts(found) == ["passed", "held", "waiting"]
    assert evaluate(found).verdicts[3].waits_behind == 2
    assert set(statuses(found)) == {(1, 1), (1, 2)}
    assert verdicts(found, 1, 2) == ["passed", "passed", "passed"]
    for decision in ("release", "withdraw"):
        assert verdicts(found.decided(decide_file(2, decision, 25))) == ["passed", "passed", "passed"]
    assert verdicts(found.decided(decide_file(1, "hold", 25))) == ["held", "waiting", "waiting"]


def test_code_limit_counts_rows_of_one_code() -> None:
    limited = replace(LENIENT, code_limit=1)
    rows = [row("a", "1e3"), row("")]
    assert verdicts(feed([*rows], code=limited)) == ["passed"]
    assert verdicts(feed([*rows, row("b", "1e3")], code=limited)) == ["held"]


def test_condemned_rows_do_not_hold_a_file() -> None:
    limited = replace(LENIENT, quarantine_limit=Decimal(0))
    found = feed([row("a"), row("b", "1e3")], code=limited)
    assert verdicts(found) == ["held"]
    assert verdicts(found.decided(decide((1, 2), "condemn", 12))) == ["passed"]


def test_all_reasons_are_given_once_in_the_order_of_columns() -> None:
    picky = replace(LENIENT, refused_accounts=frozenset({"A"}))
    found = feed([row("", "1e3", booked=date(2026, 1, 1))], code=picky)
    assert reasons(found, (1, 1)) == ("NULL_VALUE_ERROR", "TYPE_ERROR", "TIMESTAMP_ERROR")


def test_second_balance_of_a_day_is_refused_where_a_day_has_one() -> None:
    code = replace(STATED, balance_stated="end_of_day")
    rows = [replace(row(entry_id), balance=balance) for entry_id, balance in (("a", "5"), ("b", "6"), ("c", "5.0"))]
    found = feed(
        [*rows, replace(row("d", "1e3"), balance="7"), replace(rows[1], account_id="B", entry_id="e")], code=code
    )
    assert [reasons(found, (1, number)) for number in (1, 2, 3, 4, 5)] == [(), ("TYPE_ERROR",), (), ("TYPE_ERROR",), ()]
    assert statuses(feed(rows[:1], rows[1:2], code=code)) == {(1, 1): "accepted", (2, 1): "accepted"}


def test_order_is_that_of_deliveries_not_of_clocks() -> None:
    found = feed([row("a")])
    found = found.landed((row("a", "11"),), at(1))
    assert statuses(found) == {(1, 1): "accepted", (2, 1): "quarantined"}
    # The first file says that it landed after the decision, which comes after it all the same.
    released = found.decided(decide((1, 1), "release", 5))
    assert statuses(released) == {(1, 1): "accepted", (2, 1): "quarantined"}


def test_key_is_the_one_of_todays_contract() -> None:
    found = feed([row("1", account_id="A"), row("1", account_id="B")])
    assert set(statuses(found).values()) == {"quarantined"}
    wider = replace(found, code=replace(LENIENT, key=("entry_id", "account_id")))
    assert set(statuses(wider).values()) == {"accepted"}


def test_reference_data_contests_keys_within_a_file_only() -> None:
    reference = replace(LENIENT, is_reference=True)
    found = feed([row("a"), row("b"), row("b", "11")], [row("a", "11")], code=reference)
    assert statuses(found) == {(1, 1): "accepted", (1, 2): "quarantined", (1, 3): "quarantined", (2, 1): "accepted"}


def test_decision_on_no_delivered_row_is_an_error() -> None:
    found = feed([row("a"), None])
    for place in ((1, 2), (1, 3), (2, 1)):
        with pytest.raises(LookupError):
            found.decided(decide(place, "release", 12))


def test_days_stay_and_times_move_with_the_reporting_zone() -> None:
    tokyo = replace(LENIENT, reporting_time_zone="Asia/Tokyo")
    late = Row("A", "a", datetime(2024, 1, 31, 20), "1", "EUR")  # noqa: DTZ001  # a local time of the contract
    assert booking_date(late, LENIENT) == date(2024, 1, 31)
    assert booking_date(late, tokyo) == date(2024, 2, 1)
    assert booking_date(replace(late, booked=late.day + timedelta()), tokyo) == date(2024, 1, 31)


def test_broken_row_is_a_first_failure_after_a_mere_conflict() -> None:
    # Both rows are equal; only the second file landed so early that the booking lies more than a year ahead.
    late = row("a", booked=date(2025, 1, 5))
    found = feed([row("a", "11"), late]).landed((late,), at(1))
    assert reasons(found, (1, 2)) == (CONFLICT,)
    assert reasons(found, (2, 1)) == ("TIMESTAMP_ERROR",)


def test_row_that_is_no_entry_is_passed_over_whatever_it_says() -> None:
    found = feed([row("a"), row("pending-a", "1e3"), row("pending-a", "11")]).decided(decide((1, 2), "condemn", 12))
    assert statuses(found) == {(1, 1): "accepted", (1, 2): "passed_over", (1, 3): "passed_over"}
    withdrawn = found.decided(decide_file(1, "withdraw", 13))
    assert set(statuses(withdrawn).values()) == {"condemned"}


def test_share_of_refused_rows_leaves_passed_over_ones_out() -> None:
    code = replace(LENIENT, quarantine_limit=Decimal("0.4"))
    rows = [row("a"), row("", "1"), *(row(f"pending-{number}") for number in range(8))]
    assert verdicts(feed(rows, code=code)) == ["held"]
    assert verdicts(feed([*rows, row("b")], code=code)) == ["passed"]


def test_balances_are_of_the_day_that_their_row_states() -> None:
    rows = [
        row("opening-1", "7", booked=date(2024, 1, 31)),
        row("a", booked=date(2024, 1, 10)),
        row("b", booked=date(2024, 1, 20)),
        row("closing-1", "8", booked=date(2024, 1, 15)),
        row("balance-1", "9", booked=date(2024, 1, 12)),
        row("pending-1", "6", booked=date(2024, 1, 12)),
    ]
    found = [(known.day, known.balance) for known in evaluate(feed(rows)).stated]
    assert found == [(date(2024, 1, 9), 7), (date(2024, 1, 20), 8), (date(2024, 1, 12), 9)]
    assert evaluate(feed(rows).decided(decide_file(1, "withdraw", 12))).stated == ()
