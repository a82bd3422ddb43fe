"""Adding a feed is a folder with a contract and a staging model, and a line in stg_rows; nothing else."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from textwrap import dedent

import pytest

from loader.contract.project import load_contracts
from tests.end_to_end.house import House

pytestmark = pytest.mark.dbt

CONTRACT = """\
    version: 2
    sources:
      - name: raw
        schema: raw
        tables:
          - name: wires
            config:
              meta:
                kind: entries
                contract_version: 1
                file_patterns: ["wires*.txt"]
                delimiter: "|"
                quote: "'"
                encoding: windows-1250
                extra_columns: keep
                business_key: [wire_id, branch]
                delivery_calendar: weekly
                quarantine_limit: 0.5
                time_zone: Europe/Prague
                currency: CZK
            columns:
              - {name: wire_id, data_type: varchar, config: {meta: {header: Wire No, type: id, required: true}}}
              - {name: branch, data_type: varchar, config: {meta: {header: Pobočka, type: id, required: true}}}
              - {name: amount, data_type: varchar, config: {meta: {header: Amount, type: decimal, required: true}}}
              - {name: booked, data_type: varchar, config: {meta: {header: Booked, type: timestamp, required: true}}}
"""
MODEL = """\
    with

    delivered as (
        {{ delivered_rows('wires') }}
    ),

    checked as (
        {{ checked_rows('wires', 'delivered') }}
    ),

    typed as (
        select *, {{ to_utc_timestamp('booked', contract('wires').meta.time_zone) }} as booked_at from checked
    )

    select
        cast('wires' as varchar) as feed,
        {{ business_key('wires') }} as business_key,
        wire_id as transaction_id,
        branch as account_id,
        {{ to_decimal('amount') }} as amount,
        'CZK' as currency,
        booked_at,
        {{ booking_day('booked', 'booked_at') }} as booking_date,
        cast(null as decimal(24, 4)) as balance_after,
        {{ provenance_columns() }}
    from typed
"""
FILE = """\
Pobočka|Wire No|Amount|Booked|Note
Žižkov|1|100.50|2024-01-31T23:30:00|'it''s | fine'
Žižkov|2|-0.50|2024-02-01T00:30:00|
Říčany|1|7|2024-02-02|plain
'O''Řek'|'3|b'|1,5|2024-02-02|
"""


@pytest.fixture(scope="module")
def house(new_house: Callable[[], House]) -> House:
    house = new_house()
    folder = house.project / "models" / "staging" / "wires"
    folder.mkdir()
    (folder / "_wires__sources.yml").write_text(dedent(CONTRACT))
    (folder / "stg_wires.sql").write_text(dedent(MODEL))
    house.contracts = load_contracts(house.project)
    house.land("wires", FILE.encode("windows-1250"), "wires_7.txt")
    return house


def test_landed_feed_that_stg_rows_lacks_stops_the_build(house: House) -> None:
    assert "landed_feeds_are_known" in house.build(exit_code=1).output
    assert house.query("select table_name from duckdb_tables() where table_name = 'publications'") == []


def test_feed_with_a_line_in_stg_rows_is_balanced(house: House) -> None:
    rows = house.project / "models" / "staging" / "stg_rows.sql"
    rows.write_text(f"{rows.read_text()}union all\n{{{{ feed_rows(ref('stg_wires')) }}}}\n")
    house.build()
    # The first two entries are both of January in UTC.
    assert house.query("select account_id, month::varchar, balance from month_end_balances order by all") == [
        ("Říčany", "2024-02-01", Decimal(7)),
        ("Žižkov", "2024-01-01", Decimal(100)),
        ("Žižkov", "2024-02-01", Decimal(100)),
    ]


def test_its_refused_row_is_shown_with_its_reason(house: House) -> None:
    assert house.query("select rejection_details, raw_record from quarantine_entries") == [
        (
            ["TYPE_ERROR Amount: is not a plain decimal number of up to 20 digits before the point"],
            "'3|b'|'O''Řek'|1,5|2024-02-02",
        )
    ]


def test_column_that_the_contract_does_not_name_is_kept(house: House) -> None:
    assert house.query("select extra_fields from raw.wires order by row_number limit 1") == [
        ('{"Note": "it\'s | fine"}',)
    ]
