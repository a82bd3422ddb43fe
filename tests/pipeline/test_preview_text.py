"""A person reads of a preview what is held and which closed months change, and no name of a file breaks a line."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from pipeline.ends import End
from pipeline.preview import BalancePreview, FeedPreview, FilePreview, MonthEndPreview, Preview
from pipeline.preview_text import lines

COUNTS = {
    **dict.fromkeys(("files_new", "files_again", "files_held", "files_waiting", "files_left", "rows_new"), 0),
    **dict.fromkeys(("more_accepted", "more_quarantined", "more_condemned", "more_duplicate"), 0),
    **dict.fromkeys(("code_is_held", "evaluation_changed", "balances_changed", "is_new_feed"), False),
}
ROWS = {
    f"rows_{status}{suffix}": None
    for status in ("accepted", "quarantined", "condemned", "duplicate")
    for suffix in ("", "_published")
}


def feed(**values: Any) -> FeedPreview:
    return FeedPreview.model_validate({**COUNTS, "feed": "transactions", **values})


def file(**values: Any) -> FilePreview:
    known = {"feed": "transactions", "file_id": "f1", "file_name": "a.csv", "delivery_number": 1, "landed_at": "2024"}
    none = {"failure": None, "waits_behind": None, "decision": None, "was_published": False}
    return FilePreview.model_validate(
        {**known, **none, **ROWS, "rows_delivered": 9, "rows_malformed": 0, "verdict": "passed", **values}
    )


def preview(**values: Any) -> Preview:
    lists = ("feeds", "files", "decisions", "closes", "certificates", "balances", "month_ends")
    counts = {"rows_written": 0, "decision_count": 0}
    return Preview.model_validate({"build": "b", **counts, **{name: [] for name in lists}, **values})


def closed_month() -> MonthEndPreview:
    return MonthEndPreview(
        feed="transactions",
        account_id="C1",
        currency="EUR",
        month="2024-01",
        is_closed=True,
        change="changed",
        balance_published=Decimal("9007199254740993.0001"),
        balance_previewed=Decimal("9007199254740993.0002"),
        difference=Decimal("0.0001"),
        values_changed="balance",
    )


def balance(count: int) -> BalancePreview:
    counts = {"accounts": 1, "months": count, "month_ends_changed": count, "month_ends_gone": 0, "month_ends_new": 0}
    return BalancePreview.model_validate(
        {
            **counts,
            "feed": "transactions",
            "currency": "EUR",
            "first_month": "2024-01",
            "last_month": "2024-03",
            "month_ends_closed": 1,
            "difference_of_published": "0.0003",
            "balance_of_new": "0.0000",
        }
    )


def test_nothing_new_is_one_line() -> None:
    (line,) = lines(preview(feeds=[feed()]))
    assert line.endswith("Nothing would change: a build would publish nothing.")


def test_closed_month_is_shown_whole_and_the_rest_is_counted() -> None:
    shown = list(lines(preview(rows_written=3, month_ends=[closed_month()], balances=[balance(3)])))
    assert "month ends, those of closed months first (1 of 3; --limit shows more)" in shown
    assert shown[-1].split() == [
        *("transactions", "C1", "EUR", "2024-01", "CLOSED"),
        *("9,007,199,254,740,993.0001", "9,007,199,254,740,993.0002", "0.0001", "balance"),
    ]


def test_held_file_and_held_code_are_named() -> None:
    held = file(verdict="held", failure="code limit: TYPE_ERROR in 3 rows, limit 2")
    code = feed(files_held=1, code_is_held=True, evaluation_changed=True)
    told = preview(rows_written=1, feeds=[code], files=[held])
    assert told.end is End.HELD
    shown = "\n".join(lines(told))
    assert "HELD: code limit: TYPE_ERROR in 3 rows, limit 2" in shown
    assert "changed, HELD: the feed stays as it is" in shown


def test_files_that_max_files_leaves_are_counted() -> None:
    shown = list(lines(preview(rows_written=1, feeds=[feed(files_new=1, files_left=2)])))
    assert shown[1] == "2 more files are pending than max_files allows; they are not in this preview."


def test_lists_that_are_cut_say_of_how_many() -> None:
    decision = dict.fromkeys(("decision", "file_id", "decided_at"), "x") | dict.fromkeys(
        ("row_number", "reason", "decided_by")
    )
    held, waiting = file(verdict="held", failure="x"), file(verdict="waiting", waits_behind="f1")
    found = preview(
        feeds=[feed(files_held=1, files_waiting=1), feed(feed="accounts", files_new=1)],
        files=[held, waiting],
        decisions=[decision],
        decision_count=1_200,
    )
    shown = list(lines(found))
    assert "files, held ones first (2 of 3; --limit shows more)" in shown
    assert "decisions that take effect (1 of 1,200; --limit shows more)" in shown


def test_row_of_a_published_file_shows_what_changes() -> None:
    again = file(
        was_published=True, rows_accepted=7, rows_accepted_published=9, rows_condemned=2, rows_condemned_published=0
    )
    assert any("accepted 9 -> 7, condemned 0 -> 2" in line for line in lines(preview(files=[again])))


def test_name_of_a_file_breaks_no_line() -> None:
    (line,) = [line for line in lines(preview(files=[file(file_name="a\n{}\x1b[31m")])) if "a\\n" in line]
    assert "\x1b" not in line
    assert "\n" not in line
