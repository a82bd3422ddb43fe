"""Numbers as people write them: which formats fit a column's texts."""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from loader.contract.reading import read_number
from loader.contract.values import NumberFormat
from loader.new_feed.hints import words

Negative = Literal["minus", "trailing_minus", "parentheses"]
Writing = tuple[str, str | None, Literal["thousands", "indian"]]
"""Decimal sign, group sign and grouping."""

_MOST_SYMBOLS = 3
_BLANKS = "\u00a0\u202f"
_CURRENCY_SIGNS = "".join(
    re.escape(chr(code)) for code in range(sys.maxunicode) if unicodedata.category(chr(code)) == "Sc"
)
_SYMBOL = rf"(?:[A-Z]{{0,3}}[{_CURRENCY_SIGNS}]|[A-Z]{{3}}|{'|'.join(words()['letter_signs'])})"
_NUMBER = re.compile(
    rf"(?P<open>\()?(?P<first>[-+\u2212])? ?(?P<before>{_SYMBOL})? ?(?P<second>[-+\u2212])?"
    rf"(?P<body>[0-9][0-9.,'\u2019 ]*|[.,][0-9]+)"
    rf" ?(?P<after>{_SYMBOL})?(?P<trailing>[-\u2212])?(?P<close>\))?"
)


@dataclass(frozen=True)
class Shape:
    """A text taken apart: ``body`` holds the digits and what is between, ``sign`` what stands before or after."""

    body: str
    symbol: str
    sign: str
    is_negative: bool


@lru_cache(maxsize=1 << 16)
def shape_of(text: str) -> Shape | None:
    """Return the parts of a number, None where the text is none in any format."""
    text = text.strip().translate(dict.fromkeys(map(ord, _BLANKS), " "))
    found = _NUMBER.fullmatch(text)
    if found is None or bool(found["open"]) != bool(found["close"]) or (found["before"] and found["after"]):
        return None
    signs = [sign for sign in (found["first"], found["second"], found["trailing"]) if sign]
    if len(signs) + bool(found["open"]) > 1:
        return None
    sign = "()" if found["open"] else "trailing" if found["trailing"] else signs[0] if signs else ""
    symbol = found["before"] or found["after"] or ""
    if symbol.isalpha() and not re.search(r"[., ]", text):
        # Letters and digits alone are an id, as INV0042 is.
        return None
    return Shape(found["body"].strip(), symbol, sign, sign not in ("", "+"))


def has_digit(text: str) -> bool:
    """Return whether a character of the text is a digit."""
    return any(map(str.isdigit, text))


def formats_of(texts: Iterable[str]) -> list[NumberFormat]:
    """Return every way to write numbers that fits all texts, the plainest first; none where one is no number."""
    texts = {text.strip() for text in texts}
    shapes: list[Shape] = []
    for text in texts:
        shape = shape_of(text)
        if shape is None:
            return []
        shapes.append(shape)
    symbols = sorted({shape.symbol for shape in shapes if shape.symbol})
    negatives = {shape.sign for shape in shapes if shape.is_negative}
    if not shapes or len(symbols) > _MOST_SYMBOLS or len({_place(sign) for sign in negatives}) > 1:
        return []
    negative: Negative = _place(negatives.pop()) if negatives else "minus"
    signs = {sign for shape in shapes for sign in shape.body if not sign.isdigit()}
    candidates = [NumberFormat(*writing, negative, tuple(symbols)) for writing in _writings(signs)]
    return [number for number in candidates if all(read_number(text, number) is not None for text in texts)]


def _place(sign: str) -> Negative:
    return "parentheses" if sign == "()" else "trailing_minus" if sign == "trailing" else "minus"


def _writings(signs: set[str]) -> Iterable[Writing]:
    """Yield decimal sign, group sign and grouping; group signs only where they were seen."""
    for decimal_char in ".,":
        if decimal_char == "," and "," not in signs and "." not in signs:
            continue
        for group_char in [None, *sorted(signs - {decimal_char})]:
            yield decimal_char, group_char, "thousands"
            if group_char is not None:
                yield decimal_char, group_char, "indian"
