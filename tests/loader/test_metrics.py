"""Metrics of a call, as CloudWatch's embedded metric format has them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from loader.cli.commands import cli


def emitted(
    project: Path, lake: Path, *arguments: object, command: str = "land", **environment: str
) -> list[dict[str, Any]]:
    """Return the metric lines of a call."""
    options = ["--root", str(lake), "--project-dir", str(project), command]
    result = CliRunner().invoke(cli, [*options, *map(str, arguments)], env=environment)
    lines = [line for line in result.stderr.splitlines() if line.startswith("{")]
    return [line for line in map(json.loads, lines) if "_aws" in line]


def test_each_file_gives_its_counts(project: Path, lake: Path, deliver: Callable[..., Path]) -> None:
    good = deliver("PaymentID,Amount\n1,1\nbad\n2,2\n")
    assert emitted(project, lake, good, deliver("Amount\n", "payments_bad.csv")) == []
    lake = lake.with_name("other")
    landed, rejected, of_all = emitted(project, lake, "--emf", good, good, deliver("Amount\n", "payments_bad.csv"))
    (directive,) = landed["_aws"]["CloudWatchMetrics"]
    assert (directive["Namespace"], directive["Dimensions"]) == ("LedgerLake", [["Feed"]])
    units = {metric["Name"]: metric["Unit"] for metric in directive["Metrics"]}
    counts = {"FilesLanded": 1, "RowsDelivered": 3, "RowsLanded": 2, "RowsMalformed": 1}
    assert units == dict.fromkeys(counts, "Count") | {"LandingSeconds": "Seconds"}
    assert {name: landed[name] for name in counts} == {name: [float(value)] for name, value in counts.items()}
    assert 0 < landed["LandingSeconds"][0] < 60
    assert landed["Feed"] == rejected["Feed"] == "payments"
    assert rejected["FilesRejected"] == [1.0]
    assert [metric["Name"] for metric in rejected["_aws"]["CloudWatchMetrics"][0]["Metrics"]] == ["FilesRejected"]
    # An alarm watches all feeds at once.
    assert of_all["FilesRejected"] == [1.0]
    assert of_all["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [[]]


def test_file_that_was_refused_before_is_not_new(project: Path, lake: Path, deliver: Callable[..., Path]) -> None:
    """The inbox offers it in each run: another one that comes beside it is seen."""
    first, second = deliver("Amount\n", "payments_a.csv"), deliver("Amount\n1\n", "payments_b.csv")

    def refused(*files: Path) -> list[tuple[float, float]]:
        lines = [line for line in emitted(project, lake, "--emf", *files) if "Feed" not in line]
        return [(line["FilesRejected"][0], line["FilesNewlyRejected"][0]) for line in lines]

    assert [refused(first), refused(first, second), refused(first, second)] == [
        [(1, 1)],
        [(1, 0), (1, 1)],
        [(1, 0), (1, 0)],
    ]


def test_bytes_that_were_rejected_long_ago_are_new(project: Path, lake: Path, deliver: Callable[..., Path]) -> None:
    """An empty file has the same bytes each time, and is another delivery a month later."""

    def counts(file: Path) -> tuple[float, float]:
        (line,) = [line for line in emitted(project, lake, "--emf", file) if "Feed" not in line]
        return line["FilesRejected"][0], line["FilesNewlyRejected"][0]

    january, june = deliver("", "payments_01.csv"), deliver("", "payments_06.csv")
    assert [counts(january), counts(january)] == [(1, 1), (1, 0)]
    (record,) = lake.glob("rejections/**/*.json")
    stored = json.loads(record.read_text())
    record.write_text(json.dumps(stored | {"rejected_at": "2024-02-01T02:00:00.000000Z"}))
    assert [counts(june), counts(june)] == [(1, 1), (1, 0)]


def test_verify_counts_what_it_finds(project: Path, lake: Path, deliver: Callable[..., Path]) -> None:
    emitted(project, lake, deliver("PaymentID,Amount\n1,1\n"))
    assert emitted(project, lake, command="verify") == []
    (clean,) = emitted(project, lake, "--emf", command="verify")
    (landed,) = (path for path in lake.glob("landing/**/*.csv"))
    landed.write_text("PaymentID,Amount\n1,2\n")
    (changed,) = emitted(project, lake, command="verify", LEDGER_LAKE_EMF="1")
    assert (clean["VerifyFindings"], changed["VerifyFindings"]) == ([0.0], [1.0])
    assert changed["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [[]]


def test_variable_asks_for_them_too(project: Path, lake: Path, deliver: Callable[..., Path]) -> None:
    variables = {"LEDGER_LAKE_EMF": "1", "POWERTOOLS_SERVICE_NAME": "somebody"}
    (line,) = emitted(project, lake, deliver("PaymentID,Amount\n"), **variables)
    assert line["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["Feed"]]


def test_namespace_tells_environments_apart(project: Path, lake: Path, deliver: Callable[..., Path]) -> None:
    variables = {"LEDGER_LAKE_METRICS_NAMESPACE": "LedgerLake/dev"}
    (line,) = emitted(project, lake, "--emf", deliver("PaymentID,Amount\n"), **variables)
    assert line["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "LedgerLake/dev"
