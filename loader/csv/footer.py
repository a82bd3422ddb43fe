"""Lines below the header that a contract says are no records of the table."""

from __future__ import annotations

import re
from collections.abc import Iterable

from loader.csv.dialect import Dialect


class Footer:
    """Patterns for whole lines, from the first character to the last."""

    def __init__(self, patterns: Iterable[str], dialect: Dialect) -> None:
        """Compile the patterns, which are regular expressions of Python."""
        self._fits = [re.compile(pattern).fullmatch for pattern in patterns]
        self._dialect = dialect

    def lines_of(self, data: bytes) -> list[int]:
        """Return which physical lines of the data fit a pattern, from 0."""
        if not self._fits:
            return []
        *lines, last = self._dialect.text(data).split("\n")
        texts = [line.removesuffix("\r") for line in lines]
        if last:
            # Without a line end, so that a CR is text.
            texts.append(last)
        return [number for number, text in enumerate(texts) if any(fits(text) for fits in self._fits)]
