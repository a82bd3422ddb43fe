"""The command line: a thin layer over landing, reading and status."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from typing import Any

import click
from click.core import ParameterSource

from loader import __version__
from loader.cli import log
from loader.cli.console import is_terminal, one_line, reported, say
from loader.cli.settings import Settings
from loader.contract.project import PROJECT_DIR_VARIABLE
from loader.errors import ExitCode
from loader.wording import counted

_ROOT_VARIABLE = "LEDGER_LAKE_ROOT"
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
    """Land files. The same delivery lands once.

    A PATH is a file, a folder, a pattern in quotes, the same in a bucket as s3://bucket/..., or - for standard input.
    Files of a folder or a pattern are taken when they have stopped growing, and are not read again once they have
    landed. What is expected is said of one file, and checked before it lands.
    """
    from loader.cli.land_files import Call

    sys.exit(reported(settings, lambda: Call(settings, **options).land(paths)))


@cli.command()
@click.option("--feed", help="The feed, where the file's name does not say it.")
@click.argument("path", metavar="FILE")
@click.pass_obj
def check(settings: Settings, feed: str | None, path: str) -> None:
    """Say what a build would say of a file, as if nothing had been published: land it and build it in a scratch lake.

    Rows by outcome, each reason with its column, line and value, first and last balance, breaks. Nothing is written to
    the lake. Exit code 3 where the file would be rejected or held.
    """
    from loader.cli.check_files import check_files

    sys.exit(reported(settings, lambda: check_files(settings, path, feed)))


@cli.command("new-feed")
@click.option(
    "--account", metavar="TEXT", help="The account of all entries, or the header of the column that names it."
)
@click.option("--currency", metavar="CODE", help="The currency of all entries, by its code of ISO 4217.")
@click.option("--encoding", metavar="NAME", help="The encoding, such as windows-1250.")
@click.option(
    "--date-order",
    type=click.Choice(["day-first", "month-first", "year-first"]),
    help="What is first in a date that can be read in several ways.",
)
@click.option("--positive", type=click.Choice(["in", "out"]), help="What a positive amount means: money in, or out.")
@click.option("--time-zone", metavar="NAME", help="The time zone of times without an offset, such as Europe/Prague.")
@click.option("--yes", is_flag=True, help="Take the likeliest answer to each question, and say so.")
@click.argument("name")
@click.argument("samples", metavar="SAMPLE...", nargs=-1, required=True)
@click.pass_obj
def new_feed(settings: Settings, /, name: str, samples: tuple[str, ...], yes: bool, **options: str | None) -> None:
    """Write the contract, staging model and unit test of a new feed from samples of its files.

    Says what it found, from which line, and how sure it is: proved, seen or assumed. What no sample tells is asked at a
    terminal; else the open questions are printed with their options, nothing is written, and the exit code is 2.
    """
    from loader.cli.create_feed import create_feed

    answers: Any = {name.replace("_", "-"): value for name, value in options.items() if value is not None}
    sys.exit(reported(settings, lambda: create_feed(settings, name, samples, answers, yes)))


@cli.command()
@click.pass_obj
def status(settings: Settings) -> None:
    """Show per feed what was landed and refused, what is not published, and whether the next delivery is late.

    Exit code 3 where the last build held a file: a person decides on it in seeds/file_decisions.csv.
    """
    from loader.cli.show_status import show_status

    sys.exit(reported(settings, lambda: show_status(settings)))


@cli.command()
@click.pass_obj
def recover(settings: Settings) -> None:
    """Finish what crashes have left: make committed files visible to SQL, sweep parts that no commit names.

    Safe beside running loaders: only what is older than a day is swept. Delivered bytes are never removed.
    """
    sys.exit(reported(settings, lambda: _recover(settings)))


def _recover(settings: Settings) -> ExitCode:
    from loader.lake.recovery import recover as recover_lake

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
        say(f"{counted(len(done.finished), 'file')} finished, {counted(len(done.swept), 'object')} swept")
    return ExitCode.DONE


@cli.command()
@click.option("--quick", is_flag=True, help="Judge delivered bytes and parts by their sizes, without reading them.")
@_emf_option
@click.pass_obj
def verify(settings: Settings, quick: bool, emf: bool) -> None:
    """Prove that the lake is what was landed: re-hash every object, check the seals, and seal what is new.

    Exit code 3 where an object is changed, missing, extra, written again or not in the catalog; a line names each.
    """
    sys.exit(reported(settings, lambda: _verify(settings, quick, emf)))


def _verify(settings: Settings, quick: bool, emf: bool) -> ExitCode:
    from loader.lake.verification import verify as verify_lake

    found = verify_lake(*settings.lake(read_only=True), quick=quick)
    if settings.as_json:
        say(json.dumps(asdict(found)))
    else:
        for finding in found.findings:
            say(one_line(f"{finding.kind} {finding.key}: {finding.message}"))
        say(
            f"{counted(found.objects, 'object')}, {counted(found.bytes, 'byte')} read: "
            f"{counted(len(found.findings), 'finding')}, "
            f"{counted(len(found.leftovers), 'leftover')} that no query sees, "
            f"{counted(len(found.seals), 'seal')} written"
            + (f", {counted(len(found.erased), 'file')} erased on record" if found.erased else "")
        )
    if emf:
        from loader.cli.metrics import verified_line

        say(verified_line(len(found.findings)), err=True)
    return ExitCode.FINDINGS if found.findings else ExitCode.DONE


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
    from loader.cli.erase_files import erase_files

    sys.exit(reported(settings, lambda: erase_files(settings, file_ids, **options)))


@cli.command()
@click.option(
    "--unpublished", is_flag=True, help="Do not ask the warehouse: you have seen that the files are not published."
)
@click.argument("file_ids", metavar="FILE_ID...", nargs=-1, required=True)
@click.pass_obj
def reland(settings: Settings, file_ids: tuple[str, ...], unpublished: bool) -> None:
    """Read the kept bytes of landed files again, by today's contract.

    For files that landed under a wrong encoding, delimiter or layout. A file keeps its id and its place among the
    files of its feed, and the next build looks at it again. A file that is published has to be withdrawn first.
    """
    from loader.cli.reland_files import reland_files

    sys.exit(reported(settings, lambda: reland_files(settings, file_ids, unpublished=unpublished)))


@cli.command()
@click.pass_obj
def feeds(settings: Settings) -> None:
    """Show the feeds that have a contract."""
    sys.exit(reported(settings, lambda: _feeds(settings)))


def _feeds(settings: Settings) -> ExitCode:
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
    return ExitCode.DONE


def main() -> None:
    """Entry point of the console script."""
    cli()
