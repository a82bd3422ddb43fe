"""Numbers and days as a contract has them written, read by Python.

For values outside a table's rows, for footers, and for samples; the rows of what lands are read by SQL.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache

from loader.contract.columns import Column
from loader.contract.date_formats import has_year, parse_format
from loader.contract.model import Contract
from loader.contract.values import DateWords, NumberFormat

_BLANK = "[ \u00a0\u202f]"
_SIGN = "[+\u2212-]"
_ISO_DAY = re.compile(r"(?P<yyyy>[0-9]{4})-(?P<MM>[0-9]{2})-(?P<dd>[0-9]{2})(?:[T ][0-9:.]+(?:Z|[+-][0-9:]+)?)?")
_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)
_OF_FIELD = {
    "yyyy": "(?:19|20|21)[0-9]{2}",
    "yy": "[0-9]{2}",
    "MMMM": f"(?i:{'|'.join(_MONTHS)})",
    "MMM": f"(?i:{'|'.join(name[:3] for name in _MONTHS)})",
    "MM": "0[1-9]|1[0-2]",
    "M": "0?[1-9]|1[0-2]",
    "dd": "0[1-9]|[12][0-9]|3[01]",
    "d": "0?[1-9]|[12][0-9]|3[01]",
    "HH": "[01][0-9]|2[0-3]",
    "H": "[01]?[0-9]|2[0-3]",
    "hh": "0[1-9]|1[0-2]",
    "h": "0?[1-9]|1[0-2]",
    "mm": "[0-5][0-9]",
    "ss": "[0-5][0-9]",
    "a": "(?i:am|pm)",
    "xx": "[+-](?:(?:0[0-9]|1[0-3])[0-5][0-9]|1400)",
    "XXX": "Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00)",
}
_MICROSECONDS = 6


def read_number(text: str, written: NumberFormat) -> Decimal | None:
    """Return the number, or None where the whole text is not one in this format.

    macros/rules/plain_number.sql reads it alike. Where a contract has no word for numbers, SQL takes no U+2212 for a
    minus.
    """
    if _number_pattern(written).fullmatch(text) is None:
        return None
    # A symbol may hold a point, and another symbol.
    for symbol in sorted(written.symbols, reverse=True):
        text = text.replace(symbol, "")
    digits = re.sub(f"[^0-9{re.escape(written.decimal_char)}]", "", text).replace(written.decimal_char, ".")
    return -Decimal(digits) if re.search("[(\u2212-]", text) else Decimal(digits)


@cache
def _number_pattern(written: NumberFormat) -> re.Pattern[str]:
    number = f"(?:{_unsigned_number(written)})"
    symbol = f"(?:{'|'.join(map(re.escape, written.symbols)) or '(?!)'})"
    before, after = f"{symbol}{_BLANK}?", f"{_BLANK}?{symbol}"
    # Between the sign and the digits; there may be one blank in all.
    between = f"(?:{before}|{after})"
    if written.is_unsigned:
        signed, inner = [number], ""
    elif written.negative == "minus":
        signed, inner = [f"{_SIGN}?{number}"], f"{_SIGN}{between}{number}"
    elif written.negative == "trailing_minus":
        signed, inner = [f"{number}{_SIGN}?"], f"{number}{between}{_SIGN}"
    else:
        signed, inner = [number, rf"\({number}\)"], rf"\((?:{before}{number}|{number}{after})\)"
    forms = [form for each in signed for form in (each, f"{before}{each}", f"{each}{after}")]
    return re.compile("|".join([*forms, inner] if inner else forms))


def _unsigned_number(written: NumberFormat) -> str:
    """Return the pattern of up to 20 digits before the decimal sign and 18 after it; no group begins with a zero."""
    fraction = f"(?:{re.escape(written.decimal_char)}[0-9]{{1,18}})?"
    if not written.group_char:
        return f"[0-9]{{1,20}}{fraction}"
    sign = _BLANK if written.group_char.isspace() else re.escape(written.group_char)
    grouped = (
        f"(?:[1-9][0-9]?(?:{sign}[0-9]{{2}}){{0,7}}|[1-9](?:{sign}[0-9]{{2}}){{8}}){sign}[0-9]{{3}}"
        if written.grouping == "indian"
        else f"[1-9][0-9]{{0,2}}(?:{sign}[0-9]{{3}}){{1,5}}|[1-9][0-9]?(?:{sign}[0-9]{{3}}){{6}}"
    )
    return f"(?:[0-9]{{1,20}}|{grouped}){fraction}"


def read_count(text: str, written: NumberFormat) -> int | None:
    """Return the number of rows or entries, or None where the text is no whole number from zero."""
    number = read_number(text, written)
    return int(number) if number is not None and number >= 0 and number == int(number) else None


def read_day(text: str, words: DateWords, not_after: date | None = None) -> date | None:
    """Return the day, or None where the whole text is not one in the format, or in ISO 8601 where none is stated.

    A day without a year is the latest such day that is not after ``not_after``, and none without it.
    """
    moment = read_time(text, words.format, words.century, not_after)
    return None if moment is None else moment.date()


def read_time(
    text: str, written: str | None, century: int | None = None, not_after: date | None = None
) -> datetime | None:
    """Return the local time that the whole text is in a format, midnight of a day; see :func:`read_day`.

    macros/rules/date_format.sql reads it alike. The time of a text in ISO 8601 is left out.
    """
    found = (_ISO_DAY if written is None else _pattern_of(written)).fullmatch(text)
    if found is None:
        return None
    parts = {field: value for field, value in found.groupdict().items() if value is not None}
    day = _day_of(parts, century, not_after)
    return None if day is None else datetime.combine(day, _clock_of(parts))


def _day_of(parts: dict[str, str], century: int | None, not_after: date | None) -> date | None:
    month = _month(parts)
    day = int(parts.get("dd") or parts["d"])
    if "yyyy" in parts:
        return _day(int(parts["yyyy"]), month, day)
    if "yy" in parts:
        return _day((century or 0) + int(parts["yy"]), month, day)
    years = range(not_after.year, not_after.year - 8, -1) if not_after else ()
    days = (_day(year, month, day) for year in years)
    return next((one for one in days if one and not_after and one <= not_after), None)


def _clock_of(parts: dict[str, str]) -> time:
    hour = int(parts.get("HH") or parts.get("H") or 0)
    if "a" in parts:
        hour = int(parts.get("hh") or parts["h"]) % 12 + (12 if parts["a"].lower() == "pm" else 0)
    fraction = parts.get("S", "").ljust(_MICROSECONDS, "0")[:_MICROSECONDS]
    return time(hour, int(parts.get("mm", 0)), int(parts.get("ss", 0)), int(fraction))


@cache
def _pattern_of(written: str) -> re.Pattern[str]:
    pieces = []
    for token in parse_format(written):
        if token.field is None:
            pieces.append(re.escape(token.text))
        elif token.field == "S":
            # What is beyond microseconds must be nothing.
            kept = min(len(token.text), _MICROSECONDS)
            pieces.append(f"(?P<S>[0-9]{{{kept}}}{'0' * (len(token.text) - kept)})")
        else:
            pieces.append(f"(?P<{token.field}>{_OF_FIELD[token.field]})")
    return re.compile("".join(pieces))


def _month(parts: dict[str, str]) -> int:
    if name := parts.get("MMM") or parts.get("MMMM"):
        return next(number for number, month in enumerate(_MONTHS, 1) if month.startswith(name.lower()))
    return int(parts.get("MM") or parts["M"])


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def would_be_entry(contract: Contract, texts: Mapping[str, str | None]) -> bool:
    """Return whether cells by column are those of an entry: its days and its amount can be read.

    All required days have to be there, and one of the columns whose sum the amount is.
    """
    amounts = {name.removeprefix("-") for name in contract.meta.amount or ()}
    has_day = has_amount = False
    for column in contract.columns:
        text = delivered_text(contract, column, texts.get(column.name))
        is_day = column.meta.type in ("date", "timestamp") and column.meta.is_in_table
        is_amount = column.meta.type == "decimal" and (column.name in amounts or not amounts)
        if is_day and text and _reads_as_day(column, text):
            has_day = True
        elif is_day and (text or column.meta.required):
            return False
        if is_amount and text and read_number(text, contract.number_format(column)) is not None:
            has_amount = True
        elif is_amount and text:
            return False
    return has_day and has_amount


def delivered_text(contract: Contract, column: Column, text: str | None) -> str:
    """Return what a cell holds once it is trimmed and extracted, empty where that means missing."""
    text = (text or "").strip() if contract.meta.trim else text or ""
    nulls = column.meta.null if column.meta.null is not None else contract.meta.null
    if text in (nulls or ()):
        return ""
    found = re.fullmatch(column.meta.extract, text) if column.meta.extract else None
    return (found[1] or "") if found else text


def _reads_as_day(column: Column, text: str) -> bool:
    # A day without a year needs one in which every day exists.
    not_after = None if column.meta.format is None or has_year(column.meta.format) else date(2000, 12, 31)
    return read_day(text, column.meta, not_after) is not None
