"""The S3 server of the local Athena and its Glue refuse calls of a landing, and the loader is killed at them."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable
from pathlib import Path

import boto3
import pytest

from local_athena.engine import Engine
from tests.loader.faults import CONTENT, EARLIER, Matrix, make_project, new_root

STEP = int(os.environ.get("LEDGER_LAKE_FAULT_STEP", "18"))


@pytest.fixture
def matrix(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Matrix:
    for name, value in engine.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("LEDGER_LAKE_RAW_SCHEMA", "raw")
    bucket = f"loader-faults-{uuid.uuid4().hex}"
    boto3.client("s3").create_bucket(Bucket=bucket)
    earlier, file = tmp_path / "payments_earlier.csv", tmp_path / "payments.csv"
    earlier.write_text(EARLIER)
    file.write_text(CONTENT)
    return Matrix(lambda: new_root(f"s3://{bucket}"), make_project(tmp_path / "dbt"), earlier, file, STEP)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("strike", [Matrix.refuse, Matrix.kill])
def test_refused_calls_and_kills_lose_and_double_nothing(
    strike: Callable[..., None], after: bool, matrix: Matrix
) -> None:
    strike(matrix, after=after)
    # A landing makes more than thirty calls, of which every so manieth was struck.
    assert (matrix.refused + matrix.killed) * STEP > 30
