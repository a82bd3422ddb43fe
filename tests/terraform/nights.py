"""What the pipeline tells CloudWatch in a run, as metrics over nights. Time is in seconds since a midnight."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

from tests.terraform.alarms import DAY, Metric, Point

MINUTE, HOUR = 60, 3600
# When the schedule starts a run, and how long it takes.
TWO, TEN_MINUTES = 2 * HOUR, 10 * MINUTE
# The days on which the lake is verified, three and four days apart, at this hour.
VERIFIED, ONE_PM = (-1, 2, 6, 9, 13), 13 * HOUR
# How long a story is.
NIGHTS = 12


class Nights:
    """The metrics of one environment, run by run."""

    def __init__(self, name: str) -> None:
        self.metrics: dict[Metric, list[Point]] = defaultdict(list)
        self._namespace = f"LedgerLake/{name}"
        machine = f"arn:aws:states:eu-central-1:123456789012:stateMachine:{name}-pipeline"
        self._machine = frozenset({("StateMachineArn", machine)})
        self._queue = frozenset({("QueueName", f"{name}-not-started")})
        self.verified_days(VERIFIED)

    def tell(self, moment: float, **values: float) -> None:
        """Send metrics of the loader or the build, without a dimension as alarms read them."""
        for name, value in values.items():
            self.metrics[self._namespace, name, frozenset()].append((moment, value))

    def aws_tells(self, moment: float, name: str) -> None:
        """Send a metric of the state machine."""
        self.metrics["AWS/States", name, self._machine].append((moment, 1))

    def not_started(self, moment: float) -> None:
        """A start has been tried for an hour in vain."""
        self.metrics["AWS/SQS", "NumberOfMessagesSent", self._queue].append((moment, 1))

    def verified_days(self, days: Iterable[int]) -> None:
        """The lake is verified on these days and no others. The runs are left out, as those of other chores are."""
        self.metrics.pop((self._namespace, "VerifyFindings", frozenset()), None)
        for day in days:
            self.tell(day * DAY + ONE_PM, VerifyFindings=0)

    def verified(self, day: int, findings: int = 0, at: float = ONE_PM) -> None:
        """A verify that ended; what it finds fails no run."""
        end = day * DAY + at + TEN_MINUTES
        self.tell(end, VerifyFindings=findings)
        self._run(day * DAY + at, end, "ExecutionsSucceeded")

    def good(self, day: int, at: float = TWO, took: float = TEN_MINUTES, **values: float) -> None:
        """A run whose build ended well. Without values for files it published none: a quiet day."""
        begin, end = day * DAY + at, day * DAY + at + took
        refused = {name: values.pop(name) for name in ("FilesRejected", "FilesNewlyRejected") if name in values}
        self.tell(begin + 3 * MINUTE, **refused)
        state = {"FilesHeld": 0, "FilesNewlyHeld": 0, "FeedsLate": 0, "FeedsNewlyLate": 0}
        self.tell(end, **({"BuildEndedWell": 1, "QueryBytes": 2e9} | state | values))
        self._run(begin, end, "ExecutionsSucceeded")

    def usual(self, day: int, at: float = TWO, took: float = TEN_MINUTES, **values: float) -> None:
        """A good run that published files like those before."""
        self.good(day, at, took, **({"RefusedPercent": 0.3, "VolumeRatio": 1.4, "BreaksAboveTolerance": 0} | values))

    def bad(self, day: int, at: float = TWO, took: float = TEN_MINUTES, end: str = "ExecutionsFailed") -> None:
        """A run that failed, timed out or was aborted; a build that fails says so as well."""
        begin = day * DAY + at
        self.tell(begin + took, BuildFailed=1)
        self._run(begin, begin + took, end)

    def without_build(self, day: int, at: float = TWO) -> None:
        """A run that ends at once and well, because another one is under way."""
        begin = day * DAY + at
        self._run(begin, begin + 20, "ExecutionsSucceeded")

    def _run(self, begin: float, end: float, how: str) -> None:
        self.aws_tells(begin, "ExecutionsStarted")
        self.aws_tells(end, how)


Mails = list[tuple[int, str]]
Story = Callable[[Nights], Mails]


def usual_until(nights: Nights, last: int) -> None:
    for day in range(last):
        nights.usual(day)


def usual_except(nights: Nights, others: Mapping[int, Callable[[int], None]]) -> None:
    for day in range(NIGHTS):
        others.get(day, nights.usual)(day)


def night_of(moment: float) -> int:
    """Return the night that a moment belongs to: the run at two and the day after it."""
    return int(moment // DAY)
