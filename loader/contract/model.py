"""The contracts: one dbt source per feed, read by dbt and by the loader alike."""

from __future__ import annotations

import difflib
import fnmatch
import re
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from loader.contract.dbt_sources import OWN_TABLES
from loader.contract.delivery_calendar import Calendar

_COMPRESSION_SUFFIXES = (".gz", ".zst")

# Supersets of ASCII only: delimiter, quote and line end are then single bytes that occur in no other character.
Encoding = Literal["utf-8", "iso-8859-1", "iso-8859-2", "iso-8859-15", "windows-1250", "windows-1252"]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
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
        "row_number",
    }
)
# The models write names without quotes, and SQL takes these for its own.
_SQL_WORDS = frozenset(
    {
        *("all", "and", "as", "asc", "by", "case", "desc", "end", "from", "group", "in", "is", "join", "limit", "not"),
        *("null", "on", "or", "order", "select", "table", "then", "union", "user", "using", "when", "where", "with"),
    }
)
# The warehouse casts these texts: no sign, no exponent, no underscore, no digits other than ASCII.
_PLAIN_DECIMAL = re.compile(r"[0-9]+(\.[0-9]+)?")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Indicator(_Strict):
    """Which texts of another column say that an unsigned amount is money in, and which that it is money out."""

    column: Annotated[str, StringConstraints(min_length=1)]
    money_in: Annotated[list[str], Field(min_length=1, alias="in")]
    money_out: Annotated[list[str], Field(min_length=1, alias="out")]


class ColumnMeta(_Strict):
    """The rules of one column, from ``config.meta`` of the dbt column."""

    header: Annotated[str, StringConstraints(min_length=1)]
    type: Literal["id", "text", "decimal", "timestamp", "date", "currency"]
    required: bool = False
    accepted_values: Annotated[list[str], Field(min_length=1)] | None = None
    unsigned: bool = False
    format: Literal["ISO", "YYMMDD"] | None = None
    century: Annotated[int, Field(ge=0, le=9900, multiple_of=100)] | None = None
    indicator: Indicator | None = None

    @field_validator("header")
    @classmethod
    def _one_line_header(cls, value: str) -> str:
        if "\r" in value or "\n" in value:
            raise ValueError("a header without line ends is allowed")
        if not value.strip():
            raise ValueError("a header that is not blank is allowed")
        return value

    @model_validator(mode="after")
    def _check(self) -> ColumnMeta:
        if self.unsigned and self.type != "decimal":
            raise ValueError("'unsigned' is allowed with type decimal only")
        if self.indicator and not self.unsigned:
            raise ValueError("'indicator' is allowed with 'unsigned: true' only")
        if self.format and self.type != "date":
            raise ValueError("'format' is allowed with type date only")
        if (self.format == "YYMMDD") != (self.century is not None):
            raise ValueError("'century' goes with format YYMMDD, and format YYMMDD with 'century'")
        return self


class TableMeta(_Strict):
    """How the feed is delivered and judged, from ``config.meta`` of the dbt source table."""

    kind: Literal["entries", "reference"]
    contract_version: Annotated[int, Field(ge=1)]
    file_patterns: Annotated[list[str], Field(min_length=1)]
    delimiter: str
    quote: str
    encoding: Encoding
    extra_columns: Literal["reject", "keep"]
    business_key: Annotated[list[str], Field(min_length=1)]
    amount: Annotated[list[str], Field(min_length=1)] | None = None
    balance: Annotated[str, StringConstraints(min_length=1)] | None = None
    delivery_calendar: Calendar
    quarantine_limit: Annotated[float, Field(ge=0, le=1)] = 0.05
    code_limit: Annotated[int, Field(ge=0)] | None = None
    time_zone: str
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] | None = None
    balance_tolerance: str | None = None
    balance_stated: Literal["after_entry", "before_entry", "end_of_day", "end_of_file", "none"] | None = None
    opening_balance: Literal["unknown", "stated", "zero"] = "unknown"
    order: Literal["oldest_first", "newest_first"] | None = None

    @field_validator("delimiter", "quote")
    @classmethod
    def _one_ascii_character(cls, value: str) -> str:
        if len(value) != 1 or not value.isascii() or value in "\r\n\0":
            raise ValueError("one ASCII character is allowed, other than CR, LF and NUL")
        return value

    @field_validator("time_zone")
    @classmethod
    def _known_time_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError("an IANA time zone is allowed, such as UTC or Europe/Prague") from error
        return value

    @field_validator("balance_tolerance")
    @classmethod
    def _decimal_text(cls, value: str | None) -> str | None:
        if value is not None and not _PLAIN_DECIMAL.fullmatch(value):
            raise ValueError("a decimal in quotes, zero or more and in plain digits, is allowed, such as '1.00'")
        return value

    @field_validator("contract_version", "quarantine_limit", "code_limit", mode="before")
    @classmethod
    def _plain_number(cls, value: object) -> object:
        if isinstance(value, str) and not _PLAIN_DECIMAL.fullmatch(value):
            raise ValueError("a number in plain digits is allowed, such as 1 or 0.05")
        return value

    @model_validator(mode="after")
    def _delimiter_is_not_quote(self) -> TableMeta:
        if self.delimiter == self.quote:
            raise ValueError("'delimiter' and 'quote' must differ")
        return self


class Column(_Strict):
    """One column of the raw table and where it comes from in the file."""

    name: Name
    meta: ColumnMeta
    description: str = ""


class Contract(_Strict):
    """What a sender promised to deliver. ``columns`` are in the order of the raw table, after the loader's own."""

    feed: Name
    path: Path
    meta: TableMeta
    columns: Annotated[list[Column], Field(min_length=1)]
    description: str = ""

    @model_validator(mode="after")
    def _check(self) -> Contract:
        names = self.column_names
        for label, values in (("name", names), ("header", self.headers)):
            doubled = sorted({value for value in values if values.count(value) > 1})
            if doubled:
                raise ValueError(f"columns: duplicate {label} {', '.join(doubled)}")
        for key in self.meta.business_key:
            if key not in names:
                raise ValueError(f"config.meta.business_key: no column {key!r}{nearest(key, names)}")
            if not self.columns[names.index(key)].meta.required:
                raise ValueError(f"config.meta.business_key: column {key!r} must be 'required: true'")
        currencies = sum(column.meta.type == "currency" for column in self.columns)
        if self.meta.kind == "entries" and currencies + (self.meta.currency is not None) != 1:
            raise ValueError("entries need one column of type currency, or 'currency' in config.meta, and not both")
        return self

    @model_validator(mode="after")
    def _amount_is_known(self) -> Contract:
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
            indicator = column.meta.indicator
            if indicator and indicator.column not in self.column_names:
                hint = nearest(indicator.column, self.column_names)
                raise ValueError(f"column {column.name}: indicator: no column {indicator.column!r}{hint}")
        return self

    @model_validator(mode="after")
    def _names_are_free(self) -> Contract:
        if self.feed in OWN_TABLES:
            raise ValueError(f"name: {self.feed} is a table that the loader writes; choose another")
        reserved = sorted(_RESERVED_COLUMNS.intersection(self.column_names))
        if reserved:
            raise ValueError(
                f"columns: {', '.join(reserved)} is a name that the loader or the models give; choose another"
            )
        if self.feed in _SQL_WORDS:
            raise ValueError(f"name: {self.feed} is a word of SQL; choose another")
        words = sorted(_SQL_WORDS.intersection(self.column_names))
        if words:
            raise ValueError(f"columns: {', '.join(words)} is a word of SQL; choose another")
        return self

    @property
    def column_names(self) -> list[str]:
        """The columns' names, in the order of the raw table."""
        return [column.name for column in self.columns]

    @property
    def headers(self) -> list[str]:
        """The header names, in the order of the raw table."""
        return [column.meta.header for column in self.columns]

    def fits(self, file_name: str) -> bool:
        """Return whether the file's name, without .gz or .zst at its end, fits one of the patterns."""
        for suffix in _COMPRESSION_SUFFIXES:
            file_name = file_name.removesuffix(suffix)
        return any(fnmatch.fnmatchcase(file_name, pattern) for pattern in self.meta.file_patterns)


def nearest(name: str, known: list[str]) -> str:
    """Return a hint at the name that may be meant, or at all names."""
    close = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; there are {', '.join(known)}"
