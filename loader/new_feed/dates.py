"""Days and times as people write them: which UTS 35 formats fit a column's texts, and what a text is under one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from itertools import product

from loader.contract.date_formats import has_year, parse_format
from loader.contract.reading import read_time

CENTURY = 2000
_EARLIEST = 1990
LEAP_YEAR_END = date(2000, 12, 31)
"""The last day of a year that has every day."""
_TIME = re.compile(
    r"(?<![0-9:])(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?P<second>:[0-9]{2}(?P<fraction>[.,][0-9]+)?)?"
    r"(?P<half> ?[AaPp][Mm])?(?P<offset> ?(?:Z|[+-][0-9]{2}:?[0-9]{2}))?"
)
_DAY = re.compile(r"([0-9]{1,4})([-/.: ]{1,2}|)([0-9]{1,2}|[A-Za-z]{3,9})(\2|[-/., ]{0,2})([0-9]{1,4})")
_AMERICAN = re.compile(r"([A-Za-z]{3,9})( )([0-9]{1,2})(,? )([0-9]{4})")
DAY_IN_TEXT = re.compile(
    r"(?<![0-9])(?:[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}|[0-9]{1,2} [A-Za-z]{3,9} [0-9]{4})(?![0-9])"
)
# What a person would take for a day: a year, or a number, a sign and a number or the name of a month.
_NEARLY = re.compile(
    r"(?<![0-9])(?:19|20)[0-9]{2}[-/. ]|[-/. ](?:19|20)[0-9]{2}(?![0-9])"
    r"|^[0-9]{1,2}[-/. ](?:[0-9]{1,2}|[^\W0-9]{3,})[-/. ]"
)
_COMPACT = ("yyyyMMdd", "ddMMyyyy", "MMddyyyy")


def local_time_of(text: str, date_format: str) -> datetime | None:
    """Return the local time (midnight for a day) that the text is under the format; None where it is none.

    Years with two digits are of this century; a day without a year is one of a year in which every day exists.
    """
    return read_time(text, date_format, CENTURY, None if has_year(date_format) else LEAP_YEAR_END)


def offset_of(text: str) -> timezone | None:
    """Return the offset at a text's end, None where it has none."""
    found = re.search(r"(?:(Z)|([+-])([0-9]{2}):?([0-9]{2}))\Z", text)
    if found is None or not re.search(r"[0-9]{2}:[0-9]{2}", text):
        return None
    if found[1]:
        return UTC
    shift = timedelta(hours=int(found[3]), minutes=int(found[4]))
    return timezone(-shift if found[2] == "-" else shift)


@lru_cache(maxsize=1 << 16)
def looks_like_day(text: str) -> bool:
    """Return whether the text is a day, with or without a time, in some format."""
    return any(_plausible(local_time_of(text, candidate)) for candidate in _candidates(text))


def no_day(cells: Sequence[str]) -> str:
    """Return what is said of a table whose cells are no days; one that looks like one in part is shown."""
    near = next((cell.strip() for cell in cells if _NEARLY.search(cell) and not looks_like_day(cell.strip())), None)
    if near is not None:
        return (
            f"no column is a day: a cell such as {near!r} is none in any format. Days are plain dates, with names of "
            "months in English; a list of totals has none"
        )
    return "no column is a day: a list of totals, no entries. Export the single entries, with plain dates"


def day_formats_of(texts: Sequence[str]) -> list[str]:
    """Return the formats under which every text is a plausible day; of `d` and `dd` only the strictest."""
    if not texts:
        return []
    fitting: dict[tuple[str, ...], str] = {}
    sample = max(texts, key=len)
    for candidate in _candidates(sample):
        if all(_plausible(local_time_of(text, candidate)) for text in texts):
            kind = tuple((token.field or token.text)[0].lower() for token in parse_format(candidate))
            fitting.setdefault(kind, candidate)
    return list(fitting.values())


def certain_days(text: str) -> dict[date, str]:
    """Return the day that a text is, with its format; none where its order is not certain."""
    formats = day_formats_of([text])
    moment = local_time_of(text, formats[0]) if len(formats) == 1 else None
    return {moment.date(): formats[0]} if moment else {}


def _plausible(moment: datetime | None) -> bool:
    if moment is None:
        return False
    return moment.year >= _EARLIEST and moment.date() <= date.today() + timedelta(days=366)  # noqa: DTZ011


@lru_cache(maxsize=4096)
def _candidates(text: str) -> tuple[str, ...]:
    """Return the formats that the text's shape allows, the stricter ones first."""
    time = _TIME.search(text)
    if time is None:
        return tuple(_day_candidates(text))
    before, after = text[: time.start()], text[time.end() :]
    clocks = _time_formats(time)
    day, glue = re.fullmatch(r"(.*?[0-9])([ T,]*)", before) or (None, None), ""
    if isinstance(day, re.Match) and not after:
        glue = "'T'" if day[2] == "T" else day[2]
        return tuple(f"{found}{glue}{clock}" for clock in clocks for found in _day_candidates(day[1]))
    led = re.fullmatch(r"([ ,]+)(.*)", after)
    if not before and led:
        return tuple(f"{clock}{led[1]}{found}" for clock in clocks for found in _day_candidates(led[2]))
    return ()


def _time_formats(time: re.Match[str]) -> list[str]:
    """Return the formats of the time, with two digits for the hour and with one or two."""
    half, offset = time["half"] or "", time["offset"] or ""
    rest = ":mm"
    if time["second"]:
        rest += ":ss"
    if time["fraction"]:
        rest += time["fraction"][0] + "S" * len(time["fraction"][1:])
    if half:
        rest += " a" if half.startswith(" ") else "a"
    if offset:
        blank = " " if offset.startswith(" ") else ""
        rest += blank + ("XXX" if ":" in offset or "Z" in offset else "xx")
    hour = "h" if half else "H"
    return [hour * 2 + rest, hour + rest] if len(time["hour"]) == 2 else [hour + rest]


def _day_candidates(text: str) -> Iterable[str]:
    if re.fullmatch(r"[0-9]{8}", text):
        return _COMPACT
    american = _AMERICAN.fullmatch(text)
    if american:
        name = "MMM" if len(american[1]) == 3 else "MMMM"
        return [f"{name} {day}{american[4]}yyyy" for day in ("dd", "d")]
    found = _DAY.fullmatch(text)
    if found is None:
        return ()
    first, separator, second, other, last = found.groups()
    if second.isalpha():
        name = "MMM" if len(second) == 3 else "MMMM"
        orders = [("d", name, "y")] if len(first) <= 2 else [("y", name, "d")]
    elif len(first) == 4:
        orders = [("y", "M", "d")]
    elif not separator or len(last) not in (2, 4):
        return ()
    else:
        orders = [("d", "M", "y"), ("M", "d", "y")]
        if len(first) == len(last) == 2:
            orders.append(("y", "M", "d"))
    years = "yyyy" if 4 in (len(first), len(last)) else "yy"
    return [
        separator.join(parts[:2]) + other + parts[2]
        for order in orders
        for parts in product(*(_writings(field, years) for field in order))
        if len(set(map(len, (part for part in parts if part[0] in "dM" and len(part) <= 2)))) <= 1
    ]


def _writings(field: str, years: str) -> tuple[str, ...]:
    return {"y": (years,), "d": ("dd", "d"), "M": ("MM", "M")}.get(field, (field,))


def order_of(date_format: str) -> str:
    """Return the word of `--date-order` for the format."""
    fields = [token.field[0] for token in parse_format(date_format) if token.field and token.field[0] in "yMd"]
    if "MMM" in date_format:
        return ""
    return {"y": "year-first", "d": "day-first", "M": "month-first"}[fields[0]]
