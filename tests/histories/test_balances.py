"""How the oracle closes days and months, by examples worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from tests.histories.balances import close_days, day_breaks, ends, month_ends
from tests.histories.delivered import Feed, Row
from tests.histories.examples import STATED, at
from tests.histories.oracle import Entry, Known, evaluate

EXACT = STATED
ROUNDED = replace(STATED, balance_tolerance=Decimal(1))


def stated(entry_id: str, amount: str, balance: str, booked: date, account_id: str = "ACC001") -> Row:
    return Row(account_id, entry_id, booked, amount, "EUR", balance)


def entry(day: int, amount: int, balance: int | None, entry_id: str = "e", month: int = 1) -> Entry:
    after = None if balance is None else Decimal(balance)
    return Entry("f", "A", "EUR", entry_id, date(2024, month, day), Decimal(amount), after)


def test_worked_example_of_the_design() -> None:
    rows = (
        stated("e1", "326.00", "326.00", date(2023, 12, 5)),
        stated("e2", "-25.50", "-25.50", date(2024, 2, 9), "ACC002"),
        stated("e3", "-100.00", "-125.50", date(2024, 3, 9), "ACC002"),
    )
    feed = Feed("ledger_entries", STATED).landed(rows, at(100))
    found = month_ends(list(evaluate(feed).entries.values()), EXACT)
    balances = {(account[1], f"{month:%Y-%m}"): end.balance for (account, month), end in found.items()}
    months = ["2024-01", "2024-02", "2024-03"]
    assert [balances["ACC001", month] for month in months] == [Decimal("326.00")] * 3
    assert [balances.get(("ACC002", month)) for month in months] == [None, Decimal("-25.50"), Decimal("-125.50")]
    assert balances["ACC001", "2023-12"] == Decimal("326.00")


@pytest.mark.parametrize(
    ("days", "closing", "decided_by"),
    [
        # A chain, ids shuffled.
        ([entry(2, 50, 150, "z"), entry(2, -30, 120, "a")], 120, "chain"),
        # A circle after a day that closed on 100.
        ([entry(1, 100, 100), entry(2, 50, 150, "a"), entry(2, -50, 100, "b")], 100, "neighbours"),
        # An entry is missing, the day before closed on 100.
        ([entry(1, 100, 100), entry(2, 50, 150, "a"), entry(2, 50, 170, "b")], 170, "neighbours"),
        # The same, and the day after opens on 180.
        ([entry(1, 100, 100), entry(2, 100, 200, "a"), entry(2, 30, 180, "b"), entry(3, 5, 185)], 180, "neighbours"),
        # A circle alone: the smallest id, undecided.
        ([entry(2, 50, 150, "b"), entry(2, -50, 100, "a")], 100, "undecided"),
    ],
    ids=["chain", "circle", "missing entry", "missing entry and the day after", "circle alone"],
)
def test_day_closes_as_decided(days: list[Entry], closing: int, decided_by: str) -> None:
    found = next(closed for closed in close_days(days, EXACT) if closed.day == date(2024, 1, 2))
    assert (found.closing, found.decided_by) == (closing, decided_by)


def test_twins_are_two_steps() -> None:
    assert ends([entry(1, 10, 110, "a"), entry(1, 10, 120, "b"), entry(1, -10, 110, "c")]) == [110]


def test_tolerance_hides_a_break_that_it_covers() -> None:
    entries = [entry(1, 10, 10), entry(2, 10, 21)]
    assert [found.kind for found in day_breaks(entries, EXACT).values()] == ["movement_missing"]
    assert day_breaks(entries, ROUNDED) == {}
    (strict,), (tolerant,) = (month_ends(entries, code).values() for code in (EXACT, ROUNDED))
    assert (strict.is_proven, tolerant.is_proven) == (False, True)
    assert (tolerant.opening_balance, tolerant.movement, tolerant.break_amount, tolerant.balance) == (0, 20, 1, 21)


def test_quiet_months_are_carried_to_the_feeds_last_month() -> None:
    other = replace(entry(5, 1, 1, month=4), account_id="B")
    found = month_ends([entry(1, 10, 110), other], EXACT)
    of_a = {month: end for (account, month), end in found.items() if account[1] == "A"}
    assert list(of_a) == [date(2024, month, 1) for month in (1, 2, 3, 4)]
    assert [end.opening_balance for end in of_a.values()] == [100, 110, 110, 110]
    assert [end.entry_count for end in of_a.values()] == [1, 0, 0, 0]


def test_computed_balances_open_on_nothing_and_are_never_proven() -> None:
    ((_, end),) = month_ends([entry(1, 10, None), entry(2, 5, None)], EXACT).items()
    assert (end.opening_balance, end.balance, end.basis, end.is_proven) == (0, 15, "computed", False)


def test_breaks_within_the_tolerance_count_for_no_candidate() -> None:
    # 111 is off by 1 on both sides, 110 by 0 and 2.
    entries = [entry(1, 100, 100), entry(2, 5, 110, "a"), entry(2, 5, 111, "b"), entry(3, 5, 117)]
    assert [close_days(entries, code)[1].closing for code in (EXACT, ROUNDED)] == [110, 111]


def known(day: date, balance: int, source: str = "f1") -> Known:
    return Known(("f", "A", "EUR"), day, Decimal(balance), source)


def test_days_before_the_first_known_balance_are_worked_backwards() -> None:
    entries = [entry(10, 500, None), entry(29, -20, None, month=2), entry(4, 300, None, month=3)]
    found = month_ends(entries, EXACT, [known(date(2024, 3, 31), 1780)])
    assert [(end.balance, end.basis, end.is_proven) for end in found.values()] == [
        (1500, "computed", False),
        (1480, "computed", False),
        (1780, "stated", True),
    ]


def test_what_is_known_before_the_first_entry_is_its_opening() -> None:
    entries = [entry(10, 5, None)]
    (end,) = month_ends(entries, EXACT, [known(date(2020, 1, 1), 7)]).values()
    assert (end.opening_balance, end.balance, end.basis, end.is_proven) == (7, 12, "computed", True)
    both = [known(date(2020, 1, 1), 7), known(date(2024, 1, 9), 8, "f0")]
    (end,) = month_ends(entries, EXACT, both).values()
    assert (end.opening_balance, end.is_proven) == (8, False)
    assert [found.kind for found in day_breaks(entries, EXACT, both).values()] == ["balances_differ"]


def test_known_balance_contradicts_the_steps_of_its_day() -> None:
    entries = [entry(10, 5, 15), entry(10, 5, 20, "g")]
    assert day_breaks(entries, EXACT, [known(date(2024, 1, 10), 20)]) == {}
    (found,) = day_breaks(entries, EXACT, [known(date(2024, 1, 10), 25)]).values()
    assert (found.kind, found.closing_balance) == ("balances_differ", 25)


def test_account_that_opens_on_zero_is_proven() -> None:
    code = replace(EXACT, opens_on_zero=True)
    (end,) = month_ends([entry(10, 5, None)], code).values()
    assert (end.balance, end.is_proven) == (5, True)
    (stated_otherwise,) = day_breaks([entry(10, 5, 15)], code).values()
    assert (stated_otherwise.opening_balance, stated_otherwise.break_amount) == (0, 10)


def test_one_balance_a_day_is_no_step() -> None:
    code = replace(EXACT, balance_stated="end_of_day")
    (closing,) = close_days([entry(10, 5, 20), entry(10, 5, 20, "g")], code)
    assert (closing.closing, closing.decided_by, closing.contradicts) == (20, "known", False)
    (closing,) = close_days([entry(10, 5, 20, "a"), entry(10, 5, 25, "b")], code)
    assert (closing.decided_by, closing.contradicts) == ("undecided", True)


def test_last_line_decides_where_neighbours_do_not() -> None:
    circle = [replace(entry(10, 5, 15, "a"), place=(1, 3)), replace(entry(10, -5, 10, "b"), place=(1, 2))]
    decided = [close_days(circle, replace(EXACT, order=order))[0] for order in ("oldest_first", "newest_first", "")]
    assert [(one.closing, one.decided_by) for one in decided] == [(15, "order"), (10, "order"), (15, "undecided")]
