"""Which files of the inboxes have landed, so that they are passed over without being read again."""

from __future__ import annotations

from functools import cache

from loader.inbox.delivered_file import Delivery
from loader.lake.keys import content_key
from loader.lake.objects import Manifest, SeenFile
from loader.lake.storage import Store


class Seen:
    """What was noted of the files of inboxes. It saves reading; nothing is lost with it."""

    def __init__(self, store: Store) -> None:
        """Ask the lake nothing yet."""
        self._store = store
        # Two listings a feed, whatever the number of files.
        self._noted = cache(self._read_noted)

    def has_landed(self, delivery: Delivery, feed: str) -> bool:
        """Return whether the content of this state of the file is known to be committed.

        Raises:
            StorageError: the lake refused.
        """
        return delivery.state is not None and SeenFile(feed=feed, state=delivery.state, sha256="").key in self._noted(
            feed
        )

    def note(self, delivery: Delivery, manifest: Manifest) -> None:
        """Note that the file's content is in the lake, where SQL sees it.

        Raises:
            StorageError: the lake refused.
        """
        if delivery.state is not None:
            seen = SeenFile(feed=manifest.feed, state=delivery.state, sha256=manifest.sha256)
            self._store.put(seen.key, seen.to_json())

    def _read_noted(self, feed: str) -> frozenset[str]:
        """Return what was noted, without the hash of the content, of all content that is committed."""
        committed = set(self._store.list(f"contents/{feed}"))
        keys = (key.removesuffix(".json").rpartition("-") for key in self._store.list(f"seen/{feed}"))
        return frozenset(f"{state}-.json" for state, _, sha256 in keys if content_key(feed, sha256) in committed)
