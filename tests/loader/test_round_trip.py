"""Any text survives delivery, landing and reading in SQL."""

from __future__ import annotations

import tempfile
from pathlib import Path

import landing_tools
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from texts import TEXTS, as_csv

from loader.contract.columns import Column, ColumnMeta
from loader.contract.model import Contract
from loader.contract.table import TableMeta
from loader.lake.landing import Landing
from loader.lake.reading import Limits
from loader.lake.storage import Store

CONTRACT = Contract(
    feed="texts",
    path=Path("models/staging/texts/_texts__sources.yml"),
    meta=TableMeta(
        kind="reference",
        delimiter=",",
        quote='"',
        encoding="utf-8",
        contract_version=1,
        file_patterns=["texts*.csv"],
        business_key=["first"],
        delivery_calendar="daily",
        quarantine_limit=0.05,
        time_zone="UTC",
        extra_columns="keep",
    ),
    columns=[
        Column(name="first", meta=ColumnMeta(header=["First"], type="text", required=True)),
        Column(name="second", meta=ColumnMeta(header=["Second"], type="text")),
    ],
)


@pytest.mark.long
@settings(max_examples=120)
@given(
    rows=st.lists(st.tuples(TEXTS, TEXTS), max_size=8),
    line_end=st.sampled_from(["\n", "\r\n"]),
    last_line_ends=st.booleans(),
    bom=st.booleans(),
    block=st.sampled_from([1, 5, 64, 100_000]),
    part=st.sampled_from([1, 10_000]),
    frame=st.sampled_from([1, 100, 10_000]),
)
@example(rows=[("a", "")], line_end="\n", last_line_ends=True, bom=False, block=1, part=1, frame=1)
def test_any_text_is_read_back_in_sql_as_it_was_delivered(
    rows: list[tuple[str | None, str | None]],
    line_end: str,
    last_line_ends: bool,
    bom: bool,
    block: int,
    part: int,
    frame: int,
) -> None:
    lines = ["First,Second", *(f"{as_csv(first)},{as_csv(second)}" for first, second in rows)]
    content = line_end.join(lines) + (line_end if last_line_ends else "")
    with tempfile.TemporaryDirectory() as folder:
        file, lake = Path(folder, "texts.csv"), Path(folder, "lake")
        file.write_bytes(content.encode("utf-8-sig" if bom else "utf-8"))
        landed = Landing(Store.open(str(lake)), limits=Limits(block=block, part=part, frame=frame)).land(file, CONTRACT)
        assert landed.manifest.rows_malformed == 0
        assert landed.manifest.dialect.bom is bom
        found = landing_tools.read_rows(lake, CONTRACT)
    # A line of empty cells is no row.
    expected = [row for row in rows if any(row)]
    assert landed.manifest.lines.get("blank", 0) == len(rows) - len(expected)
    assert [(row["first"], row["second"]) for row in found] == expected
    assert [row["row_number"] for row in found] == [str(number) for number in range(1, len(expected) + 1)]


@pytest.mark.long
@settings(max_examples=60)
@given(values=st.lists(TEXTS, min_size=1, max_size=5))
def test_columns_that_the_contract_lacks_are_kept_as_json(values: list[str | None]) -> None:
    content = "\n".join(['Second,"Extra ""1""",First', *(f"b,{as_csv(value)},a" for value in values)])
    with tempfile.TemporaryDirectory() as folder:
        file, lake = Path(folder, "texts.csv"), Path(folder, "lake")
        file.write_text(content, encoding="utf-8", newline="")
        landed = Landing(Store.open(str(lake))).land(file, CONTRACT)
        found = landing_tools.read_rows(lake, CONTRACT)
    assert landed.manifest.extra_columns == ['Extra "1"']
    assert [(row["first"], row["second"]) for row in found] == [("a", "b")] * len(values)
    assert [landing_tools.json.loads(row["extra_fields"]) for row in found] == [
        {'Extra "1"': value} for value in values
    ]
