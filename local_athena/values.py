"""Trino's values and types as Athena gives them in results: all text, with Java's way of writing numbers."""

from __future__ import annotations

import base64
from decimal import Decimal
from typing import Any

# Athena's precision of the types that have none of their own.
_PRECISION = {
    "tinyint": 3,
    "smallint": 5,
    "integer": 10,
    "bigint": 19,
    "float": 17,
    "double": 17,
    "varchar": 2_147_483_647,
    "varbinary": 1_073_741_824,
    "timestamp": 3,
    "timestamp with time zone": 3,
    "time": 3,
    "time with time zone": 3,
}


def column_info(name: str, signature: dict[str, Any] | None = None) -> dict[str, Any]:
    """Athena's ColumnInfo for a column of Trino's type `signature`; without one, for a column of strings of Hive's."""
    signature = signature or {"rawType": "string", "arguments": []}
    kind = "float" if signature["rawType"] == "real" else signature["rawType"]
    numbers = [argument["value"] for argument in signature["arguments"] if argument["kind"] == "LONG"]
    precision, scale = _PRECISION.get(kind, 0), 0
    if kind in ("decimal", "varchar", "char") and numbers:
        precision, scale = numbers[0], (numbers[1] if len(numbers) > 1 else 0)
    return {
        "CatalogName": "hive",
        "SchemaName": "",
        "TableName": "",
        "Name": name,
        "Label": name,
        "Type": kind,
        "Precision": precision,
        "Scale": scale,
        "Nullable": "UNKNOWN",
        "CaseSensitive": kind in ("varchar", "char", "string"),
    }


def text_of(value: Any, signature: dict[str, Any]) -> str | None:
    """Athena's text of one of Trino's values; None for NULL."""
    return None if value is None else _text(value, signature)


def _text(value: Any, signature: dict[str, Any]) -> str:
    if value is None:
        return "null"
    kind = signature["rawType"]
    if kind == "array":
        inner = signature["arguments"][0]["value"]
        return "[" + ", ".join(_text(element, inner) for element in value) + "]"
    if kind == "map":
        key, inner = (argument["value"] for argument in signature["arguments"])
        return "{" + ", ".join(f"{_text(k, key)}={_text(v, inner)}" for k, v in value.items()) + "}"
    if kind == "row":
        return "{" + ", ".join(_fields(value, signature)) + "}"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _java_double(value)
    if kind == "varbinary":
        return base64.b64decode(value).hex(" ")
    return str(value)


def _fields(values: list[Any], signature: dict[str, Any]) -> list[str]:
    texts = []
    for position, (value, argument) in enumerate(zip(values, signature["arguments"], strict=True)):
        field = argument["value"]
        name = field.get("fieldName", {}).get("name", f"field{position}")
        texts.append(f"{name}={_text(value, field['typeSignature'])}")
    return texts


def _java_double(number: float) -> str:
    """Java's Double.toString: 1.5E10 where Python writes 15000000000.0."""
    if number == 0 or 1e-3 <= abs(number) < 1e7:
        return repr(number)
    sign, digits, exponent = Decimal(repr(number)).as_tuple()
    if not isinstance(exponent, int):  # NaN and Infinity come as text
        return repr(number)
    text = "".join(map(str, digits)).rstrip("0")
    exponent += len(digits) - 1
    return f"{'-' if sign else ''}{text[0]}.{text[1:] or '0'}E{exponent}"
