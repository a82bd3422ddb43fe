"""Words of messages that depend on how many things they speak of."""

from __future__ import annotations

from collections.abc import Sequence

_NAMES_SHOWN = 20
_NAME_SHOWN = 100


def counted(count: int, noun: str) -> str:
    """Return the number and the noun, such as '1 row' or '2,000 rows'."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def quoted(names: Sequence[str]) -> str:
    """Return names in quotes, such as 'A', 'B' and 'C'; of many the first ones, and each cut where it is long."""
    shown = [repr(name if len(name) <= _NAME_SHOWN else f"{name[:_NAME_SHOWN]}…") for name in names[:_NAMES_SHOWN]]
    more = len(names) - len(shown)
    return joined([*shown, f"{more:,} more"] if more else shown)


def joined(texts: Sequence[str]) -> str:
    """Return texts as a list in a sentence: 'a', 'a and b', 'a, b and c'."""
    return " and ".join([", ".join(texts[:-1]), texts[-1]]) if len(texts) > 1 else "".join(texts)


def columns_are(names: Sequence[str]) -> str:
    """Return the subject and the verb of a sentence on columns: column 'A' is, columns 'A' and 'B' are."""
    return f"column {quoted(names)} is" if len(names) == 1 else f"columns {quoted(names)} are"
