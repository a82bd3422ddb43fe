"""Loaders that land, are killed and start again beside each other on one lake: nothing is lost, nothing doubled.

``python -m tests.loader.soak --root ROOT --seed S --rounds N [--loaders 2..8]``

Each round is a new lake below ROOT, a folder or s3://bucket/prefix, and all its choices come from one seed: what is
delivered, who lands what in which order, which part of a usual landing passes before a kill, when recover and verify
run. Round n of seed S is the first round of seed S + n. How the processes take turns is the system's affair.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import statistics
import sys
import tempfile
import threading
import time
import traceback
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from unittest.mock import patch

from loader.cli import log
from tests.loader.faults import make_project
from tests.loader.soak_checks import Lake, Verdict, judge
from tests.loader.soak_files import Delivered, deliver
from tests.loader.soak_loaders import Ended, run

_BARRIER_SECONDS = 60


@dataclass
class Totals:
    """What a soak did and found.

    Attributes:
        loaders: loaders that were started, those started again among them.
        kills: how many of them were killed.
        races: landings of the same bytes that were under way in two or more loaders at once, each counted once.
        beaten: landings that wrote all their parts and found the commit of another one.
        checks: calls of recover and verify beside loaders.
        faults: what the last round was found to have, empty where all is well.
    """

    rounds: int = 0
    loaders: int = 0
    kills: int = 0
    races: int = 0
    beaten: int = 0
    checks: int = 0
    files: int = 0
    rows: int = 0
    losses: int = 0
    duplicates: int = 0
    seconds: float = 0
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.rounds:,} rounds, {self.loaders:,} loaders, {self.kills:,} kills, {self.races:,} races "
            f"({self.beaten:,} landings beaten at the commit), {self.checks:,} recovers and verifies beside them, "
            f"{self.files:,} files, {self.rows:,} rows, {self.losses:,} losses, {self.duplicates:,} duplicates, "
            f"{self.seconds:.1f} s"
        )


@dataclass(frozen=True)
class Plan:
    """What a loader lands, and after which part of a usual landing each of its starts is killed; None lets it end."""

    files: list[Delivered]
    paths: list[Path]
    kills: list[float | None]

    @classmethod
    def draw(cls, choices: random.Random, delivered: list[Delivered]) -> Plan:
        """Choose the inbox or at least half of its files, in any order, and who is killed; most of them start again."""
        files = choices.sample(delivered, choices.randint((len(delivered) + 1) // 2, len(delivered)))
        paths = [one.path for one in files]
        if choices.random() < 0.25:
            files, paths = delivered, [delivered[0].path.parent]
        kills: list[float | None] = [choices.random() for _ in range(choices.choice((0, 0, 1, 2)))]
        return cls(files, paths, kills if kills and choices.random() < 0.3 else [*kills, None])


@dataclass(frozen=True)
class Check:
    """A call beside the loaders, after some part of a usual landing."""

    arguments: tuple[str, ...]
    after: float


def _at_once() -> None:
    return


class Round:
    """One lake, and all that happens to it."""

    def __init__(self, root: str, folder: Path, seed: int, loaders: int | None, usual: float) -> None:
        """Choose everything; ``usual`` is how many seconds a loader takes, ``folder`` is for files beside the lake."""
        choices = random.Random(seed)
        inbox, self._logs = folder / "inbox", folder / "logs"
        inbox.mkdir()
        self._logs.mkdir()
        self._root = root
        self._usual = usual
        self._delivered = deliver(choices, inbox)
        self._plans = [Plan.draw(choices, self._delivered) for _ in range(loaders or choices.randint(2, 8))]
        calls = [("recover",), ("verify",), ("verify", "--quick")]
        self._checks = [Check(choices.choice(calls), 1.5 * choices.random()) for _ in range(choices.randint(2, 5))]
        self._project = make_project(folder / "project")
        self.landed: list[tuple[list[Delivered], Ended]] = []
        self.checked: list[Ended] = []

    def run(self) -> Verdict:
        """Let everybody loose, land what is left, and judge the lake."""
        lake = Lake(self._root, self._project)
        start = threading.Barrier(len(self._plans) + len(self._checks), timeout=_BARRIER_SECONDS)
        with ThreadPoolExecutor(start.parties) as pool:
            going = [pool.submit(self._load, plan, start) for plan in self._plans]
            going += [pool.submit(self._check, check, start) for check in self._checks]
        for one in going:
            one.result()
        if rest := lake.unsettled(self._delivered):
            self._land(rest, [one.path for one in rest])
        visible = {Path(key).stem for key in lake.keys("files")}
        verdict = judge(lake, self._delivered)
        for files, ended in self.landed:
            verdict.faults += _faults_of_loader(files, ended, visible)
        killed = {landing.file_id for _, ended in self.landed if ended.is_killed for landing in ended.landings}
        for ended in self.checked:
            verdict.faults += _faults_of_check(ended, killed)
        return verdict

    def _load(self, plan: Plan, start: threading.Barrier) -> None:
        ready: Callable[[], object] = start.wait
        for part in plan.kills:
            kill_after = None if part is None else part * self._usual
            if not self._land(plan.files, plan.paths, ready, kill_after).is_killed:
                return
            ready = _at_once

    def _land(
        self,
        files: list[Delivered],
        paths: list[Path],
        ready: Callable[[], object] = _at_once,
        kill_after: float | None = None,
    ) -> Ended:
        ended = run(self._arguments("land", *map(str, paths)), self._logs, ready=ready, kill_after=kill_after)
        self.landed.append((files, ended))
        return ended

    def _check(self, check: Check, start: threading.Barrier) -> None:
        def ready() -> None:
            start.wait()
            time.sleep(check.after * self._usual)

        self.checked.append(run(self._arguments(*check.arguments), self._logs, ready=ready))

    def _arguments(self, *call: str) -> tuple[str, ...]:
        return ("--root", self._root, "--project-dir", str(self._project), "--json", *call)

    def races(self) -> int:
        """Return how many contents were landed by two or more loaders at once."""
        of_loaders = [ended.landings for _, ended in self.landed]
        return len(
            {
                one.content
                for ours, theirs in combinations(of_loaders, 2)
                for one in ours
                for other in theirs
                if one.content == other.content and one.meets(other)
            }
        )


def _faults_of_loader(files: list[Delivered], ended: Ended, visible: set[str]) -> list[str]:
    """A loader that nobody killed says what became of each file; what it says has landed is there for SQL to see."""
    found = []
    refused = sorted(one.path.name for one in files if one.content.is_refused)
    said_refused = sorted(one["file_name"] for one in ended.answers if one["status"] == "rejected")
    if not ended.is_killed:
        if ended.exit_code != (3 if refused else 0):
            found.append(f"unexpected exit code: {ended}")
        if sum(one.get("files", 1) for one in ended.answers) != len(files) or said_refused != refused:
            found.append(f"answers {ended.answers} for {[one.path.name for one in files]}: {ended}")
    for one in ended.answers:
        if one["status"] in ("landed", "already_landed") and one["file_id"] not in visible:
            found.append(f"{one['file_name']} was {one['status']} by a file that SQL does not see, {one['file_id']}")
    return found


def _faults_of_check(ended: Ended, killed: set[str]) -> list[str]:
    """Beside running loaders recover sweeps nothing and verify finds nothing, but for files that a kill cut off."""
    if ended.arguments[-1] == "recover":
        is_fine = ended.exit_code == 0 and [(one["swept"], one["not_landed"]) for one in ended.answers] == [([], [])]
        return [] if is_fine else [f"answers {ended.answers}: {ended}"]
    findings = [finding for one in ended.answers for finding in one.get("findings", [])]
    odd = [
        one for one in findings if one["kind"] not in ("missing", "unregistered") or Path(one["key"]).stem not in killed
    ]
    is_fine = len(ended.answers) == 1 and not odd and ended.exit_code == (4 if findings else 0)
    return [] if is_fine else [f"findings {odd} beside running loaders: {ended}"]


def soak(root: str, *, seed: int, rounds: int, loaders: int | None = None) -> Totals:
    """Run rounds until one has faults; its lake is kept then, and otherwise removed if it is a folder.

    Args:
        root: what the lakes lie below; a bucket must exist.
        seed: of the first round; each next one has the next number.
        rounds: how many.
        loaders: in each round; chosen by the seed if not given.
    """
    totals = Totals()
    is_bucket = "://" in root
    usual = 2.0 if is_bucket else 0.3
    began = time.monotonic()
    for number in range(rounds):
        name = f"soak-{seed + number}-{uuid.uuid4().hex[:8]}"
        lake = f"{root.rstrip('/')}/{name}" if is_bucket else str(Path(root).absolute() / name)
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            variables = {"LEDGER_LAKE_RAW_SCHEMA": name.replace("-", "_"), "LEDGER_LAKE_SETTLED_AFTER": "0"}
            stack.enter_context(patch.dict(os.environ, variables))
            this = Round(lake, folder, seed + number, loaders, usual)
            try:
                verdict = this.run()
            except Exception:  # A lake that cannot even be read: the seed is told all the same.
                verdict = Verdict(faults=[traceback.format_exc()])
        _add(totals, this, verdict)
        totals.seconds = time.monotonic() - began
        if verdict.faults:
            totals.faults = [*verdict.faults, f"to repeat it: --seed {seed + number} --rounds 1; the lake is {lake}"]
            break
        usual = statistics.median([ended.seconds for _, ended in this.landed if not ended.is_killed] or [usual])
        if not is_bucket:
            shutil.rmtree(lake)
    return totals


def _add(totals: Totals, this: Round, verdict: Verdict) -> None:
    totals.rounds += 1
    totals.loaders += len(this.landed)
    totals.kills += sum(ended.is_killed for _, ended in this.landed)
    totals.races += this.races()
    totals.beaten += sum(landing.is_beaten for _, ended in this.landed for landing in ended.landings)
    totals.checks += len(this.checked)
    totals.files += verdict.files
    totals.rows += verdict.rows
    totals.losses += verdict.losses
    totals.duplicates += verdict.duplicates


def main() -> int:
    """Print one line; return 1 if a round has faults, which are told before it."""
    parser = argparse.ArgumentParser(prog="python -m tests.loader.soak", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--root", required=True, help="a folder, or s3://bucket/prefix")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--rounds", type=int, required=True)
    parser.add_argument("--loaders", type=int, choices=range(2, 9), help="in each round, if not chosen by the seed")
    given = parser.parse_args()
    log.configure(machine_readable=False)
    totals = soak(given.root, seed=given.seed, rounds=given.rounds, loaders=given.loaders)
    for fault in totals.faults:
        print(fault, file=sys.stderr)
    print(f"soak of {given.root}, seed {given.seed}: {totals}")
    return 1 if totals.faults else 0


if __name__ == "__main__":
    sys.exit(main())
