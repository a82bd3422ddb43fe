"""The time that the sample covers, and the day on which the first delivery was cut."""

from __future__ import annotations

from datetime import date, timedelta

FIRST_DAY = date(2023, 11, 1)
LAST_DAY = date(2024, 3, 31)
CUT = date(2024, 2, 29)
"""Last booking day of delivery 1; delivery 2 holds what was booked after it, and what came late."""

DAYS = [FIRST_DAY + timedelta(days=number) for number in range((LAST_DAY - FIRST_DAY).days + 1)]
DELIVERED_UNTIL = {1: CUT, 2: LAST_DAY}
LATE_MONTH = date(2024, 1, 1)
"""The month of which some days arrive with delivery 2 only."""


def month_of(day: date) -> date:
    """The first day of the day's month."""
    return day.replace(day=1)


def is_month_end(day: date) -> bool:
    """Whether the day is the last one of its month."""
    return month_of(day + timedelta(days=1)) != month_of(day)


def delivery_of(day: date) -> int:
    """The delivery in which a day's entries arrive when nothing is late."""
    return 1 if day <= CUT else 2


MONTH_ENDS = {month_of(day): day for day in DAYS if is_month_end(day)}
