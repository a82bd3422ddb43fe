"""Macros have no checksum: what decides what a row or a balance is stands in the hash of the code by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from tests.end_to_end.house import House
from tests.end_to_end.lineage import reached
from tests.end_to_end.worded_feeds import Feed, add_feeds

pytestmark = pytest.mark.dbt

OURS = "macro.ledger_lake."
# They say which rows a build reads, and not what a row is.
LEFT_OUT = ("macros/graph/", "macros/publication/")
# The models that each hash speaks for: folders, and single ones.
HASHED = {
    "evaluation_hash": {
        "staging",
        "evaluation",
        "int_written_rows",
        "accepted_rows",
        "set_aside_rows",
        "stated_balances",
        "account_records",
    },
    "balances_hash": {"balances", "int_ledger_entries", "int_files_replaced"},
}


@pytest.fixture(scope="module")
def manifest(new_house: Callable[[], House]) -> dict[str, Any]:
    return new_house().manifest()


def called(macros: dict[str, Any], names: Iterable[str]) -> set[str]:
    """Return macros of the project with all of its macros that they call."""

    def ours(found: Iterable[str]) -> list[str]:
        return [name for name in found if name.startswith(OURS)]

    return reached(ours(names), lambda name: ours(macros[name]["depends_on"]["macros"]))


@pytest.mark.parametrize("hash_of", HASHED)
def test_every_macro_that_a_model_calls_is_in_the_hash(manifest: dict[str, Any], hash_of: str) -> None:
    macros = manifest["macros"]
    callers = [
        node["depends_on"]["macros"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and HASHED[hash_of] & {node["fqn"][1], node["name"]}
    ]
    used = {
        name
        for name in called(macros, (macro for found in callers for macro in found))
        if not macros[name]["original_file_path"].startswith(LEFT_OUT)
    }
    assert len(used) > 5
    assert used - called(macros, [OURS + hash_of]) == set()


# A change of what a row is, and one of how a file is laid out: the loader reads that when the file lands.
CHANGES = {
    "same": ({}, {}),
    "trim": ({"trim": True}, {}),
    "null": ({"null": ["-"]}, {}),
    "decimal_char": ({"decimal_char": ","}, {}),
    "pass_over": ({"pass_over": [{"id": "total"}]}, {}),
    "occurrence": ({"occurrence": True}, {}),
    "positive": ({"positive": "out"}, {}),
    "earliest_date": ({"earliest_date": "2001-01-01"}, {}),
    "end_of_day": ({"balance": "amount", "balance_stated": "end_of_day"}, {}),
    "format": ({}, {"day": {"format": "dd.MM.yyyy"}}),
    "extract": ({}, {"id": {"extract": "([0-9]+)"}}),
    "values": ({}, {"id": {"values": {"a": "b"}}}),
    "pattern": ({}, {"id": {"pattern": "[0-9]+"}}),
    "carry": ({}, {"day": {"carry": True}}),
    "skip_rows": ({"skip_rows": 3}, {}),
    "footer": ({"footer": ["Total.*"]}, {}),
    "preamble": ({"preamble": {"closing_balance": "Balance (.*)"}}, {}),
    "opening_balance": ({"opening_balance": "zero"}, {}),
    "quarantine_limit": ({"quarantine_limit": 0.5}, {}),
}
LAYOUT = {"same", "skip_rows", "footer", "preamble", "opening_balance", "quarantine_limit"}


def test_words_of_rows_are_in_the_hash_and_words_of_lines_not(new_house: Callable[[], House]) -> None:
    house = new_house()
    feeds = []
    for name, (table, columns) in CHANGES.items():
        given: dict[str, dict[str, Any]] = {
            "id": {"header": "Id", "type": "id", "required": True},
            "day": {"header": "Day", "type": "date", "required": True},
            "amount": {"header": "Amount", "type": "decimal", "required": True},
        }
        for column, words in columns.items():
            given[column] |= words
        feeds.append(Feed(name=f"changed_{name}", table=table, columns=given, rows=[], expected=[]))
    add_feeds(house, feeds)
    # Each feed's own name is in its SQL, and its model has a checksum of its own.
    asked = " union all ".join(
        f"select '{name}' as word, '{{{{ local_md5(word_hash('changed_{name}')) }}}}' as hash" for name in CHANGES
    )
    macro = (
        "{% macro word_hash(feed) %}{{ return(hashed_parts(feed) | join(' ') | replace(feed, 'feed')) }}{% endmacro %}"
    )
    (house.project / "macros" / "word_hash.sql").write_text(macro)
    hashes = {row["word"]: row["hash"] for row in house.show(asked)}
    assert {word for word, found in hashes.items() if found == hashes["same"]} == LAYOUT
