"""The same files on both engines: equal tables, at once or one after the other, and only what is needed is read."""

from __future__ import annotations

import csv
import gzip
import io
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from demo.generate import generate
from tests.athena.house import AthenaHouse, Twin
from tests.athena.parity import Difference, differences, relations
from tests.end_to_end import berka_oracle

pytestmark = pytest.mark.dbt

# One row a run, or seeds: what a build with nothing new may look at. None of them grows with the rows delivered.
RUN_LEVEL = {
    "int_runs",
    "int_run_money",
    "run_gate",
    "run_money_reconciliation",
    "run_reconciliation",
    "currencies",
    "rejection_codes",
    "run_decisions",
    "period_closes",
}
# After the first delivery; so later ones restate these months.
CLOSES = "".join(f"{month},close,2026-01-02T18:00:00Z,A. Person,\n" for month in ("2024-01-01", "2024-02-01"))
LATE = "id,account_id,amount,new_balance,tx_date\nlate-1,LATE,1.00,1.00,2024-02-10\n"

Files = list[tuple[str, str, bytes]]


@dataclass
class Pair:
    """A house on Athena and its twin on DuckDB, built after each day's delivery, and how they differed each time."""

    athena: AthenaHouse
    duckdb: Twin
    found: list[list[Difference]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for house in (self.athena, self.duckdb):
            with (house.project / "seeds" / "period_closes.csv").open("a") as closes:
                closes.write(CLOSES)

    def deliver(self, files: Files, *arguments: str) -> None:
        self.athena.clock.moment += timedelta(days=1)
        for feed, name, content in files:
            self.athena.land(feed, content, name)
        self.athena.build(*arguments)
        self.duckdb.build("--exclude-resource-type", "test")
        self.found.append(differences(self.athena, self.duckdb))


@pytest.fixture(scope="module")
def deliveries(tmp_path_factory: pytest.TempPathFactory) -> list[Files]:
    """The demo's two deliveries, each with a part of the Berka bank's months, and a third of a month that is late."""
    folder = tmp_path_factory.mktemp("demo")
    generate(folder, 6_000, 1)
    found: list[Files] = [
        [(path.name.rsplit("_", 1)[0], path.name, path.read_bytes()) for path in sorted((folder / name).iterdir())]
        for name in ("delivery-1", "delivery-2")
    ]
    months = berka_months()
    found[0] += months[:8]
    found[1] += months[9:]
    return [*found, months[8:9]] if months else found


def berka_months() -> Files:
    """Return the export as one file a month; none where it is absent, and the tests that need it say so."""
    export = berka_oracle.data_file()
    if export is None:
        return []
    header, *lines = gzip.decompress(export.read_bytes()).decode("ascii").split("\r\n")[:-1]
    months: dict[str, list[str]] = {}
    for line in lines:
        (fields,) = csv.reader(io.StringIO(line), delimiter=";")
        months.setdefault(fields[2][:4], []).append(line)
    return [
        ("berka_transactions", f"trans_{month}.asc", ("\r\n".join([header, *rows]) + "\r\n").encode())
        for month, rows in sorted(months.items())
    ]


@pytest.fixture(scope="module")
def new_pair(athena_house: Callable[[], AthenaHouse], tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Pair]:
    def make() -> Pair:
        house = athena_house()
        return Pair(house, Twin(tmp_path_factory.mktemp("twin"), original=house))

    return make


@pytest.fixture(scope="module")
def in_order(new_pair: Callable[[], Pair], deliveries: list[Files]) -> Pair:
    pair = new_pair()
    for files in deliveries:
        # The data tests run on what came at once, and on the builds after these.
        pair.deliver(files, "--exclude-resource-type", "test")
    return pair


def report(record_property: Callable[[str, object], None], what: str, pair: Pair) -> None:
    counts = {name: pair.duckdb.value(f"select count(*) from {name}") for name in relations(pair.duckdb)}
    assert min(counts["fct_ledger_entries"], counts["month_end_balances"], counts["quarantine_entries"]) > 0
    assert min(counts["close_certificate"], counts["closed_month_totals"], counts["closed_month_files"]) > 0
    rows = sum(counts.values())
    wrong = sum(len(found) for found in pair.found)
    record_property("parity", f"{what}: {wrong} differences in {len(relations(pair.duckdb))} relations, {rows:,} rows")


def test_files_that_come_at_once_give_equal_tables(
    new_pair: Callable[[], Pair], deliveries: list[Files], record_property: Callable[[str, object], None]
) -> None:
    pair = new_pair()
    pair.deliver([file for files in deliveries for file in files])
    report(record_property, "first load", pair)
    assert pair.found == [[]]


def test_deliveries_give_equal_tables_after_each_build(
    in_order: Pair, deliveries: list[Files], record_property: Callable[[str, object], None]
) -> None:
    report(record_property, f"{len(deliveries)} deliveries", in_order)
    assert in_order.found == [[] for _ in deliveries]


def test_a_bank_s_export_is_among_the_deliveries(in_order: Pair) -> None:
    if berka_oracle.data_file() is None:
        pytest.skip("no Berka export: set LEDGER_LAKE_TEST_DATA to the folder that holds berka/")
    assert in_order.athena.query("select count(*) from fct_ledger_entries where feed = 'berka_transactions'") == [
        (46_997,)
    ]


def test_the_comparison_names_what_differs(in_order: Pair) -> None:
    def change(by: str) -> list[Difference]:
        in_order.athena.query(
            f"update month_end_balances set balance = balance + {by}"
            " where account_id = 'ACC002' and month = date '2024-03-01'"
        )
        return differences(in_order.athena, in_order.duckdb, "month_end_balance_history", "month_end_balances")

    try:
        changed = change("0.0001")
    finally:
        assert change("-0.0001") == []
    assert [difference.relation for difference in changed] == ["month_end_balance_history", "month_end_balances"]
    assert "1 rows on DuckDB only, 1 on Athena only" in changed[1].what
    assert "ACC002" in changed[1].what


def test_worked_example_on_athena(in_order: Pair) -> None:
    history = in_order.athena.query(
        "select acct, month, balance from month_end_balance_history where acct in ('ACC001', 'ACC002')"
        " and feed = 'ledger_entries' order by acct, month"
    )
    assert history == [
        ("ACC001", "2024-01", Decimal(326)),
        ("ACC001", "2024-02", Decimal(326)),
        ("ACC001", "2024-03", Decimal(326)),
        ("ACC002", "2024-01", None),
        ("ACC002", "2024-02", Decimal("-25.50")),
        ("ACC002", "2024-03", Decimal("-125.50")),
    ]


@dataclass
class Reads:
    """What was read from S3 and by which statements, from one moment on."""

    house: AthenaHouse
    log: Path
    position: int
    statements_before: int

    @classmethod
    def of(cls, house: AthenaHouse) -> Reads:
        log = house.engine.s3_access_log
        return cls(house, log, log.stat().st_size, len(house.statements()))

    def files(self) -> set[str]:
        """Return the keys of data files that were fetched, below the house's prefix."""
        with self.log.open(encoding="utf-8") as lines:
            lines.seek(self.position)
            fetched = re.findall(r"s3_GetObject (\S+) ", lines.read())
        prefix = f"{self.house.name}/"
        return {
            key.removeprefix(prefix) for key in fetched if key.startswith(prefix) and key.endswith((".parquet", ".zst"))
        }

    def statements(self) -> list[dict[str, Any]]:
        return self.house.statements(self.statements_before)


def table_of(file: str) -> str:
    return file.split("/")[2]


def size_of(house: AthenaHouse, table: str, months: str) -> int:
    """Return the bytes of a table's files in the months that the SQL condition on their partition finds."""
    ((size,),) = house.query(f'select sum(file_size_in_bytes) from "{table}$files" where {months}')
    return int(size)


def test_history_of_a_quarter_reads_its_months_only(in_order: Pair) -> None:
    house = in_order.athena
    reads = Reads.of(house)
    house.query("select * from month_end_balance_history")
    files = reads.files()
    assert files
    assert all(re.search(r"/month_end_balances/.*/month=2024-0[123]-01/", file) for file in files), files


def test_build_with_nothing_new_reads_and_writes_no_row_of_a_file(in_order: Pair) -> None:
    house = in_order.athena
    reads = Reads.of(house)
    house.build()
    assert {table_of(file) for file in reads.files()} <= RUN_LEVEL
    merges = [one["sql"] for one in reads.statements() if re.search(r"^\s*merge into", one["sql"], re.MULTILINE)]
    assert all('"node_id": "snapshot.' in merge for merge in merges), merges


def test_new_run_reads_its_own_parts_and_merges_its_own_months(in_order: Pair) -> None:
    house = in_order.athena
    tables = {"int_daily_closing_balances": "booking_month", "month_end_balances": "month"}
    touched = {name: size_of(house, name, f"partition.{month} >= date '2024-02-01'") for name, month in tables.items()}
    whole = {name: size_of(house, name, "true") for name in tables}
    run_id = house.land("ledger_entries", LATE).manifest.run_id
    reads = Reads.of(house)
    house.build()
    parts = [file for file in reads.files() if file.startswith("lake/raw/")]
    assert parts
    assert all(f"/run_id={run_id}/" in part for part in parts), parts
    (closing,) = [
        one["sql"]
        for one in reads.statements()
        if '"node_id": "model.ledger_lake.int_daily_closing_balances"' in one["sql"] and "create table" in one["sql"]
    ]
    assert "entries.booking_month >= date '2024-02-01'" in closing
    for table in tables:
        (merge,) = [
            one for one in reads.statements() if f'merge into "awsdatacatalog"."{house.name}"."{table}"' in one["sql"]
        ]
        assert merge["tables"][f"{house.name}.{table}"] <= touched[table] < whole[table]
    in_order.duckdb.build()
    assert differences(house, in_order.duckdb) == []
