"""What `loader new-feed` writes is all that a feed needs: its unit test passes, and its sample is typed rightly."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from loader.cli import create_feed
from loader.cli.commands import cli
from loader.contract.project import load_contracts
from tests.end_to_end.house import PROJECT, Build, House
from tests.new_feed.outcomes import FORMATS, SAMPLES, right_answer

pytestmark = pytest.mark.dbt

# An indicator; rows that are no entries; parentheses and signs; two lines that state balances; a preamble.
CALLS: dict[str, tuple[str, ...]] = {
    "af_bij": (),
    "failed_rows": ("--account", "giro", "--currency", "EUR"),
    "parentheses": ("--currency", "USD"),
    "before_entry": ("--account", "NL33TEST0000111122"),
    "mbank": ("--encoding", "windows-1250"),
}


def sample_of(name: str) -> Path:
    path = SAMPLES / f"{name}.csv"
    return path if path.exists() else FORMATS / name / f"{name}.csv"


def new_feed(house: House, name: str, *options: str) -> Result:
    call = ["--project-dir", str(house.project), "new-feed", name, *options, str(sample_of(name))]
    return CliRunner().invoke(cli, call)


@pytest.fixture(scope="module")
def house(new_house: Callable[[], House]) -> House:
    house = new_house()
    shutil.copy(PROJECT / "profiles.yml.example", house.project)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(create_feed, "_try", lambda *_: [])
        for name, options in CALLS.items():
            result = new_feed(house, name, *options)
            assert result.exit_code == 0, result.output
    house.contracts = load_contracts(house.project)
    for name in CALLS:
        house.land_file(sample_of(name), name)
    house.parse_anew()
    return house


@pytest.fixture(scope="module")
def built(house: House) -> Build:
    """The staging models of the new feeds, with their unit tests."""
    return house.dbt("build", "--select", "currencies", "stg_files", *(f"stg_{name}" for name in CALLS))


def test_unit_tests_that_are_written_pass(built: Build) -> None:
    assert built.exit_code == 0, built.output
    for name in CALLS:
        assert f"{name}_entries_are_read_as_written" in built.output


@pytest.mark.parametrize("name", CALLS)
def test_sample_is_typed_as_its_right_answer(house: House, built: Build, name: str) -> None:
    assert built.exit_code == 0, built.output
    rows = house.show(
        "select account_id, cast(booking_date as varchar) as day, cast(amount as varchar) as amount, currency, "
        f"cast(balance_after as varchar) as balance, cardinality(rejection_reasons) as reasons, is_passed_over "
        f"from {{{{ ref('stg_{name}') }}}}"
    )
    entries = [
        (
            row["account_id"].replace(" ", ""),
            row["day"],
            Decimal(row["amount"]),
            row["currency"],
            Decimal(row["balance"]),
        )
        for row in rows
        if not row["is_passed_over"] and not row["reasons"]
    ]
    assert sorted(entries) == sorted(right_answer(sample_of(name)))


def test_it_ends_with_what_a_build_would_say(house: House, tmp_path: Path) -> None:
    sample = tmp_path / "bank_of_elm.csv"
    content = sample_of("af_bij").read_text(encoding="utf-8")
    sample.write_text(content + content.splitlines()[1] + ';"one cell more"\n', encoding="utf-8")
    result = CliRunner().invoke(cli, ["--project-dir", str(house.project), "new-feed", "elm", str(sample)])
    assert result.exit_code == 3, result.output
    folder = house.project / "models" / "staging" / "elm"
    assert result.stdout.splitlines()[-7:] == [
        f"wrote    {folder / 'stg_elm.yml'}",
        f"wrote    {house.project / 'tests' / 'unit' / 'stg_elm.yml'}",
        "bank_of_elm.csv (elm): 9 rows: 8 accepted, 1 malformed",
        "  1 malformed: FIELD_COUNT",
        "  account NL11TEST0123456789, EUR: 8 entries, 2024-04 opens with 1200.00, 2024-06 closes with 1787.76, "
        "proven, 0 breaks in 6 days with a balance",
        "A build would hold it: quarantine rate: 1 of 9 rows refused, limit 5.00 %.",
        "next     loader land --feed elm FILE, then dbt build",
    ]
