"""What a run lands, what it is asked for, and what becomes of folders that do not land."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.terraform.interpreter import Raised
from tests.terraform.state_machine import NEEDS_TERRAFORM, Outcome, Stopped, World, world

pytestmark = NEEDS_TERRAFORM

# What AWS allows: the state's data, and the events of an execution.
PAYLOAD = 256 * 1024
EVENTS = 25_000


@pytest.fixture
def aws() -> Iterator[World]:
    with world() as made:
        yield made


def payload(aws: World, run: str) -> int:
    """Return the size of the largest data of any state of a run."""
    texts = [json.dumps(event, default=str) for event in aws.history(run)]
    return max(len(text.encode()) for text in texts)


def test_each_folder_lands_in_a_task_of_its_own(aws: World) -> None:
    aws.deliver("payments/a.csv", "payments/b.csv", "accounts/c.csv")

    assert aws.run().end == "Done"
    assert sorted(aws.landed()) == ["s3://inbox/accounts/", "s3://inbox/payments/"]
    call = aws.tasks("Land")[0]
    assert call.command[:3] == ["loader", "--json", "land"]
    assert call.parameters["TaskDefinition"] == "loader-task"


@pytest.mark.parametrize("asked", [{}, {"backfill": {"feed": "payments", "from": "2024-01", "to": "2024-01"}}], ids=str)
def test_a_file_in_no_folder_is_told_and_stops_nothing(aws: World, asked: Any) -> None:
    aws.deliver("a.csv", "beside.csv", "payments/b.csv", "payments/backfill/2024-01/c.csv")
    aws.outcomes["s3://inbox/payments/"] = [3]

    run = aws.run(asked)

    assert (run.end, run.status) == ("NotAllLanded", "FAILED")
    assert "aws s3 ls s3://inbox/" in run.cause
    assert aws.landed()[-1] == "s3://inbox/payments/"
    assert len(aws.tasks("Build")) == 1


def test_an_empty_inbox_is_built(aws: World) -> None:
    run = aws.run()

    assert (run.end, aws.landed(), len(aws.tasks("Build"))) == ("Done", [], 1)


@pytest.mark.parametrize(
    ("outcomes", "tried", "end"),
    [
        ([0], 1, "Done"),
        ([3], 1, "FilesRejected"),
        ([2], 1, "NotAllLanded"),
        ([143], 1, "NotAllLanded"),
        ([4, 0], 2, "Done"),
        ([1, 0], 2, "Done"),
        ([4, 3], 2, "FilesRejected"),
        ([4, 4], 2, "NotAllLanded"),
        ([1, 1], 2, "NotAllLanded"),
        ([Stopped(None, "TaskFailedToStart"), 0], 2, "Done"),
        ([Stopped(None), Stopped(None)], 2, "NotAllLanded"),
        ([Raised("States.Timeout")], 1, "NotAllLanded"),
        ([Raised("States.TaskFailed", "no JSON")], 1, "NotAllLanded"),
        ([Raised("States.TaskFailed", '{"Containers":[}')], 1, "NotAllLanded"),
    ],
    ids=str,
)
def test_the_other_folders_land_and_the_build_runs(aws: World, outcomes: list[Outcome], tried: int, end: str) -> None:
    aws.deliver("accounts/a.csv", "payments/b.csv", "rates/c.csv")
    aws.outcomes["s3://inbox/payments/"] = list(outcomes)

    run = aws.run()

    assert run.end == end
    assert run.status == ("FAILED" if end == "NotAllLanded" else "SUCCEEDED")
    assert aws.landed().count("s3://inbox/payments/") == tried
    assert {"s3://inbox/accounts/", "s3://inbox/rates/"} <= set(aws.landed())
    assert len(aws.tasks("Build")) == 1
    assert "DocsAndReport" in run.path
    assert aws.messages() == [f"ledger-lake-test: {end} (execution {run.name})"]


@pytest.mark.parametrize(
    ("landing", "build", "end"),
    [
        (3, 3, "Held"),
        (2, 3, "NotAllLanded"),
        (3, 10, "FilesRejected"),
        (2, 1, "Failed"),
        (3, 1, "Failed"),
        (2, 11, "NotAllLanded"),
    ],
)
def test_the_most_serious_trouble_is_the_end(aws: World, landing: int, build: int, end: str) -> None:
    aws.deliver("payments/a.csv", "rates/b.csv")
    aws.outcomes["s3://inbox/payments/"] = [landing]
    aws.outcomes["s3://inbox/rates/"] = [3]
    aws.outcomes["Build"] = [build]

    assert aws.run().end == end


def test_more_folders_than_one_answer_lists_all_land(aws: World) -> None:
    aws.deliver(*(f"feed_{number:03}/a.csv" for number in range(230)))
    aws.outcomes["s3://inbox/feed_003/"] = [2]

    run = aws.run()

    assert len(set(aws.landed())) == 230
    assert run.path.count("ListMoreFolders") == 2
    # What went wrong on the first page is not forgotten on the last.
    assert run.end == "NotAllLanded"


def test_5000_files_make_no_state_larger(aws: World) -> None:
    aws.deliver("payments/a.csv")
    few = payload(aws, aws.run().arn)
    aws.deliver(*(f"payments/{number:04}.csv" for number in range(5_000)))

    run = aws.run()

    assert run.end == "Done"
    assert abs(payload(aws, run.arn) - few) < 100
    assert aws.landed() == ["s3://inbox/payments/"] * 2


def test_of_all_landings_only_how_they_ended_is_kept(aws: World) -> None:
    aws.deliver(*(f"feed_{number:02}/a.csv" for number in range(40)))
    aws.outcomes["s3://inbox/feed_07/"] = [3]

    run = aws.run()

    entered = [
        event["stateEnteredEventDetails"] for event in aws.history(run.arn) if "stateEnteredEventDetails" in event
    ]
    (after,) = [json.loads(one["input"]) for one in entered if one["name"] == "HowFoldersEnded"]
    assert after["landed"] == {"is_one_rejected": True, "is_one_not_landed": False}
    # Before that the ends of a page are together, and nothing else of its tasks.
    exited = [event["stateExitedEventDetails"] for event in aws.history(run.arn) if "stateExitedEventDetails" in event]
    ends = [json.loads(one["output"]) for one in exited if one["name"] in ("Landed", "FileRejected")]
    assert sorted(end["end"] for end in ends) == ["FileRejected"] + ["Landed"] * 39
    assert {tuple(end) for end in ends} == {("end",)}


def test_the_longest_names_and_1000_folders_stay_within_limits(aws: World) -> None:
    folders = [f"{number:03}{'x' * 1_000}" for number in range(101)]
    aws.deliver(*(f"{folder}/a.csv" for folder in folders))
    aws.deliver(*(f"{number:03}{'y' * 1_000}" for number in range(300)))

    run = aws.run()

    assert len(set(aws.landed())) == 101
    # An event holds the state's data, escaped, and little else.
    assert payload(aws, run.arn) < PAYLOAD
    assert len(aws.history(run.arn)) / 101 * 1_000 < EVENTS * 0.75


# A backfill


def test_a_backfill_lands_its_folders_in_order(aws: World) -> None:
    months = ["2023-11", "2023-12", "2024-01", "2024-02", "2024-03"]
    aws.deliver("payments/new.csv", *(f"payments/backfill/{month}/a.csv" for month in months))
    aws.deliver("rates/backfill/2024-01/b.csv")

    run = aws.run({"backfill": {"feed": "payments", "from": "2023-12", "to": "2024-02"}})

    assert run.end == "Done"
    assert aws.landed()[:3] == [f"s3://inbox/payments/backfill/{month}/" for month in months[1:4]]
    assert sorted(aws.landed()[3:]) == ["s3://inbox/payments/", "s3://inbox/rates/"]
    folders = aws.tasks("Land")[:3]
    assert folders[0].ended <= folders[1].began
    assert folders[1].ended <= folders[2].began
    assert len(aws.tasks("Build")) == 1


def test_a_backfill_of_years_lands_all_pages(aws: World) -> None:
    months = [f"{year}-{month:02}" for year in range(2010, 2020) for month in range(1, 13)]
    aws.deliver(*(f"payments/backfill/{month}/a.csv" for month in months))

    run = aws.run({"backfill": {"feed": "payments", "from": "2010-03", "to": "2019-11"}})

    assert run.end == "Done"
    assert aws.landed()[:-1] == [f"s3://inbox/payments/backfill/{month}/" for month in months[2:-1]]
