"""Metrics of landings, as CloudWatch reads them out of a log: lines of JSON (EMF)."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

if TYPE_CHECKING:
    from loader.lake.landing import Landed

_NAMESPACE_VARIABLE = "LEDGER_LAKE_METRICS_NAMESPACE"
_NAMESPACE = "LedgerLake"


@dataclass(frozen=True)
class Metric:
    """A value with its unit."""

    name: str
    value: float
    unit: MetricUnit = MetricUnit.Count


def landed_line(landed: Landed) -> str:
    """Return the line of a file that landed now; RowsDelivered = RowsLanded + RowsMalformed."""
    manifest = landed.manifest
    return metric_line(
        [
            Metric("FilesLanded", 1),
            Metric("RowsDelivered", manifest.rows_delivered),
            Metric("RowsLanded", manifest.rows_landed),
            Metric("RowsMalformed", manifest.rows_malformed),
            Metric("LandingSeconds", landed.seconds, MetricUnit.Seconds),
        ],
        manifest.feed,
    )


def rejected_lines(feed: str, *, is_known: bool) -> Iterator[str]:
    """Return the lines of a file that broke its contract: of its feed, and of all feeds, for an alarm.

    An inbox offers the file again in each run. One that ``is_known`` has had its mail, and must not hide another one.
    """
    yield metric_line([Metric("FilesRejected", 1)], feed)
    yield metric_line([Metric("FilesRejected", 1), Metric("FilesNewlyRejected", int(not is_known))])


def verified_line(findings: int) -> str:
    """Return the line of a lake that was verified: how many objects are not as they should be."""
    return metric_line([Metric("VerifyFindings", findings)])


def metric_line(metrics: Iterable[Metric], feed: str | None = None) -> str:
    """Return metrics of one feed, or, without a dimension, of all."""
    # Two environments of one account have a namespace each: what alarms has no dimension to tell them apart.
    line = EphemeralMetrics(namespace=os.environ.get(_NAMESPACE_VARIABLE) or _NAMESPACE)
    # A variable of the library's would add a dimension, under which nobody looks for these.
    line.service = ""
    if feed is not None:
        line.add_dimension(name="Feed", value=feed)
    for metric in metrics:
        line.add_metric(name=metric.name, unit=metric.unit, value=metric.value)
    return json.dumps(line.serialize_metric_set())
