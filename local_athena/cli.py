"""The command line: `python -m local_athena up|down|status|logs|env|throttle`."""

from __future__ import annotations

import logging
import shlex
import signal
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

import click

from local_athena.engine import Engine, clear_left_over, shut_down, status
from local_athena.errors import EngineError
from local_athena.relay import Relay
from local_athena.servers import PROJECT
from local_athena.state import Role, State
from local_athena.supervisor import last_lines
from local_athena.throttling import SERVICES

_SHOWN_LINES = 10
# A session of real AWS in the shell would go along with every request.
_UNSET = ("AWS_PROFILE", "AWS_SESSION_TOKEN")


class _Group(click.Group):
    """Shows the engine's errors as one line, without a traceback."""

    def invoke(self, context: click.Context) -> object:
        try:
            return super().invoke(context)
        except EngineError as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--state",
    default=PROJECT / "build" / "athena",
    show_default="build/athena in the project",
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder of the engine's files; each engine has its own.",
)
@click.pass_context
def cli(context: click.Context, state: Path) -> None:
    """A local Athena: Trino, S3, and the Athena, Glue and STS APIs on this machine.

    S3's files stay in the folder after `down`; the tables do not, their catalog is in memory.
    """
    logging.basicConfig(format="%(message)s", level=logging.INFO)
    context.obj = State(state.absolute())


@cli.command()
@click.pass_obj
def up(state: State) -> None:
    """Start the engine, unless it runs, and say how to use it. The first start builds it: some minutes."""
    clear_left_over(state)
    engine = Engine.attach(state.folder) if state.read() else Engine.start(state.folder, tied=False)
    click.echo(f"Athena, Glue, STS  {engine.api_url}")
    click.echo(f"S3                 {engine.s3_url}")
    click.echo(f"Trino              {engine.trino_url}")
    click.echo(f'To use it here:    eval "$(python -m local_athena{_state_option(state)} env)"')


@cli.command()
@click.pass_obj
def down(state: State) -> None:
    """Stop the engine."""
    clear_left_over(state)
    ended = shut_down(state)
    click.echo(f"{ended} processes ended" if ended else f"no engine runs on {state.folder}")


@cli.command(name="status")
@click.pass_obj
def show_status(state: State) -> None:
    """Say which processes run, since when, in how much memory. Exit code 1 unless all are up."""
    found = status(state)
    for process in found:
        if process.uptime is None:
            click.echo(f"{process.role:<10} down")
        else:
            seconds = int(process.uptime.total_seconds())
            click.echo(f"{process.role:<10} up    pid {process.pid:<8} {process.memory / 2**20:6.0f} MiB  {seconds} s")
    if not all(process.is_up for process in found):
        raise click.exceptions.Exit(1)


@cli.command()
@click.pass_obj
def logs(state: State) -> None:
    """Show the logs: where they are, and their last lines."""
    for path in (*(state.log(role) for role in Role), state.statements, state.s3_access_log):
        click.echo(f"==> {path}")
        for line in last_lines(path, _SHOWN_LINES):
            click.echo(line)


@cli.command()
@click.pass_obj
def env(state: State) -> None:
    """Print the shell commands that make AWS clients use this engine."""
    _export(Engine.attach(state.folder).environment())


@cli.command()
@click.option("--every", multiple=True, metavar="SERVICE=K", help="Refuse every K-th request of athena, glue or s3.")
@click.option("--next", "following", multiple=True, metavar="SERVICE=N", help="Refuse the next N requests of one.")
@click.pass_obj
def throttle(state: State, every: tuple[str, ...], following: tuple[str, ...]) -> None:
    """Refuse some requests as AWS does when it throttles; prints the variables to use, and ends with Ctrl-C."""
    wanted = [[_service_and_number(option) for option in options] for options in (every, following)]
    with Relay(Engine.attach(state.folder)) as relay:
        for refuse, asked in zip((relay.throttle.every, relay.throttle.next), wanted, strict=True):
            for service, number in asked:
                refuse(service, number)
        _export(relay.environment())
        sys.stdout.flush()
        ended = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: ended.set())
        ended.wait()
        for operation, count in sorted(relay.throttle.refused.items()):
            click.echo(f"refused {count:,} times: {operation}", err=True)


def _service_and_number(option: str) -> tuple[str, int]:
    service, _, number = option.partition("=")
    if service not in SERVICES or not number.isdecimal():
        raise click.BadParameter(f"{option!r} is not {'|'.join(SERVICES)}=NUMBER")
    return service, int(number)


def _export(variables: Mapping[str, str]) -> None:
    for name, value in variables.items():
        click.echo(f"export {name}={shlex.quote(value)}")
    click.echo(f"unset {' '.join(_UNSET)}")


def _state_option(state: State) -> str:
    return "" if state.folder == PROJECT / "build" / "athena" else f" --state {shlex.quote(str(state.folder))}"
