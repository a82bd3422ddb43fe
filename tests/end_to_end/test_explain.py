"""A balance is explained down to file and line, as any publication knew it; each version says why it came."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pytest

from tests.end_to_end.house import House

pytestmark = pytest.mark.dbt

LEDGER = "id,account_id,amount,new_balance,tx_date\n"
# The bank moves 5 more than its entries on 12 January.
FIRST = LEDGER + "1,A,10,110,2024-01-10\n2,A,-3,112,2024-01-12\n3,A,1,113,2024-02-01\n"
LATE = LEDGER + "4,A,5,117,2024-01-13\n"


@pytest.fixture(scope="module")
def house(new_house: Callable[[], House]) -> House:
    """Two publications: the second brings a late entry, and a contract that tolerates breaks of 10."""
    house = new_house()
    house.land("ledger_entries", FIRST, name="ledger_entries_1.csv")
    house.build(at=datetime(2026, 1, 2, tzinfo=UTC))
    house.land("ledger_entries", LATE, name="ledger_entries_2.csv")
    contract = house.contract_file("ledger_entries")
    contract.write_text(contract.read_text().replace('balance_tolerance: "0"', 'balance_tolerance: "10"'))
    house.build(at=datetime(2026, 1, 3, tzinfo=UTC))
    return house


def steps(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [(row["step"], row["amount"], row["balance"], row["file_name"], row["line_number"]) for row in rows]


def test_balance_is_explained_down_to_file_and_line(house: House) -> None:
    rows = house.show("{{ explain('ledger_entries', 'A', '2024-01', publication=1) }}")
    assert steps(rows) == [
        ("opening", None, 100, None, None),
        ("entry", 10, 110, "ledger_entries_1.csv", 2),
        ("entry", -3, 112, "ledger_entries_1.csv", 3),
        ("break", 5, 112, None, None),
        ("closing", None, 112, None, None),
    ]
    assert rows[1]["sha256"] == sha256(FIRST.encode()).hexdigest()


def test_explanation_is_of_the_current_version_unless_asked(house: House) -> None:
    rows = house.show("{{ explain('ledger_entries', 'A', '2024-01') }}")
    assert steps(rows)[3:] == [
        ("entry", 5, 117, "ledger_entries_2.csv", 2),
        ("tolerated breaks", 5, None, None, None),
        ("closing", None, 117, None, None),
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("'nope', 'A', '2024-01'", "there is no feed 'nope'; the feeds are accounts, ledger_entries, transactions"),
        ("'accounts', 'A', '2024-01'", "the feed 'accounts' delivers no entries"),
        ("'ledger_entries', 'B', '2024-01'", "the accounts next to it are A"),
        ("'ledger_entries', 'A', '2024-05'", "it has 2024-01 to 2024-02"),
        ("'ledger_entries', 'A', '24-05'", "the month is written 2024-01, not '24-05'"),
    ],
)
def test_explanation_of_nothing_says_what_there_is(house: House, arguments: str, message: str) -> None:
    shown = house.dbt("--quiet", "show", "--inline", f"{{{{ explain({arguments}) }}}}")
    assert shown.exit_code == 2
    assert message in shown.output


def test_version_says_why_it_came(house: House) -> None:
    causes = house.query(
        "select distinct version, cause from month_end_balance_versions where month = '2024-01-01' order by 1"
    )
    assert causes == [(1, "files"), (2, "files, code")]
