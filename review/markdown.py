"""Renders a comparison for people, as Markdown in which no value of the data can be more than text."""

from __future__ import annotations

import html

from review.difference import Comparison, Example, TableDifference

LONGEST_VALUE = 120
LONGEST = 60_000
"""A comment may have 65,536 characters."""


def render(comparison: Comparison) -> str:
    """Return a comparison as Markdown: a table of what differs, then examples, as many as a comment has space for.

    Names and values of the data are put into blocks of `<pre>` only. What is in one is neither Markdown nor HTML, and
    no mention in it reaches anybody. Characters that cannot be seen are shown by their numbers.
    """
    differing = [table for table in comparison.tables if table.differs]
    rows = sum(table.rows_here for table in comparison.tables)
    heading = f"### Public tables: `{_plain(comparison.here)}` compared with `{_plain(comparison.base)}`"
    if not differing:
        return f"{heading}\n\nNo public table differs: {len(comparison.tables)} tables, {rows:,} rows.\n"
    alike = len(comparison.tables) - len(differing)
    lines = [
        heading,
        "",
        f"{len(differing)} public tables differ, {alike} do not. Both builds read the same files.",
        "",
        "| table | rows in base | rows here | only in base | only here | changed | |",
        "|---|---:|---:|---:|---:|---:|---|",
        *map(_summary, differing),
    ]
    text = "\n".join(lines) + "\n"
    left_out = 0
    for table in differing:
        part = _details(table)
        if len(text) + len(part) > LONGEST:
            left_out += 1
        else:
            text += part
    return text + (f"\nExamples of {left_out} tables are left out: they are too long.\n" if left_out else "")


def _summary(table: TableDifference) -> str:
    notes = [
        *(["not in base"] if table.missing_in_base else []),
        *(["not here"] if table.missing_here else []),
        *([f"{len(table.columns)} columns differ"] if table.columns else []),
    ]
    counts = (table.rows_in_base, table.rows_here, table.only_in_base, table.only_here, table.changed)
    return f"| `{table.table}` | {' | '.join(f'{count:,}' for count in counts)} | {', '.join(notes)} |"


def _details(table: TableDifference) -> str:
    if not table.columns and not table.examples:
        return ""
    blocks = [f"column {_shown(line)}" for line in table.columns]
    blocks += ["\n".join(_lines(example)) for example in table.examples]
    shown = "\n\n".join(blocks)
    return f"\n<details><summary>{table.table}</summary>\n\n<pre>\n{shown}\n</pre>\n</details>\n"


def _lines(example: Example) -> list[str]:
    key = ", ".join(f"{_shown(name)} = {_shown(value)}" for name, value in example.key.items())
    lines = [f"{example.kind}: {key}"]
    for name, (base, here) in example.values.items():
        value = {"changed": f"{_shown(base)} → {_shown(here)}", "only in base": _shown(base), "only here": _shown(here)}
        lines.append(f"  {_shown(name)}: {value[example.kind]}")
    return lines


def _shown(value: str | None) -> str:
    """Return a value as it may be in `<pre>`: escaped, and cut where it is long."""
    if value is None:
        return "NULL"
    cut = value if len(value) <= LONGEST_VALUE else f"{value[:LONGEST_VALUE]}… ({len(value):,} characters)"
    seen = "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in cut)
    return html.escape(seen or "''", quote=False)


def _plain(name: str) -> str:
    """Return the name of a version as far as it has the characters of one."""
    return "".join(one for one in name if one.isascii() and (one.isalnum() or one in "-._/"))[:LONGEST_VALUE]
