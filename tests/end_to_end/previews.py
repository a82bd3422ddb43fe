"""Previews of a house: `python -m pipeline preview`, in this process or in one of its own."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from unittest import mock

from dbt.cli.main import dbtRunnerResult

from pipeline.dbt_events import told_by
from pipeline.preview import MonthEndPreview, Preview
from pipeline.previewing import Previewing
from tests.end_to_end.house import PROJECT, House, Spawned
from tests.end_to_end.in_process import result_of

_MONTH_ENDS = "select feed, account_id, currency, strftime(month, '%Y-%m'), {} from month_end_balances"
_VALUES = ("balance", "opening_balance", "movement", "break_amount", "entry_count", "basis", "is_proven")
MonthEnds = dict[tuple[str, ...], tuple[Any, ...]]


@dataclass(frozen=True)
class Previewed:
    """How a preview ended, and what it printed."""

    exit_code: int
    printed: str

    @property
    def told(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.printed)
        return found

    @property
    def preview(self) -> Preview:
        return Preview.model_validate(self.told)


def preview(house: House, *, at: datetime | None = None, fails_on_closed: bool = False) -> Previewed:
    """Preview in this process, as JSON, of everything that changes."""

    def run(command: list[str], listen: Callable[[Any], None]) -> dbtRunnerResult:
        return result_of([*command, *house.target], house.project, house.variables(at), [listen])[0]

    with mock.patch("pipeline.commands._run", run), redirect_stdout(io.StringIO()) as printed:
        exit_code = Previewing([], [], 1_000, as_json=True, fails_on_closed=fails_on_closed).run()
    return Previewed(exit_code, printed.getvalue())


def told_of(house: House, build: str, limit: int) -> dict[str, Any]:
    """Return what the macro tells of a build, that was published or not."""
    told: list[dict[str, Any]] = []

    def listen(event: Any) -> None:
        if (found := told_by(event)) is not None:
            told.append(found)

    command = ["--quiet", "run-operation", "preview", "--args", json.dumps({"build": build, "limit": limit})]
    result, output = result_of([*command, *house.target], house.project, house.environment, [listen])
    assert result.success, output
    (found,) = told
    return found


def spawn_preview(house: House, *options: str, at: datetime | None = None) -> Spawned:
    """Start the command in a process of its own."""
    program = (sys.executable, "-m", "pipeline", "preview", "--profiles-dir", str(house.project))
    variables = house.variables(at) | {"PYTHONPATH": str(PROJECT)}
    return Spawned.start([*options, *house.target], house.project, variables, program)


def month_ends(house: House) -> MonthEnds:
    """Return the published month ends: their values by feed, account, currency and month."""
    found = house.query(_MONTH_ENDS.format(", ".join(_VALUES))) if house.has_table("month_end_balances") else []
    return {row[:4]: row[4:] for row in found}


def changes(before: MonthEnds, after: MonthEnds) -> set[tuple[Any, ...]]:
    """Return what a preview has to say of the month ends, from what readers saw before a build and after it."""
    found = set()
    for key in before.keys() | after.keys():
        old, new = before.get(key), after.get(key)
        if old != new:
            change = "new" if old is None else "gone" if new is None else "changed"
            found.add((*key, change, old and old[0], new and new[0]))
    return found


def previewed_changes(rows: list[MonthEndPreview]) -> set[tuple[Any, ...]]:
    """Return what a preview says of the month ends."""
    return {
        (row.feed, row.account_id, row.currency, row.month, row.change, row.balance_published, row.balance_previewed)
        for row in rows
    }
