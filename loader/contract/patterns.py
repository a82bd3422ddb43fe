"""Regular expressions of contracts: which of them Python alone reads, and which the engines have to read alike."""

from __future__ import annotations

import re
import string
from typing import Annotated

from pydantic import AfterValidator

# RE2 refuses more, also of repetitions within repetitions.
_MOST_REPETITIONS = 1000
_TOKEN = re.compile(
    r"\\(?P<escaped>.)|\[\^?(?P<class>\]?(?:\\.|[^\]\\])*)\]|(?P<group>\(\?:|\((?!\?))|(?P<end>\))"
    r"|(?P<repeat>[*+?]|\{[0-9]*,?[0-9]*(?<=[0-9,])\})(?P<mode>[?+]?)|(?P<else>\(\?|.)",
    re.DOTALL,
)
# `{,3}` and `{03}` are repetitions to Python and plain text to RE2.
_REPEAT = re.compile(r"[*+?]|\{(?:0|[1-9][0-9]*)(?:,(?:[1-9][0-9]*|0)?)?\}")
# Sets within sets, intersections and differences, and a dash after a range, which Joni takes for another range.
_OF_UNLIKE_CLASSES = re.compile(r"^\]|\[|&&|--|~~|\|\||.-.-.", re.DOTALL)


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
    for token in _TOKEN.finditer(pattern):
        if _is_unlike(token):
            raise ValueError(
                f"{token.group()!r} means different things to different engines: write classes out, such as [0-9] for "
                "digits, and use no more than [ ] ( ) (?: ) | . * + ? {1} {1,} {1,2} and a backslash before ASCII "
                "punctuation, which [ ] & - ~ | need within a class. A pattern is for the whole cell: use no ^ and $"
            )
    _compiled(pattern)
    most = _repetitions(pattern)
    if most > _MOST_REPETITIONS:
        raise ValueError(
            f"{_MOST_REPETITIONS:,} repetitions are allowed, those of groups within groups multiplied; {pattern!r} has "
            f"{most:,}: use * or +, or a smaller number"
        )
    return pattern


def _is_unlike(token: re.Match[str]) -> bool:
    """Return whether Python, RE2 and Joni read a token differently, or one of them does not read it."""
    if token["escaped"]:
        return token["escaped"] not in string.punctuation + " "
    if token["repeat"]:
        # `a++` is possessive in Python and Joni, and a mistake in RE2.
        return token["mode"] == "+" or not _REPEAT.fullmatch(token["repeat"])
    if token["class"] is not None:
        escapes = re.findall(r"\\(.)", token["class"], re.DOTALL)
        plain = re.sub(r"\\.", "x", token["class"], flags=re.DOTALL)
        return not set(escapes) <= set(string.punctuation + " ") or bool(_OF_UNLIKE_CLASSES.search(plain))
    # `$` may be before a last line end or not; `(?` begins flags, names and lookaround.
    return token["else"] in ("^", "$", "(?")


def _repetitions(pattern: str) -> int:
    """Return how often the pattern repeats a piece at most, as RE2 counts: `(?:a{20}){30,}` 600 times, `a*` once."""
    most, last = [1], 1
    for token in _TOKEN.finditer(pattern):
        if token["group"]:
            most.append(1)
        elif token["end"]:
            last = most.pop()
        elif token["repeat"]:
            last *= max([1, *map(int, re.findall("[0-9]+", token["repeat"]))])
        else:
            last = 1
        most[-1] = max(most[-1], last)
    return most[0]


def _repeats_no_group(pattern: str) -> str:
    """Refuse `(a*)*`: of a group that is repeated, the engines return different repetitions where one is empty."""
    opened, holds_group = [], False
    for token in _TOKEN.finditer(pattern):
        if token["repeat"] and token["repeat"] != "?" and holds_group:
            raise ValueError(f"a group that is not repeated is allowed: write '((?:…)*)' for '(…)*'; see {pattern!r}")
        if token["group"]:
            opened.append(token["group"] == "(")
        holds_group = bool(token["end"]) and opened.pop()
        if holds_group and opened:
            opened[-1] = True
    return pattern


Pattern = Annotated[str, AfterValidator(_compiles)]
"""A pattern that the loader alone reads."""

PatternWithGroup = Annotated[str, AfterValidator(_has_one_group)]
"""A pattern that the loader alone reads; its one group is the value."""

SharedPattern = Annotated[str, AfterValidator(_is_read_alike)]
"""A pattern for a whole cell that the engines read too."""

SharedPatternWithGroup = Annotated[
    str, AfterValidator(_is_read_alike), AfterValidator(_has_one_group), AfterValidator(_repeats_no_group)
]
"""A pattern for a whole cell that the engines read too; its one group is the value."""
