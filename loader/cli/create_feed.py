"""`loader new-feed`: looks at samples, says what it found, asks or stops, and writes the feed."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click
from pydantic import TypeAdapter, ValidationError

from loader.check.scratch import ScratchBuildError, passing_scratch
from loader.cli import log
from loader.cli.console import is_terminal, one_line, say
from loader.cli.settings import Settings
from loader.cli.verdicts import as_json, judge, lines_of
from loader.contract.columns import Name
from loader.contract.dbt_sources import OWN_TABLES
from loader.contract.model import Contract
from loader.contract.project import find_project_dir, load_contracts
from loader.errors import ContractError, ExitCode, FileRejectedError, UsageError
from loader.inbox.delivered_file import Delivery
from loader.inbox.finding import find
from loader.inbox.unpacking import Content
from loader.new_feed.draft import Draft
from loader.new_feed.drafting import draft_of
from loader.new_feed.encodings import reads_as
from loader.new_feed.example import example_of
from loader.new_feed.findings import Notes, Option, Question
from loader.new_feed.study import Sample, Study, study
from loader.new_feed.writing import folder_of, write_feed
from loader.wording import joined

_MOST_BYTES = 256 * 1024


@dataclass(frozen=True)
class _Tried:
    """What a build would say of one sample by the new contract, as lines and as an object."""

    lines: list[str]
    as_json: dict[str, Any]
    is_held: bool


def create_feed(
    settings: Settings, feed: str, paths: Sequence[str], answers: dict[Option, str], take_likeliest: bool
) -> ExitCode:
    """Look at the samples, and write the feed if nothing is left to be asked.

    Raises:
        UsageError: the name is taken or no name, a sample cannot be read, or an answer is none.
        SampleRefusedError: a sample is no list of entries that a contract can describe.
    """
    project_dir = find_project_dir(settings.project_dir)
    contracts = load_contracts(project_dir)
    _require_free_name(project_dir, feed, contracts)
    minor_units = _minor_units(project_dir)
    _require_answers(answers, minor_units)
    files = [file for path in paths for file in _files(path)]
    samples = [_sample(file) for file in files]
    notes, found = _study(samples, minor_units, answers, take_likeliest, feed)
    draft = draft_of(feed, found, notes)
    _leave_names_of_others(draft, files, contracts, notes)
    if not settings.as_json:
        for finding in notes.findings:
            say(one_line(str(finding)))
    if notes.questions:
        return _stop(settings, notes)
    example = example_of(draft, found, minor_units)
    tried = _try(project_dir, draft, example, files)
    written = write_feed(project_dir, draft, example)
    _tell(settings, notes, written, tried, feed)
    return ExitCode.FINDINGS if any(one.is_held for one in tried) else ExitCode.DONE


def _study(
    samples: Sequence[Sample], minor_units: dict[str, int], answers: dict[Option, str], take_likeliest: bool, feed: str
) -> tuple[Notes, Study]:
    """Study the samples; a person at a terminal is asked what is open, until nothing is."""
    answers = dict(answers)
    asks = is_terminal(sys.stdin) and is_terminal(sys.stderr) and not take_likeliest
    while True:
        notes = Notes(answers=answers, take_likeliest=take_likeliest, feed=feed)
        found = study(samples, frozenset(minor_units), notes)
        if not notes.questions or not asks:
            return notes, found
        question = notes.questions[0]
        answers[question.option] = _ask(question, minor_units)


def _ask(question: Question, minor_units: dict[str, int]) -> str:
    while True:
        kind = click.Choice(question.choices) if question.choices else str
        answer = str(click.prompt(one_line(question.text), default=question.likeliest, type=kind, err=True))
        try:
            _require_answers({question.option: answer}, minor_units)
        except UsageError as error:
            say(str(error), err=True)
        else:
            return answer


def _leave_names_of_others(
    draft: Draft, files: Sequence[Delivery], contracts: Mapping[str, Contract], notes: Notes
) -> None:
    """Let the feed's files be named after it where the samples' names are those of another feed's files."""
    others = sorted({feed for feed, other in contracts.items() for file in files if other.fits(file.name)})
    if others:
        pattern = f"{draft.feed}*.csv"
        draft.meta["file_patterns"] = [pattern]
        told = f"{pattern}, as {files[0].name} fits the pattern of {joined(others)}: rename files, or land with --feed"
        notes.found("file names", told, "assumed")


def _require_free_name(project_dir: Path, feed: str, contracts: Mapping[str, Contract]) -> None:
    try:
        TypeAdapter(Name).validate_python(feed)
    except ValidationError as error:
        raise UsageError(
            f"{feed!r} is no name of a feed: small letters, digits and single _, a letter first, 60 at most"
        ) from error
    if feed in OWN_TABLES:
        raise UsageError(f"{feed} is a table that the loader writes: choose another name")
    folder_of(project_dir, feed)
    if feed in contracts:
        raise UsageError(f"the feed {feed} has a contract already: choose another name")


def _require_answers(answers: dict[Option, str], minor_units: dict[str, int]) -> None:
    currency, zone, encoding = answers.get("currency"), answers.get("time-zone"), answers.get("encoding")
    if not answers.get("account", "-").isprintable():
        raise UsageError("--account: it holds a character that nobody sees: no id may")
    if currency is not None and currency not in minor_units:
        raise UsageError(f"--currency {currency}: seeds/currencies.csv has no such code; codes are such as EUR")
    if encoding is not None and not reads_as(b"", encoding):
        raise UsageError(f"--encoding {encoding}: Python reads no such encoding; names are such as windows-1252")
    if zone is not None:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise UsageError(f"--time-zone {zone}: an IANA time zone is allowed, such as Europe/Prague") from error


def _minor_units(project_dir: Path) -> dict[str, int]:
    """Return the decimal places of each currency that the project knows."""
    path = project_dir / "seeds" / "currencies.csv"
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return {row["currency"]: int(row["minor_units"] or 2) for row in csv.DictReader(file)}
    except (OSError, KeyError, ValueError) as error:
        raise UsageError(f"{path}: cannot be read: {error}") from error


def _files(path: str) -> list[Delivery]:
    inbox = find(path)
    files = [*inbox.named, *inbox.listed]
    if not files:
        raise UsageError(f"{path}: no sample is there")
    return files


def _sample(file: Delivery) -> Sample:
    """Return the file, unpacked; of a long one the lines of the first 256 KiB."""
    data = bytearray()
    with Content(file) as content:
        while len(data) <= _MOST_BYTES and (block := content.read(_MOST_BYTES)):
            data += block
    if len(data) > _MOST_BYTES:
        say(f"{one_line(file.name)}: its first {_MOST_BYTES // 1024} KB are looked at", err=True)
        data = data[: data.rfind(b"\n", 0, _MOST_BYTES) + 1]
    return Sample(file.name, bytes(data))


def _try(project_dir: Path, draft: Draft, example: str, files: Sequence[Delivery]) -> list[_Tried]:
    """Return what a build would say of each whole sample; nothing wrong reaches the project.

    Raises:
        ContractError: the contract does not read a sample, or the models cannot be built with it.
    """
    # A landing in the scratch lake is no event: nobody finds its file afterwards.
    log.configure(machine_readable=False)
    with passing_scratch(project_dir) as scratch:
        write_feed(scratch.project, draft, example)
        try:
            contract = load_contracts(scratch.project)[draft.feed]
            verdicts = [judge(scratch, file, contract) for file in files]
        except (ContractError, FileRejectedError, ScratchBuildError) as error:
            raise ContractError(
                f"the samples suggest a contract that does not read them; nothing is written: {error}"
            ) from error
    return [
        _Tried(lines_of(*said), as_json(*said), said[2].held_for is not None)
        for said in ((manifest, contract, verdict) for manifest, verdict in verdicts)
    ]


def _stop(settings: Settings, notes: Notes) -> ExitCode:
    """Say what is open; nothing is written."""
    if settings.as_json:
        stopped = {"status": "open", "exit_code": int(ExitCode.USAGE)} | _findings_as_json(notes)
        say(json.dumps(stopped, ensure_ascii=False))
    for question in notes.questions:
        say(one_line(f"open: {question}"), err=True)
    count = len(notes.questions)
    what = "an answer is" if count == 1 else f"{count} answers are"
    say(f"error: {what} missing, nothing is written: give the options, or --yes for the likeliest answers", err=True)
    return ExitCode.USAGE


def _findings_as_json(notes: Notes) -> dict[str, Any]:
    return {
        "findings": [
            {"subject": found.subject, "text": found.text, "sureness": found.sureness, "line": found.line}
            for found in notes.findings
        ],
        "questions": [
            {"option": asked.option, "text": asked.text, "likeliest": asked.likeliest} for asked in notes.questions
        ],
    }


def _tell(settings: Settings, notes: Notes, written: Sequence[Path], tried: Sequence[_Tried], feed: str) -> None:
    if settings.as_json:
        done = {
            "status": "written",
            "feed": feed,
            "files": [str(path) for path in written],
            "verdicts": [one.as_json for one in tried],
        }
        say(json.dumps(done | _findings_as_json(notes), ensure_ascii=False, default=str))
        return
    for path in written:
        say(f"wrote    {one_line(str(path))}")
    for line in (line for one in tried for line in one.lines):
        say(one_line(line))
    say(f"next     loader land --feed {feed} FILE, then dbt build")
