"""Which cases a world holds, found by living it with the oracle alone: what the worlds that are tried have to cover."""

from __future__ import annotations

from collections import Counter

from tests.histories.delivered import Code, Feed, Inputs
from tests.histories.events import (
    Build,
    ChangeCode,
    CloseMonth,
    DecideFile,
    DecideRow,
    Event,
    KilledBuild,
    Land,
    PartialBuild,
    World,
    WrongDecision,
    happen,
)
from tests.histories.oracle import CONFLICT, Evaluation, Found, evaluate
from tests.histories.published import Published, restatements, versions

OF_REASONS = {
    "DUPLICATE_TRANSACTION_ID": "row twice",
    "NULL_VALUE_ERROR": "row without an id",
    "TYPE_ERROR": "broken row",
    "TIMESTAMP_ERROR": "mistyped year",
    "FIELD_COUNT": "malformed record",
    "FILE_WITHDRAWN": "withdrawn row",
    "CONDEMNED": "condemned row",
    "CORRECTED": "corrected row",
    "DUPLICATE_FAILURE": "repeated failure",
    "MAX_ATTEMPTS": "third failure",
}
OF_EVENTS = {
    PartialBuild: "partial build",
    KilledBuild: "killed build",
    WrongDecision: "decision on no row",
}
CASES = frozenset(
    {
        *OF_REASONS.values(),
        *OF_EVENTS.values(),
        *("conflict within a file", "conflict across files", "failed again after a release", "accepted by a release"),
        *("held: quarantine rate", "held: code limit", "held: decision", "file that waits", "held feed beside another"),
        *("released file", "withdrawn file", "held file", "withdrawn after publication", "withdrawal taken back"),
        *("decision on an accepted row", "freed key", "lost key", "releases at one instant", "decision dated back"),
        *("sign", "reporting zone", "key", "rule added", "rule removed", "limit", "changed code that is held"),
        *("published file over its limit", "same file again", "full refresh", "month closed", "month reopened"),
        *("loader's clock wrong", "build's clock goes back", "restated month", "month that vanished"),
        *("month with versions", "day with a break", "undecided day", "provisional month", "late entry"),
    }
)


def cases_of(world: World) -> set[str]:
    """Return the cases that a world holds; killed builds are taken for such that published nothing."""
    return _Living(world).live()


class _Living:
    """A world that is lived event by event, with what was seen so far."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.inputs = Inputs({name: Feed(name, code) for name, code in world.codes.items()})
        self.published = Published()
        self.seen: set[str] = set()

    def live(self) -> set[str]:
        last_at = None
        for event in self.world.events:
            before = self.inputs
            self.inputs = happen(before, event)
            self.of_event(event, before)
            if isinstance(event, Build):
                if last_at and event.at < last_at:
                    self.seen.add("build's clock goes back")
                last_at = event.at
                self.build(event)
        self.build(Build(self.world.rebuilt_at))
        self.of_versions()
        return self.seen

    def of_event(self, event: Event, before: Inputs) -> None:
        if type(event) in OF_EVENTS:
            self.seen.add(OF_EVENTS[type(event)])
        elif isinstance(event, Land):
            feed = before.feeds[event.feed]
            if self.inputs is before:
                self.seen.add("same file again")
            if any(file.landed_at > event.at for file in feed.files):
                self.seen.add("loader's clock wrong")
        elif isinstance(event, DecideFile):
            self.of_file_decision(event, before.feeds[event.feed])
        elif isinstance(event, DecideRow):
            self.of_row_decision(event, before.feeds[event.feed])
        elif isinstance(event, ChangeCode):
            self.of_code(before.feeds[event.feed].code, event.after)
        elif isinstance(event, CloseMonth):
            self.seen.add({"close": "month closed", "reopen": "month reopened"}[event.close.event])

    def of_file_decision(self, event: DecideFile, feed: Feed) -> None:
        words = {"hold": "held file", "release": "released file", "withdraw": "withdrawn file"}
        word, number = event.decision.decision, event.decision.delivery_number
        self.seen.add(words[word])
        known = self.published.feeds.get(event.feed)
        if word == "withdraw" and known and number in known.evaluation.passed:
            self.seen.add("withdrawn after publication")
        earlier = [other.decision for other in feed.file_decisions if other.delivery_number == number]
        if word == "release" and "withdraw" in earlier:
            self.seen.add("withdrawal taken back")

    def of_row_decision(self, event: DecideRow, feed: Feed) -> None:
        decision = event.decision
        rows = evaluate(feed).rows
        if decision.place in rows and rows[decision.place].status == "accepted":
            self.seen.add("decision on an accepted row")
        if any(other.decided_at == decision.decided_at for other in feed.row_decisions):
            self.seen.add("releases at one instant")
        if any(other.decided_at > decision.decided_at for other in feed.row_decisions):
            self.seen.add("decision dated back")

    def of_code(self, before: Code, after: Code) -> None:
        if before.sign != after.sign:
            self.seen.add("sign")
        if before.key != after.key:
            self.seen.add("key")
        if before.reporting_time_zone != after.reporting_time_zone:
            self.seen.add("reporting zone")
        if before.quarantine_limit != after.quarantine_limit:
            self.seen.add("limit")
        if before.refused_accounts != after.refused_accounts:
            self.seen.add("rule added" if after.refused_accounts else "rule removed")

    def build(self, event: Build) -> None:
        before = {name: known.evaluation for name, known in self.published.feeds.items()}
        publications = self.published.publications
        last_at = publications[-1].published_at if publications else event.at
        self.published.publish(self.inputs, max(last_at, event.at))
        if event.full_refresh:
            self.seen.add("full refresh")
        held = 0
        for name, known in self.published.feeds.items():
            self.of_evaluation(known.feed, known.evaluation)
            held += any(verdict.verdict == "held" for verdict in known.verdicts.values())
            if known.is_frozen:
                self.seen.add("changed code that is held")
            elif not set(known.evaluation.passed) <= set(evaluate(known.feed).passed):
                self.seen.add("published file over its limit")
            if name in before:
                self.of_keys(known.feed, before[name], known.evaluation)
            for verdict in known.verdicts.values():
                if verdict.verdict != "passed":
                    self.seen.add(f"held: {verdict.failure}" if verdict.failure else "file that waits")
        if held == 1:
            self.seen.add("held feed beside another")
        kinds = {getattr(found, "kind", "") for found in self.published.day_breaks().values()}
        self.seen |= {
            {"movement_missing": "day with a break", "order_undecided": "undecided day"}[kind] for kind in kinds
        }
        if any(self.published.is_provisional(key) for key in self.published.month_ends()):
            self.seen.add("provisional month")

    def of_evaluation(self, feed: Feed, evaluation: Evaluation) -> None:
        for place, found in evaluation.rows.items():
            self.seen |= {OF_REASONS[code] for code in found.reasons if code in OF_REASONS}
            if found.attempts > 1 and found.status == "accepted":
                self.seen.add("accepted by a release")
            if found.attempts > 1 and found.status == "quarantined":
                self.seen.add("failed again after a release")
            if CONFLICT in found.reasons:
                row = feed.row(place)
                keys = Counter(other.entry_id for other in feed.file(place[0]).rows if other)
                within = row is not None and keys[row.entry_id] > 1
                self.seen.add("conflict within a file" if within else "conflict across files")

    def of_keys(self, feed: Feed, before: Evaluation, after: Evaluation) -> None:
        decided = {decision.place for decision in feed.row_decisions}
        for place in before.rows.keys() & after.rows.keys() - decided:
            was, now = before.rows[place], after.rows[place]
            if _is_keyed(was) and _is_keyed(now) and was.status != now.status:
                self.seen.add("freed key" if now.status == "accepted" else "lost key")

    def of_versions(self) -> None:
        publications = self.published.publications
        told = versions(publications)
        for (_, month), of_month in told.items():
            if len(of_month) > 1:
                self.seen.add("month with versions")
            if any(version.month_end is None for version in of_month):
                self.seen.add("month that vanished")
            if any(version.published_at.date().replace(day=1) > month for version in of_month[1:]):
                self.seen.add("late entry")
        if restatements(publications, self.inputs.closes):
            self.seen.add("restated month")


def _is_keyed(found: Found) -> bool:
    """Return whether only its key decides on a row."""
    return found.status in ("accepted", "duplicate") or CONFLICT in found.reasons
