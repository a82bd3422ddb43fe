"""Follows a page of docs/runbooks: the commands of its `console` blocks, one after the other, as a person types them.

A page shows what a person sees. In it `…` is any text of a line, and a line with only `…` is any number of lines. A
command without output may print anything. A command ends with 0, or as its comment says: `# exit code 1`.
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.end_to_end.house import PROJECT, House
from tests.end_to_end.in_process import invoke

PAGES = PROJECT / "docs" / "runbooks"
_FENCE = re.compile(r"^ *```(\w*)$")
_EXIT_CODE = re.compile(r"# exit code (\d+)$")
_VARIABLE = re.compile(r"[A-Z_]+=.*")
_ANY = "…"


@dataclass(frozen=True)
class Step:
    """A command of a page.

    Attributes:
        place: page and line.
        command: what is typed.
        expected: the lines that the page shows below it.
    """

    place: str
    command: str
    expected: tuple[str, ...]

    @property
    def exit_code(self) -> int:
        """What the command has to end with."""
        found = _EXIT_CODE.search(self.command)
        return int(found[1]) if found else 0


def steps(page: Path) -> list[Step]:
    """Return the commands of a page's `console` blocks in their order."""
    found: list[Step] = []
    block = None
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        fence = _FENCE.match(line)
        if fence:
            block = fence[1] if block is None else None
        elif block == "console":
            text = line.strip()
            if found and found[-1].command.endswith("\\") and not found[-1].expected:
                found[-1] = Step(found[-1].place, f"{found[-1].command[:-1].rstrip()} {text}", ())
            elif text.startswith("$ "):
                found.append(Step(f"{page.name}:{number}", text[2:], ()))
            else:
                found[-1] = Step(found[-1].place, found[-1].command, (*found[-1].expected, text))
    return found


def fits(expected: Sequence[str], shown: Sequence[str]) -> bool:
    """Return whether lines are what a page shows."""
    parts: list[list[str]] = [[]]
    for line in expected:
        if line == _ANY:
            parts.append([])
        else:
            parts[-1].append(line)
    first, *others = parts
    if not others:
        return len(first) == len(shown) and _fits_at(first, shown, 0)
    if not _fits_at(first, shown, 0):
        return False
    place = len(first)
    *between, last = others
    for part in between:
        places = (at for at in range(place, len(shown) - len(part) + 1) if _fits_at(part, shown, at))
        at = next(places, None)
        if at is None:
            return False
        place = at + len(part)
    return len(shown) - len(last) >= place and _fits_at(last, shown, len(shown) - len(last))


def _fits_at(part: Sequence[str], shown: Sequence[str], place: int) -> bool:
    lines = shown[place : place + len(part)]
    return len(lines) == len(part) and all(map(_fits_line, part, lines))


def _fits_line(expected: str, shown: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, expected.split(_ANY))), shown) is not None


def equip(house: House) -> None:
    """Give a house's project what a checkout has besides dbt's files: Makefile, environment, `lake`."""
    for name in ("Makefile", "pyproject.toml", "requirements.lock", "profiles.yml.example"):
        (house.project / name).symlink_to(PROJECT / name)
    (house.project / "lake").symlink_to(house.lake)
    environment = house.project / ".venv"
    environment.mkdir()
    for entry in Path(sys.prefix).iterdir():
        if entry.name != ".ready":
            (environment / entry.name).symlink_to(entry)
    (environment / ".ready").touch()


def follow(name: str, house: House) -> None:
    """Type the commands of a page in a house's project, and see that each prints and ends as the page shows."""
    for step in steps(PAGES / f"{name}.md"):
        exit_code, shown = run(step.command, house)
        assert exit_code == step.exit_code, f"{step.place}: {step.command} ended with {exit_code}:\n" + "\n".join(shown)
        assert not step.expected or fits(step.expected, shown), f"{step.place}: {step.command}\n" + "\n".join(shown)


def run(command: str, house: House) -> tuple[int, list[str]]:
    """Run a command in a house's project. Return its exit code, and the lines that a person sees."""
    words = shlex.split(command, comments=True)
    variables = {}
    while words and _VARIABLE.fullmatch(words[0]):
        variable, _, value = words.pop(0).partition("=")
        variables[variable] = value
    if words and words[0] == "dbt":
        with contextlib.chdir(house.project):
            ended = invoke(words[1:], house.project, {"LEDGER_LAKE_ROOT": "lake"} | variables)
        return ended.exit_code, _lines(ended.output)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    # A `make` within `make test` would tell of the folders that it enters.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    environment = inherited | {"LEDGER_LAKE_ROOT": "lake", "PATH": path, "PYTHONPATH": str(PROJECT), "COLUMNS": "110"}
    shell = ["bash", "-euo", "pipefail", "-c", command]
    done = subprocess.run(shell, cwd=house.project, env=environment, capture_output=True, text=True, check=False)
    # Where no terminal is, the loader writes its events as JSON.
    told = [line for line in _lines(done.stderr) if not line.startswith("{")]
    return done.returncode, _lines(done.stdout) + told


def _lines(output: str) -> list[str]:
    return [line.strip() for line in output.strip().splitlines()]
