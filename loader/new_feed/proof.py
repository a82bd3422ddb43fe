"""What the samples prove of amount, balance, sign and order: the reading under which the steps between balances fit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Literal

from loader.new_feed.amounts import Numbers, Way
from loader.new_feed.hints import direction_named, is_named
from loader.new_feed.steps import Fit, Stated, fit, is_running
from loader.new_feed.table import Field, Table

Order = Literal["oldest_first", "newest_first"]
_PATIENCE = 10
_ENOUGH_SHARE = 0.5
_ROWS_TRIED = 400


@dataclass(frozen=True)
class Reading:
    """One reading of the samples and how its steps fit.

    Attributes:
        balance: the place of the column that states balances.
        order: of the lines of one day.
        whole: whether the lines of the whole file have that order, not only those of one day.
        grouped_by: the columns that part the balances, by place.
        counts_blank: whether rows without a balance move it all the same.
    """

    way: Way
    balance: int
    stated: Stated
    order: Order
    whole: bool
    grouped_by: tuple[int, ...]
    counts_blank: bool
    fit: Fit


def prove(
    table: Table,
    ways: Sequence[Way],
    numbers: Numbers,
    moments: Sequence[datetime | None],
    group_columns: Sequence[Field],
    without: frozenset[int] = frozenset(),
) -> list[Reading]:
    """Return the readings whose steps fit, the best first: proofs before the rest, the simpler before the others.

    Args:
        table: the samples.
        ways: the readings of the amount, the simplest first.
        numbers: the numbers of each column, by place.
        moments: when each row was booked.
        group_columns: the columns of currency and account, each of whose texts may have balances of its own.
        without: rows that are left out.
    """
    found = []
    running = {at: values for at, values in numbers.items() if is_running(values)}
    tried = range(min(len(table.rows), _ROWS_TRIED))
    for grouped_by in _groupings(group_columns):
        for order, whole, sequences in _sequences(table, moments, grouped_by, without):
            if _goes_back(sequences, moments):
                continue
            head = [[row for row in sequence if row in tried] for sequence in sequences]
            for at, balances in running.items():
                for way in ways:
                    if at in way.columns:
                        continue
                    for stated, counts_blank in _meanings(balances):
                        quick = fit(head, balances, way.values, stated, counts_blank=counts_blank, patience=_PATIENCE)
                        if not quick.nonzero or quick.share < _ENOUGH_SHARE:
                            continue
                        full = fit(sequences, balances, way.values, stated, counts_blank=counts_blank)
                        found.append(Reading(way, at, stated, order, whole, grouped_by, counts_blank, full))
    dated = [row for row, moment in enumerate(moments) if moment is not None and row not in without]
    # Of readings that fit alike one under which fewer rows move nothing comes first, then one that names agree with.
    rank = {
        id(way): (sum(way.values[row] is None for row in dated), _contradictions(table, way), at)
        for at, way in enumerate(ways)
    }
    return sorted(
        found, key=lambda reading: _rank(reading, rank[id(reading.way)], table.fields[reading.balance].header)
    )


def _goes_back(sequences: Sequence[Sequence[int]], moments: Sequence[datetime | None]) -> bool:
    """Return whether days go back more often than on.

    Read from the end, with the signs turned, balances before entries look like balances after them: only days tell.
    """
    ahead = back = 0
    for sequence in sequences:
        days = [moment.date() for row in sequence if (moment := moments[row])]
        ahead += sum(before < after for before, after in pairwise(days))
        back += sum(before > after for before, after in pairwise(days))
    return back > ahead


def _contradictions(table: Table, way: Way) -> int:
    """Return how many terms go the other way than their headers say; numbers that carry their minus are only added."""
    count = 0
    for at, sign in way.terms:
        named = direction_named(table.fields[at].header)
        is_signed = any(cell.lstrip().startswith(("-", "(", "\u2212")) for cell in table.fields[at].distinct)
        count += (named == "in" and sign < 0) or (named == "out" and sign > 0 and not is_signed)
    return count


def _rank(reading: Reading, simplicity: tuple[int, ...], header: str) -> tuple[object, ...]:
    return (
        not reading.fit.is_proof,
        -round(reading.fit.share, 3),
        # A grouping that parts what one chain joins has fewer steps.
        -reading.fit.nonzero,
        reading.stated == "before_entry",
        is_named("not_booked", header),
        simplicity,
        len(reading.grouped_by),
        not reading.whole,
        reading.counts_blank,
    )


def _meanings(balances: Sequence[Decimal | None]) -> Iterator[tuple[Stated, bool]]:
    has_blank = any(value is None for value in balances)
    for stated in ("after_entry", "before_entry"):
        yield stated, False
        if has_blank:
            yield stated, True


def _groupings(columns: Sequence[Field]) -> Iterator[tuple[int, ...]]:
    several = [column.at for column in columns if len(column.distinct) > 1]
    yield ()
    for at in several:
        yield (at,)
    for first in several:
        for second in several:
            if first < second:
                yield (first, second)


def _sequences(
    table: Table, moments: Sequence[datetime | None], grouped_by: tuple[int, ...], without: frozenset[int]
) -> Iterator[tuple[Order, bool, list[list[int]]]]:
    """Yield the rows from the oldest to the newest under each order that the lines may have."""
    groups: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for row, sample in enumerate(table.sample_of):
        if row in without:
            continue
        groups[sample, *(table.fields[at].cells[row] for at in grouped_by)].append(row)
    as_written = list(groups.values())
    reversed_ = [list(reversed(rows)) for rows in as_written]
    yield "oldest_first", True, as_written
    yield "newest_first", True, reversed_
    for order, groups_of_order in (("oldest_first", as_written), ("newest_first", reversed_)):
        dated = [
            sorted((row for row in rows if moments[row]), key=lambda row: str(moments[row])[:10])
            for rows in groups_of_order
        ]
        if all(len(rows) == len(before) for rows, before in zip(dated, groups_of_order, strict=True)) and dated not in (
            as_written,
            reversed_,
        ):
            yield order, False, dated  # type: ignore[misc]
