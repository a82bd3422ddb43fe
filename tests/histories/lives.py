"""What accounts do in half a year, and the files that bring it: late, twice, contradicted, broken, corrected."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from tests.histories.delivered import PASSED_OVER, Code, Row

FIRST_DAY = date(2023, 11, 20)
LETTERS = {"ledger_entries": "L", "transactions": "T"}


@dataclass(frozen=True)
class Posting:
    """A row of an account's life, and the file that brings it first."""

    row: Row
    file: int


def account_ids(feed: str, count: int) -> list[str]:
    """Return the accounts of a feed."""
    return [f"{LETTERS[feed]}{number:02}" for number in range(count)]


def life(rng: random.Random, feed: str, account_id: str, file_days: Sequence[date]) -> list[Posting]:
    """Return an account's postings: small amounts on few days, so that days are circles, have twins and break."""
    is_stated = feed == "ledger_entries"
    currency = "EUR" if is_stated else rng.choice(["USD", "USD", "JPY"])
    count = rng.randint(1, 9)
    some_days = [rng.randint(0, 24) for _ in range(rng.randint(1, 4))]
    days = sorted(rng.choice(some_days) for _ in range(count))
    # Some senders number the entries of each account anew: their ids are keys with the account only.
    numbers = [f"{number}" if rng.random() < 0.04 else f"{account_id}-{number}" for number in range(count)]
    rng.shuffle(numbers)
    balance = rng.choice([0, 0, 100])
    # Two amounts that cancel each other make many days circles, which lean on what comes after them.
    amounts = rng.choice([(-10, -5, 0, 5, 10, 25), (-10, 10)])
    found = []
    for entry_id, five_days in zip(numbers, days, strict=True):
        day = FIRST_DAY + timedelta(days=5 * five_days)
        amount = rng.choice(amounts)
        balance += amount
        if rng.random() < 0.08:
            continue  # Never delivered: the bank's next balance breaks.
        in_time = next((number for number, at in enumerate(file_days) if at > day), len(file_days) - 1)
        file = rng.randint(in_time, len(file_days) - 1) if rng.random() < 0.4 else in_time
        booked = datetime.combine(day, time(rng.choice([0, 1, 12, 23]), 30)) if rng.random() < 0.3 else day
        found.append(
            Posting(Row(account_id, entry_id, booked, f"{amount}", currency, f"{balance}" if is_stated else None), file)
        )
    return found


def changed(rng: random.Random, row: Row) -> Row:
    """Return the row with other content: another amount, no number, no id, or a mistyped year."""
    kind = rng.choice(["amount", "amount", "number", "number", "id", "year"])
    if kind == "amount" and row.amount == "1e3":
        kind = "id"
    if kind == "number":
        return replace(row, amount="1e3")
    if kind == "id":
        return replace(row, entry_id="")
    if kind == "year":
        return replace(row, booked=row.booked.replace(year=2034))
    amount = f"{int(row.amount) + 1}"
    return replace(row, amount=amount, balance=None if row.balance is None else f"{int(row.balance) + 1}")


def deliveries(
    rng: random.Random, postings: Sequence[Posting], count: int, *, with_malformed: bool
) -> list[list[Row | None]]:
    """Return the files that bring these postings, with rows that come again, contradict others or are broken."""
    files: list[list[Row | None]] = [[] for _ in range(count)]
    for posting in postings:
        # A broken row may come instead, once or more, before the sound one does.
        if rng.random() < 0.06:
            broken = changed(rng, posting.row)
            for file in range(posting.file, min(count, posting.file + rng.randint(1, 3))):
                files[file].append(broken)
            if rng.random() < 0.7:
                files[rng.randint(posting.file, count - 1)].append(posting.row)
        else:
            files[posting.file].append(posting.row)
    rows = [row for file in files for row in file if row is not None]
    for again in rng.sample(rows, min(len(rows), 4 + len(rows) // 12)):
        other = again if rng.random() < 0.4 else changed(rng, again)
        for number in {rng.randrange(count) for _ in range(rng.randint(1, 2))}:
            files[number].insert(rng.randint(0, len(files[number])), other)
        if rng.random() < 0.1:
            contradicted = files[rng.randrange(count)]
            contradicted.extend([again, changed(rng, again)])
    for rows_of_file in files:
        if rng.random() < 0.4 and with_malformed:
            rows_of_file.insert(rng.randint(0, len(rows_of_file)), None)
    spoil(rng, rng.choice(files[1:]))
    return files


def spoil(rng: random.Random, file: list[Row | None]) -> None:
    """Break so many rows of a file that it is over any limit."""
    for number, row in enumerate(file):
        if row is not None and rng.random() < 0.5:
            file[number] = replace(row, amount="1e3")


def with_words_on_balances(rng: random.Random, codes: Mapping[str, Code]) -> dict[str, Code]:
    """Return contracts that say what the column of balances is, what accounts open on, and how lines are ordered."""
    return {
        name: replace(
            code,
            balance_stated=rng.choice(["after_entry", "after_entry", "end_of_day", "none"])
            if code.states_balances
            else "after_entry",
            opens_on_zero=rng.random() < 0.25,
            order=rng.choice(["", "oldest_first", "newest_first"]),
        )
        for name, code in codes.items()
    }


def add_rows_beside_entries(rng: random.Random, feed: str, files: Sequence[list[Row | None]]) -> None:
    """Add rows that are no entries: pending ones, and such as state a balance, right, wrong, or of another day."""
    for number, rows in enumerate(files):
        for row in [row for row in rows if row is not None and row.entry_id]:
            if rng.random() >= 0.3:
                continue
            word = rng.choice(PASSED_OVER)
            told = int(row.balance) if row.balance is not None else rng.choice([0, 10, 15, 100])
            told += rng.choice([0, 0, 0, 5])
            day = row.booked.date() if isinstance(row.booked, datetime) else row.booked
            if day.year < 2030:
                day += timedelta(days=rng.choice([0, 0, 1, 30]))
            is_stated = feed == "ledger_entries"
            beside = replace(
                row,
                entry_id=f"{word}-{number}-{row.entry_id}",
                booked=day,
                amount="1" if is_stated else f"{told}",
                balance=f"{told}" if is_stated else None,
            )
            rows.insert(rng.randint(0, len(rows)), beside)
