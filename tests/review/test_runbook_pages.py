"""Each page that an alarm or an end of a run names is there, is in the index, and has the form of a runbook."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
PAGES = PROJECT / "docs" / "runbooks"
INDEX = (PAGES / "README.md").read_text(encoding="utf-8")
NAMES = sorted(path.name for path in PAGES.glob("*.md") if path.name != "README.md")
PARTS = ["When", "What it means", "Look", "Do", "Check that it is over", "Time it took"]
NAMED = re.compile(r"(?:docs/runbooks|\$\{local\.runbooks\})/([a-z-]+\.md)")


def sources() -> list[Path]:
    terraform = PROJECT / "terraform"
    return [*terraform.glob("*.tf"), *terraform.glob("*.tftpl"), *(PROJECT / "pipeline").glob("*.py")]


def test_page_that_an_alarm_or_an_end_names_is_there() -> None:
    named = {name for path in sources() for name in NAMED.findall(path.read_text(encoding="utf-8"))}
    assert len(named) >= 9
    assert named <= set(NAMES)


def test_index_leads_to_every_page() -> None:
    assert sorted(set(re.findall(r"\]\(([a-z-]+\.md)\)", INDEX))) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_page_has_the_form_of_a_runbook(name: str) -> None:
    text = re.sub(r"^ *```.*?^ *```$", "", (PAGES / name).read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    headings = [line.removeprefix("## ") for line in text.splitlines() if line.startswith("## ")]
    # A page may do one thing on a laptop and another on AWS.
    assert list(dict.fromkeys(heading.partition(",")[0] for heading in headings)) == PARTS
    assert re.search(r"^1\. |^\*\*", text, flags=re.MULTILINE)


@pytest.mark.parametrize("name", ["README.md", *NAMES])
def test_links_of_a_page_lead_somewhere(name: str) -> None:
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", (PAGES / name).read_text(encoding="utf-8"))
    assert [link for link in links if not (PAGES / link).exists()] == []


def test_lost_catalog_gets_the_layout_of_the_project() -> None:
    macro = (PROJECT / "macros" / "publication" / "warehouse_schema.sql").read_text(encoding="utf-8")
    (number,) = re.findall(r"macro layout_version\(\) %\}\s*\{\{ return\((\d+)\)", macro)
    page = (PAGES / "lost-glue-catalog.md").read_text(encoding="utf-8")
    assert re.findall(r"select (\d+) as layout_version", page) == [number]
