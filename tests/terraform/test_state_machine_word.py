"""The word that a run leaves with the one under way is kept whatever fails, and starts one run; and damaged locks."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.terraform.interpreter import Raised
from tests.terraform.state_machine import NEEDS_TERRAFORM, Run, World, world

pytestmark = NEEDS_TERRAFORM

DENIED = "DynamoDB.AccessDeniedException"
KEY = {"TableName": "runs", "Key": {"name": {"S": "pipeline"}}}


@pytest.fixture
def aws() -> Iterator[World]:
    with world() as made:
        made.deliver("payments/a.csv")
        yield made


def leave_word(aws: World, state: str = "Build") -> list[Run]:
    """Let a run come while a task of a state is running, the first time that one is."""
    met: list[Run] = []
    begun: list[bool] = []

    def meet() -> None:
        if not begun:
            begun.append(True)
            met.append(aws.run())

    aws.during[state] = meet
    return met


def once(aws: World, state: str, action: Any) -> None:
    """Let something happen before the first call of a state."""
    done: list[bool] = []

    def act() -> None:
        if not done:
            done.append(True)
            action()

    aws.on_call[state] = act


def others(aws: World, *known: Run) -> list[str]:
    """Return the ends of the runs that were not started by the test; they may start others."""
    seen = {one.arn for one in known}
    ends = []
    while new := [run for run in aws.runs() if run not in seen]:
        seen.update(new)
        ends += [aws.finish(run).end for run in new]
    return ends


def test_word_is_kept_if_the_lock_cannot_be_given_back(aws: World) -> None:
    met = leave_word(aws)
    aws.faults["GiveLockBack"] = [Raised(DENIED)]

    first = aws.run()

    assert (first.end, others(aws, first, *met)) == ("Done", ["Done"])
    assert "holder" not in aws.holder()


def test_word_is_kept_if_the_answer_of_closing_is_lost(aws: World) -> None:
    met = leave_word(aws)
    once(
        aws,
        "CloseLock",
        lambda: aws.dynamodb.update_item(
            **KEY, UpdateExpression="SET phase = :p", ExpressionAttributeValues={":p": {"S": "ending"}}
        ),
    )

    first = aws.run()

    assert (first.end, others(aws, first, *met)) == ("Done", ["Done"])


def test_word_is_kept_if_the_answer_of_giving_back_is_lost(aws: World) -> None:
    met = leave_word(aws)
    once(aws, "GiveLockBack", lambda: aws.dynamodb.update_item(**KEY, UpdateExpression="REMOVE holder, phase, asked"))

    first = aws.run()

    assert (first.end, others(aws, first, *met)) == ("Done", ["Done"])


@pytest.mark.parametrize("is_over", [False, True])
def test_a_start_whose_answer_is_lost_starts_one_run(aws: World, is_over: bool) -> None:
    met = leave_word(aws)

    def start() -> None:
        (holder,) = [run for run in aws.runs() if run not in {one.arn for one in met}]
        after = aws.start(name=f"after-{hashlib.sha1(holder.encode()).hexdigest()}")  # noqa: S324 - a name, no secret
        if is_over:
            aws.finish(after)

    once(aws, "StartAnotherRun", start)
    first = aws.run()

    assert (first.end, others(aws, first, *met)) == ("Done", ["Done"])


@pytest.mark.parametrize(("code", "end"), [(0, "NextRunNotStarted"), (3, "NextRunNotStarted"), (1, "Failed")])
def test_a_word_that_cannot_be_read_is_noticed(aws: World, code: int, end: str) -> None:
    met = leave_word(aws)
    aws.outcomes["Build"] = [code]
    aws.faults["CloseLock"] = [Raised(DENIED)]

    first = aws.run()

    assert (first.end, first.status) == (end, "FAILED")
    # Whether somebody asked is not known, so no run is started. The next one takes the lock over.
    assert others(aws, first, *met) == []
    assert aws.run().end == "Done"


def test_a_start_that_fails_hides_no_failed_build(aws: World) -> None:
    leave_word(aws)
    aws.outcomes["Build"] = [1]
    aws.faults["StartAnotherRun"] = [Raised("Sfn.StateMachineDeletingException")]

    assert aws.run().end == "Failed"


def test_a_run_that_never_had_the_lock_starts_none(aws: World) -> None:
    item = {"name": {"S": "pipeline"}, "holder": {"S": aws.execution("other")}, "phase": {"S": "building"}}
    aws.dynamodb.put_item(TableName="runs", Item=item | {"asked": {"BOOL": True}})
    aws.faults["TakeLock"] = [Raised(DENIED)]

    run = aws.run()

    assert (run.end, others(aws, run)) == ("Crashed", [])
    assert "asked" in aws.holder()


def test_who_comes_at_the_end_of_a_run_takes_the_lock_after_it(aws: World) -> None:
    """The word of the run that was met is read between the look at the lock and this word."""
    let_go = threading.Event()
    aws.during["Build"] = lambda: let_go.wait(60)

    def end_first() -> None:
        let_go.set()
        aws.until(lambda: aws.attempts["GiveLockBack"] == 1)

    once(aws, "LeaveWord", end_first)
    once(aws, "GiveLockBack", lambda: aws.until(lambda: aws.attempts["AskHolder"] > 1))
    first = aws.start()
    aws.until(lambda: bool(aws.tasks("Build")))
    second = aws.run()

    assert (aws.finish(first).end, second.end) == ("Done", "Done")
    assert "WaitForEnd" in second.path
    assert len(aws.tasks("Build")) == 2


@pytest.mark.parametrize("asked", [{}, {"delivery": True}], ids=["schedule", "delivery"])
def test_who_comes_during_a_preview_gets_a_run_after_it(aws: World, asked: dict[str, Any]) -> None:
    met: list[Run] = []
    aws.during["Preview"] = lambda: met.append(aws.run(asked))

    preview = aws.run({"preview": {}})

    assert (preview.end, met[0].end) == ("PreviewDone", "AnotherRunIsUnderWay")
    assert others(aws, preview, *met) == ["Done"]


def test_a_preview_waits_for_its_turn(aws: World) -> None:
    let_go = threading.Event()
    aws.during["Build"] = lambda: let_go.wait(60)
    first = aws.start()
    aws.until(lambda: bool(aws.tasks("Build")))

    preview = aws.start({"preview": {}})
    aws.until(lambda: aws.attempts["AskHolder"] > 2)
    assert aws.tasks("Preview") == []
    let_go.set()

    assert [aws.finish(first).end, aws.finish(preview).end] == ["Done", "PreviewDone"]


@pytest.mark.parametrize(("asked", "follow"), [({"preview": {}}, ["Done"]), ({}, [])], ids=["preview", "run"])
def test_word_left_with_an_aborted_run_is_answered(aws: World, asked: dict[str, Any], follow: list[str]) -> None:
    met = leave_word(aws)
    aborted = aws.start()
    aws.until(lambda: bool(met))
    aws.sfn.stop_execution(executionArn=aborted)

    run = aws.run(asked)

    assert met[0].end == "AnotherRunIsUnderWay"
    assert run.end in {"PreviewDone", "Done"}
    assert others(aws, run, *met, aws.finish(aborted)) == follow
    assert "holder" not in aws.holder()


# Locks that somebody wrote by hand


@pytest.mark.parametrize(
    "holder",
    [
        {"N": "1"},
        {"NULL": True},
        {"M": {"S": {"S": "x"}}},
        {"SS": ["a"]},
        {"S": "nobody"},
        {"S": ""},
        {"S": "arn:x:execution:y"},
    ],
    ids=str,
)
@pytest.mark.parametrize("asked", [{}, {"preview": {}}], ids=str)
def test_a_damaged_lock_ends_with_its_remedy(aws: World, holder: dict[str, Any], asked: dict[str, Any]) -> None:
    aws.dynamodb.put_item(
        TableName="runs", Item={"name": {"S": "pipeline"}, "holder": holder, "phase": {"S": "building"}}
    )

    run = aws.run(asked)

    assert (run.end, run.status) == ("CrashedAtLock", "FAILED")
    assert aws.sfn.describe_execution(executionArn=run.arn)["error"] == "Crashed"
    assert aws.messages() == [f"ledger-lake-test: Crashed (execution {run.name})"]
    assert aws.calls == []
    # The command of the cause removes the item, and the next run goes on.
    assert 'aws dynamodb delete-item --table-name runs --key \'{"name": {"S": "pipeline"}}\'' in run.cause
    aws.dynamodb.delete_item(**KEY)
    assert aws.run().end == "Done"


@pytest.mark.parametrize(
    "item", [{"phase": {"S": "building"}}, {"phase": {"N": "1"}, "asked": {"BOOL": True}}], ids=str
)
def test_a_lock_without_a_holder_is_free(aws: World, item: dict[str, Any]) -> None:
    aws.dynamodb.put_item(TableName="runs", Item={"name": {"S": "pipeline"}} | item)

    run = aws.run()

    assert (run.end, others(aws, run)) == ("Done", [])


@pytest.mark.parametrize("phase", [None, {"S": "somewhere"}, {"N": "1"}], ids=str)
def test_a_holder_whose_phase_is_unknown_is_told(aws: World, phase: dict[str, Any] | None) -> None:
    met: list[Run] = []

    def meet() -> None:
        if not met:
            aws.dynamodb.update_item(**KEY, UpdateExpression="REMOVE phase")
            if phase:
                aws.dynamodb.update_item(
                    **KEY, UpdateExpression="SET phase = :p", ExpressionAttributeValues={":p": phase}
                )
            met.append(aws.run())

    aws.during["Build"] = meet
    first = aws.run()

    assert (first.end, met[0].end, others(aws, first, *met)) == ("Done", "AnotherRunIsUnderWay", ["Done"])
