"""Reads and judges sample files without the generator's help: row by row, in plain Python."""

from __future__ import annotations

import csv
import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from tests.end_to_end.berka_oracle import Day, Entry, carried_to_month_ends, possible_closings

PLACES = {"EUR": 2, "USD": 2, "JPY": 0, "KWD": 3}
NUMBER = re.compile(r"[+-]?[0-9]{1,20}(\.[0-9]+)?", re.ASCII)
TIME = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?)?", re.ASCII)
Row = dict[str, str]


@dataclass
class Delivered:
    """One file as a strict reader takes it: what is sound, and the faults of the rest."""

    path: Path
    rows: list[Row] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    fates: Counter[str] = field(default_factory=Counter)
    accepted: list[Row] = field(default_factory=list)


def quoting_fault(text: str) -> str:
    """What is wrong with a record's quotes, or nothing: each field is bare, or quoted from end to end."""
    rest = text + ","
    while rest:
        if not rest.startswith('"'):
            value, _, rest = rest.partition(",")
            if '"' in value:
                return "stray quote"
        elif quoted := re.match(r'"(?:[^"]|"")*"', rest):
            if rest[quoted.end()] != ",":
                return "text after a closing quote"
            rest = rest[quoted.end() + 1 :]
        else:
            return "unclosed quote"
    return ""


def fault_of(line: bytes, width: int) -> str:
    """The structural fault of a record that spans no lines, or nothing."""
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        return "not UTF-8"
    if "\0" in text:
        return "NUL byte"
    if '"' in text and (fault := quoting_fault(text)):
        return fault
    count = len(next(csv.reader([text], strict=True)))
    return "" if count == width else "too few fields" if count < width else "too many fields"


def read(path: Path) -> Delivered:
    file = Delivered(path)
    lines = path.read_bytes().removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").split(b"\n")
    assert lines.pop() == b""
    header = lines.pop(0).decode().split(",")
    for line in lines:
        if fault := fault_of(line, len(header)):
            file.faults[fault] += 1
            file.fates["malformed"] += 1
        else:
            file.rows.append(dict(zip(header, next(csv.reader([line.decode()])), strict=True)))
    return file


def utc_day(text: str) -> date | None:
    """The booking day of an ISO 8601 date or time, or None."""
    if not TIME.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).date()


def codes_of(row: Row, amounts: tuple[str, ...], time: str, currency: str) -> set[str]:
    """The rules that a row of entries breaks."""
    codes: set[str] = set()
    for value in (row[name] for name in row if name != "closed"):
        if not value:
            codes.add("NULL_VALUE_ERROR")
    if currency not in PLACES:
        codes.add("CURRENCY_ERROR")
    for amount in (row[name] for name in amounts if row[name]):
        if not NUMBER.fullmatch(amount):
            codes.add("TYPE_ERROR")
        elif currency in PLACES and len(amount.partition(".")[2].rstrip("0")) > PLACES[currency]:
            codes.add("SCALE_ERROR")
    if utc_day(row[time]) is None:
        codes.add("TIMESTAMP_ERROR")
    return codes


def broken_rules(feed: str, row: Row) -> set[str]:
    if feed == "transactions":
        return codes_of(row, ("TransactionAmount",), "TransactionTimestamp", row["Currency"])
    if feed == "ledger_entries":
        return codes_of(row, ("amount", "new_balance"), "tx_date", "EUR")
    return codes_of(row, (), "opened", row["currency"])


def judge(feed: str, files: list[Delivered]) -> None:
    """Gives every row of the files its fate, the files in the order of delivery."""
    known: dict[str, Row] = {}
    for file in files:
        if feed == "accounts":
            known = {}
        sound: defaultdict[str, list[Row]] = defaultdict(list)
        for row in file.rows:
            if codes := broken_rules(feed, row):
                file.codes.update(codes)
                file.fates["quarantined"] += 1
            else:
                sound[next(iter(row.values()))].append(row)
        for key, rows in sound.items():
            if any(row != rows[0] for row in rows) or known.get(key, rows[0]) != rows[0]:
                file.codes["CONFLICTING_TRANSACTION_ID"] += len(rows)
                file.fates["quarantined"] += len(rows)
                continue
            file.fates["duplicate"] += len(rows) - (key not in known)
            if key not in known:
                known[key] = rows[0]
                file.fates["accepted"] += 1
                file.accepted.append(rows[0])


def told_month_ends(out: Path, feed: str, column: str) -> dict[tuple[str, str, date], Decimal]:
    with (out / "expected_month_ends.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["feed"] == feed and row[column]]
    return {
        (row["account_id"], row["currency"], date.fromisoformat(row["month"])): Decimal(row[column]) for row in rows
    }


def history(files: list[Delivered]) -> dict[str, dict[date, list[Entry]]]:
    accounts: defaultdict[str, defaultdict[date, list[Entry]]] = defaultdict(lambda: defaultdict(list))
    for row in (row for file in files for row in file.accepted):
        after = Decimal(row["new_balance"])
        day = date.fromisoformat(row["tx_date"])
        accounts[row["account_id"]][day].append(Entry(row["id"], after - Decimal(row["amount"]), after))
    return {account: dict(sorted(days.items())) for account, days in accounts.items()}


def decided_closings(files: list[Delivered]) -> dict[tuple[str, date], Decimal]:
    """The closing of each account-day by search; where the stated balances leave it open, NaN."""
    closings: dict[tuple[str, date], Decimal] = {}
    for account, days in history(files).items():
        found = possible_closings([Day.of(entries) for entries in days.values()])
        for day, values in zip(days, found, strict=True):
            closings[account, day] = min(values) if len(values) == 1 else Decimal("NaN")
    return closings


def stated_month_ends(files: list[Delivered]) -> dict[tuple[str, str, date], Decimal]:
    balances = carried_to_month_ends(decided_closings(files))
    return {(account, "EUR", month): value for (account, month), value in balances.items() if not value.is_nan()}


def summed_month_ends(files: list[Delivered]) -> dict[tuple[str, str, date], Decimal]:
    sums: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    daily: dict[tuple[tuple[str, str], date], Decimal] = {}
    rows = [(utc_day(row["TransactionTimestamp"]) or date.min, row) for file in files for row in file.accepted]
    for day, row in sorted(rows, key=lambda pair: pair[0]):
        account = row["CustomerID"], row["Currency"]
        sums[account] += Decimal(row["TransactionAmount"])
        daily[account, day] = sums[account]
    flat: Mapping[tuple[str, date], Decimal] = {
        ("|".join(account), day): value for (account, day), value in daily.items()
    }
    balances = carried_to_month_ends(flat)
    return {(*key.split("|"), month): value for (key, month), value in balances.items()}  # type: ignore[misc]
