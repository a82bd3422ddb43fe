"""A wrong contract is put right: the next build takes the new reading of a file, in the file's place."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from loader.contract.project import load_contracts
from loader.lake.catalog import FOLDER_CATALOG
from loader.lake.relanding import Relander
from loader.lake.storage import Store
from loader.lake.verification import verify
from tests.end_to_end.house import House
from tests.end_to_end.second_delivery import CARDS, LEDGER

pytestmark = pytest.mark.dbt

# A key that is contested by the next file: the first file's row wins it, whenever that was read.
FIRST = LEDGER + "1,ø,10,10,2024-01-03\n2,A,5,15,2024-01-04\n"
SECOND = LEDGER + "1,A,99,99,2024-02-03\n" + "".join(f"{n},A,1,{n},2024-02-05\n" for n in range(10, 40))


def reland(house: House, file_id: str) -> None:
    house.contracts = load_contracts(house.project)
    store = Store.open(str(house.lake))
    Relander(store, FOLDER_CATALOG, house.contracts, require_open=lambda _: None, now=house.clock).reland(file_id)


def edit_contract(house: House, old: str, new: str) -> None:
    path = house.contract_file("ledger_entries")
    text = path.read_text()
    assert re.search(old, text)
    path.write_text(re.sub(old, new, text))


def assert_same_as_one_build(house: House) -> None:
    """See that one build of all files in an empty warehouse shows the same."""
    kept = house.seen()
    house.start_empty()
    house.build()
    assert house.seen() == kept
    assert verify(Store.open(str(house.lake)), FOLDER_CATALOG).findings == []


def test_held_file_is_published_once_it_is_read_rightly(new_house: Callable[[], House]) -> None:
    house = new_house()
    first = house.land("ledger_entries", FIRST.encode("iso-8859-1")).manifest
    house.land("ledger_entries", SECOND)
    house.land("transactions", CARDS + "t1,C,1.00,EUR,2024-01-05\n")
    house.build()
    assert house.query("select file_id, failure from held_files where waits_behind is null") == [
        (first.file_id, "quarantine rate: 1 of 2 rows refused, limit 5.00 %")
    ]
    edit_contract(house, "encoding: utf-8", "encoding: iso-8859-1")
    reland(house, first.file_id)
    # Nothing else is new: the reading alone has the file looked at again.
    house.build()
    assert house.query("select * from held_files") == []
    placed = "select delivery_number, rows_malformed, rows_accepted, rows_quarantined from file_reconciliation"
    assert house.query(f"{placed} where feed = 'ledger_entries' order by 1") == [(1, 0, 2, 0), (2, 0, 30, 1)]
    assert house.query("select account_id from fct_ledger_entries where transaction_id = '1'") == [("ø",)]
    published = house.value("select count(*) from publications")
    house.build()
    assert house.value("select count(*) from publications") == published
    assert_same_as_one_build(house)


@pytest.mark.slow
def test_withdrawn_file_counts_again_by_its_new_reading(new_house: Callable[[], House]) -> None:
    house = new_house()
    wrong = house.land("ledger_entries", LEDGER + "1,A,10,10,2024-01-03\n2,A,5,15,2024-01-04\n").manifest
    house.build()
    house.decide(wrong.file_id, "withdraw")
    house.build()
    # The two columns had been taken for each other.
    edit_contract(house, r"header: amount, type", "header: HEADER, type")
    edit_contract(house, r"header: new_balance, type", "header: amount, type")
    edit_contract(house, r"header: HEADER, type", "header: new_balance, type")
    reland(house, wrong.file_id)
    house.build()
    assert house.query("select rows_condemned, rows_accepted from file_reconciliation") == [(2, 0)]
    house.decide(wrong.file_id, "release")
    house.build()
    assert house.query("select amount from fct_ledger_entries order by transaction_id") == [(10,), (15,)]
    assert_same_as_one_build(house)


@pytest.mark.slow
def test_columns_change_freely_until_something_is_published(new_house: Callable[[], House]) -> None:
    house = new_house()
    house.land("transactions", CARDS + "t1,C,1.00,EUR,2024-01-05\n")
    edit_contract(house, "quarantine_limit: [0-9.]+", "quarantine_limit: 0")
    files = [house.land("ledger_entries", LEDGER + f"{n},A,1e3,10,2024-01-03\n").manifest for n in range(2)]
    house.build()
    assert [name for (name,) in house.query("select feed from file_reconciliation")] == ["transactions"]
    # A column is gone, and another one stands first.
    edit_contract(house, r"(?s)          - name: new_balance\n.*?(?=          - name: tx_date\n)", "")
    edit_contract(house, r"(?s)(.*columns:\n)(.*)(          - name: tx_date\n.*)", r"\1\3\2")
    edit_contract(house, r"(?m)^ +balance: new_balance\n", "")
    edit_contract(house, "extra_columns: reject", "extra_columns: keep")
    staging = house.project / "models/staging/ledger_entries/stg_ledger_entries.sql"
    staging.write_text(staging.read_text().replace("{{ to_decimal('new_balance') }}", "cast(null as decimal(24, 4))"))
    house.build()
    failures = house.query("select file_id, failure, message from held_files order by delivery_number")
    assert failures[0][:2] == (
        files[0].file_id,
        "contract: its parts hold the columns entry_id,account_id,amount,new_balance,tx_date,"
        " which are not the first ones of the contract",
    )
    assert failures[0][2].endswith(f"Run loader reland {files[0].file_id}")
    assert [failure for _, failure, _ in failures] == [failures[0][1], None]
    for file in files:
        reland(house, file.file_id)
    edit_contract(house, "quarantine_limit: 0", "quarantine_limit: 1")
    house.build()
    assert house.query("select * from held_files") == []
    assert house.query("select rows_quarantined from file_reconciliation where feed = 'ledger_entries'") == [(1,), (1,)]
    assert_same_as_one_build(house)
