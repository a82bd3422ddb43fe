"""Runs that meet: one lands and builds at a time, and nothing that was asked for is forgotten."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.terraform.interpreter import Raised
from tests.terraform.state_machine import NEEDS_TERRAFORM, Run, World, world

pytestmark = NEEDS_TERRAFORM

DELIVERY = {"delivery": True}
BACKFILL = {"backfill": {"feed": "payments", "from": "2024-01", "to": "2024-02"}}
REBUILD = {"rebuild": {"schema": "ledger_lake_test_rebuild_1"}}


@pytest.fixture
def aws() -> Iterator[World]:
    with world() as made:
        made.deliver("payments/a.csv", "payments/backfill/2024-01/b.csv", "payments/backfill/2024-02/c.csv")
        yield made


def once_in(aws: World, state: str, asked: dict[str, Any], met: list[Run]) -> None:
    """Let another run start and end while a task of a state is running, the first time that one is."""

    begun: list[bool] = []

    def meet() -> None:
        if not begun:
            begun.append(True)
            met.append(aws.run(asked))

    aws.during[state] = meet


def others(aws: World, *known: Run) -> list[Run]:
    """Return the runs that were not started by the test, once they have ended."""
    return [aws.finish(run) for run in aws.runs() if run not in {one.arn for one in known}]


def assert_one_at_a_time(aws: World) -> None:
    builds = sorted(aws.tasks("Build"), key=lambda call: call.began)
    assert all(earlier.ended <= later.began for earlier, later in itertools.pairwise(builds))


def test_two_starts_at_once_give_one_build(aws: World) -> None:
    everybody_has_started = threading.Event()
    aws.during["Land"] = lambda: everybody_has_started.wait(60)

    started = [aws.start() for _ in range(4)]
    aws.until(lambda: aws.attempts["Notify"] == 3)
    everybody_has_started.set()
    runs = [aws.finish(run) for run in started]

    assert sorted(run.end for run in runs) == ["AnotherRunIsUnderWay"] * 3 + ["Done"]
    assert {run.status for run in runs} == {"SUCCEEDED"}
    assert len(aws.tasks("Build")) == 1
    assert others(aws, *runs) == []


def test_a_schedule_during_a_backfill_shares_its_build(aws: World) -> None:
    met: list[Run] = []
    once_in(aws, "Land", {}, met)

    backfill = aws.run(BACKFILL)

    assert (backfill.end, met[0].end, met[0].status) == ("Done", "AnotherRunIsUnderWay", "SUCCEEDED")
    assert aws.landed()[-1] == "s3://inbox/payments/"
    assert len(aws.tasks("Build")) == 1
    assert others(aws, backfill, *met) == []


@pytest.mark.parametrize("asked", [{}, DELIVERY], ids=["schedule", "delivery"])
def test_who_comes_during_a_build_gets_a_run_after_it(aws: World, asked: dict[str, Any]) -> None:
    met: list[Run] = []
    once_in(aws, "Build", asked, met)

    first = aws.run()
    (second,) = others(aws, first, *met)

    assert (first.end, met[0].end, second.end) == ("Done", "AnotherRunIsUnderWay", "Done")
    assert aws.landed() == ["s3://inbox/payments/"] * 2
    assert len(aws.tasks("Build")) == 2
    assert_one_at_a_time(aws)
    assert "asked" not in aws.holder()


def test_a_delivery_during_a_landing_gets_a_run_after_it(aws: World) -> None:
    met: list[Run] = []
    once_in(aws, "Land", DELIVERY, met)

    first = aws.run()

    assert met[0].end == "AnotherRunIsUnderWay"
    assert [run.end for run in others(aws, first, *met)] == ["Done"]


def test_many_deliveries_at_once_give_one_run_after(aws: World) -> None:
    met: list[Run] = []

    def meet() -> None:
        if not met:
            met.extend(aws.finish(run) for run in [aws.start(DELIVERY) for _ in range(8)])

    aws.during["Build"] = meet
    first = aws.run(DELIVERY)
    (second,) = others(aws, first, *met)

    assert {run.end for run in met} == {"AnotherRunIsUnderWay"}
    # A message each for the two that did something.
    assert sorted(aws.messages()) == sorted(f"ledger-lake-test: Done (execution {run.name})" for run in (first, second))


def test_a_delivery_during_a_backfill_needs_no_other_run(aws: World) -> None:
    met: list[Run] = []
    once_in(aws, "Land", DELIVERY, met)

    backfill = aws.run(BACKFILL)

    assert met[0].end == "AnotherRunIsUnderWay"
    assert others(aws, backfill, *met) == []


def test_a_failed_run_starts_the_run_that_was_asked_for(aws: World) -> None:
    aws.outcomes["Build"] = [1]
    met: list[Run] = []
    once_in(aws, "Build", {}, met)

    first = aws.run()

    assert (first.end, [run.end for run in others(aws, first, *met)]) == ("Failed", ["Done"])


def test_a_run_that_cannot_be_started_is_noticed(aws: World) -> None:
    met: list[Run] = []
    once_in(aws, "Build", {}, met)
    aws.faults["StartAnotherRun"] = [Raised("Sfn.StateMachineDeletingException")]

    first = aws.run()

    assert (first.end, first.status) == ("NextRunNotStarted", "FAILED")


def test_a_word_left_too_late_takes_the_lock_instead(aws: World) -> None:
    """The run that was met ends between the look at the lock and the word."""
    let_go = threading.Event()
    aws.during["Build"] = lambda: let_go.wait(60)
    first = aws.start()
    aws.until(lambda: bool(aws.tasks("Build")))

    def end_first() -> None:
        let_go.set()
        aws.finish(first)

    aws.on_call["LeaveWord"] = end_first
    second = aws.run()

    assert second.end == "Done"
    assert second.path.count("TakeLock") == 2
    assert len(aws.tasks("Build")) == 2
    assert_one_at_a_time(aws)


def test_a_backfill_waits_for_its_turn(aws: World) -> None:
    let_go = threading.Event()
    aws.during["Build"] = lambda: let_go.wait(60)
    first = aws.start()
    aws.until(lambda: bool(aws.tasks("Build")))

    second = aws.start(BACKFILL)
    aws.until(lambda: aws.attempts["AskHolder"] > 2)
    let_go.set()
    ends = [aws.finish(first).end, aws.finish(second).end]

    assert ends == ["Done", "Done"]
    assert_one_at_a_time(aws)


def test_a_lock_of_an_aborted_run_is_taken_over(aws: World) -> None:
    let_go = threading.Event()
    aws.during["Build"] = lambda: let_go.wait(60)
    dead = aws.start()
    aws.until(lambda: bool(aws.tasks("Build")))
    aws.sfn.stop_execution(executionArn=dead)
    let_go.set()
    assert aws.finish(dead).status == "ABORTED"
    assert aws.holder()["holder"]["S"] == dead

    run = aws.run()

    assert run.end == "Done"
    assert "TakeLockOver" in run.path
    assert "holder" not in aws.holder()


def test_a_lock_of_a_forgotten_run_is_taken_over_by_one(aws: World) -> None:
    gone = aws.execution("gone")
    aws.dynamodb.put_item(
        TableName="runs", Item={"name": {"S": "pipeline"}, "holder": {"S": gone}, "phase": {"S": "building"}}
    )
    # Each run sees the holder gone before one of them takes the lock.
    together = threading.Barrier(2, timeout=60)
    aws.on_call["TakeLockOver"] = lambda: together.wait()
    everybody_has_started = threading.Event()
    aws.during["Land"] = lambda: everybody_has_started.wait(60)

    started = [aws.start(), aws.start()]
    aws.until(lambda: aws.attempts["Notify"] == 1)
    everybody_has_started.set()
    runs = [aws.finish(run) for run in started]

    assert sorted(run.end for run in runs) == ["AnotherRunIsUnderWay", "Done"]
    assert len(aws.tasks("Build")) == 1
    # A new execution can be unknown for some seconds, so each of the two asked four times, the loser once more.
    assert aws.attempts["AskHolder"] == 9


def test_a_repeated_put_of_the_lock_finds_itself_the_holder(aws: World) -> None:
    """The first answer to the put was lost."""
    item = {"name": {"S": "pipeline"}, "holder": {"S": aws.execution("known")}, "phase": {"S": "landing"}}
    aws.dynamodb.put_item(TableName="runs", Item=item)

    run = aws.finish(aws.start(name="known"))

    assert run.end == "Done"
    assert "ReadHolder" not in run.path


def test_a_lock_that_is_not_given_back_holds_nobody_up(aws: World) -> None:
    aws.faults["GiveLockBack"] = [Raised("DynamoDB.AccessDeniedException")]
    assert aws.run().end == "Done"
    assert "holder" in aws.holder()

    assert aws.run().end == "Done"


def test_a_rebuild_runs_beside_a_run(aws: World) -> None:
    met: list[Run] = []
    once_in(aws, "Build", REBUILD, met)

    first = aws.run()

    assert (first.end, met[0].end) == ("Done", "Done")
    inner = aws.tasks("Build")[1].parameters["Overrides"]["ContainerOverrides"][0]
    assert inner["Environment"] == [
        {"Name": "LEDGER_LAKE_SCHEMA", "Value": "ledger_lake_test_rebuild_1"},
        {"Name": "LEDGER_LAKE_EMF", "Value": "0"},
    ]
    assert aws.landed() == ["s3://inbox/payments/"]
    assert "DocsAndReport" not in met[0].path
    assert "holder" not in aws.holder("rebuild")


def test_two_rebuilds_at_once_give_one(aws: World) -> None:
    met: list[Run] = []
    once_in(aws, "Build", REBUILD, met)

    first = aws.run(REBUILD)

    assert (first.end, met[0].end) == ("Done", "AnotherRunIsUnderWay")
    assert len(aws.tasks("Build")) == 1
    assert others(aws, first, *met) == []
