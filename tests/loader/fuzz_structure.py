"""Compares what the loader reads with what the oracle reads, for as many hostile files as there is time for.

python -m tests.loader.fuzz_structure --seconds 60 --seed 1
"""

from __future__ import annotations

import argparse
import io
import itertools
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings

from loader.contract.columns import Column, ColumnMeta
from loader.contract.model import Contract
from loader.contract.table import TableMeta
from loader.csv.contract_reader import ContractReader
from loader.errors import FileRejectedError
from loader.inbox.delivered_file import Delivery
from loader.inbox.unpacking import Content
from tests.loader import csv_oracle
from tests.loader.csv_oracle import Promise, Reading, physical_lines, without_line_end
from tests.loader.fuzz_inputs import RAW_TEXT_LIMIT, Case, cases, mutant, unchanged

MUTANTS, EXAMPLES = 150, 50
DIFFERENCES_SHOWN = 5
OTHER_LINES_KEPT = 100
MINIMISED_SECONDS = 20


@dataclass
class Tally:
    """What was tried, and what the loader said of it."""

    inputs: int = 0
    bytes: int = 0
    rows: int = 0
    refusals: Counter[str] = field(default_factory=Counter)
    malformed: Counter[str] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Count the other's too."""
        self.inputs += other.inputs
        self.bytes += other.bytes
        self.rows += other.rows
        self.refusals += other.refusals
        self.malformed += other.malformed
        self.differences += other.differences

    def __str__(self) -> str:
        """Lines for people."""
        lines = [
            f"inputs {self.inputs:,}, bytes {self.bytes:,}, rows compared {self.rows:,}",
            *(f"  refused  {reason:22}{count:>12,}" for reason, count in sorted(self.refusals.items())),
            *(f"  malformed  {reason:20}{count:>12,}" for reason, count in sorted(self.malformed.items())),
            f"differences: {len(self.differences)}",
            *self.differences,
        ]
        return "\n".join(lines)


@dataclass
class Landed:
    """What a landing would write of the file, or why it would refuse it."""

    refusal: str | None = None
    reader: ContractReader | None = None
    rows: list[dict[str, Any]] = field(default_factory=list)
    malformed: list[dict[str, Any]] = field(default_factory=list)


class _Memory(Delivery):
    """A delivery whose bytes are in memory."""

    def __init__(self, data: bytes) -> None:
        super().__init__("memory", "fuzzed.csv", len(data))
        self._data = data

    def open(self) -> io.BytesIO:
        return io.BytesIO(self._data)


@cache
def contract_of(promise: Promise) -> Contract:
    """Return a contract that promises this."""
    names = [f"c{number}" for number in range(len(promise.headers))]
    encoding: Any = promise.encoding
    return Contract(
        feed="fuzzed",
        path=Path("models/staging/fuzzed/_fuzzed__sources.yml"),
        meta=TableMeta(
            kind="reference",
            delimiter=promise.delimiter,
            quote=promise.quote,
            encoding=encoding,
            contract_version=1,
            file_patterns=["fuzzed*"],
            business_key=names[:1],
            delivery_calendar="daily",
            time_zone="UTC",
            extra_columns="keep" if promise.keeps_extra else "reject",
        ),
        columns=[
            Column(name=name, meta=ColumnMeta(header=[header], type="text", required=True))
            for name, header in zip(names, promise.headers, strict=True)
        ],
    )


def land(case: Case) -> Landed:
    """Read the case's file as a landing does."""
    landed = Landed()
    with Content(_Memory(case.file)) as content:
        try:
            landed.reader = ContractReader(contract_of(case.promise), content.read, case.block, case.promise.limit)
            for rows, malformed in landed.reader.batches():
                landed.rows += rows.to_pylist()
                landed.malformed += [] if malformed is None else malformed.to_pylist()
        except FileRejectedError as error:
            landed.refusal = error.reason.value
    return landed


def compare(case: Case, reading: Reading, landed: Landed) -> Iterator[str]:
    """Yield what the loader read otherwise than the oracle."""
    allowed = {reading.refusal}
    if case.damaged:
        allowed = {"BROKEN_COMPRESSION", reading.refusal or "BROKEN_COMPRESSION"}
    if landed.refusal not in allowed:
        yield f"refusal: {landed.refusal}, expected {allowed}"
    reader = landed.reader
    if landed.refusal or reading.refusal or reader is None:
        return
    ends = reading.line_ends
    yield from _unequal("header", reader.header, reading.header)
    yield from _unequal("BOM", reader.dialect.bom, reading.bom)
    yield from _unequal("line ending", reader.dialect.line_ending, "mixed" if len(ends) > 1 else [*ends, "LF"][0])
    yield from _unequal("rows landed", reader.rows_landed, len(reading.sound))
    yield from _unequal("reasons", reader.malformed_by_reason, Counter(reason for _, _, reason in reading.malformed))
    yield from _sound(case, reading, landed)
    malformed = [(row["row_number"], row["line_number"], row["reason"]) for row in landed.malformed]
    yield from _unequal("malformed rows", malformed, reading.malformed)
    yield from _conserved(reader.header, landed, case)
    yield from _placed(landed, case)


def _unequal(what: str, found: Any, expected: Any) -> Iterator[str]:
    if found != expected:
        yield f"{what}: {found!r:.300}, expected {expected!r:.300}"


def _sound(case: Case, reading: Reading, landed: Landed) -> Iterator[str]:
    """Compare the rows of the raw table, value by value."""
    extra = [name for name in reading.names if name not in case.promise.headers]
    expected = []
    for number, line, fields in reading.sound:
        values = dict(zip(reading.names, fields, strict=True))
        kept = {name: values[name] for name in extra} if extra else None
        columns = {f"c{at}": values[name] for at, name in enumerate(case.promise.headers)}
        expected.append({"row_number": number, "line_number": line, "extra_fields": kept, **columns})
    found = [{**row, "extra_fields": _extra(row)} for row in landed.rows]
    unequal = [pair for pair in zip(found, expected, strict=False) if list(pair[0].items()) != list(pair[1].items())]
    for row, other in unequal[:1]:
        yield from _unequal("sound row", row, other)
    yield from _unequal("sound rows", len(found), len(expected))


def _extra(row: dict[str, Any]) -> dict[str, str | None] | None:
    return None if row["extra_fields"] is None else json.loads(row["extra_fields"])


def _conserved(header: list[str], landed: Landed, case: Case) -> Iterator[str]:
    """Every line after the header belongs to one row or is none, whatever the oracle says; malformed rows have one."""
    lines = [line for line in landed.reader.other_lines.first if line.kind == "blank"] if landed.reader else []
    if len(lines) >= OTHER_LINES_KEPT - 1:
        return
    content = case.content.replace(b"\r", b"\n") if csv_oracle.has_cr_line_ends(case.content) else case.content
    taken: dict[int, tuple[int, int]] = {row["row_number"]: (row["line_number"], 1) for row in landed.malformed}
    for row in landed.rows:
        values = [value for name, value in row.items() if name[0] == "c"] + list((_extra(row) or {}).values())
        within = sum((value or "").count("\r" if content != case.content else "\n") for value in values)
        taken[row["row_number"]] = row["line_number"], 1 + within
    yield from _unequal("row numbers", sorted(taken), list(range(1, len(landed.rows) + len(landed.malformed) + 1)))
    line = 2 + sum(name.count("\r" if content != case.content else "\n") for name in header)
    for begins, count in sorted([*taken.values(), *((blank.line_number, 1) for blank in lines)]):
        yield from _unequal("line of a row", begins, line)
        line = begins + count
    yield from _unequal("lines", line - 1, len(physical_lines(content)))


def _placed(landed: Landed, case: Case) -> Iterator[str]:
    """Offset and length of malformed rows are those of their line in the file, and raw_text is that line."""
    is_cr = csv_oracle.has_cr_line_ends(case.content)
    lines = physical_lines(case.content.replace(b"\r", b"\n") if is_cr else case.content)
    offsets = [0, *itertools.accumulate(map(len, lines))]
    for row in landed.malformed:
        number, offset = row["line_number"] - 1, row["byte_offset"]
        text = without_line_end(lines[number])
        yield from _unequal("feed", row["feed"], "fuzzed")
        yield from _unequal("byte offset", offset, offsets[number])
        yield from _unequal("text by its place", case.content[offset : offset + row["byte_length"]], text)
        if row["reason"] == "RECORD_TOO_LONG" and case.promise.limit < RAW_TEXT_LIMIT:
            # A line that is skipped is shown as far as it was held, which no landing does: its limit is higher.
            found, held = row["raw_text"], text[: case.promise.limit].decode(case.promise.encoding, "ignore")
            yield from _unequal("beginning", found[:-12], _shown(lines[number], case)[: len(found[:-12])])
            yield from _unequal("held", len(found) >= len(held), True)
        else:
            yield from _unequal("raw text", row["raw_text"], _shown(text, case))


def _shown(text: bytes, case: Case) -> str:
    return text.decode(case.promise.encoding, "backslashreplace").replace("\0", r"\x00")[:RAW_TEXT_LIMIT]


def examine(case: Case) -> tuple[Landed, list[str]]:
    """Return what the loader reads, and how it differs from what the oracle reads."""
    reading = csv_oracle.read(case.content, case.promise)
    try:
        landed = land(case)
        return landed, list(compare(case, reading, landed))
    except Exception as error:  # whatever it is, it is a difference
        return Landed(), [f"raises {error!r}"]


def minimised(case: Case) -> Case:
    """Return a case that still differs and has as little as can be found within some seconds."""
    until = time.monotonic() + MINIMISED_SECONDS
    for simpler in (replace(case, packing="plain"), replace(case, block=64)):
        if examine(simpler)[1]:
            case = simpler
    size = len(case.content)
    while size and time.monotonic() < until:
        at = 0
        while at < len(case.content) and time.monotonic() < until:
            shorter = replace(case, content=case.content[:at] + case.content[at + size :])
            if examine(shorter)[1]:
                case = shorter
            else:
                at += size
        size //= 2
    return case


def check(case: Case, tally: Tally) -> None:
    """Compare one case and count it."""
    landed, found = examine(case)
    tally.inputs += 1
    tally.bytes += len(case.content)
    if landed.refusal:
        tally.refusals[landed.refusal] += 1
    else:
        tally.rows += len(landed.rows) + len(landed.malformed)
        tally.malformed.update(row["reason"] for row in landed.malformed)
    if found and len(tally.differences) < DIFFERENCES_SHOWN:
        small = minimised(case)
        tally.differences.append(f"  {examine(small)[1][0]}\n    {small!r}")


def fuzz(number: int, seconds: float = float("inf"), rounds: int | None = None) -> Tally:
    """Try the corpus, then other files until time or rounds are over or enough differs; ``number`` is the seed."""
    until, tally = time.monotonic() + seconds, Tally()
    for case in unchanged():
        check(case, tally)
    for turn in itertools.count() if rounds is None else range(rounds):
        rng = random.Random(f"{number} {turn}")
        for _ in range(MUTANTS):
            check(mutant(rng), tally)

        @seed(rng.getrandbits(32))
        @settings(
            max_examples=EXAMPLES,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(cases())
        def example(case: Case) -> None:
            check(case, tally)

        example()
        if time.monotonic() > until or len(tally.differences) >= DIFFERENCES_SHOWN:
            break
    return tally


def main() -> int:
    """Run from the command line; 1 if anything differs."""
    parser = argparse.ArgumentParser(prog="python -m tests.loader.fuzz_structure", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args()
    tally = Tally()
    seeds = [options.seed + 1000 * worker for worker in range(options.workers)]
    with ProcessPoolExecutor(options.workers, mp_context=get_context("spawn")) as pool:
        for one in pool.map(fuzz, seeds, [options.seconds] * options.workers):
            tally.add(one)
    print(tally)
    return 1 if tally.differences else 0


if __name__ == "__main__":
    sys.exit(main())
