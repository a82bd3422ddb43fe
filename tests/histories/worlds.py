"""Random worlds, each made again by its seed: two feeds, what they deliver, what is decided, changed, closed and built.

    python -m tests.histories.worlds 17 --without clocks --without code --accounts 5

shows world 17 without wrong clocks and changed code, and with five accounts a feed. What is left out leaves the rest as
it is, as far as it can: each concern has a random generator of its own.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from tests.histories.balances import next_month
from tests.histories.delivered import Close, Code, Feed, FileDecision, Inputs, Opening, Place, Row, RowDecision
from tests.histories.events import (
    CODES,
    Build,
    ChangeCode,
    CloseMonth,
    DecideFile,
    DecideOpening,
    DecideRow,
    Event,
    KilledBuild,
    Land,
    PartialBuild,
    World,
    WrongDecision,
    happen,
    show,
)
from tests.histories.lives import (
    account_ids,
    add_rows_beside_entries,
    deliveries,
    life,
    with_words_on_balances,
)
from tests.histories.oracle import evaluate, latest_file_decision

ACCOUNTS = 28
"""Accounts of each feed."""

CONCERNS = ("clocks", "code", "closes", "file decisions", "row decisions", "malformed", "broken builds", "again")
"""What a world can be made without."""

FIRST_LANDING = datetime(2023, 12, 1, 6, tzinfo=UTC)
MONTHS = (date(2023, 11, 1), date(2023, 12, 1), date(2024, 1, 1), date(2024, 2, 1))
ZONES = ("UTC", "Europe/Prague", "America/New_York", "Asia/Tokyo")
KEYS = (("entry_id",), ("entry_id", "account_id"))
PARTS = (
    "stg_ledger_entries",
    "fct_ledger_entries",
    "month_end_versions",
    "month_end_balances",
    "publications",
    "+file_gate",
)


class _Maker:
    """Makes a world event by event, and keeps what there is by then."""

    def __init__(self, seed: int, without: frozenset[str], accounts: int, builds: float, *, is_known: bool) -> None:
        self.seed, self.without, self.accounts, self.builds, self.is_known = seed, without, accounts, builds, is_known
        # A text seeds alike in every process, a hash does not.
        self.rng = {
            concern: random.Random(f"{seed} {concern}") for concern in (*CONCERNS, "world", "rows", "builds", "known")
        }
        world = self.rng["world"]
        self.codes = {
            name: replace(
                code,
                quarantine_limit=limit,
                code_limit=code_limit,
                balance_tolerance=Decimal(world.choice([0, 0, 1])),
            )
            for name, code in CODES.items()
            for limit, code_limit in [
                world.choice([(Decimal("0.15"), None), (Decimal("0.25"), None), (Decimal("0.7"), 5)])
            ]
        }
        if is_known:
            self.codes = with_words_on_balances(self.rng["known"], self.codes)
        self.moment = FIRST_LANDING
        self.inputs = Inputs({name: Feed(name, code) for name, code in self.codes.items()})
        self.events: list[Event] = []
        self.built: dict[str, int] = dict.fromkeys(self.codes, 0)
        self.decided: set[datetime] = set()

    def happens(self, concern: str, probability: float) -> bool:
        """Draw whether something happens, also where the world is without it, so that the rest stays as it is."""
        return self.rng[concern].random() < probability and concern not in self.without

    def add(self, *events: Event) -> None:
        for event in events:
            self.events.append(event)
            self.inputs = happen(self.inputs, event)
            if isinstance(event, Build | KilledBuild):
                self.built = {name: len(feed.files) for name, feed in self.inputs.feeds.items()}

    def pass_time(self, **span: float) -> datetime:
        self.moment += timedelta(**span)
        return self.moment

    def make(self) -> World:
        files = self.files()
        rounds = max(len(of_feed) for of_feed in files.values())
        for number in range(rounds):
            for name, of_feed in files.items():
                if number < len(of_feed):
                    self.land(name, of_feed[number])
                self.build_or_not([0, 0, 1])
            self.decide()
            self.change_code()
            self.close_months()
            self.build_or_not([0, 1, 1])
            self.pass_time(days=self.rng["world"].randint(8, 24))
        self.decide()
        rebuilt_at = self.pass_time(days=1)
        return World(
            self.seed, self.without, self.accounts, self.codes, tuple(self.events), rebuilt_at, self.is_known
        )  # fmt: skip

    def files(self) -> dict[str, list[list[Row | None]]]:
        """Return the files of each feed."""
        rng = self.rng["rows"]
        found = {}
        for name in self.codes:
            count = rng.randint(6, 8)
            days = [FIRST_LANDING.date() + timedelta(days=16 * number) for number in range(count)]
            postings = [posting for one in account_ids(name, self.accounts) for posting in life(rng, name, one, days)]
            found[name] = deliveries(rng, postings, count, with_malformed="malformed" not in self.without)
            if self.is_known:
                add_rows_beside_entries(self.rng["known"], name, found[name])
        return found

    def land(self, name: str, rows: Iterable[Row | None]) -> None:
        at = self.pass_time(hours=2)
        if self.happens("clocks", 0.3):
            at += timedelta(days=self.rng["clocks"].choice([-40, -3, -3, 2, 20, 200]))
        self.add(Land(name, tuple(rows), at))
        feed = self.inputs.feeds[name]
        if self.happens("again", 0.15):
            self.add(Land(name, self.rng["again"].choice(feed.files).rows, self.pass_time(minutes=20)))
        # Only a file that no build has seen is held by a decision: published is published.
        if self.happens("file decisions", 0.1) and len(feed.files) > self.built[name]:
            self.add(DecideFile(name, FileDecision(len(feed.files), "hold", self.pass_time(minutes=10))))

    def decided_at(self) -> datetime:
        """Return when something is decided: now, or days before the line is written."""
        at = self.pass_time(minutes=10)
        if self.happens("clocks", 0.2):
            at -= timedelta(days=self.rng["clocks"].randint(1, 40), seconds=len(self.decided))
        while at in self.decided:
            at += timedelta(seconds=1)
        self.decided.add(at)
        return at

    def decide(self) -> None:
        for name in self.codes:
            self.decide_files(name)
            if self.is_known:
                self.decide_openings(name)
            for _ in range(self.rng["row decisions"].randint(1, 2)):
                self.decide_rows(name)

    def decide_openings(self, name: str) -> None:
        rng = self.rng["known"]
        rows = [row for file in self.inputs.feeds[name].files for row in file.rows if row is not None]
        for row in rng.sample(rows, min(len(rows), rng.choice([0, 0, 1, 3]))):
            day = date(2023, 11, 20) + timedelta(days=rng.randint(-5, 120))
            balance = f"{rng.choice([0, 10, 95, 100])}"
            opening = Opening(row.account_id, row.currency, day, balance, self.decided_at())
            self.add(DecideOpening(name, opening))

    def decide_files(self, name: str) -> None:
        rng, feed = self.rng["file decisions"], self.inputs.feeds[name]
        found = evaluate(feed)
        held = [number for number, verdict in found.verdicts.items() if verdict.verdict == "held"]
        for number in held:
            word = rng.choice(["release", "release", "withdraw"])
            if self.happens("file decisions", 0.7):
                self.add(DecideFile(name, FileDecision(number, word, self.decided_at())))
        if found.passed and self.happens("file decisions", 0.25):
            number = rng.choice(found.passed)
            word = "release" if latest_file_decision(feed, number) == "withdraw" else "withdraw"
            self.add(DecideFile(name, FileDecision(number, word, self.decided_at())))

    def decide_rows(self, name: str) -> None:
        rng, feed = self.rng["row decisions"], self.inputs.feeds[name]
        found = evaluate(feed)
        by_status: dict[str, list[Place]] = {}
        for place, row in found.rows.items():
            by_status.setdefault(row.status, []).append(place)
        accepted = by_status.get("accepted", [])
        tried = [decision.place for decision in feed.row_decisions if decision.decision == "release"]
        unseen = [
            (file.delivery_number, number)
            for file in feed.files
            for number, row in enumerate(file.rows, start=1)
            if row is not None and file.delivery_number not in found.passed
        ]
        groups = [by_status.get("quarantined", []) * 2, by_status.get("condemned", []), tried * 3, accepted, unseen]
        weights = [6 * bool(groups[0]), 2 * bool(groups[1]), 5 * bool(groups[2]), 2 * bool(accepted), bool(unseen)]
        if not any(weights):
            return
        at = self.decided_at()
        chosen = dict.fromkeys(rng.choice(rng.choices(groups, weights)[0]) for _ in range(rng.randint(1, 5)))
        if not self.happens("row decisions", 0.8):
            return
        for place in chosen:
            word = rng.choice(["release", "release", "release", "condemn", "correct"])
            other = rng.choice(accepted) if word == "correct" and accepted else None
            word = "condemn" if word == "correct" and other in (None, place) else word
            self.add(DecideRow(name, RowDecision(place, word, at, other if word == "correct" else None)))

    def change_code(self) -> None:
        if not self.happens("code", 0.55):
            return
        rng = self.rng["code"]
        kind = rng.choice(["sign", "zone", "key", "rule", "rule", "limit"])
        names = list(self.codes) if kind == "zone" else [rng.choice(list(self.codes))]
        zone = rng.choice(ZONES)
        for name in names:
            code = self.inputs.feeds[name].code
            after = code if kind == "zone" else self.changed_code(name, code, kind)
            after = replace(after, reporting_time_zone=zone) if kind == "zone" else after
            if after != code:
                self.add(ChangeCode(name, after))

    def changed_code(self, name: str, code: Code, kind: str) -> Code:
        rng = self.rng["code"]
        if kind == "sign":
            return replace(code, sign=-code.sign)
        if kind == "key":
            return replace(code, key=KEYS[code.key == KEYS[0]])
        if kind == "limit":
            return replace(code, quarantine_limit=min(Decimal(1), code.quarantine_limit + Decimal("0.1")))
        if code.refused_accounts:
            return replace(code, refused_accounts=frozenset())
        ids = account_ids(name, self.accounts)
        refused = rng.sample(ids, min(len(ids) - 1, rng.choice([1, 1, 12])))
        return replace(code, refused_accounts=frozenset(refused))

    def close_months(self) -> None:
        rng = self.rng["closes"]
        for month in MONTHS:
            ended = datetime(*next_month(month).timetuple()[:3], 18, tzinfo=UTC)
            event = "close" if rng.random() < 0.8 else "reopen"
            if self.moment > ended and self.happens("closes", 0.3):
                self.add(CloseMonth(Close(month, event, self.pass_time(minutes=5))))

    def build_or_not(self, counts: list[int]) -> None:
        rng = self.rng["builds"]
        for _ in range(rng.choice(counts)):
            if self.builds == 1 or rng.random() < self.builds:
                self.build()

    def build(self) -> None:
        rng = self.rng["builds"]
        at = self.pass_time(hours=1)
        if self.happens("clocks", 0.2):
            at += timedelta(days=self.rng["clocks"].choice([-30, -1, 1, 15]))
        kind = rng.random()
        if "broken builds" in self.without or kind < 0.58:
            self.add(Build(at))
        elif kind < 0.66:
            self.add(Build(at, full_refresh=True))
        elif kind < 0.82:
            self.add(PartialBuild(at, rng.choice(["run", "run", "build"]), rng.choice(PARTS)))
        elif kind < 0.93:
            self.add(KilledBuild(at, round(rng.uniform(0.05, 1.0), 2)))
        else:
            name = rng.choice([name for name, feed in self.inputs.feeds.items() if feed.files])
            self.add(WrongDecision(name, len(self.inputs.feeds[name].files), self.decided_at()))


def make_world(
    seed: int, without: Iterable[str] = (), accounts: int = ACCOUNTS, builds: float = 1, *, is_known: bool = False
) -> World:
    """Return the world of a seed.

    Args:
        seed: any integer.
        without: concerns that are left out, of `CONCERNS`.
        accounts: how many each feed has.
        builds: the share of builds that are carried out; where it is small, much happens between two of them.
        is_known: whether balances are known beside entries: by rows that are no entries, by decisions and by contracts.
    """
    return _Maker(seed, frozenset(without), accounts, builds, is_known=is_known).make()


def main() -> None:
    """Show a world."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("seed", type=int)
    parser.add_argument("--without", action="append", default=[], choices=CONCERNS)
    parser.add_argument("--accounts", type=int, default=ACCOUNTS)
    parser.add_argument("--builds", type=float, default=1, help="the share of builds that are carried out")
    parser.add_argument("--known", action="store_true", help="with balances that are known beside entries")
    asked = parser.parse_args()
    print(show(make_world(asked.seed, asked.without, asked.accounts, asked.builds, is_known=asked.known)))


if __name__ == "__main__":
    main()
