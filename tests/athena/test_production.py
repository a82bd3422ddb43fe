"""The way of a file in production: out of an inbox, through a workgroup that enforces, by services that throttle."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import boto3
import pytest

from local_athena.engine import Engine
from tests.athena.house import AthenaHouse
from tests.athena.pair import Files
from tests.athena.recording import Production, large_file, production
from tests.terraform.rights import read_rights, unknown

pytestmark = pytest.mark.slow

HEADER = b"id,account_id,amount,new_balance,tx_date\n"
# A file of one kilobyte.
SMALL = HEADER + b"".join(b"%d,ACC001,1.00,1.00,2024-01-01T00:00:00Z\n" % number for number in range(25))


@pytest.fixture(scope="module")
def house(
    engine: Engine,
    athena_house: Callable[[], AthenaHouse],
    deliveries: list[Files],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Production]:
    """A house whose files have landed and are published, while every so-manieth request was refused."""
    with production(engine, tmp_path_factory.mktemp("production"), "production") as made:
        for feed, name, content in deliveries[0]:
            made.deliver(feed, name, content)
        made.deliver("ledger_entries", "ledger_entries_refused.csv", b"nothing\n1\n")
        throttle = made.relay.throttle
        throttle.every("s3", 5)
        throttle.every("glue", 3)
        for feed in ("accounts", "ledger_entries", "transactions"):
            made.load("--json", "land", f"s3://{made.inbox}/{feed}/", exit_code=3 if feed == "ledger_entries" else 0)
        # More in a row than a client of AWS asks again by itself.
        throttle.next("glue", 4)
        throttle.next("athena", 3)
        throttle.every("glue", 5)
        throttle.every("athena", 25)
        made.run_dbt("build", "build", "--exclude-resource-type", "unit_test")
        for service in ("s3", "glue", "athena"):
            throttle.every(service, 0)
        yield made
    boto3.client("athena").delete_work_group(WorkGroup=made.workgroup)


def test_throttled_loaders_land_and_a_throttled_build_publishes(house: Production) -> None:
    refused = house.relay.throttle.refused
    assert min(refused[name] for name in ("s3:", "glue:GetTable", "athena:StartQueryExecution")) > 0
    assert house.query("select count(*) from publications") == [(1,)]
    landed = house.query(f"select count(*) from {house.name}_raw.files")
    assert house.query("select count(*) from file_reconciliation") == landed == [(3,)]


def test_a_build_ends_well_where_a_workgroup_enforces(house: Production) -> None:
    glue = boto3.client("glue")
    pages = glue.get_paginator("get_tables").paginate(DatabaseName=house.schema)
    locations = {
        table["Name"]: table["StorageDescriptor"]["Location"]
        for page in pages
        for table in page["TableList"]
        if table.get("TableType") != "VIRTUAL_VIEW"
    }
    warehouse = house.environment["LEDGER_LAKE_S3_DATA_DIR"]
    assert {name: place for name, place in locations.items() if not place.startswith(warehouse)} == {}
    assert len(locations) > 40


def test_each_action_that_is_seen_is_in_the_table(house: Production) -> None:
    house.deliver("ledger_entries", "ledger_entries_large.csv", large_file(HEADER))
    house.deliver("ledger_entries", "ledger_entries_small.csv", SMALL)
    for size in ("large", "small"):
        house.load("--json", "land", f"s3://{house.inbox}/ledger_entries/ledger_entries_{size}.csv")
    house.load("recover")
    house.load("verify")
    house.run_dbt("upkeep", "run-operation", "upkeep")
    in_parts = [right for right in house.rights if right.context == "s3:ObjectCreationOperation=false"]
    assert {right.resource.split("/")[2] for right in in_parts if right.role == "loader"} == {"landing", "raw"}
    missing = unknown(house.rights, read_rights())
    assert not missing, "add to tests/terraform/access/allowed.csv:\n" + "\n".join(map(str, missing))
