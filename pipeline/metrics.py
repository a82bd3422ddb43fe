"""Metrics of builds, as CloudWatch reads them out of a log.

By feed, and once more without a dimension: an alarm watches one metric, whatever feeds there are. The file is a field
of the log and no dimension, because each value of a dimension is a metric of its own to pay for.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from datetime import datetime

from aws_lambda_powertools.metrics import MetricUnit

from loader.cli.metrics import Metric, metric_line
from loader.contract.delivery_calendar import due_after
from loader.lake.keys import utc_text
from pipeline.dbt_events import FeedFigures, Figures, HeldFile, Known
from pipeline.ends import End

_ROWS = {
    "InputRows": "rows_delivered",
    "ValidRows": "rows_accepted",
    "QuarantinedRows": "rows_quarantined",
    "CondemnedRows": "rows_condemned",
    "DuplicateRows": "rows_duplicate",
}


def end_lines(end: End, bytes_scanned: int | None) -> Iterator[str]:
    """Return the line that every build has, however it ended; none where it has nothing to count."""
    metrics = []
    if end.is_well:
        metrics.append(Metric("BuildEndedWell", 1))
    if end.is_failure:
        metrics.append(Metric("BuildFailed", 1))
    if bytes_scanned is not None:
        metrics.append(Metric("QueryBytes", bytes_scanned, MetricUnit.Bytes))
    if metrics:
        yield metric_line(metrics)


def state_lines(figures: Figures, held_files: Collection[HeldFile], now: datetime) -> Iterator[str]:
    """Return what is so after a build that ended well, whether or not it published, but for `held_line`.

    What is new of it alarms: what is so for days has had its mail, and must not hide what comes after it.
    """
    held = [file.feed for file in held_files]
    late = late_feeds(figures, now)
    names = {feed.feed for feed in late}
    for feed in figures.feeds:
        yield metric_line(
            [Metric("FilesHeld", held.count(feed.feed)), Metric("FeedsLate", int(feed.feed in names))], feed.feed
        )
    of_all = [Metric("FeedsLate", len(late))]
    if figures.known is not None:
        new_files = {file.file_id for file in held_files} - set(figures.known.held_files)
        of_all += [
            Metric("FilesNewlyHeld", len(new_files)),
            Metric("FeedsNewlyLate", len(set(_noted(late)) - set(figures.known.late_feeds))),
        ]
    yield metric_line(of_all)


def not_told_line() -> str:
    """Return what a build says that could not make its figures: until they are told nothing alarms on its data."""
    return metric_line([Metric("FiguresNotTold", 1)])


def known_now(known: Known, figures: Figures, held_files: Collection[HeldFile], now: datetime) -> Known:
    """Return what alarms know once `state_lines` has been sent."""
    return known.model_copy(
        update={
            "held_files": sorted(file.file_id for file in held_files),
            "late_feeds": _noted(late_feeds(figures, now)),
        }
    )


def held_line(held_files: Collection[HeldFile]) -> str:
    """Return how many files are held: known from the build itself, so sent whatever comes of the figures."""
    return metric_line([Metric("FilesHeld", len(held_files))])


def publication_lines(figures: Figures) -> Iterator[str]:
    """Return what publications did together: a line a feed, and one of all feeds."""
    restated = {found.feed: found.month_ends for found in figures.restatements}
    for feed in figures.feeds:
        yield metric_line(_of_feeds([feed], restated.get(feed.feed, 0)), feed.feed)
    if figures.feeds:
        yield metric_line(_of_feeds(figures.feeds, sum(restated.values())))


def late_feeds(figures: Figures, now: datetime) -> list[FeedFigures]:
    """Return the feeds whose next delivery is due by their calendar and has not come."""
    return [
        feed
        for feed in figures.feeds
        if feed.last_landed_at is not None
        and now >= due_after(feed.delivery_calendar, feed.time_zone, feed.last_landed_at)
    ]


def _of_feeds(feeds: list[FeedFigures], restated: int) -> list[Metric]:
    def total(name: str) -> int:
        return sum(getattr(feed, name) for feed in feeds)

    def largest(value: Callable[[FeedFigures], float | None]) -> list[float]:
        known = [found for feed in feeds if (found := value(feed)) is not None]
        return [max(known)] if known else []

    return [
        *(Metric(name, total(column)) for name, column in _ROWS.items()),
        Metric("Breaks", total("break_count")),
        Metric("BreaksAboveTolerance", total("breaks_above_tolerance")),
        Metric("Restatements", restated),
        *(Metric("RefusedPercent", value, MetricUnit.Percent) for value in largest(lambda feed: feed.refused_percent)),
        *(Metric("VolumeRatio", value, MetricUnit.NoUnit) for value in largest(lambda feed: feed.volume_ratio)),
    ]


def _noted(late: list[FeedFigures]) -> list[str]:
    """Return each late feed with its last delivery: after another one it is late anew."""
    return sorted(f"{feed.feed} since {utc_text(feed.last_landed_at)}" for feed in late if feed.last_landed_at)
