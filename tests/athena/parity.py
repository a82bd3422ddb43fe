"""Compares every table that two houses have built, one on DuckDB and one on Athena: types, rows, values.

Both engines write each row as the same text and hash it; per bucket of hashes they give the number of rows and the sum
of the hashes, so that a table of a million rows is compared by 256 lines. Only where a bucket differs are its rows
fetched.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass

from tests.athena.house import AthenaHouse
from tests.end_to_end.house import House

# Ids of builds and hashes of rendered code differ between two houses; times do not, if both built by the same clock.
NOT_COMPARED = {"publication_id", "previous_publication_id", "invocation_id", "target_name", "signature"}
_SAME_TYPE = {"timestamp(6)": "timestamp", "array(varchar)": "varchar[]", "varbinary": "blob"}


@dataclass(frozen=True)
class Difference:
    """One way in which a relation is not the same on both engines."""

    relation: str
    what: str

    def __str__(self) -> str:
        return f"{self.relation}: {self.what}"


def differences(athena: AthenaHouse, duckdb: House, *names: str) -> list[Difference]:
    """Return how the relations of the project differ (or those of these names), an empty list where they do not.

    Each relation is mentioned once for its columns, and else for its rows, with the number of rows that stand on one
    side only and the first of them.
    """
    found = []
    for relation in names or relations(athena):
        columns = _columns(duckdb, relation, "main")
        theirs = _columns(athena, relation, athena.schema)
        if [*columns.items()] != [*theirs.items()]:
            ours_only, theirs_only = (
                sorted(one.items() - other.items()) for one, other in ((columns, theirs), (theirs, columns))
            )
            order = "" if ours_only or theirs_only else " (in another order)"
            found.append(Difference(relation, f"columns on DuckDB {ours_only}, on Athena {theirs_only}{order}"))
            continue
        compared = {name: kind for name, (kind, _) in columns.items() if name not in NOT_COMPARED}
        what = _rows(athena, duckdb, relation, compared)
        if what is not None:
            found.append(Difference(relation, what))
    return found


def relations(house: House) -> list[str]:
    """Return what a house shows its readers, in the order of the names: views, seeds, and the publications.

    Records and work tables are left out: readers see them through views, and they hold also what was never published.
    """
    manifest = json.loads((house.project / "target" / "manifest.json").read_text())
    return sorted(
        node["alias"]
        for node in manifest["nodes"].values()
        if node["resource_type"] in ("model", "seed")
        and (node["config"]["materialized"] in ("view", "seed") or node["name"] == "publications")
    )


def _columns(house: House, relation: str, schema: str) -> dict[str, tuple[str, str]]:
    """Return type and nullability of each column, in order; types as DuckDB calls them."""
    rows = house.query(
        "select column_name, lower(data_type), is_nullable from information_schema.columns"
        f" where table_schema = '{schema}' and table_name = '{relation}' order by ordinal_position"
    )
    return {name: (_SAME_TYPE.get(kind, kind), nullable) for name, kind, nullable in rows}


def _rows(athena: AthenaHouse, duckdb: House, relation: str, columns: dict[str, str]) -> str | None:
    theirs = athena.query(
        "select lower(substr(to_hex(hash), 1, 2)), count(*),"
        " cast(sum(from_base(substr(to_hex(hash), 3, 12), 16)) as varchar)"
        f" from (select sha256(to_utf8({_text(columns, _ON_ATHENA)})) as hash from {relation}) as hashed group by 1"
    )
    ours = duckdb.query(
        "select substr(hash, 1, 2), count(*), cast(sum(('0x' || substr(hash, 3, 12))::bigint) as varchar)"
        f" from (select sha256({_text(columns, _ON_DUCKDB)}) as hash from {relation}) as hashed group by 1"
    )
    buckets = sorted({bucket for bucket, _, _ in set(ours) ^ set(theirs)})
    return _first_difference(athena, duckdb, relation, columns, buckets) if buckets else None


def _first_difference(
    athena: AthenaHouse, duckdb: House, relation: str, columns: dict[str, str], buckets: list[str]
) -> str:
    chosen = ", ".join(f"'{bucket}'" for bucket in buckets)
    text, their_text = _text(columns, _ON_DUCKDB), _text(columns, _ON_ATHENA)
    ours = Counter(
        row
        for (row,) in duckdb.query(
            f"select {text} as row_text from {relation} where substr(sha256({text}), 1, 2) in ({chosen})"
        )
    )
    theirs = Counter(
        row
        for (row,) in athena.query(
            f"select {their_text} as row_text from {relation}"
            f" where lower(substr(to_hex(sha256(to_utf8({their_text}))), 1, 2)) in ({chosen})"
        )
    )
    missing, extra = ours - theirs, theirs - ours
    first = min([*missing, *extra])
    side = "DuckDB" if first in missing else "Athena"
    return (
        f"{missing.total()} rows on DuckDB only, {extra.total()} on Athena only;"
        f" first on {side}: {', '.join(columns)} = {first!r}"
    )


def _text(columns: dict[str, str], engine: dict[str, str]) -> str:
    """Return SQL of a row as text: each value with its length before it, so that no two rows are the same text."""
    parts = []
    for name, kind in columns.items():
        value = engine.get(kind, "cast({} as varchar)").format(f'"{name}"')
        parts.append(f"coalesce(cast(length({value}) as varchar) || ':' || {value}, '-')")
    return " || ' ' || ".join(parts)


# Each engine prints doubles in a form of its own. They are shares and ratios, never money: six digits are compared.
_DOUBLE = "cast(cast(round({} * 1e6) as bigint) as varchar)"
_ON_DUCKDB = {
    "varchar": "{}",
    "double": _DOUBLE,
    "timestamp": "strftime({}, '%Y-%m-%d %H:%M:%S.%f')",
    "blob": "hex({})",
    "varchar[]": "cast(len({0}) as varchar) || '/' || array_to_string({0}, '|')",
}
_ON_ATHENA = {
    "varchar": "{}",
    "double": _DOUBLE,
    "timestamp": "cast({} as varchar)",
    "blob": "to_hex({})",
    "varchar[]": "cast(cardinality({0}) as varchar) || '/' || array_join({0}, '|')",
}
