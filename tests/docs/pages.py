"""Finds what the pages of docs/ tell people to type."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.docs.shell import Words, commands

PROJECT = Path(__file__).parents[2]
RUNBOOKS = PROJECT / "docs" / "runbooks"
PAGES = [PROJECT / "README.md", PROJECT / "CONTRIBUTING.md", *sorted((PROJECT / "docs").rglob("*.md"))]
PROGRAMS = ("aws", "dbt", "loader", "make", "python", "terraform")

_FENCE = re.compile(r"^ *```(\w*)$")
_TYPED = re.compile(rf"(?:\w+=\S+ )*(?:\.venv/bin/)?(?:{'|'.join(PROGRAMS)})\b(?!-)")
_INLINE = re.compile(rf"`((?:{'|'.join((*PROGRAMS, 'run', 'ask', 'compare'))}) [^`]+)`")
_EXPLANATION = re.compile(r" {2,}(?=[^\s\\]).*")


@dataclass(frozen=True)
class Block:
    """A block of a page: the page and line of its first line, its language, its text."""

    page: Path
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(PROJECT)}:{self.line}"


@dataclass(frozen=True)
class Typed:
    """A command of a page. `whole`: it can be typed as it is, while one within a sentence may name only a part."""

    place: str
    words: Words
    whole: bool


def blocks(page: Path) -> tuple[list[Block], list[tuple[int, str]]]:
    """Return a page's blocks, and its other lines with their numbers."""
    found: list[Block] = []
    others = []
    lines: list[str] | None = None
    start, language = 0, ""
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        fence = _FENCE.match(line)
        if not fence and lines is None:
            others.append((number, line))
        elif not fence and lines is not None:
            lines.append(line)
        elif lines is None:
            lines, start, language = [], number + 1, fence[1] if fence else ""
        else:
            found.append(Block(page, start, language, "\n".join(lines)))
            lines = None
    return found, others


def scripts() -> list[Block]:
    """Return every block that is a script of bash."""
    return [block for page in PAGES for block in blocks(page)[0] if block.language == "bash"]


def typed(page: Path) -> list[Typed]:
    """Return every command of a page: of its blocks, and those that a sentence names."""
    inside, others = blocks(page)
    found = []
    for block in inside:
        texts = [block.text] if block.language == "bash" else _lines(block) if block.language in ("", "console") else []
        found += [Typed(str(block), words, whole=True) for text in texts for words in commands(text)]
    for number, line in others:
        place = f"{page.relative_to(PROJECT)}:{number}"
        found += [Typed(place, words, whole=False) for text in _INLINE.findall(line) for words in commands(text)]
    return found


def _lines(block: Block) -> Iterator[str]:
    """Yield the commands of a block in which other lines are what they print."""
    command = ""
    for line in block.text.splitlines():
        text = line.strip()
        if not command and not (text.startswith("$ ") or _TYPED.match(text)):
            continue
        command += text.removeprefix("$ ") if not command else f" {text}"
        if command.endswith("\\"):
            command = command[:-1]
            continue
        yield _EXPLANATION.sub("", command)
        command = ""
