"""What the oracle itself promises, on histories small enough to settle by hand; then its figures on the real data."""

from __future__ import annotations

import itertools
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.end_to_end import berka_oracle as oracle


def entry(entry_id: str, day: str, amount: str, balance: str, account: str = "1") -> dict[str, str]:
    """A row of the export; a negative amount becomes a debit."""
    kind = "VYDAJ" if amount.startswith("-") else "PRIJEM"
    return {
        "trans_id": entry_id,
        "account_id": account,
        "date": day,
        "type": kind,
        "amount": amount.lstrip("-"),
        "balance": balance,
    }


def closing(rows: list[dict[str, str]], day: date) -> set[Decimal]:
    return set(oracle.closings(rows)["1", day])


def test_ids_out_of_posting_order_do_not_decide() -> None:
    rows = [
        entry("1", "930101", "100", "100"),
        entry("9", "930102", "50", "150"),
        entry("5", "930102", "-30", "120"),
    ]
    assert closing(rows, date(1993, 1, 2)) == {Decimal(120)}
    assert oracle.usual_rule(rows) == {("1", date(1993, 1, 1)): Decimal(150)}


def test_circle_day_closes_where_it_opened() -> None:
    rows = [
        entry("1", "930101", "200", "200"),
        entry("2", "930102", "50", "250"),
        entry("3", "930102", "-20", "200"),
        entry("4", "930102", "-30", "220"),
    ]
    assert closing(rows, date(1993, 1, 2)) == {Decimal(200)}


def test_circle_on_the_first_day_is_tied_until_the_next_day() -> None:
    rows = [entry("1", "930101", "40", "40"), entry("2", "930101", "-40", "0")]
    assert closing(rows, date(1993, 1, 1)) == {Decimal(0), Decimal(40)}
    assert oracle.tied_days(rows) == [("1", date(1993, 1, 1))]
    rows.append(entry("3", "930305", "15", "15"))
    assert closing(rows, date(1993, 1, 1)) == {Decimal(0)}
    assert oracle.tied_days(rows) == []


def test_missing_entry_costs_its_amount_and_no_more() -> None:
    rows = [
        entry("1", "930101", "1000", "1000"),
        # A debit of 75 between 1000 and 925 was never delivered.
        entry("3", "930103", "-100", "825"),
        entry("2", "930103", "10", "835"),
        entry("4", "930104", "1", "836"),
    ]
    assert closing(rows, date(1993, 1, 3)) == {Decimal(835)}
    day = oracle.Day.of(oracle.histories(rows)["1"][date(1993, 1, 3)])
    assert day.close({Decimal(1000): Decimal(0)})[Decimal(835)] == Decimal(75)


def test_twins_are_two_steps() -> None:
    rows = [
        entry("1", "930101", "100", "100"),
        entry("3", "930102", "-5", "95"),
        entry("2", "930102", "-5", "90"),
    ]
    assert closing(rows, date(1993, 1, 2)) == {Decimal(90)}


def test_twins_with_the_same_balance_leave_that_balance() -> None:
    rows = [entry("1", "930101", "100", "100"), entry("2", "930101", "0", "100"), entry("3", "930101", "0", "100")]
    assert closing(rows, date(1993, 1, 1)) == {Decimal(100)}


def test_rounded_balances_do_not_change_the_order() -> None:
    rows = [
        entry("1", "930101", "100.00", "100.00"),
        entry("4", "930102", "20.30", "120.40"),
        entry("3", "930102", "-14.60", "105.70"),
        entry("2", "930102", "7.20", "113.00"),
    ]
    assert closing(rows, date(1993, 1, 2)) == {Decimal("113.00")}


def test_quiet_months_carry_to_the_last_month_of_any_account() -> None:
    rows = [entry("1", "931115", "80", "80"), entry("2", "940220", "1", "1", account="2")]
    assert oracle.month_end_balances(rows) == {
        ("1", date(1993, 11, 1)): Decimal(80),
        ("1", date(1993, 12, 1)): Decimal(80),
        ("1", date(1994, 1, 1)): Decimal(80),
        ("1", date(1994, 2, 1)): Decimal(80),
        ("2", date(1994, 2, 1)): Decimal(1),
    }


def test_usual_rule_compares_ids_as_numbers_unless_told() -> None:
    rows = [entry("9", "930101", "1", "1"), entry("10", "930101", "1", "2")]
    january = ("1", date(1993, 1, 1))
    assert oracle.usual_rule(rows)[january] == Decimal(2)
    assert oracle.usual_rule(rows, id_as_text=True)[january] == Decimal(1)


def test_a_day_too_large_to_search_is_refused() -> None:
    with pytest.raises(ValueError, match="15 entries on one day"):
        oracle.cheapest_chains([oracle.Entry("1", Decimal(0), Decimal(0))] * 15)


step = st.tuples(st.integers(-9, 9), st.integers(-9, 9))


def lives(days: int, entries: int) -> st.SearchStrategy[list[list[tuple[int, int]]]]:
    return st.lists(st.lists(step, min_size=1, max_size=entries), min_size=1, max_size=days)


@given(days=lives(days=4, entries=2) | lives(days=2, entries=4))
def test_search_finds_what_trying_every_order_finds(days: list[list[tuple[int, int]]]) -> None:
    entries = [[oracle.Entry("1", Decimal(before), Decimal(after)) for before, after in day] for day in days]
    costs: dict[tuple[Decimal, ...], Decimal] = {}
    for life in itertools.product(*(itertools.permutations(day) for day in entries)):
        chain = list(itertools.chain.from_iterable(life))
        cost = sum((abs(b.before - a.after) for a, b in itertools.pairwise(chain)), Decimal(0))
        ends = tuple(day[-1].after for day in life)
        costs[ends] = min(cost, costs.get(ends, cost))
    best = [ends for ends, cost in costs.items() if cost == min(costs.values())]
    expected = [frozenset(values) for values in zip(*best, strict=True)]
    assert oracle.possible_closings([oracle.Day.of(day) for day in entries]) == expected


@pytest.fixture(scope="module")
def berka() -> list[dict[str, str]]:
    path = oracle.data_file()
    if path is None:
        pytest.skip(f"{oracle.FILE_NAME} is absent; set LEDGER_LAKE_TEST_DATA to the folder that holds it")
    return oracle.read_rows(path)


@pytest.mark.berka
def test_no_account_day_of_the_real_data_is_tied(berka: list[dict[str, str]]) -> None:
    assert len(berka) == 46_997
    assert oracle.tied_days(berka) == []


@pytest.mark.berka
def test_usual_rule_is_wrong_for_4721_of_10950_account_months(berka: list[dict[str, str]]) -> None:
    right = oracle.month_end_balances(berka)
    usual = oracle.usual_rule(berka)
    assert right.keys() == usual.keys()
    booked = oracle.months_with_entries(berka)
    wrong = {key for key in right if right[key] != usual[key]}
    assert (len(booked), len(wrong & booked)) == (10_950, 4_721)
    # The eight quiet months carry a balance forward, three of them a wrong one.
    assert (len(right), len(wrong)) == (10_958, 4_724)
