"""Reads the Dockerfile and .dockerignore as far as this project uses them, and refuses whatever it does not know."""

from __future__ import annotations

import fnmatch
import json
import re
import shlex
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

_VARIABLE = re.compile(r"\$\{(\w+)\}")
_KNOWN = {"ARG", "CMD", "COPY", "ENV", "FROM", "LABEL", "RUN", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"}


@dataclass(frozen=True)
class Step:
    """One instruction: its word in capitals, and the rest with its variables filled in (but for RUN, a shell's)."""

    word: str
    rest: str

    @property
    def listed(self) -> list[str]:
        """Return the words of the JSON form, which no shell reads."""
        words: list[str] = json.loads(self.rest)
        return words

    @property
    def pairs(self) -> dict[str, str]:
        """Return names and values of ENV and LABEL."""
        return dict(part.split("=", 1) for part in shlex.split(self.rest))

    @property
    def copied(self) -> tuple[str | None, list[str], str]:
        """Return the stage that COPY takes from (None: the context), the sources and the target."""
        words = shlex.split(self.rest)
        stage = words.pop(0).removeprefix("--from=") if words[0].startswith("--") else None
        return stage, words[:-1], words[-1]


@dataclass
class Stage:
    """One stage of the build, by its name; the last one has none."""

    name: str
    base: str
    steps: list[Step] = field(default_factory=list)

    def all(self, word: str) -> list[Step]:
        return [step for step in self.steps if step.word == word]

    def last(self, word: str) -> Step:
        return self.all(word)[-1]

    @property
    def environment(self) -> dict[str, str]:
        """Return the variables that a container of the stage starts with."""
        return {name: value for step in self.all("ENV") for name, value in step.pairs.items()}


def read(path: Path, **arguments: str) -> list[Stage]:
    """Return the stages of a Dockerfile, built with these arguments.

    Raises:
        ValueError: it has an instruction that this reader does not know.
    """
    stages: list[Stage] = []
    given: dict[str, str] = {}
    for line in _lines(path.read_text(encoding="utf-8")):
        word, rest = line.split(maxsplit=1)
        if word not in _KNOWN:
            raise ValueError(f"unknown instruction: {line}")
        if word == "ARG":
            name, default = rest.split("=", 1)
            given[name] = arguments.get(name, default)
            continue
        if word != "RUN":
            rest = _VARIABLE.sub(lambda found: given[found[1]], rest)
        if word == "FROM":
            base, *name_of = re.split(r"\s+AS\s+", rest)
            stages.append(Stage(name_of[0] if name_of else "", base))
        else:
            stages[-1].steps.append(Step(word, rest))
    return stages


def _lines(text: str) -> list[str]:
    """Return the instructions, each as one line, without comments."""
    kept = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return [" ".join(line.split()) for line in "\n".join(kept).replace("\\\n", " ").splitlines()]


def copy_context(project: Path, to: Path) -> None:
    """Copy what a builder is sent of a project: the paths that .dockerignore allows, where they are there.

    Raises:
        ValueError: .dockerignore is no list of what is allowed.
    """
    lines = [line for line in (project / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]
    nothing, *rest = lines
    unknown = [line for line in rest if not line.startswith(("!", "**/"))]
    if nothing != "*" or unknown:
        raise ValueError(f".dockerignore: only !path and **/name may follow *, not {unknown}")
    left_out = _matching([line.removeprefix("**/") for line in rest if line.startswith("**/")])
    for name in (line[1:].rstrip("/") for line in rest if line.startswith("!")):
        source, target = project / name, to / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=left_out)
        elif source.exists():
            shutil.copy2(source, target)


def _matching(patterns: list[str]) -> Callable[[str, list[str]], set[str]]:
    return lambda _, names: {name for name in names if any(fnmatch.fnmatch(name, one) for one in patterns)}
