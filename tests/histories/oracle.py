"""Where every delivered row must be, told in plain Python: one feed, all of its files, decisions and code at once.

The oracle knows nothing of builds. It says what one build of everything in an empty warehouse must show; what was
published before enters in one place only: the limits are not applied to files that are published already.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from tests.histories.delivered import Code, Feed, File, FileDecision, Key, Place, Row, RowDecision
from tests.histories.rules import broken_rules

DUPLICATE = "DUPLICATE_TRANSACTION_ID"
CONFLICT = "CONFLICTING_TRANSACTION_ID"
DECIDED = {"condemn": "CONDEMNED", "correct": "CORRECTED"}
MAX_ATTEMPTS = 3

Turn = tuple[int, int, datetime]
"""Delivery number, 0 for a delivered row and 1 for a released one, and when it was released."""

NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Found:
    """What a delivered row of a file that passed was found to be.

    Attributes:
        status: accepted, quarantined, condemned, duplicate, or malformed.
    """

    status: str
    reasons: tuple[str, ...] = ()
    attempts: int = 1


@dataclass(frozen=True)
class Entry:
    """An accepted row as the ledger has it."""

    feed: str
    account_id: str
    currency: str
    entry_id: str
    booking_date: date
    amount: Decimal
    balance_after: Decimal | None


@dataclass(frozen=True)
class Verdict:
    """What the gate decided on a file.

    Attributes:
        verdict: passed, held, or waiting.
        failure: why it is held: decision, quarantine rate, or code limit.
        waits_behind: delivery number of the held file before it.
    """

    verdict: str
    failure: str = ""
    waits_behind: int | None = None


@dataclass(frozen=True)
class Evaluation:
    """What became of a feed.

    Attributes:
        verdicts: of each landed file.
        rows: of each record of the files that passed.
        entries: the accepted ones.
    """

    verdicts: Mapping[int, Verdict]
    rows: Mapping[Place, Found]
    entries: Mapping[Place, Entry]

    @property
    def passed(self) -> list[int]:
        """The files that readers see, in order."""
        return [number for number, verdict in self.verdicts.items() if verdict.verdict == "passed"]

    def counts(self, delivery_number: int) -> Counter[str]:
        """Return the records of a file by status."""
        return Counter(found.status for (number, _), found in self.rows.items() if number == delivery_number)


NOTHING = Evaluation({}, {}, {})


def evaluate(feed: Feed, published: Collection[int] = ()) -> Evaluation:
    """Return what becomes of a feed's files and rows.

    Args:
        feed: all that landed and was decided, and today's code.
        published: the files to which no limit is applied.
    """
    verdicts: dict[int, Verdict] = {}
    passed: list[File] = []
    held: int | None = None
    for file in feed.files:
        number = file.delivery_number
        if held is not None:
            verdicts[number] = Verdict("waiting", waits_behind=held)
            continue
        failure = _failure(feed, passed, file, is_limited=number not in published)
        verdicts[number] = Verdict("held", failure) if failure else Verdict("passed")
        if failure:
            held = number
        else:
            passed.append(file)
    rows = evaluate_rows(feed, passed)
    accepted = sorted(place for place, found in rows.items() if found.status == "accepted")
    return Evaluation(verdicts, rows, {place: _entry(feed, place) for place in accepted})


def latest_file_decision(feed: Feed, delivery_number: int) -> str:
    """Return the decision that counts for a file, or nothing."""
    of_file = [decision for decision in feed.file_decisions if decision.delivery_number == delivery_number]
    # Of two at one moment the later line counts.
    latest: FileDecision | None = max(reversed(of_file), key=lambda decision: decision.decided_at, default=None)
    return latest.decision if latest else ""


def _failure(feed: Feed, passed: list[File], file: File, *, is_limited: bool) -> str:
    """Return why a file is held, by what it and those before it are found to be."""
    decision = latest_file_decision(feed, file.delivery_number)
    if decision == "hold":
        return "decision"
    if decision in ("release", "withdraw") or not is_limited:
        return ""
    rows = evaluate_rows(feed, [*passed, file])
    of_file = [found for (number, _), found in rows.items() if number == file.delivery_number]
    refused = [found for found in of_file if found.status in ("quarantined", "malformed")]
    if len(refused) > feed.code.quarantine_limit * len(file.rows):
        return "quarantine rate"
    codes = Counter(code for found in refused for code in found.reasons)
    if feed.code.code_limit is not None and any(count > feed.code.code_limit for count in codes.values()):
        return "code limit"
    return ""


def evaluate_rows(feed: Feed, files: Iterable[File]) -> dict[Place, Found]:
    """Return what the rows of files are found to be where these files pass and nothing else is there."""
    return _Evaluator(feed, list(files)).found()


class _Evaluator:
    """The rows of some files, and the notions by which they are evaluated."""

    def __init__(self, feed: Feed, files: list[File]) -> None:
        self.feed = feed
        self.code = feed.code
        self.files = files
        self.rows = {
            (file.delivery_number, number): row
            for file in files
            for number, row in enumerate(file.rows, start=1)
            if row is not None
        }
        self.landed_at = {file.delivery_number: file.landed_at for file in feed.files}
        self.broken = {
            place: broken_rules(row, self.code, self.landed_at[place[0]]) for place, row in self.rows.items()
        }
        withdrawn = {file.delivery_number for file in files if self.latest_file_decision(file) == "withdraw"}
        self.withdrawn = {place for place in self.rows if place[0] in withdrawn}
        self.decision = {place: latest_row_decision(feed, place) for place in self.decided_places()}

    def latest_file_decision(self, file: File) -> str:
        return latest_file_decision(self.feed, file.delivery_number)

    def decided_places(self) -> set[Place]:
        return {decision.place for decision in self.feed.row_decisions} & self.rows.keys()

    def found(self) -> dict[Place, Found]:
        by_key = self.contested()
        codes: dict[Place, str] = {}
        for places in by_key.values():
            codes |= self.contest(places)
        conflicting = {place for place, code in codes.items() if code == CONFLICT}
        failed_before = self.failed_before(conflicting)
        releases = Counter(decision.place for decision in self.feed.row_decisions if decision.decision == "release")
        found = {
            place: self.judge(
                place, codes.get(place, ""), 1 + releases[place], has_failed_before=place in failed_before
            )
            for place in self.rows
        }
        for file in self.files:
            for number, row in enumerate(file.rows, start=1):
                if row is None:
                    found[file.delivery_number, number] = Found("malformed", ("FIELD_COUNT",))
        return dict(sorted(found.items()))

    def contested(self) -> dict[tuple[object, ...], list[Place]]:
        """Return the rows that contest each key."""
        by_key: dict[tuple[object, ...], list[Place]] = defaultdict(list)
        for place, row in self.rows.items():
            decision = self.decision.get(place)
            is_out = place in self.withdrawn or (decision is not None and decision.decision in DECIDED)
            if not is_out and not self.broken[place]:
                scope = place[0] if self.code.is_reference else 0
                by_key[scope, *(business_key(row, self.code) or ())].append(place)
        return by_key

    def turn(self, place: Place) -> Turn:
        """Return when a row contests its key: with its file, or once it is released."""
        decision = self.decision.get(place)
        if decision is None:
            return (place[0], 0, NEVER)
        landed_by_then = [number for number, at in self.landed_at.items() if at <= decision.decided_at]
        return (max([place[0], *landed_by_then]), 1, decision.decided_at)

    def contest(self, places: list[Place]) -> dict[Place, str]:
        """Return a code for each row of a key that does not win it."""
        turns: dict[Turn, list[Place]] = defaultdict(list)
        for place in places:
            turns[self.turn(place)].append(place)
        for turn in sorted(turns):
            contents = {self.rows[place] for place in turns[turn]}
            if len(contents) == 1:
                (content,) = contents
                winner = min(turns[turn])
                return {
                    place: DUPLICATE if self.rows[place] == content and self.turn(place) >= turn else CONFLICT
                    for place in places
                    if place != winner
                }
        return dict.fromkeys(places, CONFLICT)

    def failed_before(self, conflicting: set[Place]) -> set[Place]:
        """Return the failing rows of which an earlier file brought an equal one that fails as well."""
        if self.code.is_reference:
            return set()
        earlier: dict[tuple[Key, Row], list[Place]] = defaultdict(list)
        for place, row in self.rows.items():
            key = business_key(row, self.code)
            if key is not None and place not in self.withdrawn and (self.broken[place] or place in conflicting):
                earlier[key, row].append(place)
        return {
            place
            for (_, _), places in earlier.items()
            for place in places
            if any(other[0] < place[0] and (self.broken[other] or not self.broken[place]) for other in places)
        }

    def judge(self, place: Place, code: str, attempts: int, *, has_failed_before: bool) -> Found:
        """Return what a row is found to be, by the code of its key and its decisions."""
        rules = self.broken[place]
        decision = self.decision.get(place)
        if place in self.withdrawn:
            return Found("condemned", (*rules, "FILE_WITHDRAWN"), attempts)
        if decision is not None and decision.decision in DECIDED:
            return Found("condemned", (*rules, DECIDED[decision.decision]), attempts)
        if not rules and code != CONFLICT:
            return Found("duplicate", (DUPLICATE,), attempts) if code else Found("accepted", (), attempts)
        out = (
            *(("DUPLICATE_FAILURE",) if has_failed_before else ()),
            *(("MAX_ATTEMPTS",) if attempts >= MAX_ATTEMPTS else ()),
        )
        return Found("condemned" if out else "quarantined", (*(rules or (code,)), *out), attempts)


def latest_row_decision(feed: Feed, place: Place) -> RowDecision | None:
    """Return the decision that counts for a row."""
    of_row = [decision for decision in feed.row_decisions if decision.place == place]
    return max(reversed(of_row), key=lambda decision: decision.decided_at, default=None)


def business_key(row: Row, code: Code) -> Key | None:
    """Return what makes a row the same row again; None where a part of it is missing."""
    parts = tuple(str(getattr(row, column)) for column in code.key)
    return parts if all(parts) else None


def booking_date(row: Row, code: Code) -> date:
    """Return a stated day as it is, and of a time the day on which it falls in the reporting time zone."""
    if isinstance(row.booked, datetime):
        local = row.booked.replace(tzinfo=ZoneInfo(code.time_zone))
        return local.astimezone(ZoneInfo(code.reporting_time_zone)).date()
    return row.booked


def _entry(feed: Feed, place: Place) -> Entry:
    row = feed.row(place)
    assert row is not None
    return Entry(
        feed.name,
        row.account_id,
        row.currency,
        row.entry_id,
        booking_date(row, feed.code),
        feed.code.sign * Decimal(row.amount),
        None if row.balance is None else Decimal(row.balance),
    )
