"""What the paths of a call name, on a disk and in a bucket, and what of it is read again."""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import buckets
import landing_tools
import pytest
from click.testing import CliRunner, Result

from loader.cli.commands import cli
from loader.errors import FileChangedError, StorageError, UsageError
from loader.inbox import folder as folder_inbox
from loader.inbox.delivered_file import Delivery, LocalFile, Spooled
from loader.inbox.finding import find
from loader.inbox.patterns import fits

Deliver = Callable[..., Path]
Run = Callable[..., Result]
HEADER = "PaymentID,Amount\n"


@pytest.fixture
def run(project: Path, lake: Path) -> Run:
    """Call the command line with the test's project and lake, and text for standard input."""

    def call(*arguments: object, stdin: str | None = None) -> Result:
        options = ["--root", str(lake), "--project-dir", str(project), "--json"]
        return CliRunner().invoke(cli, [*options, *map(str, arguments)], input=stdin)

    return call


def results(result: Result) -> list[tuple[str, Any]]:
    """Return status and file name, or number of files, of each result of a call."""
    found = map(json.loads, result.stdout.splitlines())
    return [(one["status"], one.get("file_name", one.get("files"))) for one in found]


def hints(result: Result) -> list[str]:
    """Return what a person reads on standard error."""
    return [line for line in result.stderr.splitlines() if not line.startswith("{")]


def meanwhile(patch: pytest.MonkeyPatch, happens: Callable[[Delivery], object]) -> None:
    """Let something happen to each file when it has been hashed, before its rows are read."""
    honest = Delivery.hashed

    def hashed(delivery: Delivery) -> tuple[str, int]:
        digest = honest(delivery)
        happens(delivery)
        return digest

    patch.setattr(Delivery, "hashed", hashed)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files whose bytes were read."""
    names: list[str] = []
    meanwhile(monkeypatch, lambda delivery: names.append(delivery.name))
    return names


@pytest.fixture
def bucket(services: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the name of a new bucket."""
    buckets.use(services, monkeypatch)
    return buckets.new_root().split("/")[2]


def put(bucket: str, key: str, content: str) -> None:
    boto3.client("s3").put_object(Bucket=bucket, Key=key, Body=content.encode())


def names(path: object) -> list[str]:
    return [file.place.rpartition("/")[2] for file in find(str(path)).listed]


PATTERNS = [
    ("*.csv", ["a.csv", "b.csv"]),
    ("?.csv", ["a.csv", "b.csv"]),
    ("[b-z]*.csv", ["b.csv"]),
    ("*/*.csv", ["c.csv"]),
    ("**/*.csv", ["a.csv", "b.csv", "d.csv", "c.csv"]),
    ("d?ep/**/d.csv", ["d.csv"]),
    ("deep/**", ["d.csv", "c.csv"]),
    ("deep/*/nowhere/*.csv", []),
    ("**/**/d.csv", ["d.csv"]),
    ("**", ["a.csv", "b.csv", "d.csv", "c.csv"]),
]
TREE = ("a.csv", "b.csv", "deep/c.csv", "deep/deeper/d.csv", ".hidden.csv", "deep/.hidden/e.csv")


@pytest.mark.parametrize(("pattern", "expected"), PATTERNS)
def test_patterns_find_the_same_on_a_disk_and_in_a_bucket(
    pattern: str, expected: list[str], deliver: Deliver, bucket: str
) -> None:
    for name in TREE:
        put(bucket, f"in [box]/{name}", HEADER)
    root = deliver(HEADER, "a.csv").parent
    for name in TREE:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(HEADER)
    assert sorted(names(root / pattern)) == sorted(expected)
    assert sorted(names(f"s3://{bucket}/in ?box]/{pattern}")) == sorted(expected)


def test_a_folder_of_a_bucket_stands_for_the_objects_in_it(bucket: str) -> None:
    for key in (
        "in/",
        "in/a.csv",
        "in/.hidden.csv",
        "in/deep/b.csv",
        "in.csv",
        "inner.csv",
        "in/\u20ac %20?#.csv",
        "in//c.csv",
    ):
        put(bucket, key, HEADER)
    for folder in (f"s3://{bucket}/in/", f"s3://{bucket}/in"):
        assert names(folder) == ["a.csv", "\u20ac %20?#.csv"]
    (found,) = find(f"s3://{bucket}/in/\u20ac %20?#.csv").named
    assert (found.name, found.size) == ("\u20ac %20?#.csv", len(HEADER))
    assert names(f"s3://{bucket}") == ["in.csv", "inner.csv"]


def test_a_folder_named_like_a_pattern_is_that_folder(bucket: str, tmp_path: Path) -> None:
    for key in ("a*b/own.csv", "axb/other.csv", "[c]/own.csv", "c/other.csv"):
        put(bucket, key, HEADER)
        (tmp_path / key).parent.mkdir()
        (tmp_path / key).write_text(HEADER)
    for place in (f"s3://{bucket}/", f"{tmp_path}/"):
        assert [names(f"{place}{folder}") for folder in ("a*b/", "a*b", "[c]/")] == [["own.csv"]] * 3
        assert names(f"{place}a?b/*") == ["own.csv", "other.csv"]


@pytest.mark.parametrize(
    ("called", "others"),
    [
        ("cards_?.csv", ["cards_1.csv", "cards_2.csv"]),
        ("[ab]_*.csv", ["a_1.csv", "b_2.csv"]),
        ("*_2024-0[12].csv", ["x_2024-01.csv"]),
        ("x**.csv", []),
    ],
)
def test_file_named_like_a_pattern_hides_no_other(called: str, others: list[str], bucket: str, tmp_path: Path) -> None:
    for name in (called, *others, "unlike.csv"):
        put(bucket, f"in/{name}", HEADER)
        (tmp_path / name).write_text(HEADER)
    for place in (f"s3://{bucket}/in/", f"{tmp_path}/"):
        inbox = find(f"{place}{called}")
        assert [file.name for file in inbox.named] == [called]
        assert [file.name for file in inbox.listed] == others


def test_folder_named_like_a_pattern_hides_no_file(bucket: str, tmp_path: Path) -> None:
    for key in ("2024-*/inner.csv", "2024-05.csv"):
        put(bucket, f"in/{key}", HEADER)
        (tmp_path / key).parent.mkdir(exist_ok=True)
        (tmp_path / key).write_text(HEADER)
    for place in (f"s3://{bucket}/in/", f"{tmp_path}/"):
        assert names(f"{place}2024-*") == ["inner.csv", "2024-05.csv"]


def test_what_is_not_there_is_wrong_usage(bucket: str, tmp_path: Path) -> None:
    for path in (
        f"s3://{bucket}/nothing",
        f"s3://{bucket}/in/**.csv",
        "s3://B!/in/a.csv",
        str(tmp_path / "**.csv"),
        "s3:///nothing",
        "S3://bucket/key",
        "s3:/bucket/key",
        str(tmp_path / "no" / "*.csv"),
        str(tmp_path / ("x" * 300)),
        "",
        " ",
    ):
        with pytest.raises(UsageError):
            find(path)
    with pytest.raises(StorageError, match="NoSuchBucket"):
        find("s3://no-such-bucket-anywhere/in/")


def test_an_inbox_that_landed_is_passed_over_without_reading_it(
    run: Run, deliver: Deliver, lake: Path, read: list[str]
) -> None:
    files = [deliver(f"{HEADER}{number},1\n", f"payments_{number}.csv") for number in range(3)]
    assert results(run("land", files[0].parent)) == [("landed", file.name) for file in files]
    read.clear()
    assert results(run("land", files[0].parent)) == [("landed_before", 3)]
    assert read == []
    # A new file, one with other content of the same size and time, and one that is named.
    deliver(f"{HEADER}7,1\n", "payments_7.csv")
    deliver(f"{HEADER}8,1\n", "payments_1.csv")
    assert results(run("land", str(files[0].parent / "*"), files[2])) == [
        ("landed", "payments_1.csv"),
        ("landed", "payments_7.csv"),
        ("already_landed", "payments_2.csv"),
        ("landed_before", 2),
    ]
    assert run("verify").exit_code == 0
    # Whoever takes everything of a landing away sees the file land again.
    for folder in ("commits", "files", "contents"):
        for key in landing_tools.objects(lake, folder):
            (lake / key).unlink()
    assert {status for status, _ in results(run("land", files[0].parent))} == {"landed"}


def test_a_refused_file_is_judged_again_each_time(run: Run, deliver: Deliver) -> None:
    folder = deliver("Amount\n1\n", "payments_bad.csv").parent
    for _ in range(2):
        result = run("land", folder)
        assert (result.exit_code, results(result)) == (3, [("rejected", "payments_bad.csv")])


def test_an_inbox_in_a_bucket_is_passed_over_in_the_same_way(
    run: Run, bucket: str, lake: Path, read: list[str]
) -> None:
    for number in range(3):
        put(bucket, f"in/payments_{number}.csv", f"{HEADER}{number},1\n")
    url = f"s3://{bucket}/in/"
    assert [status for status, _ in results(run("land", url))] == ["landed"] * 3
    read.clear()
    assert results(run("land", url)) == [("landed_before", 3)]
    put(bucket, "in/payments_1.csv", f"{HEADER}9,1\n")
    assert results(run("land", url)) == [("landed", "payments_1.csv"), ("landed_before", 2)]
    assert read == ["payments_1.csv"]
    (copy,) = [key for key in landing_tools.objects(lake, "landing") if (lake / key).read_text() == f"{HEADER}9,1\n"]
    assert copy.endswith("/payments_1.csv")


def test_an_object_that_is_replaced_while_it_is_read_is_left(
    run: Run, bucket: str, monkeypatch: pytest.MonkeyPatch, lake: Path
) -> None:
    put(bucket, "in/payments.csv", f"{HEADER}1,1\n")
    others = iter(range(2, 9))
    meanwhile(monkeypatch, lambda _: put(bucket, "in/payments.csv", f"{HEADER}{next(others)},1\n"))
    left = run("land", f"s3://{bucket}/in/")
    assert (left.exit_code, results(left)) == (0, [("left", None)])
    assert hints(left) == [f"left s3://{bucket}/in/payments.csv: it was replaced or removed while it was landed"]
    assert landing_tools.objects(lake, "commits") == []
    # Who names the object is told that it did not land.
    assert run("land", f"s3://{bucket}/in/payments.csv").exit_code == 4


def test_a_connection_that_breaks_goes_on_where_it_broke(
    run: Run, bucket: str, monkeypatch: pytest.MonkeyPatch, lake: Path
) -> None:
    from botocore.exceptions import ReadTimeoutError

    from loader.inbox.bucket import S3Object

    content = HEADER + "".join(f"{number},1\n" for number in range(2000))
    put(bucket, "payments.csv", content)
    honest = S3Object.stream_from
    breaks = iter(range(1000))

    class Breaking:
        def __init__(self, stream: Any) -> None:
            self.stream = stream
            self.calls = 0

        def read(self, size: int) -> bytes:
            self.calls += 1
            if self.calls == 2 and next(breaks) < limit:
                raise ReadTimeoutError(endpoint_url="the bucket")
            return bytes(self.stream.read(min(size, 500)))

        def close(self) -> None:
            self.stream.close()

    monkeypatch.setattr(S3Object, "stream_from", lambda found, at: Breaking(honest(found, at)))
    limit = 5
    assert results(run("land", f"s3://{bucket}/payments.csv")) == [("landed", "payments.csv")]
    (copy,) = landing_tools.objects(lake, "landing")
    assert (lake / copy).read_text() == content
    limit = 1000
    put(bucket, "payments.csv", content + "x,1\n")
    refused = run("land", f"s3://{bucket}/payments.csv")
    assert refused.exit_code == 4
    assert "the connection broke 5 times" in refused.stderr


def test_a_file_that_is_still_growing_is_left_for_the_next_time(
    run: Run, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = deliver(f"{HEADER}1,1\n")
    # Times that senders set say nothing of when a file came.
    for moment in (0, time.time() + 3600):
        os.utime(file, (moment, moment))
        result = run("land", "--settled-after", 10, file.parent)
        assert (result.exit_code, results(result)) == (0, [("passed_over", None)])
        told, nothing = hints(result)
        assert nothing == f"{file.parent}: no file to land"
        assert re.fullmatch(
            rf"passed over {file}: changed [0-9] s ago, so it may still be growing; it is taken 10 s after its .*", told
        )
    with monkeypatch.context() as patch:
        patch.setattr(time, "time", lambda now=time.time: now() + 11)
        assert results(run("land", "--settled-after", 10, file.parent)) == [("landed", "payments.csv")]
    # The disk's clock may be ahead of ours.
    ahead = deliver(f"{HEADER}2,1\n", "payments_2.csv")
    with monkeypatch.context() as patch:
        patch.setattr(time, "time", lambda now=time.time: now() - 3600)
        assert results(run("land", "--settled-after", 10, ahead.parent / "*_2*")) == [("passed_over", None)]
    # Named, a file is complete.
    assert results(run("land", "--settled-after", 10, ahead)) == [("landed", "payments_2.csv")]


def test_file_that_changes_or_goes_while_it_is_read_is_left(
    run: Run, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    grows, goes = deliver(f"{HEADER}1,1\n", "payments_a.csv"), deliver(f"{HEADER}2,1\n", "payments_b.csv")

    def change(delivery: Delivery) -> None:
        if delivery.name == grows.name:
            grows.write_text(f"{HEADER}1,1\n3,1\n")
        else:
            goes.unlink()

    with monkeypatch.context() as patch:
        meanwhile(patch, change)
        result = run("land", grows.parent)
    assert (result.exit_code, results(result)) == (0, [("left", None), ("left", None)])
    assert [line.split(":")[0] for line in hints(result)] == [f"left {grows} changed while it was read", f"left {goes}"]
    assert results(run("land", grows.parent)) == [("landed", "payments_a.csv")]


def test_file_written_after_the_inbox_was_listed_is_left(
    run: Run, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = deliver(f"{HEADER}1,1\n", "payments_a.csv"), deliver(f"{HEADER}2,1\n", "payments_b.csv")
    meanwhile(monkeypatch, lambda delivery: delivery.name == first.name and second.write_text(HEADER))
    assert results(run("land", first.parent)) == [("landed", "payments_a.csv"), ("left", None)]


def test_file_that_goes_while_the_inbox_is_listed_is_passed_over(
    run: Run, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = deliver(f"{HEADER}1,1\n")
    monkeypatch.setattr(folder_inbox, "_fitting", lambda *_: iter([file, file.with_name("payments_gone.csv")]))
    assert results(run("land", file.parent)) == [("landed", "payments.csv")]


def test_folder_that_cannot_be_read_is_told_and_the_others_land(
    run: Run, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = deliver(f"{HEADER}1,1\n").parent
    for name in ("open", "closed"):
        (folder / name).mkdir()
        (folder / name / f"payments_{name}.csv").write_text(f"{HEADER}{name},1\n")
    honest = os.scandir

    def scandir(path: Path) -> Any:
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied")
        return honest(path)

    # Root may look into any folder.
    monkeypatch.setattr(os, "scandir", scandir)
    for pattern in ("*/*.csv", "**/*.csv"):
        result = run("land", folder / pattern)
        assert result.exit_code == 2
        assert hints(result) == [f"error: {folder / 'closed'}: Permission denied"]
        assert ("landed", "payments_open.csv") in results(result) or ("landed_before", 1) in results(result)
    assert run("land", folder / "closed").exit_code == 2


def test_links_out_of_an_inbox_are_passed_over(run: Run, deliver: Deliver, tmp_path: Path) -> None:
    folder = deliver(f"{HEADER}1,1\n").parent
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "payments_secret.csv").write_text(f"{HEADER}2,1\n")
    (folder / "payments_link.csv").symlink_to(elsewhere / "payments_secret.csv")
    (folder / "down").symlink_to(elsewhere)
    for path in (folder, folder / "*.csv", folder / "*" / "*.csv", folder / "**" / "*.csv", folder / "down*/payments*"):
        result = run("land", path)
        assert result.exit_code == 0
        assert "secret" not in result.stdout
    assert len(list((tmp_path / "lake").glob("commits/payments/*"))) == 1


def test_standard_input_and_pipes_land(run: Run, lake: Path, tmp_path: Path) -> None:
    content = f"{HEADER}1,1\nbad\n"
    assert results(run("land", "--file-name", "payments_1.csv", "-", stdin=content)) == [("landed", "payments_1.csv")]
    assert results(run("land", "--feed", "payments", "-", stdin=content)) == [("already_landed", "stdin")]
    odd = run(
        "land", "--feed", "payments", "--file-name", os.fsdecode(b"payments\xff.csv"), "-", stdin=f"{HEADER}9,1\n"
    )
    assert results(odd) == [("landed", "payments\\xff.csv")]
    assert content in [(lake / key).read_text() for key in landing_tools.objects(lake, "landing")]
    pipe = tmp_path / "payments_pipe.csv"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=(f"{HEADER}2,1\n",))
    writer.start()
    assert results(run("land", pipe)) == [("landed", "payments_pipe.csv")]
    writer.join()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-"], "'stdin' fits no feed's file pattern"),
        (["-", "-"], "standard input can be read once"),
        (["--file-name", "payments.csv", "somewhere.csv"], "- is not among the paths"),
    ],
)
def test_wrong_use_of_standard_input_exits_2(run: Run, arguments: list[str], message: str) -> None:
    result = run("land", *arguments, stdin=HEADER)
    assert result.exit_code == 2
    assert message in result.stderr


def test_closed_standard_input_exits_2(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(UsageError, match="standard input is closed"):
        find("-")


class Odd(buckets.QuietHandler):
    """A server that answers every question with a page, as proxies and login forms do."""

    def answer(self) -> None:
        page = b"<html>hello</html>"
        self.send_response(200)
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(page)

    do_GET = do_HEAD = answer  # noqa: N815 (http.server's names)


def test_an_endpoint_that_is_no_s3_is_not_an_empty_inbox(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with buckets.served(Odd) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", url)
        for path in ("in/", "in/payments.csv", "in/*.csv"):
            with pytest.raises(StorageError, match="the endpoint does not answer as S3 does"):
                find(f"s3://{bucket}/{path}")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "nonsense")
    with pytest.raises(StorageError, match="Invalid endpoint: nonsense"):
        find(f"s3://{bucket}/in/")


def test_many_stars_end(tmp_path: Path) -> None:
    folder = tmp_path
    for _ in range(24):
        folder = folder / "a"
    folder.mkdir(parents=True)
    assert names(tmp_path / "**/**/**/**/**/**/x.csv") == []
    assert not fits(("a",) * 60, ("**", "a") * 12 + ("x",))


def test_a_temporary_folder_without_room_is_refused_storage(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copyfileobj", full)
    with pytest.raises(StorageError, match="No space left on device: set TMPDIR to a folder with room"):
        Spooled(io.BytesIO(b""), "standard input", "stdin")


def test_failing_disk_is_not_told_as_a_broken_compression(run: Run, deliver: Deliver) -> None:
    file = deliver(gzip.compress(f"{HEADER}1,1\n".encode()), "payments.csv.gz")

    class Failing(io.FileIO):
        def read(self, size: int = -1) -> bytes:
            raise OSError(5, "Input/output error")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LocalFile, "open", lambda found: Failing(str(found.path)))
        result = run("land", file)
    assert result.exit_code == 4
    assert f"{file}: cannot be read: Input/output error" in result.stderr


def test_a_file_that_is_gone_is_not_there_any_more(deliver: Deliver) -> None:
    (found,) = find(str(deliver(HEADER))).named
    found.open().close()
    deliver(HEADER + "1,1\n")
    with pytest.raises(FileChangedError, match="changed while it was read"):
        found.open()
    deliver(HEADER).unlink()
    with pytest.raises(FileChangedError, match="was there and is gone"):
        found.open()
