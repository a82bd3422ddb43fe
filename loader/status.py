"""What the lake holds per feed, from commits and rejections alone: no data is read."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from loader.manifest import Manifest, Rejection
from loader.storage import Store


@dataclass
class FeedStatus:
    """One feed. ``last_delivery`` is the latest commit, ISO 8601 in UTC."""

    feed: str
    files_landed: int = 0
    rows_delivered: int = 0
    rows_landed: int = 0
    rows_malformed: int = 0
    files_rejected: int = 0
    last_delivery: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the fields for ``--json``."""
        return asdict(self)


def feed_status(store: Store, feed: str) -> FeedStatus:
    """Return what was landed and refused. A refused file that landed later no longer counts as refused."""
    status = FeedStatus(feed)
    landed: set[str] = set()
    for key in store.list(f"commits/{feed}"):
        line = store.get(key)
        if line is None:
            continue
        manifest = Manifest.model_validate_json(line)
        landed.add(manifest.sha256)
        status.files_landed += 1
        status.rows_delivered += manifest.rows_delivered
        status.rows_landed += manifest.rows_landed
        status.rows_malformed += manifest.rows_malformed
        status.last_delivery = max(status.last_delivery or "", manifest.committed_at)
    for key in store.list(f"rejections/{feed}"):
        line = store.get(key)
        if line is not None and Rejection.model_validate_json(line).sha256 not in landed:
            status.files_rejected += 1
    return status
