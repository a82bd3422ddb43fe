"""What people decided on files, from the project's seed; builds read the same."""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path

from loader.errors import UsageError

_SEED = Path("seeds", "file_decisions.csv")


def withdrawn_in_seed(project_dir: Path) -> frozenset[str]:
    """Return the files whose last decision, by its time, is to withdraw them; none where there is no seed.

    Raises:
        UsageError: the seed cannot be read; names the line.
    """
    path = project_dir / _SEED
    if not path.exists():
        return frozenset()
    last: dict[str, tuple[datetime, str]] = {}
    try:
        with path.open(newline="", encoding="utf-8") as file:
            for row in (reader := csv.DictReader(file)):
                decided = (_moment(row["decided_at"] or "", reader.line_num), row["decision"] or "")
                last[row["file_id"]] = max(last.get(row["file_id"], decided), decided, key=lambda one: one[0])
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{_SEED} cannot be read: {error}") from error
    except KeyError as error:
        raise UsageError(f"{_SEED} has no column {error}: its first line is file_id,decision,reason,…") from error
    return frozenset(file_id for file_id, (_, decision) in last.items() if decision == "withdraw")


def _moment(text: str, line: int) -> datetime:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise UsageError(
            f"{_SEED}, line {line}: decided_at is {text!r}: give a time with its offset, such as 2026-01-31T12:00:00Z"
        )
    return moment
