"""Words of a contract about values: for the whole feed, for one column, or for one item of the preamble."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from loader.contract.date_formats import has_short_year, parse_format
from loader.contract.patterns import PatternWithGroup

Text = Annotated[str, StringConstraints(min_length=1)]


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


Texts = Annotated[list[str], BeforeValidator(_as_list), Field(min_length=1)]
FilledTexts = Annotated[list[Text], BeforeValidator(_as_list), Field(min_length=1)]


def _one_sign(value: str) -> str:
    if len(value) != 1 or value.isalnum() or value in "+-\u2212()":
        raise ValueError("one character is allowed that is no letter, digit, sign or parenthesis")
    return value


class Strict(BaseModel):
    """Refuses keys that it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class NumberWords(Strict):
    """How numbers are written. What is not stated is as the feed has it, and there as plain decimals have it.

    Attributes:
        group_char: sign between groups of digits; a blank stands for U+0020, U+00A0 and U+202F alike.
        grouping: groups of three, or three and then twos.
        negative: where the sign of a negative number is.
        symbol: currency signs that may be written once, before the sign, after it, or after the digits.
    """

    decimal_char: str | None = None
    group_char: str | None = None
    grouping: Literal["thousands", "indian"] | None = None
    negative: Literal["minus", "trailing_minus", "parentheses"] | None = None
    symbol: FilledTexts | None = None

    @model_validator(mode="after")
    def _check_signs(self) -> Self:
        for sign in (self.decimal_char, self.group_char):
            if sign is not None:
                _one_sign(sign)
        if self.decimal_char is not None and self.decimal_char.isspace():
            raise ValueError("'decimal_char' is no blank")
        return self


class DateWords(Strict):
    """How days and times are written; ISO 8601 unless stated.

    Attributes:
        format: UTS 35, for the whole value.
        century: of years with two digits, such as 2000 for 20yy.
    """

    format: Text | None = None
    century: Annotated[int, Field(ge=0, le=9900, multiple_of=100)] | None = None

    @model_validator(mode="after")
    def _check_format(self) -> Self:
        if self.format is not None:
            parse_format(self.format)
        if (self.format is not None and has_short_year(self.format)) != (self.century is not None):
            raise ValueError("'century' goes with 'yy' in 'format', and 'yy' with 'century'")
        return self


class PreambleItem(NumberWords, DateWords):
    """A value outside the table: the one group of ``pattern``, and how it is written.

    A value in the file's name has no pattern here.
    """

    pattern: PatternWithGroup | None = None


@dataclass(frozen=True)
class NumberFormat:
    """How the numbers of one column are written, all of it stated."""

    decimal_char: str
    group_char: str | None
    grouping: Literal["thousands", "indian"]
    negative: Literal["minus", "trailing_minus", "parentheses"]
    symbols: tuple[str, ...]
    is_unsigned: bool = False

    @classmethod
    def of(cls, *words: NumberWords, is_unsigned: bool = False) -> NumberFormat:
        """Return the format by words of which the first that states a key counts.

        Raises:
            ValueError: the decimal sign is the group sign too.
        """
        stated: dict[str, Any] = {}
        for name in NumberWords.model_fields:
            stated[name] = next((found for word in words if (found := getattr(word, name)) is not None), None)
        number_format = cls(
            decimal_char=stated["decimal_char"] or ".",
            group_char=stated["group_char"],
            grouping=stated["grouping"] or "thousands",
            negative=stated["negative"] or "minus",
            symbols=tuple(stated["symbol"] or ()),
            is_unsigned=is_unsigned,
        )
        if number_format.decimal_char == number_format.group_char:
            raise ValueError("'decimal_char' and 'group_char' must differ")
        return number_format
