"""Amount, sign, balance and order: proved by the steps between balances, else seen by names and asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from loader.new_feed.amounts import Numbers, Way, shown_way
from loader.new_feed.findings import Notes
from loader.new_feed.hints import is_named
from loader.new_feed.naming import amount_by_names
from loader.new_feed.proof import Reading
from loader.new_feed.sign import settle_sign
from loader.new_feed.table import Table, shown_columns

# So many steps have to fit that a column is taken for the balance that its name says.
_NAMED_SHARE = 0.8


@dataclass(frozen=True)
class Money:
    """What was settled.

    Attributes:
        positive: what a positive amount means, after the terms' own signs.
        balance_of_file: the place of a column that holds one balance in all rows, that of the whole file.
    """

    way: Way
    reading: Reading | None
    positive: str
    balance_of_file: int | None = None


def settle_money(
    table: Table,
    readings: Sequence[Reading],
    numbers: Numbers,
    is_equation: Callable[[Way], bool],
    notes: Notes,
) -> Money:
    """Return amount, balance, order and sign.

    Args:
        table: the samples.
        readings: those with a balance whose steps fit, the best first.
        numbers: the numbers of each column, by place.
        is_equation: whether an opening and a closing outside the entries differ by the amounts of a reading.
        notes: where findings and questions go.

    Raises:
        SampleRefusedError: no column is an amount.
    """
    line = table.first.header.line if table.first.header else table.rows[0].line
    best = readings[0] if readings else None
    if best is not None and best.fit.is_proof:
        _tell_proof(table, best, readings, numbers, line, notes)
        _tell_open_rows(table, best, readings, notes)
        return Money(best.way, best, notes.answers.get("positive", "in"))
    if best is not None and best.fit.is_strong:
        _tell_breaks(table, best, line, notes)
        _tell_open_rows(table, best, readings, notes)
        return Money(best.way, best, notes.answers.get("positive", "in"))
    by_name = _named_balance(table, readings, line, notes)
    if by_name is not None:
        _tell_open_rows(table, by_name, readings, notes)
        return Money(by_name.way, by_name, settle_sign(table, by_name.way, is_equation, notes))
    way = amount_by_names(table, numbers, line, notes)
    balance = _balance_of_file(table, numbers, way, line, notes)
    return Money(way, None, settle_sign(table, way, is_equation, notes), balance)


def _named_balance(table: Table, readings: Sequence[Reading], line: int, notes: Notes) -> Reading | None:
    """Return the best reading whose balance is named one, though too few steps fit to prove it."""
    named = [
        reading
        for reading in readings
        if reading.fit.share >= _NAMED_SHARE and is_named("balance", table.fields[reading.balance].header)
    ]
    if named:
        fit = named[0].fit
        notes.found(
            "balance",
            f"{table.fields[named[0].balance].shown} by its name; {fit.fitting} of {fit.steps} steps fit: no proof",
            "seen" if fit.fitting == fit.steps else "assumed",
            line,
        )
    return named[0] if named else None


def _balance_of_file(table: Table, numbers: Numbers, way: Way, line: int, notes: Notes) -> int | None:
    """Return the column that is named a balance and holds one number in all rows of each sample."""
    found = []
    for at, values in numbers.items():
        by_sample = {(sample, value) for sample, value in zip(table.sample_of, values, strict=True)}
        is_same = len(by_sample) == len(table.layouts) and None not in values
        if at not in way.columns and is_same and is_named("balance", table.fields[at].header) and len(values) > 2:
            found.append(at)
    if not found:
        for at in numbers:
            if is_named("balance", table.fields[at].header) and at not in way.columns:
                notes.found(
                    "balance",
                    f"{table.fields[at].shown} is named like one, and its steps fit no amounts: taken as text",
                    "assumed",
                    line,
                )
        return None
    found.sort(
        key=lambda at: (
            is_named("value_day", table.fields[at].header) or is_named("not_booked", table.fields[at].header),
            at,
        )
    )
    others = [table.fields[at] for at in found[1:]]
    rest = f"; {shown_columns(others, 'stay')} the same, too" if others else ""
    shown = table.fields[found[0]].shown
    text = f"{shown} is the same in all rows: the balance of the file, of its last booking day{rest}"
    notes.found("balance", text, "assumed", line)
    return found[0]


def _tell_open_rows(table: Table, best: Reading, readings: Sequence[Reading], notes: Notes) -> None:
    """Say which rows move something else under another reading that fits as well: no step tells what they are."""
    alike = [
        other
        for other in readings
        if (other.fit, other.balance, other.stated, other.order) == (best.fit, best.balance, best.stated, best.order)
    ]
    rows = [
        row
        for row, value in enumerate(best.way.values)
        if value is not None and any(other.way.values[row] != value for other in alike)
    ]
    if rows:
        notes.found(
            "amount",
            f"{table.places(rows)}: no step between balances tells the amount; taken by the headers",
            "assumed",
        )


def _tell_breaks(table: Table, best: Reading, line: int, notes: Notes) -> None:
    """Say what fits in part: more than chance explains, and no proof."""
    fit, shown = best.fit, shown_way(table, best.way)
    place = (
        "" if fit.first_break is None else f"; the step to {table.place(fit.first_break)} does not: is a row missing?"
    )
    notes.found("amount", f"{shown}: {fit.fitting} of {fit.steps} steps between balances fit{place}", "assumed", line)
    where = "after" if best.stated == "after_entry" else "before"
    notes.found("balance", f"{table.fields[best.balance].shown}, {where} each entry, by those steps", "assumed", line)
    notes.found("order of lines", f"{best.order.replace('_', ' ')}, by those steps", "assumed")
    positive = notes.answers.get("positive")
    told = f"positive is money {positive}" if positive else "a positive amount raises the balance, by those steps"
    notes.found("sign", told, "given" if positive else "assumed")


def _tell_proof(
    table: Table,
    best: Reading,
    readings: Sequence[Reading],
    numbers: Numbers,
    line: int,
    notes: Notes,
) -> None:
    fields, fit = table.fields, best.fit
    notes.found(
        "amount",
        f"{shown_way(table, best.way)}: {fit.fitting} of {fit.steps} steps between balances fit",
        "proved",
        line,
    )
    place = "after" if best.stated == "after_entry" else "before"
    notes.found("balance", f"{fields[best.balance].shown}, {place} each entry", "proved", line)
    order = best.order.replace("_", " ") + ("" if best.whole else " within a day")
    notes.found("order of lines", order, "proved")
    other = next(
        (r for r in readings if r.fit.is_proof and r.stated != best.stated and r.balance != best.balance), None
    )
    if other:
        notes.found(
            "balance", f"{fields[other.balance].shown} fits as the balance before each entry; not needed", "seen"
        )
    alike = [
        fields[at] for at, values in numbers.items() if at not in best.way.columns and values == list(best.way.values)
    ]
    if alike:
        notes.found(
            "amount",
            f"{shown_columns(alike, 'hold')} the same numbers in these samples; check which one is meant",
            "assumed",
        )
    _tell_sign(notes)


def _tell_sign(notes: Notes) -> None:
    positive = notes.answers.get("positive")
    notes.found(
        "sign",
        f"positive is money {positive}"
        if positive
        else "a positive amount raises the balance: money in, unless the balance is what is owed (then --positive out)",
        "given" if positive else "proved",
    )
