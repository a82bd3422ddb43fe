"""What a build would say of a file, as lines for people and as JSON."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal
from typing import Any

from loader.check.findings import AccountFigures, Reason, Verdict, read_verdict
from loader.check.hints import hint_for
from loader.check.scratch import Scratch
from loader.contract.model import Contract
from loader.inbox.delivered_file import Delivery
from loader.lake.objects import Manifest

_OUTCOMES = {
    "accepted": "accepted",
    "quarantined": "refused",
    "condemned": "condemned",
    "duplicate": "duplicate",
    "passed_over": "passed over",
    "malformed": "malformed",
}
_VALUE_SHOWN = 60


def judge(scratch: Scratch, file: Delivery, contract: Contract) -> tuple[Manifest, Verdict]:
    """Land the file in the scratch lake, build it, and return what the build says.

    Raises:
        FileRejectedError: it breaks its contract as a whole.
        ScratchBuildError: the models could not be built.
    """
    manifest = scratch.land(file, contract).manifest
    scratch.build(manifest.file_id)
    return manifest, read_verdict(scratch.lake, contract, manifest.file_id)


def as_json(manifest: Manifest, contract: Contract, verdict: Verdict) -> dict[str, Any]:
    """Return the verdict as an object for programs."""
    reasons = [
        {
            **{key: value for key, value in asdict(reason).items() if key not in ("column", "values", "sound")},
            "column": None if reason.column is None else reason.column.shown,
            "hint": hint_for(reason, contract),
        }
        for reason in verdict.reasons
    ]
    return {
        "status": "checked" if verdict.held_for is None else "held",
        "file_name": manifest.file_name,
        "feed": manifest.feed,
        **{f"rows_{outcome}": count for outcome, count in verdict.counts.items()},
        "malformed_by_reason": manifest.malformed_by_reason,
        "extra_columns": manifest.extra_columns,
        "held_for": verdict.held_for,
        "reasons": reasons,
        "accounts": [asdict(account) for account in verdict.accounts],
        "breaks": [asdict(one) for one in verdict.breaks],
    }


def lines_of(manifest: Manifest, contract: Contract, verdict: Verdict) -> list[str]:
    """Return the verdict as lines for people; texts of the file in them are as they were delivered."""
    counts = verdict.counts
    outcomes = ", ".join(f"{counts[status]:,} {word}" for status, word in _OUTCOMES.items() if counts[status])
    lines = [f"{manifest.file_name} ({manifest.feed}): {_many(counts['delivered'], 'row')}: {outcomes or 'none'}"]
    lines += [f"  {count:,} malformed: {reason}" for reason, count in manifest.malformed_by_reason.items()]
    for reason in verdict.reasons:
        lines += _reason_lines(reason, contract)
    lines += [_account_line(account) for account in verdict.accounts]
    for one in verdict.breaks:
        what = (
            "no rule orders the entries" if one.kind == "order_undecided" else f"a break of {_money(one.break_amount)}"
        )
        lines.append(f"  {one.booking_date}, account {one.account_id}, {one.currency}: {what}")
    if verdict.held_for is None:
        lines.append("A build would publish it.")
    else:
        lines.append(f"A build would hold it: {verdict.held_for}.")
    return lines


def _reason_lines(reason: Reason, contract: Contract) -> list[str]:
    where = f", column {reason.column.shown}" if reason.column else ""
    shown = ""
    if reason.value is not None:
        cut = reason.value if len(reason.value) <= _VALUE_SHOWN else f"{reason.value[:_VALUE_SHOWN]}…"
        shown = f": {cut!r}"
    line = f"  {_many(reason.rows, 'row')} {reason.code}{where}, first on line {reason.line_number:,}{shown}"
    hint = hint_for(reason, contract)
    return [f"{line} {reason.fault}".rstrip(), *([f"    {hint}"] if hint else [])]


def _account_line(account: AccountFigures) -> str:
    name = f"  account {account.account_id}, {account.currency}: {_many(account.entries, 'entry', 'entries')}"
    months = f"{account.first_month} to {account.last_month}"
    if not (account.is_proven or account.stated_days):
        # Without a balance anywhere the closing is what the entries add up to.
        return f"{name}, {months} move {_money(account.closing_balance)}, no balance is known, not proven"
    opening, closing = _money(account.opening_balance), _money(account.closing_balance)
    return (
        f"{name}, {account.first_month} opens with {opening}, {account.last_month} closes with {closing}, "
        f"{'proven' if account.is_proven else 'not proven'}, {_breaks_shown(account)}"
    )


def _breaks_shown(account: AccountFigures) -> str:
    """Return how many of the days with a balance do not fit what was booked."""
    if not account.breaks and not account.stated_days:
        return "no balance is stated"
    return f"{_many(account.breaks, 'break')} in {_many(account.stated_days, 'day')} with a balance"


def _money(amount: Decimal) -> str:
    """Return the amount without the zeros that its type has at the end, but for two decimals."""
    return f"{amount.quantize(Decimal('0.01')) if amount == amount.quantize(Decimal('0.01')) else amount.normalize():f}"


def _many(count: int, one: str, many: str | None = None) -> str:
    return f"{count:,} {one if count == 1 else many or one + 's'}"
