"""What must become of every delivered row, told again in plain Python: run after run, and one row at a time.

The model knows nothing of builds. It goes through what a feed brings, in order: files, and moments of judging again.
The rules are docs/quarantine-and-gate.md's; nothing is shared with the dbt models.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from tests.end_to_end.history_model import Account, Entry, Feed

BY_RULES = "a rule"
"""Stands for the codes of the rules that a row breaks."""

CONFLICT = "CONFLICTING_TRANSACTION_ID"
WORDS = {"condemn": "CONDEMNED", "correct": "CORRECTED"}

Place = tuple[int, int]
"""Index of a file in its feed, and number of the row in it, from 1."""


@dataclass(frozen=True)
class Row:
    """A row as it is delivered.

    Attributes:
        entry_id: its key; empty where the row has none.
        is_number: whether the amount is delivered as a number.
    """

    account: Account
    entry_id: str
    day: date
    amount: Decimal
    balance: Decimal | None
    is_number: bool = True


@dataclass(frozen=True)
class Decision:
    """What was decided on a refused row.

    Attributes:
        corrected_by: the accepted row that took its place, of a decision `correct`.
    """

    place: Place
    decision: str
    at: datetime
    corrected_by: Place | None = None


@dataclass(frozen=True)
class Judgement:
    """Where a row is, how often it was judged, and why it is not in the ledger."""

    status: str
    attempts: int = 1
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Run:
    """A file, or a moment at which rows are judged again (`file` is None), with what became of it.

    Attributes:
        is_sound: whether the gate lets it pass; it is published where all runs before it are, too.
        counts: its rows by status.
    """

    committed_at: datetime
    file: int | None
    known_at: datetime
    is_published: bool
    is_sound: bool
    counts: Counter[str] = field(hash=False)


@dataclass(frozen=True)
class History:
    """What a feed delivered, and what was decided on it.

    Attributes:
        files: the rows of each file.
        committed: when each file was committed.
        fates: decisions on files, release or withdraw, and when.
        quarantine_limit: the share of refused rows that holds a file when it is exceeded.
        refused_account: an account that rules refuse until `rules_since`.
    """

    files: Sequence[Sequence[Row]]
    committed: Sequence[datetime]
    fates: Mapping[int, tuple[str, datetime]]
    decisions: Sequence[Decision]
    quarantine_limit: Decimal
    refused_account: str | None = None
    rules_since: datetime | None = None

    def row(self, place: Place) -> Row:
        """Return the row that was delivered there."""
        file, number = place
        return self.files[file][number - 1]

    def until(self, moment: datetime) -> History:
        """Return what there was of it at a moment."""
        count = sum(at <= moment for at in self.committed)
        return replace(
            self,
            files=self.files[:count],
            committed=self.committed[:count],
            fates={file: fate for file, fate in self.fates.items() if fate[1] <= moment},
            decisions=[decision for decision in self.decisions if decision.at <= moment],
            rules_since=self.rules_since if self.rules_since and self.rules_since <= moment else None,
        )


@dataclass
class Books:
    """What is known of a feed's rows after some of its runs.

    Attributes:
        accepted: the content that stands in the ledger for a key.
        refused: the rows that were refused before.
        judgements: the last one of each row of a published run.
        standing: the rows that can be judged again.
    """

    accepted: dict[str, Row] = field(default_factory=dict)
    refused: set[Row] = field(default_factory=set)
    judgements: dict[Place, Judgement] = field(default_factory=dict)
    standing: set[Place] = field(default_factory=set)


def judge(history: History) -> tuple[list[Run], Books, Feed]:
    """Return a feed's runs in order, its rows, and the entries that its published runs made known."""
    books = Books()
    runs: list[Run] = []
    known: list[datetime] = []
    entries: list[Entry] = []
    behind = Counter[datetime]()
    for committed_at, file in _in_order(history):
        fate, decided_at = ("", committed_at) if file is None else history.fates.get(file, ("", committed_at))
        # A run that was held is known from the decision on, and so is what waited behind it, a millisecond apart.
        published_from = max(committed_at, decided_at, *behind)
        known_at = published_from + timedelta(milliseconds=behind[published_from])
        behind[published_from] += 1
        breaks_rules = _rules(history, known_at)
        if file is None:
            due = {decision.place: decision for decision in history.decisions if decision.at == committed_at}
            is_sound = due.keys() <= books.standing
            found = _replay(history, due if is_sound else {}, committed_at, books, breaks_rules)
        else:
            found = _file(history.files[file], file, fate, books, breaks_rules)
            refused = sum(judgement.status == "quarantined" for judgement in found.values())
            is_sound = bool(fate) or refused <= history.quarantine_limit * len(history.files[file])
        is_published = is_sound and all(run.is_published for run in runs)
        counts = Counter(judgement.status for judgement in found.values())
        runs.append(Run(committed_at, file, known_at, is_published, is_sound, counts))
        if not is_published:
            continue
        for place, judgement in found.items():
            row = history.row(place)
            books.judgements[place] = judgement
            books.standing.discard(place)
            if judgement.status == "accepted":
                books.accepted[row.entry_id] = row
                entries.append(Entry(row.account, row.entry_id, row.day, row.amount, row.balance, len(known)))
            elif judgement.status != "duplicate" and fate != "withdraw":
                books.standing.add(place)
                books.refused.add(row)
        known.append(known_at)
    return runs, books, Feed(known, entries)


def _in_order(history: History) -> list[tuple[datetime, int | None]]:
    """Return the files and the moments of judging again, in the order of their times. The same file again is none."""
    moments = {decision.at for decision in history.decisions}
    if history.rules_since is not None:
        moments.add(history.rules_since)
    files: list[tuple[datetime, int | None]] = [
        (at, file) for file, at in enumerate(history.committed) if history.files[file] not in history.files[:file]
    ]
    return sorted([*files, *((at, None) for at in moments)], key=lambda step: step[0])


def _rules(history: History, known_at: datetime) -> Callable[[Row], bool]:
    """Return the rules that hold for a run: whether a row breaks one."""
    is_refused = history.rules_since is None or known_at < history.rules_since

    def breaks_rules(row: Row) -> bool:
        return not row.is_number or not row.entry_id or (is_refused and row.account[1] == history.refused_account)

    return breaks_rules


def _reasons(
    row: Row, breaks_rules: Callable[[Row], bool], accepted: Mapping[str, Row], beside: Iterable[Row]
) -> list[str]:
    """Return why a row is refused: by a rule, or as it contradicts the ledger or, of a new key, rows beside it."""
    if breaks_rules(row):
        return [BY_RULES]
    stands = accepted.get(row.entry_id)
    if stands is None:
        same_key = [other for other in beside if other.entry_id == row.entry_id and not breaks_rules(other)]
        return [CONFLICT] if any(other != row for other in same_key) else []
    return [CONFLICT] if stands != row else []


def _file(
    rows: Sequence[Row], file: int, fate: str, books: Books, breaks_rules: Callable[[Row], bool]
) -> dict[Place, Judgement]:
    """Judge the rows of a file."""
    places = {(file, number): row for number, row in enumerate(rows, start=1)}
    if fate == "withdraw":
        return {
            place: Judgement("condemned", 1, (*([BY_RULES] if breaks_rules(row) else []), "RUN_WITHDRAWN"))
            for place, row in places.items()
        }
    found = {}
    accepted = dict(books.accepted)
    broken: set[Row] = set()
    for place, row in places.items():
        reasons = _reasons(row, breaks_rules, accepted, rows)
        if not reasons:
            found[place] = Judgement("duplicate" if row.entry_id in accepted else "accepted")
            accepted[row.entry_id] = row
        elif row.entry_id and (row in books.refused or row in broken):
            found[place] = Judgement("condemned", 1, (*reasons, "DUPLICATE_FAILURE"))
        else:
            found[place] = Judgement("quarantined", 1, (*reasons,))
        if reasons == [BY_RULES]:
            broken.add(row)
    return found


def _replay(
    history: History,
    due: Mapping[Place, Decision],
    moment: datetime,
    books: Books,
    breaks_rules: Callable[[Row], bool],
) -> dict[Place, Judgement]:
    """Judge again what was decided on and, where rules have changed, what waits because of a rule."""
    asked = {place: decision.decision for place, decision in due.items()}
    if moment == history.rules_since:
        for place, judgement in books.judgements.items():
            if judgement.status == "quarantined" and BY_RULES in judgement.reasons:
                asked.setdefault(place, "judge")
    tried = {place: history.row(place) for place in sorted(asked) if asked[place] not in WORDS}
    found = {}
    for place in asked.keys() - tried.keys():
        reasons = [BY_RULES] if breaks_rules(history.row(place)) else []
        found[place] = Judgement("condemned", books.judgements[place].attempts, (*reasons, WORDS[asked[place]]))
    accepted = dict(books.accepted)
    for place, row in tried.items():
        before = books.judgements[place]
        attempts = before.attempts + 1
        reasons = _reasons(row, breaks_rules, accepted, tried.values())
        if not reasons:
            found[place] = Judgement("duplicate" if row.entry_id in accepted else "accepted", attempts)
            accepted[row.entry_id] = row
        elif attempts >= 3:
            found[place] = Judgement("condemned", attempts, (*reasons, "MAX_ATTEMPTS"))
        else:
            found[place] = Judgement(before.status, attempts, (*reasons,))
    return found
