"""Edits of a project's contracts, staging models and variables: what changed code is in the worlds."""

from __future__ import annotations

import re
from pathlib import Path

from tests.histories.delivered import Code

# What the columns of a `Row` are called in each contract.
COLUMNS = {
    "ledger_entries": {"entry_id": "entry_id", "account_id": "account_id"},
    "transactions": {"entry_id": "transaction_id", "account_id": "customer_id"},
}
ACCOUNT_TERMS = {
    "ledger_entries": "header: account_id, type: id, required: true",
    "transactions": "header: CustomerID, type: id, required: true",
}
AMOUNTS = {"ledger_entries": "amount", "transactions": "transaction_amount"}


def edit_project(project: Path, feed: str, code: Code, accounts: list[str]) -> None:
    """Make a feed's contract and the reporting time zone what `code` says."""
    folder = project / "models" / "staging" / feed
    contract = folder / f"_{feed}__sources.yml"
    key = ", ".join(COLUMNS[feed][column] for column in code.key)
    allowed = [account for account in accounts if account not in code.refused_accounts]
    rule = f", accepted_values: [{', '.join(allowed)}]" if code.refused_accounts else ""
    terms = re.escape(ACCOUNT_TERMS[feed])
    code_limit = "" if code.code_limit is None else f"\n            code_limit: {code.code_limit}"
    replace_once(contract, r"business_key: \[.*\]", f"business_key: [{key}]")
    replace_once(contract, rf"\{{{terms}(, accepted_values: \[.*?\])?\}}", f"{{{ACCOUNT_TERMS[feed]}{rule}}}")
    limits = f"quarantine_limit: {code.quarantine_limit}{code_limit}"
    replace_once(contract, r"quarantine_limit: [0-9.]+(\n +code_limit: [0-9]+)?", limits)
    if feed == "ledger_entries":
        replace_once(contract, r'balance_tolerance: "[0-9.]+"', f'balance_tolerance: "{code.balance_tolerance}"')
    edit_balances(contract, code)
    sign = "" if code.sign == 1 else "-"
    replace_once(
        contract, rf'(?<=\n            )amount: \["?-?{AMOUNTS[feed]}"?\]', f'amount: ["{sign}{AMOUNTS[feed]}"]'
    )
    zone = f"reporting_time_zone: {code.reporting_time_zone}"
    replace_once(project / "dbt_project.yml", r"reporting_time_zone: .+", zone)


def edit_balances(contract: Path, code: Code) -> None:
    """Make a contract's words on balances what `code` says."""
    words = {
        "balance_stated": "" if code.balance_stated == "after_entry" else code.balance_stated,
        "opening_balance": "zero" if code.opens_on_zero else "",
        "order": code.order,
    }
    lines = "".join(f"\n            {word}: {value}" for word, value in words.items() if value)
    kept = r"(\n +(?:balance_stated|opening_balance|order): \w+)*"
    replace_once(contract, rf"(?<=\n            )(time_zone: .+?){kept}(?=\n)", rf"\1{lines}")


def replace_once(path: Path, pattern: str, new: str) -> None:
    """Replace the one place of a file that matches, by a template of the pattern's groups."""
    text, count = re.subn(pattern, new, path.read_text())
    assert count == 1, f"{path.name} has {count} places like {pattern}"
    path.write_text(text)
