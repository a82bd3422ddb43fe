"""What publications said, by examples worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from tests.histories.delivered import Close, Feed, Inputs
from tests.histories.examples import LENIENT, at, decide_file, feed, row
from tests.histories.published import (
    Published,
    as_closed,
    first_reported,
    restatements,
    versions,
)
from tests.histories.tables import current_tables

JANUARY = (("transactions", "A", "EUR"), date(2024, 1, 1))
EARLY, LATE = row("a", "100"), row("b", "-30")


def published(*steps: tuple[Feed, int]) -> Published:
    """Return what is known after a publication of each state on a day."""
    found = Published()
    for state, day in steps:
        found.publish(Inputs({state.name: state}), at(day))
    return found


def first_files(found: Feed, count: int) -> Feed:
    return replace(found, files=found.files[:count])


def test_late_entry_restates_a_closed_month() -> None:
    # Files land on days 10, 20, .. 40; January ends after day 31.
    found = feed([EARLY], [], [], [LATE])
    known = published((first_files(found, 1), 10), (first_files(found, 3), 30), (found, 40))
    assert [(version.published_at, version.superseded_at) for version in versions(known.publications)[JANUARY]] == [
        (at(10), at(40)),
        (at(40), None),
    ]
    assert first_reported(known.publications)[JANUARY].balance == 70
    closes = [Close(JANUARY[1], "close", at(33))]
    assert as_closed(known.publications, closes)[JANUARY].balance == 100
    assert restatements(known.publications, closes) == {JANUARY: (100, 70)}
    reopened = [*closes, Close(JANUARY[1], "reopen", at(41))]
    assert restatements(known.publications, reopened) == {}
    closed_again = [*reopened, Close(JANUARY[1], "close", at(42))]
    assert restatements(known.publications, closed_again) == {}


def test_first_report_is_what_was_said_after_the_month() -> None:
    found = feed([EARLY], [], [], [], [LATE])
    known = published((first_files(found, 1), 10), (first_files(found, 4), 40), (found, 50))
    assert first_reported(known.publications)[JANUARY].balance == 100
    assert len(versions(known.publications)[JANUARY]) == 2


def test_month_stays_reported_when_the_clock_goes_back() -> None:
    # The last file says that it landed in January: the month is provisional again, and was reported all the same.
    found = feed([EARLY], [], [], []).landed((LATE,), at(20))
    known = published((first_files(found, 4), 40), (found, 50))
    assert current_tables(known)["month_end_balances"][*JANUARY[0], JANUARY[1]][-1] is True
    assert first_reported(known.publications)[JANUARY].balance == 100


def test_month_that_vanishes_ends_and_is_a_change_to_nothing() -> None:
    found = feed([EARLY])
    known = published((found, 10), (found.decided(decide_file(1, "withdraw", 35)), 36))
    last = versions(known.publications)[JANUARY][-1]
    assert (last.month_end, last.superseded_at) == (None, None)
    assert restatements(known.publications, [Close(JANUARY[1], "close", at(33))]) == {JANUARY: (100, None)}


def test_withdrawn_file_does_not_complete_a_month() -> None:
    found = Feed("transactions", LENIENT).landed((EARLY,), at(20)).landed((LATE,), at(32))
    key = (*JANUARY[0], JANUARY[1])
    assert current_tables(published((found, 33)))["month_end_balances"][key][-1] is False
    withdrawn = published((found, 33), (found.decided(decide_file(2, "withdraw", 34)), 35))
    assert current_tables(withdrawn)["month_end_balances"][key][-1] is True


def test_clock_ahead_does_not_complete_a_month() -> None:
    ahead = Feed("transactions", LENIENT).landed((EARLY,), at(500))
    known = published((ahead, 10))
    key = (*JANUARY[0], JANUARY[1])
    assert current_tables(known)["month_end_balances"][key][-1] is True
    later = published((ahead, 40))
    assert current_tables(later)["month_end_balances"][key][-1] is False


def test_month_is_complete_by_the_reporting_zone() -> None:
    # 06:00 UTC on 1 February is still January in Honolulu.
    found = Feed("transactions", LENIENT).landed((EARLY,), at(32))
    for zone, is_provisional in (("UTC", False), ("Pacific/Honolulu", True)):
        there = replace(found, code=replace(LENIENT, reporting_time_zone=zone))
        table = current_tables(published((there, 33)))["month_end_balances"]
        assert table[*JANUARY[0], JANUARY[1]][-1] is is_provisional


def test_published_files_are_not_limited_again() -> None:
    code = replace(LENIENT, quarantine_limit=Decimal("0.5"))
    broken = row("x", "1e3")
    found = feed([broken, row("a"), row("b"), row("c")], [broken, row("d")], [broken, row("e")], code=code)
    # By the withdrawal the repeats of a failure become first failures, and half a file is not over the limit.
    withdrawn = found.decided(decide_file(1, "withdraw", 40))
    strict = replace(withdrawn, code=replace(code, quarantine_limit=Decimal("0.4")))
    pure, known = published((strict, 41)), published((replace(found, code=strict.code), 35), (strict, 41))
    assert pure.feeds["transactions"].evaluation.passed == [1]
    assert known.feeds["transactions"].evaluation.passed == [1, 2, 3]


def test_changed_code_that_breaks_a_limit_is_held_as_a_whole() -> None:
    code = replace(LENIENT, quarantine_limit=Decimal("0.4"))
    found = feed([row("a"), row("b", account_id="B")], code=code)
    picky = replace(found, code=replace(code, refused_accounts=frozenset({"B"}), sign=-1))
    picky = picky.landed((row("c"),), at(20))
    known = published((found, 10), (picky, 20))
    of_feed = known.feeds["transactions"]
    assert of_feed.is_frozen
    assert of_feed.evaluation.passed == [1]
    assert known.month_ends()[JANUARY].balance == 10
    released = picky.decided(decide_file(1, "release", 21))
    known.publish(Inputs({found.name: released}), at(22))
    assert not of_feed.is_frozen
    assert known.month_ends()[JANUARY].balance == -20
