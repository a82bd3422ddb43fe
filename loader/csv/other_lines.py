"""The lines of a file that are no rows of its table: counted by kind, and where the first of them are.

Their text is kept with the file's bytes only: names of people stand there, and an erasure must take all of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Literal

from pydantic import BaseModel, ConfigDict

Kind = Literal["above", "header", "blank", "footer"]
_KEPT = 100


class OtherLine(BaseModel):
    """A line that is no row; a header may have more than one line."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    line_number: int
    kind: Kind


class OtherLines:
    """Collects them as a file is read.

    Attributes:
        counts: lines by kind.
        first: the first hundred of them.
    """

    def __init__(self, on_text: Callable[[OtherLine, str], None] = lambda line, text: None) -> None:
        """Begin with none; ``on_text`` is told each line that is not blank, with its whole text."""
        self.counts: Counter[Kind] = Counter()
        self.first: list[OtherLine] = []
        self._on_text = on_text

    def add(self, kind: Kind, line_number: int, text: str, lines: int = 1) -> None:
        """Count so many lines of a kind, and look at their text."""
        self.counts[kind] += lines
        line = OtherLine(line_number=line_number, kind=kind)
        if len(self.first) < _KEPT:
            self.first.append(line)
        if kind != "blank":
            self._on_text(line, text)

    @property
    def room(self) -> int:
        """How many more of them are kept."""
        return _KEPT - len(self.first)

    def count(self, kind: Kind, lines: int) -> None:
        """Count lines whose text nobody needs."""
        if lines:
            self.counts[kind] += lines
