"""The command line: builds by dbt for a scheduler."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable

import click

from loader import __version__
from loader.cli import log
from loader.cli.console import is_terminal, one_line, say
from loader.contract.project import PROJECT_DIR_VARIABLE
from pipeline.ends import End
from pipeline.stopping import Stop

_TARGET_VARIABLE = "LEDGER_LAKE_TARGET"
# All other options are `dbt build`'s.
_SHARED = ("target", "profile", "profiles_dir", "vars", "target_path", "log_path")
_DBT_OPTIONS = (
    click.option(
        "--project-dir", envvar=PROJECT_DIR_VARIABLE, default=".", help="The dbt project; dbt runs in this folder."
    ),
    click.option("--target", "-t", envvar=_TARGET_VARIABLE, help="The target; the profile's default if not given."),
    click.option("--profile", help="As for dbt."),
    click.option("--profiles-dir", help="As for dbt."),
    click.option("--vars", help="As for dbt."),
    click.option("--target-path", help="As for dbt."),
    click.option("--log-path", help="As for dbt."),
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="pipeline")
def cli() -> None:
    """Build the warehouse for a scheduler."""
    log.configure(machine_readable=not is_terminal(sys.stderr))


def _with_dbt_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that every dbt command of a call needs."""
    for option in reversed(_DBT_OPTIONS):
        command = option(command)
    return command


@cli.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": True})
@_with_dbt_options
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
      2    broken: dbt could not run, or another process has the DuckDB file
      143  stopped by SIGTERM: statements are cancelled, what is not committed is not published
      130  stopped by Ctrl-C: the same
      70   not known: stopped, and did not end within 100 seconds

    What is published stays published: a build that is stopped after its commit names it. Build again then.
    """  # noqa: D301  # \b has click keep the lines of the list

    def call() -> tuple[Stop, Callable[[], int]]:
        from pipeline.building import Building

        building = Building(_options(shared), build_options, max_passes, emf)
        return building.stop, lambda: building.run().exit_code

    sys.exit(_run(project_dir, call))


@cli.command()
@_with_dbt_options
@click.option("--full-refresh", is_flag=True, help="As for dbt: evaluate and close everything again.")
@click.option(
    "--limit", type=click.IntRange(min=0), default=50, show_default=True, help="Show so many files and month ends."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--fail-on-closed", is_flag=True, help="End with 5 where the balance of a closed month would change.")
def preview(
    project_dir: str, full_refresh: bool, limit: int, as_json: bool, fail_on_closed: bool, **shared: str | None
) -> None:
    """Show what a build would publish, and publish nothing.

    It is a build with all its audits and without the commit, over the pending files, the decisions and the code as they
    are now. What dbt prints goes to standard error.

    \b
    Exit codes:
      0    there is a preview, whether anything would change or not
      5    with --fail-on-closed: a closed month would change
      1    a model or an audit failed, as it would in a build
      2    broken: dbt could not run, or another process has the DuckDB file
      143  stopped by SIGTERM; 130 by Ctrl-C
    """  # noqa: D301

    def call() -> tuple[Stop, Callable[[], int]]:
        from pipeline.previewing import Previewing

        build_options = ["--full-refresh"] if full_refresh else []
        previewing = Previewing(_options(shared), build_options, limit, as_json, fail_on_closed)
        return previewing.stop, previewing.run

    sys.exit(_run(project_dir, call))


def _options(shared: dict[str, str | None]) -> list[str]:
    return [part for name in _SHARED if (value := shared[name]) for part in (f"--{name.replace('_', '-')}", value)]


def _run(project_dir: str, call: Callable[[], tuple[Stop, Callable[[], int]]]) -> int:
    """Return the exit code of a call; that of a broken one where something unforeseen happens."""
    try:
        os.chdir(project_dir)
        stop, run = call()
        stop.listen()
        return run()
    except Exception as error:
        for line in traceback.format_exc().splitlines():
            say(one_line(line), err=True)
        say(one_line(f"error: unforeseen {type(error).__name__}: {error}"), err=True)
        return End.BROKEN.exit_code


def main() -> None:
    """Entry point of the module."""
    cli(prog_name="python -m pipeline")
