"""Certificates of closed months over held files, late entries and reopenings; their hashes in plain Python."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256
from itertools import groupby
from operator import itemgetter
from typing import Any

import pytest

from loader.lake.objects import Manifest
from tests.end_to_end.house import House

pytestmark = pytest.mark.dbt

TRANSACTIONS = "TransactionID,CustomerID,TransactionAmount,Currency,TransactionTimestamp\n"
LEDGER = "id,account_id,amount,new_balance,tx_date\n"
DECEMBER, JANUARY, FEBRUARY = date(2023, 12, 1), date(2024, 1, 1), date(2024, 2, 1)
FILES = {
    "first": ("transactions", TRANSACTIONS + "1,C,7,EUR,2023-12-05\n2,D,-2.5,KWD,2024-02-01\n"),
    "stated": ("ledger_entries", LEDGER + "1,É,10,110,2023-12-30\n2,É,1,111,2024-02-01\n"),
    "released": ("transactions", TRANSACTIONS + "3,C,1,EUR,2024-01-05\n4,C,1e3,EUR,2024-01-05\n"),
    "held": ("ledger_entries", LEDGER + "3,É,1e3,112,2024-02-02\n"),
    "late": ("transactions", TRANSACTIONS + "5,C,4,EUR,2024-01-30\n"),
}
FIRST_CLOSE = datetime(2024, 2, 5, 18, tzinfo=UTC)


def at(month: int, day: int) -> datetime:
    return datetime(2024, month, day, 6, tzinfo=UTC)


@dataclass
class Closing:
    """A house whose months are closed, and its files by name."""

    house: House
    manifests: dict[str, Manifest]

    def land(self, name: str, on: datetime) -> None:
        self.house.clock.moment = on
        feed, content = FILES[name]
        self.manifests[name] = self.house.land(feed, content).manifest

    def close(self, month: date, moment: datetime, event: str = "close") -> None:
        self.house.note("period_closes", [month, event, moment.isoformat(), "A. Person", "as agreed"])

    def build(self, moment: datetime) -> None:
        self.house.build(at=moment)

    def certificates(self, columns: str) -> dict[date, tuple[Any, ...]]:
        rows = self.house.query(f"select month, {columns} from close_certificate order by month")
        return {month: tuple(values) for month, *values in rows}

    def publications(self) -> int:
        return int(self.house.value("select count(*) from publications"))


def hashed(texts: list[str]) -> str:
    """Return the hash of sorted hashes, in lists by their first three digits."""
    hashes = sorted(sha256(text.encode()).hexdigest() for text in texts)
    lists = (" ".join(of_list) for _, of_list in groupby(hashes, itemgetter(slice(3))))
    return sha256(" ".join(sha256(of_list.encode()).hexdigest() for of_list in lists).encode()).hexdigest()


@pytest.fixture(scope="module")
def closing(new_house: Callable[[], House]) -> Closing:
    """December and January are closed; one file was released before, one is held."""
    closing = Closing(new_house(), {})
    for day, name in enumerate(["first", "stated", "released", "held"], start=1):
        closing.land(name, at(2, day))
    closing.build(at(2, 4).replace(hour=8))
    closing.house.decide(closing.manifests["released"].file_id, "release")
    condemned = [
        closing.manifests["released"].file_id,
        2,
        "condemn",
        "",
        "",
        "agreed",
        "A. Person",
        "2024-02-04T12:00:00Z",
    ]
    closing.house.note("row_decisions", condemned)
    closing.build(at(2, 4).replace(hour=13))
    closing.close(DECEMBER, FIRST_CLOSE)
    closing.close(JANUARY, FIRST_CLOSE)
    closing.build(at(2, 6))
    return closing


@pytest.fixture(scope="module")
def restated(closing: Closing) -> Closing:
    """A late file has restated January's balances."""
    closing.land("late", at(2, 8))
    closing.build(at(2, 8).replace(hour=8))
    return closing


def test_certificate_counts_what_the_close_knew(closing: Closing) -> None:
    counted = closing.certificates(
        "closed_on_number, version, file_count, rows_delivered, rows_accepted, rows_condemned, files_held,"
        " account_count"
    )
    assert counted == {DECEMBER: (2, 1, 3, 6, 5, 1, 1, 2), JANUARY: (2, 1, 3, 6, 5, 1, 1, 2)}


def test_certificate_rolls_forward_by_feed_and_currency(closing: Closing) -> None:
    money = closing.certificates("money")[JANUARY][0]
    assert money == (
        "ledger_entries EUR: 110.0000 + 0.0000 + 0.0000 = 110.0000, transactions EUR: 7.0000 + 1.0000 + 0.0000 = 8.0000"
    )


def test_certificate_names_what_is_open(closing: Closing) -> None:
    verdict, reasons = closing.certificates("verdict, reasons")[JANUARY]
    assert (verdict, reasons) == ("qualified", ["files held: 1"])


def test_hashes_are_those_of_inputs_and_balances(closing: Closing) -> None:
    inputs = []
    for name in ("first", "stated", "released"):
        feed, content = FILES[name]
        digest = sha256(content.encode()).hexdigest()
        inputs.append("\x1f".join([feed, digest, "release" if name == "released" else ""]))
    file_id = closing.manifests["released"].file_id
    inputs.append("\x1f".join([file_id, "2", "condemn", "2024-02-04T12:00:00Z", "", ""]))
    balances = [
        "\x1f".join([feed, account, currency, f"{balance:.4f}", basis, "proven" if is_proven else "unproven"])
        for feed, account, currency, balance, basis, is_proven in closing.house.query(
            "select feed, account_id, currency, balance, basis, is_proven from month_end_balances_as_closed"
            f" where month = '{JANUARY}'"
        )
    ]
    found = closing.certificates("inputs_sha256, balances_sha256")[JANUARY]
    assert found == (hashed(inputs), hashed(balances))


def test_build_with_nothing_new_certifies_nothing_again(closing: Closing) -> None:
    before = closing.publications()
    closing.build(at(2, 7))
    assert closing.publications() == before, "nothing new, nothing published"


def test_certificate_has_a_version_only_where_something_changes(restated: Closing) -> None:
    versions = restated.house.query(
        "select month, version, restatement_count, superseded_at is null from close_certificate_versions order by 1, 2"
    )
    assert versions == [(DECEMBER, 1, 0, True), (JANUARY, 1, 0, False), (JANUARY, 2, 1, True)]
    assert "balances restated since: 1" in restated.certificates("reasons")[JANUARY][0]
    hashes = restated.house.query(f"select distinct balances_sha256 from close_certificates where month = '{JANUARY}'")
    assert len(hashes) == 1, "what was closed stays"


@pytest.mark.slow
def test_reopened_month_has_no_certificate_until_closed_again(restated: Closing) -> None:
    restated.close(JANUARY, at(2, 9), event="reopen")
    restated.build(at(2, 9).replace(hour=8))
    assert set(restated.certificates("version")) == {DECEMBER}
    restated.close(JANUARY, at(2, 10))
    restated.close(DECEMBER, at(2, 10).replace(hour=7))
    restated.build(at(2, 10).replace(hour=8))
    certified = restated.certificates("version, restatement_count, openings_restated")
    assert certified == {DECEMBER: (2, 0, 0), JANUARY: (3, 0, 0)}
    last = restated.house.query(
        "select version, superseded_at from close_certificate_versions where month = '2024-01-01' order by 1"
    )
    assert str(last[1][1]) == "2024-02-09 08:00:00", "reopened"


@pytest.mark.slow
def test_close_that_lies_ahead_is_provisional(restated: Closing) -> None:
    """It knows each publication until then. Gaps are counted up to the last file, and later up to the close."""
    restated.close(FEBRUARY, at(3, 1))
    restated.build(at(2, 11))
    asked = "is_provisional, closed_on_number, files_held, gap_count"
    before = restated.publications()
    assert restated.certificates(asked)[FEBRUARY] == (True, before, 1, 4)
    restated.build(at(2, 12))
    assert restated.publications() == before, "a build with nothing new knows nothing more"
    restated.build(at(3, 2))
    assert restated.certificates(asked)[FEBRUARY] == (False, before, 1, 5)
    restated.build(at(3, 3))
    assert restated.publications() == before + 1


def test_withdrawn_file_restates_balances_that_vanish(closing: Closing) -> None:
    closing.house.clock.moment = at(3, 4)
    closing.house.decide(closing.manifests["first"].file_id, "withdraw")
    closing.build(at(3, 4).replace(hour=8))
    assert closing.certificates("restatement_count")[DECEMBER] == (1,)
    assert closing.house.value("select count(*) from restatements where month = '2023-12-01' and balance is null") == 1
    assert Decimal(7) in [row[0] for row in closing.house.query("select balance_as_closed from restatements")]
