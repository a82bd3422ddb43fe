"""The columns of a contract: where each is in a file, and the rules of its values."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, field_validator, model_validator

from loader.contract.date_formats import has_time
from loader.contract.patterns import SharedPattern, SharedPatternWithGroup
from loader.contract.values import DateWords, FilledTexts, NumberWords, Strict, Text, Texts

_LONGEST_NAME = 60


def _short_enough(name: str) -> str:
    if len(name) > _LONGEST_NAME:
        raise ValueError(f"a name of at most {_LONGEST_NAME} characters is allowed; {name[:20]}… has {len(name):,}")
    return name


# The models write two underscores into names of their own. They and the loader also make longer names out of these, of
# files and of tables, and file systems and Glue end at 255 characters.
Name = Annotated[str, StringConstraints(pattern=r"^[a-z](?:_?[a-z0-9])*_?$"), AfterValidator(_short_enough)]
_NUMBER_WORDS = ("decimal_char", "group_char", "grouping", "negative", "symbol", "unsigned", "indicator")


class Indicator(Strict):
    """Which texts of another column make an unsigned number money in, and which make it money out."""

    column: Text
    money_in: Annotated[list[str], Field(min_length=1, alias="in")]
    money_out: Annotated[list[str], Field(min_length=1, alias="out")]

    @model_validator(mode="after")
    def _differ(self) -> Self:
        both = sorted(set(self.money_in) & set(self.money_out))
        if both:
            raise ValueError(f"texts that mean one thing are allowed; {both[0]!r} is both in and out")
        return self


class ColumnMeta(NumberWords, DateWords):
    """The rules of one column, from ``config.meta`` of the dbt column.

    Attributes:
        header: its name in the file, or names of several columns whose cells are joined by a blank.
        titles: other names of it.
        position: its place in the file, from 1.
        default: the text of an empty cell, or of each row where the file has no such column.
        carry: an empty cell means the nearest value above it in the file.
        extract: pattern for the whole cell; its group is the value.
        values: whole cells and what they mean.
        pattern: what ids look like.
    """

    header: FilledTexts | None = None
    titles: FilledTexts | None = None
    position: Annotated[int, Field(ge=1)] | None = None
    type: Literal["id", "text", "decimal", "timestamp", "date", "currency"]
    required: bool = False
    accepted_values: Annotated[list[str], Field(min_length=1)] | None = None
    unsigned: bool = False
    pattern: SharedPattern | None = None
    default: Text | None = None
    carry: bool = False
    extract: SharedPatternWithGroup | None = None
    null: Texts | None = None
    values: Annotated[dict[str, str], Field(min_length=1)] | None = None
    indicator: Indicator | None = None

    @field_validator("header", "titles")
    @classmethod
    def _one_line_headers(cls, value: list[str] | None) -> list[str] | None:
        for header in value or ():
            if "\r" in header or "\n" in header:
                raise ValueError("a header without line ends is allowed")
            if not header.strip():
                raise ValueError("a header that is not blank is allowed")
        return value

    @model_validator(mode="after")
    def _check_place(self) -> Self:
        if self.titles and (self.header is None or len(self.header) > 1):
            raise ValueError("'titles' is allowed with one 'header' only")
        if self.position is not None and (self.titles or len(self.header or ()) > 1):
            raise ValueError("'position' is allowed with one 'header' at most, and without 'titles'")
        if self.default is not None and self.carry:
            raise ValueError("'default' or 'carry' is allowed, not both")
        if self.carry and not self.is_in_table:
            raise ValueError("'carry' is allowed for columns of the file only, which have a header or a position")
        return self

    @model_validator(mode="after")
    def _words_fit_the_type(self) -> Self:
        for word in _NUMBER_WORDS:
            if getattr(self, word) and self.type != "decimal":
                raise ValueError(f"'{word}' is allowed with type decimal only")
        if self.pattern and self.type != "id":
            raise ValueError("'pattern' is allowed with type id only")
        if self.values and self.type in ("decimal", "date", "timestamp"):
            raise ValueError("'values' is allowed for texts, ids and currencies only")
        if self.format and self.type not in ("date", "timestamp"):
            raise ValueError("'format' is allowed with types date and timestamp only")
        if self.format and self.type == "date" and has_time(self.format):
            raise ValueError("a 'format' with a time is allowed with type timestamp only")
        return self

    @property
    def is_in_table(self) -> bool:
        """Whether the rows of a file hold it."""
        return self.header is not None or self.position is not None

    @property
    def is_signed(self) -> bool:
        """Whether its numbers may have a sign."""
        return not (self.unsigned or self.indicator)

    @property
    def shown_header(self) -> str | None:
        """What messages call it: its header, or its place; None where the rows do not hold it."""
        if self.header:
            return " ".join(self.header)
        return None if self.position is None else f"column {self.position}"


class Column(Strict):
    """One column of the raw table and where it comes from in the file."""

    name: Name
    meta: ColumnMeta
    description: str = ""

    @property
    def shown(self) -> str:
        """What messages call it: its header or place in the file, else its name."""
        return self.meta.shown_header or self.name
