"""When a feed has to deliver: once in each period of its calendar, by the days of its time zone.

A period without a delivery is a gap. Public holidays are unknown here: a business day is Monday to Friday.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

Calendar = Literal["daily", "business_days", "weekly", "monthly"]
_DAY = timedelta(days=1)
_FRIDAY = 4


def due_after(calendar: Calendar, time_zone: str, last: datetime) -> datetime:
    """Return by when, in UTC, the delivery after the last one has to come: when the period after its own has ended."""
    zone = ZoneInfo(time_zone)
    end = _end_of_next(calendar, last.astimezone(zone).date())
    return datetime.combine(end, time(), zone).astimezone(UTC)


def _end_of_next(calendar: Calendar, day: date) -> date:
    """Return the first day after the period that follows the day's."""
    match calendar:
        case "daily":
            return day + 2 * _DAY
        case "business_days":
            return day + (8 - day.weekday() if day.weekday() >= _FRIDAY else 2) * _DAY
        case "weekly":
            return day + (14 - day.weekday()) * _DAY
        case "monthly":
            next_month = (day.replace(day=28) + 4 * _DAY).replace(day=28)
            return (next_month + 4 * _DAY).replace(day=1)
