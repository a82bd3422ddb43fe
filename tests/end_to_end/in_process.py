"""dbt in this process: it is imported once, and a project that is already parsed is not parsed again."""

from __future__ import annotations

import contextlib
import gc
import hashlib
import io
import itertools
import os
import threading
import warnings
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner, dbtRunnerResult

_ROOT = "LEDGER_LAKE_ROOT"
_READ_WHILE_IT_RUNS = (_ROOT, "LEDGER_LAKE_CLOCK")
# dbt parses everything again when the warehouse's path is another one, so every project is parsed for the same path.
_NO_LAKE = "/there/is/no/lake/while/dbt/parses"
_PARSED_OPTIONS = ("--target", "--vars", "--profile")
_TAKE_A_MANIFEST = ("build", "compile", "run", "run-operation", "seed", "show", "snapshot", "test")
_MADE_BY_DBT = ("target", "logs")
_KEPT_PARSES = 16


@dataclass(frozen=True)
class Build:
    """How a dbt command ended, and what it printed, without colours."""

    exit_code: int
    output: str


@dataclass(frozen=True)
class Parse:
    """What dbt made of a project: its manifest as an object and as files, and what it printed meanwhile."""

    manifest: Any
    files: Mapping[str, bytes]
    output: str


_one_at_a_time = threading.RLock()
_kept: OrderedDict[str, Parse] = OrderedDict()
_first: dict[tuple[str, ...], bytes] = {}


def invoke(arguments: Sequence[str], project: Path, environment: Mapping[str, str]) -> Build:
    """Run a dbt command on a project, with these variables beside those of this process.

    dbt keeps its state in globals, so one command runs at a time. Ctrl-C ends the command and is raised again.
    """
    return _ended(*result_of(arguments, project, environment))


def result_of(
    arguments: Sequence[str],
    project: Path,
    environment: Mapping[str, str],
    callbacks: Sequence[Callable[[Any], None]] = (),
) -> tuple[dbtRunnerResult, str]:
    """Do the same and return what dbt's programmatic interface does, which calls `callbacks` with each event."""
    with _one_at_a_time, mock.patch.dict(os.environ, environment):
        name = next(argument for argument in arguments if not argument.startswith("-"))
        if name not in _TAKE_A_MANIFEST:
            return _run(arguments, project)
        parse = _parse(arguments, project)
        if not isinstance(parse, Parse):
            return parse
        # The manifest has been written with the parse; to write it again is a tenth of a build.
        with mock.patch("dbt.task.runnable.write_manifest"):
            result, output = _run(arguments, project, _manifest(parse, project), callbacks)
        return result, parse.output + output


def forget_parses() -> None:
    """Parse every project anew with its next command."""
    _kept.clear()


def _manifest(parse: Parse, project: Path) -> Any:
    """Return a manifest of its own, because a run writes into it; its seeds are those of this project."""
    manifest = parse.manifest.deepcopy()
    for node in manifest.nodes.values():
        if node.resource_type == "seed":
            node.root_path = str(project)
    return manifest


def _parse(arguments: Sequence[str], project: Path) -> Parse | tuple[dbtRunnerResult, str]:
    """Return the parse of the project as it is now, or how parsing failed."""
    options = _parsed_options(arguments)
    fingerprint = _fingerprint(project, options)
    target = project / "target"
    target.mkdir(exist_ok=True)
    if fingerprint in _kept:
        _kept.move_to_end(fingerprint)
    else:
        failed = _parse_anew(fingerprint, options, project)
        if failed:
            return failed
    for name, content in _kept[fingerprint].files.items():
        (target / name).write_bytes(content)
    return _kept[fingerprint]


def _parse_anew(fingerprint: str, options: Sequence[str], project: Path) -> tuple[dbtRunnerResult, str] | None:
    """Parse what differs from a project of the same feeds that was parsed before, and keep the parse.

    Return how it failed, if it did.
    """
    memory = project / "target" / "partial_parse.msgpack"
    feeds = tuple(sorted(path.stem for path in project.glob("models/staging/*/stg_*.sql")))
    was_parsed = memory.exists()
    if feeds in _first and not was_parsed:
        memory.write_bytes(_first[feeds])
    with mock.patch.dict(os.environ, {_ROOT: _NO_LAKE}):
        result, output = _run(["parse", *options], project)
    if not result.success:
        return result, output
    manifest: Any = result.result
    # dbt cannot copy a manifest with disabled nodes; a run has no use for them.
    manifest.disabled = {}
    files = {name: (memory.parent / name).read_bytes() for name in (memory.name, "manifest.json")}
    held_by_macros = sum(value == _NO_LAKE for value in manifest.env_vars.values())
    assert files[memory.name].count(_NO_LAKE.encode()) <= held_by_macros, (
        f"dbt reads {_ROOT} while it parses: read it where `execute` is true, or a kept parse leads to another lake"
    )
    if not was_parsed:
        _first.setdefault(feeds, files[memory.name])
    _kept[fingerprint] = Parse(manifest, files, output)
    while len(_kept) > _KEPT_PARSES:
        _kept.popitem(last=False)
    return None


def _parsed_options(arguments: Sequence[str]) -> list[str]:
    """Return the options of a command that dbt parses a project by."""
    found = [argument for argument in arguments if argument == "--warn-error"]
    for name, value in itertools.pairwise(arguments):
        if name in _PARSED_OPTIONS:
            found += [name, value]
    return found


def _fingerprint(project: Path, options: Sequence[str]) -> str:
    """Return a hash of all that a parse depends on: the project's files, options, and variables."""
    digest = hashlib.sha256(repr(options).encode())
    for name, value in sorted(os.environ.items()):
        if name.startswith(("LEDGER_LAKE_", "DBT_", "AWS_")) and name not in _READ_WHILE_IT_RUNS:
            digest.update(repr((name, value)).encode())
    for path in sorted(project.rglob("*")):
        place = path.relative_to(project)
        if place.parts[0] not in _MADE_BY_DBT and path.is_file():
            digest.update(repr((str(place), path.read_bytes())).encode())
    return digest.hexdigest()


def _run(
    arguments: Sequence[str], project: Path, manifest: Any = None, callbacks: Sequence[Callable[[Any], None]] = ()
) -> tuple[dbtRunnerResult, str]:
    """Run a command and return its result, and what it printed. No connection to the warehouse is left open."""
    output = io.StringIO()
    places = ["--project-dir", str(project), "--profiles-dir", str(project)]
    # A log file would be left open until another command opens one.
    command = ["--no-use-colors", "--log-level-file", "none", *arguments, *places]
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output), warnings.catch_warnings():
        # pytest makes errors of warnings; those of dbt's own code are not this project's.
        warnings.simplefilter("ignore")
        # A run makes objects by the hundred thousand, and to look for cycles in them is a sixth of its time.
        gc.disable()
        try:
            result = dbtRunner(manifest=manifest, callbacks=list(callbacks)).invoke(command)
        finally:
            gc.enable()
            DuckDBConnectionManager.close_all_connections()
        if not result.success:
            # An interrupted command leaves a pool of threads behind, which warns when it is collected.
            gc.collect()
    if isinstance(result.exception, KeyboardInterrupt | SystemExit):
        raise result.exception
    return result, output.getvalue()


def _ended(result: dbtRunnerResult, output: str) -> Build:
    """Return what the command `dbt` would have ended with: 1 if a node failed, 2 if dbt did."""
    if result.exception is not None and str(result.exception) not in output:
        output += f"{result.exception}\n"
    return Build(0 if result.success else 1 if result.exception is None else 2, output)
