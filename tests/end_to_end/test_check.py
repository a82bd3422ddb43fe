"""`loader check` says of a file what a build would say, and leaves no trace of having been asked."""

from __future__ import annotations

import json
import shutil
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from loader.cli.commands import cli
from tests.end_to_end.house import PROJECT, House

pytestmark = pytest.mark.dbt

HEADER = "id,account_id,amount,new_balance,tx_date\n"
SOUND = HEADER + "".join(f"{row},A,1.00,{row}.00,2024-01-{row:02}\n" for row in range(1, 31))
WITHDRAWN = "20240101T000000000000Z-ledger_entries-000000000000,withdraw,a test,me,2024-01-01T00:00:00Z\n"


@pytest.fixture(scope="module")
def house(new_house: Callable[[], House]) -> House:
    """A project with a decision on a file that the checked lake does not know: no decision counts."""
    house = new_house()
    shutil.copy(PROJECT / "profiles.yml.example", house.project)
    with (house.project / "seeds" / "file_decisions.csv").open("a") as seed:
        seed.write(WITHDRAWN)
    return house


@pytest.fixture
def check(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Check a file of ledger entries with these contents."""
    monkeypatch.setenv("LEDGER_LAKE_ROOT", str(house.lake))

    def run(content: str, *arguments: str) -> Result:
        path = tmp_path / "ledger_entries_1.csv"
        path.write_text(content, encoding="utf-8")
        return CliRunner().invoke(cli, ["--project-dir", str(house.project), *arguments, "check", str(path)])

    return run


def test_sound_file_would_be_published(check: Callable[..., Result], house: House) -> None:
    before = sorted(house.folder.rglob("*"))
    result = check(SOUND)
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == [
        "ledger_entries_1.csv (ledger_entries): 30 rows: 30 accepted",
        "  account A, EUR: 30 entries, 2024-01 opens with 0.00, 2024-01 closes with 30.00, proven, "
        "0 breaks in 30 days with a balance",
        "A build would publish it.",
    ]
    assert sorted(house.folder.rglob("*")) == before


def test_each_reason_names_column_line_value_and_words(check: Callable[..., Result]) -> None:
    german = HEADER + "".join(f'{row},A,"1,00","{row},00",{row:02}.01.2024\n' for row in range(1, 31))
    hostile = "31,A,=1+1\x1b]0;x\x07,\x1b[2J\u202e,31.01.2024\n"
    result = check(german + hostile)
    assert result.exit_code == 3
    no_number = "is not a plain decimal number of up to 20 digits before the point"
    assert result.stdout.splitlines() == [
        "ledger_entries_1.csv (ledger_entries): 31 rows: 31 refused",
        f"  31 rows TYPE_ERROR, column amount, first on line 2: '1,00' {no_number}",
        f"  31 rows TYPE_ERROR, column new_balance, first on line 2: '1,00' {no_number}",
        "    30 of 31 different values would be read with decimal_char: ','",
        "  31 rows TIMESTAMP_ERROR, column tx_date, first on line 2: '01.01.2024' is not an ISO 8601 date or time",
        "    it would be read with format: dd.MM.yyyy",
        "A build would hold it: quarantine rate: 31 of 31 rows refused, limit 5.00 %.",
    ]


def test_rows_and_breaks_are_counted_and_shown_as_text(check: Callable[..., Result]) -> None:
    repeated = "30,A,1.00,30.00,2024-01-30\n"
    in_conflict = "31,A,1.00,31.00,2024-01-31\n31,A,2.00,32.00,2024-01-31\n"
    hostile = "33,\x1b[2J\u202eA,=1+1\x1b]0;x\x07,5.00,2024-01-31\n"
    ahead = "34,A,1.00,41.00,2024-02-01\n"
    result = check(SOUND + repeated + in_conflict + "32,A\n" + hostile + ahead, "--json")
    assert result.exit_code == 3
    assert not any(unicodedata.category(letter) in ("Cc", "Cf") for letter in result.output.replace("\n", ""))
    said = json.loads(result.stdout)
    outcomes = ("delivered", "accepted", "quarantined", "duplicate", "condemned", "passed_over", "malformed")
    assert [said[f"rows_{outcome}"] for outcome in outcomes] == [36, 31, 3, 1, 0, 0, 1]
    assert said["malformed_by_reason"] == {"FIELD_COUNT": 1}
    assert [(one["code"], one["rows"], one["line_number"], one["value"]) for one in said["reasons"]] == [
        ("CONFLICTING_TRANSACTION_ID", 2, 33, None),
        ("DUPLICATE_TRANSACTION_ID", 1, 32, None),
        ("TYPE_ERROR", 1, 36, "\x1b[2J\u202eA"),
        ("TYPE_ERROR", 1, 36, "=1+1\x1b]0;x\x07"),
    ]
    (account,) = said["accounts"]
    assert (account["closing_balance"], account["is_proven"], account["breaks"]) == ("41.0000", False, 1)
    assert [(one["booking_date"], one["break_amount"]) for one in said["breaks"]] == [("2024-02-01", "10.0000")]
    assert (said["status"], said["held_for"]) == ("held", "quarantine rate: 4 of 36 rows refused, limit 5.00 %")


def test_file_that_breaks_its_contract_is_refused(check: Callable[..., Result]) -> None:
    result = check("id,account,amount,new_balance,tx_date\n1,A,1,1,2024-01-01\n")
    assert result.exit_code == 3
    assert "column 'account_id' (the file has 'account', the nearest name) is missing" in result.stderr


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
