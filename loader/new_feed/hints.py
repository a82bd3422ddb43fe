"""Words by which files of many languages call their columns and lines: hints for names, never a proof."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_SHORT = 3


@cache
def words() -> Any:
    """Return the words and letters of words.yml."""
    return yaml.safe_load((Path(__file__).parent / "words.yml").read_text(encoding="utf-8"))


@cache
def _pattern(role: str) -> re.Pattern[str]:
    """Return a pattern for the words of a role; short ones must stand alone, or `to` would be found in `auto`."""
    return re.compile(
        "|".join(
            rf"(?<![^\W_]){word}(?![^\W_])" if word.isascii() and (len(word) <= _SHORT or word == "from") else word
            for word in words()["roles"][role]
        )
    )


def is_named(role: str, text: str) -> bool:
    """Return whether the text holds one of the words for the role."""
    return _pattern(role).search(plain(text)) is not None


def is_called_not_booked(text: str) -> bool:
    """Return whether a word of the text calls a row pending, failed or the like."""
    return _not_booked().search(plain(text)) is not None


@cache
def _not_booked() -> re.Pattern[str]:
    """Return a pattern for the words; those of ASCII begin a word, or `pend` would be found in `stipend`."""
    return re.compile("|".join(rf"(?<![^\W_]){word}" if word.isascii() else word for word in words()["not_booked"]))


def amount_rank(header: str) -> int:
    """Return how likely the header is that of the amount, the likeliest first."""
    if is_named("foreign", header):
        return 4
    if is_named("fee", header):
        return 3
    return 0 if is_named("net", header) else 1 if is_named("amount", header) else 2


def plain(text: str) -> str:
    """Return the text in lower case, composed, without blanks around it."""
    return unicodedata.normalize("NFC", text).strip().lower()


def direction_of(text: str) -> str | None:
    """Return `in` or `out` where the text is a word for a direction."""
    parts = set(re.split(r"[\s/]+", plain(text)))
    ways = [way for way in ("in", "out") if parts & set(words()["directions"][way])]
    return ways[0] if len(ways) == 1 else None


def opposite_of(text: str) -> str | None:
    """Return the word for the other direction, in capitals as the text is; None where no pair of words has it."""
    for pair in words()["opposites"]:
        for word, other in (pair, pair[::-1]):
            if plain(text) == word:
                return str(other.upper() if text.isupper() else other.capitalize() if text.istitle() else other)
    return None


def direction_named(header: str) -> str | None:
    """Return `in` or `out` where the header names one of them, and not both."""
    ways = [way for way in ("in", "out") if is_named(way, header)]
    return ways[0] if len(ways) == 1 else direction_of(header)
