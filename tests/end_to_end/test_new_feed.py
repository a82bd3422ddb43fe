"""Adding a feed is a folder with a contract and a staging model; nothing else."""

from __future__ import annotations

import shutil
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
              - {name: wire_id, config: {meta: {header: Wire No, type: id, required: true}}}
              - {name: branch, config: {meta: {header: Pobočka, type: id, required: true}}}
              - {name: amount, config: {meta: {header: Amount, type: decimal, required: true}}}
              - {name: booked, config: {meta: {header: Booked, type: timestamp, required: true}}}
"""
MODEL = """\
    with

    wires as (
        {{ checked_rows('wires') }}
    )

    select
        feed,
        business_key,
        wire_id as transaction_id,
        branch as account_id,
        amount,
        currency,
        booked_at,
        booking_date,
        balance_after,
        {{ provenance_columns() }}
    from wires
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
    house.build()
    folder = house.project / "models" / "staging" / "wires"
    folder.mkdir()
    (folder / "_wires__sources.yml").write_text(dedent(CONTRACT))
    (folder / "stg_wires.sql").write_text(dedent(MODEL))
    house.contracts = load_contracts(house.project)
    house.land("wires", FILE.encode("windows-1250"), "wires_7.txt")
    return house


def test_feed_that_dbt_has_not_seen_stops_the_build(house: House) -> None:
    told = (
        "the feed wires is new, and dbt has parsed models/staging/stg_rows.sql without it: "
        "run dbt parse --no-partial-parse once"
    )
    stopped = house.dbt("build")
    assert stopped.exit_code != 0
    assert told in " ".join(stopped.output.split())
    assert house.value("select count(*) from publications") == 1


def test_feed_without_a_staging_model_stops_the_build(house: House) -> None:
    model = house.project / "models" / "staging" / "wires" / "stg_wires.sql"
    text = model.read_text()
    model.unlink()
    stopped = house.dbt("build")
    model.write_text(text)
    assert stopped.exit_code != 0
    assert "the feed wires has a contract and no staging model: write models/staging/wires/stg_wires.sql" in " ".join(
        stopped.output.split()
    )


def test_feed_is_its_folder_and_is_balanced(house: House) -> None:
    house.parse_anew()
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


def test_stg_rows_reads_the_staging_model_of_every_folder(house: House) -> None:
    """What finds them is not an interface of dbt: a new version may need macros/graph/staging_models.sql changed."""
    read = house.manifest()["nodes"]["model.ledger_lake.stg_rows"]["depends_on"]["nodes"]
    feeds = ["accounts", "ledger_entries", "transactions", "wires"]
    assert sorted(read) == [f"model.ledger_lake.stg_{feed}" for feed in feeds]


def test_landed_feed_without_its_folder_stops_the_build(house: House) -> None:
    shutil.rmtree(house.project / "models" / "staging" / "wires")
    assert "landed_feeds_are_known" in house.build(exit_code=1).output
