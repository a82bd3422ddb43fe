"""The sample is what `expected.json` says it is: every file is read and judged here without the generator's help."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from datetime import date
from decimal import Decimal
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml

from demo.generate import FEWEST_ROWS, generate, main
from tests.demo.judging import (
    Delivered,
    Row,
    decided_closings,
    history,
    judge,
    read,
    stated_month_ends,
    summed_month_ends,
    told_month_ends,
)
from tests.end_to_end.berka_oracle import carried_to_month_ends

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("demo")
    generate(path, FEWEST_ROWS, seed=5)
    return path


@pytest.fixture(scope="module")
def expected(out: Path) -> dict[str, Any]:
    read_back: dict[str, Any] = json.loads((out / "expected.json").read_text())
    return read_back


@pytest.fixture(scope="module")
def delivered(out: Path) -> dict[str, list[Delivered]]:
    feeds = {
        name: [read(path) for path in sorted(out.glob(f"delivery-*/{name}_*.csv"))]
        for name in ("transactions", "ledger_entries", "accounts")
    }
    for feed, files in feeds.items():
        judge(feed, files)
    return feeds


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_same_seed_gives_the_same_bytes(out: Path, tmp_path: Path) -> None:
    generate(tmp_path, FEWEST_ROWS, seed=5)
    assert bytes_of(tmp_path) == bytes_of(out)


def test_another_seed_gives_other_rows(out: Path, tmp_path: Path) -> None:
    generate(tmp_path, FEWEST_ROWS, seed=6)
    entries = "delivery-1/ledger_entries_2024-02-29.csv"
    assert bytes_of(tmp_path)[entries] != bytes_of(out)[entries]


def test_blocks_of_accounts_join_without_a_gap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("demo.population.ACCOUNTS_PER_BLOCK", 30)
    summary = generate(tmp_path, FEWEST_ROWS, seed=5)  # 65 accounts a feed
    files = [read(path) for path in sorted(tmp_path.glob("delivery-*/ledger_entries_*.csv"))]
    judge("ledger_entries", files)
    counted = [file["rows_accepted"] for file in summary["files"] if file["feed"] == "ledger_entries"]
    assert [file.fates["accepted"] for file in files] == counted
    assert stated_month_ends(files) == told_month_ends(tmp_path, "ledger_entries", "balance")


def test_every_row_meets_the_fate_that_is_expected(
    out: Path, expected: dict[str, Any], delivered: dict[str, list[Delivered]]
) -> None:
    found = {file.path.relative_to(out).as_posix(): file for files in delivered.values() for file in files}
    assert found.keys() == {file["path"] for file in expected["files"]}
    for file in expected["files"]:
        judged = found[file["path"]]
        fates = {fate: file[f"rows_{fate}"] for fate in ("accepted", "quarantined", "malformed", "duplicate")}
        assert {fate: judged.fates[fate] for fate in fates} == fates, file["path"]
        assert sum(fates.values()) == file["rows_delivered"]
        assert dict(judged.codes) == file["quarantined_by_code"]
        assert dict(judged.faults) == file["malformed_by_fault"]
        assert judged.codes["CONFLICTING_TRANSACTION_ID"] == file["rows_conflicting"]


def test_no_delivery_comes_near_the_quarantine_limit(expected: dict[str, Any]) -> None:
    assert all(0 < file["quarantine_rate"] < 0.04 for file in expected["files"])


def test_the_extra_file_is_over_the_limit(out: Path, expected: dict[str, Any]) -> None:
    (held,) = expected["held"]
    file = read(out / held["path"])
    judge("transactions", [file])
    assert held["quarantine_rate"] == 0.06
    assert (file.fates["quarantined"], file.fates["accepted"]) == (held["rows_quarantined"], held["rows_accepted"])
    assert dict(file.codes) == held["quarantined_by_code"]


def test_every_code_and_every_fault_is_there(expected: dict[str, Any]) -> None:
    first = {file["feed"]: file for file in expected["files"] if file["path"].startswith("delivery-1/")}
    codes = {"NULL_VALUE_ERROR", "TYPE_ERROR", "SCALE_ERROR", "TIMESTAMP_ERROR", "CONFLICTING_TRANSACTION_ID"}
    assert first["transactions"]["quarantined_by_code"].keys() == codes | {"CURRENCY_ERROR"}
    assert first["ledger_entries"]["quarantined_by_code"].keys() == codes
    for feed in ("transactions", "ledger_entries"):
        assert first[feed]["malformed_by_fault"].keys() == {
            "NUL byte", "not UTF-8", "stray quote", "text after a closing quote", "too few fields", "too many fields",
            "unclosed quote",
        }  # fmt: skip


@pytest.mark.parametrize("amount", ["1e3", " 12", "1,000", "NaN", "", "\u0661\u0662", "--1", "1.005", "10.5"])
def test_every_refused_amount_is_there(delivered: dict[str, list[Delivered]], amount: str) -> None:
    assert amount in {row["TransactionAmount"] for row in delivered["transactions"][0].rows}


@pytest.mark.parametrize("time", ["2024-02-30", "2024-13-01", "20240101", "2024-01-31T23:30:00-05:00"])
def test_every_odd_timestamp_is_there(delivered: dict[str, list[Delivered]], time: str) -> None:
    assert time in {row["TransactionTimestamp"] for row in delivered["transactions"][0].rows}


def twins(rows: list[Row], names: tuple[str, ...]) -> int:
    """Entries that equal an earlier one in all but the id and the balance."""
    counts = Counter(tuple(row[name] for name in names) for row in rows)
    return sum(count - 1 for count in counts.values())


def test_peculiarities_are_counted_right(expected: dict[str, Any], delivered: dict[str, list[Delivered]]) -> None:
    for feed, day, same in (
        (
            "transactions",
            "TransactionTimestamp",
            ("CustomerID", "TransactionAmount", "TransactionTimestamp", "Currency"),
        ),
        ("ledger_entries", "tx_date", ("account_id", "amount", "tx_date")),
    ):
        seen, (first, second) = expected["seen"][feed], delivered[feed]
        # Two entries may be equal by chance as well.
        assert seen["twins"] <= twins(first.accepted + second.accepted, same) <= seen["twins"] + 3
        assert seen["late entries"] == sum(row[day] < "2024-02-01" for row in second.accepted)
        assert seen["resent rows"] == first.fates["duplicate"] + second.fates["duplicate"]
        assert min(seen.values()) > 0


def test_late_days_belong_to_accounts_with_later_entries(delivered: dict[str, list[Delivered]]) -> None:
    first, second = delivered["ledger_entries"]
    latest = {row["account_id"]: row["tx_date"] for row in sorted(first.accepted, key=lambda row: row["tx_date"])}
    late = [row for row in second.accepted if row["tx_date"] < "2024-02-01"]
    assert sum(latest[row["account_id"]] > row["tx_date"] for row in late) > len(late) / 2


def test_some_accounts_are_quiet_over_the_year_end(
    expected: dict[str, Any], delivered: dict[str, list[Delivered]]
) -> None:
    months: defaultdict[str, set[str]] = defaultdict(set)
    for row in delivered["ledger_entries"][0].accepted + delivered["ledger_entries"][1].accepted:
        months[row["account_id"]].add(row["tx_date"][:7])
    quiet = [found for found in months.values() if "2023-11" in found and not found & {"2023-12", "2024-01"}]
    assert len(quiet) >= expected["seen"]["ledger_entries"]["accounts quiet over the year end"] > 1


def test_month_ends_follow_from_the_rows(out: Path, delivered: dict[str, list[Delivered]]) -> None:
    ledger, transactions = delivered["ledger_entries"], delivered["transactions"]
    assert stated_month_ends(ledger) == told_month_ends(out, "ledger_entries", "balance")
    assert summed_month_ends(transactions) == told_month_ends(out, "transactions", "balance")


def test_month_ends_follow_from_the_first_delivery_alone(out: Path, delivered: dict[str, list[Delivered]]) -> None:
    ledger, transactions = delivered["ledger_entries"][:1], delivered["transactions"][:1]
    assert stated_month_ends(ledger) == told_month_ends(out, "ledger_entries", "balance_after_delivery_1")
    assert summed_month_ends(transactions) == told_month_ends(out, "transactions", "balance_after_delivery_1")


def test_late_days_restate_months_that_delivery_1_told(out: Path) -> None:
    for feed in ("transactions", "ledger_entries"):
        final, first = (told_month_ends(out, feed, name) for name in ("balance", "balance_after_delivery_1"))
        assert any(final[key] != first[key] for key in first)


def test_id_order_is_not_posting_order(out: Path, delivered: dict[str, list[Delivered]]) -> None:
    rows = sorted(
        (row for file in delivered["ledger_entries"] for row in file.accepted),
        key=lambda row: (row["tx_date"], row["id"]),
    )
    by_id = {(row["account_id"], date.fromisoformat(row["tx_date"])): Decimal(row["new_balance"]) for row in rows}
    usual = carried_to_month_ends(by_id)
    right = told_month_ends(out, "ledger_entries", "balance")
    assert sum(right[account, "EUR", month] != value for (account, month), value in usual.items()) > len(right) / 20


def test_chains_break_only_where_expected(expected: dict[str, Any], delivered: dict[str, list[Delivered]]) -> None:
    files = delivered["ledger_entries"]
    closings = decided_closings(files)
    breaks = []
    for account, days in history(files).items():
        opening = Decimal(0)
        for day, entries in days.items():
            moved = sum((entry.after - entry.before for entry in entries), Decimal(0))
            if gap := closings[account, day] - moved - opening:
                breaks.append(
                    {
                        "feed": "ledger_entries",
                        "account_id": account,
                        "booking_date": day.isoformat(),
                        "amount": str(gap),
                    }
                )
            opening = closings[account, day]
    assert breaks == expected["breaks"]


def test_worked_example_is_in_the_ledger(out: Path, expected: dict[str, Any]) -> None:
    told = told_month_ends(out, "ledger_entries", "balance")
    for account, months in expected["worked_example"].items():
        for month, balance in months.items():
            value = told.get((account, "EUR", date.fromisoformat(f"{month}-01")))
            assert (None if value is None else str(value)) == balance
    assert told["ACC003", "EUR", date(2023, 12, 1)] == told["ACC003", "EUR", date(2024, 1, 1)] == Decimal("150.00")


def test_every_account_with_entries_is_in_the_reference_data(delivered: dict[str, list[Delivered]]) -> None:
    for number, accounts in enumerate(delivered["accounts"]):
        currency = {row["account"]: row["currency"] for row in accounts.accepted}
        assert all(row["account_id"] in currency for row in delivered["ledger_entries"][number].accepted)
        assert all(row["CustomerID"] in currency for row in delivered["transactions"][number].accepted)


def test_names_and_headers_match_the_contracts(out: Path) -> None:
    for path in out.glob("*/*.csv"):
        feed = path.name.rsplit("_", 1)[0]
        contract = yaml.safe_load((PROJECT / f"models/staging/{feed}/_{feed}__sources.yml").read_text(encoding="utf-8"))
        (table,) = contract["sources"][0]["tables"]
        assert any(fnmatch(path.name, pattern) for pattern in table["config"]["meta"]["file_patterns"])
        header = path.read_text(encoding="utf-8-sig", errors="replace").splitlines()[0]
        assert header.split(",") == [column["config"]["meta"]["header"] for column in table["columns"]]


def test_too_few_rows_are_refused_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--out", str(tmp_path), "--rows", "10"])
    assert stopped.value.code == 2
    assert "10 rows are too few" in capsys.readouterr().err


def test_summary_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["--out", str(tmp_path)])
    printed = capsys.readouterr().out
    assert "delivery-2/ledger_entries_2024-03-31.csv" in printed
    assert "circle days" in printed
