"""Balances that are known beside entries: what files state of themselves, rows that tell one, and decided openings."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from loader.lake.landing import Landed
from tests.end_to_end.house import House
from tests.end_to_end.outside_entries import pass_over, state

pytestmark = pytest.mark.dbt

CARDS = "TransactionID,CustomerID,TransactionAmount,Currency,TransactionTimestamp\n"
MONTHS = """
select strftime(month, '%Y-%m'), opening_balance::double, movement::double, break_amount::double, balance::double,
    basis, is_proven
from month_end_balances where account_id = '{}' order by 1
"""
BREAKS = """
select account_id, booking_date::varchar, break_amount::double, kind, file_id is not null
from balance_breaks order by all
"""


def deliver(house: House, account: str, *entries: tuple[str, str], **stated: object) -> Landed:
    """Land a file of one account, of pairs of day and amount, which states balances outside its rows."""
    rows = [f"{account}-{day}-{amount},{account},{amount},EUR,{day}" for day, amount in entries]
    landed = house.land("transactions", CARDS + "\n".join([*rows, ""]))
    state(house, landed, **stated)
    return landed


def decide_opening(
    house: House, account: str, as_of: str, balance: str, currency: str = "EUR", feed: str = "transactions"
) -> None:
    """Write down what an account held at the beginning of a day."""
    note = [feed, account, currency, as_of, balance, "statement 12", "A. Person", house.clock().isoformat()]
    house.note("opening_balances", note)


@pytest.fixture(scope="module")
def stated(new_house: Callable[[], House]) -> House:
    """A house with accounts whose files state an opening or closing balance each; no entry states one."""
    house = new_house()
    pass_over(house.project, "transactions")
    days = ("2024-01-10", "507.90"), ("2024-02-29", "-20"), ("2024-03-04", "345.68")
    deliver(house, "CLOSING", *days, closing_balance="1833.58", closing_date="2024-03-31")
    deliver(house, "OPENING", ("2024-01-10", "5"), ("2024-03-01", "2"), opening_balance="-7.50")
    deliver(
        house, "ADDS-UP", ("2024-01-10", "5"), opening_balance="10.00", closing_balance="15.00", period_end="2024-02-29"
    )
    deliver(
        house, "OFF", ("2024-01-10", "5"), opening_balance="10.00", closing_balance="18.00", period_end="2024-02-29"
    )
    deliver(house, "LATER", ("2024-03-10", "5"), closing_balance="25.00", closing_date="2024-04-02")
    house.land("transactions", f"{CARDS}a,TWO,1,EUR,2024-01-03\nb,OTHER,1,EUR,2024-01-03\n")
    unstated = house.land("transactions", f"{CARDS}c,TWO,1,EUR,2024-01-04\nd,OTHER,1,EUR,2024-01-04\n")
    state(house, unstated, closing_balance="9.00")
    house.build()
    return house


def test_months_before_a_known_balance_are_worked_backwards(stated: House) -> None:
    assert stated.query(MONTHS.format("CLOSING")) == [
        ("2024-01", 1000, 507.9, 0, 1507.9, "computed", False),
        ("2024-02", 1507.9, -20, 0, 1487.9, "computed", False),
        ("2024-03", 1487.9, 345.68, 0, 1833.58, "stated", True),
    ]


def test_stated_opening_proves_what_comes_after_it(stated: House) -> None:
    assert stated.query(MONTHS.format("OPENING")) == [
        ("2024-01", -7.5, 5, 0, -2.5, "computed", True),
        ("2024-02", -2.5, 0, 0, -2.5, "computed", True),
        ("2024-03", -2.5, 2, 0, -0.5, "computed", True),
    ]


def test_quiet_month_shows_the_break_of_its_closing_balance(stated: House) -> None:
    assert stated.query(MONTHS.format("OFF")) == [
        ("2024-01", 10, 5, 0, 15, "computed", True),
        ("2024-02", 15, 0, 3, 18, "stated", False),
        ("2024-03", 18, 0, 0, 18, "stated", False),
    ]
    assert stated.query(BREAKS) == [
        ("OFF", "2024-02-29", 3, "file_does_not_add_up", True),
        ("OFF", "2024-02-29", 3, "movement_missing", False),
    ]
    assert stated.query(MONTHS.format("ADDS-UP"))[1:] == [
        ("2024-02", 15, 0, 0, 15, "stated", True),
        ("2024-03", 15, 0, 0, 15, "stated", True),
    ]


def test_balance_beyond_the_feeds_months_proves_none_yet(stated: House) -> None:
    assert stated.query(MONTHS.format("LATER")) == [("2024-03", 20, 5, 0, 25, "computed", False)]


def test_balance_of_nobody_is_kept_and_proves_nothing(stated: House) -> None:
    kept = stated.query("select account_id, day, balance::double from bank_balances where account_id is null")
    assert kept == [(None, None, 9)]
    assert stated.query(MONTHS.format("TWO"))[0] == ("2024-01", 0, 2, 0, 2, "computed", False)


def test_later_months_and_decisions_change_what_is_known(stated: House, new_house: Callable[[], House]) -> None:
    house = new_house()
    house.take_over(stated)
    # April comes: LATER is proven then, and breaks by what its own entry of April adds.
    deliver(house, "LATER", ("2024-04-02", "1"))
    # A decided opening agrees with what is worked backwards; another contradicts what the file states.
    decide_opening(house, "CLOSING", "2024-01-01", "1000.00")
    decide_opening(house, "OPENING", "2024-01-05", "-7.00")
    decide_opening(house, "TWO", "2024-01-04", "50")
    # All entries of this account are before the months that are closed again.
    decide_opening(house, "ADDS-UP", "2024-04-01", "15.00")
    # Nothing has entries of these: an account, a currency of a known account, a feed without files.
    decide_opening(house, "TWO!", "2024-01-01", "50")
    decide_opening(house, "OPENING", "2024-01-01", "50", currency="USD")
    decide_opening(house, "A", "2024-01-01", "50", feed="ledger_entries")
    built = house.build()
    assert "account TWO (transactions, EUR) has 1 entry before 2024-01-04" in built.output
    unused = re.findall(r"OPENING BALANCE NOT USED: account (.*?) has no entry", " ".join(built.output.split()))
    assert sorted(set(unused)) == ["A (ledger_entries, EUR)", "OPENING (transactions, USD)", "TWO! (transactions, EUR)"]
    assert house.query(MONTHS.format("LATER")) == [
        ("2024-03", 19, 5, 0, 24, "computed", False),
        ("2024-04", 24, 1, 0, 25, "stated", True),
    ]
    assert [row[6] for row in house.query(MONTHS.format("CLOSING"))] == [True, True, True, True]
    assert house.query(MONTHS.format("TWO"))[0] == ("2024-01", 49, 2, 0, 51, "computed", True)
    contradicted = house.query(MONTHS.format("OPENING"))
    assert [row[6] for row in contradicted] == [False, False, True, True]
    assert ("OPENING", "2024-01-10", 0, "balances_differ", False) in house.query(BREAKS)
    # One build of everything sees the same.
    seen = house.seen()
    house.start_empty()
    house.build()
    assert house.seen() == seen
    # A currency that is none is a mistake in the seed.
    decide_opening(house, "CLOSING", "2024-01-01", "1000.00", currency="eur")
    built = house.build("--select", "currencies", "opening_balances", exit_code=1)
    assert "opening_balances_are_complete" in built.output


@pytest.mark.slow
def test_rows_that_are_passed_over_state_balances(new_house: Callable[[], House]) -> None:
    house = new_house()
    pass_over(house.project)
    ledger = "id,account_id,amount,new_balance,tx_date\n"
    # A's statement has an opening row of no day and a closing row of the last of the month; B a line for each day.
    house.land(
        "ledger_entries",
        f"{ledger}opening-A,A,,20,\n1,A,5,25,2024-01-31\nclosing-A,A,,25,2024-02-10\n2,C,1,1,2024-02-01\n",
    )
    house.land(
        "ledger_entries",
        f"{ledger}3,B,5,15,2024-01-30\nbalance-1,B,,15,2024-01-30\n4,B,-1,14,2024-01-31\nbalance-2,B,,13,2024-01-31\n",
    )
    house.build()
    assert house.query(MONTHS.format("A")) == [
        ("2024-01", 20, 5, 0, 25, "stated", True),
        ("2024-02", 25, 0, 0, 25, "stated", True),
    ]
    assert house.query(MONTHS.format("B"))[0] == ("2024-01", 10, 4, -1, 13, "stated", False)
    assert house.query(BREAKS) == [("B", "2024-01-31", -1, "movement_missing", False)]
    # Without the file nobody states anything of B.
    ((file_id,),) = house.query("select distinct file_id from bank_balances where account_id = 'B'")
    house.decide(file_id, "withdraw")
    house.build()
    assert house.query("select distinct account_id from bank_balances") == [("A",)]
    assert house.query(MONTHS.format("B")) == []


@pytest.mark.slow
def test_balances_that_are_owed_are_turned_with_the_amounts(new_house: Callable[[], House]) -> None:
    house = new_house()
    contract = house.project / "models" / "staging" / "transactions" / "_transactions__sources.yml"
    text = contract.read_text()
    assert text.count("            kind: entries\n") == 1
    contract.write_text(text.replace("kind: entries\n", "kind: entries\n            positive: out\n"))
    deliver(
        house, "CARD", ("2024-01-10", "5"), opening_balance="10.00", closing_balance="15.00", period_end="2024-01-31"
    )
    house.build()
    assert house.query(MONTHS.format("CARD")) == [("2024-01", -10, -5, 0, -15, "stated", True)]


BALANCES = "models/balances"
WRONG = {
    "accounts_of_changed_balances_are_closed": [
        (
            f"{BALANCES}/int_touched_accounts.sql",
            "from changed_balances\n    where",
            "from changed_balances where 1 = 0 and",
        )
    ],
    "balances_that_files_state_are_kept": [
        (
            "models/evaluation/int_stated_balances.sql",
            "select 'closing_balance' as kind\n",
            "select 'day_balance' as kind\n",
        )
    ],
    "month_ends_are_the_banks": [
        (f"{BALANCES}/int_stated_days.sql", "cast(balance as", "cast(balance + 1 as"),
    ],
    "month_ends_add_up": [
        (f"{BALANCES}/int_months_closed.sql", "max_by(days.has_stated_day, days.booking_date) as", "true as"),
    ],
    "readers_see_the_stated_balances": [
        (
            "models/ledger/bank_balances.sql",
            "    stated.balance,",
            "    cast(stated.balance + 1 as decimal(38, 4)) as balance,",
        ),
    ],
}
"""Edits of models, by the audit that is to see them."""


@pytest.mark.slow
@pytest.mark.parametrize("audit", WRONG)
def test_audit_sees_a_wrong_known_balance(stated: House, new_house: Callable[[], House], audit: str) -> None:
    house = new_house()
    house.take_over(stated)
    for place, old, new in WRONG[audit]:
        model = house.project / place
        assert model.read_text().count(old) == 1
        model.write_text(model.read_text().replace(old, new))
    decide_opening(house, "LATER", "2024-01-01", "20.00")
    deliver(house, "WRONG", ("2024-01-10", "5"), closing_balance="15.00", closing_date="2024-03-31")
    built = house.build(exit_code=1)
    assert audit in built.output
    is_seen_before = audit != "readers_see_the_stated_balances"
    assert house.value("select count(*) from publications") == (1 if is_seen_before else 2)
