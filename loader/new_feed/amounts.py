"""The ways in which columns can be an amount: one column, two that are summed, or one with its sign in another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import permutations, product

from loader.contract.reading import read_number
from loader.contract.values import NumberFormat
from loader.new_feed.hints import amount_rank, direction_of, opposite_of
from loader.new_feed.steps import Values
from loader.new_feed.table import Field, Table

Numbers = dict[int, list[Decimal | None]]
"""The numbers of columns by their place, in each by row number."""

_MOST_DIRECTIONS = 6


@dataclass(frozen=True)
class Way:
    """One reading of the amount.

    Attributes:
        terms: columns by place, and whether each is added or taken away.
        indicator: the column whose text gives the sign, and the texts for money in and money out.
        values: the amounts by row number.
    """

    terms: tuple[tuple[int, int], ...]
    values: Values = field(compare=False)
    indicator: tuple[int, tuple[str, ...], tuple[str, ...]] | None = None

    @property
    def columns(self) -> list[int]:
        """The columns whose numbers are summed."""
        return [at for at, _ in self.terms]


def numbers_in(table: Table, formats: dict[int, NumberFormat]) -> Numbers:
    """Return the numbers of each column that has a format, by place."""
    return {
        at: [read_number(cell, formats[at]) if cell else None for cell in table.fields[at].cells]
        for at in sorted(formats)
    }


def ways(table: Table, numbers: Numbers) -> list[Way]:
    """Return every reading of the amount, the simplest first; of those with equal values the first."""
    found: dict[tuple[Decimal | None, ...], Way] = {}
    likeliest = sorted(numbers, key=lambda at: (amount_rank(table.fields[at].header), at))
    numbers = {at: numbers[at] for at in likeliest}
    for way in (*_single(numbers), *indicated(table, numbers), *_sums(numbers)):
        found.setdefault(tuple(way.values), way)
    return list(found.values())


def _single(numbers: Numbers) -> Iterator[Way]:
    for at, values in numbers.items():
        yield Way(((at, 1),), values)
    for at, values in numbers.items():
        yield Way(((at, -1),), [None if value is None else -value for value in values])


def indicated(table: Table, numbers: Numbers) -> Iterator[Way]:
    """Numbers without a sign, beside a column of few texts: words for directions first, then other texts both ways."""
    columns = [column for column in table.fields if column.at not in numbers]
    for at, values in numbers.items():
        if any(value is not None and value < 0 for value in values):
            continue
        found = [(other, _texts_beside(other, values)) for other in columns]
        for directions in (_spoken, _either_way):
            for other, texts in found:
                for money_in, money_out in directions(texts):
                    signed = [
                        None if value is None or not cell else value if cell in money_in else -value
                        for value, cell in zip(values, other.cells, strict=True)
                    ]
                    yield Way(((at, 1),), signed, (other.at, money_in, money_out))


def _texts_beside(column: Field, values: Values) -> list[str]:
    return sorted({cell for cell, value in zip(column.cells, values, strict=True) if cell and value is not None})


def _spoken(texts: Sequence[str]) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Yield the texts by the directions that their words say; for a missing one the word that goes with the other."""
    by_way = {way: tuple(text for text in texts if direction_of(text) == way) for way in ("in", "out")}
    if texts and len(by_way["in"]) + len(by_way["out"]) == len(texts) <= _MOST_DIRECTIONS:
        opposite = {opposite_of(text) for text in texts} - {None}
        money_in, money_out = (by_way[way] or tuple(filter(None, opposite)) for way in ("in", "out"))
        if money_in and money_out:
            yield money_in, money_out


def _either_way(texts: Sequence[str]) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    if len(texts) == 2:
        yield (texts[0],), (texts[1],)
        yield (texts[1],), (texts[0],)


def _sums(numbers: Numbers) -> Iterator[Way]:
    for (one, firsts), (other, seconds) in permutations(numbers.items(), 2):
        for sign, second_sign in product((1, -1), repeat=2):
            if (sign, second_sign) == (-1, 1) or (one > other and sign == second_sign):
                continue
            values = [_sum(first, sign, second, second_sign) for first, second in zip(firsts, seconds, strict=True)]
            yield Way(((one, sign), (other, second_sign)), values)


def _sum(first: Decimal | None, sign: int, second: Decimal | None, second_sign: int) -> Decimal | None:
    if first is None and second is None:
        return None
    return sign * (first or Decimal(0)) + second_sign * (second or Decimal(0))


def sum_of(numbers: Numbers, terms: tuple[tuple[int, int], ...]) -> Way:
    """Return the reading that sums one or two columns."""
    if len(terms) == 1:
        at, sign = terms[0]
        return Way(terms, [None if value is None else sign * value for value in numbers[at]])
    (first, sign), (second, second_sign) = terms
    pairs = zip(numbers[first], numbers[second], strict=True)
    return Way(terms, [_sum(one, sign, other, second_sign) for one, other in pairs])


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
