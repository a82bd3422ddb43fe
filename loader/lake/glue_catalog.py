"""Glue as the catalog of a lake in a bucket: one external table per feed, one partition per file."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, cast

from loader.aws.clients import aws_errors
from loader.errors import StorageError, UsageError
from loader.lake.glue_tables import FILES, RawTable, brought_up_to_date, feed_columns
from loader.lake.keys import files_folder
from loader.lake.objects import Manifest

if TYPE_CHECKING:
    from mypy_boto3_glue.client import GlueClient
    from mypy_boto3_glue.type_defs import PartitionInputTypeDef, TableInputTypeDef

# dbt's source reads the same variable.
_DATABASE_VARIABLE = "LEDGER_LAKE_RAW_SCHEMA"
_DEFAULT_DATABASE = "raw"
# Loaders that start at the same moment may get in each other's way; each round sees what the others did.
_ROUNDS = 5
# BatchUpdatePartition takes no more at once.
_PARTITIONS_AT_ONCE = 100


def database_name() -> str:
    """Return the Glue database that holds the raw tables.

    Raises:
        UsageError: the name is not made of a-z, 0-9 and _ only, which is what SQL and Glue both take as it is.
    """
    name = os.environ.get(_DATABASE_VARIABLE, _DEFAULT_DATABASE)
    if not re.fullmatch(r"[a-z0-9_]+", name):
        raise UsageError(f"{_DATABASE_VARIABLE} is {name!r}: a name of a-z, 0-9 and _ is allowed")
    return name


class GlueCatalog:
    """The tables of one lake in one Glue database."""

    def __init__(self, glue: GlueClient, database: str, root: str, tables: dict[str, RawTable]) -> None:
        """Keep the tables of the lake at ``root`` (``s3://bucket/prefix``); nothing is asked yet."""
        self._glue = glue
        self._database = database
        self._root = root
        self._tables = tables

    def prepare(self, may_change: Callable[[str], bool] = lambda _: False) -> None:
        """Make the database and the tables that are missing, and bring the others up to date; changes nothing else.

        Args:
            may_change: whether a table's columns may be any other ones; asked only where they are.

        Raises:
            UsageError: a table reads another lake.
            ContractError: a contract did more than append columns.
            StorageError: Glue refused.
        """
        with aws_errors(f"bring the Glue database {self._database} up to date"):
            for _ in range(_ROUNDS):
                try:
                    self._prepare_once(may_change)
                    return
                except (
                    self._glue.exceptions.AlreadyExistsException,
                    self._glue.exceptions.ConcurrentModificationException,
                ):
                    continue
        raise StorageError(f"others change the Glue database {self._database} at the same moment: try again")

    def _prepare_once(self, may_change: Callable[[str], bool]) -> None:
        existing = self._existing()
        for table in self._tables.values():
            wanted = table.glue_input(self._root)
            found = existing.get(table.name)
            if found is None:
                self._glue.create_table(DatabaseName=self._database, TableInput=wanted)
                continue
            before, version = found
            after = brought_up_to_date(before, wanted, may_change)
            if after != before:
                self._update(table, before, after, version)

    def _existing(self) -> dict[str, tuple[TableInputTypeDef, str]]:
        """Return the tables that stand in Glue, each with its version; makes the database where it is missing."""
        table_input: Any = self._glue.meta.service_model.shape_for("TableInput")
        try:
            pages = list(self._glue.get_paginator("get_tables").paginate(DatabaseName=self._database))
        except self._glue.exceptions.EntityNotFoundException:
            self._glue.create_database(DatabaseInput={"Name": self._database})
            return {}
        return {
            table["Name"]: (
                cast("TableInputTypeDef", {key: value for key, value in table.items() if key in table_input.members}),
                table.get("VersionId", ""),
            )
            for page in pages
            for table in page["TableList"]
        }

    def _update(self, table: RawTable, before: TableInputTypeDef, after: TableInputTypeDef, version: str) -> None:
        counts = [len(state["StorageDescriptor"]["Columns"]) for state in (before, after)]
        if table.name == FILES and counts[0] != counts[1]:
            # Today's folder may have its partition already. The table comes last, so that a failure is tried again.
            self._widen_partitions(table)
        update: dict[str, Any] = {"DatabaseName": self._database, "TableInput": after}
        if version:
            update["VersionId"] = version
        self._glue.update_table(**update)

    def _widen_partitions(self, table: RawTable) -> None:
        """Let the partitions of a table of JSON show the columns that were appended."""
        pages = self._glue.get_paginator("get_partitions").paginate(
            DatabaseName=self._database, TableName=table.name, ExcludeColumnSchema=True
        )
        entries = [
            {"PartitionValueList": found["Values"], "PartitionInput": self._files_partition(found["Values"][0])}
            for page in pages
            for found in page["Partitions"]
        ]
        for start in range(0, len(entries), _PARTITIONS_AT_ONCE):
            batch: Any = entries[start : start + _PARTITIONS_AT_ONCE]
            answer = self._glue.batch_update_partition(DatabaseName=self._database, TableName=table.name, Entries=batch)
            _raise_first(f"widen the partitions of {table.name}", answer.get("Errors", []))

    def register(self, manifest: Manifest) -> None:
        """Add the partitions of a committed file: its feed's and the malformed rows' where it has any, and its day's.

        Raises:
            StorageError: Glue refused; landing the file again comes back here.
        """
        then = "; the file is committed: land it again, or run loader recover, which finishes the registration"
        with aws_errors(f"register the file {manifest.file_id}", then):
            for folder in _part_folders(manifest):
                table = self._tables[folder.split("/")[1]]
                own = [column["Name"] for column in table.columns]
                columns = feed_columns(manifest.columns.split(",")) if table.name == manifest.feed else own
                self._add(table, table.glue_partition(self._root, folder, columns), then)
            self._add(self._tables[FILES], self._files_partition(manifest.ingest_date), then)

    def unregistered(self, manifests: Iterable[Manifest]) -> list[Manifest]:
        """Return the files that lack a partition.

        Raises:
            StorageError: Glue refused.
        """
        known = {folder for table in self._tables for folder in self._partition_folders(table)}
        return [
            manifest
            for manifest in manifests
            # The table of a feed that has no contract any more is nobody's to make or change.
            if manifest.feed in self._tables
            and not known.issuperset([*_part_folders(manifest), files_folder(manifest.ingest_date)])
        ]

    def _partition_folders(self, table: str) -> set[str]:
        """Return the folders of a table's partitions, as keys of the lake; none of a table that is not there."""
        with aws_errors(f"list the partitions of {self._database}.{table}"):
            pages = self._glue.get_paginator("get_partitions").paginate(
                DatabaseName=self._database, TableName=table, ExcludeColumnSchema=True
            )
            try:
                return {
                    found["StorageDescriptor"]["Location"].removeprefix(f"{self._root}/").rstrip("/")
                    for page in pages
                    for found in page["Partitions"]
                }
            except self._glue.exceptions.EntityNotFoundException:
                return set()

    def _files_partition(self, ingest_date: str) -> PartitionInputTypeDef:
        files = self._tables[FILES]
        return files.glue_partition(self._root, files_folder(ingest_date), [column["Name"] for column in files.columns])

    def _add(self, table: RawTable, partition: PartitionInputTypeDef, then: str) -> None:
        answer = self._glue.batch_create_partition(
            DatabaseName=self._database, TableName=table.name, PartitionInputList=[partition]
        )
        errors = [
            error
            for error in answer.get("Errors", [])
            if error.get("ErrorDetail", {}).get("ErrorCode") != "AlreadyExistsException"
        ]
        _raise_first(f"add the partition {'/'.join(partition['Values'])} of {table.name}", errors, then)


def _part_folders(manifest: Manifest) -> list[str]:
    return sorted({part.key.rpartition("/")[0] for part in manifest.parts})


def _raise_first(action: str, errors: Any, then: str = "") -> None:
    for error in errors:
        told = error.get("ErrorDetail", {})
        reason = f"{told.get('ErrorMessage', 'no reason given')} ({told.get('ErrorCode', 'unknown')})"
        raise StorageError(f"AWS refused to {action}: {reason}{then}")
