r"""Raw parts: headerless comma CSV, zstd-compressed, from which DuckDB and Athena read any text without loss.

A value is written as ordinary CSV, in doubled quotes where rows of its block need quotes, after four replacements:
backslash becomes ``\s``, LF ``\n``, CR ``\r``, and a missing value ``\N``. No encoded value holds a bare backslash or
a line end, so decoding is unambiguous, and a reader that splits at physical lines never splits a value.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from loader.csv.text_columns import replace_characters
from loader.lake.background import Background
from loader.lake.objects import Part

if TYPE_CHECKING:
    from loader.lake.storage import ObjectWriter, Store

PART_SIZE = 96 * 1024 * 1024
FRAME_SIZE = 2 * 1024 * 1024
MISSING = r"\N"
# Arrow writes large batches several times faster than its default of 1,024 rows.
_ROWS_AT_A_TIME = 65_536
_BLANK, _DELETE, _MARKS = 0x20, 0x7F, b'",'
# The backslash comes first, because the tokens of the others hold one.
_TOKENS = (("\\", r"\s"), ("\n", r"\n"), ("\r", r"\r"))


def encode(table: pa.Table) -> pa.Table:
    """Return the table with its text columns encoded; missing values stay null until they are written."""
    for index, field in enumerate(table.schema):
        if pa.types.is_string(field.type):
            table = table.set_column(index, field, replace_characters(table.column(index), _TOKENS))
    return table


def _is_plain(table: pa.Table) -> bool:
    """Return whether no value needs quotes: all have ASCII letters, digits and signs only, and none is empty.

    Athena's reader takes blanks away before a value without quotes.
    """
    for column in table.columns:
        if not pa.types.is_string(column.type):
            continue
        if pc.min(pc.binary_length(column)).as_py() == 0:
            return False
        for chunk in column.chunks:
            # The buffer of a slice holds other rows too; then they decide for these as well, which does no harm.
            data = np.frombuffer(chunk.buffers()[-1] or b"", np.uint8)
            if len(data) and (data.min() <= _BLANK or data.max() >= _DELETE):
                return False
            if any((data == mark).any() for mark in _MARKS):
                return False
    return True


class PartWriter:
    """Writes tables to numbered parts in one folder of the lake; they are compressed and stored in a thread of its own.

    A part is a row of zstd frames. Nothing that it writes is visible to SQL before the commit.
    """

    def __init__(self, store: Store, folder: str, part_size: int = PART_SIZE, frame_size: int = FRAME_SIZE) -> None:
        """Write below ``folder``; the sizes are in bytes before compression. No rows make no part."""
        self._store = store
        self._folder = folder
        self._part_size = part_size
        self._frame_size = frame_size
        self._storing = Background()
        self._codec = pa.Codec("zstd")
        self._text = pa.BufferOutputStream()
        self._text_rows = 0
        self._writer: ObjectWriter | None = None
        self._rows = 0
        self._size = 0
        self.parts: list[Part] = []

    def write(self, table: pa.Table) -> None:
        """Append the rows of ``table``."""
        if not table.num_rows:
            return
        encoded = encode(table)
        options = pacsv.WriteOptions(
            include_header=False,
            null_string=MISSING,
            batch_size=_ROWS_AT_A_TIME,
            quoting_style="none" if _is_plain(encoded) else "needed",
        )
        pacsv.write_csv(encoded, self._text, options)
        self._text_rows += table.num_rows
        if self._text.tell() >= self._frame_size:
            self._hand_on()

    def _hand_on(self) -> None:
        self._storing.do(self._append, (self._text.getvalue(), self._text_rows))
        self._text = pa.BufferOutputStream()
        self._text_rows = 0

    def _append(self, written: tuple[pa.Buffer, int]) -> None:
        text, rows = written
        # At once, because pieces of a stream are copied, and handed over one by one under the interpreter's lock.
        frame = self._codec.compress(text, asbytes=True)
        if self._writer is None:
            self._writer = self._store.open_writer(f"{self._folder}/part-{len(self.parts):05d}.csv.zst")
            self._hash = hashlib.sha256()
            self._rows = self._size = 0
        self._hash.update(frame)
        self._writer.write(frame)
        self._rows += rows
        self._size += text.size
        if self._size >= self._part_size:
            self._end()

    def _end(self) -> None:
        if self._writer is None:
            return
        self._writer.close()
        self.parts.append(
            Part(key=self._writer.key, sha256=self._hash.hexdigest(), bytes=self._writer.size, rows=self._rows)
        )
        self._writer = None

    def close(self) -> None:
        """Finish the part that is being written, if any; nothing more is written."""
        if self._text_rows:
            self._hand_on()
        self._storing.finish()
        self._end()

    def discard(self) -> None:
        """Remove everything that was written."""
        self._storing.drop()
        if self._writer is not None:
            self._writer.discard()
        self._writer = None
        for part in self.parts:
            self._store.delete(part.key)
        self.parts = []
