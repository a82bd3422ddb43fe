"""Columns of numbers as the text that a bank writes, many at a time."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from demo.draws import Ints, Words
from demo.period import DAYS

MINOR_UNITS = {"EUR": 2, "USD": 2, "JPY": 0, "KWD": 3}
"""Decimal places by currency, of those currencies of ISO 4217 that the sample uses."""

_DAY_TEXTS = pa.array([day.isoformat() for day in DAYS])
_TIME_TEXTS = pa.array([f"T{s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d}" for s in range(86_400)])
_ZONE_TEXTS = pa.array(["", "Z", "+01:00"])


def ids(prefix: str, width: int, numbers: Ints | Words) -> Any:
    """The prefix and the number with leading zeros: ids are text."""
    padded = pc.utf8_lpad(pc.cast(pa.array(numbers), pa.string()), width, "0")
    return pc.binary_join_element_wise(prefix, padded, "")


def money(minor: Ints, currency: str) -> Any:
    """Amounts in minor units as decimal numbers with all the places of their currency."""
    places = MINOR_UNITS[currency]
    whole = pc.cast(pa.array(minor), pa.decimal128(19, 0))
    return pc.cast(pc.multiply(whole, pa.scalar(Decimal(1).scaleb(-places))), pa.string())


def mixed_money(minor: Ints, currency: Any, used: list[str]) -> Any:
    """Amounts in minor units, each in the currency that stands beside it."""
    texts = money(minor, used[0])
    for code in used[1:]:
        texts = pc.if_else(pc.equal(currency, code), money(minor, code), texts)
    return texts


def repeated(value: str, count: int) -> Any:
    """The same text `count` times."""
    return pa.repeat(pa.scalar(value), count)


def days(numbers: Ints) -> Any:
    """Days of the period by their number, ISO 8601."""
    return _DAY_TEXTS.take(pa.array(numbers))


def times_of(draw: Words) -> Any:
    """Times of day with and without an offset, such that the day in UTC is the day that is written."""
    seconds = 7_200 + ((draw >> np.uint64(3)) % np.uint64(86_400 - 7_200)).astype(np.int64)
    tenth = (draw % np.uint64(10)).astype(np.int64)
    zone = np.select([tenth == 0, tenth == 1], [1, 2], 0)
    return pc.binary_join_element_wise(_TIME_TEXTS.take(pa.array(seconds)), _ZONE_TEXTS.take(pa.array(zone)), "")
