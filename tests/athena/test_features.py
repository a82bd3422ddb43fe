"""What dbt offers works on Athena too: unit tests, stored failures, descriptions, docs, freshness, retry, clone."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import boto3
import pytest

from tests.athena.house import AthenaHouse, Twin
from tests.athena.pair import Pair
from tests.athena.parity import differences

pytestmark = pytest.mark.dbt

HEADER = "id,account_id,amount,new_balance,tx_date\n"


@pytest.fixture(scope="module")
def house(first: Pair) -> AthenaHouse:
    """A house with the demo's files, whose project each test leaves as it was."""
    return first.athena


def glue_table(house: AthenaHouse, name: str) -> dict[str, object]:
    return dict(boto3.client("glue").get_table(DatabaseName=house.name, Name=name)["Table"])


def test_failing_rows_are_stored_with_their_microseconds(house: AthenaHouse) -> None:
    test = house.project / "tests" / "audit" / "nothing_is_refused.sql"
    test.write_text("select * from {{ ref('quarantine_entries') }}")
    failed = house.dbt("test", "--select", "nothing_is_refused", "--store-failures")
    test.unlink()
    assert failed.exit_code == 1, failed.output
    stored, compared = house.query(
        "select count(*), count(quarantine.file_id)"
        f" from {house.name}_dbt_test__audit.nothing_is_refused as failed left join quarantine_entries as quarantine"
        " on failed.file_id = quarantine.file_id and failed.row_number = quarantine.row_number"
        " and failed.landed_at = quarantine.landed_at"
    )[0]
    assert stored == compared > 0


def test_balance_is_explained_down_to_its_line(house: AthenaHouse) -> None:
    explained = "{{ explain('ledger_entries', 'ACC001', '2024-02', 'EUR') }}"
    rows = house.show(explained)
    assert rows[-1]["step"] == "closing"
    assert Decimal(rows[-1]["balance"]) == Decimal(326)


def test_descriptions_stand_in_glue(house: AthenaHouse) -> None:
    manifest = json.loads((house.project / "target" / "manifest.json").read_text())
    described = [
        node
        for node in manifest["nodes"].values()
        if node["resource_type"] in ("model", "seed") and node["config"]["materialized"] != "ephemeral"
        if any(column["description"] for column in node["columns"].values())
    ]
    assert described
    for node in described:
        table = glue_table(house, node["alias"])
        comments = {column["Name"]: column.get("Comment", "") for column in table["StorageDescriptor"]["Columns"]}  # type: ignore[index]
        for column in node["columns"].values():
            words = " ".join(column["description"].split())
            assert comments[column["name"]][:200] == words[:200], node["name"]


def test_docs_show_tables_and_views_with_their_columns(house: AthenaHouse) -> None:
    generated = house.dbt("docs", "generate")
    assert generated.exit_code == 0, generated.output
    catalog = json.loads((house.project / "target" / "catalog.json").read_text())
    assert catalog["errors"] is None
    entries = catalog["nodes"]["model.ledger_lake.accepted_rows"]["columns"]
    assert (entries["amount"]["type"], entries["booked_at"]["type"]) == ("decimal(24,4)", "timestamp")
    history = catalog["nodes"]["model.ledger_lake.month_end_balance_history"]["columns"]
    assert list(history) == ["feed", "account_id", "currency", "month", "balance"]
    assert "source.ledger_lake.raw.ledger_entries" in catalog["sources"]


def test_freshness_tells_the_late_feeds(house: AthenaHouse) -> None:
    asked = house.dbt("source", "freshness")
    found = json.loads((house.project / "target" / "sources.json").read_text())["results"]
    ages = {result["unique_id"].rsplit(".", 1)[1]: result for result in found}
    assert asked.exit_code == 0, asked.output
    assert ages["ledger_entries"]["status"] == "warn"  # the landing's clock stands in January 2026
    assert ages["ledger_entries"]["max_loaded_at"].startswith("2026-01-0")


@pytest.mark.slow
def test_unit_tests_of_every_model_pass(athena_house: Callable[[], AthenaHouse]) -> None:
    house = athena_house()
    house.add_unit_tests()
    views = ("--vars", "views_of_builds: true")
    house.build("--exclude-resource-type", "test", *views)
    tested = house.dbt("test", "--select", "test_type:unit", "--threads", "8", *views)
    assert tested.exit_code == 0, tested.output
    (done,) = re.findall(r"Done\. PASS=(\d+) WARN=0 ERROR=0 SKIP=0", tested.output)
    assert int(done) > 100


@pytest.mark.slow
def test_more_months_than_a_statement_may_write_are_written(
    athena_house: Callable[[], AthenaHouse], tmp_path: Path
) -> None:
    house = athena_house()
    twin = Twin(tmp_path / "twin", original=house)
    months = [f"{year}-{month:02}" for year in range(2012, 2022) for month in range(1, 13)]
    # The first build makes the tables, the second one appends to them; a statement may write to 100 months.
    for account in ("C", "D"):
        entries = [f"{account}{n},{account},1,{n + 1},{month}-05\n" for n, month in enumerate(months)]
        house.land("ledger_entries", HEADER + "".join(entries))
        house.build(at=house.clock())
        twin.build(at=house.clock.moment)
        assert differences(house, twin) == []
    assert twin.value("select count(*) from fct_ledger_entries") == 240


@pytest.mark.slow
def test_retry_goes_on_where_a_build_broke(athena_house: Callable[[], AthenaHouse]) -> None:
    house = athena_house()
    house.land("ledger_entries", HEADER + "1,A,10,10,2024-01-03\n")
    model = house.project / "models" / "history" / "month_end_balances.sql"
    before = model.read_text()
    model.write_text(before.replace("    versions.balance,", "    versions.no_such_column,"))
    broken = house.dbt("build", "--exclude-resource-type", "unit_test")
    model.write_text(before)
    assert broken.exit_code == 1
    retried = house.dbt("retry")
    assert retried.exit_code == 0, retried.output
    assert house.query("select count(*) from month_end_balances where account_id = 'A'")[0][0] > 0


@pytest.mark.slow
def test_clone_shows_the_tables_in_another_schema(house: AthenaHouse, tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    (state / "manifest.json").write_text((house.project / "target" / "manifest.json").read_text())
    profile = house.project / "profiles.yml"
    before = profile.read_text()
    profile.write_text(before.replace("env_var('LEDGER_LAKE_SCHEMA')", "env_var('LEDGER_LAKE_SCHEMA') ~ '_clone'"))
    cloned = house.dbt("clone", "--select", "accepted_rows", "month_end_versions", "--state", str(state))
    profile.write_text(before)
    assert cloned.exit_code == 0, cloned.output
    rows = house.query("select count(*) from month_end_versions")
    assert rows == house.query(f"select count(*) from {house.name}_clone.month_end_versions")
    assert rows[0][0] > 0
