"""What is read out of dbt's events, and what is not."""

from __future__ import annotations

import json
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.dbt_events import FeedFigures, node_of, told_by
from pipeline.output import marked_output

TOLD = json.dumps({"ledger_lake": "how_it_ended", "publication_id": "p"})


def event(name: str, message: str) -> Any:
    return SimpleNamespace(info=SimpleNamespace(name=name), data=SimpleNamespace(msg=message))


def finished(**response: Any) -> Any:
    result = SimpleNamespace(status="success", execution_time=1.23456, message="one\n  line", adapter_response=response)
    node = SimpleNamespace(unique_id="model.ledger_lake.publications")
    return SimpleNamespace(
        info=SimpleNamespace(name="NodeFinished"), data=SimpleNamespace(run_result=result, node_info=node)
    )


def test_line_of_a_macro_is_heard() -> None:
    assert told_by(event("JinjaLogDebug", TOLD)) == {"ledger_lake": "how_it_ended", "publication_id": "p"}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        # A warning that names a file, an error of the engine, the text of a statement.
        ("JinjaLogWarning", TOLD),
        ("RunResultError", TOLD),
        ("SQLQuery", TOLD),
        # A macro's own sentence around a name.
        ("JinjaLogDebug", f"HELD: file f (\n{TOLD}\n) is held"),
        ("JinjaLogDebug", f"{TOLD}\n{TOLD}"),
        ("JinjaLogDebug", '{"event": "other"}'),
        ("JinjaLogDebug", "{ not JSON"),
    ],
)
def test_text_that_data_can_write_is_not_heard(name: str, message: str) -> None:
    assert told_by(event(name, message)) is None


def test_further_lines_of_a_message_are_marked(capsys: pytest.CaptureFixture[str]) -> None:
    with marked_output():
        print('01:00 HELD: a name (\n{"_aws": {}}\r{"_aws": {}}\n)')
        sys.stdout.write("plain\n")
        sys.stdout.write("\n")
    assert capsys.readouterr().out == '01:00 HELD: a name (\n  | {"_aws": {}}\n  | {"_aws": {}}\n  | )\nplain\n\n'


def test_node_has_its_seconds_and_bytes() -> None:
    node = node_of(finished(code="OK", data_scanned_in_bytes=10.0))
    assert node is not None
    assert (node.unique_id, node.status, node.seconds) == ("model.ledger_lake.publications", "success", 1.235)
    assert (node.bytes_scanned, node.message) == (10, "one line")
    without = node_of(finished())
    assert without is not None
    assert without.bytes_scanned is None
    assert node_of(event("JinjaLogDebug", TOLD)) is None


def test_texts_of_the_warehouse_become_figures() -> None:
    feed = FeedFigures.model_validate(
        {
            "feed": "t",
            "delivery_calendar": "daily",
            "time_zone": "Europe/Prague",
            "last_landed_at": "2024-01-31 06:00:00.000001",
            "rows_delivered": "12",
            "refused_percent": "2.5",
            "volume_ratio": None,
        }
    )
    assert (feed.rows_delivered, feed.refused_percent, feed.volume_ratio) == (12, 2.5, None)
    assert feed.last_landed_at is not None
    assert feed.last_landed_at.isoformat() == "2024-01-31T06:00:00.000001+00:00"
