"""Where a value of the whole file comes from, and patterns for lines that hold it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from loader.new_feed.table import Field


@dataclass(frozen=True)
class Source:
    """Where a value comes from: a column, a line outside the table or the file's name by a pattern, or a constant text.

    Attributes:
        column: the column, if it is one.
        pattern: the pattern of a line above the header or below the rows, or of the file's name.
        in_name: whether the pattern is that of the file's name.
        text: the constant, or the text found outside the table.
    """

    column: Field | None = None
    pattern: str | None = None
    in_name: bool = False
    text: str | None = None

    @property
    def is_constant(self) -> bool:
        """Whether the text is the same for every file."""
        return self.column is None and self.pattern is None

    @property
    def shown(self) -> str:
        """What people call it."""
        if self.column is not None:
            return f"{shown_texts(self.column)} in {self.column.shown}"
        return f"{self.text} {'in the name of the file' if self.in_name else 'outside the table'}"


def shown_texts(column: Field) -> str:
    """Return the column's first text, and how many others it has."""
    more = len(column.distinct) - 1
    return column.distinct[0] + (f" and {more} more" if more else "")


def literal(text: str) -> str:
    """Return a pattern for the text; the digits in it may differ from file to file."""
    escaped = re.sub(r"([\\.^$*+?{}\[\]|()])", r"\\\1", text)
    return re.sub(r"\s{2,}", r"\\s+", re.sub(r"[0-9]+", "[0-9]+", escaped))


def loose(text: str) -> str:
    """Return a pattern for the text in which each number may be another one."""
    return re.sub(r"(?:\[0-9\]\+(?:\\?[ .,'])?)+", "[-+0-9 .,']+", literal(text))


def pattern_for(line: str, text: str) -> str:
    """Return a pattern whose group is the text; where no word stands before it, the text's own shape has to tell it."""
    before, after = line.split(text, 1)
    if not any(map(str.isalpha, before)):
        return f"^{literal(before)}({exact_shape(text)}){literal(after)}$"
    # What ends the text here has to end it elsewhere, or a longer text would be cut.
    return f"^{literal(before)}({_shape(text)}){literal(after[:1]) + '.*' if after else ''}$"


def exact_shape(text: str) -> str:
    """Return a pattern for texts with as many digits and letters at the same places."""
    runs = re.findall(r"[0-9]+|[A-Za-z]+|.", text)
    kinds = {True: "[0-9]", False: "[A-Z]"}
    return "".join(f"{kinds[run.isdigit()]}{{{len(run)}}}" if run.isalnum() else literal(run) for run in runs)


def _shape(text: str) -> str:
    """Return a pattern for texts of the same characters, as long as this one or not."""
    kinds = {
        "0-9": any(map(str.isdigit, text)),
        "A-Z": any(map(str.isupper, text)),
        "a-z": any(map(str.islower, text)),
    }
    marks = "".join(sorted({mark for mark in text if not mark.isalnum()}, key=lambda mark: mark == "-"))
    return f"[{''.join(kind for kind, there in kinds.items() if there)}{marks}]+"
