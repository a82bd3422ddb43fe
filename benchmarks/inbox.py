"""How long a call takes over an inbox of which every file has landed, on a disk and in a bucket."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from unittest.mock import patch

import boto3

from benchmarks.results import table, write_section
from local_athena.engine import Engine
from tests.loader.faults import make_project
from tests.loader.processes import PROJECT


def measure(project: Path, root: str, inbox: str, files: int) -> list[str]:
    """Land the inbox twice; return the cells of both calls."""
    seconds = []
    for expected in (None, {"status": "landed_before", "files": files}):
        began = time.monotonic()
        options = ["--json", "--project-dir", str(project), "--root", root]
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-m", "loader", *options, "land", "--settled-after", "0", inbox],
            cwd=PROJECT,
            check=True,
            capture_output=True,
            text=True,
        )
        seconds.append(time.monotonic() - began)
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        if len(answers) != files if expected is None else answers != [expected]:
            raise SystemExit(f"{len(answers)} answers, the last {answers[-1:]}")
    return [f"{files:,}", f"{seconds[0]:,.1f} s", f"{seconds[1]:.1f} s"]


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--objects", type=int, default=1_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Engine.start(Path(folder) / "engine", tied=True) as engine:
        project = make_project(Path(folder) / "project")
        inbox = Path(folder) / "inbox"
        inbox.mkdir()
        for number in range(given.files):
            file = inbox / f"payments_{number}.csv"
            file.write_text(f"PaymentID,Amount\n{number},1\n")
        rows = [["a folder", *measure(project, str(Path(folder) / "lake"), str(inbox), given.files)]]
        with patch.dict(os.environ, engine.environment()):
            s3 = boto3.client("s3")
            s3.create_bucket(Bucket="inboxes")
            for number in range(given.objects):
                s3.put_object(
                    Bucket="inboxes", Key=f"in/payments_{number}.csv", Body=f"PaymentID,Amount\n{number},1\n".encode()
                )
            with patch.dict(os.environ, LEDGER_LAKE_RAW_SCHEMA="inboxes"):
                cells = measure(project, "s3://inboxes/lake", "s3://inboxes/in/*.csv", given.objects)
            rows.append(["a bucket", *cells])
    header = ["inbox and lake in", "files", "first call", "next call"]
    command = f"python -m benchmarks.inbox --files {given.files} --objects {given.objects}"
    write_section("Loader: an inbox that has landed", command, table(header, rows))


if __name__ == "__main__":
    main()
