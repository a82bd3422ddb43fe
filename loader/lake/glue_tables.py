"""The raw tables as Glue must know them, from the contracts and from the source that dbt reads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from loader.contract.dbt_sources import OWN_TABLES, columns_of, description_of, raw_tables
from loader.contract.model import Contract
from loader.errors import ContractError, UsageError

if TYPE_CHECKING:
    from mypy_boto3_glue.type_defs import (
        ColumnTypeDef,
        PartitionInputTypeDef,
        SerDeInfoTypeDef,
        StorageDescriptorTypeDef,
        TableInputTypeDef,
    )

FILES = "files"
# Glue takes no more of a column's comment and of a table's description.
_COMMENT_LIMIT = 255
_DESCRIPTION_LIMIT = 2048
_LEADING = (
    ("row_number", "Number of the record in its file; the first after the header is 1."),
    ("line_number", "Number of the record's first line in its file; the header is on line 1."),
    ("extra_fields", "Values of columns that the contract does not name, as JSON."),
)
_PARTITION_KEYS = (
    ("ingest_date", "date", "The UTC date of the landing."),
    ("file_id", "string", "One delivered file."),
)
_TYPES = {"varchar": "string", "bigint": "bigint", "date": "date"}
# The parts hold backslashes as tokens, so the reader must take none for an escape: NUL occurs in no part.
_CSV: SerDeInfoTypeDef = {
    "SerializationLibrary": "org.apache.hadoop.hive.serde2.OpenCSVSerde",
    "Parameters": {"separatorChar": ",", "quoteChar": '"', "escapeChar": "\0"},
}
_JSON: SerDeInfoTypeDef = {
    "SerializationLibrary": "org.openx.data.jsonserde.JsonSerDe",
    "Parameters": {"ignore.malformed.json": "false"},
}


@dataclass(frozen=True)
class RawTable:
    """One external table. ``folder`` is below the lake's root; ``is_json`` tells manifests from parts."""

    name: str
    folder: str
    description: str
    columns: tuple[ColumnTypeDef, ...]
    partition_keys: tuple[ColumnTypeDef, ...]
    is_json: bool = False

    def glue_input(self, root: str) -> TableInputTypeDef:
        """Return what CreateTable takes, for the lake at ``root``."""
        return {
            "Name": self.name,
            "Description": self.description[:_DESCRIPTION_LIMIT],
            "TableType": "EXTERNAL_TABLE",
            "Parameters": {"EXTERNAL": "TRUE", "classification": "json" if self.is_json else "csv"},
            "PartitionKeys": self.partition_keys,
            "StorageDescriptor": self._storage(f"{root}/{self.folder}", self.columns),
        }

    def glue_partition(self, root: str, folder: str, columns: list[str]) -> PartitionInputTypeDef:
        """Return what BatchCreatePartition takes for ``folder``, whose objects hold these columns in this order."""
        values = [segment.partition("=")[2] for segment in folder.split("/") if "=" in segment]
        known = {column["Name"]: column for column in self.columns}
        stored = [known.get(name) or _column(name, "string") for name in columns]
        return {"Values": values, "StorageDescriptor": self._storage(f"{root}/{folder}", stored)}

    def _storage(
        self, location: str, columns: tuple[ColumnTypeDef, ...] | list[ColumnTypeDef]
    ) -> StorageDescriptorTypeDef:
        return {
            "Columns": columns,
            # Without the last slash raw/feed would be read as the beginning of raw/feed_2, too.
            "Location": f"{location}/",
            "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
            "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
            "SerdeInfo": _JSON if self.is_json else _CSV,
        }


def _column(name: str, type_: str, comment: str = "") -> ColumnTypeDef:
    column: ColumnTypeDef = {"Name": name, "Type": type_}
    if comment:
        column["Comment"] = comment if len(comment) <= _COMMENT_LIMIT else comment[: _COMMENT_LIMIT - 1] + "…"
    return column


def feed_columns(contract_columns: list[str]) -> list[str]:
    """Return the columns of a feed's part: the loader's own, then the contract's."""
    return [*(name for name, _ in _LEADING), *contract_columns]


def tables_for(project_dir: Path, contracts: dict[str, Contract]) -> dict[str, RawTable]:
    """Return the tables of all feeds, and the loader's own, by name.

    Raises:
        ContractError: the source lacks one of the loader's own tables, or states a type that parts cannot hold.
    """
    tables = {contract.feed: _feed_table(contract) for contract in contracts.values()}
    for shown, node in raw_tables(project_dir):
        if node["name"] in OWN_TABLES:
            tables[node["name"]] = _own_table(node, shown)
    for name in sorted(OWN_TABLES - tables.keys()):
        raise ContractError(f"models/staging: the source raw has no table {name}, which a lake in a bucket needs")
    return tables


def _feed_table(contract: Contract) -> RawTable:
    own = (_column(name, "string", comment) for name, comment in _LEADING)
    named = (_column(column.name, "string", column.description) for column in contract.columns)
    keys = tuple(_column(*key) for key in _PARTITION_KEYS)
    return RawTable(contract.feed, f"raw/{contract.feed}", contract.description, (*own, *named), keys)


def _own_table(node: dict[str, Any], shown: Path) -> RawTable:
    name = node["name"]
    columns = {column["name"]: _typed(column, f"{shown}: {name}") for column in columns_of(node, shown)}
    is_json = name == FILES
    # The manifest holds file_id itself, so that the folders of files/ say the date only.
    keys = [key for key, _, _ in _PARTITION_KEYS if not (is_json and key == "file_id")]
    for key in keys:
        if key not in columns:
            raise ContractError(f"{shown}: {name}.columns: {key} is missing; it partitions the table")
    return RawTable(
        name,
        name if is_json else f"raw/{name}",
        description_of(node),
        tuple(column for key, column in columns.items() if key not in keys),
        tuple(columns[key] for key in keys),
        is_json,
    )


def _typed(column: dict[str, Any], where: str) -> ColumnTypeDef:
    type_ = _TYPES.get(str(column.get("data_type")))
    if type_ is None:
        raise ContractError(f"{where}.columns.{column['name']}: data_type must be one of {', '.join(_TYPES)}")
    return _column(column["name"], type_, description_of(column))


def brought_up_to_date(
    before: TableInputTypeDef, wanted: TableInputTypeDef, may_change: Callable[[str], bool] = lambda _: False
) -> TableInputTypeDef:
    """Return the table as it must be: like ``wanted``, with what others have added to ``before``.

    Columns that ``wanted`` lacks at the end stay: another loader knows a later contract. Where columns were renamed,
    moved or dropped, ``may_change`` says of the table whether it takes them as ``wanted`` has them.

    Raises:
        UsageError: the table reads another lake.
        ContractError: the contract has renamed, moved or dropped columns, which parts of earlier files still hold.
    """
    none: StorageDescriptorTypeDef = {}
    storage, wanted_storage = before.get("StorageDescriptor", none), wanted.get("StorageDescriptor", none)
    place, wanted_place = storage.get("Location", ""), wanted_storage.get("Location", "")
    if place.rstrip("/") != wanted_place.rstrip("/"):
        raise UsageError(
            f"the Glue table {wanted['Name']} reads {place or 'no place'}, not {wanted_place}: "
            "give each lake a Glue database of its own with LEDGER_LAKE_RAW_SCHEMA"
        )
    columns = _grown(wanted["Name"], storage.get("Columns", ()), wanted_storage.get("Columns", ()), may_change)
    merged = cast("TableInputTypeDef", _merge(before, wanted))
    merged["StorageDescriptor"] = {**merged["StorageDescriptor"], "Columns": columns}
    return merged


def _grown(table: str, before: Any, wanted: Any, may_change: Callable[[str], bool]) -> list[ColumnTypeDef]:
    names, wanted_names = ([column["Name"] for column in columns] for columns in (before, wanted))
    shared = min(len(names), len(wanted_names))
    if names[:shared] != wanted_names[:shared]:
        if may_change(table):
            return list(wanted)
        raise ContractError(
            f"the Glue table {table} has the columns {', '.join(names)}, the contract {', '.join(wanted_names)}: "
            "a contract may append columns only; if nothing of the feed is published, run loader reland for each "
            "of its files, which takes the new ones"
        )
    return [*map(_merge, before, wanted), *before[shared:], *wanted[shared:]]


def _merge(before: Any, wanted: Any) -> Any:
    if isinstance(before, dict) and isinstance(wanted, dict):
        return before | {key: _merge(before.get(key), value) for key, value in wanted.items()}
    return list(wanted) if isinstance(wanted, tuple) else wanted
