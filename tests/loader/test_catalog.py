"""The raw tables in Glue: made once, grown with the contracts, and nothing of others' touched."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from loader.contract.model import Contract
from loader.contract.project import load_contracts
from loader.csv.dialect import SeenDialect
from loader.errors import ContractError, StorageError, UsageError
from loader.lake.glue_catalog import GlueCatalog, database_name
from loader.lake.glue_tables import tables_for
from loader.lake.objects import Manifest, Part

PROJECT = Path(__file__).parents[2]
ROOT = "s3://bucket/prefix"
Edit = Callable[[str, str], Contract]
MEMO = "\n          - {name: memo, config: {meta: {header: Memo, type: text}}}"
PARTITION_KEYS = ["ingest_date", "file_id"]


@pytest.fixture
def glue(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """An empty Glue."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_GLUE"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        yield boto3.client("glue", region_name="eu-central-1")


@pytest.fixture
def calls(glue: Any) -> Counter[str]:
    """The calls that were made of Glue, by operation."""
    counted: Counter[str] = Counter()
    glue.meta.events.register("before-call.glue", lambda model, **_: counted.update([model.name]))
    return counted


@pytest.fixture
def project(project: Path) -> Path:
    """The test's project, with the real sources of the loader's own tables."""
    shutil.copy(PROJECT / "models" / "staging" / "_raw__sources.yml", project / "models" / "staging")
    return project


@pytest.fixture
def catalog(glue: Any, project: Path) -> Callable[..., GlueCatalog]:
    """Return a catalog for the contracts as they are now."""

    def make(root: str = ROOT) -> GlueCatalog:
        return GlueCatalog(glue, "raw", root, tables_for(project, load_contracts(project)))

    return make


def manifest(columns: str = "payment_id,amount", tables: tuple[str, ...] = ("payments",)) -> Manifest:
    """Return the manifest of a file with one part in each of the tables."""
    file_id = "20240201T100001000000Z-payments-0123abcd"
    parts = [
        Part(key=f"raw/{table}/ingest_date=2024-02-01/file_id={file_id}/part-00000.csv.zst", sha256="", bytes=1, rows=1)
        for table in tables
    ]
    return Manifest(
        file_id=file_id,
        feed="payments",
        delivery_number=1,
        file_name="payments.csv",
        sha256="0123abcd",
        bytes=1,
        compression=None,
        rows_delivered=1,
        rows_landed=1,
        rows_malformed=0,
        malformed_by_reason={},
        header_seen=[],
        extra_columns=[],
        dialect=SeenDialect(delimiter=",", quote='"', encoding="utf-8", line_ending="LF", bom=False),
        control_totals={},
        contract_version=1,
        columns=columns,
        loader_version="0",
        started_at="2024-02-01T10:00:01.000000Z",
        landed_at="2024-02-01T10:00:02.000000Z",
        ingest_date="2024-02-01",
        parts=parts,
    )


def names(columns: list[dict[str, str]]) -> list[str]:
    """Return the columns' names."""
    return [column["Name"] for column in columns]


def table(glue: Any, name: str) -> Any:
    """Return the table as Glue knows it."""
    return glue.get_table(DatabaseName="raw", Name=name)["Table"]


def partitions(glue: Any, name: str) -> dict[tuple[str, ...], Any]:
    """Return the table's partitions by their values: location and columns."""
    found = glue.get_partitions(DatabaseName="raw", TableName=name)["Partitions"]
    storages = {tuple(partition["Values"]): partition["StorageDescriptor"] for partition in found}
    return {values: (storage["Location"], names(storage["Columns"])) for values, storage in storages.items()}


def test_a_feeds_table_reads_its_parts_by_its_contract(glue: Any, catalog: Callable[..., GlueCatalog]) -> None:
    catalog().prepare()
    found = table(glue, "payments")
    assert found["TableType"] == "EXTERNAL_TABLE"
    assert found["Parameters"] == {"EXTERNAL": "TRUE", "classification": "csv"}
    assert [(key["Name"], key["Type"]) for key in found["PartitionKeys"]] == [
        ("ingest_date", "date"),
        ("file_id", "string"),
    ]
    storage = found["StorageDescriptor"]
    assert storage["Location"] == "s3://bucket/prefix/raw/payments/"
    assert names(storage["Columns"]) == ["row_number", "line_number", "extra_fields", "payment_id", "amount"]
    assert {column["Type"] for column in storage["Columns"]} == {"string"}
    assert storage["InputFormat"] == "org.apache.hadoop.mapred.TextInputFormat"
    assert storage["SerdeInfo"] == {
        "SerializationLibrary": "org.apache.hadoop.hive.serde2.OpenCSVSerde",
        "Parameters": {"separatorChar": ",", "quoteChar": '"', "escapeChar": "\0"},
    }


def test_the_loaders_own_tables_are_those_that_dbt_reads(glue: Any, catalog: Callable[..., GlueCatalog]) -> None:
    catalog().prepare()
    files, malformed = table(glue, "files"), table(glue, "malformed_rows")
    assert names(files["PartitionKeys"]) == ["ingest_date"]
    assert files["StorageDescriptor"]["Location"] == "s3://bucket/prefix/files/"
    assert "JsonSerDe" in files["StorageDescriptor"]["SerdeInfo"]["SerializationLibrary"]
    types = {column["Name"]: column["Type"] for column in files["StorageDescriptor"]["Columns"]}
    assert (types["file_id"], types["rows_landed"], types["columns"]) == ("string", "bigint", "string")
    assert set(types) | {"ingest_date"} <= Manifest.model_fields.keys() | {"erased_at"}
    assert names(malformed["PartitionKeys"]) == PARTITION_KEYS
    assert malformed["StorageDescriptor"]["Location"] == "s3://bucket/prefix/raw/malformed_rows/"
    assert names(malformed["StorageDescriptor"]["Columns"])[:2] == ["feed", "row_number"]


def test_all_that_stands_in_glue_costs_one_call(
    glue: Any, catalog: Callable[..., GlueCatalog], calls: Counter[str]
) -> None:
    catalog().prepare()
    assert calls == {"GetTables": 1, "CreateDatabase": 1, "CreateTable": 3}
    calls.clear()
    catalog().prepare()
    assert calls == {"GetTables": 1}


def test_descriptions_are_comments_within_glues_limits(
    glue: Any, catalog: Callable[..., GlueCatalog], edit_contract: Edit
) -> None:
    edit_contract("- name: payments", "- name: payments\n        description: |\n          Two\n          lines.")
    edit_contract("{name: amount,", f"{{name: amount, description: {'x' * 300},")
    catalog().prepare()
    found = table(glue, "payments")
    assert found["Description"] == "Two lines."
    assert found["StorageDescriptor"]["Columns"][-1]["Comment"] == "x" * 254 + "…"


def test_appended_columns_grow_the_table_and_keep_others_columns(
    glue: Any, catalog: Callable[..., GlueCatalog], calls: Counter[str], edit_contract: Edit
) -> None:
    catalog().prepare()
    theirs = table(glue, "payments")
    storage = theirs["StorageDescriptor"]
    storage["Columns"][0]["Parameters"] = {"lineage": "x"}
    changed = {
        "Name": "payments",
        "Owner": "somebody",
        "Retention": 7,
        "TableType": theirs["TableType"],
        "Parameters": {**theirs["Parameters"], "team": "ledger"},
        "PartitionKeys": theirs["PartitionKeys"],
        "StorageDescriptor": {**storage, "Parameters": {"compressionType": "zstd"}},
    }
    glue.update_table(DatabaseName="raw", TableInput=changed)
    edit_contract(
        "{header: Amount, type: decimal}}}",
        "{header: Amount, type: decimal}}}" + MEMO,
    )
    calls.clear()
    catalog().prepare()
    assert calls == {"GetTables": 1, "UpdateTable": 1}
    found = table(glue, "payments")
    assert names(found["StorageDescriptor"]["Columns"])[-3:] == ["payment_id", "amount", "memo"]
    assert found["StorageDescriptor"]["Columns"][0]["Parameters"] == {"lineage": "x"}
    assert found["StorageDescriptor"]["Parameters"] == {"compressionType": "zstd"}
    assert (found["Owner"], found["Retention"], found["Parameters"]["team"]) == ("somebody", 7, "ledger")


def test_an_older_contract_takes_no_column_away(
    glue: Any, catalog: Callable[..., GlueCatalog], calls: Counter[str], edit_contract: Edit
) -> None:
    edit_contract("{header: Amount, type: decimal}}}", "{header: Amount, type: decimal}}}" + MEMO)
    catalog().prepare()
    edit_contract(MEMO, "")
    calls.clear()
    catalog().prepare()
    assert calls == {"GetTables": 1}
    assert names(table(glue, "payments")["StorageDescriptor"]["Columns"])[-1] == "memo"


def test_contract_that_renames_a_column_changes_nothing(
    catalog: Callable[..., GlueCatalog], calls: Counter[str], edit_contract: Edit
) -> None:
    catalog().prepare()
    edit_contract("{name: amount,", "{name: sum_paid,")
    calls.clear()
    with pytest.raises(ContractError, match=r"payments has the columns .* amount, the contract .* append columns only"):
        catalog().prepare()
    assert calls == {"GetTables": 1}


def test_tables_of_another_lake_are_left_alone(catalog: Callable[..., GlueCatalog], calls: Counter[str]) -> None:
    catalog().prepare()
    calls.clear()
    with pytest.raises(UsageError, match="reads s3://bucket/prefix/raw/payments/, not s3://bucket/other/raw/payments/"):
        catalog("s3://bucket/other").prepare()
    assert calls == {"GetTables": 1}


def test_loaders_that_start_together_make_the_tables_once(
    glue: Any, catalog: Callable[..., GlueCatalog], calls: Counter[str]
) -> None:
    def before_us(**_: Any) -> None:
        glue.meta.events.unregister("before-call.glue.CreateTable", before_us)
        catalog().prepare()

    glue.meta.events.register("before-call.glue.CreateTable", before_us)
    catalog().prepare()
    assert calls["CreateTable"] == 4, "ours was refused, theirs were three"
    assert calls["GetTables"] == 3


def test_table_that_another_changes_meanwhile_is_read_again(
    glue: Any, catalog: Callable[..., GlueCatalog], edit_contract: Edit
) -> None:
    catalog().prepare()
    edit_contract("- name: payments", "- name: payments\n        description: Changed.")
    seen: list[str] = []

    def refuse_once(params: Any, **_: Any) -> Any:
        seen.append(params["body"])
        if len(seen) == 1:
            return refusal("ConcurrentModificationException")
        return None

    glue.meta.events.register("before-call.glue.UpdateTable", refuse_once)
    catalog().prepare()
    assert len(seen) == 2
    assert all(b'"VersionId"' in body for body in seen)
    assert table(glue, "payments")["Description"] == "Changed."


def refusal(code: str, message: str = "Not\nnow") -> Any:
    """Return what a handler answers in Glue's place to refuse."""

    class Answer:
        status_code = 400

    return Answer(), {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {}}


@pytest.mark.parametrize("operation", ["GetTables", "CreateDatabase", "CreateTable"])
def test_what_glue_refuses_is_one_line(glue: Any, catalog: Callable[..., GlueCatalog], operation: str) -> None:
    glue.meta.events.register(f"before-call.glue.{operation}", lambda **_: refusal("AccessDeniedException"))
    with pytest.raises(StorageError, match=r"^AWS refused to bring .* raw up to date: Not now \(AccessDeniedExcept"):
        catalog().prepare()


def test_a_refused_registration_says_what_to_do(glue: Any, catalog: Callable[..., GlueCatalog]) -> None:
    glue.meta.events.register("before-call.glue.BatchCreatePartition", lambda **_: refusal("ThrottlingException"))
    with pytest.raises(
        StorageError, match=r"Not now \(ThrottlingException\); .* land it again, or run loader recover, which finishes"
    ):
        catalog().register(manifest())


def test_refused_partition_is_an_error_and_one_there_is_none(glue: Any, catalog: Callable[..., GlueCatalog]) -> None:
    catalog().prepare()
    catalog().register(manifest())
    catalog().register(manifest())

    def answer(code: str) -> Callable[..., None]:
        def change(parsed: Any, **_: Any) -> None:
            parsed["Errors"] = [{"PartitionValues": [], "ErrorDetail": {"ErrorCode": code, "ErrorMessage": "no"}}]

        return change

    glue.meta.events.register("after-call.glue.BatchCreatePartition", answer("InternalServiceException"))
    with pytest.raises(StorageError, match=r"partition 2024-02-01/20240201.* of payments: no \(InternalServiceEx"):
        catalog().register(manifest())


def test_run_has_a_partition_for_its_parts_and_one_for_its_day(glue: Any, catalog: Callable[..., GlueCatalog]) -> None:
    catalog().prepare()
    given = manifest()
    catalog().register(given)
    key = ("2024-02-01", given.file_id)
    folder = f"s3://bucket/prefix/raw/payments/ingest_date=2024-02-01/file_id={given.file_id}/"
    columns = ["row_number", "line_number", "extra_fields", "payment_id", "amount"]
    assert partitions(glue, "payments") == {key: (folder, columns)}
    assert partitions(glue, "malformed_rows") == {}
    assert [(values, found[0]) for values, found in partitions(glue, "files").items()] == [
        (("2024-02-01",), "s3://bucket/prefix/files/ingest_date=2024-02-01/")
    ]
    catalog().register(manifest(tables=("payments", "malformed_rows")))
    (found,) = partitions(glue, "malformed_rows").items()
    assert (found[0], found[1][1][:2]) == (key, ["feed", "row_number"])


def test_a_partition_states_the_columns_that_its_parts_hold(glue: Any, catalog: Callable[..., GlueCatalog]) -> None:
    catalog().prepare()
    catalog().register(manifest(columns="payment_id"))
    ((_, columns),) = partitions(glue, "payments").values()
    assert columns == ["row_number", "line_number", "extra_fields", "payment_id"]


def test_manifests_of_a_day_before_an_update_show_its_columns(
    glue: Any, catalog: Callable[..., GlueCatalog], project: Path
) -> None:
    catalog().prepare()
    catalog().register(manifest())
    path = project / "models" / "staging" / "_raw__sources.yml"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace(
            "      - name: malformed_rows",
            "          - {name: compression, data_type: varchar}\n      - name: malformed_rows",
        )
    )
    catalog().prepare()
    ((_, columns),) = partitions(glue, "files").values()
    assert columns == names(table(glue, "files")["StorageDescriptor"]["Columns"])
    assert columns[-1] == "compression"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("data_type: bigint", "data_type: int", "data_type must be one of varchar, bigint, date"),
        ("      - name: malformed_rows", "      - name: other_rows", "the source raw has no table malformed_rows"),
        ("{name: ingest_date,", "{name: ingested,", "files.columns: ingest_date is missing; it partitions the table"),
    ],
)
def test_a_mistake_in_the_loaders_own_tables_is_named(project: Path, old: str, new: str, message: str) -> None:
    path = project / "models" / "staging" / "_raw__sources.yml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    contracts = {} if "other_rows" in new else load_contracts(project)
    with pytest.raises(ContractError, match=message):
        tables_for(project, contracts)


@pytest.mark.parametrize("name", ["", "Raw", "my-raw", "raw.x", "raw "])
def test_a_database_name_that_sql_would_change_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LEDGER_LAKE_RAW_SCHEMA", raising=False)
    assert database_name() == "raw"
    monkeypatch.setenv("LEDGER_LAKE_RAW_SCHEMA", name)
    with pytest.raises(UsageError, match="a name of a-z, 0-9 and _ is allowed"):
        database_name()
