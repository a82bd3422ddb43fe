"""What dbt prints, made safe for logs that are read line by line."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from typing import Any, TextIO, cast

_CONTINUED = "\n  | "


class _Marked:
    """A stream on which the further lines of a text are marked.

    A message of dbt can hold a file's name or a value, and those can hold a line that looks like a metric: CloudWatch
    would take it for one.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        last = text[-1:] if text.endswith("\n") else ""
        lines = text.removesuffix("\n").replace("\r", "\n").split("\n")
        return self._stream.write(_CONTINUED.join(lines) + last)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def marked_output() -> Iterator[None]:
    """Mark on standard output, in this block, each line but the first of a text that is written at once."""
    with redirect_stdout(cast(TextIO, _Marked(sys.stdout))):
        yield
