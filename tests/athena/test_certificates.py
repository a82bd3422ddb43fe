"""Certificates, gaps of deliveries, explanations and account states say the same on both engines."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.athena.house import AthenaHouse, Twin
from tests.end_to_end.house import House

# Each engine builds four times.
pytestmark = [pytest.mark.dbt, pytest.mark.slow]

ACCOUNTS = "account,currency,opened,closed,status\n"
LEDGER = "id,account_id,amount,new_balance,tx_date\n"
TRANSACTIONS = "TransactionID,CustomerID,TransactionAmount,Currency,TransactionTimestamp\n"
FIRST = (
    ("accounts", ACCOUNTS + "É,EUR,2024-01-01,,open\n"),
    ("ledger_entries", LEDGER + "1,É,10,110,2024-01-30\n2,É,1,112,2024-01-31\n"),
    ("transactions", TRANSACTIONS + "1,C,7,EUR,2023-12-05\n2,C,1,KWD,2024-02-01\n3,C,1e3,EUR,2024-02-01\n"),
)
SECOND = (
    ("accounts", ACCOUNTS + "É,EUR,2024-01-01,2024-03-31,closed\n"),
    ("ledger_entries", LEDGER + "3,É,5,115,2024-01-30\n"),
)
CLOSED_ON = 5
BY = ("agreed", "A. Person")
CLOSES = (
    ("2023-12-01", "2024-02-06T18:00:00Z"),
    ("2024-01-01", "2024-02-06T18:00:00Z"),
    ("2024-02-01", "2024-03-10T18:00:00Z"),
)
COMPARED = {
    "close_certificate_versions": "month, version, published_at, closed_on_number, is_provisional, file_count,"
    " rows_delivered, rows_accepted, rows_quarantined, files_held, files_pending, account_count, unproven_count,"
    " computed_count, break_count, openings_restated, gap_count, restatement_count, feeds_not_reached, money,"
    " inputs_sha256, balances_sha256, verdict, reasons",
    "close_certificate": "month, version, closed_at",
    "delivery_gaps": "feed, missing_from, missing_to, periods_missing",
    "month_end_balance_versions": "feed, account_id, currency, month, version, balance, cause",
    "accounts_snapshot": "account_id, status, dbt_valid_from, dbt_valid_to",
}


def comparable(row: dict[str, Any]) -> dict[str, Any]:
    """Return a shown row with money as numbers, which dbt shows as texts for Athena, and no time of landing."""
    money = {name: None if row[name] is None else Decimal(str(row[name])) for name in ("amount", "balance")}
    return row | money | {"landed_at": None}


@pytest.fixture(scope="module")
def houses(athena_house: Callable[[], AthenaHouse], tmp_path_factory: pytest.TempPathFactory) -> tuple[House, House]:
    """Two deliveries with a close between them, and the same builds on DuckDB."""
    athena = athena_house()
    twin: House | None = None
    released = ""
    for day, files in ((2, FIRST), (5, ()), (9, SECOND), (10, ())):
        athena.clock.moment = datetime(2024, 2, day, 6, tzinfo=UTC)
        for feed, content in files:
            landed = athena.land(feed, content).manifest
            released = landed.file_id if feed == "transactions" else released
        twin = twin or Twin(tmp_path_factory.mktemp("twin"), original=athena)
        for house in (athena, twin):
            if day == CLOSED_ON:
                house.note("file_decisions", [released, "release", *BY, "2024-02-04T00:00:00Z"])
                house.note("period_closes", *([month, "close", moment, *BY[::-1]] for month, moment in CLOSES))
            house.build(at=datetime(2024, 2, day, 12, tzinfo=UTC))
    assert twin
    return athena, twin


@pytest.mark.parametrize("table", COMPARED)
def test_engines_say_the_same(houses: tuple[House, House], table: str) -> None:
    athena, twin = (sorted(map(repr, house.query(f"select {COMPARED[table]} from {table}"))) for house in houses)
    assert athena == twin
    assert athena


def test_explanation_is_the_same_on_both_engines(houses: tuple[House, House]) -> None:
    for arguments in ("'ledger_entries', 'É', '2024-01'", "'ledger_entries', 'É', '2024-01', publication=2"):
        found = [[comparable(row) for row in house.show(f"{{{{ explain({arguments}) }}}}")] for house in houses]
        assert found[0] == found[1]
        assert len(found[0]) > 3
