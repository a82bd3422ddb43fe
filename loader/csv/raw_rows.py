"""Rows of a feed's raw table: one column of text per column of the contract."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loader.contract.model import Contract
from loader.csv.blanks import BLANKS
from loader.csv.columns_of_file import FileColumns
from loader.csv.scan import Ints
from loader.csv.structure import Batch
from loader.csv.text_columns import json_objects


class RawRows:
    """Makes rows of the raw table out of a file's cells."""

    def __init__(self, contract: Contract, columns: FileColumns, stated: Mapping[str, str], ends_with_cr: bool) -> None:
        """Prepare for one file.

        ``stated`` holds the text that is the same in each row, by column. ``ends_with_cr`` says that each CR of the
        file was read as LF.
        """
        self._contract = contract
        self._columns = columns
        self._stated = stated
        self._ends_with_cr = ends_with_cr

    def of(self, batch: Batch) -> pa.Table:
        """Return the rows of a batch."""
        # Parts have no header: the contract's columns come last, so that a later contract may append some.
        columns: dict[str, pa.Array | pa.ChunkedArray] = {
            "row_number": pa.array(batch.row_number),
            "line_number": pa.array(batch.line_number),
            "extra_fields": self._extra_fields(batch.table),
        }
        for column, positions in zip(self._contract.columns, self._columns.cells, strict=True):
            columns[column.name] = self._values(batch.table, column.name, positions)
        return pa.table(columns)

    def line_ends_back(self, texts: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
        """Return texts with the line ends that the file has."""
        return pc.replace_substring(texts, "\n", "\r") if self._ends_with_cr else texts

    def _values(self, table: pa.Table, name: str, positions: Sequence[int]) -> pa.Array | pa.ChunkedArray:
        if len(positions) == 1:
            return self.line_ends_back(table.column(positions[0]))
        if positions:
            return self.line_ends_back(_joined(table, positions, self._contract.meta.trim))
        text = self._stated.get(name)
        return pa.nulls(table.num_rows, pa.string()) if text is None else pa.repeat(text, table.num_rows)

    def _extra_fields(self, table: pa.Table) -> pa.Array | pa.ChunkedArray:
        if not self._columns.extra:
            return pa.nulls(table.num_rows, pa.string())
        columns = [self.line_ends_back(table.column(position)) for position in self._columns.extra.values()]
        return json_objects(list(self._columns.extra), columns)


def _joined(table: pa.Table, positions: Sequence[int], trim: bool) -> pa.Array:
    """Return the cells of each row joined by one blank, empty ones left out; missing where all are."""
    cells = [table.column(position).combine_chunks() for position in positions]
    if trim:
        cells = [pc.utf8_trim(cell, characters=BLANKS) for cell in cells]
    nothing = pa.scalar(None, pa.string())
    first, *others = [pc.if_else(pc.equal(cell, ""), nothing, cell) for cell in cells]
    for other in others:
        # Arrow's own way to skip missing values loses a row of which all are missing.
        both = pc.binary_join_element_wise(first, other, " ")
        first = pc.coalesce(both, first, other)
    return first


def rows_that_repeat(table: pa.Table, header: Sequence[str], trim: bool) -> Ints:
    """Return which rows have the same cells as the header."""
    rows = np.arange(table.num_rows if header else 0)
    for column, name in zip(table.columns, header, strict=False):
        if not len(rows):
            break
        texts = column if len(rows) == table.num_rows else column.take(pa.array(rows))
        if trim:
            texts, name = pc.utf8_trim(texts, characters=BLANKS), name.strip()
        rows = rows[np.asarray(pc.fill_null(pc.equal(texts, name), name == ""))]
    return rows
