"""`loader status` on what is published, held and waiting: a warehouse made by hand, and a stub of Athena."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import duckdb
import landing_tools
import pytest
from botocore.stub import Stubber
from click.testing import CliRunner, Result

from loader.aws import clients as aws
from loader.cli.commands import cli
from loader.errors import StorageError
from loader.lake.published import (
    AthenaWarehouse,
    HeldFile,
    Published,
    UnknownError,
    WaitingFile,
    published_by_feed,
    read_published,
)
from loader.lake.storage import Store

Deliver = Callable[..., Path]
Run = Callable[..., Result]
Build = Callable[..., None]
GOOD = "PaymentID,Amount\n1,10.00\n"
VARIABLES = {
    "LEDGER_LAKE_SCHEMA": "ledger",
    "LEDGER_LAKE_WORKGROUP": "builds",
    "LEDGER_LAKE_S3_STAGING_DIR": "s3://bucket/results/",
}
WRITER = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1])
print("writing", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def run(project: Path, lake: Path) -> Run:
    """Call the command line with the test's project and lake."""

    def call(*arguments: str) -> Result:
        return CliRunner().invoke(cli, ["--root", str(lake), "--project-dir", str(project), *arguments])

    return call


@pytest.fixture
def landed(run: Run, deliver: Deliver, lake: Path) -> list[dict[str, Any]]:
    """The manifests of three files of the feed payments, in their order."""
    for number in (1, 2, 3):
        run("land", str(deliver(f"{GOOD}{number},1\n", f"payments_{number}.csv")))
    return [json.loads((lake / key).read_text()) for key in sorted(landing_tools.objects(lake, "commits"))]


@pytest.fixture
def build(lake: Path, landed: list[dict[str, Any]]) -> Build:
    """Make the warehouse of a build that published so many files, and held and left waiting those of these numbers."""

    def make(published: int, held: int = 0, waiting: int = 0) -> None:
        with duckdb.connect(str(lake / "warehouse.duckdb")) as connection:
            connection.execute("create table file_reconciliation (feed text, delivery_number bigint)")
            for number in range(1, published + 1):
                connection.execute("insert into file_reconciliation values ('payments', ?)", [number])
            connection.execute(
                "create table held_files (feed text, delivery_number bigint, file_id text, file_name text,"
                " failure text, waits_behind text)"
            )
            for number, failure, behind in ((held, "code limit", None), (waiting, None, "the held file")):
                if number:
                    manifest = landed[number - 1]
                    values = [number, manifest["file_id"], manifest["file_name"], failure, behind]
                    connection.execute("insert into held_files values ('payments', ?, ?, ?, ?, ?)", values)

    return make


@contextmanager
def writer(path: Path) -> Iterator[None]:
    """Another process that has the warehouse open."""
    command = [sys.executable, "-c", WRITER, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "writing\n"
        yield


def lines(result: Result) -> list[str]:
    """Return what a person reads on standard error, without the JSON log."""
    return [line for line in result.stderr.splitlines() if not line.startswith("{")]


def test_without_a_warehouse_everything_is_unpublished(run: Run, landed: list[dict[str, Any]]) -> None:
    result = run("--json", "status")
    found = json.loads(result.stdout)
    assert (found["files_unpublished"], found["unpublished_since"]) == (3, landed[0]["landed_at"])
    assert (found["held_files"], found["waiting_files"]) == ([], [])
    assert (result.exit_code, lines(result)) == (0, [])


def test_unpublished_counts_from_the_first_file_unpublished(
    run: Run, build: Build, landed: list[dict[str, Any]]
) -> None:
    build(published=1)
    found = json.loads(run("--json", "status").stdout)
    assert (found["files_unpublished"], found["unpublished_since"]) == (2, landed[1]["landed_at"])
    assert f"\n  not published: 2 files, the first landed {landed[1]['landed_at']}\n" in run("status").stdout


def test_unpublished_since_goes_by_number_and_not_by_clock(
    run: Run, build: Build, landed: list[dict[str, Any]], lake: Path
) -> None:
    build(published=1)
    last = sorted(landing_tools.objects(lake, "commits"))[-1]
    (lake / last).write_text(json.dumps(landed[2] | {"landed_at": "2024-02-01T10:00:00.000000Z"}))
    assert json.loads(run("--json", "status").stdout)["unpublished_since"] == landed[1]["landed_at"]


def test_nothing_is_unpublished_after_a_build(run: Run, build: Build) -> None:
    build(published=3)
    result = run("status")
    assert (result.exit_code, result.stdout.count("\n")) == (0, 1)
    found = json.loads(run("--json", "status").stdout)
    assert (found["files_unpublished"], found["unpublished_since"]) == (0, None)


def test_held_file_is_exit_3_and_names_the_seed(run: Run, build: Build) -> None:
    build(published=1, held=2)
    for options in ((), ("--json",)):
        result = run(*options, "status")
        assert result.exit_code == 3
        assert lines(result) == ["1 file is held: add a decision to seeds/file_decisions.csv, then run dbt build"]


def test_held_and_waiting_files_are_named(run: Run, build: Build, landed: list[dict[str, Any]]) -> None:
    build(published=1, held=2, waiting=3)
    held, waiting = (manifest["file_id"] for manifest in landed[1:])
    assert run("status").stdout.splitlines()[2:] == [
        f"  held: payments_2.csv ({held}): code limit",
        f"  waiting: payments_3.csv ({waiting}) behind the held file",
    ]
    found = json.loads(run("--json", "status").stdout)
    assert found["held_files"] == [{"file_id": held, "file_name": "payments_2.csv", "failure": "code limit"}]
    assert found["waiting_files"] == [
        {"file_id": waiting, "file_name": "payments_3.csv", "waits_behind": "the held file"}
    ]


def test_held_published_file_is_exit_3_too(run: Run, build: Build) -> None:
    build(published=3, held=2)
    result = run("--json", "status")
    assert (result.exit_code, json.loads(result.stdout)["files_unpublished"]) == (3, 0)


def test_status_during_a_build_says_so_and_exits_0(run: Run, build: Build, lake: Path) -> None:
    build(published=1, held=2)
    with writer(lake / "warehouse.duckdb"):
        result = run("--json", "status")
    found = json.loads(result.stdout)
    assert (found["files_landed"], found["files_unpublished"], found["held_files"]) == (3, None, None)
    assert result.exit_code == 0
    assert lines(result) == ["published files are not known: a build is running; try again when it has ended"]


def test_status_without_duckdb_says_what_is_missing(run: Run, build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    build(published=1)
    monkeypatch.setitem(sys.modules, "duckdb", None)
    result = run("status")
    assert (result.exit_code, result.stdout.count("\n")) == (0, 1)
    assert lines(result) == [
        "published files are not known: the package duckdb is missing: pip install 'ledger-lake[dbt]'"
    ]


def test_first_build_that_failed_leaves_files_unknown(run: Run, lake: Path, landed: list[dict[str, Any]]) -> None:
    duckdb.connect(str(lake / "warehouse.duckdb")).close()
    result = run("status")
    assert result.exit_code == 0
    assert lines(result) == [f"published files are not known: no build has finished in {lake}/warehouse.duckdb"]


def test_damaged_warehouse_is_exit_4_and_feeds_are_shown(run: Run, lake: Path, landed: list[dict[str, Any]]) -> None:
    (lake / "warehouse.duckdb").write_bytes(b"x" * 9000)
    result = run("status")
    assert (result.exit_code, result.stdout[:24]) == (4, "payments: 3 files landed")
    (line,) = lines(result)
    assert line.startswith(f"error: {lake}/warehouse.duckdb cannot be read: ")


def test_status_leaves_the_warehouse_open_to_builds(run: Run, build: Build, lake: Path) -> None:
    build(published=1)
    run("status")
    with writer(lake / "warehouse.duckdb"):
        pass


@pytest.fixture
def athena(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Any, Stubber]]:
    """A client of Athena, and what it answers."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    client = boto3.client("athena", region_name="eu-central-1")
    monkeypatch.setattr(aws, "athena_client", lambda: client)
    with Stubber(client) as stub:
        yield client, stub
        stub.assert_no_pending_responses()


def start(stub: Stubber) -> None:
    stub.add_response("start_query_execution", {"QueryExecutionId": "query"})


def state(stub: Stubber, name: str, reason: str = "") -> None:
    status = {"State": name, "StateChangeReason": reason}
    stub.add_response("get_query_execution", {"QueryExecution": {"Status": status}}, {"QueryExecutionId": "query"})


def page(stub: Stubber, *rows: tuple[str | None, ...], after: str | None = None, following: str | None = None) -> None:
    data = [{"Data": [{} if value is None else {"VarCharValue": value} for value in row]} for row in rows]
    answer = {"ResultSet": {"Rows": data}} | ({"NextToken": following} if following else {})
    asked = {"QueryExecutionId": "query"} | ({"NextToken": after} if after else {})
    stub.add_response("get_query_results", answer, asked)


HEADER = ("feed", "delivery_number", "file_id", "file_name", "failure", "waits_behind")


def test_athena_answers_over_several_pages(athena: tuple[Any, Stubber]) -> None:
    client, stub = athena
    start(stub)
    for name in ("QUEUED", "RUNNING", "SUCCEEDED"):
        state(stub, name)
    page(stub, HEADER, ("payments", "12", None, None, None, None), following="more")
    page(
        stub,
        ("payments", "13", "a", "a.csv", "code limit", None),
        ("payments", "14", "b", "b.csv", None, "a"),
        after="more",
    )
    waits: list[float] = []
    assert published_by_feed(AthenaWarehouse(client, *VARIABLES.values(), waits.append)) == {
        "payments": Published(12, [HeldFile("a", "a.csv", "code limit")], [WaitingFile("b", "b.csv", "a")])
    }
    assert len(waits) == 2


def test_athena_is_asked_where_the_profile_says(athena: tuple[Any, Stubber], monkeypatch: pytest.MonkeyPatch) -> None:
    client, stub = athena
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    asked: list[dict[str, Any]] = []
    client.meta.events.register(
        "provide-client-params.athena.StartQueryExecution", lambda params, **_: asked.append(params)
    )
    start(stub)
    state(stub, "SUCCEEDED")
    page(stub, HEADER)
    assert read_published(Store(None, "s3://bucket/lake", bucket_url="s3://bucket/lake")) == {}
    (request,) = asked
    assert request["QueryExecutionContext"] == {"Database": "ledger"}
    assert request["WorkGroup"] == "builds"
    assert request["ResultConfiguration"] == {"OutputLocation": "s3://bucket/results/"}


@pytest.mark.parametrize("missing", VARIABLES)
def test_athena_is_not_asked_if_a_variable_is_missing(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, "" if name == missing else value)
    with pytest.raises(UnknownError, match="set LEDGER_LAKE_SCHEMA, LEDGER_LAKE_WORKGROUP, LEDGER_LAKE_S3_STAGING_DIR"):
        read_published(Store(None, "s3://bucket/lake", bucket_url="s3://bucket/lake"))


@pytest.mark.parametrize("code", ["TABLE_NOT_FOUND", "SCHEMA_NOT_FOUND"])
def test_athena_before_the_first_build_leaves_files_unknown(code: str, athena: tuple[Any, Stubber]) -> None:
    client, stub = athena
    start(stub)
    state(stub, "FAILED", f"{code}: line 4:6: it does not exist")
    with pytest.raises(UnknownError, match=r"^no build has finished in the schema ledger \(LEDGER_LAKE_SCHEMA\)$"):
        published_by_feed(AthenaWarehouse(client, *VARIABLES.values()))


@pytest.mark.parametrize("name", ["FAILED", "CANCELLED"])
def test_athena_that_fails_is_one_line_with_its_reason(name: str, athena: tuple[Any, Stubber]) -> None:
    client, stub = athena
    start(stub)
    state(stub, name, "out of\nslots")
    with pytest.raises(StorageError, match=rf"^Athena refused to query ledger: out of slots \({name}\)$"):
        published_by_feed(AthenaWarehouse(client, *VARIABLES.values()))


def test_athena_that_refuses_is_one_line_with_its_code(athena: tuple[Any, Stubber]) -> None:
    client, stub = athena
    stub.add_client_error("start_query_execution", "AccessDeniedException", "not\nallowed")
    with pytest.raises(StorageError, match=r"^AWS refused to query ledger in Athena: not allowed \(AccessDeniedEx"):
        published_by_feed(AthenaWarehouse(client, *VARIABLES.values()))


def test_athena_that_never_ends_is_given_up(athena: tuple[Any, Stubber], monkeypatch: pytest.MonkeyPatch) -> None:
    client, stub = athena
    monkeypatch.setattr("loader.lake.published._LOOKS", 2)
    start(stub)
    state(stub, "QUEUED")
    state(stub, "RUNNING")
    with pytest.raises(StorageError, match="takes too long"):
        published_by_feed(AthenaWarehouse(client, *VARIABLES.values(), lambda _: None))
