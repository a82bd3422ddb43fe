"""The three servers of an engine: how each is started, and how each shows that it serves."""

from __future__ import annotations

import json
import os
import socket
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import urllib3

from local_athena import trino_files
from local_athena.access import ACCESS_KEY, BUCKET, SECRET_KEY, url
from local_athena.installation import Installation
from local_athena.state import SERVERS, Role, State

PROJECT = Path(__file__).parents[1]
_HEALTH_PATH = "/health"
_QUESTION_SECONDS = 20.0
# Its log is read in files.
TRINO_VARIABLES = {"NO_COLOR": "1"}
# One question to each catalog: both have to reach Glue through the API server to answer.
_TRINO_QUESTIONS = [
    "select 1 from awsdatacatalog.information_schema.schemata limit 1",
    "select 1 from iceberg.information_schema.schemata limit 1",
]


@dataclass(frozen=True)
class Server:
    """A server that can be started.

    Attributes:
        role: Which of the engine's processes it is.
        port: The port that it listens on, on 127.0.0.1.
        command: What starts it.
        answers: Returns whether it serves; a server that is still starting is no error.
        variables: What its environment holds besides the supervisor's.
    """

    role: Role
    port: int
    command: list[str]
    answers: Callable[[], bool]
    variables: Mapping[str, str] = field(default_factory=dict)


def free_ports() -> dict[Role, int]:
    """Return a free port of 127.0.0.1 for each server; another process may take it before the server does."""
    # All are held until the last is chosen, so that they differ.
    sockets = [socket.socket() for _ in SERVERS]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return {role: one.getsockname()[1] for role, one in zip(SERVERS, sockets, strict=True)}
    finally:
        for one in sockets:
            one.close()


def prepare(installation: Installation, state: State, ports: Mapping[Role, int]) -> dict[Role, Server]:
    """Write what the servers need to start with these ports, and return them."""
    (state.s3 / BUCKET).mkdir(exist_ok=True)
    trino_files.write(state.trino, trino_port=ports[Role.TRINO], api_port=ports[Role.API], s3_port=ports[Role.S3])
    servers = (
        _s3(installation, state, ports[Role.S3]),
        _api(state, ports[Role.API], trino_port=ports[Role.TRINO], s3_port=ports[Role.S3]),
        _trino(installation, state, ports[Role.TRINO]),
    )
    return {server.role: server for server in servers}


def _s3(installation: Installation, state: State, port: int) -> Server:
    options = {"--port": f"127.0.0.1:{port}", "--health": _HEALTH_PATH, "--access-log": str(state.s3_access_log)}
    return Server(
        role=Role.S3,
        port=port,
        command=[
            str(installation.versitygw),
            "--quiet",
            "--keep-alive",
            *(part for option in options.items() for part in option),
            "posix",
            str(state.s3),
        ],
        variables={"ROOT_ACCESS_KEY": ACCESS_KEY, "ROOT_SECRET_KEY": SECRET_KEY},
        answers=lambda: _is_healthy(port),
    )


def _api(state: State, port: int, *, trino_port: int, s3_port: int) -> Server:
    options = {
        "--port": str(port),
        "--trino": url(trino_port),
        "--s3": url(s3_port),
        "--statements": str(state.statements),
    }
    return Server(
        role=Role.API,
        port=port,
        command=[
            sys.executable,
            "-m",
            "local_athena.server",
            *(part for option in options.items() for part in option),
        ],
        variables=project_on_path(),
        answers=lambda: _is_healthy(port),
    )


def project_on_path() -> dict[str, str]:
    """Return the variable by which a Python started anywhere imports this project."""
    return {"PYTHONPATH": os.pathsep.join([str(PROJECT), *filter(None, [os.environ.get("PYTHONPATH")])])}


def _trino(installation: Installation, state: State, port: int) -> Server:
    return Server(
        role=Role.TRINO,
        port=port,
        command=trino_files.command(installation, state.trino, [f"-XX:AOTCache={installation.trained}"]),
        variables=TRINO_VARIABLES,
        answers=lambda: trino_answers(port, _TRINO_QUESTIONS),
    )


def _is_healthy(port: int) -> bool:
    try:
        return _ask("GET", url(port) + _HEALTH_PATH).status == 200
    except urllib3.exceptions.HTTPError:
        return False


def trino_answers(port: int, questions: Iterable[str]) -> bool:
    """Return whether Trino answers questions; that it has started it says a second before it can."""
    try:
        return all(_finishes(port, question) for question in questions)
    except (urllib3.exceptions.HTTPError, json.JSONDecodeError):
        return False


def _finishes(port: int, question: str) -> bool:
    page = _ask("POST", f"{url(port)}/v1/statement", body=question, headers={"X-Trino-User": "engine"}).json()
    # Trino asks a Glue that does not answer again and again, for minutes.
    end = time.monotonic() + _QUESTION_SECONDS
    while "nextUri" in page and time.monotonic() < end:
        page = _ask("GET", page["nextUri"]).json()
    return bool(page["stats"]["state"] == "FINISHED")


def _ask(method: str, address: str, **details: object) -> urllib3.BaseHTTPResponse:
    return urllib3.request(method, address, timeout=5.0, retries=False, **details)  # type: ignore[arg-type]
