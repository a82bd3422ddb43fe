"""The amount where no balance proves it: by what adds up, by which columns exclude each other, and by names."""

from __future__ import annotations

from collections.abc import Sequence

from loader.new_feed.amounts import Numbers, Way, sum_of
from loader.new_feed.findings import Notes, SampleRefusedError
from loader.new_feed.hints import amount_rank, direction_named, direction_of, is_named
from loader.new_feed.table import Field, Table
from loader.wording import joined


def amount_by_names(table: Table, ways: Sequence[Way], numbers: Numbers, line: int, notes: Notes) -> Way:
    """Return the likeliest reading of the amount where no balance proves one.

    Raises:
        SampleRefusedError: no column is an amount.
    """
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
        return sum_of(numbers, ((at, 1),))
    if pair is not None:
        notes.found(
            "amount",
            f"{table.fields[pair[0][0]].shown} and {table.fields[pair[1][0]].shown}, of which each row fills one",
            "seen",
            line,
        )
        return sum_of(numbers, pair)
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
    text = table.fields[best].shown + (f"; {joined(rivals)} could be meant, too" if rivals else "")
    notes.found("amount", text, "assumed" if rivals else "seen", line)
    indicated = [way for way in ways if way.columns == [best] and way.indicator and _is_spoken(way)]
    return indicated[0] if indicated else sum_of(numbers, ((best, 1),))


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
    return is_named("amount", column.header) or direction_named(column.header) is not None or (written and varies)


def _net_of(money: Numbers) -> tuple[int, int, int, str] | None:
    """Return a column that is another one less or plus a third in each row, where the third is not always zero."""
    for net, gross, fee in ((a, b, c) for a in money for b in money for c in money if len({a, b, c}) == 3):
        rows = [
            (a, b, c)
            for a, b, c in zip(money[net], money[gross], money[fee], strict=True)
            if a is not None and b is not None and c is not None
        ]
        if len(rows) < 3 or len(rows) < len(money[net]) or not any(row[2] for row in rows) or gross > net:
            continue
        sizes = [sum(abs(row[at]) for row in rows) for at in range(3)]
        small = sizes[2] < min(sizes[:2])
        for word, sign in (("less", -1), ("plus", 1)):
            if small and all(a == b + sign * c for a, b, c in rows):
                return net, gross, fee, word
    return None


def _exclusive(table: Table, money: Numbers) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """Return two columns of which each row moves one, as terms: the one called in, or the second one, is added."""
    places = sorted(money)
    for first, second in ((a, b) for a in places for b in places if a < b):
        moves = [(bool(a), bool(b)) for a, b in zip(money[first], money[second], strict=True) if a or b]
        if not moves or (True, True) in moves or len(set(moves)) < 2:
            continue
        pair = (first, second)
        directions = [direction_named(table.fields[at].header) for at in pair]
        turned = directions[0] == "in" or directions[1] == "out"
        money_in, money_out = (first, second) if turned else (second, first)
        signed = any((value or 0) < 0 for at in pair for value in money[at])
        return (min(pair), 1) if signed else (money_in, 1), (max(pair), 1) if signed else (money_out, -1)
    return None
