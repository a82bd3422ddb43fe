"""Files that others made to torture CSV readers, and a real bank's export."""

from __future__ import annotations

import csv
import gzip
import io
import json
import shutil
from collections.abc import Iterable
from pathlib import Path

import landing_tools

from loader.contract.project import load_contracts
from loader.csv.dialect import Dialect
from loader.csv.structure import RECORD_LIMIT
from loader.lake.landing import Landing
from tests.loader.structure_tools import reader_of

FEEDS = Path(__file__).parents[1] / "feeds"


def rows_of(data: bytes) -> tuple[list[str], list[list[str]], int]:
    """Return header, sound rows and the number of malformed ones."""
    head, reader, _ = reader_of(data, Dialect(",", '"', "utf-8"), 16, RECORD_LIMIT)
    header = head.cells
    rows, malformed = [], 0
    for batch in reader.batches(head.width):
        columns = [[value or "" for value in column.to_pylist()] for column in batch.table.columns]
        rows += [list(row) for row in zip(*columns, strict=True)]
        malformed += len(batch.malformed.raw_text) if batch.malformed else 0
    return header, rows, malformed


def one_newline(values: Iterable[str]) -> list[str]:
    """The expectations were written on a system that changes CRLF inside values."""
    return [value.replace("\r\n", "\n") for value in values]


def test_csv_spectrum_reads_as_its_authors_say(test_data: Path) -> None:
    files = sorted((test_data / "csv" / "csv-spectrum" / "csvs").glob("*.csv"))
    assert files
    for file in files:
        header, rows, malformed = rows_of(file.read_bytes())
        stated = json.loads((file.parents[1] / "json" / f"{file.stem}.json").read_bytes())
        expected = stated if isinstance(stated, list) else [stated]
        if file.stem == "location_coordinates":
            # Bare quotes inside unquoted fields (feet and minutes), which RFC 4180 does not allow.
            assert (rows, malformed) == ([], 1)
            continue
        assert malformed == 0, file.name
        assert [one_newline(row) for row in rows] == [one_newline(row[name] for name in header) for row in expected]


def test_csv_test_data_reads_as_its_authors_say(test_data: Path) -> None:
    files = sorted((test_data / "csv" / "csv-test-data" / "csv").glob("[!b]*.csv"))
    assert files
    for file in files:
        _, rows, malformed = rows_of(file.read_bytes())
        stated = json.loads((file.parents[1] / "json" / f"{file.stem}.json").read_bytes())
        expected = [list(row.values()) for row in stated] if stated and isinstance(stated[0], dict) else stated[1:]
        assert malformed == 0, file.name
        # A line of empty cells is no row.
        assert [one_newline(row) for row in rows] == [one_newline(row) for row in expected if any(row)], file.name


def test_the_bad_files_of_csv_test_data_cost_their_bad_row(test_data: Path) -> None:
    folder = test_data / "csv" / "csv-test-data" / "csv"
    counts = {file.stem: rows_of(file.read_bytes())[2] for file in folder.glob("bad-*.csv") if file.stat().st_size}
    structural = {"bad-missing-quote", "bad-unescaped-quote", "bad-quotes-with-unescaped-quote"}
    wrong_count = {"bad-header-less-fields", "bad-header-more-fields"}
    assert {name for name, count in counts.items() if count} == structural | wrong_count


def test_every_berka_row_lands_as_the_standard_library_reads_it(
    test_data: Path, project: Path, landing: Landing, lake: Path
) -> None:
    file = test_data / "berka" / "trans_complete_to_940330.asc.gz"
    shutil.copytree(FEEDS / "berka_transactions", project / "models" / "staging" / "berka_transactions")
    contract = load_contracts(project)["berka_transactions"]
    landed = landing.land(file, contract)
    text = gzip.decompress(file.read_bytes()).decode()
    expected = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";", strict=True))
    assert (landed.manifest.rows_landed, landed.manifest.rows_malformed) == (46_997, 0)
    headers = {column.name: column.shown for column in contract.columns}
    found = landing_tools.read_rows(lake, contract)
    assert [{headers[name]: row[name] or "" for name in headers} for row in found] == expected
