"""What the lake holds per feed, and whether deliveries come in time, from commits and rejections: no data is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from loader.commits import read_commits, rejection_of
from loader.contract import Contract
from loader.delivery_calendar import due_after
from loader.manifest import utc_text
from loader.storage import Store


@dataclass
class FeedStatus:
    """One feed; times are ISO 8601 in UTC.

    Attributes:
        files_rejected: refused files that have not landed since.
        last_delivery: the latest commit.
        age_seconds: since then.
        due: by when the next delivery has to come; None before the first.
        late: whether that is over.
    """

    feed: str
    files_landed: int = 0
    rows_delivered: int = 0
    rows_landed: int = 0
    rows_malformed: int = 0
    files_rejected: int = 0
    last_delivery: str | None = None
    age_seconds: int | None = None
    due: str | None = None
    late: bool = False


def feed_status(
    store: Store, contract: Contract, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> FeedStatus:
    """Return what was landed and refused, and whether a delivery is late by the contract's calendar.

    Raises:
        StorageError: the lake refused, or holds a commit or a rejection that was changed.
    """
    status = FeedStatus(contract.feed)
    landed: set[str] = set()
    for commit in read_commits(store, store.list(f"commits/{contract.feed}")):
        manifest = commit.manifest
        landed.add(manifest.sha256)
        status.files_landed += 1
        status.rows_delivered += manifest.rows_delivered
        status.rows_landed += manifest.rows_landed
        status.rows_malformed += manifest.rows_malformed
        status.last_delivery = max(status.last_delivery or "", manifest.landed_at)
    for key, line in store.get_all(store.list(f"rejections/{contract.feed}")):
        if rejection_of(key, line).sha256 not in landed:
            status.files_rejected += 1
    if status.last_delivery is not None:
        last, moment = datetime.fromisoformat(status.last_delivery), now()
        due = due_after(contract.meta.delivery_calendar, contract.meta.time_zone, last)
        status.age_seconds = int((moment - last).total_seconds())
        status.due, status.late = utc_text(due), moment >= due
    return status
