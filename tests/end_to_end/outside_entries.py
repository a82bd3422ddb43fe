"""What is in a house's files beside entries: rows that are passed over, and balances that a file states of itself."""

from __future__ import annotations

import json
from pathlib import Path

from loader.lake.landing import Landed
from tests.end_to_end.house import House

PASSED_OVER = {
    "pending": "null",
    "opening": "'opening_balance'",
    "closing": "'closing_balance'",
    "balance": "'day_balance'",
}
"""How the ids of rows that are passed over begin, and the SQL of what balance the row states."""


def pass_over(project: Path, feed: str = "ledger_entries") -> None:
    """Have a feed pass over the rows whose ids begin with a word of `PASSED_OVER`.

    They state their balance, or, in a feed without a column of balances, their amount.
    """
    model = project / "models" / "staging" / feed / f"stg_{feed}.sql"
    words = " or ".join(f"starts_with(coalesce(transaction_id, ''), '{word}')" for word in PASSED_OVER)
    kinds = " ".join(f"when starts_with(transaction_id, '{word}') then {kind}" for word, kind in PASSED_OVER.items())
    text = model.read_text()
    assert text.endswith("select * from renamed\n")
    model.write_text(
        text.removesuffix("* from renamed\n")
        + f"""* replace (
        {words} as is_passed_over,
        case when {words} then [] else rejection_reasons end as rejection_reasons,
        case when {words} then [] else rejection_details end as rejection_details,
        case {kinds} end as stated_kind,
        case when case {kinds} end is not null then coalesce(balance_after, amount) end as stated_balance
    )
from renamed
"""
    )


def state(house: House, landed: Landed, **stated: object) -> None:
    """Have the manifest of a landed file say what the file states outside its rows."""
    path = house.lake / landed.manifest.files_key
    manifest = json.loads(path.read_text())
    path.write_text(json.dumps(manifest | stated) + "\n")
