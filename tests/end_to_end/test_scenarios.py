"""What banks deliver, and where each row ends: two deliveries with a build after each, looked at from many sides."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest

from loader.errors import FileRejectedError
from tests.end_to_end.house import House

pytestmark = pytest.mark.dbt

TRANSACTIONS = "TransactionID,CustomerID,TransactionAmount,Currency,TransactionTimestamp"
LEDGER = "id,account_id,amount,new_balance,tx_date"

BAD_AMOUNTS = {
    "exponent": "1e3",
    "blank": " 12",
    "grouped": '"1,000"',
    "nan": "NaN",
    "arabic": "١٢",
    "signs": "--1",
    "digits": "1" * 25,
}
GOOD_AMOUNTS = {"plus": ("+5", Decimal(5)), "minus_zero": ("-0.00", Decimal(0))}
CURRENCIES = {
    "eur_scale": ("1.005", "EUR", ["SCALE_ERROR"]),
    "jpy_scale": ("10.5", "JPY", ["SCALE_ERROR"]),
    "kwd_scale": ("1.234", "KWD", None),
    "no_code": ("1", "XYZ", ["CURRENCY_ERROR"]),
    "lower_case": ("1", "eur", ["CURRENCY_ERROR"]),
}
BAD_DATES = {"not_in_calendar": "2024-02-30", "month_13": "2024-13-01", "no_hyphens": "20240101"}
STRUCTURES = {
    "bom": b"\xef\xbb\xbf" + f"{TRANSACTIONS}\nbom,S,1,EUR,2024-01-02\n".encode(),
    "crlf": f"{TRANSACTIONS}\r\ncrlf,S,1,EUR,2024-01-02\r\n".encode(),
    "no_last_newline": f"{TRANSACTIONS}\nno_last_newline,S,1,EUR,2024-01-02".encode(),
}
IN_QUOTES = [
    '"new\nline",S,1,EUR,2024-01-02',
    '"both\r\nkinds",S,1,EUR,2024-01-02',
    '"say ""so""\\n",S,1,EUR,2024-01-02',
]
MALFORMED = {
    "text_after_quote": b'"a"b,S,1,EUR,2024-01-02',
    "quote_in_text": b'a"b,S,1,EUR,2024-01-02',
    "unclosed_quote": b'"a,S,1,EUR,2024-01-02',
    "nul": b"a\x00b,S,1,EUR,2024-01-02",
}


@dataclass
class Delivered:
    """The house after both deliveries, and the files by the name that a scenario gave each."""

    house: House
    files: dict[str, str] = field(default_factory=dict)

    def land(self, name: str, feed: str, content: str | bytes) -> None:
        self.files[name] = self.house.land(feed, content).manifest.file_id

    def rows(self, key: str) -> list[tuple[str, list[str]]]:
        """Return status and reasons of every row with a key, in order of arrival."""
        return self.house.query(
            "select status, rejection_reasons from ("
            " select business_key, file_id, row_number, 'accepted' as status, [] as rejection_reasons"
            " from fct_ledger_entries union all"
            " select business_key, file_id, row_number, status, rejection_reasons from set_aside_entries"
            f") as outcomes where business_key = '{key}' order by file_id, row_number"
        )

    def accepted(self, key: str) -> tuple[Any, ...]:
        (row,) = self.house.query(
            "select amount, currency, booked_at::varchar, booking_date::varchar from fct_ledger_entries"
            f" where business_key = '{key}'"
        )
        return row


def padded(rows: list[str], feed: str, name: str, to: int = 400) -> str:
    """Return a file with the rows among enough sound ones that it passes the gate."""
    good = {
        "transactions": lambda number: f"{name}{number},PAD,1,EUR,2024-01-02",
        "ledger_entries": lambda number: f"{name}{number},PAD-{name}-{number},1,1,2024-01-02",
    }[feed]
    header = {"transactions": TRANSACTIONS, "ledger_entries": LEDGER}[feed]
    return "\n".join([header, *rows, *(good(number) for number in range(to - len(rows)))]) + "\n"


def faulty_transactions() -> list[str]:
    return [
        ",C1,1e3,xyz,2024-01-02",
        *(f"{name},C1,{amount},EUR,2024-01-02" for name, amount in BAD_AMOUNTS.items()),
        "empty_amount,C1,,EUR,2024-01-02",
        *(f"{name},C2,{amount},EUR,2024-01-02" for name, (amount, _) in GOOD_AMOUNTS.items()),
        *(f"{name},C3,{amount},{currency},2024-01-02" for name, (amount, currency, _) in CURRENCIES.items()),
        *(f"{name},C4,1,EUR,{day}" for name, day in BAD_DATES.items()),
        "offset,C5,1,EUR,2024-01-31T23:30:00-05:00",
    ]


def first_ledger_entries() -> list[str]:
    return [
        "twin-1,TWINS,10,10,2024-01-05",
        "twin-2,TWINS,10,20,2024-01-05",
        "quiet-1,QUIET,70,70,2023-11-10",
        "quiet-2,QUIET,-5,65,2024-02-10",
        # A day that comes back to where it began, after one that tells where that was.
        "circle-0,CIRCLE,100,100,2024-01-03",
        "circle-1,CIRCLE,50,150,2024-01-04",
        "circle-2,CIRCLE,-50,100,2024-01-04",
        # Between 150 and 120 an entry is missing.
        "hole-0,HOLE,100,100,2024-01-03",
        "hole-1,HOLE,50,150,2024-01-04",
        "hole-2,HOLE,50,170,2024-01-04",
        "old,CONFLICT,1,1,2024-01-05",
        "resent,RESENT,3,3,2024-01-05",
    ]


@pytest.fixture(scope="module")
def delivered(new_house: Callable[[], House]) -> Delivered:
    house = new_house()
    day = Delivered(house)
    day.land("faults", "transactions", padded(faulty_transactions(), "transactions", "f"))
    day.land("ledger", "ledger_entries", padded(first_ledger_entries(), "ledger_entries", "l"))
    for name, content in STRUCTURES.items():
        day.land(name, "transactions", content)
    day.land("newline", "transactions", padded(IN_QUOTES, "transactions", "n", to=30))
    for name, line in MALFORMED.items():
        content = padded([f"after-{name},S,1,EUR,2024-01-02"], "transactions", name, to=30).encode()
        header, rest = content.split(b"\n", 1)
        day.land(name, "transactions", b"\n".join([header, line, rest]))
    house.build()
    second = [
        "resent,RESENT,3,3,2024-01-05",
        "old,CONFLICT,2,2,2024-01-05",
        "inner,INNER,1,1,2024-01-05",
        "inner,INNER,2,2,2024-01-05",
    ]
    day.land("ledger 2", "ledger_entries", padded(second, "ledger_entries", "m"))
    day.land("garbage", "accounts", b"account,currency,opened,closed,status\n" + random.Random(7).randbytes(20_000))
    house.build()
    return day


def test_row_with_three_faults_shows_three_codes_and_its_text(delivered: Delivered) -> None:
    ((reasons, details, record),) = delivered.house.query(
        "select rejection_reasons, rejection_details, raw_record from quarantine_entries where row_number = 1"
        f" and file_id = '{delivered.files['faults']}'"
    )
    assert reasons == ["NULL_VALUE_ERROR", "TYPE_ERROR", "CURRENCY_ERROR"]
    assert [detail.split(":")[0] for detail in details] == [
        "NULL_VALUE_ERROR TransactionID",
        "TYPE_ERROR TransactionAmount",
        "CURRENCY_ERROR Currency",
    ]
    assert record == ",C1,1e3,xyz,2024-01-02"


@pytest.mark.parametrize("name", BAD_AMOUNTS)
def test_amount_that_is_no_plain_number_is_refused(delivered: Delivered, name: str) -> None:
    assert delivered.rows(name) == [("quarantined", ["TYPE_ERROR"])]


def test_empty_amount_is_a_missing_value(delivered: Delivered) -> None:
    assert delivered.rows("empty_amount") == [("quarantined", ["NULL_VALUE_ERROR"])]


@pytest.mark.parametrize("name", GOOD_AMOUNTS)
def test_signed_amount_is_accepted(delivered: Delivered, name: str) -> None:
    assert delivered.accepted(name)[0] == GOOD_AMOUNTS[name][1]


@pytest.mark.parametrize("name", CURRENCIES)
def test_scale_follows_the_currency(delivered: Delivered, name: str) -> None:
    amount, currency, reasons = CURRENCIES[name]
    if reasons is None:
        assert delivered.accepted(name)[:2] == (Decimal(amount), currency)
    else:
        assert delivered.rows(name) == [("quarantined", reasons)]


@pytest.mark.parametrize("name", BAD_DATES)
def test_day_that_is_no_calendar_day_is_refused(delivered: Delivered, name: str) -> None:
    assert delivered.rows(name) == [("quarantined", ["TIMESTAMP_ERROR"])]


def test_offset_is_brought_to_utc_over_the_end_of_the_month(delivered: Delivered) -> None:
    assert delivered.accepted("offset")[2:] == ("2024-02-01 04:30:00", "2024-02-01")


def test_equal_entries_with_other_ids_are_both_accepted(delivered: Delivered) -> None:
    assert delivered.rows("twin-1") + delivered.rows("twin-2") == [("accepted", []), ("accepted", [])]


def test_row_resent_in_a_later_file_is_set_aside_without_alarm(delivered: Delivered) -> None:
    assert delivered.rows("resent") == [("accepted", []), ("duplicate", ["DUPLICATE_TRANSACTION_ID"])]
    assert delivered.house.value("select count(*) from duplicate_entries where business_key = 'resent'") == 1
    # Of the second file three rows are refused: the conflict with the first file, and both of the inner one.
    assert delivered.house.query(
        "select rows_duplicate, rows_quarantined from file_reconciliation"
        f" where file_id = '{delivered.files['ledger 2']}'"
    ) == [(1, 3)]


def test_conflict_across_files_keeps_the_accepted_row(delivered: Delivered) -> None:
    assert delivered.rows("old") == [("accepted", []), ("quarantined", ["CONFLICTING_TRANSACTION_ID"])]


def test_conflict_in_one_file_trusts_neither_row(delivered: Delivered) -> None:
    assert delivered.rows("inner") == [("quarantined", ["CONFLICTING_TRANSACTION_ID"])] * 2


@pytest.mark.parametrize(
    "key", [*STRUCTURES, "new\nline", "both\r\nkinds", 'say "so"\\n', *(f"after-{name}" for name in MALFORMED)]
)
def test_sound_record_lands_exactly(delivered: Delivered, key: str) -> None:
    assert delivered.rows(key) == [("accepted", [])]


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_row_keeps_number_reason_and_text(delivered: Delivered, name: str) -> None:
    reason = {"unclosed_quote": "UNCLOSED_QUOTE", "nul": "NUL_BYTE"}.get(name, "STRAY_QUOTE")
    text = MALFORMED[name].decode().replace("\x00", "\\x00")
    assert delivered.house.query(
        "select row_number, line_number, rejection_code, reason, raw_text from malformed_rows"
        f" where file_id = '{delivered.files[name]}'"
    ) == [(1, 2, "SCHEMA_ERROR", reason, text)]


def test_quiet_account_is_carried_over_the_year_end(delivered: Delivered) -> None:
    months = delivered.house.query(
        "select month::varchar, balance, entry_count from month_end_balances where account_id = 'QUIET' order by month"
    )
    assert months == [
        ("2023-11-01", Decimal(70), 1),
        ("2023-12-01", Decimal(70), 0),
        ("2024-01-01", Decimal(70), 0),
        ("2024-02-01", Decimal(65), 1),
    ]


def test_day_in_a_circle_closes_where_the_day_before_says(delivered: Delivered) -> None:
    assert delivered.house.query(
        "select balance, break_amount, is_proven from month_end_balances"
        " where account_id = 'CIRCLE' and month = '2024-01-01'"
    ) == [(Decimal(100), Decimal(0), True)]


def test_day_with_a_missing_entry_lists_the_break(delivered: Delivered) -> None:
    assert delivered.house.query(
        "select booking_date::varchar, closing_balance, break_amount, kind from balance_breaks"
        " where account_id = 'HOLE'"
    ) == [("2024-01-04", Decimal(170), Decimal(-30), "movement_missing")]
    assert delivered.house.query(
        "select balance, is_proven from month_end_balances where account_id = 'HOLE' and month = '2024-01-01'"
    ) == [(Decimal(170), False)]


def test_every_row_of_every_file_is_counted(delivered: Delivered) -> None:
    counted = delivered.house.query(
        "select file_id, rows_delivered - rows_malformed - rows_accepted - rows_quarantined - rows_condemned"
        " - rows_duplicate - rows_passed_over from file_reconciliation"
    )
    assert dict(counted) == {file_id: 0 for name, file_id in delivered.files.items() if name != "garbage"}


def test_garbage_is_held_as_a_whole(delivered: Delivered) -> None:
    ((file_id, failure),) = delivered.house.query("select file_id, failure from held_files")
    assert file_id == delivered.files["garbage"]
    assert failure.startswith("quarantine rate: ")


def test_same_bytes_under_another_name_land_once(delivered: Delivered) -> None:
    before = len(list(delivered.house.lake.glob("files/*/*.json")))
    again = delivered.house.land("transactions", STRUCTURES["bom"], "transactions_again.csv")
    assert (again.status, again.manifest.file_id) == ("already_landed", delivered.files["bom"])
    assert len(list(delivered.house.lake.glob("files/*/*.json"))) == before


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (TRANSACTIONS.replace("CustomerID", "ClientID"), "CustomerID"),
        (TRANSACTIONS.replace(",Currency", ""), "Currency"),
        ("", "empty"),
        (TRANSACTIONS.encode("utf-16"), "UTF-16"),
    ],
    ids=["renamed", "missing", "empty", "utf-16"],
)
def test_file_that_breaks_its_contract_shows_nowhere_in_sql(
    delivered: Delivered, content: str | bytes, message: str
) -> None:
    before = len(list(delivered.house.lake.glob("raw/transactions/*/*")))
    with pytest.raises(FileRejectedError, match=message):
        delivered.house.land("transactions", content)
    assert len(list(delivered.house.lake.glob("raw/transactions/*/*"))) == before
