"""What was published wrongly is taken back: the next publication is as the one before it, and both stay on record."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from pipeline.preview import Preview
from tests.end_to_end.house import SEEN, House
from tests.end_to_end.previews import changes, month_ends, preview, previewed_changes
from tests.end_to_end.second_delivery import ACCOUNTS, CARDS, LEDGER, copy_of, edit, many
from upkeep.scratch import make_scratch

pytestmark = [pytest.mark.dbt, pytest.mark.slow]

HISTORY = {"restatements", "restatement_causes"}
VIEWS = (*SEEN, "delivery_gaps", "month_end_balance_history", *HISTORY)
RULE = "models/staging/transactions"
VERSIONS = """
select publication_number, balance from month_end_balance_versions
where feed = '{}' and account_id = '{}' and month = '2024-01-01' order by publication_number
"""
Shown = dict[str, list[tuple[Any, ...]]]


def day(number: int, month: int = 2, hour: int = 18) -> datetime:
    return datetime(2024, month, number, hour, tzinfo=UTC)


@dataclass
class Life:
    """Four publications after the first: a wrong file, its withdrawal, a bad deploy, the earlier code again."""

    house: House
    wrong_file: str
    shown: list[Shown] = field(default_factory=list)
    previews: dict[str, Preview] = field(default_factory=dict)
    changed: dict[str, set[tuple[Any, ...]]] = field(default_factory=dict)

    def publish(self, at: datetime) -> None:
        self.house.build(at=at)
        self.shown.append(shown_by(self.house, self.wrong_file))

    def preview_and_publish(self, what: str, at: datetime) -> None:
        before = month_ends(self.house)
        self.previews[what] = preview(self.house, at=at).preview
        self.publish(at)
        self.changed[what] = changes(before, month_ends(self.house))


def shown_by(house: House, wrong_file: str) -> Shown:
    """Return what readers see now of all files but the wrong one, and not by which publication."""
    found = {}
    for view in VIEWS:
        columns = [name for (name, *_) in house.query(f"describe {view}")]
        kept = ", ".join(name for name in columns if name not in ("publication_id", "published_at"))
        others = f"where file_id is distinct from '{wrong_file}'" if "file_id" in columns else ""
        found[view] = house.query(f"select {kept} from {view} {others} order by all")
    return found


def land_good_files(house: House) -> None:
    house.clock.moment = day(20, hour=6)
    house.land(
        "ledger_entries",
        LEDGER
        + "1,A,10,10,2024-01-03\n2,A,5,15,2024-02-03\n3,B,7,7,2024-01-31\n4,A,1e3,9,2024-01-06\n"
        + many("Z", "2024-01", 1),
    )
    house.land("transactions", CARDS + "1,C,10,EUR,2024-01-05\n2,D,1,EUR,2024-02-06\n")
    house.land("accounts", ACCOUNTS + "A,EUR,2024-01-01,,open\n")
    house.note("period_closes", ["2024-01-01", "close", "2024-02-21T20:00:00+00:00", "A. Person", ""])


def land_wrong_file(house: House) -> str:
    """Land a late entry, a new account, a new month, a duplicate, a conflict, a refused row, a broken line."""
    house.clock.moment = day(2, month=3, hour=6)
    rows = "5,A,3,18,2024-01-20\n6,N,50,50,2024-03-01\n1,A,10,10,2024-01-03\n3,B,8,8,2024-01-31\n7,B,x,1,2024-01-01\n"
    return house.land("ledger_entries", LEDGER + rows + "broken\n" + many("Z", "2024-02", 31, 80)).manifest.file_id


@pytest.fixture(scope="module")
def life(new_house: Callable[[], House]) -> Life:
    house = new_house()
    land_good_files(house)
    house.build(at=day(21))
    wrong_file = land_wrong_file(house)
    found = Life(house, wrong_file, [shown_by(house, wrong_file)])
    found.publish(day(2, month=3))
    house.clock.moment = day(3, month=3, hour=6)
    house.decide(wrong_file, "withdraw")
    found.preview_and_publish("withdrawal", day(3, month=3))
    edit(house, f"{RULE}/_transactions__sources.yml", "amount: [transaction_amount]", "amount: [-transaction_amount]")
    found.publish(day(4, month=3))
    edit(house, f"{RULE}/_transactions__sources.yml", "amount: [-transaction_amount]", "amount: [transaction_amount]")
    found.publish(day(5, month=3))
    return found


@pytest.fixture(scope="module")
def rebuilt(life: Life, tmp_path_factory: pytest.TempPathFactory) -> Shown:
    """What one build of the same files in an empty warehouse shows."""
    house = copy_of(life.house, tmp_path_factory.mktemp("rebuilt"))
    shutil.rmtree(house.lake)
    make_scratch(str(life.house.lake), house.folder, empty=True)
    house.build(at=day(6, month=3))
    return shown_by(house, life.wrong_file)


def different(one: Shown, other: Shown) -> set[str]:
    return {view for view in VIEWS if one[view] != other[view]}


def test_withdrawn_file_leaves_what_was_published_before(life: Life) -> None:
    first, with_wrong_file, withdrawn, *_ = life.shown
    balances = {"balance_breaks", "month_end_balances", "month_end_balance_history", "restatements"}
    assert different(first, with_wrong_file) >= balances
    # The file was delivered all the same: the gap in the deliveries ended with it.
    assert different(first, withdrawn) == {"delivery_gaps"}
    assert withdrawn["delivery_gaps"] == with_wrong_file["delivery_gaps"]


def test_withdrawn_file_is_accounted_for(life: Life) -> None:
    counts = "select rows_delivered, rows_malformed, rows_condemned from file_reconciliation where file_id = '{}'"
    assert life.house.query(counts.format(life.wrong_file)) == [(86, 1, 85)]
    reasons = "from condemned_entries where 'FILE_WITHDRAWN' in rejection_reasons and file_id = '{}'"
    assert life.house.value(f"select count(*) {reasons.format(life.wrong_file)}") == 85


def test_withdrawal_is_published_as_previewed(life: Life) -> None:
    said = previewed_changes(life.previews["withdrawal"].month_ends)
    assert said == life.changed["withdrawal"] != set()


def test_earlier_code_again_shows_what_it_showed(life: Life) -> None:
    *_, withdrawn, deployed, back = life.shown
    assert different(withdrawn, deployed) >= {"fct_ledger_entries", "month_end_balances", "restatements"}
    assert different(withdrawn, back) == set()


def test_what_was_taken_back_stays_on_record(life: Life) -> None:
    assert life.house.query(VERSIONS.format("ledger_entries", "A")) == [(1, 10), (2, 18), (3, 10)]
    assert life.house.query(VERSIONS.format("transactions", "C")) == [(1, 10), (4, -10), (5, 10)]
    assert life.house.query("select publication_number from publications order by 1") == [(1,), (2,), (3,), (4,), (5,)]


def test_rebuild_from_landing_shows_the_same(life: Life, rebuilt: Shown) -> None:
    """What the closes knew is what was published then, and an empty warehouse has no such record."""
    assert different(life.shown[-1], rebuilt) == HISTORY
    assert not life.shown[-1]["restatements"]
