"""A lost Glue catalog comes back as docs/runbooks/lost-glue-catalog.md has it, and publications go on."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import boto3
import pytest

from loader.lake.catalog import open_catalog
from loader.lake.recovery import recover
from loader.lake.storage import Store
from tests.athena.house import AthenaHouse
from upkeep.catalog import register

# It builds twice.
pytestmark = [pytest.mark.dbt, pytest.mark.slow]

LEDGER = "id,account_id,amount,new_balance,tx_date\n"
LIST_RECORDS = (
    "ls",
    "--quiet",
    "--resource-type",
    "model",
    "snapshot",
    "--select",
    "tag:record",
    "resource_type:snapshot",
    "--output",
    "name",
)


def test_lost_catalog_comes_back_with_its_history(
    athena_house: Callable[[], AthenaHouse], monkeypatch: pytest.MonkeyPatch
) -> None:
    house = athena_house()
    house.land("ledger_entries", LEDGER + "1,A,1,1,2024-01-10\n")
    house.build()
    ((first,),) = house.query("select publication_id from publications")
    glue = boto3.client("glue")
    for name, value in house.environment.items():
        monkeypatch.setenv(name, value)
    for database in (house.schema, f"{house.name}_raw"):
        glue.delete_database(Name=database)

    store = Store.open(house.root)
    recovered = recover(store, open_catalog(store, house.project, house.contracts))
    assert len(recovered.finished) == 1
    glue.create_database(DatabaseInput={"Name": house.schema})
    tables = [name for name in house.dbt(*LIST_RECORDS).output.split() if name.isidentifier()]
    warehouse = house.environment["LEDGER_LAKE_S3_DATA_DIR"]
    registered = register(boto3.client("s3"), glue, warehouse, house.schema, tables)
    rows = {one.table: one.rows for one in registered}
    assert (rows["publications"], rows["accepted_rows"], rows["accounts_snapshot"]) == (1, 1, 0)
    refused = house.dbt("build")
    assert "a layout without a number" in refused.output
    house.query("create view warehouse_schema as select 3 as layout_version")

    house.land("ledger_entries", LEDGER + "2,A,1,2,2024-02-11\n")
    house.build()
    assert house.query("select publication_number, previous_publication_id from publications order by 1") == [
        (1, "none"),
        (2, first),
    ]
    assert house.query("select balance from month_end_balances order by month") == [(Decimal(1),), (Decimal(2),)]
