"""One call of `build`: dbt builds until no file waits, and log lines and metrics say what was done.

Metrics are made of every publication that no call has told of yet, so those of a build that was killed come with the
next one. They are noted in the warehouse after they have been written: a call that is killed in between has the next
one tell the same again, and none is left out.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import structlog

from loader.cli.console import one_line, say
from loader.lake.keys import utc_text
from pipeline.commands import Dbt, cancel_statements
from pipeline.dbt_events import Figures, HeldFile, Node
from pipeline.ends import End, Ran, end_of, end_of_passes
from pipeline.metrics import (
    end_lines,
    held_line,
    known_now,
    late_feeds,
    not_told_line,
    publication_lines,
    state_lines,
)
from pipeline.stopping import Stop

_CLOCK_VARIABLE = "LEDGER_LAKE_CLOCK"


@dataclass
class Building:
    """A call of `build`.

    Attributes:
        options: of every dbt command.
        build_options: of `dbt build` alone.
        max_passes: how often it builds at most, where files wait.
        emf: whether it writes metrics.
    """

    options: Sequence[str]
    build_options: Sequence[str]
    max_passes: int
    emf: bool
    stop: Stop = field(default_factory=lambda: Stop(cancel_statements))
    log: Any = field(default_factory=lambda: structlog.get_logger("pipeline"))

    def __post_init__(self) -> None:
        """Prepare to run dbt."""
        self._dbt = Dbt(self.options, self.stop, self._log_node)

    def run(self) -> End:
        """Build until no file waits; return how it ended."""
        began = time.monotonic()
        passes: list[tuple[Ran, End]] = []
        while self._has_more_to_build(passes):
            ran = self._dbt.build(self.build_options)
            end = end_of(ran, self.stop.end())
            passes.append((ran, end))
        end = end_of_passes([end for _, end in passes])
        self._report(end, [ran for ran, _ in passes])
        self._close(end, [ran for ran, _ in passes], time.monotonic() - began)
        return end

    def _has_more_to_build(self, passes: list[tuple[Ran, End]]) -> bool:
        if not passes:
            return True
        ran, end = passes[-1]
        # A build that publishes nothing would leave as many files again.
        has_more = end.is_well and ran.publication is not None and ran.files_waiting > 0
        return has_more and len(passes) < self.max_passes and self.stop.end() is None

    def _log_node(self, node: Node, build: str | None) -> None:
        self.log.info(
            "node_finished",
            node=node.unique_id,
            status=node.status,
            seconds=node.seconds,
            bytes_scanned=node.bytes_scanned,
            publication_id=build,
        )

    def _report(self, end: End, passes: list[Ran]) -> None:
        """Log and send what the call did, if it ended well or published. No error ends the build."""
        published = [ran.publication for ran in passes if ran.publication is not None]
        held_files = passes[-1].how.held_files if passes[-1].how is not None else []
        if end.is_well:
            for held in held_files:
                self.log.warning("file_held", publication_id=passes[-1].publication, **held.model_dump())
            self._write([held_line(held_files)])
        elif not published:
            return
        try:
            # Without metrics nobody has to be told of what other calls did.
            figures = self._dbt.figures(None if self.emf else published)
            if figures is not None:
                self._report_figures(figures, held_files if end.is_well else None)
        except Exception as error:
            last = published[-1] if published else None
            self.log.error("metrics_failed", publication_id=last, error=one_line(f"{type(error).__name__}: {error}"))
            # A build that failed has had its mail, and the next one tells.
            if end.is_well:
                self._write([not_told_line()])

    def _report_figures(self, figures: Figures, held_files: list[HeldFile] | None) -> None:
        """Log and send figures, and, where the build ended well, what is so after it; then note that they are told."""
        now, known = _now(), figures.known
        for file in figures.files:
            self.log.info("file_published", **file.model_dump())
        if figures.publications:
            self._write(publication_lines(figures))
        if held_files is not None:
            for feed in late_feeds(figures, now):
                self.log.warning("feed_late", feed=feed.feed, last_landed_at=utc_text(feed.last_landed_at or now))
            self._write(state_lines(figures, held_files, now))
            known = known_now(known, figures, held_files, now) if known is not None else None
        if known is not None and (figures.publications or known != figures.known):
            try:
                self._dbt.note_told(known)
            except RuntimeError as error:
                self.log.error("told_not_noted", error=one_line(str(error)))

    def _close(self, end: End, passes: list[Ran], seconds: float) -> None:
        last = passes[-1]
        scanned = [ran.bytes_scanned for ran in passes if ran.bytes_scanned is not None]
        published = [ran.publication for ran in passes if ran.publication is not None]
        bytes_scanned = sum(scanned) if scanned else None
        self._write(end_lines(end, bytes_scanned))
        log = self.log.error if end.is_failure else self.log.info
        log(
            "build_ended",
            end=end.name.lower(),
            exit_code=end.exit_code,
            publication_id=published[-1] if published else None,
            publications=len(published),
            build_id=last.build,
            files_held=len(last.how.held_files) if last.how is not None else None,
            files_waiting=last.files_waiting,
            seconds=round(seconds, 3),
            bytes_scanned=bytes_scanned,
        )
        say(f"{end.meaning} (exit code {end.exit_code})")
        # Also where it ended badly: after the commit a view was found wrong, or an earlier pass had published.
        if published:
            say(f"published: {', '.join(published)}")
        for held in last.how.held_files if last.how is not None else []:
            say(one_line(f"held: {held.file_name} ({held.file_id}): {held.failure}"))
        if published and end in (End.STOPPED, End.INTERRUPTED):
            say("What is published stays published: build again, so that readers' views are made and audited.")

    def _write(self, lines: Iterable[str]) -> None:
        if self.emf:
            for line in lines:
                say(line, err=True)


def _now() -> datetime:
    """Return the time, or the clock that is set for a demonstration or a test."""
    clock = os.environ.get(_CLOCK_VARIABLE)
    return datetime.fromisoformat(clock) if clock else datetime.now(UTC)
