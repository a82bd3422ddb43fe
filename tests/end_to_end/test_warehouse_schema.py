"""A warehouse of another layout is refused in one sentence, and stays as it is."""

from __future__ import annotations

from collections.abc import Callable

import duckdb
import pytest

from tests.end_to_end.house import House

pytestmark = pytest.mark.dbt

COMMANDS = ("build", "run", "seed", "snapshot")


def refused(house: House, sql: str) -> list[str]:
    """Run SQL on the warehouse, and return what each command that writes says of it."""
    with duckdb.connect(str(house.warehouse)) as connection:
        connection.execute(sql)
    before = house.warehouse.read_bytes()
    messages = []
    for command in COMMANDS:
        ended = house.dbt(command)
        assert ended.exit_code != 0
        assert house.warehouse.read_bytes() == before
        (message,) = (line.strip() for line in ended.output.splitlines() if "NOTHING WAS WRITTEN" in line)
        messages.append(message)
    return messages


def test_warehouse_states_its_layout_and_another_is_refused(new_house: Callable[[], House]) -> None:
    house = new_house()
    house.lake.mkdir(exist_ok=True)
    assert house.dbt("seed").exit_code == 0
    assert house.value("select layout_version from warehouse_schema") == 3
    assert house.dbt("seed").exit_code == 0
    messages = refused(house, "create or replace view warehouse_schema as select 1 as layout_version")
    assert set(messages) == {
        f"NOTHING WAS WRITTEN: {house.warehouse} has layout 1, but this project builds layout 3: move the file away"
        " and build again from the lake, or use the version of the project that built it."
    }


@pytest.mark.parametrize("table", ["publications", "run_gate"])
def test_warehouse_of_an_earlier_product_is_refused(new_house: Callable[[], House], table: str) -> None:
    house = new_house()
    house.lake.mkdir(exist_ok=True)
    messages = refused(house, f"create table {table} as select 1 as run_id")
    assert all("has a layout without a number" in message for message in messages)
