"""What is built in a scratch lake does not reach the real one."""

from __future__ import annotations

from pathlib import Path

import duckdb

from upkeep.scratch import make_scratch


def test_scratch_lake_has_the_files_and_a_warehouse_of_its_own(tmp_path: Path) -> None:
    real = tmp_path / "lake"
    (real / "raw").mkdir(parents=True)
    (real / "raw" / "part").write_text("landed")
    with duckdb.connect(str(real / "warehouse.duckdb")) as connection:
        connection.execute("create table entries as select 1 as number")
    scratch = make_scratch(str(real), tmp_path / "scratch")
    assert (scratch / "raw" / "part").read_text() == "landed"
    with duckdb.connect(str(scratch / "warehouse.duckdb")) as connection:
        connection.execute("insert into entries values (2)")
    with duckdb.connect(str(real / "warehouse.duckdb")) as connection:
        assert connection.execute("from entries").fetchall() == [(1,)]


def test_empty_scratch_lake_has_the_files_and_no_warehouse(tmp_path: Path) -> None:
    real = tmp_path / "lake"
    (real / "raw").mkdir(parents=True)
    duckdb.connect(str(real / "warehouse.duckdb")).close()
    scratch = make_scratch(str(real), tmp_path / "scratch", empty=True)
    assert [path.name for path in scratch.iterdir()] == ["raw"]
    assert (real / "warehouse.duckdb").exists()


def test_making_it_again_deletes_nothing_of_the_real_lake(tmp_path: Path) -> None:
    real = tmp_path / "lake"
    (real / "raw").mkdir(parents=True)
    (real / "raw" / "part").write_text("landed")
    make_scratch(str(real), tmp_path / "scratch")
    make_scratch(str(real), tmp_path / "scratch")
    assert (real / "raw" / "part").read_text() == "landed"


def test_scratch_of_a_lake_without_a_warehouse_is_empty(tmp_path: Path) -> None:
    scratch = make_scratch(str(tmp_path / "nothing"), tmp_path / "scratch")
    assert list(scratch.iterdir()) == []
