"""Builds one small lake with two versions of the code, the working tree and a commit, and compares what readers see.

The commit's own code makes the sample files and lands them, so that the lake is the one that a change will find. Each
version builds twice, after each of the two deliveries, and a month is closed in between: so versions, restatements and
certificates are compared too. A build of a part publishes nothing, so there is no quicker way.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from review.compare import compare
from review.difference import Comparison

PROJECT = Path(__file__).parents[1]
CLOSE = "2024-02-01,close,{},A. Person,the month is over\n"
ROWS = 3_000
_LOCK = "requirements.lock"
_GIT = ("git", "-C", str(PROJECT))


class BuildError(RuntimeError):
    """A command of one of the two versions failed. ``str(error)`` is one line; what it printed has been shown."""


@dataclass(frozen=True)
class Version:
    """A version of the code in a folder of its own, with a lake beside it."""

    name: str
    folder: Path
    programs: Path

    @property
    def code(self) -> Path:
        """Where its project is."""
        return self.folder / "code"

    @property
    def lake(self) -> Path:
        """Where its copy of the landed files is."""
        return self.folder / "lake"

    @property
    def warehouse(self) -> Path:
        """What it builds."""
        return self.lake / "warehouse.duckdb"

    def python(self, *arguments: str) -> None:
        """Run a module of this version: its folder is the first in which Python looks."""
        self._run([str(self.programs / "python"), "-m", *arguments])

    def build(self, clock: datetime) -> None:
        """Build all that has landed, at this moment, after its own loader has made the tables of its feeds."""
        nothing = self.folder / "nothing"
        nothing.mkdir(exist_ok=True)
        self.python("loader", "land", str(nothing))
        command = [str(self.programs / "dbt"), "--quiet", "build", "--exclude-resource-type", "unit_test"]
        self._run(command, {"LEDGER_LAKE_CLOCK": clock.isoformat()})

    def close_a_month(self, moment: datetime) -> None:
        """Close the month at this moment; its next build takes the close up."""
        with (self.code / "seeds" / "period_closes.csv").open("a", encoding="utf-8") as file:
            file.write(CLOSE.format(moment.isoformat()))

    def _run(self, command: list[str], variables: Mapping[str, str] | None = None) -> None:
        places = {"LEDGER_LAKE_ROOT": str(self.lake), "DBT_TARGET_PATH": str(self.folder / "target")}
        environment = _clean() | places | {"DBT_LOG_PATH": str(self.folder / "logs"), **(variables or {})}
        ended = subprocess.run(command, cwd=self.code, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
        if ended.returncode != 0:
            print(ended.stdout, ended.stderr, sep="\n", file=sys.stderr)
            raise BuildError(f"{self.name}: {' '.join(command)} ended with {ended.returncode}")


def build_both(base: str, out: Path, examples: int) -> Comparison:
    """Build with the commit `base` and with the working tree, and return how their public tables differ.

    The comparison is also written to `comparison.json` in the folder `out`, which is emptied first.

    Raises:
        BuildError: one of the two cannot build.
        CompareError: a warehouse cannot be read.
    """
    out = out.absolute()
    shutil.rmtree(out, ignore_errors=True)
    versions = _base(base, out / "base"), working_tree(out / "here")
    build_versions(*versions, out / "files")
    comparison = compare(versions[0].warehouse, versions[1].warehouse, (versions[0].name, versions[1].name), examples)
    (out / "comparison.json").write_text(comparison.to_json(), encoding="utf-8")
    return comparison


def build_versions(base: Version, here: Version, files: Path) -> None:
    """Make the sample files in a folder, land them, and let both versions build after each delivery."""
    base.python("demo.generate", "--out", str(files), "--rows", str(ROWS))
    now = datetime.now(UTC) + timedelta(minutes=5)
    for number, delivery in enumerate((("delivery-1",), ("delivery-2", "held"))):
        base.python("loader", "land", *(str(path) for part in delivery for path in sorted((files / part).iterdir())))
        # Both find what base's loader wrote; each builds a warehouse of its own beside it.
        shutil.copytree(base.lake, here.lake, ignore=shutil.ignore_patterns("*.duckdb*"), dirs_exist_ok=True)
        for version in (base, here):
            if number == 1:
                version.close_a_month(now + timedelta(minutes=1))
            version.build(now + timedelta(hours=number))


def _base(commit: str, folder: Path) -> Version:
    name = _git("rev-parse", "--short=12", "--verify", "--end-of-options", f"{commit}^{{commit}}").strip()
    _unpack(["archive", "--format=tar", name], folder / "code")
    return _set_up(Version(name, folder, Path(sys.executable).parent))


def working_tree(folder: Path) -> Version:
    """Copy the working tree as it is, with what is not committed and without what git ignores."""
    listed = _git("ls-files", "--cached", "--others", "--exclude-standard", "-z").split("\0")
    for path in (Path(name) for name in listed if name):
        if (PROJECT / path).is_file():
            (folder / "code" / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(PROJECT / path, folder / "code" / path)
    name = _git("rev-parse", "--short=12", "HEAD").strip()
    changed = _git("status", "--porcelain").strip()
    return _set_up(Version(f"{name}-changed" if changed else name, folder, Path(sys.executable).parent))


def _set_up(version: Version) -> Version:
    """Give a version its profile, and packages of its own where its lock is another one."""
    shutil.copy(version.code / "profiles.yml.example", version.code / "profiles.yml")
    if (version.code / _LOCK).read_bytes() == (PROJECT / _LOCK).read_bytes():
        return version
    # What make says is not part of the comparison, which is on standard output.
    command = ["make", "--silent", "setup"]
    subprocess.run(command, cwd=version.code, env=_clean(), stdout=sys.stderr, check=True)  # noqa: S603
    return Version(version.name, version.folder, version.code / ".venv" / "bin")


def _clean() -> dict[str, str]:
    """Return this process's variables without those that lead to another lake, project or make."""
    left_out = ("LEDGER_LAKE_", "DBT_", "MAKE", "MFLAGS", "PYTHONPATH")
    return {name: value for name, value in os.environ.items() if not name.startswith(left_out)}


def _git(*arguments: str) -> str:
    ended = subprocess.run([*_GIT, *arguments], capture_output=True, text=True, check=False)  # noqa: S603
    if ended.returncode != 0:
        raise BuildError(f"git {arguments[0]}: {' '.join(ended.stderr.split())}")
    return ended.stdout


def _unpack(arguments: list[str], folder: Path) -> None:
    folder.mkdir(parents=True)
    archive = subprocess.run([*_GIT, *arguments], capture_output=True, check=True).stdout  # noqa: S603
    subprocess.run(["tar", "--extract", "--directory", str(folder)], input=archive, check=True)  # noqa: S603, S607
