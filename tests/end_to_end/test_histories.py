"""Random histories of a bank: every table of balances says what the plain model says, whatever came when.

LEDGER_LAKE_HISTORIES is the number of worlds to try, each with some accounts; a few with a fixed seed unless it is set.
"""

from __future__ import annotations

import os
import random
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.end_to_end.history_model import Account, Entry, Feed, Known, Restatement, Total, next_month
from tests.end_to_end.house import House

pytestmark = pytest.mark.dbt

WORLDS = int(os.environ.get("LEDGER_LAKE_HISTORIES", "0"))
FIRST_DAY = date(2023, 11, 20)
HEADERS = {
    "ledger_entries": "id,account_id,amount,new_balance,tx_date",
    "transactions": "TransactionID,CustomerID,TransactionAmount,Currency,TransactionTimestamp",
}
MONTHS = (date(2023, 11, 1), date(2023, 12, 1), date(2024, 1, 1), date(2024, 2, 1))


@dataclass(frozen=True)
class World:
    """Deliveries of both feeds: when each was committed, its lines, and after which of them a build runs.

    Attributes:
        repeated: entries that a later commit brings once more.
        closed: when months were closed.
        refreshed: whether the last build is a full refresh.
    """

    commits: tuple[datetime, ...]
    entries: tuple[Entry, ...]
    repeated: tuple[tuple[Entry, int], ...]
    built_after: frozenset[int]
    closed: dict[date, datetime]
    refreshed: bool


@st.composite
def postings(draw: st.DrawFn, account: Account, commits: tuple[datetime, ...], shuffled: random.Random) -> list[Entry]:
    """Draw an account's life: small amounts on few days, so that days are circles, have twins and break."""
    stated = account[0] == "ledger_entries"
    count = draw(st.integers(1, 9))
    days = sorted(draw(st.lists(st.integers(0, 24), min_size=count, max_size=count)))
    balance = Decimal(draw(st.sampled_from([0, 0, 100])))
    ids = [f"{account[1]}-{number}" for number in range(count)]
    shuffled.shuffle(ids)
    # Two amounts that cancel each other make many days circles, which lean on what comes after them.
    amounts = draw(st.sampled_from([(-10, -5, 0, 5, 10, 25), (-10, 10)]))
    found = []
    for entry_id, five_days in zip(ids, days, strict=True):
        day = FIRST_DAY + timedelta(days=5 * five_days)
        amount = Decimal(draw(st.sampled_from(amounts)))
        balance += amount
        if draw(st.integers(0, 11)) == 0:
            continue  # Never delivered: the bank's next balance breaks.
        in_time = next((number for number, at in enumerate(commits) if at.date() > day), len(commits) - 1)
        late = draw(st.integers(0, 3)) == 0
        commit = draw(st.integers(in_time, len(commits) - 1)) if late else in_time
        found.append(Entry(account, entry_id, day, amount, balance if stated else None, commit))
    return found


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Draw commits over half a year, a score of accounts, and entries that are delivered twice."""
    gaps = draw(st.lists(st.integers(4, 45), min_size=2, max_size=5))
    moments = [datetime(2023, 12, 1, 6, tzinfo=UTC)]
    for gap in gaps:
        moments.append(moments[-1] + timedelta(days=gap))
    commits = tuple(moments)
    shuffled = random.Random(draw(st.integers(0, 2**32)))
    entries: list[Entry] = []
    for number in range(draw(st.integers(6, 14))):
        for account in (("ledger_entries", f"L{number}", "EUR"), ("transactions", f"T{number}", "USD")):
            entries += draw(postings(account, commits, shuffled))
    again = draw(st.lists(st.sampled_from(entries), max_size=5, unique=True)) if entries else []
    repeated = tuple((entry, commit) for entry in again if (commit := len(commits) - 1) > entry.commit)
    built_after = draw(st.frozensets(st.integers(0, len(commits) - 2))) | {len(commits) - 1}
    closed = {
        month: datetime(*next_month(month).timetuple()[:3], 18, tzinfo=UTC) + timedelta(days=after)
        for month, after in draw(
            st.dictionaries(st.sampled_from(MONTHS), st.integers(0, 60), min_size=1, max_size=len(MONTHS))
        ).items()
    }
    return World(commits, tuple(entries), repeated, built_after, closed, draw(st.booleans()))


def line(entry: Entry) -> str:
    """Return the entry as its feed delivers it."""
    feed, account_id, currency = entry.account
    if feed == "ledger_entries":
        return f"{entry.entry_id},{account_id},{entry.amount},{entry.balance},{entry.day}"
    return f"{entry.entry_id},{account_id},{entry.amount},{currency},{entry.day}"


@contextmanager
def lived(world: World) -> Iterator[tuple[House, dict[str, list[datetime]]]]:
    """Deliver and build a world; yield its house and each feed's commits."""
    folder = Path(tempfile.mkdtemp())
    try:
        house = House(folder)
        committed: dict[str, list[datetime]] = defaultdict(list)
        with (house.project / "seeds" / "period_closes.csv").open("a") as closes:
            closes.writelines(f"{month},close,{at.isoformat()},A. Person,\n" for month, at in world.closed.items())
        for number, at in enumerate(world.commits):
            house.clock.moment = at
            delivered = [entry for entry in world.entries if entry.commit == number]
            delivered += [entry for entry, commit in world.repeated if commit == number]
            for feed, header in HEADERS.items():
                lines = [line(entry) for entry in delivered if entry.account[0] == feed]
                manifest = house.land(feed, "\n".join([header, *lines, ""]), f"{feed}_{number}.csv").manifest
                committed[feed].append(datetime.fromisoformat(manifest.committed_at))
            if number in world.built_after:
                is_last = number == len(world.commits) - 1
                house.build(*(["--full-refresh"] if world.refreshed and is_last else []))
        yield house, committed
    finally:
        shutil.rmtree(folder)


def agree(house: House, feed: Feed, name: str, closed: dict[date, datetime]) -> None:
    """Compare a feed's tables with the model."""
    rows = house.query(
        "select feed, account_id, currency, month, balance, basis, is_proven, is_provisional from month_end_balances"
        f" where feed = '{name}'"
    )
    current = {((*row[:3],), row[3]): (Known(*row[4:7]), row[7]) for row in rows}
    assert current == feed.current()
    versions: dict[tuple[Account, date], list[tuple[datetime, Known]]] = defaultdict(list)
    for *account, month, known_from, balance, basis, is_proven in house.query(
        "select feed, account_id, currency, month, known_from, balance, basis, is_proven"
        f" from month_end_balance_versions where feed = '{name}' order by known_from"
    ):
        versions[(*account,), month].append((known_from.replace(tzinfo=UTC), Known(balance, basis, is_proven)))  # type: ignore[index]
    assert versions == feed.versions()
    late: dict[tuple[Account, date], set[str]] = defaultdict(set)
    for *account, month, entry_id in house.query(
        "select feed, account_id, currency, month, transaction_id from restatement_causes where cause = 'entry'"
    ):
        late[(*account,), month].add(entry_id)  # type: ignore[index]
    restatements = {
        ((*row[:3],), row[3]): Restatement(
            *row[4:7],
            row[7].replace(tzinfo=UTC),
            frozenset(late[(*row[:3],), row[3]]),  # type: ignore[index]
        )
        for row in house.query(
            "select feed, account_id, currency, month, at_close, balance_as_closed, balance, restated_from"
            f" from restatements where feed = '{name}'"
        )
    }
    assert restatements == feed.restatements(closed)
    totals = {
        (row[0], row[1]): Total(*row[2:])
        for row in house.query(
            "select month, currency, opening_balance, restated_before, openings_restated, movement, closing_balance,"
            f" account_count, stated_count from closed_month_totals where feed = '{name}'"
        )
    }
    assert totals == feed.totals(closed)
    breaks = {
        ((*row[:3],), row[3]): row[4]
        for row in house.query(
            f"select feed, account_id, currency, booking_date, break_amount from balance_breaks where feed = '{name}'"
        )
    }
    assert breaks == feed.breaks()


@settings(
    max_examples=WORLDS or 3,
    derandomize=not WORLDS,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)
@given(world=worlds())
def test_balances_of_any_history_are_the_models(world: World) -> None:
    with lived(world) as (house, committed):
        for name in HEADERS:
            entries = [entry for entry in world.entries if entry.account[0] == name]
            agree(house, Feed(committed[name], entries), name, world.closed)
        # What was published before is read again by a full refresh, and says the same.
        assert house.query("select * from publication_changes where by_code <> 0") == []
