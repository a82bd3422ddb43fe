"""A person is erased: a redacted copy takes the place of a file, and no build, rebuild or audit misses its rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from loader.lake.catalog import FOLDER_CATALOG
from loader.lake.erasing import Eraser
from loader.lake.landing import Landing
from loader.lake.published import withdrawn_files
from loader.lake.storage import Store
from loader.lake.verification import verify
from tests.end_to_end.house import SEEN, House, always_one_lot
from tests.end_to_end.second_delivery import ACCOUNTS, CARDS, LEDGER, edit, many

pytestmark = [pytest.mark.dbt, pytest.mark.slow]

RULE = "models/staging/transactions"
ADDED = "    amount,"
# What was published of balances stays, under the id that it was published for.
BALANCES = {"main.month_end_versions"}
TEXT = ("accepted_rows", "set_aside_rows", "account_records", "stated_balances")
RECONCILED = """
select rows_delivered, rows_malformed, rows_accepted, rows_quarantined, rows_condemned, rows_duplicate,
    rows_passed_over, decision from file_reconciliation where file_id = '{}'
"""
AUDIT = ("test", "--exclude-resource-type", "unit_test", "--vars", "audit_scope: everything")
Seen = dict[str, list[tuple[Any, ...]]]


def card_file(person: str) -> str:
    """Return a delivery with entries, a row that breaks a rule, a repeated one and two broken lines of a person."""
    rows = [f"{n},{person},{n}.10,EUR,2024-01-{n % 27 + 1:02}" for n in range(1, 61)]
    return CARDS + "\n".join([*rows, f"61,{person},1e3,EUR,2024-01-09", rows[0], person, f"{person},x"]) + "\n"


@dataclass
class Erased:
    """A house of which a file was erased."""

    house: House
    file_id: str
    balances: list[list[Any]] = field(default_factory=list)
    before: Seen = field(default_factory=dict)

    @property
    def store(self) -> Store:
        return Store.open(str(self.house.lake))

    def erase(self) -> None:
        eraser = Eraser(self.store, is_withdrawn=lambda file: file in withdrawn_files(self.store, [file]))
        eraser.erase(self.file_id, "request 17", "A. Person")

    def note_balances(self) -> None:
        sums = "select feed, month, sum(balance), count(*) from month_end_balances group by all order by all"
        self.balances.append(self.house.query(sums))

    def rows_of_the_file(self) -> dict[str, int]:
        return {
            name: self.house.value(f"select count(*) from {name} where file_id = '{self.file_id}'") for name in TEXT
        }


@pytest.fixture(scope="module")
def erased(new_house: Callable[[], House]) -> Erased:
    """The way of docs/security.md: land a redacted copy, withdraw, build, erase, build, erase the rows."""
    house = new_house()
    person = house.land("transactions", card_file("PERSON1")).manifest
    house.land("transactions", CARDS + "100,C9,5,EUR,2024-02-03\n")
    house.land("ledger_entries", LEDGER + "1,A,10,10,2024-01-03\n" + many("Z", "2024-01", 1))
    house.land("accounts", ACCOUNTS + "A,EUR,2024-01-01,,open\n")
    house.note("file_decisions", [person.file_id, "release", "small file", "A. Person", house.clock().isoformat()])
    house.note("period_closes", ["2024-01-01", "close", house.clock().isoformat(), "A. Person", ""])
    house.build()
    found = Erased(house, person.file_id)
    found.note_balances()
    house.land("transactions", card_file("REDACTED"))
    house.decide(person.file_id, "withdraw")
    house.build()
    found.note_balances()
    found.before = house.seen()
    found.erase()
    house.build()
    found.note_balances()
    done = house.dbt("run-operation", "erase_rows", "--args", f"{{file_id: {person.file_id}}}")
    assert done.exit_code == 0, done.output
    # Two of the first publication, and all of its withdrawal.
    assert f"set_aside_rows: 64 rows of {person.file_id} deleted" in done.output
    return found


def test_balances_stay_through_withdrawal_and_erasure(erased: Erased) -> None:
    first, withdrawn, gone = erased.balances
    assert first == withdrawn == gone != []
    assert erased.house.value("select count(*) from month_end_balances where account_id = 'PERSON1'") == 0


def test_what_was_erased_is_told_as_erased(erased: Erased) -> None:
    assert erased.house.query(RECONCILED.format(erased.file_id)) == [(64, 0, 0, 0, 0, 0, 64, "withdraw")]
    assert erased.house.query("select * from held_files") == []


def test_nothing_else_is_another(erased: Erased) -> None:
    after = erased.house.seen()
    for view in SEEN:
        columns = [name for (name, *_) in erased.house.query(f"describe {view}")]
        place = (
            [n for n in columns if n not in ("publication_id", "published_at")].index("file_id")
            if "file_id" in columns
            else None
        )
        kept = [row for row in erased.before[view] if place is None or row[place] != erased.file_id]
        assert [row for row in after[view] if place is None or row[place] != erased.file_id] == kept


def test_no_record_holds_text_of_the_file(erased: Erased) -> None:
    assert erased.rows_of_the_file() == dict.fromkeys(TEXT, 0)
    others = "select count(*) from set_aside_rows where raw_record like '%REDACTED%'"
    assert erased.house.value(others) > 0


def test_no_table_but_the_balances_names_the_person(erased: Erased) -> None:
    """Every text of every table is searched: a new record that holds delivered text has to be erased as well."""
    columns = erased.house.query(
        "select table_schema || '.' || table_name, column_name"
        " from information_schema.columns natural join information_schema.tables"
        " where table_type = 'BASE TABLE' and data_type like '%VARCHAR%'"
    )
    assert len(columns) > 100
    naming = {
        table
        for table, column in columns
        if erased.house.value(f"select count(*) from {table} where cast({column} as varchar) like '%PERSON1%'")
    }
    assert naming == BALANCES


def test_lake_is_whole_and_sealed(erased: Erased) -> None:
    found = verify(erased.store, FOLDER_CATALOG)
    assert (found.findings, found.erased) == ([], [erased.file_id])


def test_audits_of_everything_pass(erased: Erased) -> None:
    audited = erased.house.dbt(*AUDIT)
    assert audited.exit_code == 0, audited.output
    assert "WARN=0" in audited.output


def test_build_without_news_publishes_nothing(erased: Erased) -> None:
    before = erased.house.value("select count(*) from publications")
    erased.house.build()
    assert erased.house.value("select count(*) from publications") == before


def test_changed_code_does_not_hold_the_feed(erased: Erased, new_house: Callable[[], House]) -> None:
    house = new_house()
    house.take_over(erased.house)
    edit(house, f"{RULE}/stg_transactions.sql", ADDED, "    -(-amount) as amount,")
    before = house.seen()
    house.build()
    assert house.query("select message from held_files") == []
    assert house.value("select max(publication_number) from publications") == 4
    assert house.seen() == before
    audited = house.dbt(*AUDIT)
    assert audited.exit_code == 0, audited.output


def test_full_refresh_does_not_hold_the_feed(erased: Erased, new_house: Callable[[], House]) -> None:
    house = new_house()
    house.take_over(erased.house)
    before = house.seen()
    house.build("--full-refresh")
    assert house.seen() == before


def test_rebuild_from_landing_shows_the_same(erased: Erased, new_house: Callable[[], House]) -> None:
    house = new_house()
    house.take_over(erased.house)
    house.start_empty()
    house.build()
    rebuilt, kept = house.seen(), erased.house.seen()
    assert {view for view in SEEN if rebuilt[view] != kept[view]} == set()
    audited = house.dbt(*AUDIT)
    assert audited.exit_code == 0, audited.output


def test_later_files_are_published_and_bytes_stay_away(erased: Erased, new_house: Callable[[], House]) -> None:
    house = new_house()
    house.take_over(erased.house)
    landing = Landing(Store.open(str(house.lake)), house.clock, draw_lot=always_one_lot)
    house.landing = landing
    assert house.land("transactions", card_file("PERSON1"), "again.csv").status == "already_landed"
    house.land("transactions", CARDS + "200,C9,5,EUR,2024-03-03\n", "later.csv")
    house.build()
    assert house.value("select count(*) from fct_ledger_entries where transaction_id = '200'") == 1


def test_erased_file_that_is_not_withdrawn_is_held_by_name(erased: Erased, new_house: Callable[[], House]) -> None:
    house = new_house()
    house.take_over(erased.house)
    other = house.value("select file_id from file_reconciliation where feed = 'ledger_entries'")
    balances = house.query("select * from month_end_balances order by all")
    Eraser(Store.open(str(house.lake)), is_withdrawn=lambda _: True).erase(other, "by mistake", "A. Person")
    house.build()
    assert house.query("select file_id, failure from held_files") == [
        (other, "erased: its rows are gone, and it is not withdrawn")
    ]
    assert house.query("select * from month_end_balances order by all") == balances
    refused = house.dbt("run-operation", "erase_rows", "--args", f"{{file_id: {other}}}")
    assert "NOTHING WAS DELETED" in refused.output
    house.decide(other, "withdraw")
    house.build()
    assert house.query("select * from held_files") == []
    assert house.query(RECONCILED.format(other)) == [(31, 0, 0, 0, 0, 0, 31, "withdraw")]
