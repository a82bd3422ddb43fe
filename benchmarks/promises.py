"""The loader's promises under attack, at length: each call struck, loaders racing and killed, files from a fuzzer.

What the tests do for some seconds; on folders, and on the S3 server and Glue of the local Athena.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from unittest.mock import patch

import boto3

from benchmarks.results import table, write_section
from loader.cli import log
from local_athena.engine import Engine
from tests.loader.faults import CONTENT, EARLIER, Matrix, make_project, new_root
from tests.loader.fuzz_structure import Tally, fuzz
from tests.loader.soak import Totals, soak

_BUCKET = "promises"


@contextmanager
def places() -> Iterator[dict[str, str]]:
    """Yield where lakes may be made: a folder, and a bucket of a local Athena that runs meanwhile."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Engine.start(Path(folder) / "engine", tied=True) as engine,
        patch.dict(os.environ, engine.environment()),
    ):
        boto3.client("s3").create_bucket(Bucket=_BUCKET)
        yield {"folder": folder, "S3 and Glue": f"s3://{_BUCKET}"}


def strike(place: str, root: str) -> list[str]:
    """Strike each call of a landing in four ways; return the cells of the place."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        file, earlier = Path(folder) / "payments.csv", Path(folder) / "payments_earlier.csv"
        file.write_text(CONTENT)
        earlier.write_text(EARLIER)
        matrix = Matrix(lambda: new_root(root), make_project(Path(folder) / "project"), earlier, file)
        calls = len(matrix.calls())
        for after in (False, True):
            matrix.refuse(after=after)
            matrix.kill(after=after)
    seconds = f"{time.monotonic() - began:,.0f} s"
    return [place, f"{calls}", f"{matrix.refused:,}", f"{matrix.killed:,}", "0", "0", seconds]


def loose(place: str, root: str, seed: int, rounds: int) -> list[str]:
    """Let loaders loose on lakes of the place; return its cells."""
    totals: Totals = soak(root, seed=seed, rounds=rounds)
    if totals.faults:
        raise SystemExit("\n".join(totals.faults))
    counts = (totals.rounds, totals.loaders, totals.kills, totals.races, totals.beaten, totals.checks, totals.files)
    found = (totals.rows, totals.losses, totals.duplicates)
    return [place, *(f"{count:,}" for count in (*counts, *found)), f"{totals.seconds:,.0f} s"]


def fuzzed(seed: int, seconds: float) -> list[str]:
    """Fuzz for a while on two processors; return the lines of the result."""
    tally = Tally()
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        for one in pool.map(fuzz, [seed, seed + 1000], [seconds] * 2):
            tally.add(one)
    if tally.differences:
        raise SystemExit(str(tally))
    return ["```", *str(tally).splitlines(), "```"]


def main() -> None:
    """Run and write; a loss, a duplicate or a difference ends it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seed", type=int, default=2024)
    parser.add_argument("--rounds", type=int, default=200, help="of the soak, on each place")
    parser.add_argument("--seconds", type=float, default=600, help="of the fuzzer")
    given = parser.parse_args()
    log.configure(machine_readable=False)
    command = f"python -m benchmarks.promises {' '.join(sys.argv[1:])}".strip()
    with places() as roots:
        struck = [strike(place, root) for place, root in roots.items()]
        header = ["lakes in", "calls of a landing", "refused", "killed", "losses", "duplicates", "time"]
        write_section(
            "Loader: each call refused, or killed, before or after its effect", command, table(header, struck)
        )
        let_loose = [loose(place, root, given.seed, given.rounds) for place, root in roots.items()]
        header = ["lakes in", "rounds", "loaders", "kills", "races", "beaten at the commit", "recovers and verifies"]
        header += ["files", "rows", "losses", "duplicates", "time"]
        write_section("Loader: two to eight at once, killed and started again", command, table(header, let_loose))
    write_section("Loader: hostile files", command, fuzzed(given.seed, given.seconds))


if __name__ == "__main__":
    main()
