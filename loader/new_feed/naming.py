"""The amount where no balance proves it: by what adds up, by which columns exclude each other, and by names."""

from __future__ import annotations

from itertools import pairwise

from loader.new_feed.amounts import Numbers, Way, indicated, sum_of
from loader.new_feed.findings import Notes, SampleRefusedError
from loader.new_feed.hints import amount_rank, direction_named, direction_of, is_named
from loader.new_feed.table import Field, Table, shown_columns
from loader.wording import joined


def amount_by_names(table: Table, numbers: Numbers, line: int, notes: Notes) -> Way:
    """Return the likeliest reading of the amount where no balance proves one.

    Raises:
        SampleRefusedError: no column is an amount.
    """
    money = {at: numbers[at] for at in numbers if _is_money(table.fields[at])}
    net = _net_of(table, money)
    if net is not None:
        at, first, second, word = net
        notes.found(
            "amount",
            f"{table.fields[at].shown} = {table.fields[first].shown} {word} {table.fields[second].shown} in each row",
            "seen",
            line,
        )
        return sum_of(numbers, ((at, 1),))
    pair = _exclusive(table, money)
    if pair is not None:
        shown = joined([table.fields[at].shown for at, _ in pair])
        notes.found("amount", f"{shown}, of which each row fills one", "seen", line)
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
    _tell_fees(table, money, best, line, notes)
    text = table.fields[best].shown + (f"; {joined(rivals)} could be meant, too" if rivals else "")
    notes.found("amount", text, "assumed" if rivals else "seen", line)
    spoken = [way for way in indicated(table, {best: numbers[best]}) if _is_spoken(way)]
    return spoken[0] if spoken else sum_of(numbers, ((best, 1),))


def _tell_fees(table: Table, money: Numbers, best: int, line: int, notes: Notes) -> None:
    fees = [
        column for column in table.fields if column.at in money and column.at != best and is_named("fee", column.header)
    ]
    if any(value for column in fees for value in money[column.at]):
        notes.found("amount", f"{shown_columns(fees, 'count')} as no part of it", "assumed", line)


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


def _net_of(table: Table, money: Numbers) -> tuple[int, int, int, str] | None:
    """Return a column that is another one less or plus a third in each row, where the third is not always zero."""
    for net, gross, fee in ((a, b, c) for a in money for b in money for c in money if len({a, b, c}) == 3):
        rows = [
            (a, b, c)
            for a, b, c in zip(money[net], money[gross], money[fee], strict=True)
            if a is not None and b is not None and c is not None
        ]
        if (
            len(rows) < 3
            or len(rows) < len(money[net])
            or len({row[2] > 0 for row in rows if row[2]}) != 1
            or gross > net
        ):
            continue
        if not (is_named("fee", table.fields[fee].header) or is_named("net", table.fields[net].header)):
            continue
        if any(before[0] == after[1] for before, after in pairwise(rows)):
            # What one row ends with is what the next begins with: balances before and after entries.
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
        pair = (first, second)
        named = {direction_named(table.fields[at].header) for at in pair} == {"in", "out"}
        if not moves or (True, True) in moves or (len(set(moves)) < 2 and not named):
            continue
        directions = [direction_named(table.fields[at].header) for at in pair]
        turned = directions[0] == "in" or directions[1] == "out"
        money_in, money_out = (first, second) if turned else (second, first)
        signed = any((value or 0) < 0 for at in pair for value in money[at])
        return (min(pair), 1) if signed else (money_in, 1), (max(pair), 1) if signed else (money_out, -1)
    return None
