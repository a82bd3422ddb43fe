"""Reading rows without a contract, for the tests of the structure."""

from __future__ import annotations

import io

from loader.csv.decoding import TextSource
from loader.csv.dialect import Dialect
from loader.csv.head import Head, HeadReader, Layout
from loader.csv.other_lines import OtherLines
from loader.csv.stream import Stream
from loader.csv.structure import StructureReader

_PLAIN = Layout()


def parts_of(
    data: bytes, dialect: Dialect, block_size: int, limit: int, layout: Layout = _PLAIN
) -> tuple[Head, StructureReader, OtherLines, Stream]:
    """Return the head of the bytes, the reader of their rows, the lines that are no rows, and where all come from."""
    others = OtherLines()
    stream = Stream(TextSource(io.BytesIO(data).read, dialect.encoding).read, block_size)
    head = HeadReader(stream, dialect, limit, others).read(layout)
    reader = StructureReader(stream, dialect, others, block_size=block_size, record_limit=limit, footer=layout.footer)
    return head, reader, others, stream


def reader_of(
    data: bytes, dialect: Dialect, block_size: int, limit: int, layout: Layout = _PLAIN
) -> tuple[Head, StructureReader, OtherLines]:
    """Return the same without the stream."""
    return parts_of(data, dialect, block_size, limit, layout)[:3]
