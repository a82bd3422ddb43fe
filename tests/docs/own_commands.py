"""Holds commands of this project, of dbt, make and Terraform against what those take."""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import io
import re
from collections.abc import Callable, Iterator, Sequence

import click
from dbt.cli.main import cli as dbt

import loader.cli
import local_athena.cli
import pipeline.cli
import review.cli
import upkeep.cli
from tests.docs.pages import PROJECT

_CLICK = {
    "loader": loader.cli.cli,
    "local_athena": local_athena.cli.cli,
    "pipeline": pipeline.cli.cli,
    "upkeep": upkeep.cli.main,
}
# Sub-commands of Terraform with the options that the pages use.
_TERRAFORM = {
    "apply": {"target"},
    "destroy": set(),
    "init": {"backend-config", "migrate-state", "upgrade"},
    "output": {"json", "raw"},
    "plan": set(),
    "state": set(),
}


def wrong_in_dbt(words: Sequence[str]) -> Iterator[str]:
    """Yield what is wrong with a command of dbt."""
    yield from _wrong_in_click(dbt, words[1:])


def wrong_in_loader(words: Sequence[str]) -> Iterator[str]:
    """Yield what is wrong with a command of the loader."""
    yield from _wrong_in_click(loader.cli.cli, words[1:])


def wrong_in_python(words: Sequence[str]) -> Iterator[str]:
    """Yield what is wrong with `python -m MODULE ARGUMENT…`."""
    if words[1] != "-m" or words[2] == "…":
        return
    module, *arguments = words[2:]
    if module in _CLICK:
        yield from _wrong_in_click(_CLICK[module], arguments)
    elif module == "review":
        told = io.StringIO()
        with contextlib.redirect_stderr(told), contextlib.suppress(SystemExit):
            review.cli._parser().parse_args(arguments)
        yield from filter(None, told.getvalue().splitlines()[-1:])
    elif not importlib.util.find_spec(module):
        yield f"no module {module}"


def _wrong_in_click(group: click.Group, arguments: Sequence[str]) -> Iterator[str]:
    """Sub-commands and options have to be there. Values are not looked at: they may be words such as FILE."""
    rest = list(arguments)
    context = click.Context(group, info_name=group.name)
    try:
        _, rest, _ = group.make_parser(context).parse_args(rest)
        while isinstance(group, click.Group) and rest:
            name, *rest = rest
            command = group.get_command(context, name)
            if command is None:
                yield f"no command {name}"
                return
            context = click.Context(command, parent=context, info_name=name, **command.context_settings)
            if not isinstance(command, click.Group):
                _, rest, _ = command.make_parser(context).parse_args(rest)
            group = command
    except click.UsageError as error:
        yield error.format_message()


def wrong_in_make(words: Sequence[str]) -> Iterator[str]:
    """Yield each target and variable that the Makefile does not have."""
    makefile = _makefile()
    for word in words[1:]:
        name, sign, _ = word.partition("=")
        if sign and not re.search(rf"\$\({name}\)|\$\((?:if|or) ?\$\({name}\)|^{name} [?:]?=", makefile, re.MULTILINE):
            yield f"no variable {name}"
        elif not sign and not re.search(rf"^{re.escape(name)}:", makefile, re.MULTILINE):
            yield f"no target {name}"


def wrong_in_terraform(words: Sequence[str]) -> Iterator[str]:
    """Yield what is wrong with a command of Terraform. An output has to be one of a root that people apply."""
    command, *rest = words[1:]
    if command not in _TERRAFORM:
        yield f"no command {command}"
        return
    for word in rest:
        option = word[1:].partition("=")[0]
        if word.startswith("-") and option not in _TERRAFORM[command]:
            yield f"no option -{option}"
        elif command == "output" and not word.startswith("-") and word not in _outputs():
            yield f"no output {word}"


@functools.cache
def _makefile() -> str:
    return (PROJECT / "Makefile").read_text(encoding="utf-8")


@functools.cache
def _outputs() -> set[str]:
    terraform = PROJECT / "terraform"
    roots = [terraform / "bootstrap", *(terraform / "examples").iterdir()]
    texts = [path.read_text(encoding="utf-8") for root in roots for path in root.glob("*.tf")]
    return {name for text in texts for name in re.findall(r'^output "(\w+)"', text, re.MULTILINE)}


WRONG: dict[str, Callable[[Sequence[str]], Iterator[str]]] = {
    "dbt": wrong_in_dbt,
    "loader": wrong_in_loader,
    "make": wrong_in_make,
    "python": wrong_in_python,
    "terraform": wrong_in_terraform,
}
