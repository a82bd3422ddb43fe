"""Where a contract's columns are in one file: by its header, or by their places."""

from __future__ import annotations

import csv
import difflib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from loader.contract.columns import Column
from loader.contract.model import Contract
from loader.errors import FileReason, FileRejectedError
from loader.wording import columns_are, quoted

# Glue's own limit of a column's name. Extra columns are repeated by name in each row.
_NAME_LIMIT = 255
# What a message looks through of the many names that a header may have.
_NAMES_COMPARED = 200
_DELIMITERS = (",", ";", "\t", "|")
Lines = Callable[[], Sequence[tuple[int, str]]]
"""Reads numbers and texts of a file's first lines."""


@dataclass(frozen=True)
class FileColumns:
    """The cells that a file's rows give to columns.

    Attributes:
        width: how many cells a row has; empty ones may follow.
        cells: per column of the contract the positions of its cells, from 0; none where it is outside the table.
        extra: names and positions of the cells that no column of the contract takes.
    """

    width: int
    cells: list[tuple[int, ...]]
    extra: dict[str, int]

    def texts(self, contract: Contract, cells: Sequence[str]) -> dict[str, str]:
        """Return the cells of one row by column."""
        return {
            column.name: " ".join(cells[at] for at in positions)
            for column, positions in zip(contract.columns, self.cells, strict=True)
        }


class HeaderMatcher:
    """Finds the columns of a contract."""

    def __init__(self, contract: Contract) -> None:
        """Prepare for files of the contract's feed."""
        self._contract = contract
        self._in_table = [column for column in contract.columns if column.meta.is_in_table]
        self.least_width = max((column.meta.position or 1 for column in self._in_table), default=1)

    def fits(self, header: list[str]) -> bool:
        """Return whether the header has all columns of the contract."""
        names = self._names(header)
        return all(self._found(column, names) is not None for column in self._in_table)

    def by_position(self, width: int) -> FileColumns:
        """Return the columns of a file without a header, whose rows have so many cells.

        Raises:
            FileRejectedError: there are more columns than the contract allows.
        """
        return self._columns([""] * width, width)

    def by_header(self, header: list[str], line: int, top: Lines) -> FileColumns:
        """Return the columns of a file with this header on this line; ``top`` reads its first lines, for messages.

        Raises:
            FileRejectedError: a column is missing, there twice, named too long, or not allowed.
        """
        names = self._names(header)
        if not any(name.strip() for name in names):
            raise FileRejectedError(
                FileReason.BROKEN_HEADER,
                f"line {line} is blank, and the contract has the header there{self._where(top, line)}: "
                "deliver the file with the header there, or state 'skip_rows' in the contract",
            )
        # Said first: a file without a header shows here, and its first row's values are nobody's to repeat.
        self._refuse_missing(names, line, top)
        longest = max(map(len, names))
        if longest > _NAME_LIMIT:
            raise FileRejectedError(
                FileReason.BROKEN_HEADER,
                f"the header names a column by {longest:,} characters, and no more than {_NAME_LIMIT} are read: "
                "deliver it with a shorter name",
            )
        self._refuse_doubled(names)
        filled = max(number for number, name in enumerate(names, 1) if name.strip())
        return self._columns(names, max(filled, self.least_width))

    def _names(self, header: list[str]) -> list[str]:
        return [self._name(name) for name in header]

    def _name(self, name: str) -> str:
        return name.strip() if self._contract.meta.trim else name

    def _wanted(self, column: Column) -> list[str]:
        """Return the names by which a column may be in the header; several of a list are all wanted."""
        return [self._name(name) for name in (*(column.meta.header or ()), *(column.meta.titles or ()))]

    def _found(self, column: Column, names: list[str]) -> tuple[int, ...] | None:
        """Return where the column's cells are, None where the header does not have them."""
        wanted = self._wanted(column)
        if column.meta.position is not None:
            at = column.meta.position - 1
            is_there = at < len(names) and (not wanted or names[at] == wanted[0])
            return (at,) if is_there else None
        if len(column.meta.header or ()) > 1:
            return tuple(map(names.index, wanted)) if set(wanted) <= set(names) else None
        return next(((names.index(name),) for name in wanted if name in names), None)

    def _columns(self, names: list[str], width: int) -> FileColumns:
        cells = [
            (self._found(column, names) or ()) if column.meta.is_in_table else () for column in self._contract.columns
        ]
        taken = {at for positions in cells for at in positions}
        doubled = Counter(names)
        extra = {_extra_name(names[at], at, doubled): at for at in range(width) if at not in taken}
        if extra and self._contract.meta.extra_columns == "reject":
            raise FileRejectedError(
                FileReason.EXTRA_COLUMN,
                f"{columns_are(list(extra))} not in the contract of {self._contract.feed}: deliver without, "
                f"or state 'extra_columns: keep' or the column in {self._contract.path}",
            )
        return FileColumns(width, cells, extra)

    def _refuse_missing(self, names: list[str], line: int, top: Lines) -> None:
        missing = [column for column in self._in_table if self._found(column, names) is None]
        if not missing:
            return
        wanted = [name for column in self._in_table for name in self._wanted(column)]
        seen = set(wanted).intersection(names)
        others = [name for name in names if name.strip() and name not in wanted]
        named = [f"{_shown(column)}{_nearest(column, others, bool(seen))}" for column in missing]
        subject = f"column {named[0]} is" if len(named) == 1 else f"columns {_listed(named)} are"
        # What holds none of the contract's headers may be a row.
        text = " ".join(names).casefold()
        is_header = any(name.casefold() in text for name in wanted)
        header = (
            f"the header on line {line} is {quoted(names)}" if is_header else f"line {line} holds none of its headers"
        )
        raise FileRejectedError(
            FileReason.MISSING_COLUMN,
            f"{subject} missing: the contract of {self._contract.feed} ({self._contract.path}) needs {quoted(wanted)}, "
            f"and {header}{self._where(top, line)}",
        )

    def _refuse_doubled(self, names: list[str]) -> None:
        counts = Counter(name for name in names if name.strip())
        by_place = {names[column.meta.position - 1] for column in self._in_table if column.meta.position}
        by_name = {
            names[at]
            for column in self._in_table
            if not column.meta.position
            for at in self._found(column, names) or ()
        }
        doubled = sorted(name for name, count in counts.items() if count > 1 and name not in by_place - by_name)
        if doubled:
            raise FileRejectedError(
                FileReason.DUPLICATE_HEADER,
                f"the header names {quoted(doubled)} more than once: deliver each column once, or state the 'position' "
                "of the one that is meant",
            )
        for column in self._in_table:
            there = [name for name in self._wanted(column) if name in counts]
            if column.meta.titles and len(there) > 1:
                raise FileRejectedError(
                    FileReason.DUPLICATE_HEADER,
                    f"the header has {quoted(there)}, and the contract takes exactly one of them for {column.name!r}: "
                    "deliver one, or leave the other out of 'titles'",
                )

    def _where(self, top: Lines, line: int) -> str:
        """Return a hint at the line that does hold the headers, or at the delimiter that would fit."""
        meta, lines = self._contract.meta, top()
        for delimiter in (meta.delimiter, *_DELIMITERS):
            with_it = f" with the delimiter {delimiter!r}" if delimiter != meta.delimiter else ""
            for number, text in lines:
                if (number != line or with_it) and self.fits(_divided(text, delimiter, meta.quote)):
                    rows = f" ('skip_rows: {number - 1}' or 'find')" if number != line else ""
                    return f"; line {number} has them{with_it}{rows}"
        return ""


def _extra_name(name: str, at: int, doubled: Counter[str]) -> str:
    """Return what an extra cell is called: its header, and its place where that does not tell it apart."""
    if not name.strip():
        return f"column {at + 1}"
    return name if doubled[name] == 1 else f"{name} (column {at + 1})"


def _shown(column: Column) -> str:
    if column.meta.position is not None and column.meta.header:
        return f"{column.meta.header[0]!r} (column {column.meta.position})"
    return repr(column.shown)


def _listed(texts: list[str]) -> str:
    shown = texts[:20]
    return (
        f"{', '.join(shown)} and {len(texts) - 20:,} more"
        if len(texts) > 20
        else f"{', '.join(shown[:-1])} and {shown[-1]}"
    )


def _nearest(column: Column, seen: list[str], is_header: bool) -> str:
    """Return a hint at the name that may be meant; in what may be a row, only at one that differs in its case."""
    by_folded = {header.strip().casefold(): header for header in seen[:_NAMES_COMPARED]}
    cutoff = 0.5 if is_header else 1.0
    for name in column.meta.header or ():
        close = difflib.get_close_matches(name.casefold(), by_folded, n=1, cutoff=cutoff)
        if close:
            return f" (the file has {quoted([by_folded[close[0]]])}, the nearest name)"
    return ""


def _divided(text: str, delimiter: str, quote: str) -> list[str]:
    """Return the cells of a line as a lax reader divides it: good enough to find a header."""
    try:
        if not quote:
            return text.split(delimiter)
        return next(csv.reader([text], delimiter=delimiter, quotechar=quote), [])
    except csv.Error:
        return []
