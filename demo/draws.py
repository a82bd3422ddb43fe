"""Random numbers as a function of what they are for, so that any part of the sample can be made on its own.

A draw depends on the seed, the feed, a purpose, a day and a key (an account's number), and on nothing drawn before it.
The same seed therefore gives the same bytes whatever the order or the size of the blocks, and on any version of numpy.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint64]
Ints = NDArray[np.int64]


def mixed(words: Words) -> Words:
    """Each word spread over all 64 bits, by the finaliser of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014)."""
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))


def below(words: Words, limit: int) -> Ints:
    """Each word as a whole number from 0 up to, but not including, `limit` (at most 2**31)."""
    return (((words >> np.uint64(32)) * np.uint64(limit)) >> np.uint64(32)).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Draws:
    """All random numbers of one feed."""

    seed: int
    feed: str

    def words(self, keys: Words, purpose: str, day: int = 0) -> Words:
        """One random word for each key."""
        name = f"{self.seed}/{self.feed}/{purpose}/{day}".encode()
        salt = np.uint64(int.from_bytes(hashlib.blake2b(name, digest_size=8).digest(), "little"))
        return mixed(mixed(keys + salt) ^ salt)

    def below(self, keys: Words, limit: int, purpose: str, day: int = 0) -> Ints:
        """One whole number from 0 up to, but not including, `limit` for each key."""
        return below(self.words(keys, purpose, day), limit)
