"""The amount where no balance proves it: by what adds up, by which columns exclude each other, and by names."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from loader.new_feed.amounts import Numbers, Way, indicated, sum_of
from loader.new_feed.findings import Notes, SampleRefusedError
from loader.new_feed.hints import amount_rank, direction_named, direction_of, is_named
from loader.new_feed.table import Field, Table, shown_columns
from loader.wording import joined

_HALF = 0.5


def amount_by_names(table: Table, numbers: Numbers, line: int, notes: Notes) -> Way:
    """Return the likeliest reading of the amount where no balance proves one.

    Raises:
        SampleRefusedError: no column is an amount.
    """
    money = {at: numbers[at] for at in numbers if _is_money(table.fields[at])}
    net = _net_of(table, money)
    if net is not None:
        at, first, second, word = net
        text = f"{table.fields[at].shown} = {table.fields[first].shown} {word} {table.fields[second].shown} in each row"
        others = [table.fields[one] for one in money if one not in (at, first, second) and any(money[one])]
        rest = f"; {shown_columns(others, 'count')} as no part of it" if others else ""
        notes.found("amount", text + rest, "assumed" if others else "seen", line)
        return sum_of(numbers, ((at, 1),))
    pairs = _exclusive(table, money)
    if pairs:
        _tell_pair(table, money, pairs, line, notes)
        return sum_of(numbers, pairs[0].terms(money))
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


@dataclass(frozen=True)
class _Pair:
    """Two columns of which each row moves one."""

    money_in: int
    money_out: int
    is_named: bool

    def terms(self, money: Numbers) -> tuple[tuple[int, int], tuple[int, int]]:
        """Return both as terms, in the order of the file; what goes out is taken away unless it carries its minus."""
        if self.negative_share(money) > _HALF:
            return (min(self.money_in, self.money_out), 1), (max(self.money_in, self.money_out), 1)
        return (self.money_in, 1), (self.money_out, -1)

    def negative_share(self, money: Numbers) -> float:
        """Return how many of the numbers that go out are negative, from 0 to 1; of a column without any, those in."""
        values = [value for value in money[self.money_out] if value]
        return sum(value < 0 for value in values) / len(values) if values else 0


def _exclusive(table: Table, money: Numbers) -> list[_Pair]:
    """Return the pairs of columns of which each row moves one, those of nets first; of a header none or both name."""
    found = []
    places = sorted(money)
    for first, second in ((a, b) for a in places for b in places if a < b):
        moves = [(bool(a), bool(b)) for a, b in zip(money[first], money[second], strict=True) if a or b]
        headers = [table.fields[at].header for at in (first, second)]
        directions = [direction_named(header) for header in headers]
        named = set(directions) == {"in", "out"}
        if not moves or (True, True) in moves or (len(set(moves)) < 2 and not named):
            continue
        if not named and any(headers):
            continue
        turned = directions[0] == "in" or directions[1] == "out"
        found.append(_Pair(*((first, second) if turned else (second, first)), named))
    nets = {at for at in places if is_named("net", table.fields[at].header)}
    return sorted(found, key=lambda pair: -len({pair.money_in, pair.money_out} & nets))


def _tell_pair(table: Table, money: Numbers, pairs: list[_Pair], line: int, notes: Notes) -> None:
    best = pairs[0]
    shown = joined([table.fields[at].shown for at in sorted((best.money_in, best.money_out))])
    rivals = [joined([table.fields[at].shown for at in (pair.money_in, pair.money_out)]) for pair in pairs[1:]]
    text = f"{shown}, of which each row fills one" + (f"; {'; '.join(rivals)} could be meant, too" if rivals else "")
    notes.found("amount", text, "assumed" if rivals else "seen", line)
    share = best.negative_share(money)
    if 0 < share < 1:
        some = "most" if share > _HALF else "some"
        told = f"{some} numbers of {table.fields[best.money_out].shown} are negative, others are not"
        notes.found("amount", f"{told}: taken as {'reversals' if share <= _HALF else 'signed'}", "assumed", line)
