"""Seals: numbered records that chain the commits of a feed, so that one which is changed or removed later is missed.

A landing never waits for a seal. Each seal holds the hashes of the commits since the one before, and the hash of that
one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from pydantic import ValidationError

from loader.lake.keys import seal_key
from loader.lake.objects import Seal
from loader.lake.storage import Store


@dataclass
class Chain:
    """A feed's seals as they are stored.

    Attributes:
        sealed: SHA-256 of each sealed commit, and of each sealed record of an erasure, by its key.
        count: number of seals.
        last: SHA-256 of the last seal, None where there is none.
        faults: key of a seal and what is wrong with it.
    """

    feed: str
    sealed: dict[str, str] = field(default_factory=dict)
    count: int = 0
    last: str | None = None
    faults: list[tuple[str, str]] = field(default_factory=list)


def read_chain(store: Store, feed: str) -> Chain:
    """Return a feed's chain, with every fault of it.

    Raises:
        StorageError: the lake refused.
    """
    chain = Chain(feed)
    for number, key in enumerate(sorted(store.list(f"seals/{feed}")), start=1):
        line = store.get(key) or b""
        chain.faults += [(key, fault) for fault in _faults(chain, number, key, line)]
        chain.count, chain.last = number, hashlib.sha256(line).hexdigest()
    return chain


def _faults(chain: Chain, number: int, key: str, line: bytes) -> Iterator[str]:
    """Yield what is wrong with the next seal; takes over the commits that it holds."""
    if key != seal_key(chain.feed, number):
        yield f"a seal before it is missing: {seal_key(chain.feed, number)} was expected"
    try:
        seal = Seal.model_validate_json(line)
    except ValidationError:
        yield "the seal was changed: it cannot be read"
        return
    if seal.to_json() != line:
        yield "the seal was changed: its digest is another"
    if seal.previous != chain.last:
        yield "the seal before it was changed: its hash is another than this one holds"
    chain.sealed |= seal.commits


def write_seal(store: Store, chain: Chain, commits: dict[str, str], sealed_at: str) -> str | None:
    """Seal the commits (SHA-256 by key) that the chain does not hold yet; return the seal's key, None if there is none.

    Records of erasures are sealed like commits. Where another one wrote a seal at the same moment, nothing is written,
    and the next call seals the rest.

    Raises:
        StorageError: the lake refused.
    """
    fresh = {key: sha256 for key, sha256 in sorted(commits.items()) if key not in chain.sealed}
    if not fresh:
        return None
    key = seal_key(chain.feed, chain.count + 1)
    seal = Seal(feed=chain.feed, number=chain.count + 1, previous=chain.last, commits=fresh, sealed_at=sealed_at)
    return key if store.put_new(key, seal.to_json()) else None
