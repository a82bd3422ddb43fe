"""The dry run: reads a file as a landing would, and writes nothing."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from loader.contract.model import Contract
from loader.csv.contract_reader import ContractReader
from loader.inbox.delivered_file import Delivery
from loader.inbox.unpacking import Content


@dataclass
class Checked:
    """What a landing would count. ``first_malformed`` holds row_number, line_number and reason of the first few."""

    file_name: str
    feed: str
    rows_delivered: int = 0
    rows_landed: int = 0
    rows_malformed: int = 0
    malformed_by_reason: dict[str, int] = field(default_factory=dict)
    extra_columns: list[str] = field(default_factory=list)
    first_malformed: list[dict[str, Any]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return the fields for ``--json``."""
        return {"status": "checked", **asdict(self)}


def check_file(delivery: Delivery, contract: Contract, show: int) -> Checked:
    """Read the file by its contract and return the counts and the first ``show`` malformed rows.

    Raises:
        FileRejectedError: the file breaks its contract as a whole.
    """
    checked = Checked(delivery.name, contract.feed)
    with Content(delivery) as content:
        reader = ContractReader(contract, content.read, file_name=delivery.name)
        checked.extra_columns = reader.extra_columns
        for _, malformed in reader.batches():
            if malformed is not None and len(checked.first_malformed) < show:
                rows = malformed.slice(0, show - len(checked.first_malformed))
                checked.first_malformed += rows.select(["row_number", "line_number", "reason"]).to_pylist()
    checked.rows_landed, checked.rows_malformed = reader.rows_landed, reader.rows_malformed
    checked.rows_delivered = checked.rows_landed + checked.rows_malformed
    checked.malformed_by_reason = dict(sorted(reader.malformed_by_reason.items()))
    return checked
