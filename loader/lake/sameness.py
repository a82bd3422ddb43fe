"""Whether an offered file is a delivery that has landed before, or one of its own.

A delivery is an event: its bytes alone do not say which one it is. docs/decisions/0019 has the table of cases.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from loader.contract.model import Contract, without_compression
from loader.lake.commits import Commit


@dataclass(frozen=True)
class Offer:
    """A file that is offered to the lake.

    Attributes:
        contract: of its feed.
        sha256: of its bytes.
        file_name: as it is delivered now.
        event: what `event_of` gives: the same text for the same file as long as its sender does not deliver it anew.
        withdrawn: returns the ids of the files that a decision withdraws.
    """

    contract: Contract
    sha256: str
    file_name: str
    event: str
    withdrawn: Callable[[], Collection[str]] = frozenset

    @property
    def feed(self) -> str:
        """The feed."""
        return self.contract.feed

    def has_values_of(self, file_name: str) -> bool:
        """Return whether the contract takes the same values from another file's name."""
        return _values_of_name(self.contract, self.file_name) == _values_of_name(self.contract, file_name)


@dataclass(frozen=True)
class Found:
    """What the lake holds of an offered file's bytes.

    Attributes:
        same: the delivery that the file is; None if it is one of its own.
        earlier: a delivery of the same bytes; None if they are new.
        is_left_over: whether the file is the same delivery only because it still lies where it was delivered, so that
            the same bytes would land if they were delivered anew.
    """

    same: Commit | None = None
    earlier: Commit | None = None
    is_left_over: bool = False


def event_of(text: str) -> str:
    """Return the digest by which the manifest and the lake's keys know an event."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:32]


def judge(offer: Offer, known: Sequence[Commit], last_number: int) -> Found:
    """Return which delivery an offered file is.

    Args:
        offer: the file.
        known: deliveries of the same bytes in the order of their numbers, at least one.
        last_number: that of the feed's last delivery.
    """
    repeated = next((commit for commit in known if commit.manifest.event == offer.event), None)
    alike = [
        commit
        for commit in known
        # A file without rows states that there was nothing: each one states it of its own day.
        if commit.manifest.rows_delivered > 0 and offer.has_values_of(commit.manifest.file_name)
    ]
    if offer.contract.meta.kind == "reference":
        # Each delivery replaces the one before, so an earlier state that comes back is news.
        alike = [commit for commit in alike if commit.manifest.delivery_number == last_number]
    withdrawn = offer.withdrawn() if alike else ()
    standing = [commit for commit in alike if commit.manifest.file_id not in withdrawn]
    same = repeated or (standing[-1] if standing else None)
    return Found(same, known[-1], is_left_over=repeated is not None and not standing)


def _values_of_name(contract: Contract, file_name: str) -> Mapping[str, str | None]:
    """Return what the contract's word `file_name` takes from a name, without .gz or .zst; nothing without the word."""
    pattern = contract.meta.file_name
    fitting = re.fullmatch(pattern, without_compression(file_name)) if pattern else None
    return fitting.groupdict() if fitting else {}
