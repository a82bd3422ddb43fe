"""A unit test for a new feed: two entries that are made up, written as the samples are; no value is the samples'."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from string import Template
from typing import Any

from loader.contract.date_formats import parse_format
from loader.contract.values import NumberFormat
from loader.new_feed.draft import Draft
from loader.new_feed.study import Study
from loader.new_feed.writing import flow

_TEMPLATE = Path(__file__).parent / "templates" / "unit.yml"
_MOMENTS = (datetime(2024, 2, 5, 9, 30, 15), datetime(2024, 2, 6, 14, 5, 40))  # noqa: DTZ001 - local, as in a file
_AMOUNTS = (Decimal("1234.50"), Decimal("-7.80"))
_OPENING = Decimal("500.00")
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]


def example_of(draft: Draft, study: Study, minor_units: dict[str, int]) -> str:
    """Return the unit test as YAML.

    Args:
        draft: the feed.
        study: how its values are written.
        minor_units: decimal places of each currency.
    """
    currency = _currency(draft, study)
    places = minor_units.get(currency, 2)
    amounts = [amount.quantize(Decimal(1).scaleb(-places)) for amount in _AMOUNTS]
    rows, expected, balance = [], [], _OPENING.quantize(Decimal(1).scaleb(-places))
    for number, (moment, amount) in enumerate(zip(_MOMENTS, amounts, strict=True), start=1):
        stated = balance if _is_before(study) else balance + amount
        balance += amount
        cells = {
            column.name: _cell(draft, study, column.name, (number, moment, amount, stated, currency))
            for column in draft.columns
        }
        place = {
            "ingest_date": "2024-03-01",
            "file_id": "file-1",
            "row_number": str(number),
            "line_number": str(number + 1),
        }
        rows.append({**place, **cells})
        expected.append(_expected(draft, study, cells, moment, amount, balance, currency))
    words = {
        "feed": draft.feed,
        "currency": currency,
        "minor_units": places,
        "rows": "\n".join(f"          - {flow(row)}" for row in rows),
        "expected": "\n".join(f"        - {flow(row)}" for row in expected),
    }
    return Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(words)


def _is_before(study: Study) -> bool:
    return study.money.reading is not None and study.money.reading.stated == "before_entry"


def _currency(draft: Draft, study: Study) -> str:
    if study.currency.text and not study.currency.pattern:
        return study.currency.text
    column = draft.column("currency")
    translated = list(column.meta.get("values", {}).values()) if column else []
    return translated[0] if translated else "EUR"


def _cell(draft: Draft, study: Study, name: str, entry: tuple[int, datetime, Decimal, Decimal, str]) -> str | None:
    """Return the text of one cell as the raw table holds it; None where the file has none."""
    number, moment, amount, stated, currency = entry
    column = draft.column(name)
    assert column is not None  # noqa: S101
    if name == "account_id":
        return None if "default" in column.meta else "ACC-0042"
    if name == "currency":
        return next(iter(column.meta.get("values", {})), currency)
    if name == "transaction_id":
        return f"T{number:05d}"
    if column.at == study.booking.column.at:
        return write_moment(moment, study.booking.date_format)
    if column.meta["type"] == "decimal":
        return _decimal_cell(study, column.at, amount, stated)
    indicator = study.money.way.indicator
    if indicator is not None and column.at == indicator[0]:
        return (indicator[1] if amount > 0 else indicator[2])[0]
    return f"made up {number}"


def _decimal_cell(study: Study, at: int | None, amount: Decimal, stated: Decimal) -> str | None:
    """Return the cell of a column of numbers; of a balance of the whole file, the last one."""
    assert at is not None  # noqa: S101
    written, money = study.writings.columns[at], study.money
    turn = 1 if money.positive == "in" else -1
    if at in money.way.columns:
        return _term(study, at, turn * amount, written)
    if money.reading is not None and at == money.reading.balance:
        return write_number(turn * stated, written)
    if at == money.balance_of_file:
        return write_number(turn * (_OPENING + sum(_AMOUNTS)).quantize(amount), written)
    return None


def _term(study: Study, at: int, amount: Decimal, written: NumberFormat) -> str | None:
    """Return the cell of one column of the amount: all of it, or the part that the column is for."""
    terms, indicator = dict(study.money.way.terms), study.money.way.indicator
    if indicator is not None:
        return write_number(abs(amount), written)
    if len(terms) == 1:
        return write_number(terms[at] * amount, written)
    values = {place: [value for value in study.numbers[place] if value is not None] for place in terms}
    exclusive = any(len(found) < len(study.table.rows) for found in values.values())
    first = next(iter(terms))
    if not exclusive:
        return write_number(terms[at] * amount if at == first else amount * 0, written)
    own = next(
        (
            place
            for place in terms
            if any((terms[place] * value > 0) == (amount > 0) for value in values[place] if value)
        ),
        first,
    )
    return write_number(terms[at] * amount, written) if at == own else None


def _expected(
    draft: Draft,
    study: Study,
    cells: dict[str, str | None],
    moment: datetime,
    amount: Decimal,
    balance: Decimal,
    currency: str,
) -> dict[str, Any]:
    account = draft.column("account_id")
    has_balance = study.money.reading is not None
    return {
        "feed": draft.feed,
        "account_id": cells["account_id"] or (account.meta.get("default") if account else None),
        "amount": amount,
        "currency": currency,
        "booking_date": moment.date().isoformat(),
        "balance_after": balance if has_balance else None,
    }


def write_number(value: Decimal, written: NumberFormat) -> str:
    """Return the number in the format, with its group signs, without a currency sign."""
    whole, _, fraction = f"{abs(value):f}".partition(".")
    groups = [whole[-3:]]
    size = 2 if written.grouping == "indian" else 3
    rest = whole[:-3]
    while rest and written.group_char:
        groups.insert(0, rest[-size:])
        rest = rest[:-size]
    text = (written.group_char or "").join(groups) if written.group_char else whole
    text += f"{written.decimal_char}{fraction}" if fraction else ""
    if value >= 0:
        return text
    return {"minus": f"-{text}", "trailing_minus": f"{text}-", "parentheses": f"({text})"}[written.negative]


def write_moment(moment: datetime, date_format: str) -> str:
    """Return the local time in the format."""
    return "".join(_field(moment, token.field) if token.field else token.text for token in parse_format(date_format))


def _field(moment: datetime, field: str) -> str:
    simple = {
        **{"yyyy": "%Y", "yy": "%y", "MM": "%m", "dd": "%d", "HH": "%H", "hh": "%I", "mm": "%M", "ss": "%S", "a": "%p"},
    }
    if field in simple:
        return moment.strftime(simple[field])
    numbers = {"d": moment.day, "M": moment.month, "H": moment.hour, "h": moment.hour % 12 or 12}
    if field in numbers:
        return str(numbers[field])
    texts = {
        "MMM": _MONTHS[moment.month - 1][:3],
        "MMMM": _MONTHS[moment.month - 1],
        "S": "0",
        "xx": "+0000",
        "XXX": "Z",
    }
    return texts[field]
