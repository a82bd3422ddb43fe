"""Whether balances fit amounts: the steps between stated balances, and how many of them are what moved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Values = Sequence[Decimal | None]
Stated = Literal["after_entry", "before_entry"]
_Step = tuple[int, Decimal, Decimal]
_NONZERO_STEPS = 3
_STRONG_SHARE = 0.5


@dataclass(frozen=True)
class Fit:
    """How steps between balances fit.

    Attributes:
        steps: how many there are.
        fitting: how many fit.
        nonzero: how many of these move something.
        signs: in how many directions these do.
        first_break: the row at whose balance the first step ends that does not fit.
    """

    steps: int
    fitting: int
    nonzero: int
    signs: int
    first_break: int | None = None

    @property
    def is_proof(self) -> bool:
        """Whether all steps fit, at least three of them move something, and both signs occur."""
        return self.steps == self.fitting and self.nonzero >= _NONZERO_STEPS and self.signs == 2

    @property
    def is_strong(self) -> bool:
        """Whether chance does not explain the steps that fit, though others do not: rows may be missing."""
        return self.nonzero >= _NONZERO_STEPS and self.signs == 2 and self.share >= _STRONG_SHARE

    @property
    def share(self) -> float:
        """The share of steps that fit, 0 where there is none."""
        return self.fitting / self.steps if self.steps else 0


def fit(
    sequences: Sequence[Sequence[int]],
    balances: Values,
    amounts: Values,
    stated: Stated,
    *,
    counts_blank: bool,
    patience: int | None = None,
) -> Fit:
    """Return how the steps between balances fit the amounts.

    Args:
        sequences: row numbers from the oldest to the newest entry, one list per account, currency and sample.
        balances: by row number; None states nothing.
        amounts: by row number; None moves nothing.
        stated: whether a row's balance is that after or before its entry.
        counts_blank: whether a row without a balance moves the balance all the same.
        patience: steps that may fail before the rest is left out; None looks at all.
    """
    steps: list[_Step] = []
    failed = 0
    for sequence in sequences:
        for step in _steps(sequence, balances, amounts, stated, counts_blank):
            steps.append(step)
            failed += step[1] != step[2]
            if patience is not None and failed > patience:
                return _counted(steps)
    return _counted(steps)


def _steps(
    sequence: Sequence[int], balances: Values, amounts: Values, stated: Stated, counts_blank: bool
) -> Iterator[_Step]:
    """Yield the row of each balance but the first, what moved since the one before, and by how much they differ."""
    before: Decimal | None = None
    moved = Decimal(0)
    for row in sequence:
        amount, balance = amounts[row] or Decimal(0), balances[row]
        if balance is None and not counts_blank:
            continue
        if stated == "after_entry":
            moved += amount
        if balance is not None:
            if before is not None:
                yield row, moved, balance - before
            before, moved = balance, Decimal(0)
        if stated == "before_entry":
            moved += amount


def _counted(steps: Sequence[_Step]) -> Fit:
    moves = [moved for _, moved, stepped in steps if moved == stepped]
    signs = {moved > 0 for moved in moves if moved}
    breaks = (row for row, moved, stepped in steps if moved != stepped)
    return Fit(len(steps), len(moves), sum(map(bool, moves)), len(signs), next(breaks, None))


def is_running(balances: Values) -> bool:
    """Return whether the values can be a running balance: they are not all the same."""
    return len({value for value in balances if value is not None}) > 1
