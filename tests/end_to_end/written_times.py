"""Days and times as formats write them, and how they are read back by hand: no pattern is shared with the SQL."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone

from loader.contract.date_formats import Token, parse_format
from tests.end_to_end.written_numbers import changed

TIMES = [
    "dd.MM.yyyy",
    "d.M.yyyy",
    "yyyyMMdd",
    "MM/dd/yy",
    "yyyy:MM:dd",
    "d MMM yyyy",
    "ddMMMyy",
    "MMMM d, yyyy",
    "d 'de' MMMM 'de' yyyy",
    "dd''MM''yyyy",
    "yyyy-MM-dd HH:mm:ss",
    "MM/dd/yyyy h:mm:ss a",
    "hh:mm a, dd/MM/yyyy",
    "H:mm d.M.yy",
    "dd-MM-yyyy HH:mm:ss xx",
    "yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
    "ddMMyyyyHHmmss",
    "yyyy/M/d H",
    "yyyyMMddHHmmssSSSSSSS",
]
ZONE, AHEAD = "Etc/GMT-5", timezone(timedelta(hours=5))
"""The feed's time zone; its texts without an offset are five hours ahead of UTC."""
MONTHS = [date(2024, month, 1).strftime("%B") for month in range(1, 13)]
_RANGES = {"MM": (1, 12), "M": (1, 12), "dd": (1, 31), "d": (1, 31), "HH": (0, 23), "H": (0, 23), "hh": (1, 12)}
_RANGES |= {"h": (1, 12), "mm": (0, 59), "ss": (0, 59), "yy": (0, 99), "yyyy": (1900, 2199)}


def expected(value: datetime) -> str:
    """Return what SQL has to make of a time: the instant in UTC, and its day in the feed's time zone."""
    return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f} {value.astimezone(AHEAD):%Y-%m-%d}"


def times(draw: random.Random, text: str, count: int) -> dict[str, datetime | None]:
    """Return texts with the time that each is: written ones, and ones that differ from these by a character or two."""
    found: dict[str, datetime | None] = {}
    for _ in range(count):
        value = _cut(
            datetime(2000, 1, 1, tzinfo=AHEAD) + timedelta(microseconds=draw.randrange(99 * 365 * 86_400_000_000)), text
        )
        if "x" in text or "X" in text:
            value = value.replace(tzinfo=timezone(timedelta(minutes=draw.choice([0, 330, -720, 840, -210]))))
        written = "".join(_written(value, token, draw) for token in parse_format(text))
        assert read_time(written, text) == value, (written, text, value)
        found[written] = value
        other = changed(written, draw, "0123456789.:/- 'TZaAm٣")
        found[other] = read_time(other, text)
    return found


def _cut(value: datetime, text: str) -> datetime:
    """Leave out what a format does not write."""
    fields = {token.field: len(token.text) for token in parse_format(text)}
    if not {"HH", "H", "hh", "h"}.intersection(fields):
        return datetime.combine(value.date(), datetime.min.time(), AHEAD)
    digits = min(fields.get("S", 0), 6)
    return value.replace(
        minute=value.minute if "mm" in fields else 0,
        second=value.second if "ss" in fields else 0,
        microsecond=value.microsecond // 10 ** (6 - digits) * 10 ** (6 - digits) if digits else 0,
    )


def _written(value: datetime, token: Token, draw: random.Random) -> str:
    if token.field is None:
        return token.text
    month = draw.choice([str.upper, str.lower, str])(MONTHS[value.month - 1])
    offset = value.strftime("%z")
    hour = value.hour % 12 or 12
    return {
        "yyyy": f"{value.year:04}",
        "yy": f"{value.year % 100:02}",
        "MMMM": month,
        "MMM": month[:3],
        "MM": f"{value.month:02}",
        "M": draw.choice([f"{value.month}", f"{value.month:02}"]),
        "dd": f"{value.day:02}",
        "d": draw.choice([f"{value.day}", f"{value.day:02}"]),
        "HH": f"{value.hour:02}",
        "H": draw.choice([f"{value.hour}", f"{value.hour:02}"]),
        "hh": f"{hour:02}",
        "h": draw.choice([f"{hour}", f"{hour:02}"]),
        "mm": f"{value.minute:02}",
        "ss": f"{value.second:02}",
        "S": f"{value.microsecond:06}".ljust(len(token.text), "0")[: len(token.text)],
        "a": draw.choice(["AM", "am"] if value.hour < 12 else ["PM", "pm"]),
        "xx": offset,
        "XXX": "Z" if offset == "+0000" and draw.random() < 0.5 else f"{offset[:3]}:{offset[3:]}",
    }[token.field]


def read_time(text: str, form: str) -> datetime | None:
    """Return the time that a text is in a format with the century 2000; None where it is none."""
    for fields in _splits(text, list(parse_format(form))):
        try:
            return _time(fields)
        except (ValueError, OverflowError):
            continue
    return None


def _splits(text: str, tokens: list[Token]) -> Iterator[dict[str, str]]:
    """Yield the fields' texts for each way in which the tokens may divide the text."""
    if not tokens:
        if not text:
            yield {}
        return
    token, others = tokens[0], tokens[1:]
    if token.field is None:
        if text.startswith(token.text):
            yield from _splits(text.removeprefix(token.text), others)
        return
    for length in _lengths(token):
        if length <= len(text) and _is_field(token, text[:length]):
            for rest in _splits(text[length:], others):
                yield {token.field: text[:length], **rest}


def _lengths(token: Token) -> list[int]:
    if token.field in ("d", "M", "H", "h"):
        return [2, 1]
    if token.field == "MMMM":
        return [len(month) for month in MONTHS]
    if token.field == "XXX":
        return [6, 1]
    return [{"xx": 5, "S": len(token.text), "a": 2}.get(token.field or "", len(token.field or ""))]


def _is_field(token: Token, text: str) -> bool:
    field = token.field or ""
    if field in ("MMM", "MMMM"):
        return text.isascii() and text.lower() in [
            (month if field == "MMMM" else month[:3]).lower() for month in MONTHS
        ]
    if field == "a":
        return text in ("AM", "PM", "am", "pm", "Am", "Pm", "aM", "pM")
    if field in ("xx", "XXX"):
        return text == "Z" if len(text) == 1 else _is_offset(text, ":" if field == "XXX" else "")
    if not all(letter in "0123456789" for letter in text):
        return False
    low, high = _RANGES.get(field, (0, 10**9))
    return low <= int(text) <= high and not (field == "S" and text[6:].strip("0"))


def _is_offset(text: str, colon: str) -> bool:
    hours, between, minutes = text[1:3], text[3:-2], text[-2:]
    sound = text[0] in "+-" and between == colon and all(letter in "0123456789" for letter in hours + minutes)
    return sound and int(minutes) < 60 and int(hours) * 60 + int(minutes) <= 14 * 60


def _time(fields: dict[str, str]) -> datetime:
    def one_of(*names: str) -> str:
        return next((fields[name] for name in names if name in fields), "0")

    name = one_of("MMMM", "MMM").lower()
    shorts = [month.lower()[: len(name)] for month in MONTHS]
    month = shorts.index(name) + 1 if name != "0" else int(one_of("MM", "M"))
    hour = int(one_of("HH", "H"))
    if "a" in fields:
        hour = int(one_of("hh", "h")) % 12 + (12 if fields["a"].upper() == "PM" else 0)
    value = datetime(
        int(fields["yyyy"]) if "yyyy" in fields else 2000 + int(fields["yy"]),
        month,
        int(one_of("dd", "d")),
        hour,
        int(one_of("mm")),
        int(one_of("ss")),
        int(one_of("S").ljust(6, "0")[:6]),
        AHEAD,
    )
    offset = one_of("XXX", "xx").replace(":", "")
    if offset == "0":
        return value
    minutes = 0 if offset == "Z" else int(offset[0] + "1") * (int(offset[1:3]) * 60 + int(offset[3:]))
    return value.replace(tzinfo=timezone(timedelta(minutes=minutes)))
