"""Holds commands of this project, of dbt, make and Terraform against what those take."""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

import click
import yaml
from dbt.cli.main import cli as dbt

import loader.cli.commands
import local_athena.cli
import pipeline.cli
import review.cli
import upkeep.cli
from tests.docs.pages import PROJECT

_CLICK = {
    "loader": loader.cli.commands.cli,
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


def wrong_in_dbt(words: Sequence[str], *, whole: bool) -> Iterator[str]:
    """Yield what is wrong with a command of dbt, the nodes and the macro that it names among it."""
    given: dict[str, Any] = {}
    yield from _wrong_in_click(dbt, words[1:], whole=whole, given=given)
    yield from (f"nothing is selected by {one}" for one in _selected(given) if not _selects(one))
    if isinstance(given.get("macro"), str):
        yield from _wrong_operation(given["macro"], given.get("args"))


def wrong_in_loader(words: Sequence[str], *, whole: bool) -> Iterator[str]:
    """Yield what is wrong with a command of the loader."""
    yield from _wrong_in_click(loader.cli.commands.cli, words[1:], whole=whole)


def wrong_in_python(words: Sequence[str], *, whole: bool) -> Iterator[str]:
    """Yield what is wrong with `python -m MODULE ARGUMENT…`."""
    if words[1] != "-m" or words[2] == "…":
        return
    module, *arguments = words[2:]
    if module in _CLICK:
        yield from _wrong_in_click(_CLICK[module], arguments, whole=whole)
    elif module == "review":
        told = io.StringIO()
        with contextlib.redirect_stderr(told), contextlib.suppress(SystemExit):
            review.cli._parser().parse_args(arguments)
        yield from filter(None, told.getvalue().splitlines()[-1:])
    elif not importlib.util.find_spec(module):
        yield f"no module {module}"


def _wrong_in_click(
    group: click.Group, arguments: Sequence[str], *, whole: bool, given: dict[str, Any] | None = None
) -> Iterator[str]:
    """Sub-commands and options have to be there. Values are not looked at: they may be words such as FILE.

    Of a whole command nothing may be missing. ``given`` takes what the last sub-command was given, by name.
    """
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
                values, rest, _ = command.make_parser(context).parse_args(rest)
                if whole:
                    yield from _missing_or_surplus(command, values, rest)
                (given if given is not None else {}).update(values)
            group = command
    except click.UsageError as error:
        yield error.format_message()


def _missing_or_surplus(command: click.Command, values: Mapping[str, Any], rest: Sequence[str]) -> Iterator[str]:
    if rest:
        yield f"belongs to nothing: {' '.join(rest)}"
    for parameter in command.params:
        is_given = any(isinstance(one, str) for one in _flat(values.get(parameter.name or "")))
        if parameter.required and not parameter.envvar and not is_given:
            yield f"{parameter.human_readable_name} is missing"


def _flat(value: Any) -> Sequence[Any]:
    return value if isinstance(value, (list, tuple)) else [value]


def _selected(given: Mapping[str, Any]) -> Iterator[str]:
    """Yield each criterion of `--select` and `--exclude`, without the graph's signs."""
    for option in ("select", "exclude"):
        for text in given.get(option) or ():
            for word in re.split(r"[\s,]+", " ".join(_flat(text))):
                yield re.sub(r"^[@+\d]*\+|^@|\+\d*$", "", word)


def _selects(criterion: str) -> bool:
    """Whether a name, a tag or a folder selects something. What is left open, and dbt's other methods, are."""
    method, colon, value = criterion.partition(":")
    if not colon:
        return not re.fullmatch(r"\w+", criterion) or criterion in _nodes()
    return method != "tag" or value in _tags()


def _wrong_operation(macro: str, arguments: str | None) -> Iterator[str]:
    """Its macro has to be there, with parameters of the names that are given."""
    parameters = _macros().get(macro)
    if parameters is None:
        yield f"no macro {macro}"
    elif arguments:
        yield from (f"{macro} has no {name}" for name in yaml.safe_load(arguments).keys() - parameters)


def wrong_in_make(words: Sequence[str], *, whole: bool) -> Iterator[str]:
    """Yield each target and variable that the Makefile does not have."""
    makefile = _makefile()
    for word in words[1:]:
        name, sign, _ = word.partition("=")
        if sign and not re.search(rf"\$\({name}\)|\$\((?:if|or) ?\$\({name}\)|^{name} [?:]?=", makefile, re.MULTILINE):
            yield f"no variable {name}"
        elif not sign and not re.search(rf"^{re.escape(name)}:", makefile, re.MULTILINE):
            yield f"no target {name}"


def wrong_in_terraform(words: Sequence[str], *, whole: bool) -> Iterator[str]:
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
def _nodes() -> set[str]:
    """Return the names of models, seeds, snapshots and tests, and of the folders that hold them."""
    folders = [PROJECT / name for name in ("models", "seeds", "snapshots", "tests/audit")]
    return {path.stem for folder in folders for path in folder.rglob("*") if path.suffix != ".yml"}


@functools.cache
def _tags() -> set[str]:
    texts = [
        path.read_text(encoding="utf-8") for path in (PROJECT / "models").rglob("*") if path.suffix in (".sql", ".yml")
    ]
    texts.append((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))
    lists = [one for text in texts for one in re.findall(r"\btags\W+([\w', \"-]+)", text)]
    return {tag for one in lists for tag in re.findall(r"[\w-]+", one)}


@functools.cache
def _macros() -> dict[str, set[str]]:
    """Return each macro with the names of its parameters."""
    texts = [path.read_text(encoding="utf-8") for path in (PROJECT / "macros").rglob("*.sql")]
    found = [one for text in texts for one in re.findall(r"\{%-? *macro (\w+)\(([^)]*)\)", text)]
    return {name: set(re.findall(r"(\w+) *(?:=[^,]*)?(?:,|$)", parameters)) for name, parameters in found}


@functools.cache
def _makefile() -> str:
    return (PROJECT / "Makefile").read_text(encoding="utf-8")


@functools.cache
def _outputs() -> set[str]:
    terraform = PROJECT / "terraform"
    roots = [terraform / "bootstrap", *(terraform / "examples").iterdir()]
    texts = [path.read_text(encoding="utf-8") for root in roots for path in root.glob("*.tf")]
    return {name for text in texts for name in re.findall(r'^output "(\w+)"', text, re.MULTILINE)}


class Wrong(Protocol):
    """Yields what is wrong with a command; one within a sentence is not whole, and may lack something."""

    def __call__(self, words: Sequence[str], *, whole: bool) -> Iterator[str]:
        """Look at the words of the command, the program's name first."""
        ...


WRONG: dict[str, Wrong] = {
    "dbt": wrong_in_dbt,
    "loader": wrong_in_loader,
    "make": wrong_in_make,
    "python": wrong_in_python,
    "terraform": wrong_in_terraform,
}
