"""A relay passes everything on as it is, and refuses what it is told to in AWS's words."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from click.testing import CliRunner
from moto.server import ThreadedMotoServer

from local_athena.cli import cli
from local_athena.engine import Engine
from local_athena.relay import Relay
from local_athena.servers import PROJECT

_BYTES = bytes(range(256)) * 40_000


@dataclass
class Server:
    """In place of an engine, moto's servers: one for S3, one for the rest."""

    api_url: str
    s3_url: str


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    servers = [ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False) for _ in range(2)]
    for one in servers:
        one.start()
    yield Server(*("http://{}:{}".format(*one.get_host_and_port()) for one in servers))
    for one in servers:
        one.stop()


@pytest.fixture
def relay(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Relay]:
    with Relay(server) as relay:  # type: ignore[arg-type]
        for name, value in relay.environment().items():
            monkeypatch.setenv(name, value)
        yield relay


def client(service: str, retries: int = 0) -> Any:
    """A client that asks again so many times, at once."""
    config = Config(retries={"mode": "standard", "total_max_attempts": 1 + retries}, s3={"addressing_style": "path"})
    return boto3.client(service, config=config)  # type: ignore[call-overload]  # the stubs know each service by name


def test_requests_and_answers_pass_as_they_are(relay: Relay, server: Server) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="a b/é+%.bin", Body=_BYTES, IfNoneMatch="*")
    assert s3.get_object(Bucket="bucket", Key="a b/é+%.bin")["Body"].read() == _BYTES
    assert s3.head_object(Bucket="bucket", Key="a b/é+%.bin")["ContentLength"] == len(_BYTES)
    s3.delete_object(Bucket="bucket", Key="a b/é+%.bin")
    client("glue").create_database(DatabaseInput={"Name": "d"})
    asked = [(one.service, one.operation, one.method, one.path, one.status) for one in relay.asked]
    assert asked == [
        ("s3", "", "PUT", "/bucket", 200),
        ("s3", "", "PUT", "/bucket/a b/é+%.bin", 200),
        ("s3", "", "GET", "/bucket/a b/é+%.bin", 200),
        ("s3", "", "HEAD", "/bucket/a b/é+%.bin", 200),
        ("s3", "", "DELETE", "/bucket/a b/é+%.bin", 204),
        ("glue", "CreateDatabase", "POST", "/", 200),
    ]
    assert relay.asked[1].headers["if-none-match"] == "*"
    assert relay.asked[-1].parameters == {"DatabaseInput": {"Name": "d"}}


CALLS: list[tuple[str, str, Callable[[Any], Any]]] = [
    ("s3", "SlowDown", lambda s3: s3.list_objects_v2(Bucket="any")),
    ("s3", "503", lambda s3: s3.head_object(Bucket="any", Key="k")),
    ("glue", "ThrottlingException", lambda glue: glue.get_databases()),
    ("athena", "ThrottlingException", lambda athena: athena.get_query_execution(QueryExecutionId="x")),
    ("athena", "TooManyRequestsException", lambda athena: athena.start_query_execution(QueryString="select 1")),
]


@pytest.mark.parametrize(("service", "code", "call"), CALLS)
def test_a_refusal_is_worded_as_aws_words_it(relay: Relay, service: str, code: str, call: Callable[[Any], Any]) -> None:
    relay.throttle.next(service, 1)
    with pytest.raises(ClientError) as refused:
        call(client(service))
    assert refused.value.response["Error"]["Code"] == code
    assert [one.refused for one in relay.asked] == [True]


def test_every_third_request_is_refused_and_asked_again(relay: Relay) -> None:
    relay.throttle.every("glue", 3)
    glue = client("glue", retries=1)
    for _ in range(6):
        glue.get_databases()
    assert relay.throttle.refused == {"glue:GetDatabases": 2}
    assert [one.refused for one in relay.asked] == [False, False, True] * 2 + [False, False]
    relay.throttle.every("glue", 0)
    glue.get_databases()
    assert not relay.asked[-1].refused


def test_only_the_service_that_was_named_is_refused(relay: Relay) -> None:
    relay.throttle.next("s3", 1)
    client("glue").get_databases()
    assert relay.throttle.refused == {}


def test_many_callers_at_once_are_each_answered(relay: Relay) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket="busy")

    def work(number: int) -> None:
        s3.put_object(Bucket="busy", Key=f"{number}", Body=str(number).encode() * 10_000)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = {str(number): s3.get_object(Bucket="busy", Key=f"{number}")["Body"].read() for number in range(16)}
    assert found == {str(number): str(number).encode() * 10_000 for number in range(16)}


def test_the_command_line_throttles_and_says_so(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    command = [sys.executable, "-m", "local_athena", "--state", str(engine.statements.parent), "throttle"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "cwd": PROJECT}
    with subprocess.Popen([*command, "--every", "glue=2", "--next", "s3=1"], **pipes) as process:  # type: ignore[call-overload]
        for line in iter(process.stdout.readline, ""):
            if line.startswith("unset"):
                break
            name, _, value = line.removeprefix("export ").strip().partition("=")
            monkeypatch.setenv(name, value)
        client("glue").get_databases()
        for service, call in (("glue", "get_databases"), ("s3", "list_buckets")):
            with pytest.raises(ClientError):
                getattr(client(service), call)()
        process.terminate()
        _, told = process.communicate()
    assert (process.returncode, told.splitlines()) == (
        0,
        ["refused 1 times: glue:GetDatabases", "refused 1 times: s3:"],
    )


@pytest.mark.parametrize("option", ["foo=2", "glue", "glue=x", "glue=-1"])
def test_a_wrong_service_or_number_is_refused(option: str) -> None:
    answer = CliRunner().invoke(cli, ["throttle", "--every", option])
    assert (answer.exit_code, f"{option!r} is not athena|glue|s3=NUMBER" in answer.output) == (2, True)
