"""Deliveries of a soak: made from a seed, and what each of them has to become."""

from __future__ import annotations

import gzip
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pyarrow as pa

from tests.loader.texts import as_csv

# Row number and text of a malformed row; row number, payment id and amount of a landed one.
Row = tuple[str | None, ...]

_TEXTS = (
    None,
    "",
    "1.00",
    "-20",
    r"\N",
    "\\",
    'a "b"',
    "a,b",
    "a\nb",
    "a\r\nb",
    "é\u2028\x85",
    "\U0001f4b6",
    " ",
    "=1+1",
)
_MALFORMED = ("bad", "too,many,fields", 'a"b,1', '"a"b,1', "")
# More than one part of a multipart upload.
_LARGE = 9 * 1024 * 1024


@dataclass(frozen=True)
class Content:
    """Delivered bytes, and what they are to become.

    Attributes:
        rows: how often each row is to land.
        malformed: the same of the malformed rows.
        is_refused: whether the contract refuses the file as a whole.
        suffix: what the names of such files end with.
    """

    data: bytes
    rows: Counter[Row]
    malformed: Counter[Row]
    is_refused: bool = False
    suffix: str = ""

    @property
    def sha256(self) -> str:
        """The hash that the lake knows the bytes by."""
        return sha256(self.data).hexdigest()


@dataclass(frozen=True)
class Delivered:
    """A file in the inbox; several may hold the same content."""

    path: Path
    content: Content


def deliver(choices: random.Random, inbox: Path) -> list[Delivered]:
    """Write a handful of files into an inbox, some of them under several names."""
    contents = [_sound(choices, number) for number in range(choices.randint(3, 6))]
    contents += [_refused(choices, number) for number in range(choices.randint(0, 2))]
    delivered = []
    for number, content in enumerate(contents):
        for copy in range(choices.choice((1, 1, 2, 3))):
            path = inbox / f"payments {number}-{copy} é.csv{content.suffix}"
            path.write_bytes(content.data)
            delivered.append(Delivered(path, content))
    return delivered


def _sound(choices: random.Random, number: int) -> Content:
    """Return a file that lands; some of its rows may be malformed, and now and then it is large."""
    count, filler = choices.choice((1, 20, 400)), ""
    if number == 0 and choices.random() < 0.3:
        count = 0
    elif choices.random() < 0.06:
        count, filler = _LARGE // 1000, choices.randbytes(500).hex()
    spoilt = choices.choice((0, 0, 0.2))
    is_turned = choices.random() < 0.3
    rows: Counter[Row] = Counter()
    malformed: Counter[Row] = Counter()
    lines = ["Amount,PaymentID" if is_turned else "PaymentID,Amount"]
    row = 0
    for line in range(count):
        # The first row is always sound, and its number tells this content from the others of the round.
        if line and choices.random() < spoilt:
            lines.append(choices.choice(_MALFORMED))
            # A blank line is no row.
            if lines[-1]:
                row += 1
                malformed[str(row), lines[-1]] += 1
            continue
        row += 1
        fields = (f"{number}-{row}-{filler}", choices.choice(_TEXTS))
        lines.append(",".join(map(as_csv, reversed(fields) if is_turned else fields)))
        rows[str(row), *fields] += 1
    end = choices.choice(("\n", "\r\n"))
    pack, suffix = choices.choice(_PACKINGS)
    return Content(pack((end.join(lines) + end).encode()), rows, malformed, suffix=suffix)


def _refused(choices: random.Random, number: int) -> Content:
    """Return a file that breaks its contract: by its columns, its encoding, or at the end of its rows."""
    rows = "".join(f"{row},{number}\n" for row in range(choices.choice((1, 5_000))))
    data, suffix = choices.choice(
        (
            (f"PaymentID,Amount,Memo{number}\n1,2,3\n".encode(), ""),
            (f"PaymentID\n{number}\n".encode(), ""),
            (f"PaymentID,PaymentID,Amount\n1,2,{number}\n".encode(), ""),
            (f"PaymentID,Amount\n1,{number}\n".encode("utf-16"), ""),
            (_gzip(f"PaymentID,Amount\n{rows}".encode())[:-4], ".gz"),
        )
    )
    return Content(data, Counter(), Counter(), is_refused=True, suffix=suffix)


def _gzip(text: bytes) -> bytes:
    return gzip.compress(text, mtime=0)


def _zstd(text: bytes) -> bytes:
    return bytes(pa.compress(text, "zstd", asbytes=True))


_PACKINGS: tuple[tuple[Callable[[bytes], bytes], str], ...] = (
    (bytes, ""),
    (bytes, ""),
    (_gzip, ".gz"),
    (_zstd, ".zst"),
)
