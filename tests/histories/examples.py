"""Short words for the hand-worked examples of the oracle's own tests."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from tests.histories.delivered import Code, Feed, FileDecision, Place, Row, RowDecision
from tests.histories.oracle import evaluate

COLUMNS = ("entry_id", "account_id", "amount", "currency", "booked")
STATED_COLUMNS = ("entry_id", "account_id", "amount", "balance", "booked")
LENIENT = Code(COLUMNS, quarantine_limit=Decimal(1))
STATED = Code(STATED_COLUMNS, quarantine_limit=Decimal(1), states_balances=True)


def at(day: int) -> datetime:
    """Return six in the morning of a day, counted from 1 January 2024."""
    return datetime(2023, 12, 31, 6, tzinfo=UTC) + timedelta(days=day)


def row(entry_id: str, amount: str = "10", account_id: str = "A", booked: date = date(2024, 1, 1)) -> Row:
    return Row(account_id, entry_id, booked, amount, "EUR")


def feed(*files: list[Row | None], code: Code = LENIENT) -> Feed:
    """Return a feed that delivered a file every ten days."""
    found = Feed("transactions", code)
    for number, rows in enumerate(files, start=1):
        found = found.landed(tuple(rows), at(10 * number))
    return found


def decide(place: Place, decision: str, day: int) -> RowDecision:
    return RowDecision(place, decision, at(day))


def decide_file(number: int, decision: str, day: int) -> FileDecision:
    return FileDecision(number, decision, at(day))


def statuses(found: Feed, *published: int) -> dict[Place, str]:
    return {place: row.status for place, row in evaluate(found, published).rows.items()}


def reasons(found: Feed, place: Place) -> tuple[str, ...]:
    return evaluate(found).rows[place].reasons


def verdicts(found: Feed, *published: int) -> list[str]:
    return [verdict.verdict for verdict in evaluate(found, published).verdicts.values()]
