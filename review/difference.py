"""What differs between two builds, as data. A comparison is written by one job of CI and rendered by another.

The job that renders must not trust what it reads: it was made by code that nobody has reviewed. So it needs nothing but
the standard library, and takes only what has the form that is given here.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from review.public import PUBLIC

COUNTS = ("rows_in_base", "rows_here", "only_in_base", "only_here", "changed")
KINDS = ("changed", "only in base", "only here")


@dataclass(frozen=True)
class Example:
    """One row that differs: its key, and the text of each value that differs, in base and here."""

    kind: str
    key: dict[str, str | None]
    values: dict[str, tuple[str | None, str | None]]


@dataclass(frozen=True)
class TableDifference:
    """How one public table differs; all counts are of rows."""

    table: str
    missing_in_base: bool = False
    missing_here: bool = False
    rows_in_base: int = 0
    rows_here: int = 0
    only_in_base: int = 0
    only_here: int = 0
    changed: int = 0
    columns: tuple[str, ...] = ()
    """One line per column that one side lacks, or that has another type."""
    examples: tuple[Example, ...] = ()

    @property
    def differs(self) -> bool:
        """Whether there is anything to show."""
        rows = self.only_in_base + self.only_here + self.changed
        return bool(rows or self.columns or self.missing_in_base or self.missing_here)


@dataclass(frozen=True)
class Comparison:
    """All public tables of two builds of the same files."""

    base: str
    here: str
    tables: tuple[TableDifference, ...]

    def to_json(self) -> str:
        """Return it as `from_json` reads it."""
        return json.dumps(asdict(self), indent=1)

    @classmethod
    def from_json(cls, text: str) -> Comparison:
        """Return what was written, each part of it checked.

        Raises:
            ValueError: it has another form, or names a table that is not public.
        """
        try:
            found = json.loads(text)
            return cls(_text(found["base"]), _text(found["here"]), tuple(map(_table, found["tables"])))
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"this is no comparison: {error!r}") from error


def _table(found: dict[str, Any]) -> TableDifference:
    if found["table"] not in PUBLIC:
        raise ValueError("a comparison names a table that is not public")
    return TableDifference(
        found["table"],
        missing_in_base=found["missing_in_base"] is True,
        missing_here=found["missing_here"] is True,
        columns=tuple(map(_text, found["columns"])),
        examples=tuple(map(_example, found["examples"])),
        **{name: _count(found[name]) for name in COUNTS},
    )


def _example(found: dict[str, Any]) -> Example:
    if found["kind"] not in KINDS:
        raise ValueError("a comparison has an example of an unknown kind")
    return Example(
        found["kind"],
        {_text(name): _value(value) for name, value in found["key"].items()},
        {_text(name): (_value(base), _value(here)) for name, (base, here) in found["values"].items()},
    )


def _text(found: object) -> str:
    if not isinstance(found, str):
        raise TypeError(f"text was expected, not {type(found).__name__}")
    return found


def _value(found: object) -> str | None:
    return None if found is None else _text(found)


def _count(found: object) -> int:
    if not isinstance(found, int) or isinstance(found, bool):
        raise TypeError(f"a count was expected, not {type(found).__name__}")
    return found
