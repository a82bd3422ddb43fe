"""What alarms say, what the dashboard and the saved queries ask, and what is recorded."""

from __future__ import annotations

import json
import re

import pytest

from tests.terraform.plan import MODULE, REGION, ROOT, Plan

NAMESPACE = "LedgerLake/ledger-lake-test"
LAKE = "arn:aws:s3:::ledger-lake-test-lake-123456789012"

# The metrics that loader and build send, and the keys of their log lines. Each is looked for in the code as well.
METRICS = {
    "BreaksAboveTolerance", "BuildEndedWell", "BuildFailed", "CondemnedRows", "DuplicateRows", "FeedsLate",
    "FeedsNewlyLate", "FiguresNotTold", "FilesHeld", "FilesNewlyHeld", "FilesNewlyRejected", "FilesRejected",
    "QuarantinedRows", "QueryBytes", "RefusedPercent", "Restatements", "RowsDelivered", "ValidRows", "VerifyFindings",
    "VolumeRatio",
}  # fmt: skip
KEYS = {
    "bytes_scanned", "end", "error", "event", "exit_code", "failure", "feed", "file", "file_id", "file_name",
    "files_held", "files_waiting", "node", "publication_id", "publications", "reason", "refused_percent",
    "rows_accepted", "rows_landed", "rows_malformed", "rows_quarantined", "seconds", "status",
}  # fmt: skip
# structlog's own key, words of the query language, and names that a query gives itself.
WORDS = {
    "level", "as", "avg", "asc", "by", "coalesce", "count", "desc", "fields", "filter", "in", "like", "limit", "max",
    "or", "and", "sort", "stats", "sum", "bytes", "largest", "longest", "mean", "name", "runs",
}  # fmt: skip


def queries() -> dict[str, str]:
    return {path.stem: path.read_text(encoding="utf-8") for path in (MODULE / "queries").glob("*.txt")}


def test_each_mail_names_a_page_that_says_what_to_do(plan: Plan) -> None:
    alarms = plan.resources("aws_cloudwatch_metric_alarm", "aws_cloudwatch_composite_alarm")
    pages = {
        one["alarm_name"].removeprefix("ledger-lake-test-"): re.findall(
            r"docs/runbooks/[a-z-]+\.md$", one["alarm_description"]
        )
        for one in alarms
        if one["alarm_actions"]
    }
    assert all(pages.values()), pages
    assert pages["file-held"] == ["docs/runbooks/file-held.md"]
    assert all(len(one["alarm_description"]) <= 1024 for one in alarms)


def test_new_feed_needs_no_alarm_of_its_own(plan: Plan) -> None:
    """An alarm takes no search, so its metric has no dimension Feed."""
    ours = [one for one in plan.resources("aws_cloudwatch_metric_alarm") if one["namespace"] == NAMESPACE]
    assert len(ours) == 12
    assert [one["dimensions"] for one in ours if one["dimensions"]] == []


def test_alarms_and_dashboard_read_metrics_that_are_sent(plan: Plan) -> None:
    alarms = {
        one["metric_name"] for one in plan.resources("aws_cloudwatch_metric_alarm") if one["namespace"] == NAMESPACE
    }
    body = plan.resource("aws_cloudwatch_dashboard.pipeline")["dashboard_body"]
    drawn = re.findall(rf'\["{NAMESPACE}","(\w+)"', body) + re.findall(r'MetricName=\\"(\w+)\\"', body)
    assert alarms | set(drawn) == METRICS


def test_dashboard_is_what_cloudwatch_takes(plan: Plan) -> None:
    body = json.loads(plan.resource("aws_cloudwatch_dashboard.pipeline")["dashboard_body"])
    identifiers = []
    for widget in body["widgets"]:
        assert widget["type"] in {"alarm", "metric", "log"}
        assert 1 <= widget["width"] <= 24
        properties = widget["properties"]
        assert properties["title"]
        assert widget["type"] == "alarm" or properties["region"] == REGION
        for metric in properties.get("metrics", []):
            *names, options = metric
            # Namespace, name, then pairs of dimensions; or an expression alone.
            assert (len(names) >= 2 and len(names) % 2 == 0) if names else "expression" in options
            identifiers += [options["id"]] if "id" in options else []
    assert all(re.fullmatch("[a-z][a-zA-Z0-9_]*", one) for one in identifiers)
    assert len(set(identifiers)) == len(identifiers)


def test_dashboard_shows_every_alarm_that_mails(plan: Plan) -> None:
    body = json.loads(plan.resource("aws_cloudwatch_dashboard.pipeline")["dashboard_body"])
    shown = next(one["properties"]["alarms"] for one in body["widgets"] if one["type"] == "alarm")
    alarms = plan.resources("aws_cloudwatch_metric_alarm", "aws_cloudwatch_composite_alarm")
    assert len(shown) == len([one for one in alarms if one["alarm_actions"]])


@pytest.mark.parametrize("name", sorted(queries()))
def test_saved_query_asks_for_keys_that_the_log_has(name: str) -> None:
    lines = [line for line in queries()[name].splitlines() if not line.startswith("#")]
    text = re.sub(r'"[^"]*"|/[^/]*/|@\w+', " ", " ".join(lines))
    assert set(re.findall(r"[a-z_]+", text)) <= KEYS | WORDS
    assert lines[0].startswith(("fields ", "filter "))
    assert all(line.startswith(("| ", "    ")) for line in lines[1:])


def test_saved_queries_are_offered_for_the_log_of_tasks(plan: Plan) -> None:
    saved = plan.resources("aws_cloudwatch_query_definition")
    assert {one["name"] for one in saved} == {f"ledger-lake-test/{name}" for name in queries()}
    assert {tuple(one["log_group_names"]) for one in saved} == {("/ledger-lake-test/tasks",)}


def test_metrics_and_keys_are_written_by_the_code() -> None:
    if not (ROOT / "pipeline").is_dir():
        pytest.skip("the build's own metrics and log lines are in pipeline/, which is not here")
    files = [path for folder in ("loader", "pipeline") for path in (ROOT / folder).rglob("*.py")]
    words = set(re.findall(r"\w+", " ".join(path.read_text(encoding="utf-8") for path in files)))
    assert words >= METRICS | KEYS


def test_logs_are_kept_as_long_as_asked_and_encrypted(plan: Plan) -> None:
    groups = plan.resources("aws_cloudwatch_log_group")
    assert len(groups) >= 2
    assert {(one["retention_in_days"], one["kms_key_id"]) for one in groups} == {
        (365, plan.resource("aws_kms_key.lake")["arn"])
    }


def test_trail_records_writes_to_what_is_written_once(plan: Plan) -> None:
    writes = selector(plan, "Writes to what is written once")
    assert writes["readOnly"]["equals"] == ["false"]
    folders = [f"{LAKE}/lake/{folder}/" for folder in ("landing", "commits", "seals", "erasures", "rejections")]
    assert sorted(writes["resources.ARN"]["starts_with"]) == sorted(folders)


def test_trail_records_reads_of_delivered_text_by_people(plan: Plan) -> None:
    reads = selector(plan, "Reads of delivered text by people")
    assert reads["readOnly"]["equals"] == ["true"]
    assert f"{LAKE}/warehouse/ledger_lake_test/set_aside_rows" in reads["resources.ARN"]["starts_with"]
    tasks = [f"arn:aws:sts::123456789012:assumed-role/ledger-lake-test-{role}/" for role in ("loader", "build")]
    assert sorted(reads["userIdentity.arn"]["not_starts_with"]) == sorted(tasks)


def test_trail_is_proved_by_digests_and_encrypted(plan: Plan) -> None:
    trail = plan.resource("aws_cloudtrail.lake")
    assert trail["enable_log_file_validation"] is True
    assert trail["kms_key_id"] == plan.resource("aws_kms_key.lake")["arn"]
    assert trail["s3_bucket_name"] == plan.resource("aws_s3_bucket.logs")["bucket"]


def selector(plan: Plan, name: str) -> dict[str, dict[str, list[str]]]:
    """Return the conditions of one selector of the trail, by field."""
    selectors = plan.resource("aws_cloudtrail.lake")["advanced_event_selector"]
    fields = next(one["field_selector"] for one in selectors if one["name"] == name)
    return {one["field"]: one for one in fields}
