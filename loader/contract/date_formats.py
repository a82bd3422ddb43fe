"""Formats of dates and times: the letters of Unicode Technical Standard 35 that contracts may use."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Longest first, so that `MMMM` is not read as twice `MM`. Who adds one adds it to loader/contract/reading.py,
# loader/new_feed/dates.py and example.py, macros/rules/date_format.sql and docs/contract-words.md, too.
FIELDS = ("yyyy", "yy", "MMMM", "MMM", "MM", "M", "dd", "d", "HH", "H", "hh", "h", "mm", "ss", "a", "xx", "XXX")
_TOKEN = re.compile(
    rf"'(?P<quoted>(?:[^']|'')*)'|(?P<fraction>S+)|(?P<field>{'|'.join(FIELDS)})|(?P<literal>[^A-Za-z'])"
)
_DATE_FIELDS = frozenset({"yyyy", "yy", "MMMM", "MMM", "MM", "M", "dd", "d"})


@dataclass(frozen=True)
class Token:
    """One piece of a format: a field by its letters, or a text that has to stand there.

    Fractions of a second are the field ``S``; their text is as many letters as the format has.
    """

    field: str | None
    text: str = ""


def parse_format(text: str) -> tuple[Token, ...]:
    """Return the pieces of a format.

    Raises:
        ValueError: it has a letter that is no field, a field twice, or too few fields for a day.
    """
    tokens, at = [], 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise ValueError(f"the letters {', '.join(FIELDS)}, S and texts within '…' are allowed; see {text[at:]!r}")
        at = found.end()
        if found["field"] or found["fraction"]:
            tokens.append(Token(found["field"] or "S", found["fraction"] or ""))
        else:
            quoted = found["quoted"]
            literal = found["literal"] if quoted is None else quoted.replace("''", "'") or "'"
            tokens.append(Token(None, literal))
    _check(text, [token.field for token in tokens if token.field])
    return tuple(tokens)


def _check(text: str, fields: list[str]) -> None:
    kinds = [
        field[0].upper() if field[0] in "Hh" else field[0].lower() if field[0] in "xX" else field[0] for field in fields
    ]
    doubled = sorted({kind for kind in kinds if kinds.count(kind) > 1})
    if doubled:
        raise ValueError(f"each field once is allowed; {text!r} has {', '.join(doubled)} twice")
    for kind, name in (("d", "day (d or dd)"), ("M", "month (M, MM, MMM or MMMM)")):
        if kind not in kinds:
            raise ValueError(f"a format with a {name} is allowed; {text!r} has none")
    if any(field in ("h", "hh") for field in fields) != ("a" in fields):
        raise ValueError("'h' goes with 'a' (AM or PM), and 'a' with 'h'")
    for kind, larger in (("m", "H"), ("s", "m"), ("S", "s"), ("x", "H")):
        if kind in kinds and larger not in kinds:
            raise ValueError(f"a format with {kind!r} has {larger!r} too; {text!r} has not")


def has_time(text: str) -> bool:
    """Return whether a sound format holds more than a day."""
    return any(token.field and token.field not in _DATE_FIELDS for token in parse_format(text))


def has_year(text: str) -> bool:
    """Return whether a sound format holds a year."""
    return any(token.field in ("yyyy", "yy") for token in parse_format(text))


def has_short_year(text: str) -> bool:
    """Return whether the year has two digits, so that its century has to be stated."""
    return any(token.field == "yy" for token in parse_format(text))
