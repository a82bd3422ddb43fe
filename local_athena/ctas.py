"""CREATE TABLE AS: Athena's head becomes Trino's, the query below it passes untouched."""

from __future__ import annotations

from local_athena.plan import Plan, Refuse, Run
from local_athena.tokens import Cursor, Name, literal, tokenize

_NAME = "CREATE_TABLE_AS_SELECT"

# Athena's property -> Trino's; None is read here and means nothing to Trino.
_HIVE = {
    "table_type": None,
    "is_external": None,
    "write_compression": None,
    "parquet_compression": None,
    "orc_compression": None,
    "compression_level": None,
    "external_location": "external_location",
    "format": "format",
    "partitioned_by": "partitioned_by",
    "bucketed_by": "bucketed_by",
    "bucket_count": "bucket_count",
    "field_delimiter": "textfile_field_separator",
}
_ICEBERG = {
    "table_type": None,
    "is_external": None,
    "compression_level": None,
    "location": "location",
    "format": "format",
    "partitioning": "partitioning",
    "write_compression": "compression_codec",
}
_HIVE_COMPRESSION = ("write_compression", "parquet_compression", "orc_compression")
_ICEBERG_TBLPROPERTIES = {"format": "format", "write_compression": "compression_codec"}
# Kept with the Iceberg table under their own names; VACUUM reads them from there.
_ICEBERG_EXTRA = (
    "optimize_rewrite_data_file_threshold",
    "optimize_rewrite_delete_file_threshold",
    "optimize_rewrite_min_data_file_size_bytes",
    "optimize_rewrite_max_data_file_size_bytes",
    "vacuum_max_snapshot_age_seconds",
    "vacuum_min_snapshots_to_keep",
    "vacuum_max_metadata_files_to_keep",
    "write_target_data_file_size_bytes",
)


def create_table_as(cursor: Cursor, database: str) -> Plan | None:
    """The plan of a CREATE TABLE AS; None when the statement has columns instead of a query."""
    cursor.expect("CREATE", "TABLE")
    exists = "IF NOT EXISTS " if cursor.take("IF", "NOT", "EXISTS") else ""
    table = cursor.name(database)
    if not cursor.at("WITH") and not cursor.at("AS"):
        return None
    properties = _properties(cursor)
    cursor.expect("AS")
    query = cursor.rest()
    kind = properties.get("table_type", "'HIVE'").strip("'").upper()
    head = f"CREATE TABLE {exists}"
    if kind == "HIVE":
        return _hive(head, table, properties, query)
    if kind == "ICEBERG":
        return _iceberg(head, table, properties, query)
    return Plan("DDL", _NAME, Refuse(f"INVALID_TABLE_PROPERTY: table_type must be HIVE or ICEBERG, not {kind}"))


def iceberg_properties(values: dict[str, str]) -> list[str] | Refuse:
    """Trino's table properties for TBLPROPERTIES of an Iceberg table, or the refusal of one that Athena lacks."""
    unknown = [key for key in values if key not in _ICEBERG_TBLPROPERTIES and key not in _ICEBERG_EXTRA]
    if unknown:
        return Refuse(f"INVALID_TABLE_PROPERTY: Unsupported table property key: {unknown[0]}")
    written = [
        f"{name} = {literal(values[key].upper())}" for key, name in _ICEBERG_TBLPROPERTIES.items() if key in values
    ]
    extra = {key: value for key, value in values.items() if key in _ICEBERG_EXTRA}
    return [*written, _extra_properties(extra)] if extra else written


def _extra_properties(values: dict[str, str]) -> str:
    """Trino's property that keeps Athena's own Iceberg properties with the table."""
    keys = ", ".join(literal(key) for key in values)
    texts = ", ".join(literal(value) for value in values.values())
    return f"extra_properties = MAP(ARRAY[{keys}], ARRAY[{texts}])"


def _properties(cursor: Cursor) -> dict[str, str]:
    """The properties between the brackets of WITH: names in small letters, values as they are written."""
    properties: dict[str, str] = {}
    if not cursor.take("WITH"):
        return properties
    cursor.expect("(")
    while True:
        name = cursor.identifier().lower()
        cursor.expect("=")
        properties[name] = cursor.until(",", ")")
        if not cursor.take(","):
            break
    cursor.expect(")")
    return properties


def _hive(head: str, table: Name, properties: dict[str, str], query: str) -> Plan:
    if properties.get("is_external", "true").lower() != "true":
        return _refused("is_external must be true for a Hive table")
    unknown = [name for name in properties if name not in _HIVE]
    if unknown:
        return _refused(f"table property '{unknown[0]}' does not exist for a Hive table")
    settings = {}
    for name in _HIVE_COMPRESSION:
        if name in properties:
            settings["awsdatacatalog.compression_codec"] = properties[name].strip("'").upper()
    written = [f"{_HIVE[name]} = {value}" for name, value in properties.items() if _HIVE[name]]
    if "format" not in properties:
        written.append("format = 'PARQUET'")
    head = f"{head}{table.on('awsdatacatalog')} WITH ("
    names_place = "external_location" in properties
    run = Run(
        (f"{head}{', '.join(written)}) AS {query}",),
        settings,
        names_place=names_place,
        place_at=None if names_place else len(head),
    )
    return Plan("DDL", _NAME, run)


def _iceberg(head: str, table: Name, properties: dict[str, str], query: str) -> Plan:
    if properties.get("is_external", "true").lower() != "false":
        return _refused("is_external must be false for an Iceberg table")
    if "location" not in properties:
        return _refused("location is required for an Iceberg table")
    unknown = [name for name in properties if name not in _ICEBERG and name not in _ICEBERG_EXTRA]
    if unknown:
        return _refused(f"table property '{unknown[0]}' does not exist for an Iceberg table")
    written = [f"{_ICEBERG[name]} = {value}" for name, value in properties.items() if _ICEBERG.get(name)]
    extra = {name: value.strip("'") for name, value in properties.items() if name in _ICEBERG_EXTRA}
    if extra:
        written.append(_extra_properties(extra))
    statement = f"{head}{table.on('iceberg')} WITH ({', '.join(written)}) AS {query}"
    check = f"SELECT * FROM (\n{_without_data_clause(query)}\n) AS checked LIMIT 0"  # noqa: S608  # the user's own query
    return Plan("DDL", _NAME, Run((statement,), must_fit_iceberg=check))


def _without_data_clause(query: str) -> str:
    """The query without WITH [NO] DATA behind it."""
    tokens = tokenize(query)
    words = [token.text.upper() for token in tokens[-3:]]
    for clause in (["WITH", "NO", "DATA"], ["WITH", "DATA"]):
        if words[-len(clause) :] == clause:
            return query[: tokens[-len(clause)].start]
    return query


def _refused(reason: str) -> Plan:
    return Plan("DDL", _NAME, Refuse(f"INVALID_TABLE_PROPERTY: {reason}"))
