"""CREATE TABLE with columns: an external table becomes an entry in Glue, an Iceberg table a statement for Trino."""

from __future__ import annotations

import re
from typing import Any

from local_athena.columns import iceberg_refusal, trino_type
from local_athena.ctas import iceberg_properties
from local_athena.plan import Glue, Plan, Refuse, Run
from local_athena.tokens import Cursor, MalformedStatementError, literal, quote

_TEXT = ("org.apache.hadoop.mapred.TextInputFormat", "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat")
_LAZY = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
_HIVE_IO = "org.apache.hadoop.hive.ql.io"
# STORED AS -> input format, output format, SerDe
_FORMATS = {
    "TEXTFILE": (*_TEXT, _LAZY),
    "JSON": (*_TEXT, "org.apache.hive.hcatalog.data.JsonSerDe"),
    "PARQUET": (
        f"{_HIVE_IO}.parquet.MapredParquetInputFormat",
        f"{_HIVE_IO}.parquet.MapredParquetOutputFormat",
        f"{_HIVE_IO}.parquet.serde.ParquetHiveSerDe",
    ),
    "ORC": (f"{_HIVE_IO}.orc.OrcInputFormat", f"{_HIVE_IO}.orc.OrcOutputFormat", f"{_HIVE_IO}.orc.OrcSerde"),
    "AVRO": (
        f"{_HIVE_IO}.avro.AvroContainerInputFormat",
        f"{_HIVE_IO}.avro.AvroContainerOutputFormat",
        "org.apache.hadoop.hive.serde2.avro.AvroSerDe",
    ),
}
# ROW FORMAT DELIMITED -> the SerDe's properties; the third one is misspelt in Hive itself
_DELIMITERS = {
    ("FIELDS", "TERMINATED", "BY"): ("field.delim", "serialization.format"),
    ("ESCAPED", "BY"): ("escape.delim",),
    ("COLLECTION", "ITEMS", "TERMINATED", "BY"): ("colelction.delim",),
    ("MAP", "KEYS", "TERMINATED", "BY"): ("mapkey.delim",),
    ("LINES", "TERMINATED", "BY"): ("line.delim",),
    ("NULL", "DEFINED", "AS"): ("serialization.null.format",),
}
# PARTITIONED BY's transforms that take a number first; Trino's take it last
_NUMBERED = re.compile(r"(bucket|truncate)\s*\(\s*(\d+)\s*,\s*(.+?)\s*\)", re.IGNORECASE)
_SPACES = re.compile(r"\s*([<>(),:])\s*")
_COLUMN_ENDS = (",", ")", "COMMENT")


def create_external_table(cursor: Cursor, database: str) -> Plan:
    """CREATE EXTERNAL TABLE: an entry in Glue over files that are there or will be."""
    if_not_exists = cursor.take("IF", "NOT", "EXISTS")
    table = cursor.name(database)
    storage: dict[str, Any] = {"Columns": columns(cursor) if cursor.at("(") else []}
    entry: dict[str, Any] = {"Name": table.table, "TableType": "EXTERNAL_TABLE", "Parameters": {"EXTERNAL": "TRUE"}}
    serde: dict[str, Any] = {"Parameters": {}}
    formats = _FORMATS["TEXTFILE"]
    if cursor.take("COMMENT"):
        entry["Parameters"]["comment"] = cursor.string()
    if cursor.take("PARTITIONED", "BY"):
        entry["PartitionKeys"] = columns(cursor)
    if cursor.take("CLUSTERED", "BY"):
        _buckets(cursor, storage)
    library = _row_format(cursor, serde)
    if cursor.take("STORED", "AS"):
        formats = _stored_as(cursor)
    if cursor.take("WITH", "SERDEPROPERTIES"):
        serde["Parameters"].update(properties(cursor))
    if not cursor.take("LOCATION"):
        raise cursor.mismatch("LOCATION")
    storage["Location"] = cursor.string()
    if cursor.take("TBLPROPERTIES"):
        entry["Parameters"].update(properties(cursor))
    if entry["Parameters"].get("table_type", "").upper() == "ICEBERG":
        raise MalformedStatementError("An Iceberg table is not external: use CREATE TABLE instead")
    serde["SerializationLibrary"] = library or formats[2]
    storage.update(InputFormat=formats[0], OutputFormat=formats[1], SerdeInfo=serde)
    entry["StorageDescriptor"] = storage
    arguments = {"table": table, "entry": entry, "if_not_exists": if_not_exists}
    return Plan("DDL", "CREATE_TABLE", Glue("create_table", arguments))


def create_iceberg_table(cursor: Cursor, database: str) -> Plan:
    """CREATE TABLE without EXTERNAL: Athena's own way to make an empty Iceberg table."""
    exists = "IF NOT EXISTS " if cursor.take("IF", "NOT", "EXISTS") else ""
    table = cursor.name(database)
    fields = columns(cursor)
    comment = f" COMMENT {literal(cursor.string())}" if cursor.take("COMMENT") else ""
    transforms = _transforms(cursor) if cursor.take("PARTITIONED", "BY") else []
    cursor.expect("LOCATION")
    written = [f"location = {literal(cursor.string().rstrip('/'))}"]
    values = properties(cursor) if cursor.take("TBLPROPERTIES") else {}
    if values.pop("table_type", "").upper() != "ICEBERG":
        raise MalformedStatementError(
            "Only external tables can be created, or Iceberg tables with table_type = ICEBERG"
        )
    translated = iceberg_properties(values)
    if isinstance(translated, Refuse):
        return Plan("DDL", "CREATE_TABLE", translated)
    written += translated
    if transforms:
        written.append(f"partitioning = ARRAY[{', '.join(literal(transform) for transform in transforms)}]")
    definitions = []
    for column in fields:
        kind = trino_type(column["Type"])
        if reason := iceberg_refusal(kind):
            return Plan("DDL", "CREATE_TABLE", Refuse(reason))
        note = f" COMMENT {literal(column['Comment'])}" if "Comment" in column else ""
        definitions.append(f"{quote(column['Name'])} {kind}{note}")
    head = f"CREATE TABLE {exists}{table.on('iceberg')} ({', '.join(definitions)})"
    return Plan("DDL", "CREATE_TABLE", Run((f"{head}{comment} WITH ({', '.join(written)})",)))


def columns(cursor: Cursor) -> list[dict[str, str]]:
    """The columns between brackets, as Glue keeps them: Name, Type and perhaps Comment."""
    cursor.expect("(")
    found: list[dict[str, str]] = []
    while not found or cursor.take(","):
        column = {"Name": cursor.identifier().lower()}
        cursor.take(":")
        column["Type"] = _SPACES.sub(r"\1", cursor.until(*_COLUMN_ENDS).lower())
        if cursor.take("COMMENT"):
            column["Comment"] = cursor.string()
        found.append(column)
    cursor.expect(")")
    return found


def properties(cursor: Cursor) -> dict[str, str]:
    """The strings between brackets: `('key' = 'value', ...)`."""
    cursor.expect("(")
    found: dict[str, str] = {}
    while not found or cursor.take(","):
        key = cursor.string()
        cursor.expect("=")
        found[key] = cursor.read().value
    cursor.expect(")")
    return found


def _buckets(cursor: Cursor, storage: dict[str, Any]) -> None:
    cursor.expect("(")
    names: list[str] = []
    while not names or cursor.take(","):
        names.append(cursor.identifier().lower())
    cursor.expect(")", "INTO")
    storage.update(BucketColumns=names, NumberOfBuckets=int(cursor.read().text))
    cursor.expect("BUCKETS")


def _row_format(cursor: Cursor, serde: dict[str, Any]) -> str | None:
    """Reads ROW FORMAT into the SerDe's properties and returns the SerDe that it names."""
    if not cursor.take("ROW", "FORMAT"):
        return None
    if cursor.take("SERDE"):
        library = cursor.string()
        if cursor.take("WITH", "SERDEPROPERTIES"):
            serde["Parameters"].update(properties(cursor))
        return library
    cursor.expect("DELIMITED")
    while words := next((words for words in _DELIMITERS if cursor.take(*words)), None):
        value = cursor.string()
        serde["Parameters"].update(dict.fromkeys(_DELIMITERS[words], value))
    return None


def _stored_as(cursor: Cursor) -> tuple[str, str, str]:
    """Input format, output format and usual SerDe of STORED AS."""
    if cursor.take("INPUTFORMAT"):
        source = cursor.string()
        cursor.expect("OUTPUTFORMAT")
        return source, cursor.string(), _LAZY
    name = cursor.token.text.upper()
    if name not in _FORMATS:
        raise cursor.mismatch(*_FORMATS)
    cursor.read()
    return _FORMATS[name]


def _transforms(cursor: Cursor) -> list[str]:
    cursor.expect("(")
    found: list[str] = []
    while not found or cursor.take(","):
        found.append(_NUMBERED.sub(r"\1(\3, \2)", cursor.until(",", ")").replace("`", "").lower()))
    cursor.expect(")")
    return found
