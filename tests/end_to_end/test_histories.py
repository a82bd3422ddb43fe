"""Random histories of a bank: each row, run and balance is where and what the plain models say, whatever came when.

LEDGER_LAKE_HISTORIES is the number of worlds to try, each with some accounts; a few with a fixed seed unless it is set.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from loader.contract import load_contracts
from tests.end_to_end.history_model import Account, Entry, Feed, Known, Restatement, Total, next_month
from tests.end_to_end.house import House
from tests.end_to_end.judgement_model import (
    BY_RULES,
    CONFLICT,
    WORDS,
    Books,
    Decision,
    History,
    Row,
    Run,
    judge,
)

pytestmark = pytest.mark.dbt

WORLDS = int(os.environ.get("LEDGER_LAKE_HISTORIES", "0"))
FIRST_DAY = date(2023, 11, 20)
CONTRACTS = {
    "ledger_entries": ("id,account_id,amount,new_balance,tx_date", "header: account_id, type: id"),
    "transactions": (
        "TransactionID,CustomerID,TransactionAmount,Currency,TransactionTimestamp",
        "header: CustomerID, type: id",
    ),
}
"""Of each feed its header, and the terms of its column of accounts."""

ACCOUNTS = {"ledger_entries": ("L", "EUR"), "transactions": ("T", "USD")}
MONTHS = (date(2023, 11, 1), date(2023, 12, 1), date(2024, 1, 1), date(2024, 2, 1))
NOT_OF_RULES = ("RUN_WITHDRAWN", "DUPLICATE_FAILURE", "MAX_ATTEMPTS", CONFLICT, *WORDS.values())


@dataclass(frozen=True)
class World:
    """What both feeds delivered, what was decided, and after which of these events a build runs.

    Attributes:
        feeds: the history of each feed, with the hour in which its files were committed.
        built_after: the moments of events after which a build runs.
        closed: when months were closed.
        refreshed: whether the last build is a full refresh.
    """

    feeds: dict[str, History]
    built_after: frozenset[datetime]
    closed: dict[date, datetime]
    refreshed: bool


@st.composite
def postings(draw: st.DrawFn, account: Account, commits: Sequence[datetime], shuffled: random.Random) -> list[Entry]:
    """Draw an account's life: small amounts on few days, so that days are circles, have twins and break."""
    stated = account[0] == "ledger_entries"
    count = draw(st.integers(1, 9))
    some_days = draw(st.lists(st.integers(0, 24), min_size=1, max_size=4))
    days = sorted(draw(st.lists(st.sampled_from(some_days), min_size=count, max_size=count)))
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
        commit = draw(st.integers(in_time, len(commits) - 1)) if draw(st.booleans()) else in_time
        found.append(Entry(account, entry_id, day, amount, balance if stated else None, commit))
    return found


@st.composite
def deliveries(draw: st.DrawFn, entries: list[Entry], files: int) -> list[list[Row]]:
    """Draw the files that bring these entries: some rows come again, contradicted or broken."""
    found: list[list[Row]] = [[] for _ in range(files)]
    for entry in entries:
        row = Row(entry.account, entry.entry_id, entry.day, entry.amount, entry.balance)
        found[entry.commit].append(row)
    rows = [row for file in found for row in file]
    for row in draw(st.lists(st.sampled_from(rows), min_size=2, max_size=12)) if rows else []:
        other = draw(
            st.sampled_from(
                [
                    row,
                    replace(row, amount=row.amount + 1, balance=None if row.balance is None else row.balance + 1),
                    replace(row, is_number=False),
                    replace(row, entry_id=""),
                ]
            )
        )
        for file in draw(st.lists(st.integers(0, files - 1), min_size=1, max_size=2)):
            found[file].insert(draw(st.integers(0, len(found[file]))), other)
    return found


@st.composite
def judged_again(draw: st.DrawFn, history: History, moments: Sequence[datetime]) -> History:
    """Draw what is decided at these moments on files that are held and on rows that are refused."""
    for moment in moments:
        seen = history.until(moment)
        runs, books, _ = judge(seen)
        held = next((run for run in runs if not run.is_sound), None)
        if held and held.file is not None and draw(st.integers(0, 3)) > 0:
            word = draw(st.sampled_from(["release", "release", "withdraw"]))
            history = replace(history, fates=dict(history.fates) | {held.file: (word, moment)})
        known = sorted(books.standing)
        if draw(st.integers(0, 11)) == 0:
            # Not all of them are refused.
            known = [(run.file, 1) for run in runs if run.file is not None and seen.files[run.file]]
        accepted = sorted(place for place, judged in books.judgements.items() if judged.status == "accepted")
        # Rows on which was decided before come again, so that some fail three times.
        known += [decision.place for decision in history.decisions if decision.place in known]
        decisions = []
        for place in draw(st.lists(st.sampled_from(known), min_size=1, max_size=4, unique=True)) if known else []:
            word = draw(st.sampled_from(["release", "release", "condemn", "correct"]))
            if word == "correct" and accepted:
                decisions.append(Decision(place, word, moment, draw(st.sampled_from(accepted))))
            else:
                decisions.append(Decision(place, "condemn" if word == "correct" else word, moment))
        history = replace(history, decisions=[*history.decisions, *decisions])
    return history


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Draw half a year of two feeds: commits, a score of accounts, what is decided, closed and changed."""
    gaps = draw(st.lists(st.integers(4, 45), min_size=2, max_size=5))
    commits = [datetime(2023, 12, 1, 6, tzinfo=UTC)]
    for gap in gaps:
        commits.append(commits[-1] + timedelta(days=gap))
    later = [at + timedelta(days=draw(st.integers(0, 3)), hours=6) for at in commits]
    shuffled = random.Random(draw(st.integers(0, 2**32)))
    # Rules change in worlds without held files: what is held is judged by the rules of the build that lets it pass.
    is_lenient = draw(st.booleans())
    rules_since = draw(st.sampled_from(later)) + timedelta(hours=1) if is_lenient and draw(st.booleans()) else None
    feeds = {}
    for feed, (letter, currency) in ACCOUNTS.items():
        entries: list[Entry] = []
        for number in range(draw(st.integers(6, 14))):
            entries += draw(postings((feed, f"{letter}{number}", currency), commits, shuffled))
        history = History(
            draw(deliveries(entries, len(commits))),
            commits,
            fates={},
            decisions=[],
            quarantine_limit=Decimal(1) if is_lenient else Decimal("0.05"),
            refused_account=f"{letter}1" if rules_since else None,
            rules_since=rules_since,
        )
        moments = draw(st.lists(st.sampled_from(later), min_size=1, max_size=3, unique=True))
        feeds[feed] = draw(judged_again(history, sorted(moments)))
    events = moments_of(feeds)
    built_after = set(draw(st.lists(st.sampled_from(events), min_size=1, max_size=3, unique=True))) | {events[-1]}
    if rules_since:
        # Rows are judged by the rules of the build that takes them up.
        built_after.add(max(at for at in events if at < rules_since))
    closed = {
        month: datetime(*next_month(month).timetuple()[:3], 18, tzinfo=UTC) + timedelta(days=after)
        for month, after in draw(
            st.dictionaries(st.sampled_from(MONTHS), st.integers(0, 60), min_size=1, max_size=len(MONTHS))
        ).items()
    }
    return World(feeds, frozenset(built_after), closed, draw(st.booleans()))


def moments_of(feeds: dict[str, History]) -> list[datetime]:
    """Return when something was committed, decided or changed."""
    found: set[datetime | None] = set()
    for history in feeds.values():
        found |= {*history.committed, history.rules_since}
        found |= {decision.at for decision in history.decisions} | {at for _, at in history.fates.values()}
    return sorted(at for at in found if at)


def line(row: Row) -> str:
    """Return the row as its feed delivers it."""
    feed, account_id, currency = row.account
    amount = f"{row.amount}" if row.is_number else f"{row.amount}e3"
    if feed == "ledger_entries":
        return f"{row.entry_id},{account_id},{amount},{row.balance},{row.day}"
    return f"{row.entry_id},{account_id},{amount},{currency},{row.day}"


@dataclass
class Life:
    """A world as it is lived in a house: which run each file is, and what is closed for good."""

    house: House
    world: World
    final: dict[date, tuple[object, ...]] = field(default_factory=dict)
    committed: dict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))
    run_ids: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def history(self, feed: str, moment: datetime) -> History:
        """Return a feed's history until a moment, with its times of commit."""
        seen = self.world.feeds[feed].until(moment)
        return replace(seen, committed=self.committed[feed])

    def live(self) -> None:
        """Deliver, decide and build, each in its time."""
        self.agree_on_terms()
        for month, at in self.world.closed.items():
            self.house.note("period_closes", [month, "close", at.isoformat(), "A. Person", ""])
        events = moments_of(self.world.feeds)
        for moment in events:
            self.house.clock.moment = moment
            for feed, history in self.world.feeds.items():
                if moment in history.committed:
                    self.deliver(feed, history.files[history.committed.index(moment)])
            for feed, history in self.world.feeds.items():
                self.decide(feed, history, moment)
            if moment in self.world.built_after:
                self.build(moment, is_last=moment == events[-1])

    def agree_on_terms(self) -> None:
        """Set the limit, and refuse an account, where the world does."""
        for feed, history in self.world.feeds.items():
            self.change(feed, "quarantine_limit: 0.05", f"quarantine_limit: {history.quarantine_limit}")
            if history.refused_account:
                allowed = [f"{ACCOUNTS[feed][0]}{number}" for number in range(14)]
                allowed.remove(history.refused_account)
                terms = CONTRACTS[feed][1]
                self.change(feed, terms, f"{terms}, accepted_values: [{', '.join(allowed)}]")

    def change(self, feed: str, old: str, new: str) -> None:
        """Change a feed's contract."""
        path = self.house.contract_file(feed)
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new))
        self.house.contracts = load_contracts(self.house.project)

    def deliver(self, feed: str, rows: Sequence[Row]) -> None:
        lines = [CONTRACTS[feed][0], *map(line, rows), ""]
        name = f"{feed}_{len(self.run_ids[feed])}.csv"
        manifest = self.house.land(feed, "\n".join(lines), name).manifest
        self.committed[feed].append(datetime.fromisoformat(manifest.committed_at))
        self.run_ids[feed].append(manifest.run_id)

    def decide(self, feed: str, history: History, moment: datetime) -> None:
        """Write down what is decided at a moment, and change the rules that change then."""
        by = ["agreed with the bank", "A. Person", moment.isoformat()]
        runs = self.run_ids[feed]
        for file, (fate, at) in history.fates.items():
            if at == moment:
                self.house.note("run_decisions", [runs[file], fate, *by])
        for decision in history.decisions:
            if decision.at == moment:
                file, number = decision.place
                other = decision.corrected_by
                corrected = [runs[other[0]], other[1]] if other else ["", ""]
                self.house.note("quarantine_decisions", [runs[file], number, decision.decision, *corrected, *by])
        if moment == history.rules_since:
            terms = self.house.contract_file(feed).read_text()
            allowed = next(text for text in terms.splitlines() if "accepted_values" in text)
            self.change(feed, allowed, re.sub(r", accepted_values: \[.*?\]", "", allowed))
            version = "contract_version: 1"
            self.change(feed, version, f'contract_version: 2\n            rules_since: "{moment.isoformat()}"')

    def build(self, moment: datetime, *, is_last: bool) -> None:
        """Build. The build fails where, and only where, something is held; no certificate changes that is final."""
        judged = [judge(self.history(feed, moment))[0] for feed in self.world.feeds]
        is_held = any(not run.is_sound for runs in judged for run in runs)
        refresh = ["--full-refresh"] if is_last and self.world.refreshed else []
        self.house.build(*refresh, exit_code=int(is_held))
        certificates = self.house.query(
            "select month, inputs_sha256, balances_sha256, file_count, files_held, rows_delivered, rows_accepted,"
            " rows_quarantined, rows_condemned, rows_duplicate, rows_held, account_count, money"
            " from close_certificate where not is_provisional"
        )
        final = {month: tuple(rest) for month, *rest in certificates}
        assert {month: final[month] for month in self.final} == self.final
        self.final = final


@contextmanager
def lived(world: World) -> Iterator[Life]:
    """Yield the house in which a world was lived."""
    folder = Path(tempfile.mkdtemp())
    try:
        life = Life(House(folder), world)
        life.live()
        yield life
    finally:
        shutil.rmtree(folder)


def agree_on_rows(life: Life, feed: str, runs: list[Run], books: Books) -> None:
    """Compare where a feed's rows are, and what its runs came to, with the model."""
    files = {run_id: life.run_ids[feed].index(run_id) for run_id in life.run_ids[feed]}
    found = {}
    for table, status in (
        ("fct_ledger_entries", "accepted"),
        ("quarantine_entries", "quarantined"),
        ("condemned_entries", "condemned"),
        ("duplicate_entries", "duplicate"),
    ):
        origin = "run_id, row_number" if status in ("quarantined", "condemned") else "origin_run_id, origin_row_number"
        details = "rejection_reasons" if status in ("quarantined", "condemned") else "[]"
        for run_id, number, codes in life.house.query(f"select {origin}, {details} from {table} where feed = '{feed}'"):
            reasons = sorted({code if code in NOT_OF_RULES else BY_RULES for code in codes})
            assert (files[run_id], number) not in found
            found[files[run_id], number] = (status, reasons)
    assert found == {place: (judged.status, sorted(judged.reasons)) for place, judged in books.judgements.items()}
    attempts = {
        (files[run_id], number): count
        for run_id, number, count in life.house.query(
            "select run_id, row_number, attempt_count from quarantine_entries union all"
            " select run_id, row_number, attempt_count from condemned_entries"
        )
        if run_id in files
    }
    assert attempts == {place: books.judgements[place].attempts for place in attempts}
    statuses = ("accepted", "quarantined", "condemned", "duplicate")
    assert life.house.query(
        f"select committed_at, known_at, {', '.join(f'rows_{status}' for status in statuses)}"
        f" from run_gate where feed = '{feed}' and verdict = 'passed' order by known_at"
    ) == [
        (
            run.committed_at.replace(tzinfo=None),
            run.known_at.replace(tzinfo=None),
            *(run.counts[status] for status in statuses),
        )
        for run in runs
        if run.is_published
    ]
    held = life.house.query(
        "select committed_at, failure is null and committed_at = min(committed_at) over ()"
        f" from run_gate where feed = '{feed}' and verdict = 'held' order by known_at"
    )
    waiting = [run.committed_at.replace(tzinfo=None) for run in runs if not run.is_published]
    assert held == [(committed_at, False) for committed_at in waiting]


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


@seed(random.randrange(2**32) if WORLDS else 36)
@settings(
    max_examples=WORLDS or 6,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)
@given(world=worlds())
def test_tables_of_any_history_are_the_models(world: World) -> None:
    with lived(world) as life:
        for name in CONTRACTS:
            runs, books, feed = judge(life.history(name, datetime.max.replace(tzinfo=UTC)))
            agree_on_rows(life, name, runs, books)
            agree(life.house, feed, name, world.closed)
        # What was published before is read again by a full refresh, and says the same.
        assert life.house.query("select * from publication_changes where by_code <> 0") == []
