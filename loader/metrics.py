"""Metrics of landings, as CloudWatch reads them out of a log: one line of JSON a file (EMF)."""

from __future__ import annotations

import json
from collections.abc import Mapping

from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from loader.landing import Landed

_NAMESPACE = "LedgerLake"


def landed_line(landed: Landed) -> str:
    """Return the line of a file that landed now; RowsDelivered = RowsLanded + RowsMalformed."""
    manifest = landed.manifest
    counts = {
        "FilesLanded": 1,
        "RowsDelivered": manifest.rows_delivered,
        "RowsLanded": manifest.rows_landed,
        "RowsMalformed": manifest.rows_malformed,
    }
    return _line(manifest.feed, counts, landed.seconds)


def rejected_line(feed: str) -> str:
    """Return the line of a file that broke its contract."""
    return _line(feed, {"FilesRejected": 1})


def _line(feed: str, counts: Mapping[str, int], seconds: float | None = None) -> str:
    metrics = EphemeralMetrics(namespace=_NAMESPACE)
    # A variable of the library's would add a dimension, under which nobody looks for these.
    metrics.service = ""
    metrics.add_dimension(name="Feed", value=feed)
    for name, value in counts.items():
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)
    if seconds is not None:
        metrics.add_metric(name="LandingSeconds", unit=MetricUnit.Seconds, value=seconds)
    return json.dumps(metrics.serialize_metric_set())
