"""A scratch lake: the project's models and seeds in a folder apart, a lake with one file, and a build of it."""

from __future__ import annotations

import csv
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from loader.contract.model import Contract
from loader.errors import ExitCode, LoaderError
from loader.inbox.delivered_file import Delivery
from loader.lake.landing import Landed, Landing
from loader.lake.storage import Store

# What dbt needs to know the models; without unit tests and audits it parses in half of the time.
_PROJECT_FILES = ("dbt_project.yml", ".dbtignore", "models", "macros", "seeds", "snapshots", "tests/generic")
_DECISIONS = ("file_decisions", "row_decisions", "opening_balances", "period_closes")
# The last tables that say something of a file, and all that they are made of; nothing is published.
_TABLES = ("set_aside_rows", "day_breaks", "file_evaluations", "int_month_ends")
_BUILD = (
    "--no-use-colors",
    "build",
    "--target",
    "duckdb",
    "--quiet",
    "--exclude-resource-type",
    "test",
    "unit_test",
    "--select",
)
_LINES_SHOWN = 5


class ScratchBuildError(LoaderError):
    """The models could not be built in the scratch lake: a mistake in the feed's staging model, as a rule."""

    exit_code = ExitCode.USAGE


@dataclass(frozen=True)
class Scratch:
    """A folder in which one file after the other is landed and built, each as if there were no other."""

    folder: Path

    @property
    def project(self) -> Path:
        """The copy of the dbt project, without decisions."""
        return self.folder / "project"

    @property
    def lake(self) -> Path:
        """The lake, with its warehouse."""
        return self.folder / "lake"

    def land(self, delivery: Delivery, contract: Contract) -> Landed:
        """Land the file in a lake that holds no other.

        Raises:
            FileRejectedError: it broke its contract as a whole.
        """
        shutil.rmtree(self.lake, ignore_errors=True)
        return Landing(Store.open(str(self.lake), None, create=True)).land(delivery, contract)

    def build(self, file_id: str) -> None:
        """Build all that is said of the file, as if a person had released it: what it would be held for is no reason.

        Raises:
            ScratchBuildError: dbt failed; the message has what it said.
        """
        decisions = self.project / "seeds" / "file_decisions.csv"
        _empty(decisions)
        with decisions.open("a", encoding="utf-8", newline="") as seed:
            csv.writer(seed, lineterminator="\n").writerow(
                (file_id, "release", "checked", "loader", "2000-01-01T00:00:00Z")
            )
        command = [sys.executable, "-c", "from dbt.cli.main import cli; cli()", *_BUILD]
        command += [f"+{table}" for table in _TABLES]
        done = subprocess.run(  # noqa: S603 - dbt of this environment, with arguments of ours
            command, cwd=self.project, env=self._environment(), capture_output=True, text=True, check=False
        )
        if done.returncode:
            said = [line.strip() for line in (done.stdout + done.stderr).splitlines() if line.strip()]
            raise ScratchBuildError(f"the models could not be built: {' / '.join(said[-_LINES_SHOWN:])}")

    def _environment(self) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith(("DBT_", "LEDGER_LAKE_"))}
        return own | {"LEDGER_LAKE_ROOT": str(self.lake), "DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "NO_COLOR": "1"}


@contextmanager
def scratch_of(project_dir: Path) -> Iterator[Scratch]:
    """Yield a scratch with a copy of the project.

    What was delivered is removed afterwards. What dbt has parsed is kept, and the next check of the project is faster.
    """
    name = hashlib.sha256(str(project_dir.resolve()).encode()).hexdigest()[:16]
    own = Path(tempfile.gettempdir()) / f"ledger-lake-check-{os.getuid()}"
    own.mkdir(mode=0o700, exist_ok=True)
    kept = own / name
    kept.mkdir(exist_ok=True)
    with (kept / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            # Another check of the project is under way: this one goes beside it, and is slower.
            with passing_scratch(project_dir) as scratch:
                yield scratch
            return
        try:
            yield _prepared(kept, project_dir)
        finally:
            shutil.rmtree(Scratch(kept).lake, ignore_errors=True)


@contextmanager
def passing_scratch(project_dir: Path) -> Iterator[Scratch]:
    """Yield a scratch with a copy of the project, of which nothing is kept."""
    with tempfile.TemporaryDirectory(prefix="ledger-lake-check-") as folder:
        yield _prepared(Path(folder), project_dir)


def _prepared(folder: Path, project_dir: Path) -> Scratch:
    scratch = Scratch(folder)
    shutil.rmtree(scratch.lake, ignore_errors=True)
    for made in scratch.project.iterdir() if scratch.project.is_dir() else ():
        if made.name != "target":
            shutil.rmtree(made) if made.is_dir() else made.unlink()
    scratch.project.mkdir(exist_ok=True)
    for name in _PROJECT_FILES:
        source = project_dir / name
        if source.is_dir():
            shutil.copytree(source, scratch.project / name)
        elif source.exists():
            shutil.copy(source, scratch.project / name)
    shutil.copy(project_dir / "profiles.yml.example", scratch.project / "profiles.yml")
    for seed in _DECISIONS:
        _empty(scratch.project / "seeds" / f"{seed}.csv")
    return scratch


def _empty(seed: Path) -> None:
    if seed.exists():
        header = seed.read_text(encoding="utf-8").splitlines()[:1]
        seed.write_text("\n".join([*header, ""]), encoding="utf-8")
