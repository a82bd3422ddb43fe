"""Where every delivered row must be, told in plain Python: one feed, all of its files, decisions and code at once.

The oracle knows nothing of builds. It says what one build of everything in an empty warehouse must show; what was
published before enters in one place only: the limits are not applied to files that are published already.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from tests.histories.delivered import Account, Code, Feed, File, FileDecision, Key, Place, Row, RowDecision
from tests.histories.rules import PLAIN_DECIMAL, broken_rules

DUPLICATE = "DUPLICATE_TRANSACTION_ID"
CONFLICT = "CONFLICTING_TRANSACTION_ID"
DECIDED = {"condemn": "CONDEMNED", "correct": "CORRECTED"}
MAX_ATTEMPTS = 3

Turn = tuple[int, int, datetime]
"""Delivery number, 0 for a delivered row and 1 for a released one, and when it was released."""

Claim = tuple[Turn, Place]
"""A row contests its key at its delivery, and once more with each release of it."""

NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Found:
    """What a delivered row of a file that passed was found to be.

    Attributes:
        status: accepted, quarantined, condemned, duplicate, passed_over, or malformed.
    """

    status: str
    reasons: tuple[str, ...] = ()
    attempts: int = 1


@dataclass(frozen=True)
class Entry:
    """An accepted row as the ledger has it, and where it was delivered."""

    feed: str
    account_id: str
    currency: str
    entry_id: str
    booking_date: date
    amount: Decimal
    balance_after: Decimal | None
    place: Place = (0, 0)


@dataclass(frozen=True)
class Known:
    """A balance of an account at the end of a day that is known beside its entries.

    Attributes:
        account: feed, account id and currency.
        source: what the smallest of tells which one counts where nothing else does.
    """

    account: Account
    day: date
    balance: Decimal
    source: str


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
        stated: the balances that the files that passed state beside them.
    """

    verdicts: Mapping[int, Verdict]
    rows: Mapping[Place, Found]
    entries: Mapping[Place, Entry]
    stated: tuple[Known, ...] = ()

    @property
    def passed(self) -> list[int]:
        """The files that readers see, in order."""
        return [number for number, verdict in self.verdicts.items() if verdict.verdict == "passed"]

    def counts(self, delivery_number: int) -> Counter[str]:
        """Return the records of a file by status."""
        return Counter(found.status for (number, _), found in self.rows.items() if number == delivery_number)


NOTHING = Evaluation({}, {}, {})


def evaluate(feed: Feed, published: Collection[int] = (), *, code_is_new: bool = False) -> Evaluation:
    """Return what becomes of a feed's files and rows.

    Args:
        feed: all that landed and was decided, and today's code.
        published: the files that a decision cannot hold any more.
        code_is_new: whether the limits are applied to published files too.
    """
    verdicts: dict[int, Verdict] = {}
    passed: list[File] = []
    held: int | None = None
    for file in feed.files:
        number = file.delivery_number
        if held is not None:
            verdicts[number] = Verdict("waiting", waits_behind=held)
            continue
        failure = _failure(feed, passed, file, is_published=number in published, code_is_new=code_is_new)
        verdicts[number] = Verdict("held", failure) if failure else Verdict("passed")
        if failure:
            held = number
        else:
            passed.append(file)
    rows = _Evaluator(feed, passed).found()
    accepted = sorted(place for place, found in rows.items() if found.status == "accepted")
    stated = tuple(known for file in passed for known in stated_balances(feed, file))
    return Evaluation(verdicts, rows, {place: _entry(feed, place) for place in accepted}, stated)


def latest_file_decision(feed: Feed, delivery_number: int) -> str:
    """Return the decision that counts for a file, or nothing."""
    of_file = [decision for decision in feed.file_decisions if decision.delivery_number == delivery_number]
    # Of two at one moment the later line counts.
    latest: FileDecision | None = max(reversed(of_file), key=lambda decision: decision.decided_at, default=None)
    return latest.decision if latest else ""


def _failure(feed: Feed, passed: list[File], file: File, *, is_published: bool, code_is_new: bool) -> str:
    """Return why a file is held, by what its rows were found to be when it was delivered."""
    decision = latest_file_decision(feed, file.delivery_number)
    if decision == "hold" and not is_published:
        return "decision"
    if decision in ("release", "withdraw") or (is_published and not code_is_new):
        return ""
    refused = _Evaluator(feed, [*passed, file]).refused(file)
    entries = [row for row in file.rows if row is None or not row.word]
    if len(refused) > feed.code.quarantine_limit * len(entries):
        return "quarantine rate"
    codes = Counter(code for reasons in refused for code in reasons)
    if feed.code.code_limit is not None and any(count > feed.code.code_limit for count in codes.values()):
        return "code limit"
    return ""


class _Evaluator:
    """The rows of some files that pass, and the notions by which they are evaluated.

    A release of a row whose turn comes after these files waits, as the files do that come then.
    """

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
        self.equal: dict[Row, list[Place]] = defaultdict(list)
        for place, row in self.rows.items():
            self.equal[row].append(place)
        self.landed_at = {file.delivery_number: file.landed_at for file in feed.files}
        other_balance = _other_balance_of_the_day(self.rows, self.code)
        self.broken = {
            place: () if row.word else broken_rules(row, self.code, self.landed_at[place[0]], place in other_balance)
            for place, row in self.rows.items()
        }
        withdrawn = {
            file.delivery_number for file in files if latest_file_decision(feed, file.delivery_number) == "withdraw"
        }
        self.withdrawn = {place for place in self.rows if place[0] in withdrawn}
        decided = {decision.place for decision in feed.row_decisions} & self.rows.keys()
        self.decision = {place: latest_row_decision(feed, place).decision for place in decided}
        self.releases = self.counting_releases()
        self.codes: dict[Claim, str] = {}
        for claims in self.contested().values():
            self.codes |= contest(claims, self.rows)
        self.failed_before = {place for place in self.rows if self.has_failed_before(place)}

    def counting_releases(self) -> dict[Place, list[Turn]]:
        """Return the turns of each row's releases, in their order."""
        found: dict[Place, list[Turn]] = defaultdict(list)
        last = max((file.delivery_number for file in self.files), default=0)
        for decision in sorted(self.feed.row_decisions, key=lambda decision: decision.decided_at):
            landed_by_then = [number for number, at in self.landed_at.items() if at <= decision.decided_at]
            slot = max([decision.place[0], *landed_by_then])
            if decision.decision == "release" and decision.place in self.rows and slot <= last:
                found[decision.place].append((slot, 1, decision.decided_at))
        return found

    def contested(self) -> dict[tuple[object, ...], list[Claim]]:
        """Return the claims of each key."""
        by_key: dict[tuple[object, ...], list[Claim]] = defaultdict(list)
        for place, row in self.rows.items():
            if place in self.withdrawn or self.decision.get(place) in DECIDED or self.broken[place] or row.word:
                continue
            scope = place[0] if self.code.is_reference else 0
            turns = [delivery_turn(place), *self.releases[place]]
            by_key[scope, *(business_key(row, self.code) or ())] += [(turn, place) for turn in turns]
        return by_key

    def has_failed_before(self, place: Place) -> bool:
        """Return whether a row failed at its delivery of which an earlier file had brought an equal one."""
        row = self.rows[place]
        fails = self.broken[place] or self.codes.get((delivery_turn(place), place)) == CONFLICT
        if not fails or business_key(row, self.code) is None or self.code.is_reference or place in self.withdrawn:
            return False
        return any(
            other[0] < place[0] and other not in self.withdrawn and (self.broken[other] or not self.broken[place])
            for other in self.equal[row]
        )

    def refused(self, file: File) -> list[tuple[str, ...]]:
        """Return the reasons of each record of a file that was refused as it was delivered."""
        found: list[tuple[str, ...]] = []
        for number, row in enumerate(file.rows, start=1):
            place = (file.delivery_number, number)
            if row is None:
                found.append(("FIELD_COUNT",))
            elif row.word or self.decision.get(place) in DECIDED or place in self.failed_before:
                continue
            elif self.broken[place]:
                found.append(self.broken[place])
            elif self.codes.get((delivery_turn(place), place)) == CONFLICT:
                found.append((CONFLICT,))
        return found

    def found(self) -> dict[Place, Found]:
        """Return what the rows are found to be."""
        found = {place: self.of_row(place) for place in self.rows}
        for file in self.files:
            for number, row in enumerate(file.rows, start=1):
                if row is None:
                    found[file.delivery_number, number] = Found("malformed", ("FIELD_COUNT",))
        return dict(sorted(found.items()))

    def of_row(self, place: Place) -> Found:
        """Return what a row is found to be, by its rules, its decisions and its claims."""
        rules, turns = self.broken[place], [delivery_turn(place), *self.releases[place]]
        attempts = len(turns)
        if place in self.withdrawn:
            return Found("condemned", (*rules, "FILE_WITHDRAWN"), attempts)
        if self.rows[place].word:
            return Found("passed_over", (), attempts)
        if self.decision.get(place) in DECIDED:
            return Found("condemned", (*rules, DECIDED[self.decision[place]]), attempts)
        codes = [self.codes[turn, place] for turn in turns] if not rules else []
        if "" in codes:
            return Found("accepted", (), attempts)
        if codes and codes[-1] == DUPLICATE:
            return Found("duplicate", (DUPLICATE,), attempts)
        out = (
            *(("DUPLICATE_FAILURE",) if place in self.failed_before else ()),
            *(("MAX_ATTEMPTS",) if attempts >= MAX_ATTEMPTS else ()),
        )
        return Found("condemned" if out else "quarantined", (*(rules or codes[-1:]), *out), attempts)


def _other_balance_of_the_day(rows: Mapping[Place, Row], code: Code) -> set[Place]:
    """Return the entries whose balance is not the first of their file, account and day, where a day has one balance."""
    first: dict[tuple[object, ...], Decimal] = {}
    found: set[Place] = set()
    for place, row in sorted(rows.items()) if code.balance_stated == "end_of_day" else ():
        if not row.word and PLAIN_DECIMAL.fullmatch(row.balance or ""):
            day = (place[0], row.account_id, row.currency, booking_date(row, code))
            balance = Decimal(row.balance or "")
            if first.setdefault(day, balance) != balance:
                found.add(place)
    return found


def delivery_turn(place: Place) -> Turn:
    """Return when a row contests its key with its file."""
    return (place[0], 0, NEVER)


def contest(claims: Iterable[Claim], rows: Mapping[Place, Row]) -> dict[Claim, str]:
    """Return a code for each claim of a key, and an empty one for the claim that wins it.

    The first turn wins in which all claims have the same content, by its first row.
    """
    turns: dict[Turn, list[Place]] = defaultdict(list)
    for turn, place in claims:
        turns[turn].append(place)
    won = next((turn for turn in sorted(turns) if len({rows[place] for place in turns[turn]}) == 1), None)
    if won is None:
        return dict.fromkeys(claims, CONFLICT)
    winner = min(turns[won])
    found = {
        (turn, place): DUPLICATE if rows[place] == rows[winner] and turn >= won else CONFLICT for turn, place in claims
    }
    return found | {(won, winner): ""}


def latest_row_decision(feed: Feed, place: Place) -> RowDecision:
    """Return the last decision on a row on which something was decided."""
    of_row = [decision for decision in feed.row_decisions if decision.place == place]
    return max(reversed(of_row), key=lambda decision: decision.decided_at)


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
        place,
    )


def stated_balances(feed: Feed, file: File) -> list[Known]:
    """Return the balances that rows of a file state that are no entries; a withdrawn file states none.

    An opening is of the day before the account's first sound row in the file, a closing of no day before its last one.
    """
    if latest_file_decision(feed, file.delivery_number) == "withdraw":
        return []
    days: dict[tuple[str, str], list[date]] = defaultdict(list)
    for row in file.rows:
        if row is not None and not row.word and not broken_rules(row, feed.code, file.landed_at):
            days[row.account_id, row.currency].append(booking_date(row, feed.code))
    found = []
    for number, row in enumerate(file.rows, start=1):
        if row is None or row.word in ("", "pending"):
            continue
        of_account = days[row.account_id, row.currency]
        day = booking_date(row, feed.code)
        if row.word == "opening" and of_account:
            day = min(of_account) - timedelta(days=1)
        if row.word == "closing" and of_account:
            day = max(day, *of_account)
        balance = Decimal(row.amount if row.balance is None else row.balance)
        account = (feed.name, row.account_id, row.currency)
        found.append(Known(account, day, balance, f"{file.delivery_number:06} {number:06}"))
    return found
