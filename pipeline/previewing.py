"""One call of `preview`: a build of all but the commit, and what it would have published."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field

from loader.cli.console import one_line, say
from pipeline.commands import Dbt, cancel_statements
from pipeline.dbt_events import Node
from pipeline.ends import End, Ran, end_of
from pipeline.preview_text import lines
from pipeline.stopping import Stop

# The commit, and what reads what is committed: the views of readers, and the tests that compare them with the records.
_NO_COMMIT = ("--exclude", "publications+")
CLOSED_MONTHS_CHANGE = 5
"""The exit code of a preview that was to fail where a closed month changes."""


@dataclass
class Previewing:
    """A call of `preview`.

    Attributes:
        options: of every dbt command.
        build_options: of `dbt build` alone.
        limit: how many files, decisions and month ends it shows at most.
        as_json: whether it prints one JSON object.
        fails_on_closed: whether a closed month that changes is an error.
    """

    options: Sequence[str]
    build_options: Sequence[str]
    limit: int
    as_json: bool
    fails_on_closed: bool
    stop: Stop = field(default_factory=lambda: Stop(cancel_statements))

    def run(self) -> int:
        """Build, and print what is found; return the exit code."""
        dbt = Dbt(self.options, self.stop, _heard)
        # What dbt prints is no part of the preview.
        with redirect_stdout(sys.stderr):
            ran = dbt.build([*_NO_COMMIT, *self.build_options])
            end = end_of(ran, self.stop.end())
            preview = dbt.preview(ran.build, self.limit) if end is End.PARTIAL and ran.build is not None else None
        if preview is None:
            # A signal may have come after the build.
            end = self.stop.end() or end
            self._say_that_there_is_none(end, ran)
            return end.exit_code
        if self.as_json:
            say(json.dumps(preview.as_json()))
        else:
            for line in lines(preview):
                say(line)
        return CLOSED_MONTHS_CHANGE if self.fails_on_closed and preview.closed_count else 0

    def _say_that_there_is_none(self, end: End, ran: Ran) -> None:
        failed = [{"node": node.unique_id, "message": node.message} for node in ran.failed]
        if self.as_json:
            say(json.dumps({"build_would_end": end.name.lower(), "exit_code": end.exit_code, "failed": failed}))
            return
        of_a_build = "; a build of the same would end so too" if end.is_failure else ""
        say(f"NO PREVIEW: {end.meaning}{of_a_build} (exit code {end.exit_code})")
        for node in failed:
            say(one_line(f"  {node['node']}: {node['message']}"))


def _heard(_node: Node, _build: str | None) -> None:
    """Leave the log to builds."""
