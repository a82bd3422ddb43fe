"""The contracts: one dbt source per feed, read by dbt and by the loader alike."""

from __future__ import annotations

import difflib
import fnmatch
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from loader.contract.columns import Column, Name
from loader.contract.date_formats import has_year
from loader.contract.dbt_sources import OWN_TABLES
from loader.contract.table import FACTS_OF_FILE, TableMeta
from loader.contract.values import NumberFormat, PreambleItem, Strict

_COMPRESSION_SUFFIXES = (".gz", ".zst")

# What the loader and the models call their own columns and tables.
_RESERVED_COLUMNS = frozenset(
    {
        "booked_at",
        "business_key",
        "delivery_number",
        "extra_fields",
        "failed_codes",
        "feed",
        "file_id",
        "ingest_date",
        "is_passed_over",
        "landed_at",
        "line_number",
        "minor_units",
        "raw_record",
        "delivered_amount",
        "delivered_balance",
        "delivered_currency",
        "rejection_details",
        "rejection_reasons",
        "row_hash",
        "stated_balance",
        "stated_kind",
        "states",
        "row_number",
    }
)


class Contract(Strict):
    """What a sender promised to deliver. ``columns`` are in the order of the raw table, after the loader's own."""

    feed: Name
    path: Path
    meta: TableMeta
    columns: Annotated[list[Column], Field(min_length=1)]
    description: str = ""

    @model_validator(mode="after")
    def _check(self) -> Self:
        _refuse_doubled("name", self.column_names)
        _refuse_doubled(
            "header",
            [column.shown for column in self.columns if column.meta.header and not column.meta.extract],
        )
        currencies = sum(column.meta.type == "currency" for column in self.columns)
        if self.meta.kind == "entries" and currencies + (self.meta.currency is not None) != 1:
            raise ValueError("entries need one column of type currency, or 'currency' in config.meta, and not both")
        return self

    @model_validator(mode="after")
    def _key_is_known(self) -> Self:
        for key in self.meta.business_key:
            self._require("config.meta.business_key", key)
            if self.meta.occurrence and key == self.meta.balance:
                raise ValueError(
                    f"config.meta.business_key: {key!r} is the balance, which a late entry changes: leave it out"
                )
            if not self.meta.occurrence and not self.column(key).meta.required:
                raise ValueError(f"config.meta.business_key: column {key!r} must be 'required: true'")
        return self

    @model_validator(mode="after")
    def _amount_is_known(self) -> Self:
        decimals = [column.name for column in self.columns if column.meta.type == "decimal"]
        if self.meta.kind == "entries" and self.meta.amount is None and len(decimals) != 1:
            raise ValueError(
                f"config.meta.amount: name the columns whose sum the amount is; decimals are {', '.join(decimals)}"
            )
        for name in self.meta.amount or []:
            if name.removeprefix("-") not in decimals:
                raise ValueError(f"config.meta.amount: no decimal column {name!r}{nearest(name, decimals)}")
        if self.meta.balance and self.meta.balance not in decimals:
            raise ValueError(
                f"config.meta.balance: no decimal column {self.meta.balance!r}{nearest(self.meta.balance, decimals)}"
            )
        for column in self.columns:
            if column.meta.indicator:
                self._require(f"column {column.name}: indicator", column.meta.indicator.column)
        return self

    @model_validator(mode="after")
    def _names_are_free(self) -> Self:
        if self.feed in OWN_TABLES:
            raise ValueError(f"name: {self.feed} is a table that the loader writes; choose another")
        reserved = sorted((_RESERVED_COLUMNS | FACTS_OF_FILE).intersection(self.column_names))
        if reserved:
            raise ValueError(
                f"columns: {', '.join(reserved)} is a name that the loader or the models give; choose another"
            )
        return self

    @model_validator(mode="after")
    def _every_column_has_one_source(self) -> Self:
        outside = self.meta.stated_outside
        for name, item in (self.meta.preamble or {}).items():
            if item.pattern and name in self.meta.names_in_file_name:
                raise ValueError(f"{name} is read from 'preamble' and from 'file_name': state one")
            if not item.pattern and name not in self.meta.names_in_file_name:
                raise ValueError(f"{name}: state its 'pattern' in 'preamble', or a group of this name in 'file_name'")
        for name in sorted(outside - FACTS_OF_FILE):
            self._require("preamble and file_name", name)
        for column in self.columns:
            meta, is_outside = column.meta, column.name in outside
            if meta.is_in_table and is_outside:
                raise ValueError(f"column {column.name}: it has a header or position, and is read outside the table")
            if not meta.is_in_table and not is_outside and meta.default is None:
                raise ValueError(
                    f"column {column.name}: state its 'header' or 'position', 'default', or the pattern that reads "
                    "it in 'preamble' or 'file_name'"
                )
            if not self.meta.header_row_count and meta.header:
                raise ValueError(f"column {column.name}: a file without a header has columns by 'position'")
        return self

    @model_validator(mode="after")
    def _words_fit_together(self) -> Self:
        for condition in self.meta.pass_over or ():
            for name in (*condition.cells, *condition.states.values()):
                self._require("config.meta.pass_over", name)
        states_opening = "opening_balance" in self.meta.stated_outside or any(
            "opening_balance" in condition.states for condition in self.meta.pass_over or ()
        )
        if self.meta.opening_balance == "stated" and not states_opening:
            raise ValueError("config.meta.opening_balance: 'stated' needs it in 'preamble', 'file_name' or 'pass_over'")
        for column in self.columns:
            self.number_format(column)
            if column.meta.format and not has_year(column.meta.format) and "period_end" not in self.meta.stated_outside:
                raise ValueError(
                    f"column {column.name}: a format without a year needs 'period_end' in 'preamble' or 'file_name'"
                )
        return self

    def _require(self, place: str, name: str) -> None:
        if name not in self.column_names:
            raise ValueError(f"{place}: no column {name!r}{nearest(name, self.column_names)}")

    @property
    def column_names(self) -> list[str]:
        """The columns' names, in the order of the raw table."""
        return [column.name for column in self.columns]

    @property
    def headers(self) -> list[str]:
        """The columns as the file calls them, in the order of the raw table."""
        return [column.shown for column in self.columns]

    def column(self, name: str) -> Column:
        """Return the column of this name, which must be one."""
        return self.columns[self.column_names.index(name)]

    def number_format(self, column: Column) -> NumberFormat:
        """Return how the column's numbers are written.

        Raises:
            ValueError: its decimal sign is its group sign too.
        """
        return NumberFormat.of(column.meta, self.meta, is_unsigned=not column.meta.is_signed)

    def number_format_of(self, item: PreambleItem) -> NumberFormat:
        """Return how a balance outside the table is written."""
        return NumberFormat.of(item, self.meta)

    def fits(self, file_name: str) -> bool:
        """Return whether the file's name, without .gz or .zst at its end, fits one of the patterns."""
        return any(fnmatch.fnmatchcase(without_compression(file_name), pattern) for pattern in self.meta.file_patterns)


def without_compression(file_name: str) -> str:
    """Return a file's name without .gz or .zst at its end."""
    for suffix in _COMPRESSION_SUFFIXES:
        file_name = file_name.removesuffix(suffix)
    return file_name


def _refuse_doubled(label: str, values: list[str]) -> None:
    doubled = sorted({value for value in values if values.count(value) > 1})
    if doubled:
        raise ValueError(f"columns: duplicate {label} {', '.join(doubled)}")


def nearest(name: str, known: list[str]) -> str:
    """Return a hint at the name that may be meant, or at all names."""
    close = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; there are {', '.join(known)}"
