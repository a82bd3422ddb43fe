"""Files as senders deliver them mean on Athena what they mean on DuckDB; eight of them, as different as they are."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.athena.house import AthenaHouse
from tests.end_to_end.real_formats import (
    add_formats,
    assert_entries_are_right,
    assert_month_ends_are_right,
    assert_rows_are_in_one_place,
)

pytestmark = pytest.mark.dbt

# No header; Windows-1250 and a footer; words for days; several currencies; fees; a printed report; lakhs; details.
EIGHT = ["abnamro_tab", "mbank", "nordea_se", "paypal", "revolut", "sap_gl", "sbi_tab", "ubs_account"]


@pytest.fixture(scope="module")
def house(athena_house: Callable[[], AthenaHouse]) -> AthenaHouse:
    house = athena_house()
    add_formats(house, EIGHT)
    house.build()
    return house


@pytest.mark.parametrize("name", EIGHT)
def test_real_format_is_read_as_its_right_answer(house: AthenaHouse, name: str) -> None:
    assert_entries_are_right(house, name)
    assert_rows_are_in_one_place(house, name)
    assert_month_ends_are_right(house, name)
