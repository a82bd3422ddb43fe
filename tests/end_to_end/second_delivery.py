"""A small bank with one delivery published and a second one landed, on which tests try what goes wrong."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from tests.end_to_end.house import House

LEDGER = "id,account_id,amount,new_balance,tx_date\n"
CARDS = "TransactionID,CustomerID,TransactionAmount,Currency,TransactionTimestamp\n"
ACCOUNTS = "account,currency,opened,closed,status\n"
FIRST_AT = datetime(2026, 1, 2, 12, tzinfo=UTC)
SECOND_AT = datetime(2026, 1, 9, 12, tzinfo=UTC)
THIRD_AT = datetime(2026, 1, 16, 12, tzinfo=UTC)
PUBLIC = (
    "accounts",
    "balance_breaks",
    "bank_balances",
    "closed_months",
    "condemned_entries",
    "duplicate_entries",
    "fct_ledger_entries",
    "file_reconciliation",
    "held_files",
    "malformed_rows",
    "month_end_balance_history",
    "month_end_balance_versions",
    "month_end_balances",
    "month_end_balances_as_closed",
    "month_end_balances_first_reported",
    "passed_over_entries",
    "publications",
    "quarantine_entries",
    "restatement_causes",
    "restatements",
)
# These name the invocation, so that they differ between two builds of the same.
OF_ONE_BUILD = ("publication_id", "previous_publication_id", "invocation_id")
Readers = dict[str, list[tuple[Any, ...]]]


def many(account: str, month: str, first: int, count: int = 30) -> str:
    """Return good rows of an account that nobody asks about: they keep refused ones below the limit."""
    return "".join(
        f"{account}{first + n},{account},1,{first + n},{month}-{n * 27 // count + 1:02}\n" for n in range(count)
    )


def land_first(house: House) -> None:
    """Land the delivery that is published: a bank that states balances, one that does not, accounts, a refused row."""
    house.land(
        "ledger_entries",
        LEDGER
        + "1,A,10,10,2024-01-03\n2,A,5,15,2024-01-03\n3,B,7,7,2024-01-31\n4,A,-1,14,2024-03-05\n5,A,1e3,9,2024-03-06\n"
        + many("Z", "2024-01", 1),
    )
    cards = "".join(f"t{n},C{n % 3},{n}.50,EUR,2024-0{n % 3 + 1}-1{n % 9}\n" for n in range(1, 31))
    house.land("transactions", CARDS + cards + "t90,C1,1e5,EUR,2024-01-05\n")
    house.land("accounts", ACCOUNTS + "A,EUR,2024-01-01,,open\nB,EUR,2024-01-01,,open\n")


def land_second(house: House) -> None:
    """Land what is pending: late entries, a new month, a duplicate, a conflict, a refused row, decisions, a close."""
    house.clock.moment = datetime(2026, 1, 8, 6, tzinfo=UTC)
    house.land(
        "ledger_entries",
        LEDGER
        # A late entry, whose balance the bank states as it was; a new account; a duplicate; a conflict; a broken line.
        + "6,A,3,18,2024-01-20\n7,D,50,50,2024-04-02\n1,A,10,10,2024-01-03\n3,B,8,8,2024-01-31\n8,B,x,1,2024-04-01\n"
        + "broken\n"
        + many("Z", "2024-04", 31, 80),
    )
    cards = "".join(f"u{n},C{n % 4},{n}.25,EUR,2024-0{n % 4 + 1}-2{n % 8}\n" for n in range(1, 41))
    house.land("transactions", CARDS + cards + "t1,C1,1.50,EUR,2024-02-11\n")
    house.land("accounts", ACCOUNTS + "A,EUR,2024-01-01,2024-03-31,closed\nB,EUR,2024-01-01,,open\n")
    file_id = house.value("select min(file_id) from file_reconciliation where feed = 'transactions'")
    at = "2026-01-08T12:00:00+00:00"
    house.note("row_decisions", [file_id, 3, "condemn", "", "", "not ours", "A. Person", at])
    house.note("row_decisions", [file_id, 31, "release", "", "", "looks right", "A. Person", at])
    house.note("period_closes", ["2024-01-01", "close", "2026-01-05T12:00:00+00:00", "A. Person", "quarter"])


def with_second_delivery(house: House) -> House:
    """Publish the first delivery and land the second."""
    land_first(house)
    house.build(at=FIRST_AT)
    land_second(house)
    return house


def copy_of(original: House, folder: Path) -> House:
    """Return the house as it is now, lake, warehouse and project, free to be changed."""
    house = House(folder / "copy")
    for place in (house.lake, house.project):
        shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(original.lake, house.lake)
    shutil.copytree(original.project, house.project, ignore=shutil.ignore_patterns("logs"))
    house.clock.moment = original.clock.moment
    return house


def anew(house: House, folder: Path) -> House:
    """Return a house with the same lake and project and no warehouse."""
    other = copy_of(house, folder)
    for file in other.lake.glob("*.duckdb*"):
        file.unlink()
    return other


def readers_of(house: House, leave_out: Iterable[str] = OF_ONE_BUILD) -> Readers:
    """Return all that readers see, by view, without the columns that name a build. Only the warehouse is open."""
    shown = {}
    with duckdb.connect(str(house.warehouse), read_only=True) as connection:
        for view in PUBLIC:
            columns = [name for (name, *_) in connection.execute(f"describe {view}").fetchall()]
            kept = ", ".join(name for name in columns if name not in set(leave_out))
            shown[view] = connection.execute(f"select {kept} from {view} order by all").fetchall()
    return shown


def seen_by(house: House) -> Readers:
    """Return all that readers see, to the last id."""
    return readers_of(house, leave_out=())


def rows_of_nobody(house: House) -> dict[str, int]:
    """Return how many rows of each record belong to no publication."""
    records = [
        table
        for (table,) in house.query(
            "select distinct table_name from duckdb_columns() join duckdb_tables() using (table_name)"
            " where column_name = 'publication_id' and table_name <> 'publications'"
            " and duckdb_tables.schema_name = 'main'"
            " and duckdb_tables.database_name = current_database()"
        )
    ]
    assert "accepted_rows" in records
    counts = {
        record: house.value(
            f"select count(*) from {record} where publication_id not in (select publication_id from publications)"
        )
        for record in records
    }
    return {record: count for record, count in counts.items() if count}


def edit(house: House, place: str, old: str, new: str) -> None:
    """Change the project's copy; fail where the text is not there, so that no test breaks nothing."""
    path = house.project / place
    text = path.read_text()
    assert old in text, f"{place} has no {old!r}"
    path.write_text(text.replace(old, new))


def forget_code(house: House) -> None:
    """Leave models out of the hashes of code: a wrong model has always been there and has nothing evaluated again."""
    hashes = "macros/graph/code_hashes.sql"
    edit(house, hashes, "{{ return(checksums | join(' ')) }}", "{{ return('') }}")
    edit(house, hashes, "graph.nodes[node].checksum.checksum if node in graph.nodes else node", "node")
