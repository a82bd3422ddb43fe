"""The sections of RESULTS.md: each measurement writes its own anew."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from pathlib import Path

RESULTS = Path(__file__).with_name("RESULTS.md")


def write_section(title: str, command: str, lines: list[str]) -> None:
    """Put a section in place of the one with its title, or at the end; print it too."""
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}, {datetime.now(UTC):%Y-%m-%d}"
    section = "\n".join([f"## {title}", "", f"`{command}` ({machine})", "", *lines, ""])
    before = RESULTS.read_text() if RESULTS.exists() else "# Results\n"
    head, *others = before.split("\n## ")
    sections = {other.partition("\n")[0]: f"## {other.rstrip()}\n" for other in others}
    sections[title] = section
    RESULTS.write_text("\n".join([head.rstrip() + "\n", *sections.values()]))
    print(section)


def table(header: list[str], rows: list[list[str]]) -> list[str]:
    """Return a Markdown table."""
    return [f"| {' | '.join(cells)} |" for cells in [header, ["---"] * len(header), *rows]]
