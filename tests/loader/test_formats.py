"""Files as banks deliver them (tests/feeds/formats): each one's contract is sound, and its file lands by it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from loader.contract.model import Contract
from loader.contract.project import load_contracts

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
