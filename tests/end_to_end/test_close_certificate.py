"""Certificates of months that were closed together, over held files and decisions; their hashes in plain Python."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from itertools import groupby
from operator import itemgetter

import pytest

from loader.manifest import Manifest
from tests.end_to_end.house import House

pytestmark = pytest.mark.dbt

TRANSACTIONS = "TransactionID,CustomerID,TransactionAmount,Currency,TransactionTimestamp\n"
LEDGER = "id,account_id,amount,new_balance,tx_date\n"
FILES = (
    ("2024-02-01T06:00", "transactions", TRANSACTIONS + "1,C,7,EUR,2023-12-05\n2,D,-2.5,KWD,2024-02-01\n"),
    ("2024-02-01T07:00", "ledger_entries", LEDGER + "1,É,10,110,2023-12-30\n2,É,1,111,2024-01-31\n"),
    ("2024-02-02T06:00", "transactions", TRANSACTIONS + "3,C,1,EUR,2024-01-05\n4,C,1e3,EUR,2024-01-05\n"),
    ("2024-02-03T06:00", "ledger_entries", LEDGER + "3,É,1e3,112,2024-02-02\n"),
    ("2024-03-01T06:00", "transactions", TRANSACTIONS + "5,C,1,EUR,2024-03-01\n"),
    ("2024-03-09T06:00", "transactions", TRANSACTIONS + "6,C,1,EUR,2024-03-02\n"),
)
RELEASED, HELD, SINCE_FEBRUARY, LAST = 2, 3, 4, 5
DECEMBER, JANUARY, FEBRUARY = date(2023, 12, 1), date(2024, 1, 1), date(2024, 2, 1)
CLOSED_ON = {DECEMBER: {0, 1, RELEASED}, JANUARY: {0, 1, RELEASED}, FEBRUARY: {0, 1, RELEASED, SINCE_FEBRUARY}}


@dataclass
class Closed:
    """A house, and the manifests of its files."""

    house: House
    manifests: list[Manifest]


def at(moment: str) -> datetime:
    return datetime.fromisoformat(moment).replace(tzinfo=UTC)


@pytest.fixture(scope="module")
def closed(new_house: Callable[[], House]) -> Closed:
    """December and January closed in one sitting, then February; one file was released, and one is still held."""
    house = new_house()
    manifests: list[Manifest] = []

    def land(numbers: Iterable[int]) -> None:
        for number in numbers:
            landed_at, feed, content = FILES[number]
            house.clock.moment = at(landed_at)
            manifests.append(house.land(feed, content).manifest)

    def close(month: date, moment: str) -> None:
        house.note("period_closes", [month, "close", f"{moment}:00Z", "A. Person", ""])

    land(range(SINCE_FEBRUARY))
    house.clock.moment = at("2024-02-04T06:00")
    house.decide(manifests[RELEASED].file_id, "release")
    condemned = [manifests[RELEASED].file_id, 2, "condemn", "", "", "agreed", "A. Person", "2024-02-04T12:00:00Z"]
    house.note("row_decisions", condemned)
    house.build(at=at("2024-02-04T18:00"))
    close(JANUARY, "2024-02-05T18:00")
    close(DECEMBER, "2024-02-05T18:01")
    land([SINCE_FEBRUARY])
    house.build(at=at("2024-03-01T08:00"))
    close(FEBRUARY, "2024-03-05T18:00")
    land([LAST])
    house.build(at=at("2024-03-09T08:00"))
    return Closed(house, manifests)


def hashed(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def hashed_in_lists(texts: Iterable[str]) -> str:
    """Return the hash of sorted hashes, in a list for each of the first three digits."""
    lists = groupby(sorted(hashed(text) for text in texts), itemgetter(slice(3)))
    return hashed(" ".join(hashed(" ".join(found)) for _, found in lists))


def test_inputs_hash_is_that_of_the_files_and_decisions_known(closed: Closed) -> None:
    condemned = (closed.manifests[RELEASED].file_id, "2", "condemn", "2024-02-04T12:00:00Z", "", "")
    computed = {
        month: hashed_in_lists(
            [
                "\x1f".join(condemned),
                *(
                    f"{FILES[number][1]}\x1f{hashed(FILES[number][2])}\x1f{'release' if number == RELEASED else ''}"
                    for number in numbers
                ),
            ]
        )
        for month, numbers in CLOSED_ON.items()
    }
    assert dict(closed.house.query("select month, inputs_sha256 from close_certificate")) == computed


def test_balances_hash_is_that_of_the_balances_as_closed(closed: Closed) -> None:
    texts: dict[date, list[str]] = defaultdict(list)
    for feed, account, currency, month, balance, basis, is_proven in closed.house.query(
        "select feed, account_id, currency, month, balance, basis, is_proven from month_end_balances_as_closed"
    ):
        proof = "proven" if is_proven else "unproven"
        texts[month].append("\x1f".join((feed, account, currency, f"{balance:.4f}", basis, proof)))
    assert {month: len(found) for month, found in texts.items()} == {DECEMBER: 2, JANUARY: 2, FEBRUARY: 2}
    computed = {month: hashed_in_lists(found) for month, found in texts.items()}
    assert dict(closed.house.query("select month, balances_sha256 from close_certificate")) == computed


def test_certificate_counts_what_was_published_by_the_close(closed: Closed) -> None:
    counted = closed.house.query(
        "select month, file_count, rows_delivered, rows_accepted, rows_quarantined, rows_condemned, files_held"
        " from close_certificate order by month"
    )
    assert counted == [(DECEMBER, 3, 6, 5, 0, 1, 1), (JANUARY, 3, 6, 5, 0, 1, 1), (FEBRUARY, 4, 7, 6, 0, 1, 1)]


def test_certificate_names_what_is_open(closed: Closed) -> None:
    certificates = closed.house.query("select month, verdict, reasons from close_certificate")
    reasons = {month: of_month for month, _, of_month in certificates}
    assert {verdict for _, verdict, _ in certificates} == {"qualified"}
    assert "files held: 1" in reasons[JANUARY]
    assert "files held: 1" in reasons[FEBRUARY]
    assert "not reached: ledger_entries" in reasons[FEBRUARY]
    assert not any("not reached" in reason for reason in reasons[JANUARY])
