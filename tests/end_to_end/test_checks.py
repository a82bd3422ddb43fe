"""A test of each blocking test: on sound tables it finds nothing, on tables with one wrong thing it finds that.

Each check runs as dbt compiled it for `dbt test`, on a copy of the warehouse with one thing made wrong: missing values
and missing rows too.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from tests.end_to_end.house import House

pytestmark = pytest.mark.dbt

LEDGER = """\
id,account_id,amount,new_balance,tx_date
1,A,100,100,2024-01-03
2,A,50,150,2024-01-04
3,A,50,170,2024-01-04
4,A,5,175,2024-03-04
5,B,10,10,2024-02-01
6,B,1,11,2024-02-02
7,B,1e3,11,2024-02-02
"""
TRANSACTIONS = """\
TransactionID,CustomerID,TransactionAmount,Currency,TransactionTimestamp
1,C,7,EUR,2024-01-05
1,C,7,EUR,2024-01-05
2,C,1.005,EUR,2024-01-05
3,D,4,EUR,2024-01-05
"""
ACCOUNTS = """\
account,currency,opened,closed,status
A,EUR,2020-01-01,,open
B,EUR,2020-01-01,2024-02-29,closed
"""
LATE = """\
TransactionID,CustomerID,TransactionAmount,Currency,TransactionTimestamp
late,C,2,EUR,2024-01-20
"""
CLOSE = "2024-01-01,close,2026-01-01T12:00:00Z,A. Person,\n"


def doubled(view: str) -> str:
    """Return the SQL that puts a table with each row of the view twice in its place."""
    return (
        f"create table twice as select * from {view} union all select * from {view};"
        f" drop view {view}; alter table twice rename to {view}; select count(*) from {view}"
    )


WRONG = {
    "every_delivered_row_is_in_one_place": {
        "a row is counted twice": "update run_reconciliation set rows_accepted = rows_accepted + 1",
        "a figure is missing": "update run_reconciliation set rows_duplicate = null",
        "a run is missing": "delete from run_reconciliation where feed = 'ledger_entries'",
        "a run did not reconcile": "update run_reconciliation set verdict = 'unreconciled'",
    },
    "money_in_is_money_out": {
        "money is lost": "update run_money_reconciliation set amount_accepted = amount_accepted - 1",
        "a figure is missing": "update run_money_reconciliation set difference = null",
        "a currency is missing": "delete from run_money_reconciliation",
        "a currency is invented": "update int_run_money set currency = 'USD'",
    },
    "opening_is_previous_balance": {
        "an opening is wrong": (
            "update month_end_balances set opening_balance = 1 where month = '2024-02-01' and account_id = 'A'"
        ),
        "an opening is missing": "update month_end_balances set opening_balance = null where month = '2024-03-01'",
    },
    "every_account_has_every_month": {
        "a quiet month is missing": "delete from month_end_balances where account_id = 'A' and month = '2024-02-01'",
        "the last month is missing": "delete from month_end_balances where account_id = 'B' and month = '2024-03-01'",
        "an account is missing": "delete from month_end_balances where account_id = 'B'",
        "an account is invented": "update month_end_balances set account_id = 'Z' where account_id = 'B'",
    },
    "balances_agree_with_movements": {
        "a balance is wrong": "update month_end_balances set balance = balance + 1 where account_id = 'B'",
        "a balance is missing": "update month_end_balances set balance = null where month = '2024-03-01'",
        "an entry is missing": "delete from fct_ledger_entries where transaction_id = '6'",
        "a computed balance has a break": (
            "update month_end_balances set break_amount = 1, balance = balance + 1 where basis = 'computed'"
        ),
    },
    "stated_closings_are_the_banks": {
        "a closing is not the bank's": "update int_daily_closing_balances set closing_balance = 3",
        "a closing is missing": "update int_daily_closing_balances set closing_balance = null where account_id = 'B'",
    },
    "every_break_is_listed": {
        "a break is not listed": (
            "update int_daily_closing_balances set break_amount = 0 where break_amount <> 0"  # the view lists by it
        ),
        "a break is missing": "update int_daily_closing_balances set closing_balance = null where account_id = 'B'",
    },
    "published_rows_are_classified_rows": {
        "money moves between entries": (
            "update fct_ledger_entries set amount = amount + case transaction_id when '5' then 1 else -1 end"
            " where transaction_id in ('5', '6')"
        ),
        "an entry changes its day": (
            "update fct_ledger_entries set booking_date = '2024-02-03' where transaction_id = '6'"
        ),
        "refused rows are gone": "delete from int_quarantined_entries",
        "a duplicate is doubled": (
            "insert into duplicate_entries select * replace (row_number + 1000 as row_number) from duplicate_entries"
        ),
        "classified rows are gone": "delete from int_entries_classified where status = 'accepted'",
    },
    "days_follow_from_entries": {
        "a computed day does not begin with nothing": (
            "update int_daily_closing_balances set opening_balance = 1000, closing_balance = closing_balance + 1000"
            " where basis = 'computed'"
        ),
        "days of an account are gone": "delete from int_daily_closing_balances where account_id = 'B'",
        "a day has another movement": (
            "update int_daily_closing_balances set movement = movement + 1 where account_id = 'B'"
        ),
        "a day opens elsewhere": (
            "update int_daily_closing_balances set opening_balance = null where booking_date = '2024-03-04'"
        ),
    },
    "months_end_as_their_days": {
        "a stated month end is moved": (
            "update month_end_balances set opening_balance = opening_balance + 1000, balance = balance + 1000"
            " where account_id = 'B'"
        ),
        "a proof is invented": "update month_end_balances set is_proven = true where not is_proven",
        "a proof is denied": "update month_end_balances set is_proven = false where is_proven",
        "an ended month is provisional": "update month_end_balances set is_provisional = true",
        "a quiet month is moved": "update month_end_balances set balance = 1 where entry_count = 0",
    },
    "current_balances_are_the_last_versions": {
        "a version says otherwise": "update int_month_end_balance_versions set balance = balance + 1",
        "a version has no balance": "update int_month_end_balance_versions set balance = null",
        "a proof is invented": "update int_month_end_balance_versions set is_proven = true where not is_proven",
        "a version is missing": "delete from int_month_end_balance_versions where account_id = 'B'",
        "a version is of a month to come": (
            "update int_month_end_balance_versions set month = '2030-01-01'"
            " where account_id = 'B' and month = '2024-02-01'"
        ),
        "the last version is missing": (
            "delete from int_month_end_balance_versions where account_id = 'C' and known_from > '2026-01-02'"
        ),
    },
    "restatements_are_explained": {
        "a late entry is another one": "update fct_ledger_entries set amount = 3 where transaction_id = 'late'",
        "a late entry is missing": "delete from fct_ledger_entries where transaction_id = 'late'",
        "a version has no balance": (
            "update int_month_end_balance_versions set balance = null"
            " where account_id = 'C' and month = '2024-01-01' and known_from > '2026-01-02'"
        ),
    },
    "published_balances_are_the_last_versions": {
        "another balance is published": "update published_balances_snapshot set balance = balance + 1",
        "a balance is missing": "update published_balances_snapshot set balance = null where account_id = 'B'",
        "a proof is invented": "update published_balances_snapshot set is_proven = true where not is_proven",
        "a month is not published": "delete from published_balances_snapshot where account_id = 'B'",
        "a month is published that has no version": (
            "delete from int_month_end_balance_versions where account_id = 'B' and month = '2024-02-01'"
        ),
    },
    "published_balances_follow_one_another": {
        "a value ends before it began": "update published_balances_snapshot set dbt_valid_to = '2024-01-01'",
        "nobody knows the code": "update published_balances_snapshot set code_version = null",
        "nobody knows the files": "update published_balances_snapshot set known_until = null",
        "a month is published before its end": "update published_balances_snapshot set known_until = '2024-01-31'",
    },
    "unique_by_published_balances_snapshot_month__dbt_valid_to": {
        "two values are published at once": (
            "insert into published_balances_snapshot select * from published_balances_snapshot where account_id = 'B'"
        ),
    },
    "publication_changes_add_up": {
        "nothing has changed": (
            "insert into published_balances_snapshot"
            " select * replace (published_at + interval 1 day as published_at) from published_balances_snapshot"
        ),
    },
    "changes_by_code_have_another_code_version": {
        "a balance has changed without a file": (
            "insert into published_balances_snapshot"
            " select * replace (published_at + interval 1 day as published_at, 5 as balance, 5 as previous_restated)"
            " from published_balances_snapshot"
        ),
    },
    "accounts_are_kept_as_they_are": {
        "an account is missing": "delete from accounts_snapshot where account_id = 'B'",
        "an account has ended": "update accounts_snapshot set dbt_valid_to = dbt_valid_from + interval 1 day",
        "an account is open": "update accounts_snapshot set closed_on = null where account_id = 'B'",
        "a status is missing": "update accounts_snapshot set status = null",
    },
    "states_of_accounts_follow_one_another": {
        "a state ends before it began": "update accounts_snapshot set dbt_valid_to = '2024-01-01'",
        "a currency is missing": "update accounts_snapshot set currency = null",
    },
    "months_are_closed_after_their_end": {
        "a month was closed while it ran": "update period_closes set closed_at = '2024-01-31T12:00:00Z'",
        "nobody knows when": "update period_closes set closed_at = null",
    },
    "period_is_closed_or_reopened_once_at_a_time": {
        "a month is reopened at the instant of its close": (
            "insert into period_closes values ('2024-01-01', 'reopen', '2026-01-01T13:00:00+01:00', 'B. Person', 'r')"
        ),
    },
    "unique_by_month_end_balances_as_closed__month": {
        "a balance as closed is doubled": doubled("month_end_balances_as_closed"),
        "a month is closed twice": doubled("closed_months"),
    },
    "unique_by_closed_month_totals__month__feed__currency": {
        "a total is doubled": doubled("closed_month_totals"),
    },
    "closed_months_roll_forward": {
        "money appears without an entry": (
            "update int_month_end_balance_versions set balance = balance + 1 where account_id = 'C'"
        ),
        "money moves between accounts": (
            "update int_month_end_balance_versions set balance = balance + case account_id when 'C' then 1 else -1 end"
            " where account_id in ('C', 'D')"
        ),
        "an account's closing is gone": "delete from int_month_end_balance_versions where account_id = 'D'",
        "entries of a closed month are gone": "delete from fct_ledger_entries where account_id = 'C'",
    },
    "unique_by_closed_month_files__month__run_id": {
        "a file counts twice": "insert into run_reconciliation select * from run_reconciliation",
    },
    "unique_by_closed_month_hashes__month": {"a month is closed twice": doubled("closed_months")},
    "unique_by_close_certificate_month": {"a month is closed twice": doubled("closed_months")},
    "certificates_add_up": {
        "a row is counted twice": "update run_reconciliation set rows_accepted = rows_accepted + 1",
        "a figure is missing": "update run_reconciliation set rows_quarantined = null",
        "a file says nothing of its rows": "update run_gate set rows_delivered = null",
        "nobody knows the files": "update int_runs set sha256 = null",
        "balances as closed cannot be hashed": "update int_month_end_balance_versions set basis = null",
    },
    "reconciliation_counts_what_is_there": {
        "a figure is moved": (
            "update run_reconciliation set rows_accepted = rows_accepted - 1, rows_quarantined = rows_quarantined + 1"
        ),
        "duplicates are gone": "delete from duplicate_entries",
        "a figure is missing": "update run_reconciliation set rows_malformed = null",
    },
    "parts_fit_their_contract": {
        "a column was renamed": "update int_runs set contract_columns = 'id,' || contract_columns",
        "nobody knows the columns": "update int_runs set contract_columns = null",
    },
    "contract_currencies_are_known": {
        "a contract's currency is unknown": "delete from currencies where currency = 'CZK'",
        "a contract's currency has no minor units": "update currencies set minor_units = null where currency = 'EUR'",
    },
    "decisions_name_open_runs": {
        "a run is unknown": "insert into run_decisions values ('nobody', 'release', 'r', 'p', current_date)",
        "a decision that was carried out is gone": "update run_reconciliation set decision = 'withdraw'",
        "a published run is withdrawn": (
            "insert into run_decisions select run_id, 'withdraw', 'r', 'p', current_date from run_reconciliation"
        ),
        "a decision that was carried out is moved": (
            "update run_reconciliation set decision = 'release'; insert into run_decisions"
            " select run_id, 'release', 'r', 'p', '2999-01-01T00:00:00Z' from run_reconciliation"
        ),
    },
    "row_is_decided_once_at_a_time": {
        "a row is decided twice at an instant": (
            "insert into quarantine_decisions values"
            " ('r', 1, 'release', null, null, 'r', 'p', '2026-01-05T00:00:00Z'),"
            " ('r', 1, 'condemn', null, null, 'r', 'p', '2026-01-05T01:00:00+01:00')"
        ),
    },
    "decisions_on_rows_stand": {
        "a decision that was carried out is gone": (
            "insert into rejudged_entries by name select run_id as origin_run_id, 1 as origin_row_number, run_id,"
            " 'release' as decision from int_runs; update run_gate set kind = 'decisions'"
        ),
        "a decision is added to a moment that was judged": (
            "insert into quarantine_decisions select run_id, 1, 'release', null, null, 'r', 'p',"
            " strftime(known_at, '%Y-%m-%dT%H:%M:%SZ') from int_runs; update run_gate set kind = 'decisions',"
            " committed_at = date_trunc('second', committed_at)"
        ),
    },
    "decisions_are_taken_up": {
        "a run is unknown": (
            "insert into quarantine_decisions values"
            " ('nobody', 1, 'release', null, null, 'r', 'p', '2026-01-05T00:00:00Z')"
        ),
        "a decision is of before what was published": (
            "insert into quarantine_decisions select run_id, 1, 'release', null, null, 'r', 'p', '2020-01-05T00:00:00Z'"
            " from int_runs"
        ),
    },
    "corrections_name_accepted_rows": {
        "no such row is in the ledger": (
            "insert into quarantine_decisions select run_id, 1, 'correct', run_id, 7, 'r', 'p', '2026-01-05T00:00:00Z'"
            " from int_runs where feed = 'ledger_entries'"
        ),
    },
    "rows_judged_again_were_refused": {
        "a row was never refused": (
            "insert into rejudged_entries by name select run_id as origin_run_id, 1 as origin_row_number, run_id,"
            " known_at, 'accepted' as status from int_runs"
        ),
        "a row had been let in": (
            "insert into rejudged_entries by name select origin_run_id, origin_row_number, run_id || day as run_id,"
            " known_at + to_days(day::integer) as known_at, 'accepted' as status"
            " from int_quarantined_entries cross join (values (1), (2)) as days (day)"
        ),
    },
    "no_run_is_held": {"a run is held": "update run_reconciliation set verdict = 'held', failure = 'money: lost'"},
    "only_published_runs_fct_ledger_entries": {
        "a run did not pass": "update run_gate set verdict = 'held'",
        "a run has no verdict": "delete from run_gate",
    },
    "rules_hold_fct_ledger_entries": {
        "an amount has too many places": "update fct_ledger_entries set amount = 1.005 where transaction_id = '1'",
        "a balance has too many places": "update fct_ledger_entries set balance_after = 1.005",
        "a currency is no code": "update fct_ledger_entries set currency = 'XYZ'",
        "a currency is missing": "update fct_ledger_entries set currency = null",
        "an amount is missing": "update fct_ledger_entries set amount = null where transaction_id = '1'",
        "an id has a blank": "update fct_ledger_entries set account_id = ' ' || account_id",
        "a day is missing": "update fct_ledger_entries set booking_date = null where transaction_id = '1'",
        "a day is far away": "update fct_ledger_entries set booking_date = '2199-01-01' where transaction_id = '1'",
    },
    "unique_by_fct_ledger_entries_feed__business_key": {
        "an entry is doubled": (
            "insert into fct_ledger_entries select * from fct_ledger_entries where transaction_id = '6'"
        ),
    },
    "unique_by_int_entries_classified_run_id__row_number": {
        "a row is doubled": (
            "insert into int_entries_classified select * from int_entries_classified where business_key = '6'"
        ),
    },
}


@pytest.fixture(scope="module")
def house(new_house: Callable[[], House]) -> House:
    house = new_house()
    for contract in house.project.rglob("_*__sources.yml"):
        contract.write_text(contract.read_text().replace("quarantine_limit: 0.05", "quarantine_limit: 0.5"))
    house.land("ledger_entries", LEDGER)
    house.land("transactions", TRANSACTIONS)
    house.land("accounts", ACCOUNTS)
    house.clock.moment += timedelta(days=1)
    house.land("transactions", LATE)
    with (house.project / "seeds" / "period_closes.csv").open("a") as closes:
        closes.write(CLOSE)
    house.build()
    tested = house.dbt("test", "--exclude-resource-type", "unit_test")
    assert tested.exit_code == 0, tested.output
    return house


def compiled(house: House, check: str) -> str:
    """Return the SQL of a check as `dbt test` ran it."""
    (path,) = (
        path
        for path in (house.project / "target" / "compiled").rglob("*.sql")
        if path.stem == check or path.stem.startswith(f"{check}_") or path.stem == f"{check}_True"
    )
    return path.read_text()


def findings(warehouse: Path, query: str) -> int:
    with duckdb.connect(str(warehouse)) as connection:
        return len(connection.execute(query).fetchall())


@pytest.mark.parametrize("check", WRONG)
def test_check_finds_nothing_on_sound_tables(house: House, check: str) -> None:
    assert findings(house.warehouse, compiled(house, check)) == 0


@pytest.mark.parametrize(("check", "fault"), [(check, fault) for check, faults in WRONG.items() for fault in faults])
def test_check_finds_the_fault(house: House, check: str, fault: str, tmp_path: Path) -> None:
    warehouse = tmp_path / "warehouse.duckdb"
    shutil.copy(house.warehouse, warehouse)
    with duckdb.connect(str(warehouse)) as connection:
        (changed,) = connection.execute(WRONG[check][fault]).fetchone()  # type: ignore[misc]
    assert changed > 0
    assert findings(warehouse, compiled(house, check)) > 0


def test_every_singular_test_that_blocks_is_tested_here() -> None:
    singular = Path(__file__).parents[1] / "singular"
    blocking = {path.stem for path in singular.glob("*.sql") if "severity='warn'" not in path.read_text()}
    assert blocking <= WRONG.keys()
