"""By when a feed has to deliver again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loader.contract.delivery_calendar import Calendar, due_after


@pytest.mark.parametrize(
    ("calendar", "zone", "last", "due"),
    [
        ("daily", "UTC", "2024-02-28T23:59", "2024-03-01T00:00"),
        ("daily", "Europe/Prague", "2024-02-28T23:30", "2024-03-01T23:00"),
        ("daily", "America/New_York", "2024-03-09T12:00", "2024-03-11T04:00"),  # summer time began on the 10th
        ("business_days", "UTC", "2024-02-29T12:00", "2024-03-02T00:00"),  # a Thursday: all of Friday
        ("business_days", "UTC", "2024-03-01T12:00", "2024-03-05T00:00"),  # a Friday: all of Monday
        ("business_days", "UTC", "2024-03-02T12:00", "2024-03-05T00:00"),  # a Saturday: all of Monday
        ("business_days", "UTC", "2024-03-03T12:00", "2024-03-05T00:00"),
        ("business_days", "UTC", "2024-03-04T12:00", "2024-03-06T00:00"),
        ("weekly", "UTC", "2024-02-26T12:00", "2024-03-11T00:00"),  # a Monday: the week after its own
        ("weekly", "UTC", "2024-03-03T12:00", "2024-03-11T00:00"),
        ("monthly", "UTC", "2024-01-31T12:00", "2024-03-01T00:00"),
        ("monthly", "UTC", "2023-12-01T12:00", "2024-02-01T00:00"),
    ],
)
def test_next_delivery_is_due_when_the_next_whole_period_ends(
    calendar: Calendar, zone: str, last: str, due: str
) -> None:
    utc = [datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (last, due)]
    assert due_after(calendar, zone, utc[0]) == utc[1]


@given(
    st.sampled_from(get_args(Calendar)),
    st.sampled_from(["UTC", "Pacific/Kiritimati", "America/Sao_Paulo", "Africa/Cairo"]),
    st.datetimes(datetime.fromisoformat("2000-01-01"), datetime.fromisoformat("2040-01-01"), timezones=st.just(UTC)),
)
def test_due_is_more_than_one_period_away_and_at_most_two(calendar: Calendar, zone: str, last: datetime) -> None:
    days = (due_after(calendar, zone, last) - last) / timedelta(days=1)
    least, most = {"daily": (0.9, 2.1), "business_days": (0.9, 4.1), "weekly": (6.9, 14.1), "monthly": (27.9, 62.1)}[
        calendar
    ]
    assert least < days <= most
