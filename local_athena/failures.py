"""Why a statement failed, in Athena's words and by its numbers."""

from __future__ import annotations

from dataclasses import dataclass

from local_athena.glue import GlueError
from local_athena.listings import CatalogError
from local_athena.trino import TrinoError

_SYSTEM, _USER = 1, 2
_ENGINE_ERROR, _ICEBERG_ERROR, _USER_ERROR, _DDL_ERROR = 200, 233, 1000, 1003


@dataclass
class Failure:
    """Why a statement failed: Athena's reason, category and type of error."""

    reason: str
    category: int
    type: int


def failure_of(error: Exception) -> Failure:
    """Return what Athena says of an error."""
    match error:
        case CatalogError():
            return Failure(str(error), _USER, _DDL_ERROR if str(error).startswith("FAILED:") else _USER_ERROR)
        case GlueError():
            return Failure(f"FAILED: {error.code}: {error}", _USER, _DDL_ERROR)
        case TrinoError():
            category = _USER if error.kind == "USER_ERROR" else _SYSTEM
            kind = (
                _ICEBERG_ERROR
                if error.name.startswith("ICEBERG_")
                else _USER_ERROR
                if category == _USER
                else _ENGINE_ERROR
            )
            return Failure(f"{error.name}: {error}", category, kind)
        case _:
            return Failure(f"GENERIC_INTERNAL_ERROR: {type(error).__name__}: {error}", _SYSTEM, _ENGINE_ERROR)
