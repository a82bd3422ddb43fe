"""How a file is written: what its contract states, and what was seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict

LineEnding = Literal["LF", "CRLF", "mixed"]


@dataclass(frozen=True)
class Dialect:
    """The bytes that give structure. ``encoding`` is a superset of ASCII, so they occur in no other character."""

    delimiter: str
    quote: str
    encoding: str

    @property
    def delimiter_byte(self) -> int:
        """The delimiter's only byte."""
        return ord(self.delimiter)

    @property
    def quote_byte(self) -> int:
        """The quote's only byte."""
        return ord(self.quote)


class SeenDialect(BaseModel):
    """How the delivered file was written. ``line_ending`` is that between records, not inside quoted values."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    delimiter: str
    quote: str
    encoding: str
    line_ending: LineEnding
    bom: bool
