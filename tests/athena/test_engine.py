"""A real engine: it starts, keeps what it was given, and leaves nothing behind."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

import boto3
import pytest
from obstore.store import S3Store

from local_athena.access import BUCKET
from local_athena.engine import Engine
from local_athena.installation import Installation
from local_athena.processes import find
from local_athena.servers import free_ports, prepare
from local_athena.state import SERVERS, Role, State
from local_athena.supervisor import says_port_is_taken
from tests.athena.waiting import PATIENCE_SECONDS, all_ended, running_processes, start_owner, wait_until


def _client(engine: Engine, service: Any) -> Any:
    variables = engine.environment()
    return boto3.client(
        service,
        endpoint_url=variables["AWS_ENDPOINT_URL_S3" if service == "s3" else "AWS_ENDPOINT_URL"],
        region_name=variables["AWS_REGION"],
        aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
    )


def _query(engine: Engine, statement: str) -> list[str | None]:
    """Return the first column of what a statement returns, its header left out."""
    athena = _client(engine, "athena")
    query = athena.start_query_execution(
        QueryString=statement, ResultConfiguration={"OutputLocation": f"s3://{BUCKET}/results/"}
    )["QueryExecutionId"]
    status = {"State": "QUEUED"}
    end = time.monotonic() + PATIENCE_SECONDS
    while status["State"] in ("QUEUED", "RUNNING"):
        assert time.monotonic() < end, statement
        time.sleep(0.05)
        status = athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"]
    assert status["State"] == "SUCCEEDED", status
    rows = athena.get_query_results(QueryExecutionId=query)["ResultSet"]["Rows"]
    return [row["Data"][0].get("VarCharValue") for row in rows[1:]]


def test_stopped_engine_leaves_no_process_and_no_file(
    installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with Engine.start(tmp_path / "state", tied=True):
        processes = running_processes(tmp_path / "state")
    assert all_ended(processes.values())
    assert list(tmp_path.iterdir()) == []


def test_killed_owner_takes_its_engine_along(installation: Installation, tmp_path: Path) -> None:
    with start_owner(tmp_path / "state") as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == b"ready\n"
        processes = running_processes(tmp_path / "state")
        owner.kill()
        wait_until(lambda: all_ended(processes.values()))
        wait_until(lambda: not (tmp_path / "state").exists())


def test_two_engines_side_by_side_share_nothing(engine: Engine, tmp_path: Path) -> None:
    with Engine.start(tmp_path / "second", tied=True) as second:
        for one, text in ((engine, b"first"), (second, b"second")):
            _client(one, "s3").put_object(Bucket=BUCKET, Key="side-by-side", Body=text)
        _client(second, "glue").create_database(DatabaseInput={"Name": "only_in_the_second"})
        assert _client(engine, "s3").get_object(Bucket=BUCKET, Key="side-by-side")["Body"].read() == b"first"
        assert _client(second, "s3").get_object(Bucket=BUCKET, Key="side-by-side")["Body"].read() == b"second"
        assert "only_in_the_second" in _query(second, "select schema_name from information_schema.schemata")
    assert "only_in_the_second" not in _query(engine, "select schema_name from information_schema.schemata")


def test_killed_trino_starts_again_with_its_tables(engine: Engine) -> None:
    _query(engine, "create schema killed_trino")
    _query(
        engine,
        "create table killed_trino.kept with (table_type = 'iceberg', is_external = false, "
        f"location = 's3://{BUCKET}/killed_trino/kept') as select 41 as answer",
    )
    port_before = engine.trino_url
    engine.kill_trino()
    engine.start_trino()
    assert engine.trino_url == port_before
    _query(engine, "insert into killed_trino.kept values (42)")
    assert _query(engine, "select answer from killed_trino.kept order by answer") == ["41", "42"]


def test_obstore_finds_the_engine_by_its_environment(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in engine.environment().items():
        monkeypatch.setenv(name, value)
    store = S3Store(BUCKET)
    store.put("found", b"by obstore", mode="create")
    assert _client(engine, "s3").get_object(Bucket=BUCKET, Key="found")["Body"].read() == b"by obstore"


def test_access_log_names_each_object_that_is_read(engine: Engine) -> None:
    s3 = _client(engine, "s3")
    s3.put_object(Bucket=BUCKET, Key="read/twice", Body=b"")
    for _ in range(2):
        s3.get_object(Bucket=BUCKET, Key="read/twice")["Body"].read()
    lines = engine.s3_access_log.read_text().splitlines()
    assert sum("s3_GetObject read/twice " in line for line in lines) == 2


def test_servers_listen_on_this_machine_only(engine: Engine, installation: Installation) -> None:
    processes = running_processes(engine.s3_access_log.parent)
    for role in SERVERS:
        process = find(processes[role])
        assert process is not None
        addresses = {found.laddr.ip for found in process.net_connections("tcp") if found.status == "LISTEN"}
        assert addresses <= {"127.0.0.1", "::ffff:127.0.0.1"}, role
        assert addresses, role


@pytest.mark.parametrize("role", SERVERS)
def test_each_server_says_that_its_port_is_taken(installation: Installation, tmp_path: Path, role: Role) -> None:
    state = State(tmp_path)
    state.create()
    ports = free_ports()
    with socket.socket() as taker, state.log(role).open("wb") as log:
        taker.bind(("127.0.0.1", ports[role]))
        taker.listen()
        server = prepare(installation, state, ports)[role]
        done = subprocess.run(
            server.command,
            env={**os.environ, **server.variables},
            stdout=log,
            stderr=log,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
    assert done.returncode != 0
    assert says_port_is_taken(state.log(role))
