"""Hostile files for the fuzzer of the structure reading: from Hypothesis, and from other files by seeded mutation.

They are made with commas and double quotes. A file in another dialect is such a file with these bytes exchanged, so
that every dialect meets the same hardships.
"""

from __future__ import annotations

import csv
import gzip
import io
import os
import random
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pyarrow as pa
from hypothesis import strategies as st

from tests.loader import csv_oracle
from tests.loader.csv_oracle import Promise
from tests.loader.texts import TEXTS

MIB, RAW_TEXT_LIMIT = 1024 * 1024, 65_536
ENCODINGS = ("utf-8", "iso-8859-1", "iso-8859-2", "windows-1252", "windows-1250")
HEADERS = ("h", "Amount", "Betrag, netto", 'say "x"', "Účet", " i", "\\N", "a;b|c", "007")
EXTRA_HEADERS = ("2024-01-31", "", "extra", "two\nlines", "tab\there", "\x01\x1f'\\", "H")
VALUES = (
    *("", None, None, "a", "é", "1.00", "x,y", 'q"q', "l\nl", "c\r\nc", "c\rc", " ", "č" * 9, "\ufeffb", "NaN", "\\"),
    "".join(map(chr, range(1, 32))),
)
LIMITS = (5, 12, 25, 60, 60, 250, 1000, 1000, MIB)
TOKENS = (
    *(b'"', b'""', b",", b"\n", b"\r\n", b"\r", b"\0", b"\xff", b"\xc3\xa9", b"\xc3", b"\x81", b"\xef\xbb\xbf", b"a"),
    *(b'"\n', b'",', b',"', b'"\r\n', b"\n\n", b'"x",y\n', b"1,2\n", b'"1\n2",3\n', b'"\n",2\n', b" ", b";", b"'"),
    *(b"|", b"\t", b"\\", b"\\N", b"\xe2\x80\xa8", b"\x85", b"\x1f", b"\xff\xfe", b"x" * 30, b"\xc3\xa9" * 20),
)
TORTURE = (
    *(b"", b"\n", b"\r\n", b"\xef\xbb\xbf", b" \n1\n", b"h\n\n\n", b"h", b"h,i", b"h,h\n1,2\n", b'"h\nx",i\n1,2\n'),
    *(b'h,i\n"a""b",""\n,\n"c\r\nd",\r\n', b'h,"i\n1,2\n', b'h"x,i\n', b"h\0,i\n", b"h\rx,i\n", b"h\xff,i\n1,2\n"),
    *(b"\xff\xfeh\0\n\0", b"\xfe\xff\0h", b"\x00\x00\xfe\xff", b"\xff\xfe\x00\x00", b"\x1f\x8bh,i\n", b"h" * 300),
    *(b"h," + b"n" * 255 + b"\n1,2\n", b"h," + b"n" * 256 + b"\n1,2\n"),
    b'h,i\n1,"open\n2,two\n3,"three"\n4,"four\nlines"\n',
)


def _halves(data: bytes, pack: Callable[[bytes], bytes]) -> bytes:
    middle = len(data) // 2
    return pack(data[:middle]) + pack(b"") + pack(data[middle:])


def _gzip(data: bytes) -> bytes:
    return gzip.compress(data, 1, mtime=0)


def _zstd(data: bytes) -> bytes:
    packed: bytes = pa.compress(data, "zstd", asbytes=True)
    return packed


PACKINGS: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "gzip": _gzip,
    "zstd": _zstd,
    "gzip members": lambda data: _halves(data, _gzip),
    "zstd frames": lambda data: _halves(data, _zstd),
    "gzip cut": lambda data: _gzip(data)[: -1 - len(data) % 17],
    "zstd cut": lambda data: _zstd(data)[: -1 - len(data) % 4],
    "gzip with a wrong checksum": lambda data: _gzip(data)[:-8] + bytes(8),
    "gzip and more": lambda data: _gzip(data) + b"more",
}
DAMAGED = list(PACKINGS)[5:]
PACKING_WEIGHTS = (40, 4, 4, 2, 2, 1, 1, 1, 1)


@dataclass(frozen=True)
class Case:
    """A file, what was promised of it, how it is packed, and the size of the blocks it is read in."""

    content: bytes
    promise: Promise
    packing: str = "plain"
    block: int = 64

    @property
    def file(self) -> bytes:
        """The file as it is delivered."""
        return PACKINGS[self.packing](self.content)

    @property
    def damaged(self) -> bool:
        """Whether the stream cannot be read to its end; ``1f8b`` and ``28b52ffd`` begin compressed streams."""
        return self.packing in DAMAGED or (
            self.packing == "plain" and self.content.startswith((b"\x1f\x8b", b"\x28\xb5\x2f\xfd"))
        )


def swapped(promise: Promise) -> dict[int, int]:
    """Return the exchange of comma and double quote for the promised characters."""
    return {ord(a): ord(b) for pair in ((",", promise.delimiter), ('"', promise.quote)) for a, b in (pair, pair[::-1])}


def in_dialect(data: bytes, promise: Promise) -> bytes:
    """Return the file with its structure written in the promised characters."""
    exchange = swapped(promise)
    return data.translate(bytes(exchange.get(byte, byte) for byte in range(256)))


def written(value: str | None, bare: bool) -> str:
    """Write a value, bare where that is wanted and can be."""
    if value is None or (bare and value and not set(value) & set(',"\r\n')):
        return value or ""
    return '"' + value.replace('"', '""') + '"'


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Files of rows that a careful sender would write, and among them rows of hostile pieces."""
    headers = draw(st.lists(st.sampled_from(HEADERS), min_size=1, max_size=4, unique=True))
    extra = draw(st.lists(st.sampled_from(EXTRA_HEADERS), max_size=2, unique=True)) if draw(st.booleans()) else []
    names = draw(st.permutations(headers + extra))
    bare, ends = draw(st.booleans()), st.sampled_from([b"\n", b"\n", b"\r\n"])
    rng = draw(st.randoms(use_true_random=False))
    promise = _promise(rng, headers, bool(extra))

    def line(values: list[str | None]) -> bytes:
        return ",".join(written(value, bare) for value in values).encode(promise.encoding, "replace")

    row = st.lists(TEXTS, min_size=len(names), max_size=len(names)).map(line)
    hostile = st.lists(st.sampled_from(TOKENS), max_size=12).map(b"".join)
    rows = [line(list(names)), *draw(st.lists(row | row | hostile, max_size=8))]
    content = b"".join(one + draw(ends) for one in rows)
    if draw(st.booleans()):
        content = content.removesuffix(b"\n").removesuffix(b"\r")
    content = draw(st.sampled_from([b"", b"", b"", csv_oracle.BOM])) + in_dialect(content, promise)
    packing = draw(st.sampled_from(["plain"] * 12 + list(PACKINGS)))
    return Case(content, _limited(rng, promise, content), packing, draw(st.integers(1, 200)))


def _promise(rng: random.Random, headers: list[str], keeps_extra: bool) -> Promise:
    promise = Promise(
        delimiter=rng.choice(",,;|\t"),
        quote=rng.choice('""\''),
        encoding=rng.choice(ENCODINGS),
        headers=(),
        keeps_extra=keeps_extra,
        limit=rng.choice(LIMITS),
    )
    # A name that the encoding does not have cannot be delivered, and a blank one is no name.
    names = (name.encode(promise.encoding, "replace").decode(promise.encoding) for name in headers)
    names = (name.translate(swapped(promise)) for name in names if name.strip())
    return replace(promise, headers=tuple(dict.fromkeys(names)) or ("h",))


def _limited(rng: random.Random, promise: Promise, data: bytes) -> Promise:
    """Return the promise with a limit that now and then is the length of some lines; mostly the header has room."""
    lines = csv_oracle.physical_lines(data) or [b""]
    limit, room = promise.limit, len(b"".join(lines[:2])) + rng.randrange(5)
    if rng.random() < 0.25:
        at = rng.randrange(len(lines))
        limit = max(len(b"".join(lines[at : at + rng.randint(1, 3)])) - rng.randrange(4), 1)
    return replace(promise, limit=limit if rng.random() < 0.03 else max(limit, room))


@cache
def corpus() -> tuple[bytes, ...]:
    """Return the torture files, those of LEDGER_LAKE_TEST_DATA too where there are any."""
    default = Path(__file__).parents[2].parent / "shared" / "data"
    folder = Path(os.environ.get("LEDGER_LAKE_TEST_DATA", default)) / "csv"
    return (*TORTURE, *(file.read_bytes() for file in sorted(folder.rglob("*.csv"))))


def unchanged() -> list[Case]:
    """Return the files of the corpus as they are, and headers of as many columns as may be, and of one more."""
    comma = Promise(delimiter=",", quote='"', encoding="utf-8", headers=("h",), keeps_extra=False)
    promises = (
        replace(comma, headers=tuple(filter(str.strip, _header_names(data)[:2])) or ("h",)) for data in corpus()
    )
    wide = b"h" + b"".join(b",%d" % number for number in range(csv_oracle.MOST_COLUMNS - 1))
    return [
        *(Case(data, promise) for data, promise in zip(corpus(), promises, strict=True)),
        *(Case(wide + end, replace(comma, keeps_extra=True), block=MIB) for end in (b"\n", b",x\n")),
    ]


def valid_file(rng: random.Random) -> bytes:
    """Return a sound file of some rows."""
    names: list[str | None] = [
        *rng.sample(HEADERS, rng.randint(1, 4)),
        *rng.sample(EXTRA_HEADERS, rng.choice([0, 0, 1, 2])),
    ]
    end = rng.choice(["\n", "\r\n"])
    rows = ([rng.choice(VALUES) for _ in names] for _ in range(rng.choice([0, 1, 3, 8, 20])))
    lines = (",".join(written(value, rng.random() < 0.7) for value in row) for row in (names, *rows))
    return "".join(line + end for line in lines).encode()


Mutation = Callable[[random.Random, bytes, int, int, int], bytes]
# Each takes the file and three places in it, a <= b <= c.
MUTATIONS: list[Mutation] = [
    lambda rng, d, a, b, c: d[:a] + bytes([rng.randrange(256)]) + d[a + 1 :],
    lambda rng, d, a, b, c: d[:a] + bytes(byte ^ 1 << rng.randrange(8) for byte in d[a : a + 1]) + d[a + 1 :],
    lambda rng, d, a, b, c: d[:a] + rng.choice(TOKENS) + d[a:],
    lambda rng, d, a, b, c: d[:a] + rng.choice(TOKENS) + d[a:],
    lambda rng, d, a, b, c: d.replace(b"\n", b"\n" + rng.choice(TOKENS), rng.randint(1, 5)),
    lambda rng, d, a, b, c: d[:a] + rng.choice(TOKENS) + d[a:b] + rng.choice(TOKENS) + d[b:],
    lambda rng, d, a, b, c: d[:a] + b'"' + d[a:b] + b'"' + d[b:],
    lambda rng, d, a, b, c: d[:a] + d[b:],
    lambda rng, d, a, b, c: d[:b] + d[a:b] * rng.randint(1, 4) + d[b:],
    lambda rng, d, a, b, c: d[:a] + d[b:c] + d[a:b] + d[c:],
    lambda rng, d, a, b, c: d[:a],
    lambda rng, d, a, b, c: d[:a] + rng.choice(corpus()) + d[b:],
    lambda rng, d, a, b, c: d[:a] + rng.choice([b"x", b"\xc3\xa9", b",", b'"']) * rng.choice([30, 300, 1001]) + d[a:],
    lambda rng, d, a, b, c: (
        d[:a] + d[a:].replace(b"\n", rng.choice([b"\r\n", b"\r", b'"\n', b"\n\n", b",\n", b',""\n']), rng.randint(1, 9))
    ),
    lambda rng, d, a, b, c: d[:a] + b"x\n" * rng.randint(1, 9) + d[a:],
    lambda rng, d, a, b, c: d.replace(b"\n", rng.choice([b"\r", b"\r\n", b",\n"])),
    # Entries that are cut in their second cell.
    lambda rng, d, a, b, c: d[:a] + re.sub(rb"(?m)^([^,\n]*,[^,\n]*),", rb"\1\n", d[a:]),
    lambda rng, d, a, b, c: d + d[: d.find(b"\n") + 1],
]


def mutant(rng: random.Random) -> Case:
    """Return a valid or torturous file, mutated a few times; mostly after its header, so that there are rows."""
    data = valid_file(rng) if rng.random() < 0.8 else rng.choice(corpus())
    headers = _header_names(data)[rng.random() < 0.3 :] or ["h"]
    rng.shuffle(headers)
    promise = _promise(rng, headers + ["lacking"] * (rng.random() < 0.02), rng.random() < 0.9)
    with suppress(UnicodeDecodeError):
        data = data.decode().encode(promise.encoding, "replace")
    for _ in range(rng.choice([0, 1, 1, 2, 3, 5, 8])):
        header = 0 if rng.random() < 0.04 else min(data.find(b"\n") + 1, len(data))
        a = rng.randint(header, len(data))
        data = rng.choice(MUTATIONS)(rng, data, *sorted(min(a + rng.randrange(30), len(data)) for _ in range(3)))
    data = csv_oracle.BOM * (rng.random() < (0.2 if promise.encoding == "utf-8" else 0.02)) + in_dialect(data, promise)
    block = rng.choice([rng.randint(1, 8), rng.randint(1, 200), rng.randint(1, 200), 2 * MIB])
    if rng.random() < 0.004:
        data, block = data + _long(rng), rng.choice([100_003, 2 * MIB])
        promise = replace(promise, limit=MIB)
    return Case(data, _limited(rng, promise, data), rng.choices(list(PACKINGS), PACKING_WEIGHTS)[0], block)


def _header_names(data: bytes) -> list[str]:
    """Return the names in the header that a contract can promise."""
    with suppress(UnicodeDecodeError, csv.Error, StopIteration):
        names = next(csv.reader(io.StringIO(data.decode(), newline="")))
        return list(dict.fromkeys(name for name in names if name and not set(name) & set("\r\n")))
    return []


def _long(rng: random.Random) -> bytes:
    """Return bytes around the limits that a landing has: of a record, of the shown text, of what is judged at once."""
    piece = rng.choice([b"x", b"x", b"x", b"\xc3\xa9", b"\xff", b"x\n" * 100, b",,,,,,,,,\n" * 20])
    sizes = [MIB, MIB, 4 * RAW_TEXT_LIMIT, RAW_TEXT_LIMIT] if len(piece) < 9 else [RAW_TEXT_LIMIT, len(piece) * 1000]
    size = rng.choice(sizes)
    begin, end = rng.choice([(b"", b"\n"), (b"", b"\r\n1,2\n"), (b'"', b'"\n'), (b'"', b'"\r\n'), (b'"', b"")])
    return begin + piece * (size // len(piece) + rng.randint(-3, 3)) + end
