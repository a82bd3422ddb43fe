"""What CloudWatch's alarms would do with metrics over days, as AWS documents it; no clock and no server.

Sources, all in the CloudWatch user guide: "Alarm evaluation" (periods, M out of N, when an alarm is looked at),
"Configuring how CloudWatch alarms treat missing data" (the evaluation range, its two tables, premature transitions),
"Alarm evaluation window" (a sliding window), "Composite alarms". Where AWS gives no number, a World has one, and a test
takes several.
"""

from __future__ import annotations

import math
import re
import zlib
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import ge, gt, le, lt
from typing import Any

OK, ALARM, UNKNOWN = "OK", "ALARM", "INSUFFICIENT_DATA"
DAY = 86_400

# Namespace, name, dimensions.
Metric = tuple[str, str, frozenset[tuple[str, str]]]
# Seconds, value.
Point = tuple[float, float]
Rule = Callable[[Mapping[str, str]], bool]

_COMPARISONS = {
    "GreaterThanThreshold": gt,
    "GreaterThanOrEqualToThreshold": ge,
    "LessThanThreshold": lt,
    "LessThanOrEqualToThreshold": le,
}
_STATISTICS: Mapping[str, Callable[[list[float]], float]] = {
    "Sum": sum,
    "Maximum": max,
    "Minimum": min,
    "Average": lambda values: sum(values) / len(values),
    "SampleCount": len,
}


@dataclass(frozen=True)
class World:
    """What AWS does not promise.

    Attributes:
        further_periods: how far the evaluation range goes beyond the evaluation periods.
        delay: seconds until a data point can be seen.
        seed: when in its hour or minute each alarm is looked at; None: all at the full hour and minute.
        is_last_first: of alarms that change at the same moment, the last by name changes first.
    """

    further_periods: int = 2
    delay: float = 0
    seed: int | None = None
    is_last_first: bool = False

    def phase(self, name: str, every: int) -> int:
        """Return the second of the interval at which this alarm is looked at."""
        return 0 if self.seed is None else zlib.crc32(f"{self.seed} {name}".encode()) % every


@dataclass(frozen=True)
class MetricAlarm:
    """A metric alarm, of the attributes that Terraform renders."""

    name: str
    metric: Metric
    statistic: str
    comparison: str
    threshold: float
    period: int
    periods: int
    datapoints: int
    missing: str

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> MetricAlarm:
        """Return the alarm of a resource ``aws_cloudwatch_metric_alarm``.

        Raises:
            ValueError: AWS would refuse it.
        """
        alarm = cls(
            name=values["alarm_name"],
            metric=(values["namespace"], values["metric_name"], frozenset((values["dimensions"] or {}).items())),
            statistic=values["statistic"],
            comparison=values["comparison_operator"],
            threshold=values["threshold"],
            period=values["period"],
            periods=values["evaluation_periods"],
            datapoints=values["datapoints_to_alarm"] or values["evaluation_periods"],
            missing=values["treat_missing_data"] or "missing",
        )
        longest = 7 * DAY if alarm.period >= 3600 else DAY
        if alarm.period % 60 or alarm.period * alarm.periods > longest or alarm.datapoints > alarm.periods:
            raise ValueError(f"{alarm.name}: {alarm.datapoints} of {alarm.periods} periods of {alarm.period} s")
        return alarm

    @property
    def every(self) -> int:
        """Return the seconds between two looks: an hour where the alarm goes back over more than a day."""
        return 3600 if self.period * self.periods > DAY else 60

    def state(self, ages: Mapping[int, float], current: str) -> str:
        """Return the state after a look at the data points of the evaluation range.

        Args:
            ages: the value of each period that has data, by its age in periods; 0 is the latest.
            current: the state so far.
        """
        latest = sorted(ages)[: self.periods]
        breaching = [age for age in latest if self._is_breaching(ages[age])]
        to_fill = self.periods - len(latest)
        if self.missing == "breaching":
            return ALARM if len(breaching) + to_fill >= self.datapoints else OK
        if to_fill == 0 or self.missing == "notBreaching":
            return ALARM if len(breaching) >= self.datapoints else OK
        if not latest:
            return current if self.missing == "ignore" else UNKNOWN
        if len(breaching) >= self.datapoints:
            return ALARM
        if len(breaching) < len(latest):
            return OK
        # All that is known breaches, and it is too little. `missing` waits until the oldest of it is old enough.
        is_old = max(breaching) + 1 >= self.datapoints
        return ALARM if self.missing == "missing" and is_old else current

    def _is_breaching(self, value: float) -> bool:
        return bool(_COMPARISONS[self.comparison](value, self.threshold))

    def changes(self, points: Sequence[Point], world: World, since: float, until: float) -> Iterator[tuple[float, str]]:
        """Yield the moments at which the alarm changes its state, and the state; it begins as INSUFFICIENT_DATA."""
        points = sorted(points)
        times = [time for time, _ in points]
        reach = self.periods + world.further_periods
        state = UNKNOWN
        for now in self._looks(times, reach, world, since, until):
            first = bisect_right(times, now - reach * self.period)
            last = bisect_right(times, now - world.delay)
            by_age: dict[int, list[float]] = {}
            for time, value in points[first:last]:
                by_age.setdefault(int((now - time) // self.period), []).append(value)
            ages = {age: _STATISTICS[self.statistic](values) for age, values in by_age.items()}
            before, state = state, self.state(ages, state)
            if state != before:
                yield now, state

    def _looks(self, times: Iterable[float], reach: int, world: World, since: float, until: float) -> list[float]:
        """Return the looks that can find something else than the one before: where a point comes or changes its age."""
        phase = world.phase(self.name, self.every)

        def look(moment: float) -> float:
            return math.ceil((max(moment, since) - phase) / self.every) * self.every + phase

        moments = (max(time + world.delay, time + age * self.period) for time in times for age in range(reach + 1))
        looks = {look(since), *(look(moment) for moment in moments if moment >= since)}
        return sorted(moment for moment in looks if moment < until)


@dataclass(frozen=True)
class CompositeAlarm:
    """A composite alarm: its rule as AWS has it, and as a function of the states of the alarms that it names."""

    name: str
    rule: str
    holds: Rule

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> CompositeAlarm:
        """Return the alarm of a resource ``aws_cloudwatch_composite_alarm``.

        Raises:
            ValueError: the rule cannot be read.
        """
        return cls(values["alarm_name"], values["alarm_rule"], rule_of(values["alarm_rule"]))


def rule_of(text: str) -> Rule:
    """Return a composite alarm's rule as a function of the states by name.

    Raises:
        ValueError: it cannot be read, or mixes AND and OR without parentheses, for which AWS documents no order.
    """
    tokens = re.findall(r'[()]|AND|OR|NOT|TRUE|FALSE|(?:ALARM|OK|INSUFFICIENT_DATA)\("[^"]+"\)|\S+', text)
    rule, rest = _expression(tokens)
    if rest:
        raise ValueError(f"not understood from {rest[0]}: {text}")
    return rule


def _expression(tokens: list[str]) -> tuple[Rule, list[str]]:
    rule, rest = _term(tokens)
    terms, operators = [rule], set()
    while rest and rest[0] in {"AND", "OR"}:
        operators.add(rest[0])
        rule, rest = _term(rest[1:])
        terms.append(rule)
    if len(operators) > 1:
        raise ValueError("AND and OR without parentheses")
    combine = any if operators == {"OR"} else all
    return lambda states: combine(term(states) for term in terms), rest


def _term(tokens: list[str]) -> tuple[Rule, list[str]]:
    if not tokens:
        raise ValueError("the rule ends too early")
    head, rest = tokens[0], tokens[1:]
    if head == "NOT":
        rule, rest = _term(rest)
        return lambda states: not rule(states), rest
    if head == "(":
        rule, rest = _expression(rest)
        if not rest or rest[0] != ")":
            raise ValueError("a parenthesis is not closed")
        return rule, rest[1:]
    if head in {"TRUE", "FALSE"}:
        return lambda states: head == "TRUE", rest
    found = re.fullmatch(r'(\w+)\("([^"]+)"\)', head)
    if found is None:
        raise ValueError(f"not understood: {head}")
    state, name = found.groups()
    return lambda states: states[name] == state, rest


@dataclass(frozen=True)
class Alarms:
    """The alarms of an environment; of composite alarms one must not name another."""

    metric: Sequence[MetricAlarm]
    composite: Sequence[CompositeAlarm]
    # What each sends, by the state that it goes into.
    actions: Mapping[tuple[str, str], Sequence[str]]

    @classmethod
    def of(cls, metric: Iterable[Mapping[str, Any]], composite: Iterable[Mapping[str, Any]]) -> Alarms:
        """Return the alarms of rendered resources."""
        metric, composite = list(metric), list(composite)
        attributes = {ALARM: "alarm_actions", OK: "ok_actions", UNKNOWN: "insufficient_data_actions"}
        actions = {
            (values["alarm_name"], state): values[attribute]
            for values in (*metric, *composite)
            for state, attribute in attributes.items()
            if values[attribute] and values.get("actions_enabled") is not False
        }
        return cls([MetricAlarm.of(one) for one in metric], [CompositeAlarm.of(one) for one in composite], actions)

    def mails(
        self, metrics: Mapping[Metric, Sequence[Point]], world: World, since: float, until: float
    ) -> list[tuple[float, str, str]]:
        """Return what the alarms send between two moments: when, the alarm's name, its new state."""
        changes = [
            (now, alarm.name, state)
            for alarm in self.metric
            for now, state in alarm.changes(metrics.get(alarm.metric, ()), world, since, until)
        ]
        changes.sort(key=lambda change: change[1], reverse=world.is_last_first)
        changes.sort(key=lambda change: change[0])
        return [change for change in self._with_composites(changes) if change[1:] in self.actions]

    def _with_composites(self, changes: Iterable[tuple[float, str, str]]) -> Iterator[tuple[float, str, str]]:
        names = [one.name for one in self.metric] + [one.name for one in self.composite]
        states = dict.fromkeys(names, UNKNOWN)
        to_begin = {name for one in self.composite for name in re.findall('"([^"]+)"', one.rule)}
        for now, name, state in changes:
            states[name] = state
            yield now, name, state
            # New composite alarms follow when all that they name have been looked at.
            to_begin.discard(name)
            for composite in self.composite if not to_begin else ():
                before = states[composite.name]
                states[composite.name] = ALARM if composite.holds(states) else OK
                if states[composite.name] != before:
                    yield now, composite.name, states[composite.name]
