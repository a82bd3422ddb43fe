"""What a contract states of the whole feed: how its files are written, and how its rows are judged."""

from __future__ import annotations

import codecs
import re
from datetime import date
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BeforeValidator, Field, StringConstraints, ValidationInfo, field_validator, model_validator

from loader.contract.conditions import Condition
from loader.contract.delivery_calendar import Calendar
from loader.contract.patterns import Pattern
from loader.contract.values import NumberFormat, NumberWords, PreambleItem, Text, Texts

BALANCES_OF_FILE = frozenset({"opening_balance", "closing_balance"})
DAYS_OF_FILE = frozenset({"closing_date", "period_end"})
COUNTS_OF_FILE = frozenset({"row_count", "entry_count"})
FACTS_OF_FILE = BALANCES_OF_FILE | DAYS_OF_FILE | COUNTS_OF_FILE
"""What a file may state outside its rows, besides the values of columns."""

# The warehouse casts these texts: no sign, no exponent, no underscore, no digits other than ASCII.
_PLAIN_DECIMAL = re.compile(r"[0-9]+(\.[0-9]+)?")


def _item(value: object) -> object:
    return {"pattern": value} if isinstance(value, str) else value


class TableMeta(NumberWords):
    """How the feed is delivered and judged, from ``config.meta`` of the dbt source table.

    docs/contract-words.md explains every key.
    """

    kind: Literal["entries", "reference"]
    contract_version: Annotated[int, Field(ge=1)]
    file_patterns: Annotated[list[str], Field(min_length=1)]
    delimiter: str
    quote: str
    encoding: str
    skip_rows: Annotated[int, Field(ge=0)] | Literal["find"] = 0
    header_row_count: Literal[0, 1] = 1
    footer: Annotated[list[Pattern], Field(min_length=1)] | None = None
    preamble: Annotated[dict[str, Annotated[PreambleItem, BeforeValidator(_item)]], Field(min_length=1)] | None = None
    file_name: Pattern | None = None
    trim: bool = False
    extra_columns: Literal["reject", "keep"]
    null: Texts | None = None
    pass_over: Annotated[list[Condition], Field(min_length=1)] | None = None
    business_key: Annotated[list[str], Field(min_length=1)]
    occurrence: bool = False
    amount: Annotated[list[str], Field(min_length=1)] | None = None
    positive: Literal["in", "out"] = "in"
    balance: Text | None = None
    balance_stated: Literal["after_entry", "before_entry", "end_of_day", "end_of_file", "none"] | None = None
    opening_balance: Literal["unknown", "stated", "zero"] = "unknown"
    order: Literal["oldest_first", "newest_first"] | None = None
    delivery_calendar: Calendar
    quarantine_limit: Annotated[float, Field(ge=0, le=1)] = 0.05
    code_limit: Annotated[int, Field(ge=0)] | None = None
    time_zone: str
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] | None = None
    balance_tolerance: str | None = None
    earliest_date: date = date(1990, 1, 1)

    @field_validator("delimiter", "quote")
    @classmethod
    def _one_ascii_character(cls, value: str, info: ValidationInfo) -> str:
        if value == "" and info.field_name == "quote":
            return value
        if len(value) != 1 or not value.isascii() or value in "\r\n\0":
            raise ValueError(
                "one ASCII character is allowed, other than CR, LF and NUL"
                + (", or '' where no value is quoted" if info.field_name == "quote" else "")
            )
        return value

    @field_validator("encoding")
    @classmethod
    def _is_streamed(cls, value: str) -> str:
        try:
            decode = codecs.getincrementaldecoder(value)()
            is_text = codecs.lookup(value)._is_text_encoding and isinstance(decode.decode(b"", False), str)
        except LookupError:
            is_text = False
        if not is_text:
            raise ValueError(
                "an encoding of text that Python reads piece by piece is allowed, such as utf-8, utf-16, "
                "windows-1252, iso-8859-1 or cp932"
            )
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
    def _check(self) -> Self:
        if self.delimiter == self.quote:
            raise ValueError("'delimiter' and 'quote' must differ")
        if self.skip_rows == "find" and not self.header_row_count:
            raise ValueError("'skip_rows: find' looks for a header: state a number where there is none")
        if self.balance_stated not in (None, "none") and self.balance is None:
            raise ValueError("'balance_stated' goes with 'balance', the column that states it")
        if self.kind == "reference" and (self.pass_over or self.occurrence or self.balance):
            raise ValueError("'pass_over', 'occurrence' and 'balance' are allowed with kind entries only")
        NumberFormat.of(self)
        return self

    @property
    def names_in_file_name(self) -> frozenset[str]:
        """The columns and facts that are read from the file's name."""
        return frozenset(re.compile(self.file_name).groupindex) if self.file_name else frozenset()

    @property
    def stated_outside(self) -> frozenset[str]:
        """The columns and facts that are read outside the table: above and below it, and in the file's name."""
        return self.names_in_file_name | frozenset(self.preamble or ())
