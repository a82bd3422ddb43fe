"""`python -m pipeline build` on Athena: bytes are counted, a stop cancels statements, and a build that lost says so."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass

import boto3
import pytest

from tests.athena.faults import insert, wait_for
from tests.athena.house import AthenaHouse
from tests.pipeline.calls import Call, called, calling

# It builds several times.
pytestmark = [pytest.mark.dbt, pytest.mark.slow]

LEDGER = "id,account_id,amount,new_balance,tx_date\n"
TARGET = ("--target", "athena")
# What another build of the same number would commit.
OTHER_BUILD = """
insert into publications
select
    'other', publication_number + 1, publication_id, published_at + interval '1' minute, clock, project_version,
    invocation_id, target_name, published_by, file_count, row_count, version_count
from publications
"""


@dataclass(frozen=True)
class Ends:
    """Calls on one house, and what was so in between."""

    house: AthenaHouse
    published: Call
    stopped: Call
    running_after_the_stop: list[str]
    states_after_the_stop: set[str]
    published_after_the_stop: int
    lost: Call


@pytest.fixture(scope="module")
def ends(athena_house: Callable[[], AthenaHouse]) -> Ends:
    house = athena_house()
    house.land("ledger_entries", LEDGER + "1,A,1,1,2024-01-10\n")
    published = called(house, *TARGET)
    house.land("ledger_entries", LEDGER + "2,A,1,2,2024-01-11\n")
    before = set(boto3.client("athena").list_query_executions()["QueryExecutionIds"])
    with calling(house, *TARGET) as stopped:
        wait_for(insert("accepted_rows"), house.engine, stopped)
        os.kill(stopped.process.pid, signal.SIGTERM)
    states = states_of(set(boto3.client("athena").list_query_executions()["QueryExecutionIds"]) - before)
    count = house.query("select count(*) from publications")[0][0]
    with calling(house, *TARGET) as lost:
        lost.wait_for("START test month_ends_add_up")
        house.query(OTHER_BUILD)
    running = [query for query, state in states.items() if state in ("QUEUED", "RUNNING")]
    return Ends(house, published, stopped, running, set(states.values()), count, lost)


def states_of(queries: set[str]) -> dict[str, str]:
    latest = sorted(queries)
    found: dict[str, str] = {}
    for start in range(0, len(latest), 50):
        executions = boto3.client("athena").batch_get_query_execution(QueryExecutionIds=latest[start : start + 50])[
            "QueryExecutions"
        ]
        found |= {execution["QueryExecutionId"]: execution["Status"]["State"] for execution in executions}
    return found


def test_bytes_are_counted_on_athena(ends: Ends) -> None:
    call = ends.published
    assert call.exit_code == 0, call.output + call.errors
    scanned = [line["bytes_scanned"] or 0 for line in call.events("node_finished")]
    assert call.end["bytes_scanned"] == sum(scanned) > 0
    assert call.metrics[None]["QueryBytes"] == call.end["bytes_scanned"]
    assert call.metrics["ledger_entries"]["InputRows"] == 1


def test_what_was_told_is_noted_on_athena(ends: Ends) -> None:
    """At first what was published before the table was made, which is nothing; then what the first call told."""
    rows = ends.house.query("select told_number, publication_number, held_files from figures_told order by told_number")
    assert [(int(row[0]), int(row[1]), row[2] or "") for row in rows] == [(1, 0, ""), (2, 1, "")]
    assert ends.published.events("told_not_noted") == []


def test_stop_cancels_statements_on_athena(ends: Ends) -> None:
    assert (ends.stopped.exit_code, ends.stopped.end["end"]) == (143, "stopped"), ends.stopped.errors
    assert ends.running_after_the_stop == []
    assert "CANCELLED" in ends.states_after_the_stop
    assert ends.published_after_the_stop == 1


def test_build_that_lost_has_its_exit_code(ends: Ends) -> None:
    assert (ends.lost.exit_code, ends.lost.end["end"]) == (11, "lost"), ends.lost.output + ends.lost.errors
    assert ends.lost.metrics[None].keys() == {"QueryBytes"}
