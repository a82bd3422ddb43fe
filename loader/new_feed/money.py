"""Amount, sign, balance and order: proved by the steps between balances, else seen by names and asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from loader.new_feed.amounts import Way
from loader.new_feed.findings import Notes, Question, SampleRefusedError
from loader.new_feed.hints import amount_rank, direction_of, is_named
from loader.new_feed.proof import Reading
from loader.new_feed.table import Field, Table

_AGREEING = 0.9


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
    ways: Sequence[Way],
    readings: Sequence[Reading],
    numbers: dict[int, list[Decimal | None]],
    is_equation: Callable[[Way], bool],
    notes: Notes,
) -> Money:
    """Return amount, balance, order and sign.

    Args:
        table: the samples.
        ways: the readings of the amount.
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
        return Money(best.way, best, notes.answers.get("positive", "in"))
    named = [reading for reading in readings if is_named("balance", table.fields[reading.balance].header)]
    if named:
        fit = named[0].fit
        notes.found(
            "balance",
            f"{table.fields[named[0].balance].shown} by its name; {fit.fitting} of {fit.steps} steps fit, which proves nothing",
            "seen" if fit.fitting == fit.steps else "assumed",
            line,
        )
    if named:
        return Money(named[0].way, named[0], _settle_sign(table, named[0].way, is_equation, notes))
    way = _by_names(table, ways, numbers, line, notes)
    balance = _balance_of_file(table, numbers, way, line, notes)
    return Money(way, None, _settle_sign(table, way, is_equation, notes), balance)


def _balance_of_file(
    table: Table, numbers: dict[int, list[Decimal | None]], way: Way, line: int, notes: Notes
) -> int | None:
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
                    f"{table.fields[at].shown} is named like one, and its steps fit no amounts: text",
                    "seen",
                    line,
                )
        return None
    found.sort(
        key=lambda at: (
            is_named("value_day", table.fields[at].header) or is_named("not_booked", table.fields[at].header),
            at,
        )
    )
    rest = f"; {', '.join(table.fields[at].shown for at in found[1:])} is constant, too" if len(found) > 1 else ""
    text = f"{table.fields[found[0]].shown} is the same in all rows: the balance of the file, of its last booking day{rest}"
    notes.found("balance", text, "assumed", line)
    return found[0]


def _tell_proof(
    table: Table,
    best: Reading,
    readings: Sequence[Reading],
    numbers: dict[int, list[Decimal | None]],
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
        fields[at].shown
        for at, values in numbers.items()
        if at not in best.way.columns and values == list(best.way.values)
    ]
    if alike:
        notes.found(
            "amount", f"{', '.join(alike)} holds the same numbers in these samples; check which one is meant", "assumed"
        )
    notes.found(
        "sign", "positive is money in, if the balance is what is held; for a card or a loan that states what is owed, --positive out",
        "given" if "positive" in notes.answers else "proved",
    )  # fmt: skip


def shown_way(table: Table, way: Way) -> str:
    """Return the reading of the amount as people write it."""
    text = " ".join(
        ("- " if sign < 0 else "+ " if number else "") + table.fields[at].shown
        for number, (at, sign) in enumerate(way.terms)
    )
    if way.indicator is not None:
        at, money_in, money_out = way.indicator
        text += (
            f", in where {table.fields[at].shown} is {' or '.join(money_in)}, out where it is {' or '.join(money_out)}"
        )
    return text


def _by_names(
    table: Table, ways: Sequence[Way], numbers: dict[int, list[Decimal | None]], line: int, notes: Notes
) -> Way:
    """Return the likeliest reading where no balance proves one."""
    money = {at: numbers[at] for at in numbers if _is_money(table.fields[at])}
    net = _net_of(money)
    pair = _exclusive(table, money)
    if net is not None:
        at, first, second, word = net
        notes.found(
            "amount",
            f"{table.fields[at].shown} = {table.fields[first].shown} {word} {table.fields[second].shown} in each row",
            "seen",
            line,
        )
        return _way(ways, ((at, 1),))
    if pair is not None:
        notes.found(
            "amount",
            f"{table.fields[pair[0][0]].shown} and {table.fields[pair[1][0]].shown}, of which each row fills one",
            "seen",
            line,
        )
        return _way(ways, pair)
    ranked = sorted(money, key=lambda at: (amount_rank(table.fields[at].header), -table.fields[at].filled, at))
    if not ranked:
        raise SampleRefusedError(
            f"{table.first.name}: no column is an amount: export the single entries with their amounts"
        )
    best = ranked[0]
    rivals = [
        table.fields[at].shown
        for at in ranked[1:]
        if amount_rank(table.fields[at].header) == amount_rank(table.fields[best].header)
    ]
    text = table.fields[best].shown + (f"; {', '.join(rivals)} could be meant, too" if rivals else "")
    notes.found("amount", text, "assumed" if rivals else "seen", line)
    indicated = [way for way in ways if way.columns == [best] and way.indicator and _is_spoken(way)]
    return indicated[0] if indicated else _way(ways, ((best, 1),))


def _way(ways: Sequence[Way], terms: tuple[tuple[int, int], ...]) -> Way:
    values = {at: way.values for way in ways for at in [way.columns[0]] if way.terms == ((at, 1),)}
    found = next((way for way in ways if way.terms == terms and way.indicator is None), None)
    return found or Way(terms, values.get(terms[0][0], ways[0].values))


def _is_spoken(way: Way) -> bool:
    assert way.indicator is not None  # noqa: S101
    return all(direction_of(text) == "in" for text in way.indicator[1]) and all(
        direction_of(text) == "out" for text in way.indicator[2]
    )


def _is_money(column: Field) -> bool:
    """Return whether the numbers can be amounts: with a decimal sign, a currency sign or a sign, or called one."""
    texts = column.distinct
    if is_named("balance", column.header) and not is_named("amount", column.header):
        return False
    written = any(mark in text for text in texts for mark in ".,-+()") or bool(
        column.numbers and column.numbers[0].symbols
    )
    varies = len(texts) > 1 or column.filled < len(column.cells)
    return is_named("amount", column.header) or _direction(column) is not None or (written and varies)


def _net_of(money: dict[int, list[Decimal | None]]) -> tuple[int, int, int, str] | None:
    """Return a column that is another one less or plus a third in each row, where the third is not always zero."""
    for net, gross, fee in ((a, b, c) for a in money for b in money for c in money if len({a, b, c}) == 3):
        rows = [row for row in zip(money[net], money[gross], money[fee], strict=True) if None not in row]
        if len(rows) < 3 or len(rows) < len(money[net]) or not any(row[2] for row in rows) or gross > net:
            continue
        sizes = [sum(abs(row[at] or 0) for row in rows) for at in range(3)]
        small = sizes[2] < min(sizes[:2])
        for word, sign in (("less", -1), ("plus", 1)):
            if small and all(a == b + sign * c for a, b, c in rows):  # type: ignore[operator]
                return net, gross, fee, word
    return None


def _exclusive(table: Table, money: dict[int, list[Decimal | None]]) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """Return two columns of which each row moves one, as terms: the one called in, or the second one, is added."""
    places = sorted(money)
    for first, second in ((a, b) for a in places for b in places if a < b):
        moves = [(bool(a), bool(b)) for a, b in zip(money[first], money[second], strict=True) if a or b]
        if not moves or (True, True) in moves or len(set(moves)) < 2:
            continue
        pair = (first, second)
        directions = [_direction(table.fields[at]) for at in pair]
        turned = directions[0] == "in" or directions[1] == "out"
        money_in, money_out = (first, second) if turned else (second, first)
        signed = any((value or 0) < 0 for at in pair for value in money[at])
        return (min(pair), 1) if signed else (money_in, 1), (max(pair), 1) if signed else (money_out, -1)
    return None


def _direction(column: Field) -> str | None:
    ways = [word for word in ("in", "out") if is_named(word, column.header)]
    return ways[0] if len(ways) == 1 else direction_of(column.header)


def _settle_sign(table: Table, way: Way, is_equation: Callable[[Way], bool], notes: Notes) -> str:
    """Return what a positive amount means: by one equation, an indicator, the names of two columns, else asked."""
    if is_equation(way):
        return notes.answers.get("positive", "in")
    if way.indicator is not None:
        notes.found("sign", f"by the words of {table.fields[way.indicator[0]].shown}", "seen")
        return notes.answers.get("positive", "in")
    directions = [_direction(table.fields[at]) for at in way.columns]
    if len(way.terms) == 2 and set(directions) & {"in", "out"} and len(set(directions)) == 2:
        notes.found("sign", f"by the names of {' and '.join(table.fields[at].shown for at in way.columns)}", "seen")
        return notes.answers.get("positive", "in")
    agreeing = _agreeing(table, way)
    if agreeing is not None:
        notes.found("sign", f"{agreeing[0].shown} always agrees with it: positive is money {agreeing[1]}", "seen")
        return notes.answers.get("positive", agreeing[1])
    text = f"no balance proves the sign: is a positive number of {shown_way(table, way)} money in or out?"
    answer = notes.ask(
        Question("positive", text, "in", ("in", "out")), told="positive is taken as money in; not proved"
    )
    return answer or "in"


def _agreeing(table: Table, way: Way) -> tuple[Field, str] | None:
    """Return the column whose words always go with the sign, and what positive means by them."""
    for column in table.fields:
        pairs = [(direction_of(cell), value > 0) for cell, value in zip(column.cells, way.values, strict=True) if value]
        if column.at in way.columns or not pairs or any(direction is None for direction, _ in pairs):
            continue
        if len(set(pairs)) == 2 and {direction for direction, _ in pairs} == {"in", "out"}:
            return column, next(str(direction) for direction, positive in pairs if positive)
    return None


def turned(way: Way, positive: str) -> list[Decimal | None]:
    """Return the amounts as money in, by row number."""
    return [None if value is None else value if positive == "in" else -value for value in way.values]


def with_values(way: Way, values: list[Decimal | None]) -> Way:
    """Return the same reading with other values."""
    return replace(way, values=values)
