"""What dbt offers works on Athena too: stored failures, contracts, descriptions, docs, freshness, retry, clone."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import boto3
import pytest

from tests.athena.house import AthenaHouse, Twin
from tests.athena.parity import differences

pytestmark = pytest.mark.dbt

HEADER = "id,account_id,amount,new_balance,tx_date\n"
LEDGER = HEADER + "1,A,10,10,2024-01-03\n2,A,1e3,15,2024-01-03\n3,B,7,7,2024-01-31\n"


def years_of(account: str, day: str) -> str:
    """Return an entry of an account in each of 120 months; a statement may write to 100."""
    months = [f"{year}-{month:02}" for year in range(2012, 2022) for month in range(1, 13)]
    return "".join(f"{account}{day}{n},{account},1,{n + 1},{month}-{day}\n" for n, month in enumerate(months))


@pytest.fixture(scope="module")
def house(athena_house: Callable[[], AthenaHouse]) -> AthenaHouse:
    """A small lake, built once, whose project each test may add to."""
    house = athena_house()
    house.land("ledger_entries", LEDGER + years_of("C", "05"))
    house.build("--exclude-resource-type", "test")
    return house


def edit(house: AthenaHouse, file: str, old: str, new: str) -> Callable[[], None]:
    """Change the project's copy; returns what changes it back."""
    path = house.project / file
    before = path.read_text()
    assert old in before
    path.write_text(before.replace(old, new, 1))

    def undo() -> None:
        path.write_text(before)

    return undo


def glue_table(house: AthenaHouse, name: str) -> dict[str, object]:
    return dict(boto3.client("glue").get_table(DatabaseName=house.name, Name=name)["Table"])


def test_unit_tests_of_every_model_pass(house: AthenaHouse) -> None:
    tested = house.dbt("test", "--select", "test_type:unit", "--threads", "8")
    assert tested.exit_code == 0, tested.output
    (done,) = re.findall(r"Done\. PASS=(\d+) WARN=0 ERROR=0 SKIP=0", tested.output)
    assert int(done) > 100


def test_failing_rows_are_stored_with_their_microseconds(house: AthenaHouse) -> None:
    test = house.project / "tests" / "singular" / "nothing_is_refused.sql"
    test.write_text("select * from {{ ref('quarantine_entries') }}")
    failed = house.dbt("test", "--select", "nothing_is_refused", "--store-failures")
    test.unlink()
    assert failed.exit_code == 1, failed.output
    audit = f"{house.name}_dbt_test__audit.nothing_is_refused"
    stored = house.query(
        f"select failed.raw_record, failed.known_at = quarantine.known_at from {audit} as failed"
        " inner join quarantine_entries as quarantine on failed.run_id = quarantine.run_id"
    )
    assert stored == [("2,A,1e3,15,2024-01-03", True)]


def test_contract_lets_pass_what_agrees_and_stops_what_does_not(house: AthenaHouse) -> None:
    model = "models/marts/reconciliation/held_runs.yml"
    undo = edit(
        house, model, "  - name: held_runs\n", "  - name: held_runs\n    config: {contract: {enforced: true}}\n"
    )
    types = {"known_at": "timestamp(6)", "rows_delivered": "bigint", "rows_malformed": "bigint"}
    types |= {"rows_quarantined": "bigint", "quarantine_rate": "decimal(9,6)", "quarantine_limit": "decimal(9,6)"}
    path = house.project / model
    typed = path.read_text()
    for column in [line.split("name: ")[1].split(",")[0] for line in typed.splitlines() if "- {name: " in line]:
        typed = typed.replace(
            f"{{name: {column},", f"{{name: {column}, data_type: '{types.get(column, 'varchar')}',", 1
        )
    path.write_text(typed)
    agreed = house.dbt("run", "--select", "held_runs")
    path.write_text(typed.replace("data_type: 'bigint'", "data_type: 'varchar'", 1))
    refused = house.dbt("run", "--select", "held_runs")
    undo()
    assert agreed.exit_code == 0, agreed.output
    assert refused.exit_code == 1
    assert "data type mismatch" in refused.output


def test_more_months_than_one_statement_may_write_are_written_in_several(house: AthenaHouse, tmp_path: Path) -> None:
    house.land("ledger_entries", HEADER + years_of("C", "03") + years_of("D", "03"))
    before = len(house.statements())
    house.build("--exclude-resource-type", "test")
    asked = [statement["sql"] for statement in house.statements(before)]
    for table in ("fct_ledger_entries", "int_daily_closing_balances", "month_end_balances"):
        assert len([sql for sql in asked if f'merge into "awsdatacatalog"."{house.name}"."{table}"' in sql]) == 2
    twin = Twin(tmp_path / "twin", original=house)
    twin.build("--exclude-resource-type", "test")
    assert twin.value("select count(*) from fct_ledger_entries") == 362
    # The twin has published all at once.
    published = {"publication_changes", "published_balances_snapshot"}
    assert {difference.relation for difference in differences(house, twin)} <= published


def test_balance_is_explained_down_to_its_line(house: AthenaHouse) -> None:
    shown = house.dbt(
        *("--quiet", "show", "--output", "json", "--inline"), "{{ explain('ledger_entries', 'B', '2024-01', 'EUR') }}"
    )
    assert shown.exit_code == 0, shown.output
    rows = json.loads(shown.output)["show"]
    assert [(row["position"], row["step"], Decimal(row["balance"])) for row in rows] == [
        (1, "opening", 0),
        (2, "entry", 7),
        (3, "closing", 7),
    ]
    assert (rows[1]["transaction_id"], rows[1]["line_number"], rows[1]["booking_date"]) == ("3", 4, "2024-01-31")


def test_descriptions_stand_in_glue(house: AthenaHouse) -> None:
    manifest = json.loads((house.project / "target" / "manifest.json").read_text())
    for kind, name in (("model", "fct_ledger_entries"), ("model", "held_runs"), ("seed", "currencies")):
        node = manifest["nodes"][f"{kind}.ledger_lake.{name}"]
        table = glue_table(house, name)
        comments = {column["Name"]: column.get("Comment", "") for column in table["StorageDescriptor"]["Columns"]}  # type: ignore[index]
        for column in node["columns"].values():
            words = " ".join(column["description"].split())
            assert comments[column["name"]][:200] == words[:200]


def test_docs_show_tables_and_views_with_their_columns(house: AthenaHouse) -> None:
    generated = house.dbt("docs", "generate")
    assert generated.exit_code == 0, generated.output
    catalog = json.loads((house.project / "target" / "catalog.json").read_text())
    assert catalog["errors"] is None
    entries = catalog["nodes"]["model.ledger_lake.fct_ledger_entries"]["columns"]
    assert (entries["amount"]["type"], entries["booked_at"]["type"]) == ("decimal(24,4)", "timestamp")
    history = catalog["nodes"]["model.ledger_lake.month_end_balance_history"]["columns"]
    assert list(history) == ["feed", "acct", "currency", "month", "balance"]
    assert "source.ledger_lake.raw.ledger_entries" in catalog["sources"]


def test_freshness_tells_the_late_feeds(house: AthenaHouse) -> None:
    asked = house.dbt("source", "freshness")
    found = json.loads((house.project / "target" / "sources.json").read_text())["results"]
    ages = {result["unique_id"].rsplit(".", 1)[1]: result for result in found}
    assert asked.exit_code == 0, asked.output
    assert ages["ledger_entries"]["status"] == "warn"  # the landing's clock stands in January 2026
    assert ages["ledger_entries"]["max_loaded_at"].startswith("2026-01-01T06:00:0")


def test_retry_goes_on_where_a_build_broke(house: AthenaHouse) -> None:
    undo = edit(
        house, "models/marts/balances/month_end_balances.sql", "select flagged.*", "select no_such_column, flagged.*"
    )
    broken = house.dbt("build", "--select", "month_end_balances+", "--exclude-resource-type", "test", "unit_test")
    undo()
    assert broken.exit_code == 1
    assert "SKIP" in broken.output
    retried = house.dbt("retry")
    assert retried.exit_code == 0, retried.output
    assert "month_end_balances" in retried.output
    assert house.query("select count(*) from month_end_balance_history where acct = 'A'") == [(3,)]


def test_clone_shows_the_tables_in_another_schema(house: AthenaHouse, tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    (state / "manifest.json").write_text((house.project / "target" / "manifest.json").read_text())
    profile = house.project / "profiles.yml"
    before = profile.read_text()
    profile.write_text(before.replace("env_var('LEDGER_LAKE_SCHEMA')", "env_var('LEDGER_LAKE_SCHEMA') ~ '_clone'"))
    cloned = house.dbt("clone", "--select", "month_end_balances", "fct_ledger_entries", "--state", str(state))
    profile.write_text(before)
    assert cloned.exit_code == 0, cloned.output
    rows = house.query("select count(*) from month_end_balances")
    assert rows == house.query(f"select count(*) from {house.name}_clone.month_end_balances")
    assert rows[0][0] > 0
