"""Loader and dbt mean the same folder by LEDGER_LAKE_ROOT, and what its path says is no value of a row."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from loader.errors import UsageError
from loader.lake.storage import Store
from tests.end_to_end.house import House
from tests.end_to_end.in_process import invoke

pytestmark = pytest.mark.dbt

ACCOUNTS = "account,currency,opened,closed,status\nA1,USD,2024-01-01,,open\n"
STAGE = ("build", "--select", "stg_files", "stg_accounts", "currencies", "--exclude-resource-type", "test", "unit_test")
STAGED = "select business_key, status, file_id = (select file_id from stg_files), count(*) over () from stg_accounts"


def call(program: str, *arguments: object, root: str, folder: Path) -> None:
    """Run a command of loader or dbt with this root in a working folder."""
    command = [Path(sys.executable).with_name(program), *map(str, arguments)]
    ended = subprocess.run(
        command, cwd=folder, env=os.environ | {"LEDGER_LAKE_ROOT": root}, check=False, capture_output=True, text=True
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


def staged(lake: Path) -> list[tuple[object, ...]]:
    """Return what the staging model gives where the working folder is the project's."""
    with duckdb.connect(str(lake / "warehouse.duckdb"), read_only=True) as connection:
        return connection.execute(STAGED).fetchall()


@pytest.fixture(scope="module")
def house(new_house: Callable[[], House]) -> House:
    return new_house()


def test_loader_and_dbt_mean_the_same_folder(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(house.project)
    root = "./books/status=closed/file_id=7/lake 1~x:%20"
    inbox, elsewhere = house.folder / "inbox", house.folder / "elsewhere"
    for folder in (inbox, elsewhere):
        folder.mkdir()
    file = inbox / "accounts_2024-01-31.csv"
    file.write_text(ACCOUNTS)
    call("loader", "--project-dir", house.project, "land", "--settled-after", 0, file, root=root, folder=elsewhere)
    lake = house.project / root
    call("dbt", *STAGE, root=root, folder=house.project)
    assert staged(lake) == [("A1", "open", True, 1)]
    # The same lake by its whole path, in which folders have the form of partitions.
    call("dbt", *STAGE, root=str(lake), folder=house.project)
    assert staged(lake) == [("A1", "open", True, 1)]
    assert not any(elsewhere.iterdir())


def test_relative_root_outside_the_project_is_refused(house: House, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    options = ("--project-dir", house.project, "--profiles-dir", house.project)
    with pytest.raises(AssertionError, match="LEDGER_LAKE_ROOT is the relative folder data, and dbt runs outside"):
        call("dbt", *STAGE, *options, root="data", folder=tmp_path)


def test_literal_day_and_file_read_no_other_file(house: House) -> None:
    first = house.land("accounts", ACCOUNTS)
    house.land("accounts", ACCOUNTS.replace("A1", "A2"))
    assert house.dbt("run", "--select", "stg_files").exit_code == 0
    for condition in (
        f"file_id in ('{first.manifest.file_id}')",
        f"file_id = '{first.manifest.file_id}' and ingest_date in (date '{first.manifest.ingest_date}')",
    ):
        ((_, plan),) = house.query(f"explain select * from raw.accounts where {condition}")
        assert "Scanning Files: 1/2" in " ".join(str(plan).replace("\u2502", " ").split())


@pytest.mark.parametrize(
    "root", [*(f"/lake/a{character}b" for character in "*?[]{}'#\\\n"), "~/b", "~", "md:b", " ", ""]
)
def test_root_that_one_refuses_the_other_refuses_too(house: House, root: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"^the root "):
        Store.open(root, tmp_path)
    asked = invoke(
        ["--quiet", "show", "--inline", "select '{{ lake_root() }}' as root"],
        house.project,
        house.environment | {"LEDGER_LAKE_ROOT": root},
    )
    assert asked.exit_code != 0
    assert "lake_root: LEDGER_LAKE_ROOT" in asked.output
