"""What new-feed makes of a sample, held against its right answer; as a page of the docs when it is run."""

from __future__ import annotations

import csv
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from pathlib import Path

from loader.contract.model import Contract
from loader.contract.project import load_contracts
from loader.new_feed.drafting import draft_of
from loader.new_feed.findings import Notes, Option, SampleRefusedError
from loader.new_feed.study import Sample, Study, study
from loader.new_feed.writing import write_feed
from tests.new_feed.by_contract import oldest_first, read_sample

PROJECT = Path(__file__).parents[2]
FORMATS = PROJECT / "tests" / "feeds" / "formats"
LAYOUTS = PROJECT / "tests" / "feeds" / "layouts"
SAMPLES = Path(__file__).parent / "samples"
PAGE = PROJECT / "docs" / "new-feed-on-real-formats.md"

# What a person knows of the account, where it is not the likeliest answer.
KNOWN: dict[str, dict[Option, str]] = {
    "barclaycard": {"positive": "out"},
    "card_ambiguous": {"positive": "out"},
}

Entry = tuple[str, str, Decimal, str, Decimal | None]
"""Account without blanks, booking day, amount, currency, and the balance that the file states."""


@dataclass
class Outcome:
    """What new-feed says of one sample, and what its contract makes of it.

    Attributes:
        notes: findings and questions of the first look, without any answer.
        answered: findings with all answers.
        contract: the contract that it writes.
        entries: what the contract reads, by day and the order within a day.
        expected: the right answer.
        refused: why the sample is refused.
    """

    name: str
    notes: Notes
    answered: Notes = field(default_factory=Notes)
    contract: Contract | None = None
    entries: list[Entry] = field(default_factory=list)
    expected: list[Entry] = field(default_factory=list)
    refused: str | None = None

    @property
    def asked(self) -> list[Option]:
        """The options that answer what the sample does not tell."""
        return [question.option for question in self.notes.questions]

    @property
    def is_right(self) -> bool:
        """Whether each entry is that of the right answer."""
        return sorted(map(str, self.entries)) == sorted(map(str, self.expected))

    def subjects(self, sureness: str) -> list[str]:
        """Return what was found with this sureness, without any answer."""
        return list(dict.fromkeys(found.subject for found in self.notes.findings if found.sureness == sureness))


def currencies() -> frozenset[str]:
    """Return the codes that the project knows."""
    with (PROJECT / "seeds" / "currencies.csv").open(encoding="utf-8", newline="") as file:
        return frozenset(row["currency"] for row in csv.DictReader(file))


def right_answer(path: Path) -> list[Entry]:
    """Return the entries of an .expected.csv."""
    with path.with_suffix(".expected.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["record"] == "entry"]
    return [
        _entry(row["account"], row["booking_date"], row["amount"], row["currency"], row["balance_after"])
        for row in rows
    ]


def _entry(account: str | None, day: object, amount: object, currency: str | None, balance: object) -> Entry:
    stated = None if balance in ("", None) else Decimal(str(balance)).quantize(Decimal("0.01"))
    moved = Decimal(str(amount)).quantize(Decimal("0.01"))
    return (account or "").replace(" ", ""), str(day), moved, currency or "", stated


def samples() -> list[Path]:
    """Return the real formats and the samples for what they lack, which have right answers."""
    return _answered([*FORMATS.glob("*/*.csv"), *SAMPLES.glob("*.csv")])


def layouts() -> list[Path]:
    """Return the layouts that nobody looked at when new-feed was written, which have right answers."""
    return _answered(LAYOUTS.glob("*/*.csv"))


def _answered(found: Iterable[Path]) -> list[Path]:
    return sorted(path for path in found if path.with_suffix(".expected.csv").exists() and ".expected" not in path.name)


@cache
def outcome(path: Path) -> Outcome:
    """Return what new-feed makes of a sample with the answers that a person knows."""
    sample = Sample(path.name, path.read_bytes())
    first = Notes(feed=path.stem)
    found = Outcome(path.stem, first, expected=right_answer(path))
    try:
        study([sample], currencies(), first)
    except SampleRefusedError as error:
        found.refused = str(error)
        return found
    told: dict[Option, str] = {"account": found.expected[0][0], "currency": found.expected[0][3]}
    told |= {question.option: question.likeliest for question in first.questions if question.likeliest} | KNOWN.get(
        path.stem, {}
    )
    if len({entry[0] for entry in found.expected}) == 1:
        told["account"] = _account_of(path)
    answers = {option: told[option] for option in found.asked}
    found.answered = Notes(answers=answers, feed=path.stem)
    found.contract, found.entries = read_as_written(
        sample, study([sample], currencies(), found.answered), found.answered
    )
    return found


def _account_of(path: Path) -> str:
    with path.with_suffix(".expected.csv").open(encoding="utf-8", newline="") as file:
        return next(csv.DictReader(file))["account"]


def read_as_written(sample: Sample, found: Study, notes: Notes) -> tuple[Contract, list[Entry]]:
    """Return the contract that is written, and what it reads."""
    draft = draft_of("made", found, notes)
    with tempfile.TemporaryDirectory() as folder:
        write_feed(Path(folder), draft, "")
        contract = load_contracts(Path(folder))["made"]
    rows = oldest_first(contract, read_sample(contract, sample.name, sample.data).entries)
    return contract, [_entry(row.account, row.day, row.amount, row.currency, row.balance) for row in rows]


@cache
def taken_likeliest(path: Path) -> tuple[Notes, list[Entry]] | None:
    """Return what `--yes` gives, with a currency where nothing in the file hints at one; None if it is refused."""
    sample = Sample(path.name, path.read_bytes())
    notes = Notes(take_likeliest=True, feed=path.stem)
    try:
        study([sample], currencies(), notes)
    except SampleRefusedError:
        return None
    if notes.questions:
        currency = right_answer(path)[0][3]
        notes = Notes(answers={"currency": currency}, take_likeliest=True, feed=path.stem)
    return notes, read_as_written(sample, study([sample], currencies(), notes), notes)[1]


def wrong_parts(entries: list[Entry], expected: list[Entry]) -> list[str]:
    """Return which parts of the entries differ from the right answer."""
    names = ("account", "day", "amount", "currency", "balance")
    if len(entries) != len(expected):
        return ["entries"]
    pairs = (
        [sorted(map(str, column)) for column in zip(*entries, strict=True)],
        [sorted(map(str, column)) for column in zip(*expected, strict=True)],
    )
    return [name for name, mine, right in zip(names, *pairs, strict=True) if mine != right]


def page() -> str:
    """Return the page of the docs."""
    paths = [path for path in samples() if path.parent.parent == FORMATS]
    lines = [*_HEAD, *(_line(outcome(path)) for path in paths), *_BETWEEN, *_lines_of_yes(paths)]
    return "\n".join(lines) + "\n"


_HEAD = [
    "# What `new-feed` finds in real formats",
    "",
    "The layouts are those of `tests/feeds/formats`; every row in them is made up. Each is given to `loader new-feed`",
    "as one sample. What its contract reads is compared with the right answer: account, day, amount, currency and",
    "stated balance of each entry. How the command works: [new feeds from samples](new-feed.md).",
    "",
    "This page is made by `python -m tests.new_feed.outcomes`. A test fails if it is not true.",
    "",
    "- *Proved* is what only one reading fits, such as a sign by the steps between balances.",
    "- *Unsure* is what the command says it assumes.",
    "- *Asked* are the options without which nothing is written.",
    "",
    "| format | proved | unsure | asked | entries right |",
    "|---|---|---|---|---|",
]
_BETWEEN = [
    "",
    "## With `--yes` alone",
    "",
    "`--yes` takes the likeliest answer to each question and says so. A currency is given where nothing in the file",
    "hints at one. What is wrong then is always among what the command says it assumes.",
    "",
    "| format | wrong | said to be assumed |",
    "|---|---|---|",
]


def _line(found: Outcome) -> str:
    if found.refused:
        return f"| {found.name} | - | - | - | refused: {found.refused.split(': ', 1)[1]} |"
    parts = [", ".join(found.subjects(sureness)) or "-" for sureness in ("proved", "assumed")]
    asked = ", ".join(f"`--{option}`" for option in found.asked) or "nothing"
    right = f"{len(found.entries)} of {len(found.expected)}" if found.is_right else "**wrong**"
    return f"| {found.name} | {' | '.join(parts)} | {asked} | {right} |"


def _lines_of_yes(paths: list[Path]) -> Iterator[str]:
    for path in paths:
        found = taken_likeliest(path)
        if found is None:
            continue
        notes, entries = found
        wrong = ", ".join(wrong_parts(entries, right_answer(path))) or "nothing"
        assumed = ", ".join(dict.fromkeys(one.subject for one in notes.findings if one.sureness == "assumed")) or "-"
        yield f"| {path.stem} | {wrong} | {assumed} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"wrote {PAGE}\n")
