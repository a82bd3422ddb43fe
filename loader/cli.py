"""The command line: a thin layer over landing, reading and status."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from loader import __version__, log
from loader.console import is_terminal, one_line, reporting, say
from loader.contract import PROJECT_DIR_VARIABLE
from loader.errors import ExitCode, NoLakeError, UsageError, most_serious
from loader.settings import Settings

if TYPE_CHECKING:
    from loader.checking import Checked
    from loader.contract import Contract
    from loader.deliveries import Delivery
    from loader.published import Published
    from loader.status import FeedStatus
    from loader.storage import Store

_ROOT_VARIABLE = "LEDGER_LAKE_ROOT"
_SHOWN_MALFORMED_ROWS = 10
_emf_option = click.option(
    "--emf", is_flag=True, envvar="LEDGER_LAKE_EMF", help="Metrics on standard error, as CloudWatch reads them."
)


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

    Exit codes: 0 done or already landed; 1 unforeseen; 2 wrong usage; 3 a file broke its contract, is held by a build
    (`status`), or the lake is not what was landed (`verify`); 4 storage refused.
    With several files all are tried, and the most serious code wins: 4 before 1 before 3 before 2.
    """
    source = context.get_parameter_source("root")
    if source is ParameterSource.DEFAULT:
        # click takes an empty variable for none; dbt takes it as it is, and would read from the root of the disk.
        root = os.environ.get(_ROOT_VARIABLE, root)
    root_is_typed = source is ParameterSource.COMMANDLINE
    context.obj = Settings(root, root_is_typed, project_dir, as_json, debug)
    log.configure(machine_readable=not is_terminal(sys.stderr))


@cli.command()
@click.option("--feed", help="The feed, where the file's name does not say it.")
@click.option("--expect-rows", type=click.IntRange(min=0), help="Refuse the file unless it has so many rows.")
@click.option(
    "--expect-total", multiple=True, metavar="COLUMN=SUM", help="Refuse the file unless a column has this sum."
)
@click.option("--file-name", help="What standard input is called: the manifest keeps it, and it may say the feed.")
@click.option(
    "--settled-after",
    type=click.FloatRange(min=0),
    default=10,
    show_default=True,
    envvar="LEDGER_LAKE_SETTLED_AFTER",
    help="Leave files of a folder that have changed in these last seconds: they may still be growing.",
)
@_emf_option
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.pass_obj
def land(settings: Settings, /, paths: tuple[str, ...], **options: Any) -> None:
    """Land files. The same bytes land once.

    A PATH is a file, a folder, a pattern in quotes, the same in a bucket as s3://bucket/..., or - for standard input.
    Files of a folder or a pattern are taken when they have stopped growing, and are not read again once they have
    landed. What is expected is said of one file, and checked before it lands.
    """
    from loader.call import Call

    codes = [ExitCode.DONE]
    with reporting(settings, codes):
        Call(settings, codes, **options).land(paths)
    sys.exit(most_serious(codes))


@cli.command()
@click.option("--feed", help="The feed, where the file's name does not say it.")
@click.argument("path", metavar="FILE")
@click.pass_obj
def check(settings: Settings, feed: str | None, path: str) -> None:
    """Read a file as `land` would and say what would happen; writes nothing."""
    from loader.checking import check_file
    from loader.inbox import find
    from loader.routing import choose_contract

    codes = [ExitCode.DONE]
    files: list[Delivery] = []
    with reporting(settings, codes):
        files += find(path).named
        if not files:
            raise UsageError(f"{path}: give one file")
    for file in files:
        with reporting(settings, codes, file.name):
            found = check_file(file, choose_contract(settings.contracts(), file.name, feed), _SHOWN_MALFORMED_ROWS)
            _print_checked(settings, found)
    sys.exit(most_serious(codes))


def _print_checked(settings: Settings, found: Checked) -> None:
    if settings.as_json:
        say(json.dumps(found.as_json()))
        return
    say(
        f"{one_line(found.file_name)} ({found.feed}): {found.rows_delivered:,} rows, "
        f"{found.rows_landed:,} would land, {found.rows_malformed:,} malformed"
    )
    for row in found.first_malformed:
        say(f"  row {row['row_number']:,}, line {row['line_number']:,}: {row['reason']}")


@cli.command()
@click.pass_obj
def status(settings: Settings) -> None:
    """Show per feed what was landed and refused, what is not published, and whether the next delivery is late.

    Exit code 3 where the last build held a file: a person decides on it in seeds/file_decisions.csv.
    """
    from loader.published import Published
    from loader.status import FeedStatus, feed_status

    codes = [ExitCode.DONE]
    held = 0
    with reporting(settings, codes):
        contracts = settings.contracts()
        try:
            store = settings.store()
        except NoLakeError as none:
            # Machines get what a lake without landings gives: the feeds, with zeros.
            say(one_line(str(none)), err=settings.as_json)
            if settings.as_json:
                for feed in contracts:
                    say(json.dumps(asdict(FeedStatus(feed))))
            return
        published = _published(settings, codes, store)
        for contract in contracts.values():
            known = None if published is None else published.get(contract.feed, Published())
            found = feed_status(store, contract, known)
            held += len(found.held_files or [])
            if settings.as_json:
                say(json.dumps(asdict(found)))
            else:
                _print_status(found, contract)
    if held:
        codes.append(ExitCode.FINDINGS)
        files = "1 file is" if held == 1 else f"{held:,} files are"
        say(f"{files} held: add a decision to seeds/file_decisions.csv, then run dbt build", err=True)
    sys.exit(most_serious(codes))


def _published(settings: Settings, codes: list[ExitCode], store: Store) -> dict[str, Published] | None:
    """Return what builds have published and held by feed; None, with a line that says why, if it is not known."""
    from loader.published import UnknownError, read_published

    # The lake can be shown without the warehouse, so an error here does not end the call.
    with reporting(settings, codes):
        try:
            return read_published(store)
        except UnknownError as unknown:
            say(one_line(f"published files are not known: {unknown}"), err=True)
    return None


def _print_status(found: FeedStatus, contract: Contract) -> None:
    say(
        f"{found.feed}: {found.files_landed:,} files landed, {found.rows_delivered:,} rows delivered, "
        f"{found.rows_landed:,} landed, {found.rows_malformed:,} malformed; "
        f"{found.files_rejected:,} files rejected; last delivery {_in_time(found, contract)}"
    )
    if found.files_unpublished:
        say(f"  not published: {found.files_unpublished:,} files, the first landed {found.unpublished_since}")
    for held in found.held_files or []:
        say(one_line(f"  held: {held.file_name} ({held.file_id}): {held.failure}"))
    for waiting in found.waiting_files or []:
        say(one_line(f"  waiting: {waiting.file_name} ({waiting.file_id}) behind {waiting.waits_behind}"))


def _in_time(found: FeedStatus, contract: Contract) -> str:
    if found.age_seconds is None:
        return "never"
    hours, days = found.age_seconds // 3600 % 24, found.age_seconds // 86400
    calendar = contract.meta.delivery_calendar
    verdict = f"LATE: due by {found.due} ({calendar})" if found.late else f"next one due by {found.due} ({calendar})"
    return f"{found.last_delivery}, {days} d {hours} h ago; {verdict}"


@cli.command()
@click.pass_obj
def recover(settings: Settings) -> None:
    """Finish what crashes have left: make committed files visible to SQL, sweep parts that no commit names.

    Safe beside running loaders: only what is older than a day is swept. Delivered bytes are never removed.
    """
    from loader.recovery import recover as recover_lake

    codes = [ExitCode.DONE]
    with reporting(settings, codes):
        done = recover_lake(*settings.lake())
        if settings.as_json:
            say(json.dumps(asdict(done)))
        else:
            for file_id in done.finished:
                say(f"finished {file_id}: SQL sees it now")
            for key in done.swept:
                say(f"swept {one_line(key)}")
            for key in done.not_landed:
                say(f"kept {one_line(key)}: delivered, but neither landed nor refused; land the file again")
            say(f"{len(done.finished):,} files finished, {len(done.swept):,} objects swept")
    sys.exit(most_serious(codes))


@cli.command()
@click.option("--quick", is_flag=True, help="Judge delivered bytes and parts by their sizes, without reading them.")
@_emf_option
@click.pass_obj
def verify(settings: Settings, quick: bool, emf: bool) -> None:
    """Prove that the lake is what was landed: re-hash every object, check the seals, and seal what is new.

    Exit code 3 where an object is changed, missing, extra, written again or not in the catalog; a line names each.
    """
    from loader.verification import verify as verify_lake

    codes = [ExitCode.DONE]
    with reporting(settings, codes):
        found = verify_lake(*settings.lake(read_only=True), quick=quick)
        if settings.as_json:
            say(json.dumps(asdict(found)))
        else:
            for finding in found.findings:
                say(one_line(f"{finding.kind} {finding.key}: {finding.message}"))
            say(
                f"{found.objects:,} objects, {found.bytes:,} bytes read: {len(found.findings):,} findings, "
                f"{len(found.leftovers):,} leftovers that no query sees, {len(found.seals):,} seals written"
                + (f", {len(found.erased):,} files erased on record" if found.erased else "")
            )
        if emf:
            from loader.metrics import verified_line

            say(verified_line(len(found.findings)), err=True)
        if found.findings:
            codes.append(ExitCode.FINDINGS)
    sys.exit(most_serious(codes))


@cli.command()
@click.option("--reason", required=True, help="Why, for the record: the number of a request, no names of persons.")
@click.option("--by", envvar="USER", required=True, help="Who erases, for the record.")
@click.option("--withdrawn", is_flag=True, help="Do not ask the warehouse: you have seen that the files are withdrawn.")
@click.option(
    "--copy", "copies", multiple=True, metavar="ROOT", help="A backup of the lake to erase the files in, too."
)
@click.argument("file_ids", metavar="FILE_ID...", nargs=-1, required=True)
@click.pass_obj
def erase(settings: Settings, /, file_ids: tuple[str, ...], **options: Any) -> None:
    """Erase landed files: every version of their bytes and rows. There is no way back.

    A file has to be withdrawn, by a decision that is published. A record of the erasure is written first, and the
    commit stays. Call it again after a crash: it removes what is left.
    """
    from loader.erase_call import erase_files

    codes = [ExitCode.DONE]
    with reporting(settings, codes):
        erase_files(settings, codes, file_ids, **options)
    sys.exit(most_serious(codes))


@cli.command()
@click.pass_obj
def feeds(settings: Settings) -> None:
    """Show the feeds that have a contract."""
    codes = [ExitCode.DONE]
    with reporting(settings, codes):
        for contract in settings.contracts().values():
            if settings.as_json:
                say(json.dumps(contract.model_dump(mode="json")))
                continue
            meta = contract.meta
            say(
                f"{contract.feed} ({meta.kind}, {meta.delivery_calendar})\n"
                f"  files    {', '.join(meta.file_patterns)}\n"
                f"  columns  {', '.join(contract.headers)}\n"
                f"  key      {', '.join(meta.business_key)}"
            )
    sys.exit(most_serious(codes))


def main() -> None:
    """Entry point of the console script."""
    cli()
