"""The contracts: one dbt source per feed, read by dbt and by the loader alike."""

from __future__ import annotations

import difflib
import fnmatch
import re
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator, model_validator

from loader.dbt_sources import OWN_TABLES, columns_of, description_of, meta_of, raw_tables
from loader.delivery_calendar import Calendar
from loader.errors import ContractError, UsageError

PROJECT_FILE = "dbt_project.yml"
PROJECT_DIR_VARIABLE = "LEDGER_LAKE_PROJECT_DIR"
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
                raise ValueError(f"config.meta.business_key: no column {key!r}{_nearest(key, names)}")
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
                raise ValueError(f"config.meta.amount: no decimal column {name!r}{_nearest(name, decimals)}")
        if self.meta.balance and self.meta.balance not in decimals:
            raise ValueError(
                f"config.meta.balance: no decimal column {self.meta.balance!r}{_nearest(self.meta.balance, decimals)}"
            )
        for column in self.columns:
            indicator = column.meta.indicator
            if indicator and indicator.column not in self.column_names:
                nearest = _nearest(indicator.column, self.column_names)
                raise ValueError(f"column {column.name}: indicator: no column {indicator.column!r}{nearest}")
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


def _nearest(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; there are {', '.join(known)}"


def find_project_dir(given: str | None) -> Path:
    """Return the dbt project: the given folder, else the nearest one above the working folder, else the loader's own.

    Raises:
        UsageError: no folder with a dbt_project.yml is found.
    """
    if given is not None:
        if not (Path(given) / PROJECT_FILE).is_file():
            raise UsageError(f"{given} holds no {PROJECT_FILE}: give the folder of the dbt project")
        return Path(given)
    here = Path.cwd()
    for folder in (here, *here.parents, Path(__file__).resolve().parent.parent):
        if (folder / PROJECT_FILE).is_file():
            return folder
    raise UsageError(f"no {PROJECT_FILE} here or above: give --project-dir or {PROJECT_DIR_VARIABLE}")


def load_contracts(project_dir: Path) -> dict[str, Contract]:
    """Return the contracts under ``models/staging`` by feed, in alphabetical order.

    Raises:
        ContractError: one has a mistake; names file, key and what is allowed.
    """
    contracts: dict[str, Contract] = {}
    for shown, table in raw_tables(project_dir):
        # The loader's own tables (files, malformed rows) are sources too, but nobody delivers them.
        own = str(table["name"]) in OWN_TABLES
        if own and not {"kind", "file_patterns"}.intersection(meta_of(table).get("meta", ())):
            continue
        contract = _contract(table, shown)
        if contract.feed in contracts:
            raise ContractError(f"{shown}: the feed {contract.feed} is also in {contracts[contract.feed].path}")
        contracts[contract.feed] = contract
    return dict(sorted(contracts.items()))


def _contract(table: dict[str, Any], shown: Path) -> Contract:
    given = {
        "feed": table["name"],
        "path": shown,
        "description": description_of(table),
        **meta_of(table),
        "columns": [
            {"name": column["name"], "description": description_of(column), **meta_of(column)}
            for column in columns_of(table, shown)
        ],
    }
    try:
        return Contract.model_validate(given)
    except ValidationError as error:
        raise ContractError(_one_line(error, given, shown)) from error


def _one_line(error: ValidationError, given: dict[str, Any], shown: Path) -> str:
    first = error.errors(include_url=False)[0]
    location = list(first["loc"])
    keys = list(TableMeta.model_fields)
    place = [f"{given['feed']}"]
    if location[:1] == ["columns"] and len(location) > 1:
        keys = list(ColumnMeta.model_fields)
        place.append(f"columns.{given['columns'][int(location[1])]['name']}")
        location = location[2:]
    in_yaml = {"meta": "config.meta", "feed": "name"}
    place += [in_yaml.get(str(part), str(part)) for part in location if part != "columns" or len(location) == 1]
    if first["type"] == "extra_forbidden":
        reason = f"unknown key{_nearest(str(location[-1]), keys)}"
    elif first["type"] == "missing":
        reason = "the key is missing"
    else:
        reason = first["msg"].removeprefix("Value error, ").replace("Input should be", "allowed is")
    return f"{shown}: {'.'.join(place)}: {reason}"
