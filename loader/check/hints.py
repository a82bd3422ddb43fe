"""Which word of the contract would make refused values fit."""

from __future__ import annotations

from loader.check.findings import Reason
from loader.contract.model import Contract


def hint_for(reason: Reason, contract: Contract) -> str | None:
    """Return what in the contract would let all the refused values in that were looked at, or None."""
    if reason.column is None or not reason.values:
        return None
    return None
