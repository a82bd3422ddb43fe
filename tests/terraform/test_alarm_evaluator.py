"""The evaluator of alarms does what AWS documents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from tests.terraform.alarms import ALARM, DAY, OK, UNKNOWN, Alarms, MetricAlarm, World, rule_of

HOUR, MINUTE = 3600, 60
METRIC = ("Test", "Count", frozenset[tuple[str, str]]())
AT_ONCE = World(further_periods=0)
CURRENT = "as it was"


def alarm(**changes: object) -> MetricAlarm:
    """Return an alarm on a sum above 0 in one period of five minutes."""
    plain = MetricAlarm("count", METRIC, "Sum", "GreaterThanThreshold", 0, 300, 1, 1, "notBreaching")
    return replace(plain, **changes)  # type: ignore[arg-type]


def ages(text: str) -> Mapping[int, float]:
    """Return the data of one of AWS's examples, the latest right: X breaches, 0 does not, - is missing."""
    letters = text.replace(" ", "")[::-1]
    return {age: float(letter == "X") for age, letter in enumerate(letters) if letter != "-"}


# The two tables of the user guide: data points, then what follows where missing data is
# missing, ignore, breaching, notBreaching.
THREE_OF_THREE = {
    "0 - X - X": (OK, OK, OK, OK),
    "0 - - - -": (OK, OK, OK, OK),
    "- - - - -": (UNKNOWN, CURRENT, ALARM, OK),
    "0 X X - X": (ALARM, ALARM, ALARM, ALARM),
    "- - X - -": (ALARM, CURRENT, ALARM, OK),
}
TWO_OF_THREE = {
    "0 - X - X": (ALARM, ALARM, ALARM, ALARM),
    "0 0 X 0 X": (ALARM, ALARM, ALARM, ALARM),
    "0 - X - -": (OK, OK, ALARM, OK),
    "- - - - 0": (OK, OK, ALARM, OK),
    "- - - X -": (ALARM, CURRENT, ALARM, OK),
}
CASES = [
    pytest.param(datapoints, points, missing, state, id=f"{datapoints} of 3, {points}, {missing}")
    for datapoints, table in ((3, THREE_OF_THREE), (2, TWO_OF_THREE))
    for points, states in table.items()
    for missing, state in zip(("missing", "ignore", "breaching", "notBreaching"), states, strict=True)
]


@pytest.mark.parametrize(("datapoints", "points", "missing", "state"), CASES)
def test_states_are_those_of_the_user_guide(datapoints: int, points: str, missing: str, state: str) -> None:
    subject = alarm(periods=3, datapoints=datapoints, missing=missing)
    assert subject.state(ages(points), CURRENT) == state


def test_alarm_waits_for_a_late_point_that_may_be_good() -> None:
    subject = alarm(periods=3, datapoints=3, missing="missing")
    assert [subject.state(ages(text), CURRENT) for text in ("- - - - X", "- - - X -")] == [CURRENT, CURRENT]


def test_alarm_goes_back_when_the_point_leaves_its_range() -> None:
    changes = list(alarm(periods=2).changes([(1000, 1)], AT_ONCE, 0, DAY))
    # Looked at each full minute: 1,020 s is the first look after 1,000 s, 1,620 s the first after two periods more.
    assert changes == [(0, OK), (1020, ALARM), (1620, OK)]


def test_further_periods_of_the_range_keep_a_point_longer() -> None:
    changes = list(alarm(periods=2).changes([(1000, 1)], World(further_periods=3), 0, DAY))
    assert changes[-1] == (2520, OK)


def test_good_point_further_back_still_counts_as_good() -> None:
    subject = alarm(comparison="LessThanThreshold", threshold=1, periods=2, datapoints=2, missing="breaching")
    changes = [list(subject.changes([(1000, 1)], World(further_periods=more), 960, DAY)) for more in (0, 1)]
    assert [one[-1] for one in changes] == [(1620, ALARM), (1920, ALARM)]


def test_ignored_gaps_keep_the_state_for_days() -> None:
    subject = alarm(missing="ignore")
    points = [(1000, 1), (DAY + 1000, 1), (2 * DAY + 1000, 0)]
    assert list(subject.changes(points, World(), 0, 4 * DAY)) == [(1020, ALARM), (2 * DAY + 1020, OK)]


def test_point_is_not_seen_before_it_arrives() -> None:
    assert list(alarm().changes([(1000, 1)], World(delay=200), 0, DAY))[1] == (1200, ALARM)


def test_alarm_over_more_than_a_day_is_looked_at_once_an_hour() -> None:
    subject = alarm(period=HOUR, periods=25)
    assert list(subject.changes([(1000, 1)], AT_ONCE, 0, 2 * DAY)) == [(0, OK), (HOUR, ALARM), (26 * HOUR, OK)]
    assert alarm(period=HOUR, periods=24).every == MINUTE


@pytest.mark.parametrize(
    ("statistic", "is_above"), [("Sum", True), ("Maximum", False), ("Minimum", False), ("Average", False)]
)
def test_points_of_one_period_are_put_together(statistic: str, is_above: bool) -> None:
    subject = alarm(statistic=statistic, threshold=3)
    states = [state for _, state in subject.changes([(1000, 2), (1010, 3)], AT_ONCE, 960, DAY)]
    assert (ALARM in states) is is_above


@pytest.mark.parametrize(
    ("comparison", "is_alarm"),
    [
        ("GreaterThanThreshold", False),
        ("GreaterThanOrEqualToThreshold", True),
        ("LessThanThreshold", False),
        ("LessThanOrEqualToThreshold", True),
    ],
)
def test_threshold_itself_breaches_where_the_name_says_so(comparison: str, is_alarm: bool) -> None:
    subject = alarm(comparison=comparison, threshold=5)
    assert (subject.state({0: 5.0}, OK) == ALARM) is is_alarm


@pytest.mark.parametrize(("period", "periods"), [(90, 1), (300, 289), (3600, 169)])
def test_settings_that_aws_refuses_are_refused(period: int, periods: int) -> None:
    values = resource(period=period, evaluation_periods=periods)
    with pytest.raises(ValueError, match="count"):
        MetricAlarm.of(values)


@pytest.mark.parametrize(
    ("rule", "holds"),
    [
        ('ALARM("a")', True),
        ('NOT ALARM("a")', False),
        ('OK("b") AND INSUFFICIENT_DATA("c")', True),
        ('ALARM("a") AND NOT (OK("b") OR FALSE)', False),
        ('(ALARM("a") AND NOT ALARM("b")) OR ALARM("c")', True),
        ('ALARM("a") AND (ALARM("b") OR ALARM("c"))', False),
    ],
)
def test_rules_of_composite_alarms_hold(rule: str, holds: bool) -> None:
    assert rule_of(rule)({"a": ALARM, "b": OK, "c": UNKNOWN}) is holds


@pytest.mark.parametrize(
    "rule", ['ALARM("a") AND ALARM("b") OR ALARM("c")', 'ALARM("a"', "NOT", 'ALARM("a") ALARM("b")']
)
def test_rules_that_are_not_clear_are_refused(rule: str) -> None:
    with pytest.raises(ValueError, match=r"AND|understood|early|closed"):
        rule_of(rule)


def test_alarm_without_an_action_sends_nothing() -> None:
    metrics = {METRIC: [(1000.0, 1.0)]}
    silent, loud = Alarms.of([resource()], []), Alarms.of([resource(alarm_actions=["topic"])], [])
    assert silent.mails(metrics, AT_ONCE, 0, DAY) == []
    assert loud.mails(metrics, AT_ONCE, 0, DAY) == [(1020, "count", ALARM)]


def test_composite_alarm_sends_once_while_its_rule_holds() -> None:
    other = resource(alarm_name="other", metric_name="Other")
    composite = {"alarm_name": "either", "alarm_rule": 'ALARM("count") OR ALARM("other")', "alarm_actions": ["topic"]}
    quiet = {"ok_actions": None, "insufficient_data_actions": None, "actions_enabled": None}
    alarms = Alarms.of([resource(), other], [{**composite, **quiet}])
    metrics = {METRIC: [(1000.0, 1.0)], ("Test", "Other", METRIC[2]): [(1100.0, 1.0)]}
    assert alarms.mails(metrics, AT_ONCE, 0, DAY) == [(1020, "either", ALARM)]


def resource(**changes: object) -> dict[str, object]:
    """Return the values of an alarm as Terraform renders them."""
    return {
        "alarm_name": "count",
        "namespace": "Test",
        "metric_name": "Count",
        "dimensions": None,
        "statistic": "Sum",
        "comparison_operator": "GreaterThanThreshold",
        "threshold": 0,
        "period": 300,
        "evaluation_periods": 1,
        "datapoints_to_alarm": None,
        "treat_missing_data": "notBreaching",
        "actions_enabled": None,
        "alarm_actions": None,
        "ok_actions": None,
        "insufficient_data_actions": None,
        **changes,
    }
