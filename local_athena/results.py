"""The rows of finished statements, kept in files so that a large result needs no memory."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any


class Results:
    """The rows of one statement in the file `path`, in the order they came.

    `columns` are Athena's ColumnInfo. With `header`, the first row holds the columns' names, as for a SELECT.
    """

    def __init__(self, path: Path):
        self.columns: list[dict[str, Any]] = []
        self.header = False
        self.count = 0
        self._path = path

    def add(self, rows: Iterable[Sequence[str | None]]) -> None:
        """Appends rows; each value is Athena's text, or None for NULL."""
        with self._path.open("a", encoding="utf-8") as file:
            for row in rows:
                file.write(json.dumps(row) + "\n")
                self.count += 1

    def page(self, token: str | None, most: int) -> tuple[list[list[str | None]], str | None]:
        """At most `most` rows from where `token` points (None: the first), and the token of the next page or None.

        Raises ValueError if the token is not one of this result.
        """
        rows: list[list[str | None]] = []
        if token is None and self.header:
            rows.append([column["Name"] for column in self.columns])
        if not self.count:
            return rows, None
        start = int(token or 0)
        if not 0 <= start < self._path.stat().st_size:
            raise ValueError(f"{token} is no token of this result")
        with self._path.open("rb") as file:
            file.seek(start)
            while len(rows) < most and (line := file.readline()):
                rows.append(json.loads(line))
            position = file.tell()
            more = bool(file.readline())
        return rows, str(position) if more else None

    def rows(self) -> Iterator[list[str | None]]:
        """All rows, without the header."""
        if self.count:
            with self._path.open(encoding="utf-8") as file:
                yield from map(json.loads, file)

    def discard(self) -> None:
        """Removes the file."""
        self._path.unlink(missing_ok=True)
