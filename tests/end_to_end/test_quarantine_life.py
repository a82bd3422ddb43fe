"""What becomes of a refused row: judged again by changed rules and by decisions, let in, condemned or corrected."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from loader.contract import load_contracts
from tests.end_to_end.house import House

pytestmark = pytest.mark.dbt

HEADER = "TransactionID,CustomerID,TransactionAmount,Currency,TransactionTimestamp\n"
LEDGER = "id,account_id,amount,new_balance,tx_date\n"
JUDGEMENTS = (
    "select run_id <> origin_run_id as is_replay, status, attempt_count, rejection_reasons"
    " from int_entries_classified where business_key = '{}' order by known_at, row_number"
)


def transactions(*rows: str) -> str:
    """Return a file of these rows and eighty sound ones, so that its run passes the gate."""
    first = rows[0].split(",")[0]
    return HEADER + "\n".join([*rows, *(f"{first}-pad{n},PAD,1,EUR,2024-01-02" for n in range(80))]) + "\n"


@dataclass
class Desk:
    """A house and the operator who decides in it."""

    house: House

    def day(self, day: str) -> None:
        """Set the landing's clock to six o'clock of a day in 2024."""
        self.house.clock.moment = datetime.fromisoformat(f"2024-{day}T06:00:00+00:00").astimezone(UTC)

    def deliver(self, *rows: str) -> str:
        return self.house.land("transactions", transactions(*rows)).manifest.run_id

    def decide(self, run_id: str, row: int, decision: str, at: str, by: tuple[str, int] | None = None) -> None:
        corrected = by or ("", "")
        said = [run_id, row, decision, *corrected, "agreed with the bank", "A. Person", f"2024-{at}Z"]
        self.house.note("quarantine_decisions", said)

    def close_january(self) -> None:
        self.house.note("period_closes", ["2024-01-01", "close", "2024-02-05T18:00:00Z", "A. Person", ""])

    def change_rules(self, old: str, new: str, since: str) -> None:
        """Change a rule of the contract of transactions, and say since when it holds."""
        path = self.house.contract_file("transactions")
        text = path.read_text()
        assert old in text
        lines = [line for line in text.replace(old, new).splitlines(keepends=True) if "rules_since" not in line]
        at = next(number for number, line in enumerate(lines) if "contract_version:" in line)
        indent = lines[at][: -len(lines[at].lstrip())]
        lines.insert(at, f'{indent}rules_since: "2024-{since}Z"\n')
        path.write_text("".join(lines))

    def test(self) -> None:
        """Run the data tests over all rows."""
        tested = self.house.dbt("test", "--exclude-resource-type", "unit_test")
        assert tested.exit_code == 0, tested.output

    def judgements(self, key: str) -> list[tuple[Any, ...]]:
        return self.house.query(JUDGEMENTS.format(key))

    def keys(self, table: str) -> list[str]:
        return [key for (key,) in self.house.query(f"select business_key from {table} order by all")]


@pytest.fixture
def desk(new_house: Callable[[], House]) -> Desk:
    return Desk(new_house())


TYPE = ["TYPE_ERROR"]
CONFLICT = ["CONFLICTING_TRANSACTION_ID"]


def test_conflict_is_released_by_decision_from_then_on(desk: Desk) -> None:
    desk.day("02-01")
    run = desk.deliver("T1,C1,10.00,EUR,2024-01-10", "T1,C1,12.00,EUR,2024-01-10", "T0,C1,1.00,EUR,2024-01-31")
    desk.day("02-02")
    desk.deliver("N,C2,1.00,EUR,2024-02-01")
    desk.house.build()
    assert desk.keys("quarantine_entries") == ["T1", "T1"]
    desk.decide(run, 2, "release", "02-10T12:00:00")
    desk.decide(run, 1, "condemn", "02-10T12:00:00")
    desk.house.build()
    assert desk.judgements("T1") == [
        (False, "quarantined", 1, CONFLICT),
        (False, "quarantined", 1, CONFLICT),
        (True, "condemned", 1, ["CONDEMNED"]),
        (True, "accepted", 2, []),
    ]
    assert desk.keys("quarantine_entries") == []
    assert desk.house.query("select run_id, row_number, rejection_reasons, attempt_count from condemned_entries") == [
        (run, 1, ["CONDEMNED"], 1)
    ]
    versions = (
        "select known_from::varchar, balance from month_end_balance_versions where account_id = 'C1'"
        " and month = '2024-01-01' order by known_from"
    )
    assert desk.house.query(versions) == [
        ("2024-02-01 06:00:02", Decimal(1)),
        ("2024-02-10 12:00:00", Decimal(13)),
    ]
    counts = "select rows_delivered, rows_accepted, rows_quarantined, rows_condemned, verdict from run_reconciliation"
    assert desk.house.query(f"{counts} where run_id = '{run}'") == [(83, 81, 2, 0, "published")]
    assert desk.house.query(f"{counts} where kind = 'decisions'") == [(2, 1, 0, 1, "published")]
    before = desk.house.contents()
    desk.house.build()
    assert desk.house.contents() == before
    desk.test()
    desk.house.build("--full-refresh")
    assert desk.house.contents() == before


def test_changed_rule_lets_in_what_was_refused_from_then_on(desk: Desk) -> None:
    desk.day("02-01")
    first = desk.deliver("T1,C1,10.00,XBT,2024-01-10", "T2,C1,1e3,EUR,2024-01-10", "T0,C1,1.00,EUR,2024-01-31")
    desk.house.build()
    assert desk.keys("quarantine_entries") == ["T1", "T2"]
    seed = desk.house.project / "seeds" / "currencies.csv"
    seed.write_text(seed.read_text() + "XBT,999,4,A currency\n")
    built = desk.house.build()
    assert "changed_rules_say_since_when" in built.output
    assert desk.keys("quarantine_entries") == ["T1", "T2"]
    desk.change_rules("contract_version: 1", "contract_version: 2", "02-09T00:00:00")
    desk.house.build()
    assert desk.keys("quarantine_entries") == ["T2"]
    assert desk.judgements("T1") == [(False, "quarantined", 1, ["CURRENCY_ERROR"]), (True, "accepted", 2, [])]
    assert desk.judgements("T2") == [(False, "quarantined", 1, TYPE), (True, "quarantined", 2, TYPE)]
    assert desk.house.query(
        "select known_at::varchar, origin_run_id, line_number from fct_ledger_entries where business_key = 'T1'"
    ) == [("2024-02-09 00:00:00", first, 2)]
    before = desk.house.contents()
    desk.house.build("--full-refresh")
    assert desk.house.contents() == before
    desk.test()


def test_third_failure_condemns_and_a_decision_rescues_when_the_rule_is_right(desk: Desk) -> None:
    desk.day("02-01")
    run = desk.deliver("T1,C1,10.00,XBT,2024-01-10")
    desk.house.build()
    for version, day in ((2, "05"), (3, "06"), (4, "07")):
        desk.change_rules(f"contract_version: {version - 1}", f"contract_version: {version}", f"02-{day}T00:00:00")
        desk.house.build()
    refused = ["CURRENCY_ERROR"]
    assert desk.judgements("T1") == [
        (False, "quarantined", 1, refused),
        (True, "quarantined", 2, refused),
        (True, "condemned", 3, [*refused, "MAX_ATTEMPTS"]),
    ]
    assert desk.keys("condemned_entries") == ["T1"]
    seed = desk.house.project / "seeds" / "currencies.csv"
    seed.write_text(seed.read_text() + "XBT,999,4,A currency\n")
    desk.decide(run, 1, "release", "02-08T00:00:00")
    desk.house.build()
    assert desk.judgements("T1")[-1] == (True, "accepted", 4, [])
    assert desk.keys("condemned_entries") + desk.keys("quarantine_entries") == []


def test_third_failure_by_decisions_is_not_judged_by_rules_that_change_in_the_same_build(desk: Desk) -> None:
    desk.day("02-01")
    run = desk.deliver("T1,C1,10.00,XBT,2024-01-10")
    desk.house.build()
    desk.decide(run, 1, "release", "02-05T00:00:00")
    desk.decide(run, 1, "release", "02-06T00:00:00")
    desk.change_rules("contract_version: 1", "contract_version: 2", "02-07T00:00:00")
    desk.house.build()
    refused = ["CURRENCY_ERROR"]
    assert desk.judgements("T1") == [
        (False, "quarantined", 1, refused),
        (True, "quarantined", 2, refused),
        (True, "condemned", 3, [*refused, "MAX_ATTEMPTS"]),
    ]


def test_row_of_a_withdrawn_run_has_not_failed_before(desk: Desk) -> None:
    desk.day("02-01")
    desk.house.decide(desk.deliver("T1,C1,10.00,XBT,2024-01-10"), "withdraw")
    desk.house.build()
    desk.day("02-02")
    desk.deliver("T1,C1,10.00,XBT,2024-01-10", "T2,C1,2.00,EUR,2024-01-10")
    desk.house.build()
    assert desk.judgements("T1") == [
        (False, "condemned", 1, ["CURRENCY_ERROR", "RUN_WITHDRAWN"]),
        (False, "quarantined", 1, ["CURRENCY_ERROR"]),
    ]


def test_same_refused_row_again_is_condemned_and_let_in_once(desk: Desk) -> None:
    desk.day("02-01")
    desk.deliver("T1,C1,10.00,XBT,2024-01-10", "T0,C1,1.00,EUR,2024-01-10", "T0,C1,2.00,EUR,2024-01-10")
    desk.day("02-02")
    desk.deliver("T1,C1,10.00,XBT,2024-01-10", ",C1,1,XBT,2024-01-10", ",C1,1,XBT,2024-01-10")
    desk.house.build()
    desk.day("02-03")
    desk.deliver("T1,C1,10.00,XBT,2024-01-10", "T1,C1,11.00,XBT,2024-01-10", "T0,C1,1.00,EUR,2024-01-10")
    desk.house.build()
    again = ["CURRENCY_ERROR", "DUPLICATE_FAILURE"]
    assert desk.judgements("T1") == [
        (False, "quarantined", 1, ["CURRENCY_ERROR"]),
        (False, "condemned", 1, again),
        (False, "condemned", 1, again),
        (False, "quarantined", 1, ["CURRENCY_ERROR"]),
    ]
    # It contradicts nothing now, so what was refused in a conflict is accepted.
    assert desk.judgements("T0")[-1] == (False, "accepted", 1, [])
    assert desk.house.value("select count(*) from quarantine_entries where business_key is null") == 2


@pytest.mark.parametrize("after_each", [True, False])
def test_row_too_far_ahead_at_first_and_in_conflict_later_has_failed_twice(desk: Desk, *, after_each: bool) -> None:
    for day, amount in (("02-01", 10), ("02-12", 11), ("02-15", 10)):
        desk.day(day)
        desk.deliver(f"T1,C1,{amount}.00,EUR,2025-02-10", f"of {day},C1,1.00,EUR,2024-01-10")
        if after_each:
            desk.house.build()
    desk.house.build()
    assert desk.judgements("T1") == [
        (False, "quarantined", 1, ["TIMESTAMP_ERROR"]),
        (False, "accepted", 1, []),
        (False, "condemned", 1, ["CONFLICTING_TRANSACTION_ID", "DUPLICATE_FAILURE"]),
    ]


def test_corrected_row_is_condemned_as_such(desk: Desk) -> None:
    desk.day("02-01")
    run = desk.deliver("T1,C1,1e3,EUR,2024-01-10")
    desk.day("02-03")
    right = desk.deliver("T1,C1,1000,EUR,2024-01-10")
    desk.house.build()
    desk.decide(run, 1, "correct", "02-04T00:00:00", by=(right, 1))
    desk.house.build()
    assert desk.keys("quarantine_entries") == []
    assert desk.house.query("select run_id, rejection_reasons, judged_by_run_id from condemned_entries") == [
        (run, ["TYPE_ERROR", "CORRECTED"], "20240204T000000000000Z-transactions-replay")
    ]


def test_one_build_of_everything_judges_as_a_build_after_each(desk: Desk, new_house: Callable[[], House]) -> None:
    def live(other: Desk, build: Callable[[], object]) -> None:
        other.day("02-01")
        run = other.deliver("T1,C1,10.00,EUR,2024-01-10", "T1,C1,12.00,EUR,2024-01-10", "T3,C3,1e3,EUR,2024-01-10")
        build()
        other.day("02-03")
        other.deliver("T2,C1,5.00,EUR,2024-01-20", "T3,C3,1e3,EUR,2024-01-10")
        other.decide(run, 1, "release", "02-02T00:00:00")
        build()
        other.decide(run, 2, "release", "02-04T00:00:00")
        other.decide(run, 3, "release", "02-04T00:00:00")
        build()
        other.decide(run, 3, "condemn", "02-05T00:00:00")
        other.day("02-06")
        other.deliver("T4,C1,7.00,EUR,2024-01-20")
        build()

    live(desk, desk.house.build)
    other = Desk(new_house())
    live(other, lambda: None)
    other.house.build()
    snapshots = {name for name in desk.house.contents() if name.endswith("_snapshot")}
    theirs, ours = other.house.contents(), desk.house.contents()
    assert {name: theirs[name] for name in theirs.keys() - snapshots} == {
        name: ours[name] for name in ours.keys() - snapshots
    }
    assert desk.judgements("T1") == [
        (False, "quarantined", 1, CONFLICT),
        (False, "quarantined", 1, CONFLICT),
        (True, "accepted", 2, []),
        (True, "quarantined", 2, CONFLICT),
    ]


def test_decision_that_names_no_refused_row_holds_its_replay(desk: Desk) -> None:
    desk.day("02-01")
    run = desk.deliver("T1,C1,10.00,EUR,2024-01-10")
    desk.house.build()
    desk.decide(run, 1, "release", "02-02T00:00:00")
    held = desk.house.build(exit_code=1)
    assert "counts: 1 rows to judge again, 0 of them stand refused" in held.output
    seed = desk.house.project / "seeds" / "quarantine_decisions.csv"
    seed.write_text(seed.read_text().splitlines(keepends=True)[0])
    desk.house.build()


def test_decision_at_the_moment_of_changed_rules_is_counted_by_itself(desk: Desk) -> None:
    desk.day("02-01")
    run = desk.deliver("T1,C1,10.00,XBT,2024-01-10", "T2,C1,1e3,EUR,2024-01-10", "T0,C1,1.00,EUR,2024-01-10")
    desk.house.build()
    seed = desk.house.project / "seeds" / "currencies.csv"
    seed.write_text(seed.read_text() + "XBT,999,4,A currency\n")
    desk.change_rules("contract_version: 1", "contract_version: 2", "02-09T00:00:00")
    desk.decide(run, 2, "condemn", "02-09T00:00:00")
    desk.decide(run, 3, "release", "02-09T00:00:00")
    held = desk.house.build(exit_code=1)
    assert "counts: 3 rows to judge again, 2 of them stand refused" in held.output
    decisions = desk.house.project / "seeds" / "quarantine_decisions.csv"
    decisions.write_text("".join(decisions.read_text().splitlines(keepends=True)[:-1]))
    desk.house.build()
    assert desk.judgements("T1")[-1] == (True, "accepted", 2, [])
    assert desk.judgements("T2")[-1] == (True, "condemned", 1, ["TYPE_ERROR", "CONDEMNED"])


def test_rows_of_new_files_are_judged_once_by_rules_that_changed_in_the_same_build(desk: Desk) -> None:
    desk.day("02-01")
    desk.deliver("T1,C1,1e3,EUR,2024-01-10")
    desk.house.build()
    desk.day("02-08")
    desk.deliver("T2,C1,1e3,EUR,2024-01-10")
    desk.change_rules("contract_version: 1", "contract_version: 2", "02-09T00:00:00")
    desk.house.build()
    assert [len(desk.judgements(key)) for key in ("T1", "T2")] == [2, 1]


def test_run_that_waits_on_after_a_release_counts_after_the_released_one(
    desk: Desk, new_house: Callable[[], House]
) -> None:
    def live(other: Desk, build: Callable[[int], object]) -> None:
        runs = []
        for number in (1, 2):
            other.day(f"02-0{number}")
            content = HEADER + f"T{number},C1,10.00,EUR,2024-01-10\nX{number},C1,1e3,EUR,2024-01-10\n"
            runs.append(other.house.land("transactions", content).manifest.run_id)
        build(1)
        other.day("02-05")
        other.house.decide(runs[0], "release")
        build(1)
        path = other.house.contract_file("transactions")
        path.write_text(path.read_text().replace("quarantine_limit: 0.05", "quarantine_limit: 0.5"))
        build(0)

    live(desk, lambda exit_code: desk.house.build(exit_code=exit_code))
    other = Desk(new_house())
    live(other, lambda exit_code: None if exit_code else other.house.build())
    known = "select known_at::varchar from run_gate where verdict = 'passed' order by run_id"
    assert desk.house.query(known) == [("2024-02-05 06:00:01",), ("2024-02-05 06:00:01.001",)]
    assert other.house.query(known) == desk.house.query(known)


def test_decision_before_what_the_feed_has_brought_is_refused(desk: Desk) -> None:
    desk.day("02-01")
    run = desk.deliver("T1,C1,1e3,EUR,2024-01-10")
    desk.day("02-03")
    desk.deliver("T2,C1,10.00,EUR,2024-01-10")
    desk.house.build()
    desk.decide(run, 1, "condemn", "02-02T00:00:00")
    assert "decisions_are_taken_up" in desk.house.build(exit_code=1).output
    assert desk.keys("quarantine_entries") == ["T1"]


def test_too_many_rows_of_one_code_hold_the_run(desk: Desk) -> None:
    desk.change_rules("quarantine_limit: ", "code_limit: 2\n            quarantine_limit: ", "01-01T00:00:00")
    desk.house.contracts = load_contracts(desk.house.project)
    desk.day("02-01")
    run = desk.deliver("T1,C1,1e3,EUR,2024-01-10", "T2,C1,1e3,EUR,2024-01-10")
    desk.deliver("T3,C1,1e3,EUR,2024-01-10", "T4,C1,1e3,EUR,2024-01-10", "T5,C1,x,EUR,2024-01-10")
    held = desk.house.build(exit_code=1)
    assert "code limit: TYPE_ERROR in 3 rows, limit 2" in held.output
    assert desk.house.query("select distinct run_id from quarantine_entries") == [(run,)]
    desk.house.decide(desk.house.value("select run_id from held_runs"), "release")
    desk.house.build()
    assert len(desk.keys("quarantine_entries")) == 5


def test_run_released_after_a_close_does_not_change_what_was_closed(desk: Desk) -> None:
    desk.day("02-01")
    desk.house.land("transactions", HEADER + "T0,C1,1.00,EUR,2024-01-10\nT9,C1,1.00,EUR,2024-02-01\n")
    desk.day("02-02")
    held = desk.house.land("transactions", HEADER + "T1,C1,10.00,EUR,2024-01-10\nT2,C1,1e3,EUR,2024-01-10\n")
    desk.day("02-03")
    desk.house.land("transactions", HEADER + "T3,C1,100.00,EUR,2024-01-10\n")
    desk.close_january()
    desk.house.build(exit_code=1)
    desk.day("02-10")
    desk.house.decide(held.manifest.run_id, "release")
    desk.house.build()
    assert desk.house.query("select balance_as_closed, balance from restatements") == [(Decimal(1), Decimal(111))]
    assert desk.house.query(
        "select known_from::varchar, balance from month_end_balance_versions where month = '2024-01-01'"
        " order by known_from"
    ) == [
        ("2024-02-01 06:00:02", Decimal(1)),
        ("2024-02-10 06:00:01", Decimal(11)),
        ("2024-02-10 06:00:01.001", Decimal(111)),
    ]


@pytest.fixture
def closed_past(desk: Desk) -> tuple[Desk, str]:
    """Return a desk with January closed on 5 February and gone past, and the run of a refused row of January."""
    desk.day("02-01")
    run = desk.deliver("T1,C1,10.00,EUR,2024-01-10", "T1,C1,12.00,EUR,2024-01-10", "T0,C1,1.00,EUR,2024-02-01")
    desk.close_january()
    desk.house.build()
    desk.day("02-06")
    desk.house.land("ledger_entries", LEDGER + "1,L1,5.00,5.00,2024-01-11\n")
    desk.house.build()
    return desk, run


AS_CLOSED = "select feed, account_id, balance from month_end_balances_as_closed order by all"
AT_CLOSE = [("transactions", "PAD", Decimal(80))]


def test_decision_dated_before_a_close_that_was_gone_past_is_held(closed_past: tuple[Desk, str]) -> None:
    desk, run = closed_past
    desk.decide(run, 1, "release", "02-02T00:00:00")
    held = desk.house.build(exit_code=1)
    assert "order: known from 2024-02-02 00:00:00" in held.output
    assert "a month was closed at 2024-02-05 18:00:00" in held.output
    assert desk.house.query(AS_CLOSED) == AT_CLOSE
    desk.day("02-07")
    desk.house.decide(desk.house.value("select run_id from held_runs"), "release")
    desk.house.build()
    assert desk.house.query(AS_CLOSED) == AT_CLOSE
    assert desk.house.query("select account_id, balance_as_closed, balance from restatements") == [
        ("C1", None, Decimal(10)),
        ("L1", None, Decimal(5)),
    ]


def test_replay_that_is_held_can_be_taken_back_and_leaves_no_trace_in_what_was_closed(
    closed_past: tuple[Desk, str],
) -> None:
    desk, run = closed_past
    certificate = "select inputs_sha256, balances_sha256, file_count, is_provisional from close_certificate"
    before = desk.house.query(certificate)
    assert not before[0][-1]
    seed = desk.house.project / "seeds" / "quarantine_decisions.csv"
    empty = seed.read_text()
    desk.decide(run, 1, "release", "02-02T00:00:00")
    desk.house.build(exit_code=1)
    assert desk.house.query(certificate) == before
    seed.write_text(empty)
    desk.house.build()
    desk.decide(run, 1, "release", "02-03T00:00:00")
    desk.house.build(exit_code=1)
    desk.day("02-07")
    desk.house.decide(desk.house.value("select run_id from held_runs"), "withdraw")
    desk.house.build()
    assert desk.keys("quarantine_entries") == ["T1", "T1"]
    assert desk.house.query(certificate) == before
    desk.decide(run, 1, "release", "02-08T00:00:00")
    desk.house.build()
    assert desk.judgements("T1")[-1] == (True, "accepted", 2, [])
    assert desk.house.query(certificate) == before


def test_held_run_that_passes_by_a_changed_contract_does_not_change_what_was_closed(desk: Desk) -> None:
    desk.day("02-01")
    desk.house.land("transactions", HEADER + "T0,C1,1.00,EUR,2024-02-01\n")
    desk.house.land("transactions", HEADER + "T1,C1,10.00,EUR,2024-01-10\nT2,C1,1e3,EUR,2024-01-10\n")
    desk.close_january()
    desk.house.build(exit_code=1)
    desk.day("02-06")
    desk.house.land("ledger_entries", LEDGER + "1,L1,5.00,5.00,2024-01-11\n")
    desk.house.build(exit_code=1)
    assert desk.house.query(AS_CLOSED) == []
    contract = desk.house.contract_file("transactions")
    contract.write_text(contract.read_text().replace("quarantine_limit: 0.05", "quarantine_limit: 0.5"))
    assert "a month was closed at 2024-02-05 18:00:00 without it" in desk.house.build(exit_code=1).output
    assert desk.house.query(AS_CLOSED) == []
    desk.day("02-07")
    desk.house.decide(desk.house.value("select run_id from held_runs"), "release")
    desk.house.build()
    assert desk.house.query(AS_CLOSED) == []
    assert ("C1", Decimal(10)) in desk.house.query("select account_id, balance from restatements")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("shadow_run('accounts')", "shadow_run: the feed 'accounts' delivers no entries"),
        ("explain('transaction', 'C1', '2024-01')", "no source table raw.transaction;"),
        ("explain('transactions', 'C1', '2024-1')", "the month is written 2024-01, not '2024-1'"),
    ],
)
def test_macro_asked_for_what_cannot_be_says_so(desk: Desk, asked: str, said: str) -> None:
    shown = desk.house.dbt("show", "--inline", "{{ " + asked + " }}")
    assert shown.exit_code != 0
    assert said in shown.output


def test_shadow_run_says_what_other_rules_would_do(desk: Desk) -> None:
    desk.day("02-01")
    desk.deliver("T1,C1,10.00,XBT,2024-01-10", "T2,C1,1e3,XBT,2024-01-11", "T3,C1,4.00,EUR,2024-01-12")
    desk.house.build()
    before = desk.house.contents()
    seed = desk.house.project / "seeds" / "currencies.csv"
    seed.write_text(seed.read_text() + "XBT,999,4,A currency\n")
    desk.house.dbt("seed", "--select", "currencies")
    desk.change_rules(
        "header: CustomerID, type: id", "header: CustomerID, accepted_values: [PAD], type: id", "02-09T00:00:00"
    )
    shown = desk.house.dbt("--quiet", "show", "--output", "json", "--inline", "{{ shadow_run('transactions') }}")
    assert shown.exit_code == 0, shown.output
    rows = json.loads(shown.output)["show"]
    assert [(row["change"], row["code"], row["row_count"], Decimal(row["amount"] or 0)) for row in rows] == [
        ("would be refused for other reasons", "TYPE_ERROR", 2, Decimal(0)),
        ("would have been refused", "TYPE_ERROR", 1, Decimal(-4)),
    ]
    assert rows[1]["raw_record"] == "T3,C1,4.00,EUR,2024-01-12"
    after = desk.house.contents()
    assert {name for name in after if after[name] != before[name]} == {"currencies"}
