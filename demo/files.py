"""The files of a delivery, and the count of what was put into each of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

HEADERS = {
    "transactions": "TransactionID,CustomerID,TransactionAmount,Currency,TransactionTimestamp",
    "ledger_entries": "id,account_id,amount,new_balance,tx_date",
    "accounts": "account,currency,opened,closed,status",
    "month_ends": "feed,account_id,currency,month,balance,balance_after_delivery_1",
}
ACCEPTED, DUPLICATE, QUARANTINED, MALFORMED = "accepted", "duplicate", "quarantined", "malformed"
CONFLICT = "CONFLICTING_TRANSACTION_ID"


def lines(columns: Iterable[Any]) -> Any:
    """Arrow text columns joined to CSV records, each with its line feed."""
    record = pc.binary_join_element_wise(*columns, ",")
    return pc.binary_join_element_wise(record, "\n", "")


class FeedFile:
    """One file being written: bytes go out, and what they mean is counted.

    Attributes:
        rows: records after the header, by their fate: accepted, duplicate, quarantined or malformed.
        codes: quarantined records by rejection code; a record with several codes counts under each of them.
        faults: malformed records by the fault that was put into them.
    """

    def __init__(self, path: Path, feed: str, *, byte_order_mark: bool = False, line_end: bytes = b"\n") -> None:
        self.path = path
        self.feed = feed
        self.rows: Counter[str] = Counter()
        self.codes: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self._start = (b"\xef\xbb\xbf" if byte_order_mark else b"") + HEADERS[feed].encode() + line_end
        self._line_end = line_end
        self._file: BinaryIO

    def __enter__(self) -> Self:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self.path.open("wb")
        self._file.write(self._start)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def write(self, block: Any, fate: str = ACCEPTED) -> None:
        """Writes an Arrow text array of whole lines that all have the same fate.

        The array's characters lie side by side in one buffer, which is the text of the file.
        """
        count = len(block)
        if not count:
            return
        _, offsets, characters = block.buffers()
        bounds = np.frombuffer(offsets, dtype=np.int32)[block.offset : block.offset + count + 1]
        text = pa.py_buffer(characters)[int(bounds[0]) : int(bounds[-1])]
        self._file.write(text if self._line_end == b"\n" else text.to_pybytes().replace(b"\n", self._line_end))
        self.rows[fate] += count

    def write_row(self, line: bytes, fate: str, why: tuple[str, ...] = ()) -> None:
        """Writes one record, given without its line end, and why it was refused or malformed."""
        self._file.write(line + self._line_end)
        self.rows[fate] += 1
        if fate == QUARANTINED:
            self.codes.update(set(why))
        elif fate == MALFORMED:
            self.faults.update(why)

    def summary(self, root: Path) -> dict[str, Any]:
        """What the file contains, under the names that `file_reconciliation` uses."""
        return {
            "path": self.path.relative_to(root).as_posix(),
            "feed": self.feed,
            "rows_delivered": self.rows.total(),
            "rows_malformed": self.rows[MALFORMED],
            "rows_accepted": self.rows[ACCEPTED],
            "rows_quarantined": self.rows[QUARANTINED],
            "rows_condemned": 0,
            "rows_duplicate": self.rows[DUPLICATE],
            "rows_conflicting": self.codes[CONFLICT],
            "quarantine_rate": round((self.rows[MALFORMED] + self.rows[QUARANTINED]) / self.rows.total(), 4),
            "quarantined_by_code": dict(sorted(self.codes.items())),
            "malformed_by_fault": dict(sorted(self.faults.items())),
        }
