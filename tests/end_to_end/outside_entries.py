"""What is in a house's files beside entries: rows that are passed over, and balances that a file states of itself."""

from __future__ import annotations

import json
from pathlib import Path

from loader.lake.landing import Landed
from tests.end_to_end.house import House

PASSED_OVER = {"pending": "", "opening": "opening_balance", "closing": "closing_balance", "balance": "day_balance"}
"""How the ids of rows that are passed over begin, and which balance such a row states."""
_ID = {"ledger_entries": "entry_id", "transactions": "transaction_id"}
_STATED = {"ledger_entries": "new_balance", "transactions": "transaction_amount"}


def pass_over(project: Path, feed: str = "ledger_entries") -> None:
    """Have the contract of a feed pass over the rows whose ids begin with a word of `PASSED_OVER`.

    They state their balance, or, in a feed without a column of balances, their amount.
    """
    conditions = [
        f"{{{_ID[feed]}: {{pattern: '{word}.*'}}" + (f", states: {{{kind}: {_STATED[feed]}}}}}" if kind else "}")
        for word, kind in PASSED_OVER.items()
    ]
    contract = project / "models" / "staging" / feed / f"_{feed}__sources.yml"
    text = contract.read_text()
    assert text.count("            kind: entries\n") == 1
    words = f"            kind: entries\n            pass_over: [{', '.join(conditions)}]\n"
    contract.write_text(text.replace("            kind: entries\n", words))


def state(house: House, landed: Landed, **stated: object) -> None:
    """Have the manifest of a landed file say what the file states outside its rows."""
    path = house.lake / landed.manifest.files_key
    manifest = json.loads(path.read_text())
    path.write_text(json.dumps(manifest | stated) + "\n")
