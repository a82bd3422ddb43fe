"""Athena's DDL on the Glue catalog: databases, Hive tables, their columns and partitions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from local_athena.glue import GlueError
from local_athena.listings import FAILED, NOT_FOUND, CatalogError, Entry, Listings, columns_of, keys_of, partition_path
from local_athena.tokens import Name

_BATCH = 25  # what Glue takes when partitions are deleted
_TABLE_INPUT = (
    "Name",
    "Description",
    "Owner",
    "LastAccessTime",
    "LastAnalyzedTime",
    "Retention",
    "StorageDescriptor",
    "PartitionKeys",
    "ViewOriginalText",
    "ViewExpandedText",
    "TableType",
    "Parameters",
    "TargetTable",
)


class Catalog(Listings):
    """Does what `plan.Glue` asks for; its methods are named there. Threads may share it."""

    def create_database(
        self, name: str, if_not_exists: bool, comment: str | None, location: str | None, parameters: dict[str, str]
    ) -> None:
        """CREATE DATABASE."""
        entry: Entry = {"Name": name, "Parameters": parameters}
        entry |= {"Description": comment} if comment else {}
        entry |= {"LocationUri": location} if location else {}
        try:
            self.glue.call("CreateDatabase", {"DatabaseInput": entry})
        except GlueError as error:
            if error.code != "AlreadyExistsException":
                raise
            if not if_not_exists:
                raise CatalogError(f"{FAILED} Database {name} already exists") from error

    def drop_database(self, name: str, if_exists: bool, cascade: bool) -> None:
        """DROP DATABASE; tables in it are dropped by `cascade` only."""
        try:
            tables = self.glue.call("GetTables", {"DatabaseName": name})["TableList"]
        except GlueError as error:
            if if_exists and error.code == "EntityNotFoundException":
                return
            raise CatalogError(f"FAILED: SemanticException [Error 10072]: Database does not exist: {name}") from error
        if tables and not cascade:
            raise CatalogError(
                f"{FAILED} InvalidOperationException(message:Database {name} is not empty. One or more tables exist.)"
            )
        self.glue.call("DeleteDatabase", {"Name": name})

    def set_database_properties(self, name: str, parameters: dict[str, str]) -> None:
        """ALTER DATABASE SET DBPROPERTIES."""
        entry = self.glue.call("GetDatabase", {"Name": name})["Database"]
        changed = {key: entry[key] for key in ("Name", "Description", "LocationUri") if key in entry}
        changed["Parameters"] = {**entry.get("Parameters", {}), **parameters}
        self.glue.call("UpdateDatabase", {"Name": name, "DatabaseInput": changed})

    def create_table(self, table: Name, entry: Entry, if_not_exists: bool) -> None:
        """CREATE EXTERNAL TABLE: `entry` is Glue's TableInput."""
        try:
            self.glue.call("CreateTable", {"DatabaseName": table.schema, "TableInput": entry})
        except GlueError as error:
            if error.code == "EntityNotFoundException":
                raise CatalogError(
                    f"FAILED: SemanticException [Error 10072]: Database does not exist: {table.schema}"
                ) from error
            if error.code != "AlreadyExistsException":
                raise
            if not if_not_exists:
                raise CatalogError(
                    f"{FAILED} AlreadyExistsException(message:Table {table.table} already exists.)"
                ) from error

    def drop_table(self, table: Name, if_exists: bool) -> None:
        """DROP TABLE of a Hive table; its files stay."""
        entry = self.find(table)
        if entry is None:
            if not if_exists:
                raise CatalogError(f"{NOT_FOUND} {table.table}")
            return
        if entry.get("TableType") == "VIRTUAL_VIEW":
            raise CatalogError("FAILED: SemanticException [Error 10265]: Cannot drop a view with DROP TABLE")
        self.glue.call("DeleteTable", {"DatabaseName": table.schema, "Name": table.table})

    def add_columns(self, table: Name, columns: list[dict[str, str]]) -> None:
        """ALTER TABLE ADD COLUMNS."""
        entry = self.get(table)
        present = {column["Name"] for column in [*columns_of(entry), *keys_of(entry)]}
        twice = [column["Name"] for column in columns if column["Name"] in present]
        if twice:
            raise CatalogError(f"{FAILED} Duplicate column name: {twice[0]}")
        self._set_columns(table, entry, [*columns_of(entry), *columns])

    def replace_columns(self, table: Name, columns: list[dict[str, str]]) -> None:
        """ALTER TABLE REPLACE COLUMNS."""
        self._set_columns(table, self.get(table), columns)

    def change_column(self, table: Name, old: str, column: dict[str, str]) -> None:
        """ALTER TABLE CHANGE COLUMN: `column` is the new one."""
        entry = self.get(table)
        columns = columns_of(entry)
        if old not in [present["Name"] for present in columns]:
            raise CatalogError(f"{FAILED} Invalid column reference {old}")
        self._set_columns(
            table, entry, [{**present, **column} if present["Name"] == old else present for present in columns]
        )

    def set_table_properties(self, table: Name, parameters: dict[str, str]) -> None:
        """ALTER TABLE SET TBLPROPERTIES."""
        entry = self.get(table)
        self._update(table, {**entry, "Parameters": {**entry.get("Parameters", {}), **parameters}})

    def unset_table_properties(self, table: Name, keys: list[str], if_exists: bool) -> None:
        """ALTER TABLE UNSET TBLPROPERTIES."""
        entry = self.get(table)
        parameters = dict(entry.get("Parameters", {}))
        for key in keys:
            if key not in parameters and not if_exists:
                raise CatalogError(f"FAILED: SemanticException [Error 10215]: property {key} does not exist")
            parameters.pop(key, None)
        self._update(table, {**entry, "Parameters": parameters})

    def set_location(self, table: Name, location: str) -> None:
        """ALTER TABLE SET LOCATION."""
        entry = self.get(table)
        self._update(table, {**entry, "StorageDescriptor": {**entry["StorageDescriptor"], "Location": location}})

    def add_partitions(
        self, table: Name, partitions: list[tuple[dict[str, str], str | None]], if_not_exists: bool
    ) -> None:
        """ALTER TABLE ADD PARTITION: values by column, and a location or None for the usual one."""
        entry = self.get(table)
        for batch in _batches(partitions):
            inputs = [_partition_input(entry, values, location) for values, location in batch]
            place = {"DatabaseName": table.schema, "TableName": table.table}
            answer = self.glue.call("BatchCreatePartition", {**place, "PartitionInputList": inputs})
            errors = [error["ErrorDetail"] for error in answer.get("Errors", [])]
            for error in errors:
                if error["ErrorCode"] != "AlreadyExistsException" or not if_not_exists:
                    raise CatalogError(f"{FAILED} {error['ErrorCode']}(message:{error.get('ErrorMessage', '')})")

    def drop_partitions(self, table: Name, partitions: list[dict[str, str]], if_exists: bool) -> None:
        """ALTER TABLE DROP PARTITION: all that have the given values, which may be of some columns only."""
        entry = self.get(table)
        keys = [key["Name"] for key in keys_of(entry)]
        found = [
            partition["Values"]
            for partition in self.partitions(table)
            if any(_matches(keys, partition["Values"], wanted) for wanted in partitions)
        ]
        if not found and not if_exists:
            raise CatalogError(f"FAILED: SemanticException [Error 10006]: Partition not found {partitions[0]}")
        for batch in _batches(found):
            place = {"DatabaseName": table.schema, "TableName": table.table}
            self.glue.call("BatchDeletePartition", {**place, "PartitionsToDelete": [{"Values": v} for v in batch]})

    def set_partition_location(self, table: Name, values: dict[str, str], location: str) -> None:
        """ALTER TABLE PARTITION SET LOCATION."""
        self._change_partition(table, values, {}, location)

    def rename_partition(self, table: Name, values: dict[str, str], new: dict[str, str]) -> None:
        """ALTER TABLE PARTITION RENAME TO PARTITION."""
        self._change_partition(table, values, new, None)

    def _change_partition(self, table: Name, values: dict[str, str], new: dict[str, str], location: str | None) -> None:
        entry = self.get(table)
        old = _values(entry, values)
        place = {"DatabaseName": table.schema, "TableName": table.table}
        partition = self.glue.call("GetPartition", {**place, "PartitionValues": old})["Partition"]
        storage = partition["StorageDescriptor"]
        changed = {
            "Values": _values(entry, new) if new else old,
            "StorageDescriptor": {**storage, "Location": location or storage["Location"]},
            "Parameters": partition.get("Parameters", {}),
        }
        self.glue.call("UpdatePartition", {**place, "PartitionValueList": old, "PartitionInput": changed})

    def _set_columns(self, table: Name, entry: Entry, columns: list[dict[str, str]]) -> None:
        self._update(table, {**entry, "StorageDescriptor": {**entry["StorageDescriptor"], "Columns": columns}})

    def _update(self, table: Name, entry: Entry) -> None:
        """Writes a changed entry back, without what Glue itself adds to it; refused if it has changed meanwhile."""
        version = entry["VersionId"]
        changed = {key: value for key, value in entry.items() if key in _TABLE_INPUT}
        self.glue.call("UpdateTable", {"DatabaseName": table.schema, "TableInput": changed, "VersionId": version})


def _batches(items: list[Any]) -> Iterable[list[Any]]:
    return (items[start : start + _BATCH] for start in range(0, len(items), _BATCH))


def _values(entry: Entry, wanted: dict[str, str]) -> list[str]:
    """A partition's values in the order of the table's keys; raises CatalogError unless all are given."""
    keys = [key["Name"] for key in keys_of(entry)]
    if sorted(keys) != sorted(wanted):
        raise CatalogError(
            f"FAILED: SemanticException partition spec {{{', '.join(wanted)}}} doesn't contain all "
            f"({len(keys)}) partition columns: {', '.join(keys)}"
        )
    return [wanted[key] for key in keys]


def _partition_input(entry: Entry, values: dict[str, str], location: str | None) -> Entry:
    ordered = _values(entry, values)
    storage = entry["StorageDescriptor"]
    path = partition_path([key["Name"] for key in keys_of(entry)], ordered)
    default = f"{storage['Location'].rstrip('/')}/{path}"
    return {"Values": ordered, "StorageDescriptor": {**storage, "Location": location or default}}


def _matches(keys: list[str], values: list[str], wanted: dict[str, str]) -> bool:
    present = dict(zip(keys, values, strict=True))
    return all(present.get(key) == value for key, value in wanted.items())
