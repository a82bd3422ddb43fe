"""What the lake holds per feed, what of it is published, and whether deliveries come in time; no data is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from loader.contract.delivery_calendar import due_after
from loader.contract.model import Contract
from loader.lake.commits import last_readings, read_commits, rejection_of
from loader.lake.keys import utc_text
from loader.lake.objects import Manifest
from loader.lake.published import HeldFile, Published, WaitingFile
from loader.lake.storage import Store


@dataclass
class FeedStatus:
    """One feed; times are ISO 8601 in UTC.

    Attributes:
        files_rejected: rejected files that have not landed since.
        last_delivery: the latest commit.
        age_seconds: since then.
        due: by when the next delivery has to come; None before the first.
        late: whether that is over.
        files_unpublished: landed files after the last published one; None where published files are not known.
        unpublished_since: when the first of them landed.
        held_files: those that the last build held; None where published files are not known.
        waiting_files: those that the last build left behind a held one; None likewise.
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
    files_unpublished: int | None = 0
    unpublished_since: str | None = None
    held_files: list[HeldFile] | None = field(default_factory=list)
    waiting_files: list[WaitingFile] | None = field(default_factory=list)


def feed_status(
    store: Store,
    contract: Contract,
    published: Published | None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> FeedStatus:
    """Return what was landed and refused, what is published, and whether a delivery is late by the contract's calendar.

    Args:
        store: the lake.
        contract: the feed's.
        published: what builds have done with the feed's files; None where it is not known.
        now: the clock.

    Raises:
        StorageError: the lake refused, or holds a commit or a rejection that was changed.
    """
    status = FeedStatus(contract.feed)
    commits = read_commits(store, store.list(f"commits/{contract.feed}"))
    manifests = [commit.manifest for commit in last_readings(commits)]
    for manifest in manifests:
        status.files_landed += 1
        status.rows_delivered += manifest.rows_delivered
        status.rows_landed += manifest.rows_landed
        status.rows_malformed += manifest.rows_malformed
        status.last_delivery = max(status.last_delivery or "", manifest.landed_at)
    landed = {manifest.sha256 for manifest in manifests}
    for key, line in store.get_all(store.list(f"rejections/{contract.feed}")):
        if rejection_of(key, line).sha256 not in landed:
            status.files_rejected += 1
    if status.last_delivery is not None:
        last, moment = datetime.fromisoformat(status.last_delivery), now()
        due = due_after(contract.meta.delivery_calendar, contract.meta.time_zone, last)
        status.age_seconds = int((moment - last).total_seconds())
        status.due, status.late = utc_text(due), moment >= due
    _add_published(status, manifests, published)
    return status


def _add_published(status: FeedStatus, manifests: list[Manifest], published: Published | None) -> None:
    if published is None:
        status.files_unpublished = status.held_files = status.waiting_files = None
        return
    status.held_files, status.waiting_files = published.held, published.waiting
    unpublished = [manifest for manifest in manifests if manifest.delivery_number > published.last_number]
    status.files_unpublished = len(unpublished)
    if unpublished:
        # Clocks order nothing: the first one is that of the lowest number.
        status.unpublished_since = min(unpublished, key=lambda manifest: manifest.delivery_number).landed_at
