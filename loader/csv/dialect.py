"""How a file is written: what its contract states, and what was seen."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict

from loader.csv.decoding import SHOW_BYTES, is_split_as_bytes

LineEnding = Literal["LF", "CRLF", "CR", "mixed"]


@dataclass(frozen=True)
class Dialect:
    """The characters that give structure, and how a file is read.

    Attributes:
        quote: empty where no value is quoted.
        encoding: as the contract states it.
        trim: blanks between a quote and the delimiter, or the end of the line, are no part of the value.
    """

    delimiter: str
    quote: str
    encoding: str
    trim: bool = False

    @property
    def delimiter_byte(self) -> int:
        """The delimiter's only byte."""
        return ord(self.delimiter)

    @property
    def quote_byte(self) -> int:
        """The quote's only byte; a number that no byte has where there is no quote."""
        return ord(self.quote) if self.quote else -1

    @property
    def read_encoding(self) -> str:
        """The encoding of the bytes that the scan sees: all but one-byte encodings are decoded to UTF-8 before."""
        return codecs.lookup(self.encoding).name if is_split_as_bytes(self.encoding) else "utf-8"

    def text(self, data: bytes) -> str:
        r"""Return the bytes as people can read them; what is no text appears as ``\xNN``."""
        errors = "backslashreplace" if is_split_as_bytes(self.encoding) else SHOW_BYTES
        return data.decode(self.read_encoding, errors)


class SeenDialect(BaseModel):
    """How the delivered file was written.

    Attributes:
        line_ending: between records, not inside quoted values.
        skip_rows: lines above the header, stated or found.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    delimiter: str
    quote: str
    encoding: str
    line_ending: LineEnding
    bom: bool
    skip_rows: int = 0
