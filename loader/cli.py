"""The command line: a thin layer over landing, reading and status."""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from loader import __version__, log
from loader.contract import PROJECT_DIR_VARIABLE, Contract, find_project_dir, load_contracts
from loader.errors import ExitCode, FileRejectedError, LoaderError, NoLakeError, UsageError, most_serious
from loader.storage import Store

if TYPE_CHECKING:
    from loader.catalog import Catalog
    from loader.control import Expected
    from loader.landing import Landed, Landing

_ROOT_VARIABLE = "LEDGER_LAKE_ROOT"
_SHOWN_MALFORMED_ROWS = 10


@dataclass
class Settings:
    """The global options. ``root_is_typed`` says that the root stands on the command line."""

    root: str
    root_is_typed: bool
    project_dir: str | None
    as_json: bool
    debug: bool

    def contracts(self) -> dict[str, Contract]:
        """Return the project's contracts by feed."""
        return load_contracts(find_project_dir(self.project_dir))

    def landing(self, contracts: dict[str, Contract]) -> Landing:
        """Return what lands in the lake; its tables are up to date before the first byte is written."""
        from loader.landing import Landing

        store = self.store(create=True)
        return Landing(store, catalog=self._catalog(store, contracts))

    def lake(self) -> tuple[Store, Catalog]:
        """Return the lake that is there, and its catalog."""
        contracts = self.contracts()
        store = self.store()
        return store, self._catalog(store, contracts)

    def _catalog(self, store: Store, contracts: dict[str, Contract]) -> Catalog:
        from loader.catalog import open_catalog

        return open_catalog(store, find_project_dir(self.project_dir), contracts)

    def store(self, *, create: bool = False) -> Store:
        """Open the lake; a relative root that nobody typed is taken from the project's folder, as dbt takes it."""
        folder = None if self.root_is_typed else find_project_dir(self.project_dir)
        return Store.open(self.root, folder, create=create)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--root",
    envvar=_ROOT_VARIABLE,
    default="./lake",
    show_default=True,
    help="The lake: a folder, or s3://bucket/prefix. A relative folder is taken from the working folder if typed here; "
    "if it is the default or comes from LEDGER_LAKE_ROOT, from the dbt project's folder, as dbt does.",
)
@click.option("--project-dir", envvar=PROJECT_DIR_VARIABLE, help="The dbt project that holds the contracts.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per result on standard output.")
@click.option("--debug", is_flag=True, help="Show the traceback of each error too.")
@click.version_option(__version__, prog_name="loader")
@click.pass_context
def cli(context: click.Context, root: str, project_dir: str | None, as_json: bool, debug: bool) -> None:
    """Land delivered bank files in the lake.

    Exit codes: 0 done or already landed; 1 unforeseen; 2 wrong usage; 3 a file broke its contract; 4 storage refused.
    With several files all are tried, and the most serious code wins: 4 before 1 before 3 before 2.
    """
    source = context.get_parameter_source("root")
    if source is ParameterSource.DEFAULT:
        # click takes an empty variable for none; dbt takes it as it is, and would read from the root of the disk.
        root = os.environ.get(_ROOT_VARIABLE, root)
    root_is_typed = source is ParameterSource.COMMANDLINE
    context.obj = Settings(root, root_is_typed, project_dir, as_json, debug)
    log.configure(machine_readable=not sys.stderr.isatty())


@cli.command()
@click.option("--feed", help="The feed, where the file's name does not say it.")
@click.option("--expect-rows", type=click.IntRange(min=0), help="Refuse the file unless it has so many rows.")
@click.option(
    "--expect-total", multiple=True, metavar="COLUMN=SUM", help="Refuse the file unless a column has this sum."
)
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.pass_obj
def land(
    settings: Settings,
    feed: str | None,
    expect_rows: int | None,
    expect_total: tuple[str, ...],
    paths: tuple[Path, ...],
) -> None:
    """Land files, or the files of a folder. The same bytes land once.

    What is expected is said of one file, and checked before it lands.
    """
    from loader.control import Expected, parse_total
    from loader.sources import list_files

    codes = [ExitCode.DONE]
    with _reporting(settings, codes):
        contracts = settings.contracts()
        landing = settings.landing(contracts)
        files: list[Path] = []
        for path in paths:
            with _reporting(settings, codes):
                found, links = list_files(path)
                for link in links:
                    click.echo(one_line(f"passed over {link}: a link; what a folder delivers must lie in it"), err=True)
                if not found:
                    click.echo(one_line(f"{path}: no file to land"), err=True)
                files += found
        expected = Expected(expect_rows, dict(map(parse_total, expect_total)))
        if expected.control_totals and len(files) > 1:
            raise UsageError(f"--expect-rows and --expect-total are said of one file, and there are {len(files)}")
        for file in files:
            with _reporting(settings, codes, file.name):
                _print_landed(settings, _land_one(landing, file, choose_contract(contracts, file.name, feed), expected))
    sys.exit(most_serious(codes))


def choose_contract(contracts: dict[str, Contract], file_name: str, feed: str | None) -> Contract:
    """Return the contract that a file is read by.

    Raises:
        UsageError: the feed is unknown, or no contract or several fit the file's name.
    """
    known = ", ".join(contracts) or "none"
    if feed is not None:
        if feed not in contracts:
            raise UsageError(f"unknown feed {feed!r}; there are: {known}")
        return contracts[feed]
    fitting = [contract for contract in contracts.values() if contract.fits(file_name)]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        names = ", ".join(contract.feed for contract in fitting)
        raise UsageError(f"{file_name!r} fits the patterns of several feeds ({names}): say which with --feed")
    raise UsageError(f"{file_name!r} fits no feed's file pattern: say which with --feed (there are: {known})")


def _land_one(landing: Landing, file: Path, contract: Contract, expected: Expected) -> Landed:
    if not sys.stderr.isatty():
        return landing.land(file, contract, expected=expected)
    with click.progressbar(length=file.stat().st_size, label=file.name, file=sys.stderr) as bar:
        return landing.land(file, contract, bar.update, expected=expected)


def _print_landed(settings: Settings, landed: Landed) -> None:
    manifest = landed.manifest
    if settings.as_json:
        summary = {"status": landed.status, **manifest.model_dump(mode="json"), "file_name": landed.file_name}
        click.echo(json.dumps(summary))
    elif landed.status == "landed":
        counts = f"{manifest.rows_delivered:,} rows, {manifest.rows_malformed:,} malformed"
        click.echo(f"landed {one_line(landed.file_name)}: {counts}, run {manifest.run_id}")
    else:
        name = one_line(landed.file_name)
        click.echo(f"already landed {name}: run {manifest.run_id}, delivered as {one_line(manifest.file_name)}")


@cli.command()
@click.option("--feed", help="The feed, where the file's name does not say it.")
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
@click.pass_obj
def check(settings: Settings, feed: str | None, path: Path) -> None:
    """Read a file as `land` would and say what would happen; writes nothing."""
    from loader.checking import check_file

    codes = [ExitCode.DONE]
    with _reporting(settings, codes, path.name):
        if not path.is_file():
            raise UsageError(f"{path}: no such file")
        found = check_file(path, choose_contract(settings.contracts(), path.name, feed), _SHOWN_MALFORMED_ROWS)
        if settings.as_json:
            click.echo(json.dumps(found.as_json()))
        else:
            click.echo(
                f"{one_line(found.file_name)} ({found.feed}): {found.rows_delivered:,} rows, "
                f"{found.rows_landed:,} would land, {found.rows_malformed:,} malformed"
            )
            for row in found.first_malformed:
                click.echo(f"  row {row['row_number']:,}, line {row['line_number']:,}: {row['reason']}")
    sys.exit(most_serious(codes))


@cli.command()
@click.pass_obj
def status(settings: Settings) -> None:
    """Show per feed what was landed and refused, and when the last delivery came."""
    from loader.status import FeedStatus, feed_status

    codes = [ExitCode.DONE]
    with _reporting(settings, codes):
        contracts = settings.contracts()
        try:
            store = settings.store()
        except NoLakeError as none:
            # Machines get what a lake without landings gives: the feeds, with zeros.
            click.echo(one_line(str(none)), err=settings.as_json)
            if settings.as_json:
                for feed in contracts:
                    click.echo(json.dumps(FeedStatus(feed).as_json()))
            return
        for feed in contracts:
            found = feed_status(store, feed)
            if settings.as_json:
                click.echo(json.dumps(found.as_json()))
                continue
            click.echo(
                f"{feed}: {found.files_landed:,} files landed, {found.rows_delivered:,} rows delivered, "
                f"{found.rows_landed:,} landed, {found.rows_malformed:,} malformed; "
                f"{found.files_rejected:,} files rejected; last delivery {found.last_delivery or 'never'}"
            )
    sys.exit(most_serious(codes))


@cli.command()
@click.pass_obj
def recover(settings: Settings) -> None:
    """Finish what crashes have left: make committed runs visible to SQL, sweep parts that no commit names.

    Safe beside running loaders: only what is older than a day is swept. Delivered bytes are never removed.
    """
    from loader.recovery import recover as recover_lake

    codes = [ExitCode.DONE]
    with _reporting(settings, codes):
        done = recover_lake(*settings.lake())
        if settings.as_json:
            click.echo(json.dumps(asdict(done)))
        else:
            for run in done.finished:
                click.echo(f"finished {run}: SQL sees it now")
            for key in done.swept:
                click.echo(f"swept {one_line(key)}")
            for key in done.not_landed:
                click.echo(f"kept {one_line(key)}: delivered, but neither landed nor refused; land the file again")
            click.echo(f"{len(done.finished):,} runs finished, {len(done.swept):,} objects swept")
    sys.exit(most_serious(codes))


@cli.command()
@click.option("--quick", is_flag=True, help="Judge delivered bytes and parts by their sizes, without reading them.")
@click.pass_obj
def verify(settings: Settings, quick: bool) -> None:
    """Prove that the lake is what was landed: re-hash every object, check the seals, and seal what is new.

    Exit code 4 where an object is changed, missing, extra or not in the catalog; a line names each.
    """
    from loader.verification import verify as verify_lake

    codes = [ExitCode.DONE]
    with _reporting(settings, codes):
        found = verify_lake(*settings.lake(), quick=quick)
        if settings.as_json:
            click.echo(json.dumps(asdict(found)))
        else:
            for finding in found.findings:
                click.echo(one_line(f"{finding.kind} {finding.key}: {finding.message}"))
            click.echo(
                f"{found.objects:,} objects, {found.bytes:,} bytes read: {len(found.findings):,} findings, "
                f"{len(found.leftovers):,} leftovers that no query sees, {len(found.seals):,} seals written"
            )
        if found.findings:
            codes.append(ExitCode.STORAGE)
    sys.exit(most_serious(codes))


@cli.command()
@click.pass_obj
def feeds(settings: Settings) -> None:
    """Show the feeds that have a contract."""
    codes = [ExitCode.DONE]
    with _reporting(settings, codes):
        for contract in settings.contracts().values():
            if settings.as_json:
                click.echo(json.dumps(contract.model_dump(mode="json")))
                continue
            meta = contract.meta
            click.echo(
                f"{contract.feed} ({meta.kind}, {meta.delivery_calendar})\n"
                f"  files    {', '.join(meta.file_patterns)}\n"
                f"  columns  {', '.join(contract.headers)}\n"
                f"  key      {', '.join(meta.business_key)}"
            )
    sys.exit(most_serious(codes))


def one_line(text: str) -> str:
    """Return a file's name so that it cannot break the line or drive the terminal."""
    return "".join(character if character.isprintable() else repr(character)[1:-1] for character in text)


@contextmanager
def _reporting(settings: Settings, codes: list[ExitCode], file_name: str | None = None) -> Iterator[None]:
    """Turn an error into one line and its exit code, so that the next file is still tried."""
    try:
        yield
    except Exception as error:
        foreseen = isinstance(error, LoaderError)
        code = error.exit_code if isinstance(error, LoaderError) else ExitCode.UNFORESEEN
        codes.append(code)
        if settings.debug:
            for line in "".join(traceback.format_exception(error)).splitlines():
                click.echo(one_line(line), err=True)
        prefix = f"{file_name}: " if file_name and (not foreseen or isinstance(error, FileRejectedError)) else ""
        message = str(error) if foreseen else f"unforeseen {type(error).__name__}: {error} (--debug shows where)"
        click.echo(one_line(f"error: {prefix}{' '.join(message.split())}"), err=True)
        if settings.as_json:
            result: dict[str, Any] = {"status": "error", "exit_code": int(code), "message": message}
            if isinstance(error, FileRejectedError):
                result |= {"status": "rejected", "reason": error.reason}
            click.echo(json.dumps({"file_name": file_name, **result} if file_name else result))


def main() -> None:
    """Entry point of the console script."""
    cli()
