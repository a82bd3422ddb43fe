"""The feed as it will be written: words of the table and of its columns, in the order of the file."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

from loader.new_feed.layout import Layout
from loader.new_feed.table import Field, Table

_LETTERS = str.maketrans(
    {"ß": "ss", "ł": "l", "ø": "o", "æ": "ae", "œ": "oe", "đ": "d", "\u0131": "i", "Ł": "L", "Ø": "O", "#": " no "}
)
# Names that models and engines keep for themselves, or that canonical columns have.
_TAKEN = frozenset(
    [
        "account_id",
        "amount",
        "balance",
        "balance_after",
        "booked_at",
        "booking_date",
        "booking_time",
        "business_key",
        "currency",
        "delivered_amount",
        "delivered_balance",
        "delivered_currency",
        "delivery_number",
        "extra_fields",
        "failed_codes",
        "feed",
        "file_id",
        "ingest_date",
        "landed_at",
        "line_number",
        "minor_units",
        "raw_record",
        "rejection_details",
        "rejection_reasons",
        "row_hash",
        "row_number",
        "states",
        "transaction_id",
        "opening_balance",
        "closing_balance",
        "closing_date",
        "period_end",
        "row_count",
        "entry_count",
        "is_passed_over",
        "stated_kind",
        "stated_balance",
    ]
)
_HEADER_LINES = 100


@dataclass
class ColumnDraft:
    """One column of the contract. ``at`` is its place in the file, from 0; None where the rows do not hold it."""

    name: str
    meta: dict[str, Any]
    description: str = ""
    at: int | None = None


@dataclass
class Draft:
    """What is written: the feed, its table's words, its columns, and what entries look like in the samples."""

    feed: str
    meta: dict[str, Any]
    columns: list[ColumnDraft] = field(default_factory=list)

    def column(self, name: str) -> ColumnDraft | None:
        """Return the column of this name, None where there is none."""
        return next((column for column in self.columns if column.name == name), None)

    def name_at(self, at: int) -> str:
        """Return the name of the column at a place."""
        return next(column.name for column in self.columns if column.at == at)


def slug(text: str) -> str:
    """Return a name for a header: ASCII letters in lower case, digits and underscores; empty where it has none."""
    spread = re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", " ", text).translate(_LETTERS)
    ascii_ = unicodedata.normalize("NFKD", spread).encode("ascii", "ignore").decode()
    name = "_".join(re.findall(r"[a-z0-9]+", ascii_.lower()))
    return name if name[:1].isalpha() else f"column_{name}" if name else ""


def free_name(column: Field, used: set[str]) -> str:
    """Return a name that no other column has and that the models do not keep for themselves."""
    name = slug(column.header) or f"column_{column.at + 1}"
    while name in _TAKEN or name in used:
        name = f"{name}_{column.at + 1}"
    used.add(name)
    return name


def place_of(column: Field, table: Table) -> dict[str, Any]:
    """Return `header`, or `position` where there is none, it stands twice, or dbt would read it as a template."""
    headers = [other.header for other in table.fields]
    is_template = any(mark in column.header for mark in ("{{", "{%", "{#"))
    if not column.header or headers.count(column.header) > 1 or is_template:
        return {"position": column.at + 1}
    return {"header": column.header}


def lines_above(layouts: list[Layout], header_row_count: int) -> int | str:
    """Return `skip_rows`: the number of lines above, or `find` where a header stands below other lines."""
    above = layouts[0].top.line - 1
    same = len({layout.header.line for layout in layouts if layout.header}) <= 1
    if not above and same:
        return 0
    return "find" if header_row_count and above < _HEADER_LINES else above


def file_pattern(feed: str, names: list[str]) -> str:
    """Return a pattern for the samples' names: their digits may differ; the feed's name where nothing else is left."""
    shapes = {re.sub(r"\*+", "*", re.sub(r"[0-9][0-9.\-_]*", "*", PurePath(name).stem)) for name in names}
    stem = shapes.pop() if len(shapes) == 1 else feed
    stem = re.sub(r"[\[\]?]", "?", stem)
    return f"{stem if len(stem.replace('*', '')) >= 4 else feed}*.csv".replace("**", "*")
