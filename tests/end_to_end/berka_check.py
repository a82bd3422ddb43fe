"""Lands and builds the Berka export and compares every account-month with the oracle: `make check-berka`."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import duckdb

from tests.end_to_end import berka_oracle
from tests.end_to_end.house import House


@dataclass(frozen=True)
class Comparison:
    """What a warehouse's balances are against the oracle's.

    Attributes:
        account_months: account-months with entries.
        month_ends: account-months with a balance, quiet ones included.
        wrong: account-months, quiet ones included, that are missing, in excess or of another balance.
        wrong_by_usual_rule: account-months with entries whose last balance by date and id is not the closing one.
    """

    account_months: int
    month_ends: int
    wrong: int
    wrong_by_usual_rule: int

    def __str__(self) -> str:
        counts = f"{self.account_months:,} account-months, {self.wrong:,} wrong"
        return f"Berka: {counts} (usual rule: {self.wrong_by_usual_rule:,})"


def compare(warehouse: Path, export: Path) -> Comparison:
    """Compare month_end_balances of a warehouse with the oracle's for the export."""
    rows = berka_oracle.read_rows(export)
    truth = berka_oracle.month_end_balances(rows)
    usual = berka_oracle.usual_rule(rows)
    active = berka_oracle.months_with_entries(rows)
    ours = balances_of(warehouse)
    return Comparison(
        account_months=len(active),
        month_ends=len(ours),
        wrong=sum(ours.get(key) != truth.get(key) for key in ours.keys() | truth.keys()),
        wrong_by_usual_rule=sum(usual[key] != truth[key] for key in active),
    )


def balances_of(warehouse: Path) -> dict[berka_oracle.AccountMonth, Decimal]:
    """The month-end balances that readers of a warehouse see."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        query = "select account_id, month, balance from month_end_balances where feed = 'berka_transactions'"
        found = connection.execute(query).fetchall()
    ours = {(account, month): balance for account, month, balance in found}
    assert len(ours) == len(found)
    return ours


def main() -> int:
    """Print the comparison; return 1 if a balance is wrong, 2 if there is no export."""
    export = berka_oracle.data_file()
    if export is None:
        print("no Berka export: set LEDGER_LAKE_TEST_DATA to the folder that holds berka/", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        house = House(Path(folder))
        house.add_feed("berka_transactions")
        house.land_file(export, "berka_transactions")
        house.build()
        comparison = compare(house.warehouse, export)
    print(comparison)
    return 1 if comparison.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
