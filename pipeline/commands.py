"""Runs dbt in this process, by dbt's own programmatic interface, and listens to its events."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from loader.cli.console import one_line, say
from pipeline.dbt_events import Figures, HowItEnded, Known, Node, node_of, told_by
from pipeline.ends import Ran
from pipeline.output import marked_output
from pipeline.preview import Preview
from pipeline.stopping import Stop

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult

# The node that commits: where it has not begun, nothing is published.
_COMMIT = "model.ledger_lake.publications"
_UNIT_TESTS = ("--exclude-resource-type", "unit_test")
_LOCKED_OUT = (
    "error: the process named above has the warehouse's file open, be it only to read, and DuckDB lets nobody write"
    " meanwhile: end that process, or wait until it has ended, then run this again"
)


class Dbt:
    """The dbt project of the working folder."""

    def __init__(self, options: Sequence[str], stop: Stop, heard: Callable[[Node, str | None], None]) -> None:
        """Run nothing yet.

        Args:
            options: of every command: target, profile, variables.
            stop: what may interrupt a command.
            heard: is called with each node that ends and the id under which the build writes.
        """
        self._options = list(options)
        self._stop = stop
        self._heard = heard

    def build(self, options: Sequence[str]) -> Ran:
        """Build everything but unit tests, with further options of `dbt build`; return what is known of it then."""
        ran, begun = Ran(), set[str]()

        def listen(event: Any) -> None:
            if event.info.name == "NodeStart":
                begun.add(event.data.node_info.unique_id)
            if (node := node_of(event)) is not None:
                ran.nodes.append(node)
                self._heard(node, ran.build)
            match told_by(event):
                case {"ledger_lake": "build_begins", "publication_id": build}:
                    ran.build = build
                case {"ledger_lake": "files_wait", "files": files}:
                    ran.files_waiting = files
                case {"ledger_lake": "how_it_ended", **told}:
                    ran.how = HowItEnded.model_validate(told)

        result = self._invoke(["build", *_UNIT_TESTS, *self._options, *options], listen)
        ran.succeeded = result is not None and result.success
        if ran.how is None and _COMMIT in begun and ran.build is not None:
            ran.how = self._ask_how_it_ended(ran.build)
        return ran

    def figures(self, publications: Sequence[str] | None) -> Figures | None:
        """Return the figures of publications, or, without any, of all that are not told yet; None where a signal came.

        Raises:
            RuntimeError: dbt or the warehouse could not tell; dbt's output says why.
        """
        if self._stop.end() is not None:
            return None
        found = self._ask("tell_figures", "figures", builds=None if publications is None else list(publications))
        if found is None and self._stop.end() is None:
            raise RuntimeError("dbt run-operation tell_figures failed")
        return None if found is None else Figures.model_validate(found)

    def note_told(self, known: Known) -> None:
        """Note in the warehouse what alarms know now.

        Raises:
            RuntimeError: it could not be noted, or a signal came; what was told will be told again.
        """
        if self._ask("note_figures_told", "figures_noted", **known.model_dump()) is None:
            raise RuntimeError("dbt run-operation note_figures_told failed: the next build tells the same again")

    def preview(self, build: str, limit: int) -> Preview | None:
        """Return what a build that did not commit would have published; None where a signal has come.

        Raises:
            RuntimeError: dbt or the warehouse could not tell; dbt's output says why.
        """
        if self._stop.end() is not None:
            return None
        found = self._ask("preview", "preview", build=build, limit=limit)
        if found is None and self._stop.end() is None:
            raise RuntimeError("dbt run-operation preview failed")
        return None if found is None else Preview.model_validate(found)

    def _ask_how_it_ended(self, build: str) -> HowItEnded | None:
        found = self._ask("tell_what_is_published", "how_it_ended", is_interrupted=False, build=build)
        return None if found is None else HowItEnded.model_validate(found)

    def _ask(self, macro: str, answer: str, *, is_interrupted: bool = True, **arguments: Any) -> dict[str, Any] | None:
        """Return what a macro tells; None where it failed or was interrupted."""
        answers: list[dict[str, Any]] = []

        def listen(event: Any) -> None:
            told = told_by(event)
            if told is not None and told["ledger_lake"] == answer:
                answers.append(told)

        command = ["--quiet", "run-operation", macro, "--args", json.dumps(arguments), *self._options]
        result = self._invoke(command, listen, is_interrupted=is_interrupted)
        return answers[0] if answers and result is not None and result.success else None

    def _invoke(
        self, command: list[str], listen: Callable[[Any], None], *, is_interrupted: bool = True
    ) -> dbtRunnerResult | None:
        """Run a command; return None where a signal came before dbt could end it by itself."""
        if not is_interrupted:
            return _run(command, listen)
        with suppress(KeyboardInterrupt), self._stop.interrupting():
            return _run(command, listen)
        return None


def cancel_statements() -> None:
    """Cancel the statements that dbt runs now; one that begins meanwhile is cancelled by the next call."""
    # Without it, or while it is imported, dbt runs no statement yet.
    factory = getattr(sys.modules.get("dbt.adapters.factory"), "FACTORY", None)
    adapters = list(factory.adapters.values()) if factory is not None else []
    for adapter in adapters:
        # dbt's own threads open and close connections meanwhile.
        with suppress(Exception):
            adapter.cancel_open_connections()


def _run(command: list[str], listen: Callable[[Any], None]) -> dbtRunnerResult:
    # Only here, because it takes seconds.
    from dbt.cli.main import dbtRunner

    with marked_output():
        result = dbtRunner(callbacks=[listen]).invoke(command)
    if result.exception is not None and not isinstance(result.exception, KeyboardInterrupt):
        # dbt prints most of them, but not that an option is wrong.
        say(one_line(f"error: {' '.join(str(result.exception).split())}"), err=True)
        if _is_locked_out(result.exception):
            say(_LOCKED_OUT, err=True)
    return result


def _is_locked_out(error: BaseException | None) -> bool:
    """Return whether another process has DuckDB's file, which has one writer."""
    return type(error).__name__ == "IOException" and "Could not set lock" in str(error)
