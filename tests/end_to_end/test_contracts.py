"""Loader and dbt read the same contracts: what one knows the other knows, and a mistake stops both."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import get_args

import pytest

from loader.contract.columns import ColumnMeta
from loader.contract.project import load_contracts
from loader.contract.table import TableMeta
from tests.end_to_end.house import PROJECT, House


def listed(name: str) -> set[str]:
    """Return the keys that dbt's contract macro knows under a name."""
    macro = (PROJECT / "macros" / "graph" / "contract.sql").read_text()
    found = re.search(rf"'{name}': \[(.*?)\]", macro, re.DOTALL)
    assert found is not None
    return set(re.findall(r"'(\w+)'", found[1]))


def test_dbt_knows_the_keys_and_types_that_the_loader_knows() -> None:
    assert listed("table") == set(TableMeta.model_fields)
    assert listed("column") == set(ColumnMeta.model_fields)
    assert listed("types") == set(get_args(ColumnMeta.model_fields["type"].annotation))


def test_dbt_has_the_loaders_defaults() -> None:
    macro = (PROJECT / "macros" / "graph" / "contract.sql").read_text()
    assert f"'quarantine_limit': {TableMeta.model_fields['quarantine_limit'].default}," in macro


@pytest.mark.dbt
@pytest.mark.slow
def test_row_with_an_appended_column_is_the_same_row(new_house: Callable[[], House]) -> None:
    house = new_house()
    rows = "id,account_id,amount,new_balance,tx_date\n" + "".join(
        f"e{n},A,1.00,{n}.00,2024-01-05\n" for n in range(1, 4)
    )
    house.land("ledger_entries", rows)
    house.build()
    contract = house.contract_file("ledger_entries")
    contract.write_text(
        contract.read_text()
        + "          - {name: note, data_type: varchar, config: {meta: {header: note, type: text}}}\n"
    )
    house.contracts = load_contracts(house.project)
    house.land("ledger_entries", rows.replace("tx_date\n", "tx_date,note\n").replace("-05\n", "-05,\n"))
    house.build()
    assert house.query("select transaction_id from duplicate_entries order by 1") == [("e1",), ("e2",), ("e3",)]
    assert house.value("select count(*) from quarantine_entries") == 0
    seen = house.seen()
    house.warehouse.unlink()
    house.build()
    assert house.seen() == seen


@pytest.fixture(scope="module")
def mistaken(new_house: Callable[[], House]) -> House:
    """A house without a delivery, for one mistake after the other."""
    house = new_house()
    house.lake.mkdir(exist_ok=True)
    return house


@pytest.mark.dbt
@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("type: date, required: true", "type: dat, required: true", "column opened is of no known type"),
        ("header: opened, type: date, required", "header: opened, type: date, requierd", "unknown key requierd"),
        ("kind: reference", "kind: refrence", "config.meta is of no known kind"),
        ("delivery_calendar: monthly", "delivery_calender: monthly", "unknown key delivery_calender"),
    ],
)
def test_mistake_in_a_contract_stops_the_build(mistaken: House, old: str, new: str, message: str) -> None:
    contract = mistaken.contract_file("accounts")
    right = contract.read_text()
    assert old in right
    contract.write_text(right.replace(old, new))
    stopped = mistaken.build("--select", "stg_accounts", exit_code=2)
    contract.write_text(right)
    assert message in stopped.output
    assert "_accounts__sources.yml" in stopped.output
