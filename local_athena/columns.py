"""Column types in the three spellings: Hive's (Glue and DDL), Trino's, and Athena's in result metadata."""

from __future__ import annotations

import re
from collections.abc import Callable

from local_athena.tokens import quote

_HIVE_TO_TRINO = {
    "string": "varchar",
    "int": "integer",
    "long": "bigint",
    "float": "real",
    "binary": "varbinary",
    "timestamp": "timestamp(6)",
    "timestamptz": "timestamp(6) with time zone",
}
_TRINO_TO_HIVE = {"varchar": "string", "integer": "int", "real": "float", "varbinary": "binary"}
_TIMESTAMP = re.compile(r"timestamp\s*\(\d+\)")
_SPACES = re.compile(r"(?:\s*)([(,])\s*|\s+(?=\))")
_NESTED = re.compile(r"^(array|map|row|struct)\s*[(<](.*)[)>]$", re.DOTALL)

# What Athena refuses in an Iceberg table, though this Trino would quietly store a wider type.
_NOT_ICEBERG = re.compile(r"\b(tinyint|smallint|char\(\d+\))")
_PRECISION = re.compile(r"\b(timestamp|time)\((\d+)\)( with time zone)?")


def trino_type(hive: str) -> str:
    """Trino's spelling of a type in Hive's DDL, for an Iceberg table: `struct<a:int>` is `row("a" integer)`."""
    return _convert(hive, lambda name: _HIVE_TO_TRINO.get(name, name), "()", ":", "row", quote)


def hive_type(trino: str) -> str:
    """Hive's spelling of one of Trino's types: `row(a integer)` is `struct<a:int>`."""
    return _convert(trino, _hive_name, "<>", " ", "struct", str)


def iceberg_refusal(trino: str) -> str | None:
    """Athena's message when it does not store this type (Trino's spelling) in an Iceberg table, else None."""
    found = _NOT_ICEBERG.search(trino)
    if found:
        return f"NOT_SUPPORTED: Type not supported for Iceberg: {found.group()}"
    for name, precision, zone in _PRECISION.findall(trino):
        if precision != "6":
            title = name.capitalize()
            return (
                f"NOT_SUPPORTED: {title} precision ({precision}) not supported for Iceberg. "
                f'Use "{name}(6){zone}" instead.'
            )
    return None


def _hive_name(name: str) -> str:
    return _TRINO_TO_HIVE.get(name) or _TIMESTAMP.sub("timestamp", name)


def _convert(
    text: str, simple: Callable[[str], str], brackets: str, separator: str, row: str, field: Callable[[str], str]
) -> str:
    """Rewrites a type; `separator` stands between a field's name and type in the spelling that is read."""
    text = text.strip()
    nested = _NESTED.match(text if text.startswith("row(") else text.lower())
    if nested is None:
        return simple(_SPACES.sub(r"\1", text.lower()))
    base, inner = nested.groups()
    arguments = []
    for part in _split(inner):
        if base in ("row", "struct"):
            name, kind = _field(part.strip(), separator)
            kind = _convert(kind, simple, brackets, separator, row, field)
            name = field(name)
            arguments.append(f"{name}:{kind}" if brackets == "<>" else f"{name} {kind}")
        else:
            arguments.append(_convert(part, simple, brackets, separator, row, field))
    base = row if base in ("row", "struct") else base
    joint = "," if brackets == "<>" else ", "
    return f"{base}{brackets[0]}{joint.join(arguments)}{brackets[1]}"


def _field(text: str, separator: str) -> tuple[str, str]:
    """The name and the type of a row's field; the name may be quoted."""
    if text[:1] in ('"', "`"):
        name, _, kind = text[1:].partition(text[0])
        return name, kind.lstrip().removeprefix(":")
    name, _, kind = text.partition(separator)
    return name.strip(), kind


def _split(text: str) -> list[str]:
    """The parts of `text` between commas outside brackets."""
    parts, depth, start = [], 0, 0
    for position, character in enumerate(text):
        depth += character in "(<"
        depth -= character in ")>"
        if character == "," and depth == 0:
            parts.append(text[start:position])
            start = position + 1
    return [*parts, text[start:]]
