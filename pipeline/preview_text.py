"""A preview as a person reads it: what passes and what is held, then the month ends that change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from loader.cli.console import one_line
from pipeline.ends import End
from pipeline.preview import FeedPreview, FilePreview, Preview

_STATUSES = ("accepted", "quarantined", "condemned", "duplicate")
_ENDS = {
    End.PUBLISHED: "A build would publish this.",
    End.HELD: "A build would end with a held file: see below. It publishes the rest.",
    End.NOTHING_NEW: "Nothing would change: a build would publish nothing.",
}


def lines(preview: Preview) -> Iterator[str]:
    """Yield the lines of a preview."""
    yield f"PREVIEW {preview.build}: nothing is published, readers see what they saw. {_ENDS[preview.end]}"
    if preview.files_left:
        yield f"{preview.files_left} more files are pending than max_files allows; they are not in this preview."
    yield from _section("feeds", ["feed", "files", *_STATUSES, "code"], _feeds(preview))
    title = _cut("files, held ones first", len(preview.files), preview.file_count)
    yield from _section(title, ["feed", "file", "what", "rows", "file_id"], _files(preview))
    yield from _section(
        _cut("decisions that take effect", len(preview.decisions), preview.decision_count),
        ["decision", "file_id", "row", "decided by", "reason"],
        [(row.decision, row.file_id, row.row_number, row.decided_by, row.reason) for row in preview.decisions],
    )
    yield from _section(
        "closes that take effect",
        ["month", "event", "closed at", "closed by"],
        [(row.month, row.event, row.closed_at, row.closed_by) for row in preview.closes],
    )
    yield from _section(
        "certificates that change",
        ["month", "verdict", "balances restated"],
        [(row.month, row.verdict, row.restatement_count) for row in preview.certificates],
    )
    yield from _balances(preview)


def _feeds(preview: Preview) -> Iterator[Sequence[object]]:
    for feed in preview.feeds:
        files, code = _files_of(feed), _code_of(feed)
        if files or code:
            yield (feed.feed, files, *(_signed(getattr(feed, f"more_{status}")) for status in _STATUSES), code)


def _files_of(feed: FeedPreview) -> str:
    counts = [
        (feed.files_new, "new"),
        (feed.files_again, "published before"),
        (feed.files_held, "HELD"),
        (feed.files_waiting, "waiting"),
    ]
    return ", ".join(f"{count} {what}" for count, what in counts if count)


def _code_of(feed: FeedPreview) -> str:
    if feed.is_new_feed:
        return "new feed"
    changed = [
        what for is_so, what in ((feed.evaluation_changed, "rules"), (feed.balances_changed, "balances")) if is_so
    ]
    if feed.code_is_held:
        return "changed, HELD: the feed stays as it is"
    return f"changed: {', '.join(changed)}" if changed else ""


def _files(preview: Preview) -> Iterator[Sequence[object]]:
    for file in preview.files:
        yield file.feed, file.file_name, _what(file), _rows(file), file.file_id


def _what(file: FilePreview) -> str:
    if file.verdict == "held":
        return f"HELD: {file.failure}"
    if file.verdict == "waiting":
        return f"waits behind {file.waits_behind}"
    if file.decision == "withdraw":
        return "withdrawn"
    return "evaluated again" if file.was_published else "new"


def _rows(file: FilePreview) -> str:
    """Return where its rows are, or, of a published file, what of that changes."""
    found = []
    for status in _STATUSES:
        now, before = getattr(file, f"rows_{status}"), getattr(file, f"rows_{status}_published")
        if before is None and now:
            found.append(f"{now} {status}")
        elif before is not None and now is not None and now != before:
            found.append(f"{status} {before} -> {now}")
    if not file.was_published:
        found = [f"{file.rows_delivered} delivered", *found]
        found += [f"{file.rows_malformed} malformed"] if file.rows_malformed else []
    return ", ".join(found)


def _balances(preview: Preview) -> Iterator[str]:
    yield from _section(
        "month ends that change: how many, and the sum of their differences",
        ["feed", "currency", "accounts", "months", "changed", "gone", "new", "closed", "difference", "new balances"],
        [
            (
                row.feed,
                row.currency,
                row.accounts,
                f"{row.first_month}..{row.last_month}",
                row.month_ends_changed,
                row.month_ends_gone,
                row.month_ends_new,
                row.month_ends_closed,
                row.difference_of_published,
                row.balance_of_new,
            )
            for row in preview.balances
        ],
    )
    yield from _section(
        _cut("month ends, those of closed months first", len(preview.month_ends), preview.month_end_count),
        ["feed", "account", "currency", "month", "", "published", "previewed", "difference", "changed"],
        [
            (
                row.feed,
                row.account_id,
                row.currency,
                row.month,
                "CLOSED" if row.is_closed else "",
                row.balance_published,
                row.balance_previewed,
                row.difference,
                row.values_changed or row.change,
            )
            for row in preview.month_ends
        ],
    )


def _cut(title: str, shown: int, found: int) -> str:
    """Return the title of a list of which only the beginning may be shown."""
    return f"{title} ({shown:,} of {found:,}; --limit shows more)" if shown < found else title


def _signed(count: int) -> str:
    return f"{count:+}" if count else ""


def _section(title: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Yield a table under a title; nothing where it has no rows. Figures are set to the right."""
    cells = [[_cell(value) for value in row] for row in rows]
    if not cells:
        return
    columns = [place for place in range(len(header)) if any(row[place][0] for row in cells)]
    widths = {place: max(len(header[place]), *(len(row[place][0]) for row in cells)) for place in columns}
    figures = {place for place in columns if any(row[place][1] for row in cells)}
    yield ""
    yield title
    for texts in [list(header), *([text for text, _ in row] for row in cells)]:
        padded = [
            texts[place].rjust(widths[place]) if place in figures else texts[place].ljust(widths[place])
            for place in columns
        ]
        yield f"  {'  '.join(padded).rstrip()}"


def _cell(value: object) -> tuple[str, bool]:
    """Return a value as text, and whether it is a figure."""
    if isinstance(value, Decimal):
        return f"{value:,f}", True
    if isinstance(value, int):
        return f"{value:,}", True
    return one_line("" if value is None else str(value)), False
