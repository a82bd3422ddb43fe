"""What the local Athena's tests share: one real engine, and one whose servers are stand-ins that start at once."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from botocore.loaders import create_loader

from demo.generate import generate
from local_athena.engine import Engine
from local_athena.errors import ToolMissingError
from local_athena.install import install
from local_athena.installation import Installation
from tests.athena.house import AthenaHouse, Twin
from tests.athena.pair import Files, Pair
from tests.athena.stand_ins import StandIns
from tests.end_to_end.house import House


@pytest.fixture(scope="session")
def installation() -> Installation:
    """What engines are started from; tests that need it are skipped, and say why, where a tool is missing."""
    try:
        return install()
    except ToolMissingError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def engine(installation: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A real engine: one per worker of pytest-xdist, ended with it however it ends."""
    with Engine.start(tmp_path_factory.mktemp("engine"), tied=True) as started:
        yield started


@pytest.fixture
def stand_ins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StandIns:
    """In place of Trino and the S3 gateway, scripts that listen where they are told and answer that all is well."""
    return StandIns(tmp_path / "stand-ins", monkeypatch)


@pytest.fixture(scope="session")
def athena_house(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], AthenaHouse]]:
    """Make a house on the engine, with databases and a prefix of its own; the AWS variables lead to the engine."""
    numbers = count(1)

    def make() -> AthenaHouse:
        return AthenaHouse(tmp_path_factory.mktemp("house"), engine=engine, name=f"house_{next(numbers)}")

    with pytest.MonkeyPatch.context() as patch:
        # dbt-athena makes a session of boto3 for each statement, and each reads the same large files of AWS's services.
        patch.setattr("botocore.session.create_loader", functools.cache(create_loader))
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        for name, value in engine.environment().items():
            patch.setenv(name, value)
        yield make


@pytest.fixture(scope="session")
def new_house(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], House]:
    """Make a house on DuckDB."""
    return lambda: House(tmp_path_factory.mktemp("house"))


@pytest.fixture(scope="session")
def deliveries(tmp_path_factory: pytest.TempPathFactory) -> list[Files]:
    """The demo's two deliveries."""
    folder = tmp_path_factory.mktemp("demo")
    generate(folder, 6_000, 1)
    return [
        [(path.name.rsplit("_", 1)[0], path.name, path.read_bytes()) for path in sorted((folder / name).iterdir())]
        for name in ("delivery-1", "delivery-2")
    ]


@pytest.fixture(scope="session")
def new_pair(athena_house: Callable[[], AthenaHouse], tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Pair]:
    def make() -> Pair:
        house = athena_house()
        return Pair(house, Twin(tmp_path_factory.mktemp("twin"), original=house))

    return make


@pytest.fixture(scope="session")
def first(new_pair: Callable[[], Pair], deliveries: list[Files]) -> Pair:
    """A pair after the first delivery. Tests may go on from there; what they do not deliver stays as it is."""
    pair = new_pair()
    pair.land(deliveries[0])
    pair.build()
    return pair


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in how many values the engines differ; a worker of pytest-xdist cannot print."""
    for found in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        for name, value in getattr(found, "user_properties", []):
            if name == "parity":
                terminalreporter.write_line(f"parity, {value}")
