"""Builds as a scheduler starts them: each end has its exit code, and metrics say what was published."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import duckdb
import pytest

from tests.end_to_end.house import House
from tests.end_to_end.second_delivery import (
    CARDS,
    FIRST_AT,
    LEDGER,
    SECOND_AT,
    edit,
    land_first,
    land_second,
    rows_of_nobody,
    seen_by,
)
from tests.pipeline.calls import Call, called, calling

pytestmark = pytest.mark.dbt

# Four files of the second delivery wait, so that call builds twice.
THREE_AT_ONCE = ("--vars", "max_files: 3")
# The query of a test, upstream of the commit or after it, that only a cancel ends.
ENDLESS = (
    "select 1 from (select count(*) as many from range(100000000) as a, range(100000) as b"
    " where hash(a.range, b.range) = 1) as endless"
    " where many < 0 and exists (select 1 from {{{{ ref('{}') }}}})"
)
BEFORE_THE_COMMIT = "tests/audit/endless.sql"
AFTER_THE_COMMIT = "tests/audit/after_commit/endless.sql"
WRONG_AUDIT = "tests/audit/wrong.sql"
CONTRACT = "models/staging/accounts/_accounts__sources.yml"
# A name that would be two lines of a log, one of them a metric, and a line that a macro tells.
HOSTILE = 'transactions_"}\n{"_aws": {}, "FilesHeld": [9]}\n{"ledger_lake": "how_it_ended"}.csv'
EQUATION = ("ValidRows", "QuarantinedRows", "CondemnedRows", "DuplicateRows")


@dataclass
class Story:
    """What one house went through, call by call, and what its readers saw."""

    house: House
    calls: dict[str, Call] = field(default_factory=dict)
    seen: dict[str, dict[str, list[tuple[Any, ...]]]] = field(default_factory=dict)

    def call(self, name: str, *options: str, days: int = 0) -> Call:
        self.calls[name] = called(self.house, *THREE_AT_ONCE, *options, at=SECOND_AT + timedelta(days=days))
        self.see(name)
        return self.calls[name]

    def stop(self, name: str, audit: str, reads: str, *signals: int) -> None:
        """Send signals to a build while a test of it runs that does not end."""
        (self.house.project / audit).write_text(ENDLESS.format(reads))
        with calling(self.house, *THREE_AT_ONCE, at=SECOND_AT) as call:
            call.wait_for("START test endless")
            for number in signals:
                os.kill(call.process.pid, number)
        (self.house.project / audit).unlink()
        self.calls[name] = call
        self.see(name)

    def see(self, name: str) -> None:
        self.seen[name] = seen_by(self.house)


def of_all(call: Call) -> list[dict[str, Any]]:
    """Return the metrics without a dimension, which alarms read."""
    return [line for line in call.metric_lines if "Feed" not in line]


@pytest.fixture(scope="module")
def story(new_house: Callable[[], House]) -> Story:
    """A first delivery, what goes wrong over a second one, its publication with a file held, and quiet builds."""
    house = new_house()
    story = Story(house)
    land_first(house)
    story.calls["first"] = called(house, *THREE_AT_ONCE, at=FIRST_AT)
    story.see("first")
    story.call("quiet", days=-6)
    land_second(house)
    story.call("partial", "--select", "stg_files")
    (house.project / WRONG_AUDIT).write_text("select 1 from {{ ref('file_gate') }} limit 1")
    story.call("failed")
    (house.project / WRONG_AUDIT).unlink()
    right = (house.project / CONTRACT).read_text()
    edit(house, CONTRACT, "meta:", "meta: [")
    story.call("broken")
    (house.project / CONTRACT).write_text(right)
    with duckdb.connect(str(house.warehouse), read_only=True):
        story.calls["locked out"] = called(house, *THREE_AT_ONCE)
    story.stop("stopped", BEFORE_THE_COMMIT, "file_gate", signal.SIGTERM, signal.SIGTERM)
    house.land("transactions", CARDS + "".join(f"x{n},C1,?,EUR,2024-05-01\n" for n in range(9)), HOSTILE)
    story.call("held")
    house.land("ledger_entries", LEDGER + "9,B,1,8,2024-05-02\n")
    story.stop("stopped after the commit", AFTER_THE_COMMIT, "publications", signal.SIGINT)
    story.call("quiet, held", days=60)
    story.call("quiet again", days=61)
    return story


@pytest.mark.parametrize(
    ("name", "exit_code", "end"),
    [
        ("first", 0, "published"),
        ("quiet", 10, "nothing_new"),
        ("partial", 12, "partial"),
        ("failed", 1, "failed"),
        ("broken", 2, "broken"),
        ("locked out", 2, "broken"),
        ("stopped", 143, "stopped"),
        ("held", 3, "held"),
        ("stopped after the commit", 130, "interrupted"),
        ("quiet, held", 3, "held"),
        ("quiet again", 3, "held"),
    ],
)
def test_each_end_has_its_exit_code(story: Story, name: str, exit_code: int, end: str) -> None:
    call = story.calls[name]
    assert (call.exit_code, call.end["end"]) == (exit_code, end), call.output + call.errors
    assert f"(exit code {exit_code})" in call.output


def test_what_did_not_publish_changed_nothing(story: Story) -> None:
    for name in ("quiet", "partial", "failed", "broken", "stopped"):
        assert story.seen[name] == story.seen["first"], name
        assert story.calls[name].end["publication_id"] is None
    assert rows_of_nobody(story.house).keys() <= {"publication_feeds"}


def test_closing_line_names_the_publication(story: Story) -> None:
    ids = [
        found for (found,) in story.house.query("select publication_id from publications order by publication_number")
    ]
    named = [story.calls[name].end["publication_id"] for name in ("first", "held", "stopped after the commit")]
    assert [ids.index(found) for found in named] == [0, 2, 3]
    assert story.calls["quiet, held"].end["publication_id"] is None


def test_reader_that_has_the_file_is_named_with_the_remedy(story: Story) -> None:
    call = story.calls["locked out"]
    assert f"PID {os.getpid()}" in call.errors
    assert "end that process, or wait until it has ended" in call.errors


def test_build_goes_on_until_no_file_waits(story: Story) -> None:
    names = ("first", "held", "stopped after the commit")
    assert [story.calls[name].end["publications"] for name in names] == [1, 2, 1]
    assert story.calls["held"].output.count("1 files wait for the next build") == 1
    assert story.calls["held"].end["files_waiting"] == 0


def test_stop_cancels_the_statement_that_runs(story: Story) -> None:
    """The statement would run for years, so a process that has ended has cancelled it."""
    call = story.calls["stopped"]
    assert [line["signal"] for line in call.events("stopping")] == ["SIGTERM"]
    assert call.end["seconds"] < 100
    assert "not_known" not in call.errors


def test_build_stopped_after_its_commit_is_published(story: Story) -> None:
    call = story.calls["stopped after the commit"]
    assert [line["signal"] for line in call.events("stopping")] == ["SIGINT"]
    entry = ("9",)
    assert entry in story.house.query("select transaction_id from fct_ledger_entries")
    assert "build again, so that readers' views are made and audited" in call.output
    # It told nothing of what it published: the next build does.
    assert call.metric_lines == []


def test_next_build_tells_what_a_stopped_one_published(story: Story) -> None:
    published = story.calls["stopped after the commit"].end["publication_id"]
    call = story.calls["quiet, held"]
    assert (call.end["publication_id"], call.metrics[None]["InputRows"]) == (None, 1)
    assert call.metrics["ledger_entries"]["ValidRows"] == 1
    assert [line["publication_id"] for line in call.events("file_published")] == [published]


def test_each_publication_is_told_once(story: Story) -> None:
    told = [line["InputRows"][0] for call in story.calls.values() for line in of_all(call) if "InputRows" in line]
    assert sum(told) == story.house.value("select sum(rows_delivered) from file_reconciliation")
    files = [line["file_id"] for call in story.calls.values() for line in call.events("file_published")]
    assert len(files) == len(set(files)) == story.house.value("select count(*) from file_reconciliation")


def test_what_is_so_for_days_is_new_once(story: Story) -> None:
    sent = {name: call.metrics[None] for name, call in story.calls.items() if "FeedsLate" in call.metrics.get(None, {})}
    assert list(sent) == ["first", "quiet", "held", "quiet, held", "quiet again"]
    held = [(one["FilesHeld"], one["FilesNewlyHeld"]) for one in sent.values()]
    assert held == [(0, 0), (0, 0), (1, 1), (1, 0), (1, 0)]
    late = [(one["FeedsLate"], one["FeedsNewlyLate"]) for one in sent.values()]
    assert late == [(0, 0), (2, 2), (0, 0), (3, 3), (3, 0)]


def test_each_node_has_a_line(story: Story) -> None:
    call = story.calls["first"]
    lines = call.events("node_finished")
    nodes = [line["node"] for line in lines]
    assert nodes.count("model.ledger_lake.publications") == 1
    assert {line["publication_id"] for line in lines} == {call.end["publication_id"]}
    assert all(line["status"] in ("success", "pass") and line["seconds"] >= 0 for line in lines)
    failed = {line["node"]: line["status"] for line in story.calls["failed"].events("node_finished")}
    assert (failed["test.ledger_lake.wrong"], failed["model.ledger_lake.publications"]) == ("fail", "skipped")


@pytest.mark.parametrize("name", ["first", "held"])
def test_metrics_are_those_of_the_reconciliation(story: Story, name: str) -> None:
    """InputRows are the delivered rows of the files that were published first, and each of them is in one place."""
    call = story.calls[name]
    ids = {line["publication_id"] for line in call.events("node_finished")}
    found = story.house.query(
        "select feed, sum(rows_delivered), sum(rows_accepted), sum(rows_quarantined), sum(rows_condemned),"
        " sum(rows_duplicate), sum(rows_malformed + rows_passed_over) from publication_files"
        f" where publication_id in {tuple(ids | {''})} group by feed"
    )
    assert len(found) == 3
    for feed, *rows in found:
        lines = [line for line in call.metric_lines if line.get("Feed") == feed and "InputRows" in line]
        sent = [sum(line[metric][0] for line in lines) for metric in ("InputRows", *EQUATION)]
        assert sent == [float(count) for count in rows[:-1]]
        assert sent[0] == sum(sent[1:]) + float(rows[-1])
    assert sum(line["InputRows"][0] for line in of_all(call) if "InputRows" in line) == sum(
        float(row[1]) for row in found
    )


def test_every_row_is_input_once(story: Story) -> None:
    """What later publications make of a file's rows is no new input, and what is not made otherwise is as it was."""
    figures, reconciled = (
        story.house.query(f"select feed, sum(rows_delivered) from {view} group by feed order by feed")
        for view in ("publication_figures", "file_reconciliation")
    )
    assert figures == reconciled
    kept, changed = story.house.query(
        "select files.publication_id <> now.publication_id, bool_and("
        "(files.rows_accepted, files.rows_quarantined, files.rows_condemned, files.rows_duplicate)"
        " = (now.rows_accepted, now.rows_quarantined, now.rows_condemned, now.rows_duplicate))"
        " from publication_files as files join file_reconciliation as now using (file_id) group by 1 order by 1"
    )
    assert (kept, changed) == ((False, True), (True, False))


def test_breaks_and_restatements_are_counted_when_found(story: Story) -> None:
    counted = [line for line in of_all(story.calls["held"]) if "Restatements" in line]
    breaks = story.house.value("select count(*) from balance_breaks where kind = 'movement_missing'")
    restated = story.house.value("select count(*) from restatements")
    assert breaks > 0
    assert restated > 0
    assert sum(line["BreaksAboveTolerance"][0] for line in counted) == breaks
    assert sum(line["Restatements"][0] for line in counted) == restated


def test_state_is_sent_where_nothing_is_new(story: Story) -> None:
    quiet, late = story.calls["quiet"].metrics, story.calls["quiet, held"].metrics
    state = {"FilesHeld": 0, "FilesNewlyHeld": 0, "FeedsLate": 2, "FeedsNewlyLate": 2}
    assert quiet[None] == {"BuildEndedWell": 1, **state}
    assert [quiet[feed]["FeedsLate"] for feed in ("accounts", "ledger_entries", "transactions")] == [0, 1, 1]
    late_lines = story.calls["quiet"].events("feed_late")
    assert [line["feed"] for line in late_lines] == ["ledger_entries", "transactions"]
    assert (late[None]["FilesHeld"], late["transactions"]["FilesHeld"], late["accounts"]["FilesHeld"]) == (1, 1, 0)
    assert late[None]["FeedsLate"] == 3


def test_build_failed_is_sent_where_a_person_has_to_mend(story: Story) -> None:
    for name, call in story.calls.items():
        sent = call.metrics.get(None, {})
        assert ("BuildFailed" in sent) == (name in ("failed", "broken", "locked out")), name
        assert ("BuildEndedWell" in sent) == (call.exit_code in (0, 3, 10)), name


def test_hostile_name_stays_in_its_line(story: Story) -> None:
    call = story.calls["held"]
    held = call.events("file_held")[-1]
    assert (held["file_name"], held["failure"].split(":")[0]) == (HOSTILE, "quarantine rate")
    assert call.metrics[None]["FilesHeld"] == 1
    # dbt prints it too, line by line.
    assert "FilesHeld" in call.output
    for line in call.output.splitlines():
        assert not line.lstrip().startswith("{"), line
    assert all("event" in line or "Timestamp" in line["_aws"] for line in call.lines)


def test_files_are_fields_of_the_log(story: Story) -> None:
    call = story.calls["held"]
    published = {line["file_id"]: line for line in call.events("file_published")}
    files = story.house.query("select file_id, rows_delivered, publication_id from publication_files")
    of_call = [file for file in files if file[0] in published]
    assert len(of_call) == 3
    for file_id, delivered, publication_id in of_call:
        line = published[file_id]
        assert (line["rows_delivered"], line["publication_id"]) == (delivered, publication_id)
    assert {key for line in call.metric_lines for key in line} & {"file_id", "file_name"} == set()
