"""Only what passes is published: a file over a limit is held, its feed waits, other feeds go on."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from loader.contract.project import load_contracts
from tests.end_to_end.house import RECORDS, Build, House

pytestmark = pytest.mark.dbt

HEADER = "TransactionID,CustomerID,TransactionAmount,Currency,TransactionTimestamp\n"
LEDGER = "id,account_id,amount,new_balance,tx_date\n"
OF_TRANSACTIONS = "select account_id, month::varchar, balance from month_end_balances where feed = 'transactions'"


def transactions(prefix: str, day: str, good: int, bad: int = 0) -> str:
    """Return a file with sound rows of 1.00 and rows that no rule lets in."""
    rows = [f"{prefix}{number},C1,1.00,EUR,{day}" for number in range(good)]
    rows += [f"{prefix}x{number},C1,1e3,EUR,{day}" for number in range(bad)]
    return HEADER + "\n".join(rows) + "\n"


class Held:
    """A day that went well, then one on which a feed brings six bad rows of a hundred and another feed none."""

    def __init__(self, house: House) -> None:
        self.house = house
        house.land("transactions", transactions("a", "2024-01-10", good=20))
        house.build()
        self.before = house.query(OF_TRANSACTIONS)
        self.bad_file = house.land(
            "transactions", transactions("b", "2024-01-11", 94, 6), "transactions_b.csv"
        ).manifest.file_id
        self.later_file = house.land("transactions", transactions("c", "2024-01-12", 10)).manifest.file_id
        house.land("ledger_entries", LEDGER + "1,L1,5.00,5.00,2024-01-11\n")
        self.build: Build = house.build()


def files_read(house: House) -> list[tuple[str, bool]]:
    """Return the feed of each file that the last build evaluated, and whether the file was published before."""
    with duckdb.connect(str(house.lake / "work.duckdb"), read_only=True) as connection:
        return connection.execute(
            "select feed, is_published from main.int_files_to_evaluate where is_read order by all"
        ).fetchall()


@pytest.fixture(scope="module")
def held(new_house: Callable[[], House]) -> Held:
    return Held(new_house())


@pytest.fixture
def copy(held: Held, new_house: Callable[[], House]) -> House:
    """The house as the held file left it, free to be changed."""
    house = new_house()
    house.take_over(held.house)
    return house


def test_build_warns_of_the_held_file_with_figure_and_limit(held: Held) -> None:
    (line,) = [line for line in held.build.output.splitlines() if f"HELD: file {held.bad_file}" in line]
    assert "transactions_b.csv" in line
    assert "6 of 100 rows refused" in line
    assert "limit 5.00 %" in line
    assert "file_decisions.csv" in line


def test_balances_of_a_held_feed_are_those_of_yesterday(held: Held) -> None:
    assert held.before == [("C1", "2024-01-01", Decimal(20))]
    assert held.house.query(OF_TRANSACTIONS) == held.before


def test_other_feeds_are_published_while_one_is_held(held: Held) -> None:
    assert held.house.value("select balance from month_end_balances where feed = 'ledger_entries'") == 5


def test_later_file_of_the_feed_waits_behind_the_held_one(held: Held) -> None:
    waiting = held.house.query("select file_id, failure is not null, waits_behind from held_files order by file_id")
    assert waiting == [(held.bad_file, True, None), (held.later_file, False, held.bad_file)]


def test_no_row_of_a_held_file_is_published(held: Held) -> None:
    tables = ("fct_ledger_entries", "quarantine_entries", "file_reconciliation", "accepted_rows", "set_aside_rows")
    for table in tables:
        found = f"select count(*) from {table} where file_id in ('{held.bad_file}', '{held.later_file}')"
        assert held.house.value(found) == 0, table


def test_rows_of_a_held_file_can_be_looked_at(held: Held) -> None:
    ((command,),) = held.house.query(f"select message from held_files where file_id = '{held.bad_file}'")
    query = command.split("See its rows: ")[1].split(";")[0]
    assert held.house.value(f"select count(*) from ({query}) where len(rejection_reasons) > 0") == 6


def test_held_file_is_not_evaluated_again_for_nothing(copy: House) -> None:
    before = copy.contents(*RECORDS)
    again = copy.build()
    assert "HELD: file" in again.output
    assert copy.contents(*RECORDS) == before


def test_release_publishes_the_file_and_those_behind_it(held: Held, copy: House) -> None:
    copy.decide(held.bad_file, "release")
    copy.build()
    assert copy.query(OF_TRANSACTIONS) == [("C1", "2024-01-01", Decimal(20 + 94 + 10))]
    assert copy.value(f"select count(*) from quarantine_entries where file_id = '{held.bad_file}'") == 6
    assert copy.query("select * from held_files") == []


def test_withdrawn_file_is_condemned_and_its_correction_accepted(held: Held, copy: House) -> None:
    copy.decide(held.bad_file, "withdraw")
    copy.land("transactions", transactions("b", "2024-01-11", good=100))
    copy.build()
    reasons = copy.query(f"select distinct rejection_reasons from condemned_entries where file_id = '{held.bad_file}'")
    assert sorted(reasons) == [(["FILE_WITHDRAWN"],), (["TYPE_ERROR", "FILE_WITHDRAWN"],)]
    assert copy.value("select count(*) from condemned_entries") == 100
    assert copy.query(OF_TRANSACTIONS) == [("C1", "2024-01-01", Decimal(20 + 100 + 10))]


@pytest.mark.slow
def test_withdrawal_of_a_file_without_rows_is_recorded_once(copy: House) -> None:
    empty = copy.land("ledger_entries", LEDGER).manifest.file_id
    copy.build()
    copy.decide(empty, "withdraw")
    copy.build()
    assert copy.value(f"select decision from file_reconciliation where file_id = '{empty}'") == "withdraw"
    copy.build()
    assert files_read(copy) == []


def test_full_refresh_evaluates_a_feed_beside_its_held_file(held: Held, copy: House) -> None:
    before = copy.seen()
    copy.build("--full-refresh")
    assert [feed for feed, is_published in files_read(copy) if is_published] == ["ledger_entries", "transactions"]
    assert copy.seen() == before


@pytest.mark.slow
def test_full_refresh_with_nothing_new_publishes_nothing(copy: House) -> None:
    copy.land("ledger_entries", LEDGER)
    copy.build()
    before = copy.contents(*RECORDS)
    copy.build("--full-refresh")
    assert copy.contents(*RECORDS) == before


class HeldByCode:
    """Two files of one feed, held since a rule came that one row breaks."""

    def __init__(self, house: House) -> None:
        self.house = house
        rows = "".join(f"{number},L1,1.00,{number}.00,2024-01-10\n" for number in range(1, 5))
        self.first = house.land("ledger_entries", LEDGER + rows).manifest.file_id
        self.second = house.land("ledger_entries", LEDGER + "5,L2,5.00,5.00,2024-01-11\n").manifest.file_id
        house.build()
        self.contract = house.contract_file("ledger_entries").read_text()
        stricter = self.contract.replace(
            "type: id, required: true}", 'type: id, required: true, accepted_values: ["1", "2", "3", "5"]}', 1
        )
        house.contract_file("ledger_entries").write_text(stricter)
        house.build()
        held = house.query("select file_id from held_files order by delivery_number")
        assert held == [(self.first,), (self.second,)]

    def take_code_back(self) -> None:
        self.house.contract_file("ledger_entries").write_text(self.contract)


@pytest.fixture
def held_by_code(new_house: Callable[[], House]) -> HeldByCode:
    return HeldByCode(new_house())


@pytest.mark.slow
def test_code_taken_back_reads_only_rows_on_which_was_decided(held_by_code: HeldByCode) -> None:
    house = held_by_code.house
    condemned = [held_by_code.first, 4, "condemn", "", "", "wrong account", "A. Person", house.clock().isoformat()]
    house.note("row_decisions", condemned)
    for part in house.lake.glob(f"raw/ledger_entries/*/file_id={held_by_code.second}/*"):
        part.unlink()
    held_by_code.take_code_back()
    house.build()
    assert house.query("select * from held_files") == []
    assert house.query("select account_id, balance from month_end_balances") == [
        ("L1", Decimal(3)),
        ("L2", Decimal(5)),
    ]
    assert house.query("select row_number, rejection_reasons from condemned_entries") == [(4, ["CONDEMNED"])]


@pytest.mark.slow
@pytest.mark.parametrize("way_out", ["code", "release"])
def test_file_held_by_changed_code_passes_as_it_was(held_by_code: HeldByCode, way_out: str) -> None:
    house, first, second = held_by_code.house, held_by_code.first, held_by_code.second
    if way_out == "code":
        held_by_code.take_code_back()
    else:
        house.decide(first, "release")
    house.note("period_closes", ("2024-01-01", "close", "2099-01-01T00:00:00Z", "A. Person", "month end"))
    house.build()
    assert house.query("select * from held_files") == []
    assert house.value("select files_held from close_certificate") == 0
    decision = None if way_out == "code" else "release"
    assert house.query("select file_id, decision from file_reconciliation order by delivery_number") == [
        (first, decision),
        (second, None),
    ]


def test_file_with_a_lost_part_is_held_whatever_is_decided(held: Held, copy: House) -> None:
    malformed = copy.land("ledger_entries", LEDGER + "2,L1,5.00,10.00,2024-01-12\nbroken,L1\n").manifest.file_id
    copy.decide(held.bad_file, "release")
    copy.decide(held.later_file, "release")
    copy.decide(malformed, "release")
    for part in (
        *copy.lake.glob(f"raw/transactions/*/file_id={held.later_file}/*"),
        *copy.lake.glob(f"raw/malformed_rows/*/file_id={malformed}/*"),
    ):
        part.unlink()
    copy.build()
    assert copy.query("select file_id, failure from held_files order by delivery_number desc") == [
        (held.later_file, "counts: the manifest states 10 rows, 0 of them malformed; found 0 and 0 malformed"),
        (malformed, "counts: the manifest states 2 rows, 1 of them malformed; found 1 and 0 malformed"),
    ]
    assert copy.query(OF_TRANSACTIONS) == [("C1", "2024-01-01", Decimal(20 + 94))]


@pytest.mark.slow
def test_published_file_with_a_lost_part_holds_its_whole_feed(new_house: Callable[[], House], tmp_path: Path) -> None:
    house = new_house()
    rows = "9,L9,1.00,1.00,2024-01-09\n9,L9,2.00,2.00,2024-01-09\n"
    conflict = house.land("ledger_entries", LEDGER + rows).manifest.file_id
    house.decide(conflict, "release")
    first = house.land("ledger_entries", LEDGER + "1,L1,1.00,1.00,2024-01-10\n").manifest.file_id
    second = house.land(
        "ledger_entries", LEDGER + "1,L1,1.00,1.00,2024-01-10\n2,L2,2.00,2.00,2024-01-11\n"
    ).manifest.file_id
    house.build()
    of_ledger = "select account_id, balance from month_end_balances where feed = 'ledger_entries' order by all"
    before = [("L1", Decimal(1)), ("L2", Decimal(2))]
    assert house.query(of_ledger) == before

    (part,) = house.lake.glob(f"raw/ledger_entries/*/file_id={first}/*")
    part.rename(tmp_path / part.name)
    # The second build has no reason of its own to read the file.
    for build in (["--full-refresh"], []):
        house.build(*build)
        held = house.query("select file_id, failure from held_files where failure is not null")
        assert held == [(first, "counts: the manifest states 1 rows, 0 of them malformed; found 0 and 0 malformed")]

    # Its withdrawal would free a key of the second file. Neither that nor a decision behind it takes effect.
    now = house.clock().isoformat()
    house.decide(first, "withdraw")
    house.note(
        "row_decisions",
        [second, 2, "condemn", "", "", "wrong account", "A. Person", now],
        [conflict, 1, "release", "", "", "the first is right", "A. Person", now],
    )
    house.land("transactions", transactions("a", "2024-01-10", good=2))
    house.build()
    assert house.query(of_ledger) == before
    assert house.query(OF_TRANSACTIONS) == [("C1", "2024-01-01", Decimal(2))]

    (tmp_path / part.name).rename(part)
    house.build()
    assert house.query("select * from held_files") == []
    assert house.query(of_ledger) == [("L1", Decimal(1)), ("L9", Decimal(1))]
    entries = house.query(
        "select file_id, row_number from fct_ledger_entries where feed = 'ledger_entries' order by all"
    )
    assert entries == [(conflict, 1), (second, 1)]


def test_code_limit_and_a_decision_to_hold_hold_files(new_house: Callable[[], House]) -> None:
    house = new_house()
    contract = house.contract_file("transactions")
    limit = "quarantine_limit: "
    contract.write_text(contract.read_text().replace(limit, f"code_limit: 2\n            {limit}"))
    house.contracts = load_contracts(house.project)
    passed = house.land("transactions", transactions("a", "2024-01-10", good=80, bad=2)).manifest.file_id
    over = house.land("transactions", transactions("b", "2024-01-10", good=80, bad=3)).manifest.file_id
    doubted = house.land("ledger_entries", LEDGER + "1,L1,5.00,5.00,2024-01-11\n").manifest.file_id
    house.decide(doubted, "hold")
    house.build()
    assert house.query("select file_id from file_reconciliation") == [(passed,)]
    assert house.query("select file_id, failure from held_files order by feed") == [
        (doubted, "decision: hold"),
        (over, "code limit: TYPE_ERROR in 3 rows, limit 2"),
    ]


def test_decision_on_an_unknown_file_stops_the_build(held: Held, copy: House) -> None:
    before = copy.contents("publications", "month_end_versions")
    copy.decide(held.bad_file, "release")
    copy.decide("no-such-file", "release")
    assert "decisions_name_landed_rows" in copy.build(exit_code=1).output
    assert copy.contents("publications") == {"publications": before["publications"]}
    assert copy.query(OF_TRANSACTIONS) == held.before


@pytest.mark.slow
def test_release_that_waits_lifts_a_condemnation_and_is_recorded(new_house: Callable[[], House]) -> None:
    house = new_house()
    file_id = house.land("transactions", transactions("a", "2024-01-10", good=3)).manifest.file_id
    house.build()
    decide_row(house, file_id, "condemn")
    house.build()
    assert house.value("select count(*) from fct_ledger_entries") == 2
    doubted = house.land("transactions", transactions("b", "2024-01-11", good=3)).manifest.file_id
    house.decide(doubted, "hold")
    decide_row(house, file_id, "release")
    house.build()
    assert house.value("select count(*) from fct_ledger_entries") == 3
    assert house.query("select decision from decisions where row_number = 1 order by decided_at") == [
        ("condemn",),
        ("release",),
    ]
    # It can be undone by another decision only.
    seed = house.project / "seeds" / "row_decisions.csv"
    lines = seed.read_text().splitlines(keepends=True)
    seed.write_text("".join(lines[:-1]))
    assert "NOTHING WAS WRITTEN: 1 lines of the decisions" in house.build(exit_code=1).output


def decide_row(house: House, file_id: str, decision: str) -> None:
    """Write a decision on a file's first row into the seed, made now by the landing's clock."""
    at = house.clock().isoformat()
    house.note("row_decisions", [file_id, 1, decision, "", "", "agreed with the bank", "A. Person", at])


def test_file_of_any_number_of_rows_adds_up(new_house: Callable[[], House]) -> None:
    """Of 208,078 rows the squares of the row numbers, divided by six, are no number that a double holds."""
    house, count = new_house(), 208_078
    rows = "".join(f"{n},A,1,EUR,2024-01-02\n" for n in range(count))
    house.land("transactions", "TransactionID,CustomerID,TransactionAmount,Currency,TransactionTimestamp\n" + rows)
    house.build()
    assert house.value("select balance from month_end_balances") == count
