"""Makes the sample feeds: `python -m demo.generate --out DIR [--rows N] [--seed S]`.

Two deliveries of three feeds, one file that the gate will hold, and what to expect of all of them:

    DIR/delivery-1/{transactions,ledger_entries,accounts}_2024-02-29.csv
    DIR/delivery-2/{transactions,ledger_entries,accounts}_2024-03-31.csv
    DIR/held/transactions_2024-04-01.csv
    DIR/expected.json              the fate of every row of every file, counted
    DIR/expected_month_ends.csv    every month-end balance, as known after each delivery

The same seed and number of rows give the same bytes.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import Any

from demo import ledger_cases, transaction_cases
from demo.bulk import Bulk, LedgerEntries, Transactions
from demo.cases import Case, CasesByDay, month_end_lines
from demo.files import ACCEPTED, MALFORMED, QUARANTINED, FeedFile
from demo.period import DAYS, DELIVERED_UNTIL
from demo.population import ENTRIES_PER_ACCOUNT

DEFAULT_ROWS = 6_000
FEWEST_ROWS = 3_000
"""With fewer, the hand-made faults would come near the quarantine limit."""
HELD_ROWS = 500
HELD_FILE = "held/transactions_2024-04-01.csv"

ACCOUNT_FAULTS: list[tuple[bytes, str, str]] = [
    (b"REFUSED01,EUR,2023-02-30,,open", QUARANTINED, "TIMESTAMP_ERROR"),
    (b"MALFORMED01,EUR,2023-11-01", MALFORMED, "too few fields"),
]


class Feed:
    """One feed of entries: its ordinary accounts, and the hand-made cases among them."""

    def __init__(self, bulk: Bulk, cases: list[Case], open_questions: set[str], seen: dict[str, int]) -> None:
        self.bulk = bulk
        self.name = bulk.feed
        self.cases = cases
        self.open_questions = open_questions
        self._cases_seen = seen

    def write(self, out: Path, month_ends: FeedFile) -> list[FeedFile]:
        """Writes the feed's files of both deliveries, a day at a time."""
        by_day = CasesByDay(self.cases)
        with ExitStack() as stack:
            files = {
                delivery: stack.enter_context(FeedFile(_path(out, delivery, self.name), self.name))
                for delivery in DELIVERED_UNTIL
            }
            for number, day in enumerate(DAYS):
                self.bulk.write_day(number, files)
                by_day.write_day(day, files)
                self.bulk.write_month_ends(number, month_ends)
        for line in month_end_lines(self.name, self.cases, self.open_questions):
            month_ends.write_row(line, ACCEPTED)
        return list(files.values())

    def seen(self) -> dict[str, int]:
        """How often the feed shows each thing that the sample is meant to show."""
        counts = self.bulk.seen + Counter(self._cases_seen) + Counter(self.bulk.quiet_accounts())
        return dict(sorted(counts.items()))

    def case_accounts(self) -> dict[str, tuple[str, date]]:
        """The hand-made accounts with their first currency and the day on which they were opened."""
        accounts: dict[str, tuple[str, date]] = {}
        for booking in (case.booking for case in self.cases if case.booking):
            currency, opened = accounts.get(booking.account_id, (booking.currency, booking.day))
            accounts[booking.account_id] = currency, min(opened, booking.day)
        return accounts


def _path(out: Path, delivery: int, feed: str) -> Path:
    return out / f"delivery-{delivery}" / f"{feed}_{DELIVERED_UNTIL[delivery].isoformat()}.csv"


def _feeds(rows: int, seed: int) -> list[Feed]:
    accounts = max(1, round(rows / 2 / ENTRIES_PER_ACCOUNT))
    transactions, ledger = Transactions(seed, accounts), LedgerEntries(seed, accounts)
    return [
        Feed(transactions, transaction_cases.transaction_cases("C00000001"), set(), transaction_cases.SEEN),
        Feed(
            ledger,
            ledger_cases.ledger_cases("L00000001"),
            ledger_cases.UNDECIDED_BY_DELIVERY_1,
            ledger_cases.SEEN,
        ),
    ]


def _write_accounts(out: Path, delivery: int, feeds: list[Feed]) -> FeedFile:
    """Writes the reference data; delivery 2 comes from a system that writes a byte order mark and CRLF."""
    as_of = DELIVERED_UNTIL[delivery]
    other_system = delivery == 2
    path = _path(out, delivery, "accounts")
    with FeedFile(path, "accounts", byte_order_mark=other_system, line_end=b"\r\n" if other_system else b"\n") as file:
        for feed in feeds:
            feed.bulk.write_accounts(as_of, file)
        cases = {name: account for feed in feeds for name, account in feed.case_accounts().items()}
        for name, (currency, opened) in sorted(cases.items()):
            if opened <= as_of:
                file.write_row(f"{name},{currency},{opened.isoformat()},,open".encode(), ACCEPTED)
        for line, fate, why in ACCOUNT_FAULTS:
            file.write_row(line, fate, (why,))
    return file


def _write_held(out: Path, transactions: Feed) -> FeedFile:
    cases = transaction_cases.held_cases(transactions.bulk.open_accounts("EUR")[:40], HELD_ROWS)
    with FeedFile(out / HELD_FILE, "transactions") as file:
        for case in cases:
            file.write_row(case.line, case.fate, case.why)
    return file


def generate(out: Path, rows: int = DEFAULT_ROWS, seed: int = 1) -> dict[str, Any]:
    """Writes the sample and returns what `expected.json` says about it.

    Args:
        out: the folder to write to; files of the same names are replaced.
        rows: about how many sound entries, over both feeds and both deliveries; the hand-made cases come on top.
        seed: another seed gives another sample.

    Raises:
        ValueError: `rows` is too small for the faults to stay clearly below the quarantine limit.
    """
    if rows < FEWEST_ROWS:
        raise ValueError(
            f"{rows} rows are too few: the faults would come near the quarantine limit; ask for {FEWEST_ROWS}"
        )
    feeds = _feeds(rows, seed)
    with FeedFile(out / "expected_month_ends.csv", "month_ends") as month_ends:
        files = [file for feed in feeds for file in feed.write(out, month_ends)]
    files += [_write_accounts(out, delivery, feeds) for delivery in DELIVERED_UNTIL]
    expected = {
        "seed": seed,
        "rows_asked_for": rows,
        "files": [file.summary(out) for file in sorted(files, key=lambda file: file.path)],
        "held": [_write_held(out, feeds[0]).summary(out)],
        "seen": {feed.name: feed.seen() for feed in feeds},
        "breaks": ledger_cases.BREAKS,
        "worked_example": ledger_cases.WORKED_EXAMPLE,
        "month_ends": month_ends.rows.total(),
    }
    (out / "expected.json").write_text(json.dumps(expected, indent=2) + "\n", encoding="utf-8")
    return expected


def _print_summary(out: Path, expected: dict[str, Any]) -> None:
    columns = ["rows_delivered", "rows_accepted", "rows_quarantined", "rows_malformed", "rows_duplicate"]
    print(f"{'file in ' + str(out):<48}" + "".join(f"{name.removeprefix('rows_'):>13}" for name in columns))
    for file in expected["files"] + expected["held"]:
        print(f"{file['path']:<48}" + "".join(f"{file[name]:>13,}" for name in columns))
    for feed, seen in expected["seen"].items():
        print(f"\nin {feed}:")
        for name, count in seen.items():
            print(f"{count:>13,}  {name}")


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m demo.generate", description="Makes the sample feeds.")
    parser.add_argument("--out", type=Path, required=True, help="the folder to write to")
    parser.add_argument(
        "--rows", type=int, default=DEFAULT_ROWS, help="about how many sound entries (default: %(default)s)"
    )
    parser.add_argument("--seed", type=int, default=1, help="another seed gives another sample (default: %(default)s)")
    options = parser.parse_args(arguments)
    try:
        expected = generate(options.out, options.rows, options.seed)
    except ValueError as error:
        parser.error(str(error))
    _print_summary(options.out, expected)


if __name__ == "__main__":
    main()
