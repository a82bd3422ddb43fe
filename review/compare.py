"""Compares the public tables of two DuckDB warehouses that two versions of the code have built from the same files."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import duckdb

from review.difference import COUNTS, Comparison, Example, TableDifference
from review.public import NOT_COMPARED, PUBLIC

_SIDES = ("base", "here")


class CompareError(RuntimeError):
    """A warehouse cannot be compared. ``str(error)`` is one line."""


def compare(
    base: Path, here: Path, names: tuple[str, str] = _SIDES, examples: int = 5, leave_out: Collection[str] = ()
) -> Comparison:
    """Return how the public tables of the warehouse `here` differ from those of `base`, with some examples each.

    Values are compared as they are typed. Money is decimal and is shown as text, so no digit of it is lost. Columns in
    `leave_out` are not compared: `published_at` differs between a rebuild and what it rebuilds.

    Raises:
        CompareError: a warehouse is missing or cannot be read.
    """
    with duckdb.connect() as connection:
        # A value with a zone is shown the same on every machine.
        connection.execute("set TimeZone = 'UTC'")
        for side, warehouse in zip(_SIDES, (base, here), strict=True):
            _copy(connection, side, warehouse)
        tables = tuple(_table(connection, table, examples, NOT_COMPARED.union(leave_out)) for table in PUBLIC)
    return Comparison(*names, tables)


def _copy(connection: duckdb.DuckDBPyConnection, side: str, warehouse: Path) -> None:
    """Copy the public tables of a warehouse into a schema.

    A view names its database, so both files have to be attached by the same name, one after the other.
    """
    connection.execute(f"create schema {side}")
    if not warehouse.is_file():
        raise CompareError(f"there is no warehouse {warehouse}: the build has not written one")
    try:
        connection.execute(f"attach {_quoted(str(warehouse))} as {_name(warehouse.stem)} (read_only)")
        relations = (
            f"information_schema.tables where table_catalog = {_quoted(warehouse.stem)} and table_schema = 'main'"
        )
        there = {name for (name,) in connection.execute(f"select table_name from {relations}").fetchall()}  # noqa: S608
        for table in sorted(there & PUBLIC.keys()):
            connection.execute(f"create table {side}.{table} as from {_name(warehouse.stem)}.main.{table}")
        connection.execute(f"detach {_name(warehouse.stem)}")
    except duckdb.Error as error:
        raise CompareError(f"{warehouse} cannot be read: {' '.join(str(error).split())}") from error


@dataclass(frozen=True)
class _Compared:
    """The columns of a table that both sides have: those that tell rows apart, and the others."""

    table: str
    key: tuple[str, ...]
    rest: tuple[str, ...]
    of_two_types: frozenset[str]

    def differs(self, name: str) -> str:
        """Return SQL of whether a value differs. Values of two types are compared as text."""
        cast = "::varchar" if name in self.of_two_types else ""
        base, here = (f"{side}_rows.{_name(name)}{cast}" for side in _SIDES)
        return f"({base} is distinct from {here})"

    @property
    def changed(self) -> str:
        return f"({' or '.join(map(self.differs, self.rest)) or 'false'})"

    @property
    def joined(self) -> str:
        """Both sides joined by key. Rows of one key are numbered, so that each has its own partner."""
        partition = f"partition by {', '.join(map(_name, self.key))} " if self.key else ""
        numbered = f"row_number() over ({partition}order by {', '.join(map(_name, (*self.key, *self.rest)))}) as nth"
        sides = [
            f"(select *, true as in_{side}, {numbered} from {side}.{self.table}) as {side}_rows"  # noqa: S608
            for side in _SIDES
        ]
        matching = " and ".join(f"not {self.differs(name)}" for name in (*self.key, "nth"))
        return f"from {sides[0]} full join {sides[1]} on {matching}"


def _table(
    connection: duckdb.DuckDBPyConnection, table: str, examples: int, not_compared: Collection[str]
) -> TableDifference:
    base, here = (_columns(connection, side, table) for side in _SIDES)
    if not base or not here:
        in_base, here_too = (
            _count(connection, side, table) if found else 0 for side, found in zip(_SIDES, (base, here), strict=True)
        )
        return TableDifference(
            table, missing_in_base=not base, missing_here=not here, rows_in_base=in_base, rows_here=here_too
        )
    differing = {name for name in {**base, **here} if base.get(name) != here.get(name)}
    common = [name for name in base if name in here and name not in not_compared]
    compared = _Compared(
        table,
        tuple(name for name in PUBLIC[table] if name in common),
        tuple(name for name in common if name not in PUBLIC[table]),
        frozenset(differing),
    )
    counted = connection.execute(
        "select count(*) filter (where in_base), count(*) filter (where in_here),"
        " count(*) filter (where in_here is null), count(*) filter (where in_base is null),"
        f" count(*) filter (where in_base and in_here and {compared.changed}) {compared.joined}"
    ).fetchone()
    assert counted is not None  # noqa: S101  # an aggregate has one row
    counts: dict[str, int] = dict(zip(COUNTS, counted, strict=True))
    return TableDifference(
        table,
        missing_in_base=False,
        missing_here=False,
        columns=tuple(
            f"{name}: {base.get(name, 'not there')} in base, {here.get(name, 'not there')} here"
            for name in {**base, **here}
            if name in differing
        ),
        examples=_examples(connection, compared, examples) if any(counted[2:]) else (),
        **counts,
    )


def _examples(connection: duckdb.DuckDBPyConnection, compared: _Compared, limit: int) -> tuple[Example, ...]:
    columns = [*compared.key, *compared.rest]
    shown = [f"{side}_rows.{_name(name)}::varchar" for name in columns for side in _SIDES]
    order = ", ".join(f"coalesce({base}, {here})" for base, here in zip(shown[::2], shown[1::2], strict=True))
    rows = connection.execute(
        f"select in_base, in_here, {', '.join(shown)} {compared.joined}"
        f" where in_base is null or in_here is null or {compared.changed} order by {order} limit {limit}"
    ).fetchall()
    return tuple(_example(row, [*compared.key], [*compared.rest]) for row in rows)


def _example(row: tuple[object, ...], key: list[str], rest: list[str]) -> Example:
    in_base, in_here, *values = row
    pairs: dict[str, tuple[str | None, str | None]] = dict(
        zip([*key, *rest], zip(values[::2], values[1::2], strict=True), strict=True)  # type: ignore[arg-type]
    )
    named = {name: pairs[name][0] if in_base else pairs[name][1] for name in key}
    changed = {name: pairs[name] for name in rest if pairs[name][0] != pairs[name][1]}
    return Example("changed" if in_base and in_here else "only in base" if in_base else "only here", named, changed)


def _columns(connection: duckdb.DuckDBPyConnection, side: str, table: str) -> dict[str, str]:
    rows = connection.execute(
        "select column_name, lower(data_type) from information_schema.columns"
        " where table_catalog = 'memory' and table_schema = ? and table_name = ? order by ordinal_position",
        [side, table],
    ).fetchall()
    return dict(rows)


def _count(connection: duckdb.DuckDBPyConnection, side: str, table: str) -> int:
    found = connection.execute(f"select count(*) from {side}.{table}").fetchone()  # noqa: S608
    assert found is not None  # noqa: S101  # an aggregate has one row
    return int(found[0])


def _name(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
