"""The page of real formats: what is odd in each, and the contract that reads it. As a program it writes the page."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import yaml

PAGE = Path(__file__).parents[2] / "docs" / "real-formats.md"
FORMATS = Path(__file__).parents[1] / "feeds" / "formats"
_INTRODUCTION = """\
# Real formats and their contracts

Exports of {count} banks, payment services and ledgers: what is odd in each, and the whole contract that reads it. The
layouts are real, every row is made up. The files are in [tests/feeds/formats](../tests/feeds/formats/), each with its
right answer and its staging model. A test lands and builds all of them in one lake, and compares entries and month
ends.

- What each word means: [contract words](contract-words.md).
- How such a contract is written for you: [add a feed](adding-a-feed.md).

This page is made of the contracts by `python -m tests.docs.formats_page`. A test fails if it is not up to date.
"""


def page() -> str:
    """Return the page as the contracts have it today."""
    sections = [_section(path) for path in sorted(FORMATS.glob("*/_*__sources.yml"))]
    return "\n".join([_INTRODUCTION.format(count=len(sections)), *sections])


def _section(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    table = yaml.safe_load(text)["sources"][0]["tables"][0]
    # A source's own lines and the description are said above.
    contract = dedent(text[text.index("        config:\n") :])
    return f"## {table['name']}\n\n{table['description'].strip()}\n\n```yaml\n{contract.rstrip()}\n```\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
