"""Patterns of paths and keys: `*`, `?`, `[…]` and `**`."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Sequence
from functools import lru_cache

from loader.errors import UsageError

_WILD = re.compile(r"[*?[]")


def is_pattern(text: str) -> bool:
    """Return whether a path, or a part of one, has what makes it a pattern."""
    return _WILD.search(text) is not None


def divided(parts: Sequence[str], given: str) -> tuple[Sequence[str], list[str]]:
    """Return the folders before a pattern, and its names, one a folder.

    ``**`` is any folders, and at the end all that is in them.

    Raises:
        UsageError: two stars stand beside something else.
    """
    at = next(at for at, part in enumerate(parts) if is_pattern(part))
    below = parts[at:]
    names = [name for name, before in zip(below, ["", *below], strict=False) if not name == before == "**"]
    if any("**" in name and name != "**" for name in names):
        raise UsageError(f"{given}: ** stands alone between slashes, as in in/**/*.csv")
    return parts[:at], [*names, "*"] if names[-1] == "**" else names


@lru_cache(maxsize=10_000)
def fits(parts: tuple[str, ...], names: tuple[str, ...]) -> bool:
    """Return whether the parts of a key fit the names of a pattern."""
    if not names:
        return not parts
    if names[0] == "**":
        return any(fits(parts[skipped:], names[1:]) for skipped in range(len(parts)))
    return bool(parts) and fnmatch.fnmatchcase(parts[0], names[0]) and fits(parts[1:], names[1:])
