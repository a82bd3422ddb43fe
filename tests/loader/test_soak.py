"""Loaders that run, are killed and start again beside each other lose nothing and double nothing."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import buckets
import pytest
import soak
from moto.s3.responses import S3Response

pytestmark = pytest.mark.long


def mend_moto(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let put-if-absent be one step, where moto looks and then writes, and date uploads, all from 2010 in moto."""
    put, uploads, writing = S3Response.put_object, S3Response.list_multipart_uploads, threading.Lock()

    def put_in_one_step(response: S3Response) -> Any:
        with writing:
            return put(response)

    def dated_uploads(response: S3Response) -> Any:
        status, headers, body = uploads(response)
        text = body.decode() if isinstance(body, bytes) else body
        began = f"<Initiated>{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.000Z}<"
        return status, headers, re.sub("<Initiated>.*?<", began, text)

    monkeypatch.setattr(S3Response, "put_object", put_in_one_step)
    monkeypatch.setattr(S3Response, "list_multipart_uploads", dated_uploads)


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The root of lakes in a bucket."""
    mend_moto(monkeypatch)
    with buckets.server() as url:
        buckets.use(url, monkeypatch)
        yield buckets.new_root()


def assert_whole(totals: soak.Totals) -> None:
    assert totals.faults == [], "\n".join(totals.faults)
    assert (totals.losses, totals.duplicates) == (0, 0)
    assert min(totals.kills, totals.races, totals.rows) > 0, "it has not tried what it is to try"


def test_killed_and_racing_loaders_of_a_folder_land_rows_once(tmp_path: Path) -> None:
    assert_whole(soak.soak(str(tmp_path), seed=1, rounds=4))


def test_killed_and_racing_loaders_of_a_bucket_land_rows_once(bucket: str) -> None:
    assert_whole(soak.soak(bucket, seed=103, rounds=1))


@pytest.mark.slow
def test_loaders_at_length_on_a_folder_land_every_row_once(tmp_path: Path) -> None:
    assert_whole(soak.soak(str(tmp_path), seed=2, rounds=100))
