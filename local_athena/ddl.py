"""Hive's DDL as Athena speaks it: what a statement asks of the Glue catalog, or of Trino for an Iceberg table."""

from __future__ import annotations

from collections.abc import Callable

from local_athena.columns import iceberg_refusal, trino_type
from local_athena.create_table import columns, create_external_table, create_iceberg_table, properties
from local_athena.ctas import iceberg_properties
from local_athena.plan import Action, Glue, Plan, Refuse, Run
from local_athena.tokens import Cursor, MalformedStatementError, Name, literal, quote, tokenize

_Reader = Callable[[Cursor, str], Plan]


def plan(text: str, database: str) -> Plan:
    """What is to be done for a DDL or utility statement; MalformedStatementError if Athena does not know it."""
    cursor = Cursor(text, tokenize(text, hive=True))
    for words, read in _STATEMENTS.items():
        if cursor.take(*words):
            result = read(cursor, database)
            cursor.end()
            return result
    raise MalformedStatementError(f"Queries of this type are not supported: {cursor.mismatch()}")


def _create_database(cursor: Cursor, _: str) -> Plan:
    arguments: dict[str, object] = {"if_not_exists": cursor.take("IF", "NOT", "EXISTS")}
    arguments["name"] = cursor.identifier().lower()
    arguments["comment"] = cursor.string() if cursor.take("COMMENT") else None
    arguments["location"] = cursor.string() if cursor.take("LOCATION") else None
    arguments["parameters"] = properties(cursor) if cursor.take("WITH", "DBPROPERTIES") else {}
    return Plan("DDL", "CREATE_DATABASE", Glue("create_database", arguments))


def _drop_database(cursor: Cursor, _: str) -> Plan:
    if_exists = cursor.take("IF", "EXISTS")
    name = cursor.identifier().lower()
    cascade = cursor.take("CASCADE")
    if not cascade:
        cursor.take("RESTRICT")
    return Plan(
        "DDL", "DROP_DATABASE", Glue("drop_database", {"name": name, "if_exists": if_exists, "cascade": cascade})
    )


def _alter_database(cursor: Cursor, _: str) -> Plan:
    name = cursor.identifier().lower()
    cursor.expect("SET", "DBPROPERTIES")
    arguments = {"name": name, "parameters": properties(cursor)}
    return Plan("DDL", "ALTER_DATABASE_SET_DBPROPERTIES", Glue("set_database_properties", arguments))


def _drop_table(cursor: Cursor, database: str) -> Plan:
    if_exists = cursor.take("IF", "EXISTS")
    table = cursor.name(database)
    cursor.take("PURGE")
    iceberg = Run((f"DROP TABLE {table.on('iceberg')}",))
    return Plan("DDL", "DROP_TABLE", Glue("drop_table", {"table": table, "if_exists": if_exists}), table, iceberg)


def _drop_view(cursor: Cursor, database: str) -> Plan:
    exists = "IF EXISTS " if cursor.take("IF", "EXISTS") else ""
    view = cursor.name(database)
    return Plan("DDL", "DROP_VIEW", Run((f"DROP VIEW {exists}{view.on('awsdatacatalog')}",)))


def _alter_table(cursor: Cursor, database: str) -> Plan:
    table = cursor.name(database)
    for words, read in _ALTERATIONS.items():
        if cursor.take(*words):
            name, hive, iceberg = read(cursor, table)
            return Plan("DDL", f"ALTER_TABLE_{name}", hive, table, iceberg)
    raise cursor.mismatch(*sorted({words[0] for words in _ALTERATIONS}))


_Alteration = tuple[str, Action, Action]
_NO_PARTITIONS = Refuse("NOT_SUPPORTED: Iceberg tables keep their own partitions; write rows instead")


def _add_columns(cursor: Cursor, table: Name) -> _Alteration:
    added = columns(cursor)
    statements = []
    for column in added:
        comment = f" COMMENT {literal(column['Comment'])}" if "Comment" in column else ""
        statements.append(f"ADD COLUMN {quote(column['Name'])} {trino_type(column['Type'])}{comment}")
    refusal = _refused_type([column["Type"] for column in added])
    hive = Glue("add_columns", {"table": table, "columns": added})
    return "ADD_COLUMNS", hive, refusal or _alter_iceberg(table, *statements)


def _replace_columns(cursor: Cursor, table: Name) -> _Alteration:
    replaced = Glue("replace_columns", {"table": table, "columns": columns(cursor)})
    refusal = Refuse(
        "NOT_SUPPORTED: REPLACE COLUMNS is not supported for Iceberg tables; use ADD, DROP and CHANGE COLUMN"
    )
    return "REPLACE_COLUMNS", replaced, refusal


def _change_column(cursor: Cursor, table: Name) -> _Alteration:
    cursor.take("COLUMN")
    old = cursor.identifier().lower()
    new = cursor.identifier().lower()
    kind = cursor.until("COMMENT", "FIRST", "AFTER").lower()
    comment = cursor.string() if cursor.take("COMMENT") else None
    column = {"Name": new, "Type": kind} | ({} if comment is None else {"Comment": comment})
    statements = [f"RENAME COLUMN {quote(old)} TO {quote(new)}"] if new != old else []
    statements.append(f"ALTER COLUMN {quote(new)} SET DATA TYPE {trino_type(kind)}")
    iceberg = _refused_type([kind]) or _alter_iceberg(table, *statements)
    if comment is not None and isinstance(iceberg, Run):
        comments = f"COMMENT ON COLUMN {table.on('iceberg')}.{quote(new)} IS {literal(comment)}"
        iceberg = Run((*iceberg.statements, comments))
    return "CHANGE_COLUMN", Glue("change_column", {"table": table, "old": old, "column": column}), iceberg


def _drop_column(cursor: Cursor, table: Name) -> _Alteration:
    column = cursor.identifier().lower()
    hive = Refuse("NOT_SUPPORTED: DROP COLUMN is only supported for Iceberg tables; use REPLACE COLUMNS")
    return "DROP_COLUMN", hive, _alter_iceberg(table, f"DROP COLUMN {quote(column)}")


def _rename(cursor: Cursor, table: Name) -> _Alteration:
    new = cursor.name(table.schema)
    hive = Refuse("NOT_SUPPORTED: RENAME TO is only supported for Iceberg tables")
    target = f"{quote(new.schema)}.{quote(new.table)}"
    return "RENAME", hive, _alter_iceberg(table, f"RENAME TO {quote('iceberg')}.{target}")


def _set_properties(cursor: Cursor, table: Name) -> _Alteration:
    values = properties(cursor)
    hive = Glue("set_table_properties", {"table": table, "parameters": values})
    return "SET_TBLPROPERTIES", hive, _iceberg_properties(table, values)


def _unset_properties(cursor: Cursor, table: Name) -> _Alteration:
    exists = cursor.take("IF", "EXISTS")
    cursor.expect("(")
    keys = [cursor.string()]
    while cursor.take(","):
        keys.append(cursor.string())
    cursor.expect(")")
    hive = Glue("unset_table_properties", {"table": table, "keys": keys, "if_exists": exists})
    return (
        "UNSET_TBLPROPERTIES",
        hive,
        Refuse("NOT_SUPPORTED: the local Athena cannot unset an Iceberg table's property; set it"),
    )


def _set_location(cursor: Cursor, table: Name) -> _Alteration:
    hive = Glue("set_location", {"table": table, "location": cursor.string()})
    return "SET_LOCATION", hive, Refuse("NOT_SUPPORTED: an Iceberg table's location cannot be changed")


def _add_partitions(cursor: Cursor, table: Name) -> _Alteration:
    if_not_exists = cursor.take("IF", "NOT", "EXISTS")
    partitions = []
    while cursor.take("PARTITION"):
        values = _partition(cursor)
        partitions.append((values, cursor.string() if cursor.take("LOCATION") else None))
    if not partitions:
        raise cursor.mismatch("PARTITION")
    arguments = {"table": table, "partitions": partitions, "if_not_exists": if_not_exists}
    return "ADD_PARTITION", Glue("add_partitions", arguments), _NO_PARTITIONS


def _drop_partitions(cursor: Cursor, table: Name) -> _Alteration:
    if_exists = cursor.take("IF", "EXISTS")
    partitions: list[dict[str, str]] = []
    while not partitions or cursor.take(","):
        cursor.expect("PARTITION")
        partitions.append(_partition(cursor))
    arguments = {"table": table, "partitions": partitions, "if_exists": if_exists}
    return "DROP_PARTITION", Glue("drop_partitions", arguments), _NO_PARTITIONS


def _alter_partition(cursor: Cursor, table: Name) -> _Alteration:
    values = _partition(cursor)
    if cursor.take("SET", "LOCATION"):
        arguments = {"table": table, "values": values, "location": cursor.string()}
        return "SET_PARTITION_LOCATION", Glue("set_partition_location", arguments), _NO_PARTITIONS
    cursor.expect("RENAME", "TO", "PARTITION")
    arguments = {"table": table, "values": values, "new": _partition(cursor)}
    return "RENAME_PARTITION", Glue("rename_partition", arguments), _NO_PARTITIONS


def _partition(cursor: Cursor) -> dict[str, str]:
    """One partition's values by column, from `(dt = '2024-01-01', n = 1)`."""
    cursor.expect("(")
    values: dict[str, str] = {}
    while not values or cursor.take(","):
        column = cursor.identifier().lower()
        cursor.expect("=")
        values[column] = cursor.read().value
    cursor.expect(")")
    return values


def _alter_iceberg(table: Name, *changes: str) -> Run:
    return Run(tuple(f"ALTER TABLE {table.on('iceberg')} {change}" for change in changes))


def _refused_type(hive_types: list[str]) -> Refuse | None:
    for kind in hive_types:
        reason = iceberg_refusal(trino_type(kind))
        if reason:
            return Refuse(reason)
    return None


def _iceberg_properties(table: Name, values: dict[str, str]) -> Action:
    written = iceberg_properties(values)
    return written if isinstance(written, Refuse) else _alter_iceberg(table, f"SET PROPERTIES {', '.join(written)}")


def _repair(cursor: Cursor, database: str) -> Plan:
    table = cursor.name(database)
    arguments = ", ".join(literal(text) for text in (table.schema, table.table, "ADD"))
    repair = Run((f"CALL awsdatacatalog.system.sync_partition_metadata({arguments})",))
    return Plan("DDL", "MSCK_REPAIR_TABLE", repair, table, _NO_PARTITIONS)


def _show_databases(cursor: Cursor, _: str) -> Plan:
    cursor.take("LIKE")
    pattern = None if cursor.done else cursor.string()
    return Plan("UTILITY", "SHOW_DATABASES", Glue("show_databases", {"pattern": pattern}))


def _show_tables(method: str, name: str) -> _Reader:
    def read(cursor: Cursor, database: str) -> Plan:
        if cursor.take("IN") or cursor.take("FROM"):
            database = cursor.identifier().lower()
        cursor.take("LIKE")
        pattern = None if cursor.done else cursor.string()
        return Plan("UTILITY", name, Glue(method, {"database": database, "pattern": pattern}))

    return read


def _about_table(method: str, name: str) -> _Reader:
    """A reader for the questions that name a table and nothing else."""

    def read(cursor: Cursor, database: str) -> Plan:
        table = cursor.name(database)
        return Plan("UTILITY", name, Glue(method, {"table": table}), table)

    return read


def _show_columns(cursor: Cursor, database: str) -> Plan:
    if not cursor.take("IN"):
        cursor.expect("FROM")
    table = cursor.name(database)
    if cursor.take("IN") or cursor.take("FROM"):
        table = Name(cursor.identifier().lower(), table.table)
    return Plan("UTILITY", "SHOW_COLUMNS", Glue("show_columns", {"table": table}), table)


_ALTERATIONS: dict[tuple[str, ...], Callable[[Cursor, Name], _Alteration]] = {
    ("ADD", "COLUMNS"): _add_columns,
    ("ADD",): _add_partitions,
    ("REPLACE", "COLUMNS"): _replace_columns,
    ("CHANGE",): _change_column,
    ("DROP", "COLUMN"): _drop_column,
    ("DROP",): _drop_partitions,
    ("PARTITION",): _alter_partition,
    ("RENAME", "TO"): _rename,
    ("SET", "TBLPROPERTIES"): _set_properties,
    ("UNSET", "TBLPROPERTIES"): _unset_properties,
    ("SET", "LOCATION"): _set_location,
}
_STATEMENTS: dict[tuple[str, ...], _Reader] = {
    ("CREATE", "EXTERNAL", "TABLE"): create_external_table,
    ("CREATE", "TABLE"): create_iceberg_table,
    ("CREATE", "DATABASE"): _create_database,
    ("CREATE", "SCHEMA"): _create_database,
    ("DROP", "DATABASE"): _drop_database,
    ("DROP", "SCHEMA"): _drop_database,
    ("ALTER", "DATABASE"): _alter_database,
    ("ALTER", "SCHEMA"): _alter_database,
    ("DROP", "TABLE"): _drop_table,
    ("DROP", "VIEW"): _drop_view,
    ("ALTER", "TABLE"): _alter_table,
    ("MSCK", "REPAIR", "TABLE"): _repair,
    ("SHOW", "DATABASES"): _show_databases,
    ("SHOW", "SCHEMAS"): _show_databases,
    ("SHOW", "TABLES"): _show_tables("show_tables", "SHOW_TABLES"),
    ("SHOW", "VIEWS"): _show_tables("show_views", "SHOW_VIEWS"),
    ("SHOW", "PARTITIONS"): _about_table("show_partitions", "SHOW_PARTITIONS"),
    ("SHOW", "COLUMNS"): _show_columns,
    ("SHOW", "TBLPROPERTIES"): _about_table("show_table_properties", "SHOW_TBLPROPERTIES"),
    ("SHOW", "CREATE", "TABLE"): _about_table("show_create_table", "SHOW_CREATE_TABLE"),
    ("DESCRIBE",): _about_table("describe", "DESCRIBE_TABLE"),
    ("DESC",): _about_table("describe", "DESCRIBE_TABLE"),
}
