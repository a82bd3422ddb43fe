"""The log of statements: one JSON object per line and statement, written when the statement has ended."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Lock


@dataclass(frozen=True)
class Statement:
    """One statement that has ended.

    `time` is its submission in UTC (ISO 8601), `rows` what it returned or changed, `tables` the bytes read from
    storage by table, `error` the reason when it did not succeed.
    """

    time: str
    query_id: str
    sql: str
    database: str
    state: str
    statement_type: str
    substatement_type: str
    bytes_scanned: int
    rows: int
    milliseconds: int
    tables: dict[str, int]
    error: str | None


class StatementLog:
    """Appends statements to the file `path`; a reader never sees half a line of a finished write."""

    def __init__(self, path: Path):
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        self._lock = Lock()

    def append(self, statement: Statement) -> None:
        """Writes one line with one call to the system."""
        line = (json.dumps(asdict(statement), ensure_ascii=False) + "\n").encode()
        with self._lock:
            os.write(self._file, line)
