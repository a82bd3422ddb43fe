"""Which mails the alarms send, with the settings that Terraform renders: one for a cause and night.

The first night, 0, is a good one, and the alarms are made in its morning. What AWS leaves open differs from world to
world; the mails must not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import chain

import pytest

from tests.terraform import stories
from tests.terraform.alarms import ALARM, DAY, Alarms, CompositeAlarm, MetricAlarm, World
from tests.terraform.nights import HOUR, MINUTE, Nights, night_of
from tests.terraform.plan import VARIABLES, Plan
from tests.terraform.stories import NIGHTS, NO_BUILD, STORIES, Mails, Story

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


def environment(name: str = NAME) -> Nights:
    machine = f"arn:aws:states:eu-central-1:123456789012:stateMachine:{name}-pipeline"
    return Nights(f"LedgerLake/{name}", machine, f"{name}-not-started")


def mails(alarms: Alarms, nights: Nights, world: World = WORLDS[1], made: float = MADE, end: float = END) -> Mails:
    """Return the mails as night and alarm, without the environment's name."""
    sent = alarms.mails(nights.metrics, world, made, end)
    assert {state for _, _, state in sent} <= {ALARM}
    return sorted((night_of(when), name.removeprefix(f"{NAME}-")) for when, name, _ in sent)


@pytest.mark.parametrize("world", WORLDS, ids=world_id)
@pytest.mark.parametrize("story", STORIES, ids=story_id)
def test_one_mail_a_cause_and_night(story: Story, world: World, alarms: Alarms) -> None:
    nights = environment()
    expected = story(nights)
    assert mails(alarms, nights, world) == expected


def test_new_environment_misses_its_first_build_once(alarms: Alarms) -> None:
    nights = environment()
    for day in range(1, NIGHTS):
        nights.usual(day)
    assert mails(alarms, nights) == [(0, NO_BUILD)]


def test_other_environment_of_the_account_changes_nothing(alarms: Alarms) -> None:
    ours, others = environment(), environment("ledger-lake-prod")
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


def of(name: str) -> str:
    return f'ALARM("{NAME}-{name}")'


DAMAGES: Mapping[str, tuple[Story, Callable[[Alarms], Alarms]]] = {
    "held files are forgotten at once": (
        stories.held_file_over_three_nights,
        lambda alarms: with_metric(alarms, "held", missing="notBreaching"),
    ),
    "refusals are kept for less than a day": (
        stories.refused_file_that_stays_in_the_inbox,
        lambda alarms: with_metric(alarms, "refused", periods=20),
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
        stories.backfill_of_300_files_in_a_night,
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
    nights = environment()
    expected = story(nights)
    assert any(mails(damaged(alarms), nights, world) != expected for world in WORLDS)


def test_all_metrics_of_alarms_are_played(alarms: Alarms) -> None:
    """An alarm on a metric that no story sends would pass every test."""
    played = environment()
    for story in STORIES:
        story(played)
    assert {alarm.metric for alarm in alarms.metric} <= set(played.metrics)


def test_each_alarm_that_mails_has_a_story(alarms: Alarms) -> None:
    expected = {name for _, name in chain.from_iterable(story(environment()) for story in STORIES)}
    assert {name.removeprefix(f"{NAME}-") for name, _ in alarms.actions} == expected
