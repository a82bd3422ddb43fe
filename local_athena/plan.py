"""What is to be done for one statement: the result of reading its text, before anything runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from local_athena.tokens import Name, literal

StatementType = Literal["DML", "DDL", "UTILITY"]


@dataclass(frozen=True)
class Run:
    """Statements for Trino, one after the other; the last one's result is the answer.

    `settings` are Trino's, for these statements alone. `must_fit_iceberg` is a query whose columns Athena must be able
    to store in an Iceberg table; it is planned first, because this Trino would widen what Athena refuses.
    `names_place` says that the statement makes a Hive table where it says itself; `place_at` is where in the statement
    the place is written otherwise.
    """

    statements: tuple[str, ...]
    settings: Mapping[str, str] = field(default_factory=dict)
    must_fit_iceberg: str | None = None
    names_place: bool = False
    place_at: int | None = None

    def placed(self, folder: str) -> Run:
        """The same with the folder of the table that it makes, if it does not say where that is to be."""
        if self.place_at is None:
            return self
        (text,) = self.statements
        place = f"external_location = {literal(folder)}, "
        return replace(self, statements=(text[: self.place_at] + place + text[self.place_at :],), place_at=None)


@dataclass(frozen=True)
class Glue:
    """A change or a question for the Glue catalog: a method of `catalog.Catalog` and its arguments."""

    method: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True)
class Vacuum:
    """Expire the snapshots of an Iceberg table and remove its orphan files, by its own table properties."""

    table: Name


@dataclass(frozen=True)
class Refuse:
    """The statement fails with this reason, as it would in Athena."""

    reason: str


Action = Run | Glue | Vacuum | Refuse


@dataclass(frozen=True)
class Plan:
    """How Athena classifies a statement, and what is to be done for it.

    `iceberg` is done when `table` is an Iceberg table, `action` otherwise.
    """

    statement_type: StatementType
    substatement_type: str
    action: Action
    table: Name | None = None
    iceberg: Action | None = None
