"""What Athena's SHOW and DESCRIBE answer, from the Glue catalog."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from local_athena.glue import Glue, GlueError
from local_athena.tokens import Name

FAILED = "FAILED: Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask."
NOT_FOUND = "FAILED: SemanticException [Error 10001]: Table not found"
_WIDTH = 20  # Hive pads the columns of DESCRIBE

Entry = dict[str, Any]


class CatalogError(Exception):
    """A DDL statement fails; the message is Athena's StateChangeReason."""


@dataclass(frozen=True)
class Listing:
    """The rows that a DDL or utility statement answers, and the names of their columns."""

    columns: tuple[str, ...]
    rows: list[list[str]]


class Listings:
    """Answers questions about the catalog; its methods are named in `plan.Glue`."""

    def __init__(self, glue: Glue):
        self.glue = glue

    def is_iceberg(self, table: Name) -> bool | None:
        """Whether the table is an Iceberg table; None when there is no such table."""
        entry = self.find(table)
        return None if entry is None else entry.get("Parameters", {}).get("table_type", "").upper() == "ICEBERG"

    def show_databases(self, pattern: str | None) -> Listing:
        """SHOW DATABASES."""
        databases = self.glue.call("GetDatabases", {})["DatabaseList"]
        return _listing("database_name", _filter((database["Name"] for database in databases), pattern))

    def show_tables(self, database: str, pattern: str | None) -> Listing:
        """SHOW TABLES, views among them."""
        tables = self.glue.call("GetTables", {"DatabaseName": database})["TableList"]
        return _listing("tab_name", _filter((table["Name"] for table in tables), pattern))

    def show_views(self, database: str, pattern: str | None) -> Listing:
        """SHOW VIEWS."""
        tables = self.glue.call("GetTables", {"DatabaseName": database})["TableList"]
        views = (table["Name"] for table in tables if table.get("TableType") == "VIRTUAL_VIEW")
        return _listing("views", _filter(views, pattern))

    def show_partitions(self, table: Name) -> Listing:
        """SHOW PARTITIONS."""
        entry = self.get(table)
        keys = [key["Name"] for key in keys_of(entry)]
        if not keys:
            raise CatalogError(f"{FAILED} Table {table.table} is not a partitioned table")
        return _listing("partition", sorted(partition_path(keys, part["Values"]) for part in self.partitions(table)))

    def show_columns(self, table: Name) -> Listing:
        """SHOW COLUMNS."""
        entry = self.get(table)
        return _listing("field", [column["Name"].ljust(_WIDTH) for column in [*columns_of(entry), *keys_of(entry)]])

    def show_table_properties(self, table: Name) -> Listing:
        """SHOW TBLPROPERTIES."""
        parameters = self.get(table).get("Parameters", {})
        return Listing(("prpt_name", "prpt_value"), [[f"{key}\t{value}"] for key, value in sorted(parameters.items())])

    def show_create_table(self, table: Name) -> Listing:
        """SHOW CREATE TABLE."""
        return _listing("createtab_stmt", _create_statement(table, self.get(table)))

    def describe(self, table: Name) -> Listing:
        """DESCRIBE."""
        entry = self.get(table)
        lines = [_described(column) for column in [*columns_of(entry), *keys_of(entry)]]
        if keys_of(entry):
            head = "\t".join(f"# {title}".ljust(_WIDTH) for title in ("col_name", "data_type", "comment"))
            lines += ["\t \t ", "# Partition Information\t \t ", head, "\t \t ", *map(_described, keys_of(entry))]
        return Listing(("col_name", "data_type", "comment"), [[line] for line in lines])

    def find(self, table: Name) -> Entry | None:
        """Glue's entry of the table or view, or None."""
        try:
            entry: Entry = self.glue.call("GetTable", {"DatabaseName": table.schema, "Name": table.table})["Table"]
        except GlueError as error:
            if error.code == "EntityNotFoundException":
                return None
            raise
        return entry

    def get(self, table: Name) -> Entry:
        """Glue's entry of the table or view; raises CatalogError if there is none."""
        entry = self.find(table)
        if entry is None:
            raise CatalogError(f"{NOT_FOUND} {table.table}")
        return entry

    def partitions(self, table: Name) -> list[Entry]:
        """Glue's entries of all partitions of the table."""
        place = {"DatabaseName": table.schema, "TableName": table.table}
        partitions: list[Entry] = self.glue.call("GetPartitions", place)["Partitions"]
        return partitions


def columns_of(entry: Entry) -> list[dict[str, str]]:
    """The columns that are not partition keys."""
    return list(entry.get("StorageDescriptor", {}).get("Columns", []))


def keys_of(entry: Entry) -> list[dict[str, str]]:
    """The partition keys."""
    return list(entry.get("PartitionKeys", []))


def _listing(column: str, values: Iterable[str]) -> Listing:
    return Listing((column,), [[value] for value in values])


def _filter(names: Iterable[str], pattern: str | None) -> list[str]:
    """The names that Hive's pattern matches whole: `*` is anything, `|` is or."""
    wanted = re.compile((pattern or "*").replace(".*", "*").replace("*", ".*"), re.IGNORECASE)
    return sorted(name for name in names if wanted.fullmatch(name))


def partition_path(keys: list[str], values: list[str]) -> str:
    """A partition's folder: `dt=2024-01-01/n=1`."""
    return "/".join(f"{key}={quote(value, safe=' -_.')}" for key, value in zip(keys, values, strict=True))


def _described(column: dict[str, str]) -> str:
    return "\t".join(text.ljust(_WIDTH) for text in (column["Name"], column["Type"], column.get("Comment", "")))


def _create_statement(table: Name, entry: Entry) -> list[str]:
    """The lines of CREATE TABLE that would make this entry."""
    storage, parameters = entry.get("StorageDescriptor", {}), dict(entry.get("Parameters", {}))
    serde = storage.get("SerdeInfo", {})
    iceberg = parameters.get("table_type", "").upper() == "ICEBERG"
    lines = [f"CREATE {'TABLE' if iceberg else 'EXTERNAL TABLE'} `{table}`(", *_definitions(columns_of(entry))]
    if keys_of(entry):
        lines += ["PARTITIONED BY ( ", *_definitions(keys_of(entry))]
    if not iceberg:
        lines += ["ROW FORMAT SERDE ", f"  '{serde.get('SerializationLibrary', '')}' "]
        if serde.get("Parameters"):
            lines += ["WITH SERDEPROPERTIES ( ", *_properties(serde["Parameters"])]
        lines += ["STORED AS INPUTFORMAT ", f"  '{storage.get('InputFormat', '')}' "]
        lines += ["OUTPUTFORMAT ", f"  '{storage.get('OutputFormat', '')}'"]
    lines += ["LOCATION", f"  '{storage.get('Location', '')}'", "TBLPROPERTIES ("]
    parameters.pop("EXTERNAL", None)
    return [*lines, *_properties(parameters)] if parameters else lines[:-1]


def _definitions(columns: list[dict[str, str]]) -> list[str]:
    lines = []
    for column in columns:
        comment = f" COMMENT '{_escaped(column['Comment'])}'" if column.get("Comment") else ""
        lines.append(f"  `{column['Name']}` {column['Type']}{comment}, ")
    return [*lines[:-1], lines[-1][:-2] + ")"]


def _properties(values: dict[str, str]) -> list[str]:
    lines = [f"  '{_escaped(key)}'='{_escaped(value)}', " for key, value in sorted(values.items())]
    return [*lines[:-1], lines[-1][:-2] + ")"]


def _escaped(text: str) -> str:
    text = text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\t", "\\t")
    return "".join(character if ord(character) >= 32 else f"\\u{ord(character):04x}" for character in text)
