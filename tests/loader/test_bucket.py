"""A lake in a bucket: where it is asked for, what it keeps, and what a person reads when it refuses."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

import boto3
import buckets
import landing_tools
import pytest
from click.testing import CliRunner, Result

from loader.cli.commands import cli
from loader.contract.model import Contract
from loader.errors import StorageError, UsageError
from loader.lake.catalog import FOLDER_CATALOG
from loader.lake.landing import Landing
from loader.lake.recovery import GRACE, recover
from loader.lake.storage import Store

pytestmark = pytest.mark.long

PROJECT = Path(__file__).parents[2]
Deliver = Callable[..., Path]
GOOD = "PaymentID,Amount\n1,10.00\nbad\n3,5\n"


@pytest.fixture
def root(services: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The root of an empty lake in a bucket."""
    buckets.use(services, monkeypatch)
    return buckets.new_root()


@pytest.fixture
def run(root: str, project: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Call the command line with a lake in a bucket, and a Glue database of its own."""
    shutil.copy(PROJECT / "models" / "staging" / "_raw__sources.yml", project / "models" / "staging")
    monkeypatch.setenv("LEDGER_LAKE_RAW_SCHEMA", root.split("/")[2].replace("-", "_"))

    def call(*arguments: object, at: str = root) -> Result:
        return CliRunner().invoke(cli, ["--project-dir", str(project), "--root", at, *map(str, arguments)])

    return call


def errors(result: Result) -> list[str]:
    """Return what a person reads on standard error, without the JSON log."""
    return [line for line in result.stderr.splitlines() if not line.startswith("{")]


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_bucket_keeps_what_a_folder_keeps_under_the_same_keys(root: str, slash: str) -> None:
    store = Store.open(root + slash)
    assert store.bucket_url == root
    assert (store.get("a/b"), store.size("a/b"), list(store.list("a"))) == (None, None, [])
    store.delete("a/b")
    assert store.put_new("a/b", b"first")
    assert not store.put_new("a/b", b"second")
    store.put("a/c", b"x")
    writer = store.open_writer("a/d")
    writer.write(b"x" * 20_000_000)
    assert store.size("a/d") is None
    writer.close()
    assert (store.get("a/b"), store.size("a/d")) == (b"first", 20_000_000)
    bucket, prefix = root.removeprefix("s3://").split("/", 1)
    found = boto3.client("s3").list_objects_v2(Bucket=bucket)["Contents"]
    assert [entry["Key"] for entry in found] == [f"{prefix}/a/{name}" for name in "bcd"]


@pytest.mark.parametrize(
    "root",
    [
        *("gs://bucket/x", "s3a://bucket/x", "file:///tmp/x", "S3://bucket", "s3:/bucket", "s3:bucket", "s3://"),
        *("s3://Bucket", "s3://b", "s3://bucket//x", "s3://bucket/a b", "s3://bucket/é", "s3://bucket/../x"),
    ],
)
def test_a_root_that_is_neither_folder_nor_bucket_is_refused(root: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r" is neither a folder nor s3://bucket/prefix: "):
        Store.open(root, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_region_is_boto3s_or_else_aws_region(root: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    with pytest.raises(StorageError, match=r"^AWS region unknown: set AWS_REGION, or give the profile one$"):
        Store.open(root)
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    assert Store.open(root).put_new("a", b"")


def test_endpoint_and_credentials_may_come_from_a_profile(
    root: str, services: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config").write_text(
        f"[profile bank]\nregion = eu-central-1\nendpoint_url = {services}\n"
        "aws_access_key_id = test\naws_secret_access_key = test\n"
    )
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_PROFILE", "bank")
    assert Store.open(root).put_new("a", b"")
    monkeypatch.setenv("AWS_PROFILE", "other")
    with pytest.raises(StorageError, match=r"^AWS refused to open the lake: The config profile \(other\) could not be"):
        Store.open(root)


def test_no_credentials_is_one_line(root: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    with pytest.raises(StorageError, match=r"^AWS credentials not found: set AWS_PROFILE, or "):
        Store.open(root)


class Scripted:
    """An S3 that answers from a script and keeps a list of what it was asked."""

    def __init__(self, answers: list[tuple[int, str]]) -> None:
        """Give the answers, status and body, in their order."""
        self.asked: list[str] = []
        script = iter(answers)
        scripted = self

        class Handler(buckets.QuietHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                scripted.asked.append(self.command)
                status, body = next(script)
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("ETag", '"x"')
                self.send_header("Last-Modified", "Thu, 01 Feb 2024 10:00:00 GMT")
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body.encode())

            do_GET = do_HEAD = do_POST = do_PUT = answer  # noqa: N815 (http.server's names)

        self._serving = buckets.served(Handler)

    def __enter__(self) -> Scripted:
        """Serve."""
        self.url = self._serving.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self._serving.__exit__(None, None, None)


def test_conflict_on_the_commit_is_not_taken_for_anothers(monkeypatch: pytest.MonkeyPatch) -> None:
    conflict = (409, "<Error><Code>ConditionalRequestConflict</Code></Error>")
    with Scripted([conflict, (404, ""), conflict, (404, ""), (200, "")]) as s3:
        buckets.use(s3.url, monkeypatch)
        assert Store.open("s3://bucket/prefix").put_new("a", b"ours")
        assert s3.asked == ["PUT", "HEAD", "PUT", "HEAD", "PUT"]
    with Scripted([conflict, (404, "")] * 5) as s3:
        buckets.use(s3.url, monkeypatch)
        with pytest.raises(StorageError, match=r"^storage refused to write a: others write it at the same moment; try"):
            Store.open("s3://bucket/prefix").put_new("a", b"ours")


def test_what_s3_says_in_xml_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    denied = (403, "<Error><Code>AccessDenied</Code><Message>User: a &amp; b is\nnot authorized</Message></Error>")
    with Scripted([denied]) as s3:
        buckets.use(s3.url, monkeypatch)
        with pytest.raises(StorageError, match=r"^storage refused to write a: User: a & b is not authorized \(AccessD"):
            Store.open("s3://bucket/prefix").put("a", b"")


def test_missing_bucket_is_no_empty_lake_and_leaves_no_tables(
    run: Callable[..., Result], root: str, deliver: Deliver
) -> None:
    elsewhere = "s3://no-such-bucket/prefix"
    with pytest.raises(StorageError, match=r"^storage refused to read a: .* \(NoSuchBucket\)$"):
        Store.open(elsewhere).get("a")
    for call in (["land", deliver(GOOD)], ["status"]):
        result = run(*call, at=elsewhere)
        assert result.exit_code == 4
        assert "(NoSuchBucket)" in errors(result)[-1]
    databases = boto3.client("glue").get_databases()["DatabaseList"]
    assert os.environ["LEDGER_LAKE_RAW_SCHEMA"] not in [database["Name"] for database in databases]


def test_landing_and_status_on_a_bucket(run: Callable[..., Result], root: str, deliver: Deliver) -> None:
    file, bad = deliver(GOOD), deliver("Payment,Amount\n1,2\n", "payments_bad.csv")
    first, again, refused = run("land", file), run("land", file), run("land", bad)
    assert [result.exit_code for result in (first, again, refused)] == [0, 0, 3]
    assert first.stdout.startswith("landed payments.csv: 3 rows, 1 malformed")
    assert again.stdout.startswith("already landed payments.csv")
    status = run("--json", "status")
    found = json.loads(status.stdout)
    assert (found["files_landed"], found["rows_landed"], found["files_rejected"]) == (1, 2, 1)
    assert (status.exit_code, found["files_unpublished"]) == (0, None)
    assert errors(status)[0].startswith("published files are not known: set LEDGER_LAKE_SCHEMA, ")
    glue, database = boto3.client("glue"), os.environ["LEDGER_LAKE_RAW_SCHEMA"]
    for table in ("payments", "malformed_rows", "files"):
        (partition,) = glue.get_partitions(DatabaseName=database, TableName=table)["Partitions"]
        location = partition["StorageDescriptor"]["Location"]
        assert location.startswith(f"{root}/")
        folder = location.removeprefix(f"{root}/")
        assert len(list(Store.open(root).list(folder.rstrip("/")))) == 1


def test_partition_that_glue_has_lost_is_found_and_put_back(run: Callable[..., Result], deliver: Deliver) -> None:
    assert run("land", deliver(GOOD)).exit_code == run("verify").exit_code == 0
    glue, database = boto3.client("glue"), os.environ["LEDGER_LAKE_RAW_SCHEMA"]
    (partition,) = glue.get_partitions(DatabaseName=database, TableName="payments")["Partitions"]
    glue.delete_partition(DatabaseName=database, TableName="payments", PartitionValues=partition["Values"])
    found = run("verify")
    day, file_id = partition["Values"]
    assert found.exit_code == 3
    assert found.stdout.startswith(f"unregistered files/ingest_date={day}/{file_id}.json")
    assert run("recover").stdout.startswith(f"finished {file_id}: SQL sees it now\n")
    assert run("verify").exit_code == 0
    assert run("recover").stdout == "0 files finished, 0 objects swept\n"


def test_uploads_that_never_ended_are_aborted_when_they_are_old(root: str) -> None:
    bucket, prefix = root.removeprefix("s3://").split("/", 1)
    s3 = boto3.client("s3")
    for key in (f"{prefix}/landing/payments/x", f"{prefix}-of-others/x"):
        s3.create_multipart_upload(Bucket=bucket, Key=key)
    store = Store.open(root)
    began = s3.list_multipart_uploads(Bucket=bucket)["Uploads"][0]["Initiated"]
    assert recover(store, FOLDER_CATALOG, lambda: began + GRACE).swept == []
    assert recover(store, FOLDER_CATALOG, lambda: began + GRACE + timedelta(seconds=1)).swept == ["landing/payments/x"]
    left = s3.list_multipart_uploads(Bucket=bucket)["Uploads"]
    assert [upload["Key"] for upload in left] == [f"{prefix}-of-others/x"]


def test_landing_an_empty_folder_makes_the_tables(run: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert run("land", tmp_path / "empty").exit_code == 0
    tables = boto3.client("glue").get_tables(DatabaseName=os.environ["LEDGER_LAKE_RAW_SCHEMA"])["TableList"]
    assert sorted(table["Name"] for table in tables) == ["files", "malformed_rows", "payments"]


def test_a_glue_that_refuses_exits_4_before_a_byte_is_written(
    run: Callable[..., Result], root: str, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    denied = (400, '{"__type": "AccessDeniedException", "Message": "no"}')
    with Scripted([denied]) as glue:
        monkeypatch.setenv("AWS_ENDPOINT_URL_GLUE", glue.url)
        result = run("land", deliver(GOOD))
    assert result.exit_code == 4
    assert "up to date: no (AccessDeniedException)" in errors(result)[0]
    assert list(Store.open(root).list("")) == []


def test_loaders_racing_on_a_bucket_land_the_same_bytes_once(root: str, contract: Contract, deliver: Deliver) -> None:
    files = [deliver(GOOD, f"payments_{number}.csv") for number in range(4)]
    landings = [partial(Landing(Store.open(root)).land, file, contract) for file in files]
    assert landing_tools.race(landings) == ["already_landed"] * 3 + ["landed"]
    assert [len(list(Store.open(root).list(folder))) for folder in ("commits", "files", "raw/payments")] == [1, 1, 1]


def test_a_folder_does_not_pay_for_aws(project: Path, lake: Path, deliver: Deliver) -> None:
    arguments = ["--project-dir", str(project), "--root", str(lake), "land", str(deliver(GOOD))]
    code = (
        "import sys\nfrom loader.cli.commands import cli\n"
        f"try:\n    cli({arguments!r})\nexcept SystemExit as done:\n"
        "    sys.exit(done.code or bool({'boto3', 'botocore'} & sys.modules.keys()))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=PROJECT, check=False).returncode == 0
    assert (lake / "commits" / "payments").is_dir()
