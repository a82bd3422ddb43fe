"""What builds have said: states of accounts with the times of their deliveries, every balance that was published."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from tests.end_to_end.house import House

pytestmark = pytest.mark.dbt

ACCOUNTS = "account,currency,opened,closed,status\n"
LEDGER = "id,account_id,amount,new_balance,tx_date\n"
TRANSACTIONS = "TransactionID,CustomerID,TransactionAmount,Currency,TransactionTimestamp\n"
JANUARY, FEBRUARY = date(2024, 1, 1), date(2024, 2, 1)
# The only day of CIRCLE and of MIXED went from 100 to 150 and back, or from 150 to 100 and back: nothing tells, and the
# smallest id stands, that of 150.
CIRCLES = "".join(
    f"{name}-a,{name},50,150,2024-01-02\n{name}-b,{name},-50,100,2024-01-02\n" for name in ("CIRCLE", "MIXED")
)
LAST_STATES = "select account_id, status, dbt_valid_from from accounts_snapshot where dbt_valid_to is null order by 1"
PUBLISHED = (
    "select account_id, month, balance from published_balances_snapshot where dbt_valid_to is null order by 1, 2"
)


@dataclass
class Story:
    """A house, and what stood in its tables after each of its builds."""

    house: House
    began: list[datetime] = field(default_factory=list)
    states: list[list[tuple[Any, ...]]] = field(default_factory=list)
    published: list[list[tuple[Any, ...]]] = field(default_factory=list)

    def build(self, *arguments: str) -> None:
        self.began.append(datetime.now(UTC).replace(tzinfo=None))
        self.house.build(*arguments)
        self.states.append(
            self.house.query(
                "select account_id, status, dbt_valid_from, dbt_valid_to from accounts_snapshot"
                " order by account_id, dbt_valid_from"
            )
        )
        self.published.append(
            self.house.query("select * exclude (dbt_valid_to) from published_balances_snapshot order by all")
        )

    def committed(self, feed: str) -> list[datetime]:
        """Return when the files of a feed were committed."""
        runs = self.house.query(f"select known_at from run_reconciliation where feed = '{feed}' order by known_at")
        return [known_at for (known_at,) in runs]

    def changes(self, build: int) -> list[tuple[Any, ...]]:
        """Return what one build has published in place of something else."""
        return self.house.query(
            "select account_id, month, balance_before, balance, difference, by_data, by_code from publication_changes"
            f" where published_at between '{self.began[build]}' and '{self.began[build + 1]}' order by 1, 2"
        )


def change_code(house: House) -> None:
    """Let the greatest id stand where nothing tells how a day ended, and take open accounts for closed ones."""
    accounts = house.project / "models" / "marts" / "ledger" / "accounts.sql"
    other = "case status when 'open' then 'closed' else 'open' end as status"
    accounts.write_text(accounts.read_text().replace("\n    status,\n", f"\n    {other},\n"))
    macro = house.project / "macros" / "balances" / "close_days.sql"
    rule = "broken_amount, from_previous, first_id"
    assert rule in macro.read_text()
    macro.write_text(macro.read_text().replace(rule, f"{rule} desc"))


def change_contract(house: House) -> None:
    """Refuse accounts that are closed: those that were accepted stay."""
    contract = house.contract_file("accounts")
    text = contract.read_text().replace("accepted_values: [open, closed]", "accepted_values: [open]")
    contract.write_text(text.replace("quarantine_limit: 0.05", "quarantine_limit: 0.5"))


@pytest.fixture(scope="module")
def story(new_house: Callable[[], House]) -> Story:
    story = Story(new_house())
    house = story.house
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("LEDGER_LAKE_CODE_VERSION", "v1")
        house.land("accounts", ACCOUNTS + "A,EUR,2024-01-01,,open\nB,EUR,2024-01-01,,open\n")
        house.land("ledger_entries", LEDGER + CIRCLES)
        house.land("transactions", TRANSACTIONS + "t1,C,100,EUR,2024-01-10\nt2,D,8,EUR,2024-02-01\n")
        story.build()
        house.land("accounts", ACCOUNTS + "B,EUR,2024-01-01,,open\nA,EUR,2024-01-01,,open\n")
        house.land("transactions", TRANSACTIONS + "t3,C,-12.50,EUR,2024-01-28\n")
        story.build()
        house.land("accounts", ACCOUNTS + "A,EUR,2024-01-01,2024-03-31,closed\nB,EUR,2024-01-01,,open\n")
        house.land("transactions", TRANSACTIONS + "t4,C,1,EUR,2024-01-29\n")
        story.build("--full-refresh")
        environment.setenv("LEDGER_LAKE_CODE_VERSION", "v2")
        house.land("ledger_entries", LEDGER + "MIXED-c,MIXED,5,155,2024-01-20\n")
        house.land("transactions", TRANSACTIONS + "t5,C,2,EUR,2024-02-15\n")
        change_code(house)
        change_contract(house)
        story.build("--full-refresh")
        story.build()
    return story


def test_account_has_a_state_for_each_content_from_the_delivery_that_brought_it(story: Story) -> None:
    first, _, third = story.committed("accounts")
    both_open = [("A", "open", first, None), ("B", "open", first, None)]
    assert story.states[0] == both_open
    assert story.states[1] == both_open, "the second delivery repeats the first"
    assert story.states[2] == [("A", "open", first, third), ("A", "closed", third, None), ("B", "open", first, None)]


def test_state_that_changed_code_brings_follows_the_one_it_replaces(story: Story) -> None:
    first, _, third = story.committed("accounts")
    after_first, after_third = first + timedelta(milliseconds=1), third + timedelta(milliseconds=1)
    assert story.states[3] == [
        ("A", "open", first, third),
        ("A", "closed", third, after_third),
        ("A", "open", after_third, None),
        ("B", "open", first, after_first),
        ("B", "closed", after_first, None),
    ]


def test_warehouse_from_nothing_begins_with_the_last_state_from_the_same_time(
    story: Story, new_house: Callable[[], House]
) -> None:
    house = new_house()
    house.land("accounts", ACCOUNTS + "A,EUR,2024-01-01,,open\nB,EUR,2024-01-01,,open\n")
    house.land("accounts", ACCOUNTS + "A,EUR,2024-01-01,2024-03-31,closed\nB,EUR,2024-01-01,,open\n")
    house.build("--select", "+accounts_snapshot")
    first, second = (known_at for (known_at,) in house.query("select known_at from int_runs order by known_at"))
    assert house.query(LAST_STATES) == [("A", "closed", second), ("B", "open", first)]
    assert house.value("select count(*) from accounts_snapshot") == 2
    assert house.value("select count(*) from account_records") == 4, "every delivery's word is kept here"


def test_ended_months_are_published_with_what_they_rest_on(story: Story) -> None:
    rows = story.house.query(
        "select account_id, month, balance, basis, is_proven, previous_restated, code_version,"
        f" known_until, published_at, run_id from published_balances_snapshot where published_at < '{story.began[1]}'"
        " order by account_id, month"
    )
    assert [row[:7] for row in rows] == [
        ("C", JANUARY, Decimal(100), "computed", True, None, "v1"),
        ("C", FEBRUARY, Decimal(100), "computed", True, None, "v1"),
        ("CIRCLE", JANUARY, Decimal(150), "stated", False, None, "v1"),
        ("D", FEBRUARY, Decimal(8), "computed", True, None, "v1"),
        ("MIXED", JANUARY, Decimal(150), "stated", False, None, "v1"),
    ]
    runs = {
        feed: (known_at, run_id)
        for feed, known_at, run_id in story.house.query(
            "select feed, min(known_at), min(run_id) from run_reconciliation group by feed"
        )
    }
    for account_id, *_, known_until, published_at, run_id in rows:
        feed = "transactions" if account_id in ("C", "D") else "ledger_entries"
        assert (known_until, run_id) == runs[feed]
        assert story.began[0] < published_at < story.began[1]


def test_late_entry_changes_what_is_published_by_data(story: Story) -> None:
    assert story.changes(1) == [
        ("C", JANUARY, Decimal(100), Decimal("87.5"), Decimal("-12.5"), Decimal("-12.5"), Decimal(0)),
        ("C", FEBRUARY, Decimal(100), Decimal("87.5"), Decimal("-12.5"), Decimal("-12.5"), Decimal(0)),
    ]


def test_full_refresh_by_the_same_code_changes_nothing_by_code(story: Story) -> None:
    assert story.changes(2) == [
        ("C", JANUARY, Decimal("87.5"), Decimal("88.5"), Decimal(1), Decimal(1), Decimal(0)),
        ("C", FEBRUARY, Decimal("87.5"), Decimal("88.5"), Decimal(1), Decimal(1), Decimal(0)),
    ]


def test_full_refresh_by_changed_code_is_split_into_data_and_code(story: Story) -> None:
    # The old files of MIXED end on 100 by the new rule; the new one tells that they ended on 150.
    assert story.changes(3) == [
        ("C", FEBRUARY, Decimal("88.5"), Decimal("90.5"), Decimal(2), Decimal(2), Decimal(0)),
        ("CIRCLE", JANUARY, Decimal(150), Decimal(100), Decimal(-50), Decimal(0), Decimal(-50)),
        ("MIXED", JANUARY, Decimal(150), Decimal(155), Decimal(5), Decimal(55), Decimal(-50)),
    ]
    versions = story.house.query(
        "select distinct account_id, code_version_before, code_version from publication_changes where by_code <> 0"
        " order by 1"
    )
    assert versions == [("CIRCLE", "v1", "v2"), ("MIXED", "v1", "v2")]


def test_what_was_published_stays_and_a_build_with_nothing_new_publishes_nothing(story: Story) -> None:
    assert story.published[4] == story.published[3]
    assert story.states[4] == story.states[3]
    assert [len(rows) for rows in story.published] == [5, 7, 9, 12, 12]
    assert all({*before} <= {*after} for before, after in pairwise(story.published))


@pytest.fixture(scope="module")
def house(new_house: Callable[[], House]) -> House:
    """January and February of C are published."""
    house = new_house()
    house.land("transactions", TRANSACTIONS + "t1,C,100,EUR,2024-01-10\nt2,C,8,EUR,2024-02-01\n")
    house.build()
    return house


def published(house: House, january: float, february: float) -> bool:
    """Return whether these balances of C, and nothing else, are what is published."""
    return house.query(PUBLISHED) == [("C", JANUARY, Decimal(january)), ("C", FEBRUARY, Decimal(february))]


def test_balances_are_published_when_their_checks_have_passed(house: House) -> None:
    assert published(house, 100, 108)
    run_id = house.land("transactions", TRANSACTIONS + "t3,C,1,EUR,2024-01-11\n").manifest.run_id
    check = house.project / "tests" / "singular" / "nothing_passes.sql"
    check.write_text("select * from {{ ref('month_end_balance_versions') }}")
    house.build(exit_code=1)
    check.unlink()
    assert published(house, 100, 108)
    assert house.query(f"select verdict from run_reconciliation where run_id = '{run_id}'") == []
    assert house.dbt("snapshot").exit_code == 0
    assert published(house, 100, 108), "a snapshot alone does not publish what no build has finished"
    house.build()
    assert published(house, 101, 109)


def test_run_that_is_held_publishes_nothing(house: House) -> None:
    held = house.land("transactions", TRANSACTIONS + "t4,C,1e3,EUR,2024-01-12\nt5,C,20,EUR,2024-01-12\n")
    house.build(exit_code=1)
    assert published(house, 101, 109)
    house.decide(held.manifest.run_id, "release")
    house.build()
    assert published(house, 121, 129)


def test_run_withdrawn_after_it_was_published_by_a_broken_build_is_taken_back(house: House) -> None:
    withdrawn = house.land("transactions", TRANSACTIONS + "t6,C,300,EUR,2024-01-13\nt7,E,5,EUR,2024-03-01\n")
    house.build("--exclude", "run_reconciliation", "--exclude-resource-type", "test")
    before = house.query(PUBLISHED)
    assert (before[0][2], before[-1][2]) == (421, 5)
    house.decide(withdrawn.manifest.run_id, "withdraw")
    house.build()
    assert [row for row in house.query(PUBLISHED) if row[2] is not None] == [
        ("C", JANUARY, Decimal(121)),
        ("C", FEBRUARY, Decimal(129)),
    ]
    changes = house.query("select by_code, balance from publication_changes where account_id = 'E' or by_code <> 0")
    assert changes == [(Decimal(0), None)]
