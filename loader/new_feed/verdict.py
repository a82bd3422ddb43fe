"""What the written feed makes of the samples: entries, refused rows, first and last balance, and the steps that fit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from loader.contract.model import Contract
from loader.contract.project import load_contracts
from loader.errors import ContractError, FileRejectedError
from loader.new_feed.by_contract import Row, oldest_first, read_sample
from loader.new_feed.steps import Fit, fit
from loader.new_feed.study import Sample


@dataclass(frozen=True)
class Verdict:
    """The figures. ``first`` and ``last`` are the balances before the first entry and after the last, where stated."""

    entries: int
    passed_over: int
    refused: Counter[str]
    first: Decimal | None
    last: Decimal | None
    fit: Fit

    def __str__(self) -> str:
        """Return the figures on one line."""
        parts = [f"{self.entries:,} entries", f"{self.passed_over:,} passed over", f"{self.refused.total():,} refused"]
        parts += [f"{code} {count:,}" for code, count in sorted(self.refused.items())]
        if self.last is not None:
            parts.append(f"balance from {self.first} to {self.last}")
        if self.fit.steps:
            parts.append(f"{self.fit.fitting:,} of {self.fit.steps:,} steps between balances fit")
        else:
            parts.append("no steps between balances: nothing is proved by them")
        return ", ".join(parts)


def verdict(project_dir: Path, feed: str, samples: Sequence[Sample]) -> Verdict:
    """Return what the feed's contract, as it is written in the project, makes of the samples.

    Raises:
        ContractError: the contract has a mistake, or does not read a sample.
    """
    return verdict_of(load_contracts(project_dir)[feed], samples)


def verdict_of(contract: Contract, samples: Sequence[Sample]) -> Verdict:
    """Return what the contract makes of the samples.

    Raises:
        ContractError: it does not read a sample.
    """
    rows: list[Row] = []
    refused: Counter[str] = Counter()
    entries: list[Row] = []
    sequences: list[list[int]] = []
    for sample in samples:
        try:
            found = read_sample(contract, sample.name, sample.data)
        except FileRejectedError as error:
            raise ContractError(f"{sample.name}: the contract does not read it: {error}") from error
        ordered = oldest_first(contract, found.entries)
        rows += found.rows
        refused += found.refused
        sequences += _sequences(ordered, len(entries))
        entries += ordered
    balances, amounts = [row.balance for row in entries], [row.amount for row in entries]
    steps = fit(sequences, balances, amounts, "after_entry", counts_blank=True)
    one = len(sequences) == 1
    stated = [row for row in entries if row.balance is not None]
    first = stated[0].balance - (stated[0].amount or 0) if one and stated and stated[0].balance is not None else None
    return Verdict(
        len(entries),
        sum(row.is_passed_over for row in rows),
        refused,
        first,
        stated[-1].balance if one and stated else None,
        steps,
    )


def _sequences(rows: list[Row], start: int) -> list[list[int]]:
    groups: dict[tuple[str | None, str | None], list[int]] = {}
    for number, row in enumerate(rows, start=start):
        groups.setdefault((row.account, row.currency), []).append(number)
    return list(groups.values())
