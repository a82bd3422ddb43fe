"""Certificates of months that were closed together, over held files and decisions; their hashes in plain Python."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
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
    (
        datetime(2024, 2, 1, 6, tzinfo=UTC),
        "transactions",
        TRANSACTIONS + "1,C,7,EUR,2023-12-05\n2,D,-2.5,KWD,2024-02-01\n",
    ),
    (datetime(2024, 2, 1, 7, tzinfo=UTC), "ledger_entries", LEDGER + "1,É,10,110,2023-12-30\n2,É,1,111,2024-02-01\n"),
    (
        datetime(2024, 2, 2, 6, tzinfo=UTC),
        "transactions",
        TRANSACTIONS + "3,C,1,EUR,2024-01-05\n4,C,1e3,EUR,2024-01-05\n",
    ),
    (datetime(2024, 2, 3, 6, tzinfo=UTC), "ledger_entries", LEDGER + "3,É,1e3,112,2024-02-02\n"),
    (datetime(2024, 3, 1, 6, tzinfo=UTC), "transactions", TRANSACTIONS + "5,C,1,EUR,2024-03-01\n"),
    (datetime(2024, 3, 9, 6, tzinfo=UTC), "transactions", TRANSACTIONS + "6,C,1,EUR,2024-03-02\n"),
)
RELEASED, HELD = 2, 3
DECEMBER, JANUARY, FEBRUARY = date(2023, 12, 1), date(2024, 1, 1), date(2024, 2, 1)
CLOSES = {
    JANUARY: datetime(2024, 2, 5, 18, 0, tzinfo=UTC),
    DECEMBER: datetime(2024, 2, 5, 18, 1, tzinfo=UTC),
    FEBRUARY: datetime(2024, 3, 5, 18, tzinfo=UTC),
}


@dataclass
class Closed:
    """A house, its files as they were landed, and their bytes."""

    house: House
    manifests: list[Manifest]

    def known_by(self, moment: datetime) -> list[int]:
        """Return the numbers of the files that were committed by a moment."""
        return [
            number
            for number, manifest in enumerate(self.manifests)
            if datetime.fromisoformat(manifest.committed_at) <= moment
        ]


@pytest.fixture(scope="module")
def closed(new_house: Callable[[], House]) -> Closed:
    """December and January closed in one sitting, then February; one file was released, and one is still held."""
    house = new_house()
    manifests = []
    for at, feed, content in FILES:
        house.clock.moment = at
        manifests.append(house.land(feed, content).manifest)
    house.clock.moment = datetime(2024, 2, 4, 6, tzinfo=UTC)
    house.decide(manifests[RELEASED].run_id, "release")
    condemned = [manifests[RELEASED].run_id, 2, "condemn", "", "", "agreed", "A. Person", "2024-02-04T12:00:00Z"]
    house.note("quarantine_decisions", condemned)
    house.note("period_closes", *([month, "close", at.isoformat(), "A. Person", ""] for month, at in CLOSES.items()))
    house.build(exit_code=1)
    return Closed(house, manifests)


def hashed(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def test_inputs_hash_is_that_of_published_files_and_decisions(closed: Closed) -> None:
    computed = {}
    for month, at in CLOSES.items():
        days: dict[str, list[tuple[str, str]]] = defaultdict(list)
        days["2024-02-04"].append(("", f"transactions decisions {closed.manifests[RELEASED].run_id} 2 condemn"))
        for number in closed.known_by(at):
            if number == HELD:
                continue
            _, feed, content = FILES[number]
            said = f"{feed} {hashed(content)}" + (" release" if number == RELEASED else "")
            run_id = closed.manifests[number].run_id
            days[closed.manifests[number].committed_at[:10]].append((run_id, said))
        of_days = [hashed(", ".join(said for _, said in sorted(files))) for _, files in sorted(days.items())]
        computed[month] = hashed(" ".join(of_days))
    assert dict(closed.house.query("select month, inputs_sha256 from close_certificate")) == computed


def test_balances_hash_is_that_of_the_balances_as_closed(closed: Closed) -> None:
    hashes: dict[date, list[str]] = defaultdict(list)
    for feed, account, currency, month, balance, basis, is_proven in closed.house.query(
        "select feed, account_id, currency, month, balance, basis, is_proven from month_end_balances_as_closed"
    ):
        proof = "proven" if is_proven else "unproven"
        fields = (feed, account, currency, month.isoformat(), f"{balance:.4f}", basis, proof)
        hashes[month].append(hashed("\x1f".join(fields)))
    assert {month: len(found) for month, found in hashes.items()} == {DECEMBER: 2, JANUARY: 2, FEBRUARY: 2}
    computed = {
        month: hashed(" ".join(hashed(" ".join(found)) for _, found in groupby(sorted(of_month), itemgetter(slice(3)))))
        for month, of_month in hashes.items()
    }
    assert dict(closed.house.query("select month, balances_sha256 from close_certificate")) == computed


def test_months_closed_in_one_sitting_were_closed_on_the_same_files(closed: Closed) -> None:
    counted = closed.house.query(
        "select month, file_count, rows_delivered, rows_accepted, rows_quarantined, rows_held from close_certificate"
        " order by month"
    )
    assert counted == [(DECEMBER, 4, 7, 5, 1, 1), (JANUARY, 4, 7, 5, 1, 1), (FEBRUARY, 1, 1, 1, 0, 0)]


def test_every_file_known_by_a_close_counts_in_a_certificate(closed: Closed) -> None:
    counted = closed.house.query("select distinct run_id from closed_month_files where is_since_previous_close")
    known = closed.known_by(max(CLOSES.values()))
    assert {run_id for (run_id,) in counted} == {closed.manifests[number].run_id for number in known}


def test_certificate_names_what_is_open(closed: Closed) -> None:
    """A feed without any delivery is not in use; a file that was held before the close before is held still."""
    reasons = dict(closed.house.query("select month, reasons from close_certificate"))
    assert "files held: 1" in reasons[JANUARY]
    assert "files held: 1" in reasons[FEBRUARY]
    assert "not reached: ledger_entries" in reasons[FEBRUARY]
    assert not any("berka" in reason for of_month in reasons.values() for reason in of_month)
