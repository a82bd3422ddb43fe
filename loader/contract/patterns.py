"""Regular expressions of contracts: which of them Python alone reads, and which the engines have to read alike."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

# Python, RE2 and Joni give these different meanings, or none: classes such as \d (ASCII or Unicode), anchors, back
# references, flags, lookaround, intersections and classes within classes.
_READ_DIFFERENTLY = re.compile(r"\\[A-Za-z0-9]|\(\?(?!:)|\[\[|&&|\[[^\]]*\[|[*+?}]\+")


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except re.error as error:
        raise ValueError(f"a regular expression is allowed; {pattern!r}: {error}") from error


def _compiles(pattern: str) -> str:
    _compiled(pattern)
    return pattern


def _has_one_group(pattern: str) -> str:
    if _compiled(pattern).groups != 1:
        raise ValueError(f"a pattern with exactly one group is allowed, as in 'Account: (.*)'; {pattern!r} has another")
    return pattern


def _is_read_alike(pattern: str) -> str:
    _compiled(pattern)
    unlike = _READ_DIFFERENTLY.search(pattern)
    if unlike:
        raise ValueError(
            f"{unlike.group()!r} means different things to different engines: write classes out, such as [0-9] for "
            "digits, and use no more than [ ] ( ) (?: ) | . * + ? { } and a backslash before punctuation"
        )
    return pattern


Pattern = Annotated[str, AfterValidator(_compiles)]
"""A pattern that the loader alone reads."""

PatternWithGroup = Annotated[str, AfterValidator(_has_one_group)]
"""A pattern that the loader alone reads; its one group is the value."""

SharedPattern = Annotated[str, AfterValidator(_is_read_alike)]
"""A pattern for a whole cell that the engines read too."""

SharedPatternWithGroup = Annotated[str, AfterValidator(_is_read_alike), AfterValidator(_has_one_group)]
"""A pattern for a whole cell that the engines read too; its one group is the value."""
