"""Files as banks deliver them (tests/feeds/formats): each one's contract is sound, and its file lands by it."""

from __future__ import annotations

import csv
import re
import shutil
from pathlib import Path

import landing_tools
import pytest

from loader.contract.conditions import Cell
from loader.contract.model import Contract
from loader.contract.project import load_contracts
from loader.lake.landing import Landing

FORMATS = Path(__file__).parents[1] / "feeds" / "formats"
NAMES = sorted(folder.name for folder in FORMATS.iterdir())


@pytest.fixture(scope="module")
def contracts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Contract]:
    """The contracts of all formats, by feed."""
    project = tmp_path_factory.mktemp("project")
    shutil.copytree(FORMATS, project / "models" / "staging")
    return load_contracts(project)


def test_each_format_has_a_contract_and_a_file(contracts: dict[str, Contract]) -> None:
    assert list(contracts) == NAMES
    assert all(contracts[name].fits(file.name) for name in NAMES for file in (FORMATS / name).glob("*.csv"))


EXPECTED = {
    "abnamro_tab": (9, {}, {}),
    "bank_of_ireland": (9, {"header": 1}, {}),
    "barclaycard": (4, {}, {}),
    "bofa_checking": (10, {"above": 6, "header": 1}, {"closing_balance": "1833.58", "closing_date": "2024-03-31"}),
    "danske_lt": (9, {"header": 1}, {}),
    "dkb_giro_v1": (
        9,
        {"above": 6, "header": 1},
        {"closing_balance": "1833.58", "closing_date": "2024-03-31", "period_end": "2024-03-31"},
    ),
    "ing_de_giro": (9, {"above": 14, "header": 1}, {"closing_balance": "1833.58", "period_end": "2024-03-31"}),
    "mbank": (
        9,
        {"above": 27, "header": 1, "blank": 2, "footer": 2},
        {"opening_balance": "1150.20", "closing_balance": "1983.78", "period_end": "2024-03-31"},
    ),
    "n26": (9, {"header": 1}, {}),
    "nordea_se": (10, {"header": 1}, {}),
    "ocbc": (18, {"above": 5, "header": 1, "blank": 1}, {"closing_balance": "1833.58"}),
    "open_collective": (6, {"header": 1}, {}),
    "paypal": (7, {"header": 1}, {}),
    "rabobank": (9, {"header": 1}, {}),
    "revolut": (8, {"header": 1}, {}),
    "sap_gl": (10, {"above": 2, "header": 1, "footer": 3}, {}),
    "sbi_tab": (4, {"above": 6, "header": 1, "blank": 2, "footer": 1}, {"opening_balance": "312040.30"}),
    "schwab_checking": (9, {"above": 1, "header": 1, "footer": 2}, {"period_end": "2024-03-30"}),
    "sparkasse_camt": (10, {"header": 1}, {}),
    "stripe_balance": (5, {"header": 1}, {}),
    "ubs_account": (
        11,
        {"above": 9, "header": 1},
        {
            "opening_balance": "12345.60",
            "closing_balance": "13179.18",
            "period_end": "2024-03-31",
            "entry_count": 9,
        },
    ),
    "wise_balance": (9, {"header": 1}, {}),
}
FACTS = ("opening_balance", "closing_balance", "closing_date", "period_end", "row_count", "entry_count")


@pytest.mark.parametrize("name", NAMES)
def test_file_lands_whole(landing: Landing, lake: Path, contracts: dict[str, Contract], name: str) -> None:
    manifest = landing.land(FORMATS / name / f"{name}.csv", contracts[name]).manifest
    facts = {fact: value for fact in FACTS if (value := getattr(manifest, fact)) is not None}
    assert (manifest.rows_landed, manifest.lines, facts) == EXPECTED[name]
    assert manifest.rows_malformed == 0
    lines = (FORMATS / name / f"{name}.csv").read_bytes().count(b"\n")
    within_values = 9 if name == "danske_lt" else 0
    assert manifest.rows_landed + sum(manifest.lines.values()) + within_values == lines


@pytest.mark.parametrize("name", NAMES)
def test_cells_of_entries_are_those_of_the_file(
    landing: Landing, lake: Path, contracts: dict[str, Contract], name: str
) -> None:
    """Each entry that the right answer has is in the raw table, with its account where the file states it."""
    landing.land(FORMATS / name / f"{name}.csv", contracts[name])
    rows = landing_tools.read_rows(lake, contracts[name])
    with (FORMATS / name / f"{name}.expected.csv").open(encoding="utf-8", newline="") as file:
        entries = [row for row in csv.DictReader(file) if row["record"] == "entry"]
    rows = [row for row in rows if not is_passed_over(contracts[name], row)]
    assert len(rows) == len(entries)
    default = contracts[name].column("account_id").meta.default
    accounts = {(row["account_id"] or default or "").replace(" ", "") for row in rows}
    assert accounts == {row["account"].replace(" ", "") for row in entries}


def is_passed_over(contract: Contract, row: dict[str, str | None]) -> bool:
    """Whether the row meets a condition of pass_over, judged on its delivered text."""

    def holds(name: str, cell: Cell) -> bool:
        text = (row[name] or "").strip()
        if cell.pattern:
            return re.fullmatch(cell.pattern, text) is not None
        return text in (cell.texts or ()) if cell.texts else text not in (cell.other_than or ())

    conditions = contract.meta.pass_over or ()
    return any(all(holds(name, cell) for name, cell in condition.cells.items()) for condition in conditions)
