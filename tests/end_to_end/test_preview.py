"""A preview says what a build then publishes, and changes nothing that readers see, however it ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import duckdb
import pytest

from pipeline.preview import Preview
from tests.end_to_end.house import House
from tests.end_to_end.previews import MonthEnds, changes, month_ends, preview, previewed_changes, spawn_preview
from tests.end_to_end.second_delivery import (
    ACCOUNTS,
    CARDS,
    FIRST_AT,
    LEDGER,
    SECOND_AT,
    Readers,
    edit,
    land_first,
    land_second,
    rows_of_nobody,
    seen_by,
)

pytestmark = [pytest.mark.dbt, pytest.mark.slow]

RULE = "models/staging/transactions"
RED = ("models/balances/int_compared_month_ends.sql", "    {{ rows_of(ref('int_month_ends')) }}", " and false")
ROWS = """
select feed, sum(rows_accepted), sum(rows_quarantined), sum(rows_condemned), sum(rows_duplicate)
from file_reconciliation group by feed
"""
CERTIFICATES = """
select strftime(month, '%Y-%m'), verdict, restatement_count::int from close_certificate
where publication_id = (select max_by(publication_id, publication_number) from publications)
"""
Rows = dict[str, tuple[int, ...]]


@dataclass
class Life:
    """A warehouse with a file held and others pending: previewed, previewed otherwise, killed, then built."""

    house: House
    before: Readers
    seen: dict[str, Readers]
    plain: Preview
    otherwise: Preview
    month_ends_before: MonthEnds
    rows_before: Rows


def rows(house: House) -> Rows:
    return {feed: tuple(map(int, counts)) for feed, *counts in house.query(ROWS)}


def publish_first(house: House) -> None:
    """Publish the first delivery, cards whose balance is zero whatever their sign, and hold a file of the accounts."""
    land_first(house)
    house.land("transactions", CARDS + "z1,ZERO,5,EUR,2024-01-06\nz2,ZERO,-5,EUR,2024-01-07\n")
    house.land("ledger_entries", LEDGER + "broken\n" + "".join(f"b{n},B,0,7,2024-02-0{n % 9 + 1}\n" for n in range(30)))
    house.land("accounts", ACCOUNTS + "A,EUR,someday,,open\n")
    house.build(at=FIRST_AT)


def preview_otherwise(house: House) -> Preview:
    """Preview with another sign, no malformed rows and a file withdrawn; take all of it back."""
    edited = [path for name in ("models", "seeds") for path in (house.project / name).rglob("*.*")]
    texts = {path: path.read_text() for path in edited}
    edit(house, f"{RULE}/_transactions__sources.yml", "amount: [transaction_amount]", "amount: [-transaction_amount]")
    edit(house, "models/staging/stg_malformed_rows.sql", "select * from decoded", "select *, 1 as seen from decoded")
    house.decide(house.value("select min(file_id) from file_reconciliation where feed = 'ledger_entries'"), "withdraw")
    found = preview(house, at=SECOND_AT).preview
    for path, text in texts.items():
        path.write_text(text)
    return found


@pytest.fixture(scope="module")
def life(new_house: Callable[[], House]) -> Life:
    house = new_house()
    publish_first(house)
    land_second(house)
    before, seen = seen_by(house), {}
    plain = preview(house, at=SECOND_AT, fails_on_closed=True)
    assert plain.exit_code == 5, plain.printed
    seen["pending files"] = seen_by(house)
    otherwise = preview_otherwise(house)
    seen["changed code and a decision"] = seen_by(house)
    with spawn_preview(house, at=SECOND_AT) as killed:
        killed.wait_for("PASS month_ends_add_up")
        killed.kill()
    seen["killed"] = seen_by(house)
    balances, reconciled = month_ends(house), rows(house)
    house.build(at=SECOND_AT)
    return Life(house, before, seen, plain.preview, otherwise, balances, reconciled)


@pytest.mark.parametrize("of", ["pending files", "changed code and a decision", "killed"])
def test_preview_leaves_what_readers_see(life: Life, of: str) -> None:
    assert life.seen[of] == life.before


def test_build_publishes_what_the_preview_says(life: Life) -> None:
    """Whatever else was previewed, or killed, in between."""
    after = month_ends(life.house)
    assert previewed_changes(life.plain.month_ends) == changes(life.month_ends_before, after) != set()
    assert life.plain.month_end_count == len(life.plain.month_ends)
    more = {feed.feed: feed for feed in life.plain.feeds}
    for feed, counts in rows(life.house).items():
        was = life.rows_before[feed]
        said = more[feed]
        assert (said.more_accepted, said.more_quarantined, said.more_condemned, said.more_duplicate) == tuple(
            now - before for now, before in zip(counts, was, strict=True)
        )
    told = [(row.month, row.verdict, row.restatement_count) for row in life.plain.certificates]
    assert told == life.house.query(CERTIFICATES) != []
    assert rows_of_nobody(life.house) == {}


def test_closed_months_come_first_then_the_largest(life: Life) -> None:
    order = [(not row.is_closed, row.change == "new", -abs(row.difference)) for row in life.plain.month_ends]
    assert order == sorted(order)
    closed = [row for row in life.plain.month_ends if row.is_closed]
    assert {row.month for row in closed} == {"2024-01"}
    assert life.plain.closed_count == len(closed) == life.house.value("select count(*) from restatements")


def test_preview_names_files_that_pass_are_held_or_wait(life: Life) -> None:
    found = {(row.feed, row.delivery_number): row for row in life.plain.files}
    assert {place: (row.verdict, row.was_published) for place, row in found.items()} == {
        ("accounts", 2): ("held", False),
        ("accounts", 3): ("waiting", False),
        ("ledger_entries", 3): ("passed", False),
        ("transactions", 1): ("passed", True),
        ("transactions", 3): ("passed", False),
    }
    assert (found["accounts", 2].failure or "").startswith("quarantine rate: 1 of 1 rows refused")
    assert found["accounts", 3].waits_behind == found["accounts", 2].file_id
    assert life.plain.end.name == "HELD"
    assert [(row.decision, row.row_number) for row in life.plain.decisions] == [("condemn", 3), ("release", 31)]


def test_changed_rule_names_no_month_end_that_stays(life: Life) -> None:
    """The feed is published anew as a whole; an account that held zero holds zero."""
    published = [row for row in life.otherwise.month_ends if row.feed == "transactions" and row.change != "new"]
    assert {row.account_id for row in published} == {"C0", "C1", "C2"}
    (balance,) = (row for row in life.otherwise.balances if row.feed == "transactions")
    assert balance.difference_of_published == sum(row.difference for row in published) != 0
    assert {feed.feed for feed in life.otherwise.feeds if feed.evaluation_changed} == {
        "transactions",
        "ledger_entries",
        "accounts",
    }
    assert life.plain.month_ends != life.otherwise.month_ends


def test_withdrawal_is_previewed(life: Life) -> None:
    (file,) = (row for row in life.otherwise.files if row.decision == "withdraw")
    assert (file.rows_accepted_published, file.rows_accepted, file.rows_condemned) == (34, 0, 35)
    assert ("withdraw", file.file_id, None) in [
        (row.decision, row.file_id, row.row_number) for row in life.otherwise.decisions
    ]
    gone = {(row.account_id, row.month) for row in life.otherwise.month_ends if row.change == "gone"}
    assert ("A", "2024-01") not in gone
    assert ("Z", "2024-01") in gone


@dataclass
class Empty:
    house: House
    red: dict[str, object]
    preview: Preview


@pytest.fixture(scope="module")
def empty(new_house: Callable[[], House]) -> Empty:
    """A warehouse in which nothing was ever published, previewed with a wrong model, then with the right one."""
    house = new_house()
    house.land("ledger_entries", LEDGER + "1,A,10,10,2024-01-03\n")
    house.land("transactions", CARDS + "1,C,1e3,EUR,2024-01-03\n")
    model, old, wrong = RED
    edit(house, model, old, old + wrong)
    red = preview(house)
    assert red.exit_code == 1, red.printed
    edit(house, model, old + wrong, old)
    return Empty(house, red.told, preview(house).preview)


def test_red_audit_is_named_and_ends_with_1(empty: Empty) -> None:
    assert empty.red["build_would_end"] == "failed"
    failed = empty.red["failed"]
    assert isinstance(failed, list)
    assert [row["message"] for row in failed if "every_account_has_every_month_once" in row["node"]] == [
        "Got 1 result, configured to fail if != 0"
    ]


def test_preview_of_an_empty_warehouse_is_all_new(empty: Empty) -> None:
    assert previewed_changes(empty.preview.month_ends) == {("ledger_entries", "A", "EUR", "2024-01", "new", None, 10)}
    assert [(row.feed, row.verdict) for row in empty.preview.files] == [
        ("transactions", "held"),
        ("ledger_entries", "passed"),
    ]
    assert not empty.house.has_table("publications")
    assert not empty.house.has_table("month_end_balances")


def test_preview_of_another_layout_writes_nothing(empty: Empty) -> None:
    with duckdb.connect(str(empty.house.warehouse)) as connection:
        connection.execute("create or replace view warehouse_schema as select 1 as layout_version")
    before = empty.house.warehouse.read_bytes()
    refused = preview(empty.house)
    assert refused.exit_code == 2
    assert refused.told["build_would_end"] == "broken"
    assert empty.house.warehouse.read_bytes() == before
