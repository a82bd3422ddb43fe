"""Numbers and days as a contract has them written, read by Python: for the few values outside a table's rows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
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
_TWO_DIGITS = {"d": "[0-9]{1,2}", "M": "[0-9]{1,2}", "H": "[0-9]{1,2}", "h": "[0-9]{1,2}"}
_OF_FIELD = {
    "yyyy": "[0-9]{4}",
    "MMM": "|".join(name[:3] for name in _MONTHS),
    "MMMM": "|".join(_MONTHS),
    "a": "am|pm",
    "S": "[0-9]+",
    "xx": "[+-][0-9]{4}",
    "XXX": "z|[+-][0-9]{2}:[0-9]{2}",
}
_LARGEST = {"H": 23, "HH": 23, "h": 12, "hh": 12, "mm": 59, "ss": 59}


def read_number(text: str, written: NumberFormat) -> Decimal | None:
    """Return the number, or None where the whole text is not one in this format."""
    found = _number_pattern(written).fullmatch(text)
    if found is None:
        return None
    digits = re.sub(f"{_BLANK}|{re.escape(written.group_char or ' ')}", "", found["whole"])
    number = Decimal(f"{digits}.{found['fraction']}" if found["fraction"] else digits)
    is_negative = found["open"] if written.negative == "parentheses" else found["sign"] in ("-", "\u2212")
    return -number if is_negative else number


@cache
def _number_pattern(written: NumberFormat) -> re.Pattern[str]:
    whole = "[0-9]+"
    if written.group_char:
        sign = _BLANK if written.group_char.isspace() else re.escape(written.group_char)
        groups = {"thousands": f"[0-9]{{1,3}}(?:{sign}[0-9]{{3}})+", "indian": _indian(sign)}
        whole = f"{groups[written.grouping]}|[0-9]+"
    number = f"(?P<whole>{whole})(?:{re.escape(written.decimal_char)}(?P<fraction>[0-9]+))?"
    symbol = "|".join(map(re.escape, written.symbols)) or "(?!)"
    before, after = f"(?P<s{{}}>(?:{symbol}){_BLANK}?)?", f"(?P<s{{}}>{_BLANK}?(?:{symbol}))?"
    if written.negative == "minus":
        between = f"(?P<s2>{_BLANK}(?:{symbol})|(?:{symbol}){_BLANK}?)?"
        pattern = f"{before.format(1)}(?P<sign>{_SIGN})?{between}{number}{after.format(3)}"
    elif written.negative == "trailing_minus":
        pattern = f"{before.format(1)}{number}{after.format(2)}(?P<sign>{_SIGN})?{after.format(3)}"
    else:
        inner = f"{before.format(2)}{number}{after.format(3)}"
        pattern = rf"{before.format(1)}(?P<open>\()?{inner}(?(open)\))"
    # A symbol may stand once.
    return re.compile(f"{pattern}(?(s1)(?(s2)(?!))(?(s3)(?!)))" + ("(?(s2)(?(s3)(?!)))" if "?P<s2>" in pattern else ""))


def _indian(sign: str) -> str:
    return f"[0-9]{{1,2}}(?:{sign}[0-9]{{2}})*{sign}[0-9]{{3}}"


def read_count(text: str, written: NumberFormat) -> int | None:
    """Return the number of rows or entries, or None where the text is no whole number from zero."""
    number = read_number(text, written)
    return int(number) if number is not None and number >= 0 and number == int(number) else None


def read_day(text: str, words: DateWords, not_after: date | None = None) -> date | None:
    """Return the day, or None where the whole text is not one in the format, or in ISO 8601 where none is stated.

    A day without a year is the latest such day that is not after ``not_after``, and none without it.
    """
    pattern = _ISO_DAY if words.format is None else _day_pattern(words.format)
    found = pattern.fullmatch(text)
    if found is None:
        return None
    parts = {field: value for field, value in found.groupdict().items() if value is not None}
    if any(int(parts[field]) > largest for field, largest in _LARGEST.items() if field in parts):
        return None
    month = _month(parts)
    day = int(parts.get("dd") or parts["d"])
    if "yyyy" in parts:
        return _day(int(parts["yyyy"]), month, day)
    if "yy" in parts:
        return _day((words.century or 0) + int(parts["yy"]), month, day)
    years = range(not_after.year, not_after.year - 8, -1) if not_after else ()
    days = (_day(year, month, day) for year in years)
    return next((one for one in days if one and not_after and one <= not_after), None)


@cache
def _day_pattern(text: str) -> re.Pattern[str]:
    return re.compile(
        "".join(
            f"(?P<{token.field}>{_OF_FIELD.get(token.field) or _TWO_DIGITS.get(token.field, '[0-9]{2}')})"
            if token.field
            else f"(?-i:{re.escape(token.text)})"
            for token in parse_format(text)
        ),
        re.IGNORECASE | re.ASCII,
    )


def _month(parts: dict[str, str]) -> int:
    if name := parts.get("MMM") or parts.get("MMMM"):
        return next(number for number, month in enumerate(_MONTHS, 1) if month.startswith(name.casefold()))
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
        text = _delivered(contract, column, texts.get(column.name))
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


def _delivered(contract: Contract, column: Column, text: str | None) -> str:
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
