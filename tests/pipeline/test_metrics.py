"""Metrics of builds, and the passes of a call, without a warehouse."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest
import structlog

from pipeline.building import Building
from pipeline.dbt_events import FeedFigures, Figures, HeldFile, HowItEnded, Known, Node, Restated
from pipeline.ends import End, Ran
from pipeline.metrics import end_lines, held_line, publication_lines, state_lines
from pipeline.stopping import Stop

# A late feed as it is noted: with its last delivery.
LATE_T = "t since 2024-01-01T06:00:00.000000Z"
HELD = HeldFile(feed="t", file_id="f", file_name="t.csv", failure="decision: hold")


def of_feed(feed: str, landed: str | None = "2024-01-01 06:00:00", **known: Any) -> FeedFigures:
    return FeedFigures.model_validate(
        {"feed": feed, "delivery_calendar": "daily", "time_zone": "UTC", "last_landed_at": landed} | known
    )


def known(number: int = 1, held: str | None = None, late: str | None = None) -> Known:
    return Known(publication_id=f"p{number}", publication_number=number, held_files=held, late_feeds=late)  # type: ignore[arg-type]


def figures(*feeds: FeedFigures, restated: int = 0, known: Known | None = None, told: str = "p") -> Figures:
    restatements = [Restated(feed="t", month_ends=restated)] if restated else []
    return Figures(publications=told.split(), feeds=list(feeds), files=[], restatements=restatements, known=known)


def values(line: str) -> dict[str, Any]:
    """Return the metrics of a line by their names, and its feed if it has one."""
    found = json.loads(line)
    names = [metric["Name"] for metric in found["_aws"]["CloudWatchMetrics"][0]["Metrics"]]
    return {name: found[name][0] for name in names} | ({"Feed": found["Feed"]} if "Feed" in found else {})


def test_all_feeds_have_the_sums_and_the_largest_values() -> None:
    one = of_feed(
        "t", rows_delivered="10", rows_accepted="9", rows_quarantined="1", refused_percent="10", break_count="2"
    )
    other = of_feed("u", rows_delivered="5", rows_accepted="5", refused_percent="0", volume_ratio="3.5")
    of_t, of_u, of_all = map(values, publication_lines(figures(one, other, restated=4)))
    assert (of_t["Feed"], of_t["InputRows"], of_t["Breaks"], of_t["Restatements"]) == ("t", 10, 2, 4)
    assert "VolumeRatio" not in of_t
    assert (of_u["InputRows"], of_u["VolumeRatio"], of_u["Restatements"]) == (5, 3.5, 0)
    assert "Feed" not in of_all
    assert (of_all["InputRows"], of_all["ValidRows"], of_all["RefusedPercent"]) == (15, 14, 10)
    assert (of_all["VolumeRatio"], of_all["Restatements"]) == (3.5, 4)


def test_feed_is_late_when_its_period_is_over() -> None:
    found = figures(of_feed("t"), of_feed("never", landed=None))

    def late(now: str) -> list[float]:
        lines = state_lines(found, [HELD], datetime.fromisoformat(now).replace(tzinfo=UTC))
        return [values(line)["FeedsLate"] for line in lines]

    assert late("2024-01-02T23:59:59") == [0, 0, 0]
    assert late("2024-01-03T00:00:00") == [1, 0, 1]
    lines = [values(line) for line in state_lines(found, [HELD], datetime(2024, 1, 1, tzinfo=UTC))]
    assert [line.get("FilesHeld") for line in lines] == [1, 0, None]
    # Without a dimension it is sent before anything is asked.
    assert values(held_line([HELD]))["FilesHeld"] == 1


def test_only_what_is_new_counts_as_new() -> None:
    """A second held file, and a second late feed, alarm although the first ones are still there."""
    held = [HELD, HELD.model_copy(update={"file_id": "g"})]
    found = figures(of_feed("t"), of_feed("u"), known=known(held="f", late="u since 2024-01-01T06:00:00.000000Z"))
    *_, of_all = [values(line) for line in state_lines(found, held, datetime(2024, 1, 3, tzinfo=UTC))]
    assert of_all == {"FeedsLate": 2, "FeedsNewlyLate": 1, "FilesNewlyHeld": 1}
    # A feed that delivered in between is late anew.
    found = figures(of_feed("t"), known=known(late="t since 2023-12-01T06:00:00.000000Z"))
    *_, of_all = [values(line) for line in state_lines(found, [], datetime(2024, 1, 3, tzinfo=UTC))]
    assert of_all == {"FeedsLate": 1, "FeedsNewlyLate": 1, "FilesNewlyHeld": 0}
    # What was known and is over is nothing new.
    *_, of_all = [values(line) for line in state_lines(found, [], datetime(2024, 1, 1, tzinfo=UTC))]
    assert of_all == {"FeedsLate": 0, "FeedsNewlyLate": 0, "FilesNewlyHeld": 0}


@pytest.mark.parametrize(
    ("end", "sent"),
    [
        (End.PUBLISHED, {"BuildEndedWell": 1, "QueryBytes": 7}),
        (End.NOTHING_NEW, {"BuildEndedWell": 1, "QueryBytes": 7}),
        (End.HELD, {"BuildEndedWell": 1, "QueryBytes": 7}),
        (End.FAILED, {"BuildFailed": 1, "QueryBytes": 7}),
        (End.BROKEN, {"BuildFailed": 1, "QueryBytes": 7}),
        (End.LOST, {"QueryBytes": 7}),
        (End.PARTIAL, {"QueryBytes": 7}),
        (End.STOPPED, {"QueryBytes": 7}),
    ],
)
def test_build_ends_well_or_failed_or_neither(end: End, sent: dict[str, float]) -> None:
    (line,) = end_lines(end, 7)
    assert values(line) == sent
    assert list(end_lines(End.LOST, None)) == []


@dataclass
class FakeDbt:
    """Builds that end as they are told to."""

    passes: list[Ran]
    error: Exception | None = None
    found: Figures = field(default_factory=lambda: figures(of_feed("t"), known=known()))
    note_error: Exception | None = None
    asked: list[list[str] | None] = field(default_factory=list)
    noted: list[Known] = field(default_factory=list)

    def build(self, _: Any) -> Ran:
        return self.passes.pop(0)

    def figures(self, publications: list[str] | None) -> Figures | None:
        self.asked.append(publications)
        if self.error is not None:
            raise self.error
        return self.found

    def note_told(self, known: Known) -> None:
        self.noted.append(known)
        if self.note_error is not None:
            raise self.note_error


def published(build: str, waiting: int = 0, *, is_published: bool = True) -> Ran:
    how = HowItEnded(build=build, is_published=is_published, held_files=[])
    node = Node(unique_id="model.a", status="success", seconds=1, bytes_scanned=5)
    return Ran(build=build, nodes=[node], succeeded=True, how=how, files_waiting=waiting)


def ended(dbt: FakeDbt, *, emf: bool = True, max_passes: int = 20) -> tuple[End, list[Any]]:
    """Run a call over builds that end as told; return its end and what it logged."""
    building = Building([], [], max_passes, emf, Stop(lambda: None))
    building._dbt = dbt  # type: ignore[assignment]
    with structlog.testing.capture_logs() as logged:
        building.log = structlog.get_logger("pipeline")
        end = building.run()
    return end, logged


def test_call_builds_until_no_file_waits() -> None:
    dbt = FakeDbt([published("a", 2), published("b", 1), published("c"), published("d")])
    end, logged = ended(dbt)
    assert (end, dbt.asked, len(dbt.passes)) == (End.PUBLISHED, [None], 1)
    closing = logged[-1]
    assert (closing["publication_id"], closing["publications"], closing["bytes_scanned"]) == ("c", 3, 15)


def test_passes_are_bounded() -> None:
    end, logged = ended(FakeDbt([published("a", 9), published("b", 8), published("c", 7)]), max_passes=2)
    assert (end, logged[-1]["files_waiting"], logged[-1]["publications"]) == (End.PUBLISHED, 8, 2)
    # A build that publishes nothing leaves as many files again.
    dbt = FakeDbt([published("a", 9), published("b", 9, is_published=False), published("c")])
    assert ended(dbt)[0] is End.PUBLISHED
    assert len(dbt.passes) == 1


def test_failed_pass_ends_the_call() -> None:
    end, logged = ended(FakeDbt([published("a", 1), Ran(build="b"), published("c")]))
    assert end is End.BROKEN
    assert (logged[-1]["publication_id"], logged[-1]["log_level"]) == ("a", "error")


def test_metrics_that_cannot_be_made_fail_no_build(capsys: pytest.CaptureFixture[str]) -> None:
    end, logged = ended(FakeDbt([published("a")], RuntimeError("no\nanswer")))
    assert end is End.PUBLISHED
    (failed,) = [line for line in logged if line["event"] == "metrics_failed"]
    assert (failed["log_level"], failed["publication_id"]) == ("error", "a")
    assert failed["error"] == "RuntimeError: no\\nanswer"
    sent = capsys.readouterr().err
    assert ('"FilesHeld": [0.0]' in sent, '"BuildEndedWell": [1.0]' in sent) == (True, True)
    # An alarm of its own: no break, refused share or late feed can be told of.
    assert '"FiguresNotTold": [1.0]' in sent


def failed_after_the_commit() -> Ran:
    ran = published("a")
    return replace(ran, succeeded=False, nodes=[*ran.nodes, Node(unique_id="test.view", status="fail", seconds=1)])


def test_build_that_failed_after_its_commit_tells_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    dbt = FakeDbt([failed_after_the_commit()], found=figures(of_feed("t"), known=known(2, "f", "u")))
    assert ended(dbt)[0] is End.FAILED
    sent = capsys.readouterr().err
    assert ('"InputRows"' in sent, "FilesHeld" in sent, "FeedsLate" in sent) == (True, False, False)
    # What is held and late was not looked at.
    assert dbt.noted == [known(2, "f", "u")]
    assert ended(FakeDbt([failed_after_the_commit()], RuntimeError("no answer")))[0] is End.FAILED
    # It has its mail, of the failure.
    assert "FiguresNotTold" not in capsys.readouterr().err


def test_build_that_published_nothing_and_failed_asks_nothing() -> None:
    dbt = FakeDbt([Ran(build="a")])
    assert (ended(dbt)[0], dbt.asked) == (End.BROKEN, [])


def test_what_is_told_is_noted_when_it_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    dbt = FakeDbt([published("a")], note_error=RuntimeError("no\nanswer"))
    end, logged = ended(dbt)
    assert end is End.PUBLISHED
    assert dbt.noted == [known(late=LATE_T)]
    # It is sent, and what cannot be noted is sent again by the next build.
    assert '"InputRows"' in capsys.readouterr().err
    assert [line["error"] for line in logged if line["event"] == "told_not_noted"] == ["no\\nanswer"]


def test_nothing_is_noted_where_nothing_has_changed() -> None:
    dbt = FakeDbt([published("a", is_published=False)], found=figures(of_feed("t"), known=known(late=LATE_T), told=""))
    assert (ended(dbt)[0], dbt.noted) == (End.NOTHING_NEW, [])
    dbt = FakeDbt([published("a", is_published=False)], found=figures(of_feed("t"), known=known(), told=""))
    assert (ended(dbt)[0], dbt.noted) == (End.NOTHING_NEW, [known(late=LATE_T)])


def test_metrics_are_written_on_request(capsys: pytest.CaptureFixture[str]) -> None:
    """A call without them tells nobody: one with them has still to tell what it published."""
    dbt = FakeDbt([published("a", 1), published("b")], found=figures(of_feed("t")))
    ended(dbt, emf=False)
    assert "_aws" not in capsys.readouterr().err
    assert (dbt.asked, dbt.noted) == ([["a", "b"]], [])
