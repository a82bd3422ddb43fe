"""Loaders that race and are killed on the S3 server and the Glue API of the local Athena land every row once."""

from __future__ import annotations

import os

import boto3
import pytest

from local_athena.engine import Engine
from tests.loader.soak import soak


def test_killed_and_racing_loaders_land_every_row_once(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in engine.environment().items():
        monkeypatch.setenv(name, value)
    bucket = f"loader-soak-{os.getpid()}"
    boto3.client("s3").create_bucket(Bucket=bucket)
    totals = soak(f"s3://{bucket}/some/prefix", seed=201, rounds=4)
    assert totals.faults == [], "\n".join(totals.faults)
    assert min(totals.kills, totals.races, totals.rows) > 0, "it has not tried what it is to try"
