"""What a build that did not commit would publish, as the macro `preview` tells it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel

from pipeline.ends import End


class FeedPreview(BaseModel):
    """A feed: what becomes of its files, how many rows more would be where, and whether other code evaluates it."""

    feed: str
    files_new: int
    files_again: int
    files_held: int
    files_waiting: int
    files_left: int
    rows_new: int
    more_accepted: int
    more_quarantined: int
    more_condemned: int
    more_duplicate: int
    code_is_held: bool
    evaluation_changed: bool
    balances_changed: bool
    is_new_feed: bool

    @property
    def has_other_code(self) -> bool:
        """Whether a build would publish it for its code alone."""
        return self.evaluation_changed or self.balances_changed or self.is_new_feed


class FilePreview(BaseModel):
    """A file; of one that does not pass no rows are counted, and of one that was not published none before."""

    feed: str
    file_id: str
    file_name: str | None
    delivery_number: int
    landed_at: str
    verdict: Literal["passed", "held", "waiting"]
    failure: str | None
    waits_behind: str | None
    decision: str | None
    was_published: bool
    rows_delivered: int
    rows_malformed: int
    rows_accepted: int | None
    rows_quarantined: int | None
    rows_condemned: int | None
    rows_duplicate: int | None
    rows_accepted_published: int | None
    rows_quarantined_published: int | None
    rows_condemned_published: int | None
    rows_duplicate_published: int | None


class DecisionPreview(BaseModel):
    """A decision on a file, or on a row of it, that would take effect."""

    decision: str
    file_id: str
    row_number: int | None
    reason: str | None
    decided_by: str | None
    decided_at: str


class ClosePreview(BaseModel):
    """A close or a reopening of a month that would take effect."""

    month: str
    event: str
    closed_at: str
    closed_by: str | None
    reason: str | None


class CertificatePreview(BaseModel):
    """A certificate of a closed month that would get another version."""

    month: str
    verdict: str
    is_provisional: bool
    restatement_count: int


class BalancePreview(BaseModel):
    """The month ends of a feed and currency that would change.

    Attributes:
        month_ends_closed: of closed months, those whose balance would be another one.
        difference_of_published: sum over the month ends that are published, changed or gone.
        balance_of_new: sum over those that are not published yet.
    """

    feed: str
    currency: str
    accounts: int
    months: int
    first_month: str
    last_month: str
    month_ends_changed: int
    month_ends_gone: int
    month_ends_new: int
    month_ends_closed: int
    difference_of_published: Decimal
    balance_of_new: Decimal


class MonthEndPreview(BaseModel):
    """A month end that would change; ``values_changed`` names what of it."""

    feed: str
    # dbt takes some texts for NULL.
    account_id: str | None
    currency: str | None
    month: str
    is_closed: bool
    change: Literal["changed", "gone", "new"]
    balance_published: Decimal | None
    balance_previewed: Decimal | None
    difference: Decimal
    values_changed: str | None


class Preview(BaseModel):
    """All of it. Lists of files, decisions and month ends are cut; the counts, feeds and balances are of everything."""

    build: str
    rows_written: int
    feeds: list[FeedPreview]
    files: list[FilePreview]
    decisions: list[DecisionPreview]
    decision_count: int
    closes: list[ClosePreview]
    certificates: list[CertificatePreview]
    balances: list[BalancePreview]
    month_ends: list[MonthEndPreview]

    @property
    def file_count(self) -> int:
        """How many files a build would look at, those among them that stay held."""
        return sum(one.files_new + one.files_again + one.files_held + one.files_waiting for one in self.feeds)

    @property
    def month_end_count(self) -> int:
        """How many month ends would change, come or go."""
        return sum(row.month_ends_changed + row.month_ends_gone + row.month_ends_new for row in self.balances)

    @property
    def closed_count(self) -> int:
        """How many month ends of closed months would have another balance."""
        return sum(row.month_ends_closed for row in self.balances)

    @property
    def files_left(self) -> int:
        """How many files are pending that this preview does not contain, because of the variable max_files."""
        return sum(feed.files_left for feed in self.feeds)

    @property
    def end(self) -> End:
        """How a build of the same would end."""
        if any(feed.files_held for feed in self.feeds):
            return End.HELD
        is_news = self.rows_written or any(feed.has_other_code for feed in self.feeds)
        return End.PUBLISHED if is_news else End.NOTHING_NEW

    def as_json(self) -> dict[str, Any]:
        """Return it for machines; money is text, so that no digit is lost."""
        counts = {"month_ends_changed": self.month_end_count, "month_ends_closed": self.closed_count}
        return {"build_would_end": self.end.name.lower(), **counts, **self.model_dump(mode="json")}
