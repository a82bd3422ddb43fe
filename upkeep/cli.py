"""The command line: a thin layer over backups, the scratch lake, questions in SQL and the preflight for AWS."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from functools import wraps
from pathlib import Path
from typing import ParamSpec

import boto3
import click
import duckdb

from upkeep import backup as backups
from upkeep.errors import UpkeepError
from upkeep.preflight import CHECKS, Status, Wanted
from upkeep.preflight import preflight as checks_of
from upkeep.scratch import make_scratch
from upkeep.shell import ask, readable, statements
from upkeep.warehouse import find_warehouse

_P = ParamSpec("_P")
_FOLDER = click.Path(file_okay=False, path_type=Path)


def _reporting(command: Callable[_P, None]) -> Callable[_P, None]:
    """Turn an error that is foreseen into one line and exit code 1."""

    @wraps(command)
    def reporting(*args: _P.args, **kwargs: _P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except UpkeepError as error:
            raise click.ClickException(str(error)) from error

    return reporting


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--root", envvar="LEDGER_LAKE_ROOT", default="./lake", show_default=True, help="The lake: a folder.")
@click.pass_context
def main(context: click.Context, root: str) -> None:
    """Keep a warehouse: back it up, restore it, copy it, ask it; on Athena, put lost tables back into Glue."""
    context.obj = root


@main.command()
@click.option("--to", "folder", type=_FOLDER, default=Path("backups"), show_default=True, help="Where backups are.")
@click.pass_obj
@_reporting
def backup(root: str, folder: Path) -> None:
    """Write a consistent copy of the warehouse and its checksum. Refused while a build writes."""
    written = backups.back_up(find_warehouse(root), folder)
    click.echo(f"backed up to {written} ({written.stat().st_size / 1e6:.1f} MB)")


@main.command()
@click.option("--from", "source", type=click.Path(path_type=Path), help="A backup; the newest one if not given.")
@click.option("--folder", type=_FOLDER, default=Path("backups"), show_default=True, help="Where backups are.")
@click.option("--force", is_flag=True, envvar="FORCE", help="Replace a warehouse that holds more than the backup.")
@click.pass_obj
@_reporting
def restore(root: str, source: Path | None, folder: Path, force: bool) -> None:
    """Put a backup in the place of the warehouse, if its checksum is right and nothing published is lost."""
    chosen = source or backups.newest_backup(folder)
    warehouse = find_warehouse(root)
    backups.restore(chosen, warehouse, force=force)
    click.echo(f"restored {warehouse} from {chosen}; dbt build brings it up to date with the lake")


@main.command()
@click.argument("folder", type=_FOLDER)
@click.option("--empty", is_flag=True, help="Without the warehouse: a build makes another one from the landed files.")
@click.pass_obj
@_reporting
def scratch(root: str, folder: Path, empty: bool) -> None:
    """Make a lake in FOLDER/lake to build in: links to the landed files, a copy of the warehouse."""
    click.echo(f"scratch lake {make_scratch(root, folder, empty=empty)}")


@main.command()
@click.option("--schema", envvar="LEDGER_LAKE_SCHEMA", required=True, help="The Glue database.")
@click.option("--warehouse", envvar="LEDGER_LAKE_S3_DATA_DIR", required=True, help="s3://bucket/prefix/ of the tables.")
@click.argument("tables", metavar="TABLE...", nargs=-1, required=True)
@_reporting
def register(schema: str, warehouse: str, tables: tuple[str, ...]) -> None:
    """Put Iceberg tables that Glue has lost back into it, by their newest metadata files in S3."""
    import boto3

    from upkeep.catalog import register as register_tables

    registered = register_tables(boto3.client("s3"), boto3.client("glue"), warehouse, schema, tables)
    for one in registered:
        click.echo(f"registered {one.table}: {'?' if one.rows is None else f'{one.rows:,}'} rows, {one.metadata}")
    click.echo(f"{len(registered)} tables registered, {len(tables) - len(registered)} were there")


@main.command()
@click.option("--command", "-c", "command", help="Answer this statement and end.")
@click.pass_obj
@_reporting
def sql(root: str, command: str | None) -> None:
    """Ask the warehouse in SQL, read only. A statement ends with a semicolon, the session with Ctrl-D."""
    with readable(find_warehouse(root), lambda text: click.echo(text, err=True)) as connection:
        if command:
            try:
                ask(connection, command)
            except duckdb.Error as error:
                raise click.ClickException(str(error)) from error
            return
        for statement in statements(_typed_lines() if sys.stdin.isatty() else map(str.rstrip, sys.stdin)):
            try:
                ask(connection, statement)
            except duckdb.Error as error:
                click.echo(f"error: {error}", err=True)


@main.command()
@click.option("--region", envvar="AWS_REGION", required=True, help="Where the lake is to be.")
@click.option("--name", default="ledger-lake", show_default=True, help="name of terraform/bootstrap.")
@click.option("--environment", default="prod", show_default=True, help="One of its environments.")
@click.option("--egress", type=click.Choice(["endpoints", "nat", "existing"]), default="endpoints", show_default=True)
@click.option("--vcpus", type=float, default=8, show_default=True, help="Most vCPUs of tasks at the same time.")
@click.option("--skip", multiple=True, type=click.Choice(list(CHECKS)), help="Leave a check out.")
@_reporting
def preflight(region: str, name: str, environment: str, egress: str, vcpus: float, skip: tuple[str, ...]) -> None:
    """Name what an AWS account lacks before the first apply. It changes nothing.

    Exit code: 0 nothing is missing; 1 something is; 3 nothing is found missing, but not everything can be told.
    """
    wanted = Wanted(name, environment, egress, vcpus)
    found = []
    for finding in checks_of(boto3.Session(region_name=region), wanted, frozenset(skip)):
        click.echo(f"{finding.status:<11}  {finding.check}: {finding.text}")
        found.append(finding.status)
    if Status.MISSING in found:
        raise SystemExit(1)
    if Status.CANNOT_TELL in found:
        raise SystemExit(3)


def _typed_lines() -> Iterator[str]:
    """Yield what a person types until Ctrl-D; Ctrl-C begins a new line."""
    import readline  # noqa: F401  # gives input() its history and editing

    click.echo("show tables; lists what there is. A statement ends with a semicolon, Ctrl-D ends.")
    while True:
        try:
            yield input("sql> ")
        except KeyboardInterrupt:
            click.echo()
        except EOFError:
            click.echo()
            return
