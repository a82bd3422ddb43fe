"""Which mails the alarms send, with the settings that Terraform renders: one for a cause and night.

The first night, 0, is a good one, and the alarms are made in its morning. What AWS leaves open differs from world to
world; the mails must not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import chain

import pytest

from tests.terraform import stories, stories_of_data
from tests.terraform.alarms import ALARM, DAY, Alarms, CompositeAlarm, Metric, MetricAlarm, World
from tests.terraform.nights import HOUR, MINUTE, NIGHTS, TWO, Mails, Nights, Story, night_of
from tests.terraform.plan import VARIABLES, Plan
from tests.terraform.stories import NO_BUILD, NO_VERIFY, STORIES

WORLDS = [
    World(further_periods=0),
    World(further_periods=2, delay=3 * MINUTE, seed=1),
    World(further_periods=3, delay=2 * MINUTE, seed=2, is_last_first=True),
    World(further_periods=5, delay=10 * MINUTE, seed=3),
]
MADE, END = 6 * HOUR, NIGHTS * DAY
NAME = VARIABLES["name"]


def story_id(story: Story) -> str:
    return story.__name__.replace("_", " ")


def world_id(world: World) -> str:
    return f"world {WORLDS.index(world)}"


@pytest.fixture(scope="session")
def alarms(plan: Plan) -> Alarms:
    metric = plan.resources("aws_cloudwatch_metric_alarm")
    composite = plan.resources("aws_cloudwatch_composite_alarm")
    return Alarms.of([one.values for one in metric], [one.values for one in composite])


def mails(alarms: Alarms, nights: Nights, world: World = WORLDS[1], made: float = MADE, end: float = END) -> Mails:
    """Return the mails as night and alarm, without the environment's name."""
    sent = alarms.mails(nights.metrics, world, made, end)
    assert {state for _, _, state in sent} <= {ALARM}
    return sorted((night_of(when), name.removeprefix(f"{NAME}-")) for when, name, _ in sent)


@pytest.mark.parametrize("world", WORLDS, ids=world_id)
@pytest.mark.parametrize("story", STORIES, ids=story_id)
def test_one_mail_a_cause_and_night(story: Story, world: World, alarms: Alarms) -> None:
    nights = Nights(NAME)
    expected = story(nights)
    assert mails(alarms, nights, world) == expected


def test_new_environment_misses_its_first_runs_once(alarms: Alarms) -> None:
    nights = Nights(NAME)
    nights.verified_days((2, 6, 9))
    for day in range(1, NIGHTS):
        nights.usual(day)
    assert mails(alarms, nights) == [(0, NO_BUILD), (0, NO_VERIFY)]


@pytest.mark.parametrize(("hours", "expected"), [(8, 1), (5, 4)])
def test_runs_six_hours_apart_mail_each_with_shorter_alarms(hours: int, expected: int, alarms: Alarms) -> None:
    """With alarm_hours of 8 a failure after each other is one mail for good, as its description says."""
    nights = Nights(NAME)
    for day in range(NIGHTS):
        for run in range(4):
            (nights.bad if day == 3 else nights.usual)(day, at=TWO + run * 6 * HOUR)
    periods = {
        f"{NAME}-{part}": hours * 12 for part in ("run-failed", "run-timed-out", "run-aborted", "run-not-started")
    }
    changed = [replace(one, periods=periods.get(one.name, one.periods)) for one in alarms.metric]
    sent = mails(replace(alarms, metric=changed), nights)
    assert sent == [(3, "build-failed")] * expected


def test_other_environment_of_the_account_changes_nothing(alarms: Alarms) -> None:
    ours, others = Nights(NAME), Nights("ledger-lake-prod")
    stories.good_week(ours)
    for story in STORIES:
        story(others)
    ours.metrics |= others.metrics
    assert mails(alarms, ours) == []


def with_metric(alarms: Alarms, part: str, **changes: object) -> Alarms:
    """Return the alarms with other settings of the metric alarms whose name has this part."""

    def changed(alarm: MetricAlarm) -> MetricAlarm:
        return replace(alarm, **changes) if part in alarm.name else alarm  # type: ignore[arg-type]

    return replace(alarms, metric=[changed(alarm) for alarm in alarms.metric])


def with_rule(alarms: Alarms, part: str) -> Alarms:
    """Return the alarms without this part of a composite alarm's rule."""
    rules = [one.rule for one in alarms.composite]
    assert any(part in rule for rule in rules)
    composite = [
        CompositeAlarm.of({"alarm_name": one.name, "alarm_rule": one.rule.replace(part, "FALSE")})
        for one in alarms.composite
    ]
    return replace(alarms, composite=composite)


def of_all(name: str) -> Metric:
    return (f"LedgerLake/{NAME}", name, frozenset())


def of(name: str) -> str:
    return f'ALARM("{NAME}-{name}")'


DAMAGES: Mapping[str, tuple[Story, Callable[[Alarms], Alarms]]] = {
    "all held files count": (
        stories_of_data.held_file_over_three_nights,
        lambda alarms: with_metric(alarms, "file-held", metric=of_all("FilesHeld")),
    ),
    "all late feeds count": (
        stories_of_data.feed_that_is_late_for_two_nights,
        lambda alarms: with_metric(alarms, "feed-late", metric=of_all("FeedsLate")),
    ),
    "all rejected files count": (
        stories_of_data.rejected_file_that_stays_in_the_inbox,
        lambda alarms: with_metric(alarms, "file-rejected", metric=of_all("FilesRejected")),
    ),
    "held files are kept until none is": (
        stories_of_data.held_file_and_a_second_one,
        lambda alarms: with_metric(alarms, "file-held", metric=of_all("FilesHeld"), periods=1, missing="ignore"),
    ),
    "findings share the alarm of failures": (
        stories.verify_that_finds_something_after_a_failed_build,
        lambda alarms: with_metric(alarms, "verify-findings", threshold=1000),
    ),
    "missing verifies count as good": (
        stories.verify_that_ends_no_more,
        lambda alarms: with_metric(alarms, "no-verify", missing="notBreaching"),
    ),
    "verifies are missed late": (
        stories.verify_that_ends_no_more,
        lambda alarms: with_metric(alarms, "no-verify", periods=168, datapoints=168),
    ),
    "verifies are missed at once": (
        stories.verify_that_fails_and_is_repeated,
        lambda alarms: with_metric(alarms, "no-verify", periods=96, datapoints=96),
    ),
    "failures are kept for minutes": (
        stories.failed_run_repeated_in_the_same_night,
        lambda alarms: with_metric(alarms, "run-failed", periods=1),
    ),
    "failures are kept for a day": (
        stories.failed_run_night_after_night,
        lambda alarms: with_metric(alarms, "run-failed", periods=288),
    ),
    "missing builds count as good": (
        stories.no_run_at_all,
        lambda alarms: with_metric(alarms, "nothing", missing="notBreaching"),
    ),
    "a failure excuses nothing": (
        stories.failed_run_then_a_good_one,
        lambda alarms: with_rule(alarms, of("run-failed-lately")),
    ),
    "a failure excuses too short": (
        stories.quick_failure_then_a_run_that_hangs,
        lambda alarms: with_metric(alarms, "run-failed-lately", periods=26),
    ),
    "a run under way excuses nothing": (
        stories_of_data.backfill_of_300_files_in_a_night,
        lambda alarms: with_rule(alarms, of("run-started")),
    ),
    "a run that hangs is excused too short": (
        stories.run_that_hangs_until_it_is_cut_off,
        lambda alarms: with_metric(alarms, "run-started", periods=8),
    ),
    "a start excuses for ever": (
        stories.runs_that_end_without_a_build,
        lambda alarms: with_rule(alarms, of("nothing-ended-well-for-long")),
    ),
    "aborts are not counted": (
        stories.run_that_somebody_aborted,
        lambda alarms: with_rule(alarms, of("run-aborted")),
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_other_settings_would_send_other_mails(damage: str, alarms: Alarms) -> None:
    story, damaged = DAMAGES[damage]
    nights = Nights(NAME)
    expected = story(nights)
    assert any(mails(damaged(alarms), nights, world) != expected for world in WORLDS)


def test_all_metrics_of_alarms_are_played(alarms: Alarms) -> None:
    """An alarm on a metric that no story sends would pass every test."""
    played = Nights(NAME)
    for story in STORIES:
        story(played)
    assert {alarm.metric for alarm in alarms.metric} <= set(played.metrics)


def test_each_alarm_that_mails_has_a_story(alarms: Alarms) -> None:
    expected = {name for _, name in chain.from_iterable(story(Nights(NAME)) for story in STORIES)}
    assert {name.removeprefix(f"{NAME}-") for name, _ in alarms.actions} == expected
