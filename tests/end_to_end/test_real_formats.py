"""Files as senders deliver them: what is read is what the right answers have."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from loader.errors import FileRejectedError
from tests.end_to_end.house import House
from tests.end_to_end.real_formats import (
    LINE_ENDS_WITHIN_VALUES,
    PLACES,
    READ,
    REFUSED,
    add_formats,
    assert_entries_are_right,
    assert_month_ends_are_right,
    assert_rows_are_in_one_place,
    delivered,
)

pytestmark = pytest.mark.dbt


@pytest.fixture(scope="module")
def house(new_house: Callable[[], House]) -> House:
    house = new_house()
    add_formats(house, list(PLACES))
    house.build()
    return house


@pytest.mark.parametrize("name", READ)
def test_real_format_is_read_as_its_right_answer(house: House, name: str) -> None:
    assert_entries_are_right(house, name)
    assert_month_ends_are_right(house, name)


@pytest.mark.parametrize("name", READ)
def test_every_row_and_line_of_a_real_format_is_in_one_place(house: House, name: str) -> None:
    assert_rows_are_in_one_place(house, name)
    manifest = house.land_file(delivered(name), name).manifest
    text = delivered(name).read_bytes().decode(house.contracts[name].meta.encoding)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = text.count("\n") + (not text.endswith("\n"))
    within_values = LINE_ENDS_WITHIN_VALUES.get(name, 0)
    assert manifest.rows_landed + sum(manifest.lines.values()) + within_values == lines


@pytest.mark.parametrize("name", REFUSED)
def test_layout_that_is_no_table_of_entries_is_refused(house: House, name: str) -> None:
    with pytest.raises(FileRejectedError):
        house.land_file(delivered(name), name)
    (record,) = (house.lake / "rejections" / name).rglob("*.json")
    rejection = json.loads(record.read_text(encoding="utf-8"))
    reason, message = REFUSED[name]
    assert (rejection["reason"], rejection["message"][: len(message)]) == (reason, message)
