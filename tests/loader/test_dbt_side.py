"""What dbt's side of the project states about the loader's output is what the loader writes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path

import pytest
import yaml

from loader.contract.model import Contract
from loader.csv.contract_reader import ContractReader
from loader.csv.scan import Reason
from loader.errors import FileReason
from loader.lake.objects import Erasure, Manifest

PROJECT = Path(__file__).parents[2]


def source_columns(table: str) -> list[str]:
    """Return the columns that dbt states for one of the loader's own tables."""
    document = yaml.safe_load((PROJECT / "models" / "staging" / "_raw__sources.yml").read_text(encoding="utf-8"))
    (found,) = (entry for source in document["sources"] for entry in source["tables"] if entry["name"] == table)
    return [column["name"] for column in found["columns"]]


@pytest.mark.parametrize(("stage", "codes"), [("file", FileReason), ("structure", Reason)])
def test_every_reason_is_explained_in_the_seed(stage: str, codes: Iterable[str]) -> None:
    with (PROJECT / "seeds" / "rejection_codes.csv").open(encoding="utf-8", newline="") as seed:
        stated = [row["code"] for row in csv.DictReader(seed) if row["stage"] == stage]
    assert sorted(stated) == sorted(code for code in codes)


def test_malformed_rows_have_the_columns_that_dbt_reads_in_order(contract: Contract) -> None:
    reader = ContractReader(contract, io.BytesIO(b"PaymentID,Amount\nbad\n").read)
    (malformed,) = (malformed for _, malformed in reader.batches() if malformed is not None)
    partitions = ("ingest_date", "file_id")
    assert malformed.column_names == [name for name in source_columns("malformed_rows") if name not in partitions]


def test_every_column_of_files_is_a_field_of_the_manifest() -> None:
    columns = source_columns("files")
    assert columns
    # An erased file's has one more, out of the record of its erasure.
    assert set(columns) - Manifest.model_fields.keys() == {"erased_at"} <= Erasure.model_fields.keys()
