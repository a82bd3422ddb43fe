"""A file is erased from a lake in a bucket and from a warehouse on Athena, and both engines show the same."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from loader.lake.catalog import open_catalog
from loader.lake.erasing import Eraser
from loader.lake.published import withdrawn_files
from loader.lake.storage import Store
from loader.lake.verification import verify
from tests.athena.pair import Pair
from tests.athena.parity import differences

# It builds twice on both engines.
pytestmark = [pytest.mark.dbt, pytest.mark.slow]

LEDGER = "id,account_id,amount,new_balance,tx_date\n"
PERSON = LEDGER + "1,PERSON1,1,1,2024-01-10\n2,PERSON1,1e3,1,2024-01-10\nPERSON1\n"
RECONCILED = """
select rows_delivered, rows_malformed, rows_condemned, rows_passed_over from file_reconciliation where file_id = '{}'
"""


def test_erased_file_is_gone_from_lake_and_warehouse(
    new_pair: Callable[[], Pair], monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = new_pair()
    house = pair.athena
    person = house.land("ledger_entries", PERSON).manifest.file_id
    house.land("ledger_entries", LEDGER + "1,REDACTED,1,1,2024-01-10\n")
    decided = [person, "withdraw", "request 17", "A. Person", house.clock().isoformat()]
    for one in pair.houses:
        one.note("file_decisions", decided)
    pair.build()
    for name, value in house.environment.items():
        monkeypatch.setenv(name, value)
    store = Store.open(house.root)
    eraser = Eraser(store, is_withdrawn=lambda file: file in withdrawn_files(store, [file]))
    assert eraser.erase(person, "request 17", "A. Person").removed == 3
    found = verify(store, open_catalog(store, house.project, house.contracts))
    assert (found.findings, found.erased) == ([], [person])

    pair.build()
    assert house.query(RECONCILED.format(person)) == [(3, 0, 0, 3)]
    for one in pair.houses:
        # Once more is no error.
        for rows in (2, 0):
            done = one.dbt("run-operation", "erase_rows", "--args", f"{{file_id: {person}}}")
            assert done.exit_code == 0, done.output
            assert f"set_aside_rows: {rows} rows of {person} deleted" in done.output
        assert one.query(f"select 1 from set_aside_rows where file_id = '{person}'") == []
    # No data file keeps a deleted row: 1 and 2 are files of deletions.
    assert house.query('select content from "set_aside_rows$files" where content > 0') == []
    assert [*pair.found, differences(*pair.houses)] == [[], [], []]
