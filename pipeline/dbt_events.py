"""What dbt tells this program by its events: how nodes end, and what macros log by `tell`.

Texts for people are never read for it. A line of `tell` is a whole message of JSON, in an event that only macros
cause, so what data hold comes as a string inside of it.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator

from loader.contract.delivery_calendar import Calendar


def _utc(text: Any) -> Any:
    return datetime.fromisoformat(text).replace(tzinfo=UTC) if isinstance(text, str) else text


def _names(text: Any) -> Any:
    """Return the names of a list that a column holds; dbt takes an empty one for NULL."""
    return [name for name in (text or "").split(",") if name] if text is None or isinstance(text, str) else text


class Node(BaseModel):
    """A node of dbt's graph that has ended; ``bytes_scanned`` is None where the warehouse counts none."""

    unique_id: str
    status: str
    seconds: float
    message: str | None = None
    bytes_scanned: int | None = None


class HeldFile(BaseModel):
    """A file that waits for a person's decision."""

    feed: str
    file_id: str
    # dbt takes some texts for NULL.
    file_name: str | None
    failure: str


class HowItEnded(BaseModel):
    """What a build tells of its end.

    Attributes:
        build: the id under which it wrote.
        is_published: whether it published.
        held_files: the files that are held now.
        lost: the nodes that failed because another build had published.
        left_out: how many nodes it left out; a part of a build publishes nothing.
    """

    build: str
    is_published: bool
    held_files: list[HeldFile]
    lost: list[str] = []
    left_out: int = 0


class Rows(BaseModel):
    """Where the rows of files are: delivered = the others added up."""

    rows_delivered: int = 0
    rows_malformed: int = 0
    rows_accepted: int = 0
    rows_quarantined: int = 0
    rows_condemned: int = 0
    rows_duplicate: int = 0
    rows_passed_over: int = 0


class PublishedFile(Rows):
    """A file that a publication published for the first time."""

    publication_id: str
    feed: str
    file_id: str
    file_name: str | None
    delivery_number: int
    refused_percent: float | None
    volume_ratio: float | None


class FeedFigures(Rows):
    """What publications did to a feed, and when the feed delivered last; zeros where nothing was published."""

    feed: str
    delivery_calendar: Calendar
    time_zone: str
    last_landed_at: Annotated[datetime | None, BeforeValidator(_utc)]
    file_count: int = 0
    refused_percent: float | None = None
    volume_ratio: float | None = None
    break_count: int = 0
    breaks_above_tolerance: int = 0


class Restated(BaseModel):
    """How many month-ends of closed months publications restated."""

    feed: str
    month_ends: int


class Known(BaseModel):
    """What alarms know: a row of `figures_told`.

    Attributes:
        publication_id: the last publication whose figures are told; "none" before the first one.
        publication_number: its number, 0 before the first one.
        held_files: the ids of files that are known to be held.
        late_feeds: the feeds that are known to be late.
    """

    publication_id: str
    publication_number: int
    held_files: Annotated[list[str], BeforeValidator(_names)]
    late_feeds: Annotated[list[str], BeforeValidator(_names)]


class Figures(BaseModel):
    """What metrics are made of.

    Attributes:
        publications: those that are told of, in their order.
        feeds: what they did to each feed together.
        files: that they published for the first time.
        restatements: by feed.
        known: what alarms knew of files and feeds before, and the last publication that they know now; None where
            nobody asked for what is not told yet.
    """

    publications: list[str]
    feeds: list[FeedFigures]
    files: list[PublishedFile]
    restatements: list[Restated]
    known: Known | None = None


def told_by(event: Any) -> dict[str, Any] | None:
    """Return what a macro told by `tell`; None for any other event."""
    if event.info.name != "JinjaLogDebug" or not event.data.msg.startswith("{"):
        return None
    try:
        told = json.loads(event.data.msg)
    except ValueError:
        return None
    return told if "ledger_lake" in told else None


def node_of(event: Any) -> Node | None:
    """Return the node that has ended; None for any other event."""
    if event.info.name != "NodeFinished":
        return None
    result = event.data.run_result
    scanned = dict(result.adapter_response).get("data_scanned_in_bytes")
    return Node(
        unique_id=event.data.node_info.unique_id,
        status=result.status,
        seconds=round(result.execution_time, 3),
        message=" ".join(result.message.split()) or None,
        bytes_scanned=None if scanned is None else int(scanned),
    )
