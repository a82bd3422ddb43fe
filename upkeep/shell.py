"""Asks a warehouse in SQL, without changing it and without waiting for a build that writes into it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from upkeep.errors import BusyError
from upkeep.warehouse import copy_unlocked, opened

_ROWS_SHOWN = 200
_NARROWEST = 80


@contextmanager
def readable(warehouse: Path, say: Callable[[str], None]) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a warehouse read only, or a copy of it while a build keeps readers out.

    Raises: as `upkeep.warehouse.opened` and `copy_unlocked`.
    """
    with ExitStack() as stack:
        try:
            connection = stack.enter_context(opened(warehouse))
        except BusyError:
            copy = Path(stack.enter_context(tempfile.TemporaryDirectory())) / warehouse.name
            copy_unlocked(warehouse, copy)
            say(f"a build is writing: this is a copy as of {datetime.now(UTC):%H:%M:%S} UTC")
            connection = stack.enter_context(opened(copy))
        yield connection


def statements(lines: Iterable[str]) -> Iterator[str]:
    """Cut lines into statements. Each ends with a line that ends with a semicolon; the last needs none."""
    pending: list[str] = []
    for line in lines:
        pending.append(line)
        if line.rstrip().endswith(";"):
            yield "\n".join(pending)
            pending = []
    if "".join(pending).strip():
        yield "\n".join(pending)


def ask(connection: duckdb.DuckDBPyConnection, statement: str) -> None:
    """Print the rows that a statement gives, as a table as wide as the terminal.

    Raises:
        duckdb.Error: the statement is wrong, or would change something.
    """
    relation = connection.sql(statement)
    if relation is not None:
        width = max(shutil.get_terminal_size().columns, _NARROWEST)
        relation.show(max_width=width, max_rows=_ROWS_SHOWN)
