"""What the pipeline tells CloudWatch in a run, as metrics over nights. Time is in seconds since a midnight."""

from __future__ import annotations

from collections import defaultdict

from tests.terraform.alarms import DAY, Metric, Point

MINUTE, HOUR = 60, 3600
# When the schedule starts a run, and how long it takes.
TWO, TEN_MINUTES = 2 * HOUR, 10 * MINUTE


class Nights:
    """The metrics of one environment, run by run."""

    def __init__(self, namespace: str, machine: str, queue: str) -> None:
        self.metrics: dict[Metric, list[Point]] = defaultdict(list)
        self._namespace = namespace
        self._machine = frozenset({("StateMachineArn", machine)})
        self._queue = frozenset({("QueueName", queue)})

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

    def good(self, day: int, at: float = TWO, took: float = TEN_MINUTES, **values: float) -> None:
        """A run whose build ended well. Without values for files it published none: a quiet day."""
        begin, end = day * DAY + at, day * DAY + at + took
        rejected = values.pop("FilesRejected", None)
        if rejected is not None:
            self.tell(begin + 3 * MINUTE, FilesRejected=rejected)
        always = {"BuildEndedWell": 1, "FilesHeld": 0, "FeedsLate": 0, "QueryBytes": 2e9}
        self.tell(end, **(always | values))
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


def night_of(moment: float) -> int:
    """Return the night that a moment belongs to: the run at two and the day after it."""
    return int(moment // DAY)
