"""`loader check` says of a file what a build would say, and leaves no trace of having been asked."""

from __future__ import annotations

import json
import shutil
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from loader.cli.commands import cli
from tests.end_to_end.house import PROJECT, House

pytestmark = pytest.mark.dbt

HEADER = "id,account_id,amount,new_balance,tx_date\n"
SOUND = HEADER + "".join(f"{row},A,1.00,{row}.00,2024-01-{row:02}\n" for row in range(1, 31))


@pytest.fixture(scope="module")
def house(new_house: Callable[[], House]) -> House:
    house = new_house()
    shutil.copy(PROJECT / "profiles.yml.example", house.project)
    return house


@pytest.fixture
def check(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Check a file of ledger entries with these contents."""
    # What a checked file needs is in the scratch lake; the real one must not be looked at.
    monkeypatch.setenv("LEDGER_LAKE_ROOT", str(house.lake))

    def run(content: str, *arguments: str, name: str = "ledger_entries_1.csv") -> Result:
        (tmp_path / name).write_text(content, encoding="utf-8")
        call = ["--project-dir", str(house.project), *arguments, "check", str(tmp_path / name)]
        return CliRunner().invoke(cli, call)

    return run


@pytest.fixture
def found(check: Callable[..., Result]) -> Callable[[str], dict[str, Any]]:
    """Check a file and return what it says to a program."""

    def run(content: str) -> dict[str, Any]:
        said = json.loads(check(content, "--json").stdout)
        assert isinstance(said, dict)
        return said

    return run


def test_sound_file_would_be_published(check: Callable[..., Result], house: House) -> None:
    before = sorted(house.folder.rglob("*"))
    result = check(SOUND)
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == [
        "ledger_entries_1.csv (ledger_entries): 30 rows: 30 accepted",
        "  account A, EUR: 30 entries, 2024-01 opens with 0.00, 2024-01 closes with 30.00, proven, 0 breaks",
        "A build would publish it.",
    ]
    assert sorted(house.folder.rglob("*")) == before


def test_each_reason_names_column_line_value_and_words(check: Callable[..., Result]) -> None:
    german = HEADER + "".join(f'{row},A,"1,00","{row},00",{row:02}.01.2024\n' for row in range(1, 31))
    result = check(german)
    assert result.exit_code == 3
    assert result.stdout.splitlines() == [
        "ledger_entries_1.csv (ledger_entries): 30 rows: 30 refused",
        "  30 rows TYPE_ERROR, column amount, first on line 2: '1,00' is not a plain decimal number of up to 20 digits "
        "before the point",
        "    it would be read with decimal_char: ','",
        "  30 rows TYPE_ERROR, column new_balance, first on line 2: '1,00' is not a plain decimal number of up to 20 "
        "digits before the point",
        "    it would be read with decimal_char: ','",
        "  30 rows TIMESTAMP_ERROR, column tx_date, first on line 2: '01.01.2024' is not an ISO 8601 date or time",
        "    it would be read with format: dd.MM.yyyy",
        "A build would hold it: quarantine rate: 30 of 30 rows refused, limit 5.00 %.",
    ]


def test_hostile_cells_are_shown_as_text_on_their_line(check: Callable[..., Result]) -> None:
    account, amount = "\x1b[2J\u202eA", "=1+1\x1b]0;x\x07"
    result = check(SOUND + f"31,{account},1.00,1.00,2024-01-31\n32,A,{amount},31.00,2024-01-31\n")
    assert "1 row TYPE_ERROR, column amount, first on line 33: '=1+1\\x1b]0;x\\x07'" in result.stdout
    assert not any(unicodedata.category(letter) in ("Cc", "Cf") for letter in result.output.replace("\n", ""))


def test_rows_are_counted_by_outcome(found: Callable[[str], dict[str, Any]]) -> None:
    repeated = "30,A,1.00,30.00,2024-01-30\n"
    in_conflict = "31,A,1.00,31.00,2024-01-31\n31,A,2.00,32.00,2024-01-31\n"
    said = found(SOUND + repeated + in_conflict + "32,A\n")
    assert {status: said[f"rows_{status}"] for status in ("delivered", "accepted", "duplicate", "malformed")} == {
        "delivered": 34,
        "accepted": 30,
        "duplicate": 1,
        "malformed": 1,
    }
    assert said["rows_quarantined"] == 2
    assert [(reason["code"], reason["rows"], reason["line_number"]) for reason in said["reasons"]] == [
        ("CONFLICTING_TRANSACTION_ID", 2, 33),
        ("DUPLICATE_TRANSACTION_ID", 1, 32),
    ]
    assert said["malformed_by_reason"] == {"FIELD_COUNT": 1}
    assert said["status"] == "held"


def test_breaks_are_told_with_day_and_amount(found: Callable[[str], dict[str, Any]]) -> None:
    said = found(SOUND + "31,A,1.00,41.00,2024-02-01\n")
    assert said["status"] == "checked"
    assert [(one["booking_date"], one["account_id"], one["break_amount"]) for one in said["breaks"]] == [
        ("2024-02-01", "A", "10.0000")
    ]
    (account,) = said["accounts"]
    assert (account["closing_balance"], account["breaks"]) == ("41.0000", 1)


def test_file_that_breaks_its_contract_is_refused(check: Callable[..., Result]) -> None:
    result = check("id,account,amount,new_balance,tx_date\n1,A,1,1,2024-01-01\n")
    assert result.exit_code == 3
    assert (
        "ledger_entries_1.csv: column 'account_id' (the file has 'account', the nearest name) is missing"
        in result.stderr
    )


def test_decisions_of_the_project_count_for_nothing(check: Callable[..., Result], house: House) -> None:
    seed = house.project / "seeds" / "file_decisions.csv"
    kept = seed.read_text()
    seed.write_text(
        kept + "20240101T000000000000Z-ledger_entries-000000000000,withdraw,a test,me,2024-01-01T00:00:00Z\n"
    )
    try:
        assert check(SOUND).exit_code == 0
    finally:
        seed.write_text(kept)


def test_mistake_in_the_staging_model_is_told(check: Callable[..., Result], house: House) -> None:
    model = house.project / "models" / "staging" / "ledger_entries" / "stg_ledger_entries.sql"
    kept = model.read_text()
    model.write_text(kept.replace("select", "select no_such_column,", 1))
    try:
        result = check(SOUND)
    finally:
        model.write_text(kept)
    assert result.exit_code == 2
    assert "the models could not be built" in result.stderr
    assert "no_such_column" in result.stderr
