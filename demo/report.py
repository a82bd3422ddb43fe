"""Prints what a warehouse says after a build: balances, files, what was set aside and why, and where to look next.

python -m demo.report
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import duckdb

SECTIONS = (
    (
        "Month-end balances of the accounts of the worked example (month_end_balance_history)",
        """
        select account_id, currency,
            max(balance) filter (where month = '2024-01') as "2024-01",
            max(balance) filter (where month = '2024-02') as "2024-02",
            max(balance) filter (where month = '2024-03') as "2024-03"
        from month_end_balance_history
        where feed = 'ledger_entries' and account_id in ('ACC001', 'ACC002', 'ACC003')
        group by account_id, currency
        order by account_id
        """,
    ),
    (
        "All accounts together, per feed, currency and month (month_end_balances)",
        """
        select feed, currency, strftime(month, '%Y-%m') as month, count(*) as accounts,
            sum(opening_balance) as opening, sum(movement) as movement, sum(break_amount) as breaks,
            sum(balance) as closing, count(*) filter (where not is_proven) as unproven
        from month_end_balances
        where month >= '2024-01-01'
        group by feed, currency, month
        order by feed, currency, month
        """,
    ),
    (
        "Every delivered row is in one place (file_reconciliation)",
        """
        select file_name, rows_delivered as delivered, rows_malformed as malformed, rows_accepted as accepted,
            rows_quarantined as quarantined, rows_condemned as condemned, rows_duplicate as duplicate
        from file_reconciliation
        order by file_id
        """,
    ),
    (
        "What was set aside, and what to do about it (quarantine_entries, malformed_rows, rejection_codes)",
        """
        with refused as (
            select unnest(rejection_reasons) as code, raw_record from quarantine_entries
            union all
            select rejection_code, raw_text from malformed_rows
        )
        select refused.code, count(*) as rows, min(refused.raw_record) as example,
            any_value(codes.what_to_do) as what_to_do
        from refused
        left join rejection_codes as codes on refused.code = codes.code
        group by refused.code
        order by refused.code
        """,
    ),
    (
        "Where the bank's balances and its entries do not agree (balance_breaks)",
        """
        select account_id, booking_date, opening_balance, movement, closing_balance, break_amount, kind
        from balance_breaks
        order by abs(break_amount) desc, account_id
        """,
    ),
)

NEXT = """
What to look at next
  The month-end table      select * from month_end_balances            in {warehouse}
  A refused row            select * from quarantine_entries            reasons, details, raw text, file and line
  Models, tests, lineage   {docs}
  The gate at work         LEDGER_LAKE_ROOT={root} .venv/bin/loader land build/demo/held/transactions_2024-04-01.csv
                           LEDGER_LAKE_ROOT={root} .venv/bin/dbt build       warns of a held file and says what to do
"""


def main() -> int:
    """Print the report; return 1 where there is no warehouse."""
    root = Path(os.environ.get("LEDGER_LAKE_ROOT", "./lake"))
    warehouse = root / "warehouse.duckdb"
    if not warehouse.is_file():
        print(f"no warehouse at {warehouse}: run dbt build first", file=sys.stderr)
        return 1
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        for title, query in SECTIONS:
            print(f"\n{title}")
            connection.sql(query).show(max_width=160, max_rows=40, max_col_width=48)
    print(NEXT.format(warehouse=warehouse, root=root, docs=Path("target/static_index.html").resolve()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
