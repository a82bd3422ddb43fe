"""docs/contract-words.md explains every key that a contract may have, and none besides."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from loader.contract.columns import ColumnMeta
from loader.contract.table import FACTS_OF_FILE, TableMeta

PAGE = (Path(__file__).parents[2] / "docs" / "contract-words.md").read_text(encoding="utf-8")


def keys_of(heading: str) -> set[str]:
    """Return the keys of the table below a heading: all that stands in backticks in its second column."""
    table = PAGE.partition(heading)[2].partition("\n## ")[0]
    rows = [
        line.split(" | ") for line in table.splitlines() if line.startswith("| ") and not line.startswith("| concerns")
    ]
    return {key for row in rows if len(row) > 2 for key in re.findall(r"`([a-z_]+)`", row[1])}


@pytest.mark.parametrize(
    ("heading", "model"), [("## The table: `config.meta`", TableMeta), ("## A column: `config.meta`", ColumnMeta)]
)
def test_page_explains_every_key(heading: str, model: type[BaseModel]) -> None:
    assert keys_of(heading) == set(model.model_fields)


def test_page_names_every_fact_of_a_file() -> None:
    paragraph = PAGE.partition("**Facts of a file**")[2].partition("\n\n")[0]
    assert set(re.findall(r"`([a-z_]+)`", paragraph)) >= FACTS_OF_FILE
