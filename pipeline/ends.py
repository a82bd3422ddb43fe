"""How a build can end, and by which exit code a scheduler knows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

from pipeline.dbt_events import HowItEnded, Node

_NOT_DONE = ("error", "fail", "runtime error", "partial success")
_NOT_RUN = ("skipped", "no-op")


class End(Enum):
    """An end of a build.

    Attributes:
        exit_code: what the process ends with.
        meaning: what a person reads of it.
    """

    PUBLISHED = (0, "published what was new")
    NOTHING_NEW = (10, "nothing was new, nothing had to be published")
    HELD = (3, "ended well, and a file is held: a person has to decide on it")
    LOST = (11, "another build was first; nothing of this one is published")
    PARTIAL = (12, "a partial build: nothing is published")
    FAILED = (1, "a model or an audit failed")
    BROKEN = (2, "dbt could not run")
    STOPPED = (143, "stopped by SIGTERM: what it had not committed is not published")
    INTERRUPTED = (130, "stopped by Ctrl-C: what it had not committed is not published")

    def __init__(self, exit_code: int, meaning: str) -> None:
        """Keep the two apart."""
        self.exit_code = exit_code
        self.meaning = meaning

    @property
    def is_well(self) -> bool:
        """Whether the build did all that it had to."""
        return self in (End.PUBLISHED, End.NOTHING_NEW, End.HELD)

    @property
    def is_failure(self) -> bool:
        """Whether a person has to mend something before a build can end well."""
        return self in (End.FAILED, End.BROKEN)


@dataclass
class Ran:
    """What is known of one `dbt build` after it.

    Attributes:
        build: the id under which it wrote; None where it came to no model.
        nodes: the nodes that ended.
        succeeded: what dbt says of itself.
        how: what the build, or a question after it, told of its end; None where nothing was told.
        files_waiting: pending files that it left for the next build.
    """

    build: str | None = None
    nodes: list[Node] = field(default_factory=list)
    succeeded: bool = False
    how: HowItEnded | None = None
    files_waiting: int = 0

    @property
    def failed(self) -> list[Node]:
        """The models and audits that failed."""
        return [node for node in self.nodes if node.status in _NOT_DONE]

    @property
    def publication(self) -> str | None:
        """The publication that it made; None where it made none."""
        return self.build if self.how is not None and self.how.is_published else None

    @property
    def bytes_scanned(self) -> int | None:
        """The sum over the nodes; None where the warehouse counts none."""
        counted = [node.bytes_scanned for node in self.nodes if node.bytes_scanned is not None]
        return sum(counted) if counted else None


def end_of(ran: Ran, stopped: End | None = None) -> End:
    """Return how a build ended.

    Args:
        ran: what is known of it.
        stopped: STOPPED or INTERRUPTED, if it was stopped while it ran.
    """
    # After its commit too: readers' views are not made or not audited. A stop after all was done changes nothing.
    if stopped is not None and not ran.succeeded:
        return stopped
    failed = [node.unique_id for node in ran.failed]
    if ran.how is None:
        return _without_a_word(ran)
    if ran.how.lost and set(failed) <= set(ran.how.lost):
        return End.LOST
    # dbt also fails where its last step could not ask how it ended; that was asked again.
    if failed or not (ran.succeeded or ran.publication):
        return End.FAILED
    if ran.how.left_out:
        return End.PARTIAL
    return _well(ran)


def _well(ran: Ran) -> End:
    if ran.how is not None and ran.how.held_files:
        return End.HELD
    return End.PUBLISHED if ran.publication else End.NOTHING_NEW


def _without_a_word(ran: Ran) -> End:
    return End.FAILED if any(node.status not in _NOT_RUN for node in ran.nodes) else End.BROKEN


def end_of_passes(ends: Sequence[End]) -> End:
    """Return how a call ended that built more than once: as its last pass, which may have found no more to publish."""
    if ends[-1] is End.NOTHING_NEW and End.PUBLISHED in ends:
        return End.PUBLISHED
    return ends[-1]
