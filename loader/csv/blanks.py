"""Unicode's blanks as bytes, for contracts with `trim`: around quotes they are no part of a value."""

from __future__ import annotations

import re
import sys
from functools import cache

import numpy as np

from loader.csv.dialect import Dialect
from loader.csv.scan import Bools, Bytes, Ints

BLANKS = "".join(character for character in map(chr, range(sys.maxunicode + 1)) if character.isspace())
"""All blanks of Unicode, tab and U+00A0 included, line ends too."""


def blank_bytes(data: Bytes, dialect: Dialect) -> Bools:
    """Return for each byte whether it is one of a blank; line ends and the delimiter are none."""
    single, several = _blanks_of(dialect)
    blank: Bools = single[data]
    if several is not None and data.max(initial=0) >= 0x80:
        for found in several.finditer(data.tobytes()):
            blank[found.start() : found.end()] = True
    return blank


@cache
def _blanks_of(dialect: Dialect) -> tuple[Bools, re.Pattern[bytes] | None]:
    single = np.zeros(256, np.bool_)
    several = []
    for character in set(BLANKS) - {"\n", "\r", dialect.delimiter}:
        try:
            encoded = character.encode(dialect.read_encoding)
        except UnicodeEncodeError:
            continue
        if len(encoded) == 1:
            single[encoded[0]] = True
        else:
            several.append(re.escape(encoded))
    return single, re.compile(b"|".join(several)) if several else None


def around_quotes(data: Bytes, quotes: Ints, dialect: Dialect) -> tuple[Ints, Ints]:
    """Return per quote the positions of the bytes before and after it, blanks left out.

    Where there is none, these are -1 and the length of the data.
    """
    solid = ~blank_bytes(data, dialect)
    at = np.arange(len(data))
    # Position -1, before the first byte, reads the -1 at the end.
    last = np.append(np.maximum.accumulate(np.where(solid, at, -1)), -1)
    following = np.append(np.minimum.accumulate(np.where(solid, at, len(data))[::-1])[::-1], len(data))
    return last[quotes - 1], following[quotes + 1]
