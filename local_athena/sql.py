"""Reads a statement in Athena's SQL and says what is to be done for it; nothing runs here.

Queries and DML are Trino's own SQL and pass untouched. Only the head of CREATE TABLE AS, and DDL, are translated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from local_athena import ddl
from local_athena.ctas import create_table_as
from local_athena.plan import Plan, Refuse, Run, StatementType, Vacuum
from local_athena.tokens import Cursor, MalformedStatementError, Name, Token, literal, tokenize

MAXIMUM_BYTES = 262_144

_QUERIES = ("SELECT", "WITH", "VALUES", "TABLE", "(")
_HIVE_ROWS = "NOT_SUPPORTED: Modifying Hive table rows is only supported for transactional tables"
# Athena runs these; this engine does not.
_NOT_HERE = ("UNLOAD", "PREPARE", "EXECUTE", "DEALLOCATE")
_SECONDS_PER_DAY = 86_400
_VACUUM_AGE = 5 * _SECONDS_PER_DAY


def plan(text: str, database: str, parameters: tuple[str, ...] = ()) -> Plan:
    """What is to be done for the statement `text`.

    `database` is taken for names without one; `parameters` are the SQL values of its question marks.
    Raises MalformedStatementError where Athena refuses to start a query.
    """
    query, tokens = _without_end(text, hive=False)
    # What is a string here may be a comment there: DDL is cut as Hive reads it.
    declaration, hive_tokens = _without_end(text, hive=True)
    if not tokens:
        raise MalformedStatementError("The query string is empty")
    if all(any(token.text == ";" for token in read) for read in (tokens, hive_tokens)):
        raise MalformedStatementError(f"Only one sql statement is allowed. Got: {query}")
    cursor = Cursor(query, tokens)
    if any(cursor.at(word) for word in _QUERIES):
        return Plan("DML", "SELECT", _run(query, parameters))
    for words, read in _STATEMENTS.items():
        if cursor.at(*words):
            return read(cursor, database, parameters)
    if cursor.token.text.upper() in _NOT_HERE:
        raise MalformedStatementError(f"{cursor.token.text.upper()} is not supported by the local Athena")
    as_query = create_table_as(cursor, database) if cursor.at("CREATE", "TABLE") else None
    return as_query or ddl.plan(declaration, database)


def vacuum_statements(table: Name, properties: Mapping[str, str]) -> tuple[str, ...]:
    """Trino's statements for VACUUM, by the table's own properties; Athena keeps five days and one snapshot."""
    age = int(properties.get("vacuum_max_snapshot_age_seconds", _VACUUM_AGE))
    keep = int(properties.get("vacuum_min_snapshots_to_keep", 1))
    head = f"ALTER TABLE {table.on('iceberg')} EXECUTE"
    return (
        f"{head} expire_snapshots(retention_threshold => '{age}s', retain_last => {keep})",
        f"{head} remove_orphan_files(retention_threshold => '{age}s')",
    )


def _without_end(text: str, *, hive: bool) -> tuple[str, list[Token]]:
    """The statement without semicolons and comments at its end, and its tokens."""
    tokens = tokenize(text, hive=hive)
    while tokens and tokens[-1].text == ";":
        tokens.pop()
    return text[: tokens[-1].end] if tokens else "", tokens


def _run(text: str, parameters: tuple[str, ...]) -> Run:
    if parameters:
        text = f"EXECUTE IMMEDIATE {literal(text)} USING {', '.join(parameters)}"
    return Run((text,))


def _untouched(statement_type: StatementType, name: str) -> Callable[[Cursor, str, tuple[str, ...]], Plan]:
    """A reader for statements that Trino knows as they are."""
    return lambda cursor, database, parameters: Plan(statement_type, name, _run(cursor.text, parameters))


def _rows_of_iceberg(name: str, *words: str) -> Callable[[Cursor, str, tuple[str, ...]], Plan]:
    """A reader for statements that change rows, which Athena does in Iceberg tables only."""

    def read(cursor: Cursor, database: str, parameters: tuple[str, ...]) -> Plan:
        cursor.expect(*words)
        table = cursor.name(database)
        return Plan("DML", name, Refuse(_HIVE_ROWS), table, _run(cursor.text, parameters))

    return read


def _optimize(cursor: Cursor, database: str, _: tuple[str, ...]) -> Plan:
    cursor.expect("OPTIMIZE")
    table = cursor.name(database)
    cursor.expect("REWRITE", "DATA", "USING", "BIN_PACK")
    where = ""
    if cursor.at("WHERE"):
        where = " " + cursor.rest()
    cursor.end()
    statement = f"ALTER TABLE {table.on('iceberg')} EXECUTE optimize{where}"
    refusal = Refuse(f"NOT_SUPPORTED: OPTIMIZE is only supported for Iceberg tables, and {table} is not one")
    return Plan("DML", "OPTIMIZE", refusal, table, Run((statement,)))


def _vacuum(cursor: Cursor, database: str, _: tuple[str, ...]) -> Plan:
    cursor.expect("VACUUM")
    table = cursor.name(database)
    cursor.end()
    refusal = Refuse(f"NOT_SUPPORTED: VACUUM is only supported for Iceberg tables, and {table} is not one")
    return Plan("DML", "VACUUM", refusal, table, Vacuum(table))


_STATEMENTS: dict[tuple[str, ...], Callable[[Cursor, str, tuple[str, ...]], Plan]] = {
    ("INSERT", "INTO"): _untouched("DML", "INSERT"),
    ("MERGE", "INTO"): _rows_of_iceberg("MERGE", "MERGE", "INTO"),
    ("UPDATE",): _rows_of_iceberg("UPDATE", "UPDATE"),
    ("DELETE", "FROM"): _rows_of_iceberg("DELETE", "DELETE", "FROM"),
    ("EXPLAIN",): _untouched("UTILITY", "EXPLAIN"),
    ("CREATE", "VIEW"): _untouched("DDL", "CREATE_VIEW"),
    ("CREATE", "OR", "REPLACE", "VIEW"): _untouched("DDL", "CREATE_VIEW"),
    ("SHOW", "CREATE", "VIEW"): _untouched("UTILITY", "SHOW_CREATE_VIEW"),
    ("OPTIMIZE",): _optimize,
    ("VACUUM",): _vacuum,
}
