"""In which time zone the entries' times are: their own offsets, a header or a column says so, else it is asked."""

from __future__ import annotations

import re

from loader.new_feed.booking import Booking, joined
from loader.new_feed.dates import offset_of
from loader.new_feed.findings import Notes, Question
from loader.new_feed.hints import words
from loader.new_feed.table import Table


def settle_time_zone(table: Table, booking: Booking, notes: Notes) -> str:
    """Return the zone of the entries' times; asks where times have neither an offset nor a name of a zone."""
    if not booking.has_time:
        return notes.answers.get("time-zone", "UTC")
    texts = [cell for cell in joined(booking.column, booking.clock) if cell]
    if all(offset_of(text) for text in texts):
        notes.found("time zone", "each time has its offset; days are those of UTC unless --time-zone is given", "seen")
        return notes.answers.get("time-zone", "UTC")
    if is_named_utc(booking.column.header):
        notes.found("time zone", f"UTC, by the header {booking.column.shown}", "seen")
        return notes.answers.get("time-zone", "UTC")
    zones: dict[str, str] = words()["zones"]
    names = {cell for column in table.fields for cell in column.distinct if cell in zones and len(column.distinct) <= 2}
    likeliest = zones[min(names)] if len(names) == 1 else "UTC"
    reason = f", and a column says {min(names)}" if len(names) == 1 else ""
    answer = notes.ask(
        Question("time-zone", f"in which time zone are the times of {booking.column.shown}{reason}?", likeliest)
    )
    return answer or likeliest


def is_named_utc(header: str) -> bool:
    """Return whether the header says that times are UTC."""
    return re.search(r"(?:^|[^a-z])(?:utc|gmt)(?:$|[^a-z])", header.lower().replace("_", " ")) is not None
