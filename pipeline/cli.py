"""The command line: builds by dbt for a scheduler."""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path

import click

from loader import __version__, log
from loader.console import is_terminal, one_line, say
from loader.contract import PROJECT_DIR_VARIABLE
from pipeline.ends import End

_TARGET_VARIABLE = "LEDGER_LAKE_TARGET"
# Options of dbt that every command of a call needs; all others are `dbt build`'s.
_SHARED = ("target", "profile", "profiles_dir", "vars", "target_path", "log_path")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="pipeline")
def cli() -> None:
    """Build the warehouse for a scheduler."""
    log.configure(machine_readable=not is_terminal(sys.stderr))


@cli.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": True})
@click.option(
    "--project-dir", envvar=PROJECT_DIR_VARIABLE, default=".", help="The dbt project; dbt runs in this folder."
)
@click.option("--target", "-t", envvar=_TARGET_VARIABLE, help="The target; the profile's default if not given.")
@click.option("--profile", help="As for dbt.")
@click.option("--profiles-dir", help="As for dbt.")
@click.option("--vars", help="As for dbt.")
@click.option("--target-path", help="As for dbt.")
@click.option("--log-path", help="As for dbt.")
@click.option(
    "--max-passes",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    help="While files wait because of the variable max_files, build again, so often at most.",
)
@click.option(
    "--emf", is_flag=True, envvar="LEDGER_LAKE_EMF", help="Metrics on standard error, as CloudWatch reads them."
)
@click.argument("build_options", metavar="[DBT BUILD OPTIONS]...", nargs=-1, type=click.UNPROCESSED)
def build(project_dir: str, max_passes: int, emf: bool, build_options: tuple[str, ...], **shared: str | None) -> None:
    """Run `dbt build` without unit tests, and say how it ended. All other options are passed to dbt.

    \b
    Exit codes:
      0    published what was new
      10   nothing was new, nothing had to be published
      3    ended well, published or not, and a file is held
      11   lost: another build was first, nothing of this one is published
      12   a partial build (--select, --exclude): nothing is published
      1    a model or an audit failed
      2    broken: dbt could not run
      143  stopped by SIGTERM: statements are cancelled, nothing is published
      130  stopped by Ctrl-C: the same

    A build that is stopped after its commit ends with 0 or 3: what is published stays published.
    """  # noqa: D301 - click reads the \b as a character
    options = [part for name in _SHARED if (value := shared[name]) for part in (f"--{name.replace('_', '-')}", value)]
    sys.exit(_build(Path(project_dir), options, build_options, max_passes, emf).exit_code)


def _build(project_dir: Path, options: list[str], build_options: tuple[str, ...], max_passes: int, emf: bool) -> End:
    from pipeline.building import Building

    try:
        os.chdir(project_dir)
        building = Building(options, build_options, max_passes, emf)
        building.stop.listen()
        return building.run()
    except Exception as error:
        for line in traceback.format_exc().splitlines():
            say(one_line(line), err=True)
        say(one_line(f"error: unforeseen {type(error).__name__}: {error}"), err=True)
        return End.BROKEN


def main() -> None:
    """Entry point of the module."""
    cli(prog_name="python -m pipeline")
