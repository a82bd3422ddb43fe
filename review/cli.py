"""The command line: python -m review compare, render, builds or plan.

`render` and `plan` need the standard library only, so that a job can run them without installing anything.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from review.difference import Comparison
from review.markdown import render
from review.plan import summarise


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command; what is wrong ends it with one line and exit code 1."""
    options = _parser().parse_args(arguments)
    try:
        print(
            {"builds": _builds, "compare": _compare, "plan": _plan, "render": _render}[options.command](options), end=""
        )
    except (OSError, ValueError, RuntimeError) as error:
        sys.exit(f"error: {error}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m review", description="Shows a reviewer what a change would do.")
    commands = parser.add_subparsers(dest="command", required=True)
    builds = commands.add_parser("builds", help="build the same small lake with this code and another, and compare")
    builds.add_argument("--base", required=True, help="a commit or branch, such as origin/main")
    builds.add_argument("--out", type=Path, default=Path("build/compare"), help="the folder to work in; emptied first")
    builds.add_argument("--examples", type=int, default=5, help="how many rows of each table to show")
    compare = commands.add_parser("compare", help="compare the public tables of two warehouses")
    compare.add_argument("base", type=Path, help="a DuckDB warehouse")
    compare.add_argument("here", type=Path, help="another one")
    compare.add_argument("--examples", type=int, default=5, help="how many rows of each table to show")
    compare.add_argument("--leave-out", action="append", default=[], metavar="COLUMN", help="a column to not compare")
    shown = commands.add_parser("render", help="render a comparison that `builds` has written")
    shown.add_argument("file", type=Path)
    plan = commands.add_parser("plan", help="summarise what `terraform show -json` prints, without any value")
    plan.add_argument("file", type=argparse.FileType(encoding="utf-8"))
    return parser


def _builds(options: argparse.Namespace) -> str:
    from review.builds import build_both

    return render(build_both(options.base, options.out, options.examples))


def _compare(options: argparse.Namespace) -> str:
    from review.compare import compare

    return render(compare(options.base, options.here, examples=options.examples, leave_out=options.leave_out))


def _render(options: argparse.Namespace) -> str:
    return render(Comparison.from_json(options.file.read_text(encoding="utf-8")))


def _plan(options: argparse.Namespace) -> str:
    with options.file as file:
        return summarise(file.read())
