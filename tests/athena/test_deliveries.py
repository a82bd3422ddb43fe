"""The same files on both engines: what readers see is equal, and of two builds at once one publishes."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest

from tests.athena.house import AthenaHouse
from tests.athena.pair import Files, Pair
from tests.athena.parity import Difference, differences, relations
from tests.end_to_end import berka_oracle
from tests.end_to_end.house import House
from tests.end_to_end.previews import told_of

pytestmark = pytest.mark.dbt

LATE = "id,account_id,amount,new_balance,tx_date\nlate-1,LATE,1.00,1.00,2024-02-10\n"
TRANSACTIONS = Path("models", "staging", "transactions")
NOT_PUBLISHED = "NOT PUBLISHED: another build has published meanwhile"


@dataclass(frozen=True)
class Race:
    """What two builds of the second delivery printed that ran at the same time, and how the houses differed then."""

    pair: Pair
    winner: str
    loser: str
    publications: list[tuple[int, int]]
    found: list[Difference]


@pytest.fixture(scope="module")
def race(first: Pair, deliveries: list[Files]) -> Race:
    """The pair after the second delivery, which two builds took up."""
    first.land(deliveries[1])
    at = first.athena.clock()
    whole = ("build", "--exclude-resource-type", "unit_test")
    places = ("--target-path", "target-2", "--log-path", "logs-2")
    with first.athena.spawn(*whole, at=at) as one, first.athena.spawn(*whole, *places, at=at) as other:
        ended = sorted((build.result() for build in (one, other)), key=lambda build: build.exit_code)
    assert [build.exit_code for build in ended] == [0, 1], [build.output for build in ended]
    first.build_twin()
    publications = first.athena.query("select publication_number, file_count from publications order by 1")
    return Race(first, ended[0].output, ended[1].output, publications, first.found[-1])


@dataclass(frozen=True)
class Upkeep:
    """The builds of which a table had rows before and after upkeep, and how the houses differed then."""

    pair: Pair
    before: dict[str, int]
    after: dict[str, int]
    found: list[Difference]


@pytest.fixture(scope="module")
def tidied(race: Race) -> Upkeep:
    """The pair after what the loser has written was removed."""
    house = race.pair.athena
    tables = ("accepted_rows", "month_end_versions", "int_claims", "int_earlier_files", "int_this_build")

    def builds() -> dict[str, int]:
        ids = {table: "build_id" if table == "int_earlier_files" else "publication_id" for table in tables}
        return {table: house.query(f"select count(distinct {ids[table]}) from {table}")[0][0] for table in tables}

    before = builds()
    done = house.dbt("run-operation", "upkeep")
    assert done.exit_code == 0, done.output
    return Upkeep(race.pair, before, builds(), differences(house, race.pair.duckdb))


@pytest.fixture(scope="module")
def changed(tidied: Upkeep) -> Pair:
    """The pair after a feed has got another sign and a file of it was withdrawn."""
    pair = tidied.pair
    ((file_id,),) = pair.duckdb.query(
        "select file_id from file_reconciliation where feed = 'transactions' order by delivery_number desc limit 1"
    )
    at = pair.athena.clock().isoformat()
    for house in pair.houses:
        house.note("file_decisions", [file_id, "withdraw", "agreed with the bank", "A. Person", at])
        replace(house, "_transactions__sources.yml", "amount: [transaction_amount]", 'amount: ["-transaction_amount"]')
    pair.build()
    return pair


def replace(house: House, name: str, old: str, new: str) -> None:
    file = house.project / TRANSACTIONS / name
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))


def test_first_delivery_gives_equal_tables(first: Pair, record_property: Callable[[str, object], None]) -> None:
    counts = {name: first.duckdb.value(f"select count(*) from {name}") for name in relations(first.athena)}
    assert min(counts["fct_ledger_entries"], counts["month_end_balances"], counts["quarantine_entries"]) > 0
    rows, wrong = sum(counts.values()), len(first.found[0])
    record_property("parity", f"first load: {wrong} differences in {len(counts)} relations, {rows:,} rows")
    assert first.found[0] == []


def test_one_of_two_builds_at_once_publishes(race: Race) -> None:
    assert NOT_PUBLISHED not in race.winner
    assert NOT_PUBLISHED in race.loser
    assert race.publications == [(1, 3), (2, 3)]
    assert race.found == []


def test_preview_tells_of_a_build_on_both_engines_alike(race: Race) -> None:
    """It tells of a publication what it changed, as it tells of a build that did not commit what it would change."""
    of_build = "select publication_id from publications where publication_number = 2"
    on_athena, on_duckdb = (
        told_of(house, house.query(of_build)[0][0], limit=40) for house in (race.pair.athena, race.pair.duckdb)
    )
    assert len(on_athena["month_ends"]) == 40
    assert any(row["change"] == "changed" and row["is_closed"] == "True" for row in on_athena["month_ends"])
    for name in on_athena.keys() - {"build", "publication_id"}:
        assert on_athena[name] == on_duckdb[name], name


def test_upkeep_removes_the_rows_of_the_loser_only(tidied: Upkeep) -> None:
    # The first build found no earlier files.
    assert tidied.before == dict.fromkeys(tidied.before, 3) | {"int_earlier_files": 2}
    work = dict.fromkeys(("int_claims", "int_earlier_files", "int_this_build"), 1)
    assert tidied.after == {"accepted_rows": 2, "month_end_versions": 2} | work
    assert tidied.found == []


@pytest.mark.slow
def test_changed_sign_and_withdrawal_are_evaluated_alike(changed: Pair) -> None:
    assert changed.duckdb.value("select max(publication_number) from publications") == 3
    withdrawn = "select count(*) from condemned_entries where list_contains(rejection_reasons, 'FILE_WITHDRAWN')"
    assert changed.duckdb.value(withdrawn) > 0
    assert changed.found[2] == []


def test_worked_example_on_athena(race: Race) -> None:
    history = race.pair.athena.query(
        "select account_id, month, balance from month_end_balance_history where account_id in ('ACC001', 'ACC002')"
        " and feed = 'ledger_entries' and month < '2024-03' order by account_id, month"
    )
    assert history == [
        ("ACC001", "2024-01", Decimal(326)),
        ("ACC001", "2024-02", Decimal(326)),
        ("ACC002", "2024-01", None),
        ("ACC002", "2024-02", Decimal("-25.50")),
    ]


def test_readers_views_are_of_no_build(race: Race) -> None:
    house = race.pair.athena
    manifest = json.loads((house.project / "target" / "manifest.json").read_text())
    number = re.compile(r"'\d{8}T\d{12}Z-[0-9a-f]{8}'")
    folder = house.project / "target" / "compiled" / "ledger_lake"
    compiled = {
        node["name"]: (folder / node["original_file_path"]).read_text()
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["config"]["materialized"] == "view"
    }
    assert len(compiled) > 20
    assert [name for name, sql in compiled.items() if number.search(sql)] == []


def stages_of(house: AthenaHouse, sql: str) -> int:
    """Return into how many stages Trino cuts a query."""
    rows = house.query(f"explain (type distributed) {sql}")
    return sum(line.startswith("Fragment ") for (text,) in rows for line in text.splitlines())


def test_no_query_has_more_stages_than_athena_allows(race: Race) -> None:
    house = race.pair.athena
    views = {name: stages_of(house, f"select * from {name}") for name in relations(house)}
    assert max(views.values()) <= 60, views


def test_the_comparison_names_what_differs(race: Race) -> None:
    house = race.pair.athena

    def change(by: str) -> list[Difference]:
        house.query(
            f"update month_end_versions set balance = balance + {by}"
            " where account_id = 'ACC002' and month = date '2024-02-01'"
        )
        return differences(house, race.pair.duckdb, "month_end_balances")

    try:
        changed = change("0.0001")
    finally:
        assert change("-0.0001") == []
    assert "1 rows on DuckDB only, 1 on Athena only" in changed[0].what
    assert "ACC002" in changed[0].what


@dataclass
class Reads:
    """What was read from S3, from one moment on."""

    house: AthenaHouse
    log: Path
    position: int

    @classmethod
    def of(cls, house: AthenaHouse) -> Reads:
        log = house.engine.s3_access_log
        return cls(house, log, log.stat().st_size)

    def files(self) -> set[str]:
        """Return the keys of data files that were fetched, below the house's prefix."""
        with self.log.open(encoding="utf-8") as lines:
            lines.seek(self.position)
            fetched = re.findall(r"s3_GetObject (\S+) ", lines.read())
        prefix = f"{self.house.name}/"
        return {
            key.removeprefix(prefix) for key in fetched if key.startswith(prefix) and key.endswith((".parquet", ".zst"))
        }


def test_history_of_a_quarter_reads_its_months_only(race: Race) -> None:
    house = race.pair.athena
    reads = Reads.of(house)
    house.query("select * from month_end_balance_history")
    months = {
        found[1] for file in reads.files() if (found := re.search(r"/month_end_versions/.*/month=([0-9-]+)/", file))
    }
    assert 0 < len(months) <= 3, months


@pytest.mark.slow
def test_late_entry_reads_its_own_file_only(changed: Pair) -> None:
    pair = changed
    reads = Reads.of(pair.athena)
    pair.athena.build()
    nothing_new = reads.files()
    assert [file for file in nothing_new if file.startswith("lake/raw/")] == []
    file_id = pair.athena.land("ledger_entries", LATE).manifest.file_id
    reads = Reads.of(pair.athena)
    pair.athena.build(at=pair.athena.clock())
    # Before the comparison, which reads all that a view shows.
    parts = [file for file in reads.files() if file.startswith("lake/raw/")]
    assert parts
    assert all(f"/file_id={file_id}/" in part for part in parts), parts
    pair.build_twin()
    assert pair.found[-1] == []


@pytest.mark.slow
def test_a_bank_s_export_gives_equal_tables(new_pair: Callable[[], Pair], berka_export: Path) -> None:
    pair = new_pair()
    for house in pair.houses:
        house.add_feed("berka_transactions")
    months = berka_months(berka_export)
    # One file comes late: an account's chain of balances is closed again from there on.
    for files in (months[:8], months[9:], months[8:9]):
        pair.land(files)
        pair.build()
    assert pair.found == [[], [], []]


def berka_months(export: Path) -> Files:
    """Return the export as one file a month."""
    header, *lines = gzip.decompress(export.read_bytes()).decode("ascii").split("\r\n")[:-1]
    months: dict[str, list[str]] = {}
    for line in lines:
        (fields,) = csv.reader(io.StringIO(line), delimiter=";")
        months.setdefault(fields[2][:4], []).append(line)
    return [
        ("berka_transactions", f"trans_{month}.asc", ("\r\n".join([header, *rows]) + "\r\n").encode())
        for month, rows in sorted(months.items())
    ]


@pytest.fixture(scope="session")
def berka_export() -> Path:
    """The export of the Berka bank; tests that need it are skipped where it is absent."""
    export = berka_oracle.data_file()
    if export is None:
        pytest.skip("no Berka export: set LEDGER_LAKE_TEST_DATA to the folder that holds berka/")
    return export
