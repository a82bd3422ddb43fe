"""The gaps of delivery_gaps and the loader's due times go by the same calendar."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import get_args

import pytest

from loader.contract.delivery_calendar import Calendar, due_after
from tests.end_to_end.house import House

pytestmark = pytest.mark.dbt

CALENDARS = get_args(Calendar)
DAYS = [date(2023, 12, 1) + timedelta(days=number) for number in range(100)]
PERIODS = """
select
    asked.calendar,
    cast(asked.day as varchar) as day,
    {% for ahead in range(3) -%}
    cast({{ delivery_period_start(
        'asked.calendar', delivery_period('asked.calendar', 'asked.day') ~ ' + ' ~ ahead
    ) }} as varchar) as start_{{ ahead }}{{ ',' if not loop.last }}
    {% endfor %}
from (values ROWS) as asked (calendar, day)
"""


def test_sql_and_loader_count_the_same_periods(new_house: Callable[[], House]) -> None:
    house = new_house()
    house.lake.mkdir(exist_ok=True)
    rows = ", ".join(f"('{calendar}', date '{day}')" for calendar in CALENDARS for day in DAYS)
    found = {(row["calendar"], row["day"]): row for row in house.show(PERIODS.replace("ROWS", rows))}
    assert len(found) == len(CALENDARS) * len(DAYS)
    for calendar in CALENDARS:
        for day in DAYS:
            noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
            row = found[calendar, str(day)]
            # A file that comes on the days off after a business day is late, and counts as that day's.
            due = (
                str(date.fromisoformat(row["start_1"]) + timedelta(days=1))
                if calendar == "business_days"
                else row["start_2"]
            )
            assert due == str(due_after(calendar, "UTC", noon).date())
            assert row["start_0"] <= str(day) < row["start_1"]
