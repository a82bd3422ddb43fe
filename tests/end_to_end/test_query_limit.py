"""A statement may have 262,144 bytes on Athena, and the open runs of a build are named in it."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.end_to_end.house import House

pytestmark = pytest.mark.dbt

LIMIT = 262_144
# 4,000 open runs of the feed with the longest name, in stretches of ten, in place of what int_runs holds.
SIZES = """
{%- set runs = [] -%}
{%- for number in range(4000) -%}
    {%- do runs.append({
        'run_id': '20260101T0600010' ~ '%05d' % number ~ 'Z-berka_transactions-9ea17250',
        'feed': 'berka_transactions', 'ingest_date': '2026-01-01', 'stretch': number // 10,
    }) -%}
{%- endfor -%}
{%- if execute -%}{%- do graph.update({'ledger_lake.open_runs': runs}) -%}{%- endif -%}
select
    {{ is_open_run(feed='berka_transactions', partitioned=true) | length }} as each_named,
    {{ is_open_run() | length }} as in_stretches
"""


def test_four_thousand_open_runs_fit_into_a_statement(new_house: Callable[[], House]) -> None:
    house = new_house()
    house.lake.mkdir(exist_ok=True)
    shown = house.dbt("--quiet", "show", "--inline", SIZES, "--output", "json")
    assert shown.exit_code == 0, shown.output
    (sizes,) = json.loads(shown.output)["show"]
    # The lower bounds show that the runs are in there; a statement may name them by stretch more than once.
    assert 4000 * 50 < sizes["each_named"] < LIMIT - 30_000
    assert 400 * 50 < sizes["in_stretches"] * 2 < LIMIT / 2
