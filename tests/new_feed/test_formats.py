"""What new-feed makes of real formats and of layouts that are made up: right, or said to be unsure."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from loader.new_feed.findings import Notes, SampleRefusedError
from loader.new_feed.study import Sample, study
from tests.new_feed.outcomes import (
    FORMATS,
    PAGE,
    PROJECT,
    SAMPLES,
    currencies,
    layouts,
    outcome,
    page,
    right_answer,
    samples,
    taken_likeliest,
    wrong_parts,
)

MOST_OPTIONS = 4
# What is said of a part of an entry when it is taken without being known.
TOLD_OF = {
    "account": {"account", "sections"},
    "currency": {"currency"},
    "amount": {"positive", "amount"},
    "day": {"booking day"},
    "balance": {"balance"},
    "entries": {"passed over", "no row", "balance"},
}
ALL, LAYOUTS = samples(), layouts()


@pytest.mark.parametrize("path", ALL, ids=[path.stem for path in ALL])
def test_sample_is_right_or_refused_with_few_options(path: Path) -> None:
    found = outcome(path)
    assert found.refused or (found.is_right and found.entries)
    assert len(found.asked) <= MOST_OPTIONS


@pytest.mark.parametrize("path", LAYOUTS, ids=[path.stem for path in LAYOUTS])
def test_layout_is_right_refused_or_said_to_be_unsure(path: Path) -> None:
    found = outcome(path)
    for part in [] if found.refused else wrong_parts(found.entries, found.expected):
        assert TOLD_OF[part] & set(found.subjects("assumed")), part


def test_most_layouts_are_right() -> None:
    assert sum(outcome(path).is_right for path in LAYOUTS) * 2 > len(LAYOUTS)


def test_only_an_entry_over_two_lines_is_refused() -> None:
    assert [path.stem for path in ALL if outcome(path).refused] == ["ocbc"]


@pytest.mark.parametrize("path", ALL, ids=[path.stem for path in ALL])
def test_what_yes_gets_wrong_is_said_to_be_assumed(path: Path) -> None:
    found = taken_likeliest(path)
    if found is None:
        return
    notes, entries = found
    assumed = {one.subject for one in notes.findings if one.sureness == "assumed"}
    for part in wrong_parts(entries, right_answer(path)):
        assert TOLD_OF.get(part, set()) & assumed, part


def test_page_of_real_formats_is_true() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "make it anew: python -m tests.new_feed.outcomes"


def test_entries_are_in_the_order_of_posting() -> None:
    proved = [found for path in ALL if "order of lines" in (found := outcome(path)).subjects("proved")]
    assert len(proved) > 15
    for found in proved:
        for currency in {entry[3] for entry in found.expected}:
            amounts = [
                [entry[2] for entry in entries if entry[3] == currency] for entries in (found.entries, found.expected)
            ]
            assert amounts[0] == amounts[1], found.name


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "refused_two_tables",
            "the header of line 1 is followed by another one at line 5 (cells Account Number, Trade",
        ),
        ("refused_two_sides", "a row with two sides ('Source currency', 'Target currency')"),
        ("refused_period_totals", "no column is a day: a list of totals, no entries"),
    ],
)
def test_layout_that_no_contract_describes_is_refused(name: str, words: str) -> None:
    with pytest.raises(SampleRefusedError, match=re.escape(words)):
        study([Sample(name, (SAMPLES / f"{name}.csv").read_bytes())], currencies(), Notes())


def test_code_knows_no_bank() -> None:
    code = " ".join(path.read_text(encoding="utf-8") for path in (PROJECT / "loader" / "new_feed").rglob("*.*ml"))
    code += " ".join(path.read_text(encoding="utf-8") for path in (PROJECT / "loader" / "new_feed").rglob("*.py"))
    names = {name for folder in FORMATS.iterdir() for name in folder.name.split("_")}
    common = {
        "account",
        "balance",
        "bank",
        "camt",
        "checking",
        "collective",
        "de",
        "giro",
        "gl",
        "ing",
        "of",
        "open",
        "se",
        "tab",
        "v1",
    }
    assert not [name for name in sorted(names - common) if re.search(rf"(?<![a-z]){name}(?![a-z])", code.lower())]
