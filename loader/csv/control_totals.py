"""What a sender says of a file beside it: how many rows it has, and the sums of columns. Checked before the commit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Context, Decimal

import pyarrow as pa
import pyarrow.compute as pc

from loader.contract.columns import Column
from loader.contract.model import Contract
from loader.contract.reading import delivered_text, read_number
from loader.contract.values import NumberFormat
from loader.errors import FileReason, FileRejectedError, UsageError
from loader.wording import counted

# A plain decimal number: where the contract has no words for numbers, anything else has no value that could be added.
_DECIMAL = r"^[+-]?[0-9]{1,20}(\.[0-9]{1,18})?\z"
_SUM = pa.decimal256(76, 18)
# Python's own context would round sums of more than 28 digits.
_EXACT = Context(prec=76)


@dataclass(frozen=True)
class Expected:
    """What was said of one file.

    Attributes:
        rows: rows delivered, malformed ones among them; None where nothing was said.
        totals: sums by header.
    """

    rows: int | None = None
    totals: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def control_totals(self) -> dict[str, str]:
        """What the manifest keeps of it: `rows`, and `sum(<header>)` for each sum."""
        kept = {} if self.rows is None else {"rows": str(self.rows)}
        return kept | {f"sum({header})": f"{total:f}" for header, total in sorted(self.totals.items())}


NOTHING_EXPECTED = Expected()


def parse_totals(texts: Iterable[str]) -> dict[str, Decimal]:
    """Return the sums by header of texts like `COLUMN=SUM`; the last equals sign divides them.

    Raises:
        UsageError: one is not of this form, or two are of one column.
    """
    totals: dict[str, Decimal] = {}
    for text in texts:
        header, _, total = text.rpartition("=")
        if not header or not re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?", total):
            raise UsageError(
                f"{text!r} is not COLUMN=SUM: give a header of the file and a decimal number, as in Amount=12.50"
            )
        if header in totals:
            raise UsageError(f"{header!r} has two sums: give one")
        totals[header] = Decimal(total)
    return totals


class ControlTotals:
    """Adds up a file as it is read, only the columns of which something was said."""

    def __init__(self, contract: Contract, expected: Expected) -> None:
        """Begin with nothing read.

        Raises:
            UsageError: a sum is of a column that the contract does not name.
        """
        self._expected = expected
        self._contract = contract
        columns = {column.shown: column for column in contract.columns if column.meta.is_in_table}
        for header in expected.totals:
            if header not in columns:
                raise UsageError(
                    f"no column {header!r} in the contract of {contract.feed}: it has {', '.join(columns)}"
                )
        self._columns = {header: columns[header] for header in expected.totals}
        self._sums = dict.fromkeys(expected.totals, Decimal(0))
        self._odd = dict.fromkeys(expected.totals, 0)

    def add(self, rows: pa.Table) -> None:
        """Add the rows of a feed's raw table, values as text. A missing or empty value adds nothing."""
        for header, column in self._columns.items():
            values = rows.column(column.name)
            added, numbers = self._sum(column, values)
            self._sums[header] = _EXACT.add(self._sums[header], added)
            filled = pc.sum(pc.not_equal(values, "")).as_py() or 0
            self._odd[header] += filled - numbers

    def _sum(self, column: Column, values: pa.ChunkedArray) -> tuple[Decimal, int]:
        """Return the sum of the values that are numbers as the contract has them written, and how many these are."""
        written = self._contract.number_format(column)
        if replace(written, is_unsigned=False) == NumberFormat.of() and not self._contract.meta.trim:
            plain = values.filter(pc.match_substring_regex(values, _DECIMAL))
            return (pc.sum(plain.cast(_SUM)).as_py(), len(plain)) if len(plain) else (Decimal(0), 0)
        added, numbers = Decimal(0), 0
        # Each text once, however often it comes.
        for text, count in ((one["values"].as_py(), one["counts"].as_py()) for one in pc.value_counts(values)):
            number = read_number(delivered_text(self._contract, column, text), written)
            if number is not None:
                added, numbers = _EXACT.add(added, _EXACT.multiply(number, count)), numbers + count
        return added, numbers

    def check(self, rows: int) -> None:
        """Compare with what was said; ``rows`` is the number of rows delivered.

        Raises:
            FileRejectedError: something differs; all of it is in the message.
        """
        faults = []
        rows_announced = self._expected.rows
        if rows_announced is not None and rows_announced != rows:
            were = f"{counted(rows_announced, 'row')} {'was' if rows_announced == 1 else 'were'}"
            faults.append(f"{were} announced and {rows:,} came")
        for header, stated in self._expected.totals.items():
            if self._sums[header] != stated:
                odd = self._odd[header]
                are = "value that is no number" if odd == 1 else "values that are no numbers"
                faults.append(
                    f"{header!r} was announced to sum to {stated:f} and sums to {_plain(self._sums[header])}"
                    + (f", without {odd:,} {are}" if odd else "")
                )
        if faults:
            raise FileRejectedError(
                FileReason.CONTROL_TOTAL, f"{'; '.join(faults)}: ask the sender which is right, and deliver it again"
            )


def _plain(value: Decimal) -> str:
    """Return a sum without the zeros that its type has at the end."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
