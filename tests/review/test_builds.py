"""Two versions of the code build one small lake, and what one of them changes is what differs."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from review.builds import BuildError, build_both, build_versions, working_tree
from review.compare import compare
from review.difference import Comparison
from review.public import PUBLIC

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both versions, built: the working tree, and the same with another view."""
    folder = tmp_path_factory.mktemp("versions")
    base, here = working_tree(folder / "base"), working_tree(folder / "here")
    view = here.code / "models" / "ledger" / "held_files.sql"
    view.write_text(view.read_text().replace("'is held: '", "'is kept back: '"))
    build_versions(base, here, folder / "files")
    return folder


@pytest.fixture(scope="module")
def compared(folder: Path) -> Comparison:
    return compare(*(folder / name / "lake" / "warehouse.duckdb" for name in ("base", "here")))


def test_only_the_table_that_the_change_reaches_differs(compared: Comparison) -> None:
    (found,) = (table for table in compared.tables if table.differs)
    assert (found.table, found.changed, found.rows_in_base, found.rows_here) == ("held_files", 1, 1, 1)
    ((before, after),) = (example.values["message"] for example in found.examples)
    assert "is held: " in str(before)
    assert "is kept back: " in str(after)


def test_lake_has_rows_for_the_tables_that_matter(compared: Comparison) -> None:
    empty = {table.table for table in compared.tables if not table.rows_here}
    assert empty <= {"condemned_entries", "delivery_gaps"}


def test_keys_tell_the_rows_of_every_public_table_apart(folder: Path) -> None:
    with duckdb.connect(str(folder / "here" / "lake" / "warehouse.duckdb"), read_only=True) as connection:
        for table, key in PUBLIC.items():
            columns = ", ".join(key)
            twice = f"select {columns} from {table} group by {columns} having count(*) > 1"
            assert connection.execute(twice).fetchall() == [], table


def test_a_version_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=r"^git rev-parse: .*"):
        build_both("no-such-branch", tmp_path / "out", 5)
