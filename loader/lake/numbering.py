"""Whether the commits of each feed have all numbers from 1 on, and know of earlier ones with the same bytes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from loader.lake.commits import Commit
from loader.lake.findings import Finding
from loader.lake.keys import commit_key, number_of_commit
from loader.lake.storage import Store


def numbering_faults(store: Store, keys: Iterable[str], commits: Iterable[Commit]) -> Iterator[Finding]:
    """Yield what is wrong with the numbers.

    No two commits can have one number: it is their key, and `commit_of` refuses a manifest with another.

    Args:
        store: the lake.
        keys: all keys in commits/.
        commits: those that could be read, in the order of their keys.

    Raises:
        StorageError: the lake refused.
    """
    yield from _missing(store, keys)
    yield from _landed_twice(commits)


def _missing(store: Store, keys: Iterable[str]) -> Iterator[Finding]:
    numbers: dict[str, set[int]] = {}
    for key in keys:
        if (number := number_of_commit(key)) is not None:
            numbers.setdefault(key.split("/")[1], set()).add(number)
    for feed, found in numbers.items():
        for number in sorted(set(range(1, max(found))) - found):
            key = commit_key(feed, number)
            # A listing may lack what was written while it was made.
            if store.size(key) is None:
                yield Finding(key, "missing", f"delivery {number} of {feed}: restore its commit from a backup")


def _landed_twice(commits: Iterable[Commit]) -> Iterator[Finding]:
    """Yield the commits that do not name an earlier one of the same bytes: whoever landed them took them for new."""
    earlier: dict[tuple[str, str], list[int]] = {}
    for commit in commits:
        manifest = commit.manifest
        numbers = earlier.setdefault((manifest.feed, manifest.sha256), [])
        if numbers and manifest.same_bytes_as not in numbers:
            same = f"the same bytes as delivery {numbers[0]}, which it does not know of"
            yield Finding(commit.key, "duplicate", f"{same}: withdraw this file, {manifest.file_id}")
        numbers.append(manifest.delivery_number)
