"""Numbers as formats write them, and how they are read back by hand: no pattern is shared with the SQL."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

BLANKS = " \u00a0\u202f"
NUMBERS: list[dict[str, Any]] = [
    {"negative": "minus"},
    {"negative": "trailing_minus"},
    {"negative": "parentheses", "group_char": ","},
    {"decimal_char": ",", "group_char": "."},
    {"decimal_char": ",", "group_char": " "},
    {"decimal_char": ",", "group_char": ".", "unsigned": True},
    {"group_char": "'", "symbol": "Fr."},
    {"group_char": ",", "grouping": "indian", "symbol": ["₹", "Rs."]},
    {"negative": "parentheses", "group_char": ",", "symbol": ["$", "US$"]},
    {"negative": "trailing_minus", "decimal_char": ",", "symbol": "€"},
    {"symbol": ["¥", "￥"], "unsigned": True},
]


def _symbols(words: dict[str, Any]) -> list[str]:
    symbol = words.get("symbol", [])
    return [symbol] if isinstance(symbol, str) else symbol


def _without_symbol(text: str, symbols: list[str]) -> Iterator[str]:
    """Yield what is left of a text when a symbol at its beginning or end, with one blank at most, is taken off."""
    for symbol in symbols:
        for blank in ("", *BLANKS):
            if text.startswith(symbol + blank):
                yield text.removeprefix(symbol + blank)
            if text.endswith(blank + symbol):
                yield text.removesuffix(blank + symbol)


def _without_blank_at_sign(text: str, negative: str, symbols: list[str]) -> Iterator[str]:
    """Yield what is left of a text whose sign has been taken off, when a blank stood between the sign and a symbol."""
    for symbol, blank in itertools.product(symbols, BLANKS):
        if negative == "minus" and text.startswith(blank + symbol):
            yield text.removeprefix(blank + symbol)
        if negative == "trailing_minus" and text.endswith(symbol + blank):
            yield text.removesuffix(symbol + blank)


def _unsigned(text: str, words: dict[str, Any]) -> Decimal | None:
    whole, _, fraction = text.partition(words.get("decimal_char", "."))
    if words.get("decimal_char", ".") in text and not (1 <= len(fraction) <= 18 and _are_digits(fraction)):
        return None
    group = words.get("group_char")
    for blank in BLANKS if group == " " else "":
        whole = whole.replace(blank, " ")
    if group and group in whole:
        groups = whole.split(group)
        sizes = [len(part) for part in groups]
        middle = 2 if words.get("grouping") == "indian" else 3
        if sizes[-1] != 3 or any(size != middle for size in sizes[1:-1]) or not 1 <= sizes[0] <= middle:
            return None
        if groups[0].startswith("0"):
            return None
        whole = "".join(groups)
    return Decimal(f"{whole}.{fraction or '0'}") if 1 <= len(whole) <= 20 and _are_digits(whole) else None


def _are_digits(text: str) -> bool:
    return text != "" and all(letter in "0123456789" for letter in text)


def _unfolded(text: str, words: dict[str, Any]) -> Iterator[tuple[str, int]]:
    """Yield what is left of a text without its sign, and the sign."""
    yield text, 1
    if words.get("unsigned"):
        return
    signs = {"+": 1, "-": -1, "\u2212": -1}
    negative = words.get("negative", "minus")
    if negative == "minus" and text[:1] in signs:
        yield text[1:], signs[text[0]]
    if negative == "trailing_minus" and text[-1:] in signs:
        yield text[:-1], signs[text[-1]]
    if negative == "parentheses" and text[:1] == "(" and text[-1:] == ")":
        yield text[1:-1], -1


def read_number(text: str, words: dict[str, Any]) -> Decimal | None:
    """Return the number that a text is in a format, None where it is none."""
    symbols = _symbols(words)
    for outer in (text, *_without_symbol(text, symbols)):
        for bare, sign in _unfolded(outer, words):
            inner = [bare]
            if outer == text:
                inner += _without_symbol(bare, symbols)
            if outer == text != bare:
                inner += _without_blank_at_sign(bare, words.get("negative", "minus"), symbols)
            for body in inner:
                found = _unsigned(body, words)
                if found is not None:
                    return sign * found
    return None


def write_number(value: Decimal, words: dict[str, Any], draw: random.Random) -> str:
    """Return a number as the format writes it, in one of its ways."""
    sign, digits, exponent = value.as_tuple()
    text = "".join(map(str, digits)).rjust(1 - int(exponent), "0")
    whole, fraction = (text[:exponent], text[exponent:]) if exponent else (text, "")
    if (group := words.get("group_char")) and draw.random() < 0.7:
        sizes = itertools.chain([3], itertools.repeat(2 if words.get("grouping") == "indian" else 3))
        groups = []
        while whole:
            size = next(sizes)
            groups.insert(0, whole[-size:])
            whole = whole[:-size]
        whole = (draw.choice(BLANKS) if group == " " else group).join(groups)
    number = whole + (words.get("decimal_char", ".") + fraction if fraction else "")
    inner = draw.random() < 0.5
    if inner:
        number = _with_symbol(number, words, draw)
    negative = words.get("negative", "minus")
    if sign and negative == "parentheses":
        number = f"({number})"
    elif not words.get("unsigned") and negative != "parentheses":
        mark = draw.choice("-\u2212") if sign else draw.choice(["", "+"])
        number = mark + number if negative == "minus" else number + mark
    return number if inner else _with_symbol(number, words, draw)


def _with_symbol(text: str, words: dict[str, Any], draw: random.Random) -> str:
    if not _symbols(words) or draw.random() < 0.3:
        return text
    symbol, blank = draw.choice(_symbols(words)), draw.choice(["", *BLANKS])
    return symbol + blank + text if draw.random() < 0.5 else text + blank + symbol


def numbers(draw: random.Random, words: dict[str, Any], count: int) -> dict[str, Decimal | None]:
    """Return texts with the number that each is: written ones, and some that differ by a character or two."""
    texts: dict[str, Decimal | None] = {}
    for _ in range(count):
        digits = draw.randint(1, 20)
        value = Decimal(draw.randint(0, 10**digits - 1)).scaleb(-draw.choice([0, 0, 1, 2, 2, 4]))
        value = value if words.get("unsigned") or draw.random() < 0.5 else -value
        text = write_number(value, words, draw)
        assert read_number(text, words) == value, (text, words, value)
        texts[text] = value
        other = changed(text, draw, "0123456789.,'-+()$ \u00a0\u2212€٣")
        texts[other] = read_number(other, words)
    return texts


def changed(text: str, draw: random.Random, letters: str) -> str:
    """Return a text that differs by a character or two."""
    for _ in range(draw.choice([1, 1, 2])):
        at = draw.randint(0, len(text))
        text = text[:at] + draw.choice(["", draw.choice(letters)]) + text[at + draw.choice([0, 1]) :]
    return text


def in_decimals(value: Decimal | None) -> str | None:
    """Return a number as decimal(38, 18) is written; there is no minus zero."""
    return None if value is None else f"{value or Decimal(0):.18f}"
