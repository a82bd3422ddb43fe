"""How long a landing takes, beside DuckDB writing the same file to Parquet; how much memory; how soon status answers.

Both read the same file in turn, each in a process of its own, so that only their ratio matters. DuckDB keeps no copy of
the file, hashes nothing and numbers no row.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import duckdb

from benchmarks.results import table, write_section

PROJECT = Path(__file__).parents[1]
# All texts: what a landing does, without its guarantees.
_TO_PARQUET = """
import sys, duckdb
source, target, ignored = sys.argv[1:]
options = f"all_varchar = true, header = true, delim = ',', quote = '\\"', escape = '\\"', ignore_errors = {ignored}"
with duckdb.connect() as connection:
    connection.execute(f"copy (from read_csv('{source}', {options})) to '{target}' (format parquet)")
"""
_CUSTOMER = {
    "plain": "printf('C%06d', (hash(i) % 200000)::bigint)",
    "quoted": "printf('C%06d', (hash(i) % 200000)::bigint)",
    "embedded newlines": "printf('C%03d', (hash(i) % 200)::bigint) || if(i % 4 = 0, chr(10), '-') || i % 90 + 10",
    "one row in 500 malformed": "printf('C%06d', (hash(i) % 200000)::bigint) || if(i % 500 = 0, '\",x', '')",
}


@dataclass(frozen=True)
class Measured:
    """One process: ``seconds`` on the wall, the most memory it had in MB."""

    seconds: float
    memory: float


def make_file(path: Path, variant: str, rows: int) -> None:
    """Write a transactions file of about 58 bytes a row, the same for the same number of rows."""
    customer = _CUSTOMER[variant]
    raw = f"""
        select
            printf('TX-%012d', i) as TransactionID,
            {customer} as CustomerID,
            printf('%d.%02d', (hash(i * 3) % 100000)::bigint - 50000, (hash(i * 7) % 100)::bigint)
                as TransactionAmount,
            ['EUR', 'USD', 'GBP', 'CZK'][1 + (hash(i * 11) % 4)::bigint] as Currency,
            strftime(timestamp '2024-01-01' + to_seconds((hash(i * 13) % 7776000)::bigint), '%Y-%m-%dT%H:%M:%SZ')
                as TransactionTimestamp
        from range({rows}) as numbers (i)
    """  # noqa: S608 (numbers and constants)
    if variant.endswith("malformed"):
        names = "TransactionID,CustomerID,TransactionAmount,Currency,TransactionTimestamp"
        line = f"concat_ws(',', {names})"
        # Neither quoted nor doubled: the quote in them is a fault.
        raw = f'select {line} as "{names}" from ({raw})'  # noqa: S608
        options = "header, delim '\x01', quote '\x02'"
    else:
        options = "header, force_quote *" if variant == "quoted" else "header"
    with duckdb.connect() as connection:
        connection.execute("set preserve_insertion_order = true")
        connection.execute(f"copy ({raw}) to '{path}' ({options})")


def run(command: list[str]) -> Measured:
    """Run a command to its end."""
    began = time.perf_counter()
    process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command} ended with {process.returncode}")
    return Measured(time.perf_counter() - began, usage.ru_maxrss / 1024)


def land(file: Path, folder: Path) -> Measured:
    """Land the file in a lake of its own."""
    lake = folder / "lake"
    shutil.rmtree(lake, ignore_errors=True)
    return run([sys.executable, "-m", "loader", "--root", str(lake), "land", "--feed", "transactions", str(file)])


def to_parquet(file: Path, folder: Path, ignore_errors: bool) -> Measured:
    """Let DuckDB write the file to Parquet."""
    return run([sys.executable, "-c", _TO_PARQUET, str(file), str(folder / "out.parquet"), str(ignore_errors)])


def compare(folder: Path, variant: str, rows: int, rounds: int) -> list[str]:
    """Return the cells of a variant: sizes, medians, their ratio in each round, memory."""
    file = folder / "transactions_bench.csv"
    make_file(file, variant, rows)
    pairs = [(land(file, folder), to_parquet(file, folder, variant.endswith("malformed"))) for _ in range(rounds)]
    ours, theirs = zip(*pairs, strict=True)
    ratios = sorted(our.seconds / their.seconds for our, their in pairs)
    size = file.stat().st_size / 1e6
    file.unlink()
    return [
        variant,
        f"{rows:,}",
        f"{size:,.0f} MB",
        f"{statistics.median(one.seconds for one in ours):.1f} s",
        f"{statistics.median(one.seconds for one in theirs):.1f} s",
        f"**{statistics.median(ratios):.2f}** ({ratios[0]:.2f}-{ratios[-1]:.2f})",
        f"{max(one.memory for one in ours):.0f} MB",
    ]


def status_seconds(folder: Path, files: int) -> float:
    """Return how long `loader status` takes on a lake of so many files: the median of nine."""
    inbox, lake = folder / "inbox", folder / "lake"
    for old in (inbox, lake):
        shutil.rmtree(old, ignore_errors=True)
    inbox.mkdir()
    for number in range(files):
        make_file(inbox / f"transactions_{number}.csv", "plain", number + 1)
    if files:
        run([sys.executable, "-m", "loader", "--root", str(lake), "land", *map(str, inbox.iterdir())])
    else:
        lake.mkdir()
    command = [sys.executable, "-m", "loader", "--root", str(lake), "status"]
    return statistics.median(run(command).seconds for _ in range(9))


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--large", type=int, default=100_000_000, help="rows of the file that memory is measured with")
    parser.add_argument("--out", type=Path, default=PROJECT / "build" / "benchmarks")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    rows = [compare(given.out, variant, given.rows, given.rounds) for variant in _CUSTOMER]
    if given.large:
        rows.append(compare(given.out, "plain", given.large, 1))
    header = [
        "file",
        "rows",
        "size",
        "landing",
        "DuckDB to Parquet",
        "ratio (least-most)",
        "peak memory of the landing",
    ]
    status = [f"`loader status`: {status_seconds(given.out, files):.2f} s with {files} files" for files in (0, 100)]
    command = f"python -m benchmarks.loader --rows {given.rows} --rounds {given.rounds} --large {given.large}"
    write_section("Loader: speed and memory", command, [*table(header, rows), "", "; ".join(status) + "."])
    shutil.rmtree(given.out)


if __name__ == "__main__":
    main()
