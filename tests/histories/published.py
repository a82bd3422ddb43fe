"""What publications showed, one after the other: what readers see now, and what they were told before.

A build publishes what the oracle says of each feed, with two memories: the files that are published are not limited
again, and a feed whose changed code breaks a limit in one of them stays as it was.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from tests.histories.balances import MonthEnd, day_breaks, month_ends, next_month
from tests.histories.delivered import Account, Close, Feed, FileDecision, Inputs
from tests.histories.oracle import NOTHING, Evaluation, Known, Verdict, evaluate, latest_file_decision

AccountMonth = tuple[Account, date]


@dataclass
class PublishedFeed:
    """What is published of a feed, and what the last build said of the files that are not.

    Attributes:
        feed: its files, decisions and code, as they were published.
        verdicts: of the last build, also where it published nothing of the feed.
        known_on: the day, by the reporting time zone, up to which the last publication knew the feed: that of its last
            file's landing that was not withdrawn, or of the publication if that came first.
        is_frozen: whether changed code is held.
    """

    feed: Feed
    evaluation: Evaluation = NOTHING
    verdicts: Mapping[int, Verdict] = field(default_factory=dict)
    known_on: date | None = None
    is_frozen: bool = False

    def build(self, feed: Feed) -> tuple[Evaluation, bool]:
        """Return what a build finds of today's feed, and whether its changed code is held."""
        passed = self.evaluation.passed
        is_changed = bool(passed) and not feed.code.evaluates_like(self.feed.code)
        found = evaluate(feed, passed, code_is_new=is_changed)
        if not is_changed or set(passed) <= set(found.passed):
            return found, False
        # Of such a feed nothing is published: all its files wait behind the first one that is held.
        (held,) = (number for number, verdict in found.verdicts.items() if verdict.verdict == "held")
        waiting = dict.fromkeys(found.verdicts, Verdict("waiting", waits_behind=held))
        return replace(found, verdicts=waiting | {held: found.verdicts[held]}), True


@dataclass(frozen=True)
class Publication:
    """One publication: when, what each month end was, and up to when each feed was known."""

    published_at: datetime
    month_ends: Mapping[AccountMonth, MonthEnd]
    known_on: Mapping[str, date]

    def knows(self, feed: str, month: date) -> bool:
        """Return whether a month of a feed was complete."""
        return feed in self.known_on and self.known_on[feed] >= next_month(month)


@dataclass(frozen=True)
class Version:
    """A month end as publications showed it; None where it ended.

    Attributes:
        publication: index of the publication that showed it first.
        superseded_at: when the next version was published.
    """

    publication: int
    published_at: datetime
    superseded_at: datetime | None
    month_end: MonthEnd | None


class Published:
    """A warehouse as readers know it, after each of its publications."""

    def __init__(self) -> None:
        self.feeds: dict[str, PublishedFeed] = {}
        self.publications: list[Publication] = []
        self.closes: tuple[Close, ...] = ()

    def look(self, inputs: Inputs) -> dict[str, tuple[Evaluation, bool]]:
        """Return what a build of everything would find, and of which feeds it holds the changed code."""
        return {name: self._of(feed).build(feed) for name, feed in inputs.feeds.items()}

    def publish(self, inputs: Inputs, published_at: datetime) -> None:
        """Take up what a publication at this time showed."""
        for name, (evaluation, is_frozen) in self.look(inputs).items():
            known = self.feeds.setdefault(name, PublishedFeed(inputs.feeds[name]))
            known.verdicts, known.is_frozen = evaluation.verdicts, is_frozen
            if not is_frozen:
                known.feed, known.evaluation = inputs.feeds[name], evaluation
            known.feed = replace(known.feed, openings=inputs.feeds[name].openings)
            known.known_on = None
            standing = [n for n in known.evaluation.passed if latest_file_decision(known.feed, n) != "withdraw"]
            if standing:
                known_at = min(known.feed.file(standing[-1]).landed_at, published_at)
                known.known_on = known_at.astimezone(ZoneInfo(inputs.feeds[name].code.reporting_time_zone)).date()
        self.closes = inputs.closes
        known_on = {name: known.known_on for name, known in self.feeds.items() if known.known_on}
        self.publications.append(Publication(published_at, self.month_ends(), known_on))

    def look_again(self, inputs: Inputs) -> None:
        """Take up the verdicts of a build that found nothing to publish."""
        for name, (evaluation, is_frozen) in self.look(inputs).items():
            known = self.feeds.setdefault(name, PublishedFeed(inputs.feeds[name]))
            known.verdicts, known.is_frozen = evaluation.verdicts, is_frozen

    def _of(self, feed: Feed) -> PublishedFeed:
        return self.feeds.get(feed.name) or PublishedFeed(feed)

    def month_ends(self) -> dict[AccountMonth, MonthEnd]:
        """Return the month ends that are published now."""
        found: dict[AccountMonth, MonthEnd] = {}
        for known in self.feeds.values():
            found |= month_ends(list(known.evaluation.entries.values()), known.feed.code, self._known(known))
        return found

    def _known(self, published: PublishedFeed) -> list[Known]:
        """Return what is known of a feed's accounts beside their entries: of a decided opening the last line counts."""
        feed = published.feed
        latest: dict[Account, Known] = {}
        for line in sorted(feed.openings, key=lambda line: line.decided_at):
            account = (feed.name, line.account_id, line.currency)
            latest[account] = Known(account, line.as_of - timedelta(days=1), Decimal(line.balance), "")
        return [*published.evaluation.stated, *latest.values()]

    def is_provisional(self, key: AccountMonth) -> bool:
        """Return whether the last publication did not know a month's feed up to its end."""
        (feed, _, _), month = key
        return not self.publications[-1].knows(feed, month)

    def day_breaks(self) -> dict[tuple[Account, date], object]:
        """Return the days that are listed as breaks now."""
        found: dict[tuple[Account, date], object] = {}
        for known in self.feeds.values():
            found |= day_breaks(list(known.evaluation.entries.values()), known.feed.code, self._known(known))
        return found


def settling(published: Published, inputs: Inputs, decided_at: datetime) -> list[tuple[str, FileDecision]]:
    """Return releases of the published files that an empty warehouse would hold, so that both come to the same."""
    found = []
    for name, feed in inputs.feeds.items():
        known = published.feeds[name].evaluation.passed if name in published.feeds else []
        while missing := set(known) - set(evaluate(feed).passed):
            # The first one is held itself: what waits is behind it.
            decision = FileDecision(min(missing), "release", decided_at)
            found.append((name, decision))
            feed = feed.decided(decision)
    return found


def versions(publications: Sequence[Publication]) -> dict[AccountMonth, list[Version]]:
    """Return the values that publications gave each account-month, in order; one that vanished ends with None."""
    found: dict[AccountMonth, list[Version]] = defaultdict(list)
    for number, publication in enumerate(publications):
        for key in found.keys() | publication.month_ends.keys():
            known = found[key]
            month_end = publication.month_ends.get(key)
            if known and known[-1].month_end == month_end:
                continue
            if known:
                last = known[-1]
                known[-1] = Version(last.publication, last.published_at, publication.published_at, last.month_end)
            known.append(Version(number, publication.published_at, None, month_end))
    return dict(found)


def first_reported(publications: Sequence[Publication]) -> dict[AccountMonth, MonthEnd]:
    """Return of each account-month what was said first once a publication had known the month complete."""
    found: dict[AccountMonth, MonthEnd] = {}
    reported: set[tuple[str, date]] = set()
    months = {(account[0], month) for publication in publications for account, month in publication.month_ends}
    for publication in publications:
        reported |= {(feed, month) for feed, month in months if publication.knows(feed, month)}
        for (account, month), month_end in publication.month_ends.items():
            if (account[0], month) in reported:
                found.setdefault((account, month), month_end)
    return found


def closed_months(closes: Sequence[Close]) -> dict[date, datetime]:
    """Return the months that are closed, and when: a month's latest event counts."""
    latest = {close.month: close for close in sorted(closes, key=lambda close: close.closed_at)}
    return {month: close.closed_at for month, close in latest.items() if close.event == "close"}


def as_closed(publications: Sequence[Publication], closes: Sequence[Close]) -> dict[AccountMonth, MonthEnd]:
    """Return of each closed month the month ends that were current when it was closed."""
    found: dict[AccountMonth, MonthEnd] = {}
    for month, closed_at in closed_months(closes).items():
        known = [publication for publication in publications if publication.published_at <= closed_at]
        if known:
            found |= {key: month_end for key, month_end in known[-1].month_ends.items() if key[1] == month}
    return found


def restatements(
    publications: Sequence[Publication], closes: Sequence[Close]
) -> dict[AccountMonth, tuple[Decimal | None, Decimal | None]]:
    """Return the closed months with another balance now: as closed, and now. What is not there has none."""
    before = as_closed(publications, closes)
    closed = closed_months(closes)
    now = {key: end for key, end in publications[-1].month_ends.items() if key[1] in closed} if publications else {}
    pairs = {
        key: (before[key].balance if key in before else None, now[key].balance if key in now else None)
        for key in before.keys() | now.keys()
    }
    return {key: pair for key, pair in pairs.items() if pair[0] != pair[1]}
