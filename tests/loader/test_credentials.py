"""Who the loader is in AWS: the chain that boto3 knows, and the key that a bucket encrypts with."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3
import buckets
import pytest

from loader.contract.model import Contract
from loader.errors import StorageError
from loader.inbox.finding import find
from loader.lake.landing import Landing
from loader.lake.reading import Limits
from loader.lake.storage import Store

pytestmark = pytest.mark.long

KEY = "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555"


@pytest.fixture
def root(services: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The root of an empty lake in a bucket, for somebody whose credentials are not in the environment any more."""
    buckets.use(services, monkeypatch)
    made = buckets.new_root()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, os.devnull)
    return made


@contextmanager
def container() -> Iterator[tuple[str, list[str | None]]]:
    """Serve credentials as ECS and EKS do to a container; yield the URL, and what was sent to authorize."""
    asked: list[str | None] = []

    class Handler(buckets.QuietHandler):
        def answer(self) -> None:
            asked.append(self.headers["Authorization"])
            given = {"AccessKeyId": "role", "SecretAccessKey": "s", "Token": "t", "Expiration": "2099-01-01T00:00:00Z"}
            body = json.dumps(given).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = answer  # noqa: N815 (http.server's name)

    with buckets.served(Handler) as url:
        yield f"{url}/credentials", asked


def inbox_and_lake_work(root: str) -> None:
    assert Store.open(root).put_new("a", b"x")
    (found,) = find(f"{root}/a").named
    assert found.hashed()[1] == 1


def test_a_container_role(root: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with container() as (url, asked):
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", url)
        monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "pod")
        inbox_and_lake_work(root)
    assert set(asked) == {"pod"}


def test_a_web_identity(root: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "token").write_text("token")
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(tmp_path / "token"))
    monkeypatch.setenv("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/loader")
    inbox_and_lake_work(root)
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(tmp_path / "none"))
    for ask in (lambda: Store.open(root).put_new("b", b""), lambda: find(f"{root}/a")):
        with pytest.raises(StorageError, match=r"No such file or directory: '.*/none'$"):
            ask()


def test_objects_are_encrypted_with_the_key_that_is_given(
    services: str, monkeypatch: pytest.MonkeyPatch, contract: Contract, deliver: Callable[..., Path]
) -> None:
    buckets.use(services, monkeypatch)
    root = buckets.new_root()
    bucket = root.split("/")[2]
    # More than one buffer, so that the copy in landing is uploaded in several parts.
    file = deliver("PaymentID,Amount\n" + "".join(f"{number},1\n" for number in range(1_200_000)))

    def keys(name: str) -> dict[str, str | None]:
        file.write_bytes(file.read_bytes() + f"{name},1\n".encode())
        Landing(Store.open(root), limits=Limits(part=2_000_000)).land(file, contract)
        s3 = boto3.client("s3")
        found = [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]]
        return {key: s3.head_object(Bucket=bucket, Key=key).get("SSEKMSKeyId") for key in found}

    assert set(keys("first").values()) == {None}
    monkeypatch.setenv("LEDGER_LAKE_KMS_KEY", KEY)
    encrypted = [key for key, used in keys("second").items() if used == KEY]
    assert {key.split("/")[2] for key in encrypted} == {"landing", "raw", "commits", "files", "contents"}
    assert file.stat().st_size > 8 * 1024 * 1024
