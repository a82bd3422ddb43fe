"""What differs between two warehouses is found to the last digit, and no value of theirs is more than text."""

from __future__ import annotations

import json
import re
from pathlib import Path

import duckdb
import pytest

from review.compare import CompareError, compare
from review.difference import Comparison, Example, TableDifference
from review.markdown import LONGEST, render
from review.public import PUBLIC

BALANCES = """
create table records as select * from (values
    ('transactions', 'C1', 'EUR', date '2024-01-01', 1.0000::decimal(38, 4), 'p1'),
    ('transactions', 'C2', 'EUR', date '2024-01-01', 9007199254740993.0001::decimal(38, 4), 'p1'),
    ('transactions', 'C3', 'EUR', date '2024-01-01', null, 'p1')
) as rows (feed, account_id, currency, month, balance, publication_id);
create view month_end_balances as from warehouse.main.records;
"""
HOSTILE = "</pre>\n\n@everyone <img src=x> ```[a](b) |\u202e\x1b[31m"


def warehouse(folder: Path, *statements: str) -> Path:
    """Make a warehouse as dbt does: views name their database."""
    folder.mkdir()
    path = folder / "warehouse.duckdb"
    with duckdb.connect(str(path)) as connection:
        for statement in (BALANCES, *statements):
            connection.execute(statement)
    return path


def balances(tmp_path: Path, *changes: str, examples: int = 5) -> TableDifference:
    """Compare two warehouses of which one has these changes. Return how the balances differ."""
    compared = compare(warehouse(tmp_path / "base"), warehouse(tmp_path / "here", *changes), examples=examples)
    return next(table for table in compared.tables if table.table == "month_end_balances")


def counts(table: TableDifference) -> tuple[int, int, int]:
    return table.only_in_base, table.only_here, table.changed


def test_same_tables_of_two_builds_do_not_differ(tmp_path: Path) -> None:
    found = balances(tmp_path, "update records set publication_id = 'p2'")
    assert (found.differs, found.rows_in_base, found.rows_here) == (False, 3, 3)


def test_money_differs_by_its_last_digit(tmp_path: Path) -> None:
    found = balances(tmp_path, "update records set balance = balance + 0.0001 where account_id = 'C2'")
    assert counts(found) == (0, 0, 1)
    assert found.examples[0].values == {"balance": ("9007199254740993.0001", "9007199254740993.0002")}


def test_column_that_is_left_out_is_not_compared(tmp_path: Path) -> None:
    changed = warehouse(tmp_path / "here", "update records set balance = 0")
    found = compare(warehouse(tmp_path / "base"), changed, leave_out=["balance"])
    assert not any(table.differs for table in found.tables if table.table == "month_end_balances")


def test_missing_value_differs_from_zero(tmp_path: Path) -> None:
    assert counts(balances(tmp_path, "update records set balance = 0 where account_id = 'C3'")) == (0, 0, 1)


def test_row_of_one_side_is_counted_there(tmp_path: Path) -> None:
    found = balances(tmp_path, "update records set account_id = 'C9' where account_id = 'C1'")
    assert counts(found) == (1, 1, 0)
    kinds = {example.kind: example.key["account_id"] for example in found.examples}
    assert kinds == {"only in base": "C1", "only here": "C9"}


def test_row_that_is_there_twice_is_counted(tmp_path: Path) -> None:
    assert counts(balances(tmp_path, "insert into records from records where account_id = 'C1'")) == (0, 1, 0)


def test_examples_are_as_many_as_asked_for(tmp_path: Path) -> None:
    found = balances(tmp_path, "update records set balance = 7", examples=2)
    assert (found.changed, len(found.examples)) == (3, 2)


def test_column_of_another_type_is_named_and_compared(tmp_path: Path) -> None:
    found = balances(tmp_path, "alter table records alter balance type varchar using balance || '0'")
    assert found.columns == ("balance: decimal(38,4) in base, varchar here",)
    assert found.changed == 2


def test_new_column_is_named(tmp_path: Path) -> None:
    assert balances(tmp_path, "alter table records add column note varchar").columns == (
        "note: not there in base, varchar here",
    )


def test_table_that_one_side_lacks_is_named(tmp_path: Path) -> None:
    found = balances(tmp_path, "drop view month_end_balances")
    assert (found.missing_here, found.rows_in_base, found.differs) == (True, 3, True)


def test_missing_warehouse_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(CompareError, match=r"^there is no warehouse .*duckdb: the build has not written one$"):
        compare(warehouse(tmp_path / "base"), tmp_path / "warehouse.duckdb")


def comparison(*tables: TableDifference) -> Comparison:
    return Comparison("0123abc", "4567def", tables)


def changed(value: str) -> TableDifference:
    example = Example("changed", {"feed": value}, {value: (value, None)})
    return TableDifference("month_end_balances", changed=1, columns=(value,), examples=(example,))


def test_hostile_text_stays_inside_its_block() -> None:
    shown = render(comparison(changed(HOSTILE)))
    outside = re.sub(r"<pre>\n.*?\n</pre>", "", shown, flags=re.DOTALL)
    (inside,) = re.findall(r"<pre>\n(.*?)\n</pre>", shown, flags=re.DOTALL)
    assert not any(part in outside for part in ("everyone", "img", "[a]", "\u202e"))
    assert not set("<>\u202e\x1b") & set(inside)
    assert "&lt;/pre&gt;\\n\\n@everyone &lt;img src=x&gt;" in inside


def test_comment_is_never_too_long() -> None:
    long = [changed(f"{number}" * 100) for number in range(10)]
    many = [TableDifference(one.table, changed=1, examples=one.examples * 100) for one in long]
    shown = render(comparison(*many))
    assert len(shown) < LONGEST + 100
    assert "tables are left out" in shown


def test_comparison_survives_being_written_and_read() -> None:
    told = comparison(changed("x"), TableDifference("restatements", missing_here=True))
    assert Comparison.from_json(told.to_json()) == told


@pytest.mark.parametrize(
    ("name", "value"),
    [("table", "<script>"), ("changed", "1 | <b>"), ("changed", True), ("columns", [1]), ("examples", [{"kind": "x"}])],
)
def test_what_is_no_comparison_is_refused(name: str, value: object) -> None:
    told = json.loads(comparison(changed("x")).to_json())
    told["tables"][0][name] = value
    with pytest.raises(ValueError, match="comparison"):
        Comparison.from_json(json.dumps(told))


def test_nothing_that_differs_is_said_in_one_line() -> None:
    shown = render(comparison(*(TableDifference(name, rows_here=2, rows_in_base=2) for name in PUBLIC)))
    assert shown.splitlines()[-1] == f"No public table differs: {len(PUBLIC)} tables, {2 * len(PUBLIC)} rows."
