"""A person who types what a page of docs/runbooks shows sees what it shows, and ends where it promises."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.end_to_end.house import House
from tests.end_to_end.runbook import PAGES, equip, fits, follow, run, steps
from tests.end_to_end.second_delivery import CARDS, LEDGER, edit

pytestmark = pytest.mark.dbt

RULE = "models/staging/transactions"
NUMBERS = "select publication_number from publications order by publication_number"
BALANCES = """
select account_id, month::varchar, balance from month_end_balances where feed = 'ledger_entries' order by all
"""
ONLY_LOOKED_AT = ["late-file", "new-feed-to-production", "upgrade"]
BEFORE_THE_WRONG_FILE = [("A", "2024-01-01", Decimal(15)), ("B", "2024-01-01", Decimal(7))]


@pytest.fixture(scope="module")
def published(new_house: Callable[[], House]) -> House:
    """One publication: January of two feeds, a wrong February of one; the other's is held."""
    house = new_house()
    house.land(
        "ledger_entries",
        LEDGER + "1,A,10,10,2024-01-03\n2,A,5,15,2024-01-20\n3,B,7,7,2024-01-31\n",
        "ledger_entries_2024-01-31.csv",
    )
    house.land(
        "ledger_entries", LEDGER + "4,A,900,915,2024-02-05\n5,B,1,8,2024-02-06\n", "ledger_entries_2024-02-29.csv"
    )
    house.land("transactions", CARDS + "t1,C,10.00,EUR,2024-01-05\n", "transactions_2024-01-31.csv")
    house.land(
        "transactions",
        CARDS + "t2,C,1e3,EUR,2024-02-01\nt3,C,2.00,EUR,2024-02-02\n",
        "transactions_2024-02-29.csv",
    )
    house.build()
    return house


@pytest.fixture
def house(published: House, new_house: Callable[[], House]) -> House:
    """A copy of it, in which a person can type commands."""
    copy = new_house()
    copy.take_over(published)
    equip(copy)
    return copy


def test_failed_build_is_mended_and_publishes(house: House) -> None:
    seen = house.seen()
    row = ["20240201T060000000000Z-transactions-1f0a", 2, "condemn", "", "", "a typing error", "A. Person"]
    house.note("row_decisions", [*row, "2026-01-02T12:00:00Z"])
    house.land("ledger_entries", LEDGER + "6,B,2,10,2024-02-07\n", "ledger_entries_2024-03-01.csv")
    follow("build-failed", house)
    assert house.query(NUMBERS) == [(1,), (2,)]
    assert len(house.seen()["fct_ledger_entries"]) == len(seen["fct_ledger_entries"]) + 1


def test_held_file_is_released_and_published(house: House) -> None:
    follow("file-held", house)
    assert house.seen()["held_files"] == []
    assert (
        house.value("select rows_accepted from file_reconciliation where file_name = 'transactions_2024-02-29.csv'")
        == 1
    )


def test_wrong_file_is_withdrawn_and_stays_on_record(house: House) -> None:
    follow("wrong-file-landed", house)
    assert house.query(BALANCES) == BEFORE_THE_WRONG_FILE
    assert house.value(
        "select count(*) from month_end_balance_versions where balance = 915 and superseded_at is not null"
    )


def test_rebuild_shows_what_was_published(house: House) -> None:
    before = house.contents()
    follow("rebuild-from-landing", house)
    assert house.contents() == before


def test_restored_warehouse_has_its_publications(house: House) -> None:
    seen, publications = house.seen(), house.contents("publications")
    assert run("make backup", house)[0] == 0
    with house.warehouse.open("r+b") as file:
        file.truncate(4096)
    follow("restore-from-backup", house)
    assert (house.seen(), house.contents("publications")) == (seen, publications)


def test_refused_file_is_corrected_and_lands(house: House) -> None:
    inbox = house.project / "inbox"
    inbox.mkdir()
    (inbox / "ledger_entries_2024-03-31.csv").write_text(LEDGER.replace("amount", "sum") + "6,B,2,10,2024-03-07\n")
    follow("file-rejected", house)
    assert len(list((house.lake / "commits" / "ledger_entries").rglob("*.json"))) == 3


@pytest.mark.parametrize("page", ONLY_LOOKED_AT)
def test_page_that_only_looks_shows_what_is_there(house: House, page: str) -> None:
    follow(page, house)


@pytest.mark.slow
def test_backfill_is_published_in_one_build(house: House) -> None:
    for month, row in (("2023-11-30", "b1,A,-7,-7"), ("2023-12-31", "b2,A,7,0")):
        folder = house.project / "backfill" / month[:7]
        folder.mkdir(parents=True)
        (folder / f"ledger_entries_{month}.csv").write_text(f"{LEDGER}{row},{month}\n")
    follow("backfill", house)
    assert house.query(NUMBERS) == [(1,), (2,)]


@pytest.mark.slow
def test_changed_contract_takes_new_files_and_keeps_balances(house: House) -> None:
    inbox = house.project / "inbox"
    inbox.mkdir()
    (inbox / "ledger_entries_2024-04-30.csv").write_text(LEDGER.replace("amount", "sum") + "6,B,2,10,2024-04-07\n")
    before = house.query(BALANCES)
    follow("contract-change", house)
    assert house.query(NUMBERS) == [(1,), (2,)]
    assert set(house.query(BALANCES)) > set(before)


def test_questions_to_athena_are_answered_by_the_views(published: House) -> None:
    questions = [
        (page.name, question)
        for page in sorted(PAGES.glob("*.md"))
        for question in re.findall(r'ask "((?:select|from) [^"$]+)"', page.read_text(encoding="utf-8"))
    ]
    assert len(questions) >= 15
    wrong = []
    for name, question in questions:
        try:
            published.query(question)
        except duckdb.Error as error:
            wrong.append(f"{name}: {question}: {error}")
    assert wrong == []


def test_commands_show_the_same_within_make(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = run("make sql Q='select 1 as one'", house)
    for name, value in {"MAKELEVEL": "1", "MAKEFLAGS": "w", "MFLAGS": "-w"}.items():
        monkeypatch.setenv(name, value)
    assert run("make sql Q='select 1 as one'", house) == shown


def test_each_page_with_commands_is_followed() -> None:
    typed = {page.stem for page in PAGES.glob("*.md") if steps(page)}
    test = Path(__file__).read_text(encoding="utf-8")
    assert typed == {page for page in typed if f'follow("{page}", house)' in test} | set(ONLY_LOOKED_AT)


@pytest.mark.slow
def test_bad_deploy_is_taken_back_and_stays_on_record(house: House) -> None:
    before = house.seen()
    deploy_badly(house)
    house.build()
    wrong: Any = house.value("select balance from month_end_balances where account_id = 'C'")
    assert wrong == Decimal(-10)
    follow("bad-deploy", house)
    assert house.seen() == before
    assert house.query(NUMBERS) == [(1,), (2,), (3,)]


@pytest.mark.parametrize(
    ("expected", "shown", "fit"),
    [
        (["a", "…", "d"], ["a", "b", "c", "d"], True),
        (["a", "…", "d"], ["a", "d"], True),
        (["…", "b …", "…"], ["a", "b 1", "c"], True),
        (["a", "b"], ["a", "b", "c"], False),
        (["…", "b", "a", "…"], ["a", "b"], False),
        (["a", "…", "a"], ["a"], False),
    ],
)
def test_page_fits_what_is_shown(expected: list[str], shown: list[str], fit: bool) -> None:
    assert fits(expected, shown) is fit


def deploy_badly(house: House) -> None:
    """Turn the sign of amounts where contract and model agree, as a commit after a good one."""

    def git(*arguments: str) -> None:
        person = ("-c", "user.name=A. Person", "-c", "user.email=person@example.org")
        subprocess.run(["git", *person, *arguments], cwd=house.project, check=True, capture_output=True)  # noqa: S607

    git("init", "--quiet")
    git("config", "user.name", "A. Person")
    git("config", "user.email", "person@example.org")
    git("add", "models", "macros", "seeds", "snapshots", "dbt_project.yml")
    git("commit", "--message", "Release 1")
    edit(house, f"{RULE}/_transactions__sources.yml", "amount: [transaction_amount]", "amount: [-transaction_amount]")
    git("commit", "--all", "--message", "Turn the sign of card transactions")
