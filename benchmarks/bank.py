"""A bank's three years of entries as delivered files, and some entries that come late.

Half of the entries state a balance (`ledger_entries`), half do not (`transactions`). Each month is delivered on the day
after its end; the last file of the history ends with the fifth of January. Accounts open at different times and differ
in activity; two entries in five are booked on the first of a month, as wages and fees are, and ids say nothing about
the order of posting within a day.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb

FEEDS = ("ledger_entries", "transactions")
FIRST_DAY = date(2021, 1, 1)
CUT = date(2024, 1, 5)
"""The last day of the history; the next one is delivered as an ordinary day."""
ENTRIES_PER_ACCOUNT = 100
FEWEST = 100
"""Entries of the accounts that cases are taken from; they have twice as many at most."""
ORDINARY = "an ordinary day"
DAYS_LATE, A_YEAR_LATE = "an entry that is days late", "an entry that is a year late"
FIRST_COMES_LAST, CORRECTION = "the first entry of an account, coming last", "a correction: reversal and new entry"
# Which entry of an account a case holds back or corrects.
_CHOSEN = {
    DAYS_LATE: "day between date '2023-12-26' and date '2023-12-30'",
    A_YEAR_LATE: "day between date '2023-01-02' and date '2023-01-20'",
    FIRST_COMES_LAST: "position = 1",
    CORRECTION: "day between date '2023-10-02' and date '2023-10-20'",
}
CASES = tuple(_CHOSEN)
# What a bank that states balances corrects is booked today: the balances that it stated stand.
_CORRECTED_ON = {"ledger_entries": f"date '{CUT + timedelta(days=1)}'", "transactions": "day"}
_LINES = {
    "ledger_entries": """
        select id, printf('L%08d', account) as account_id, amount, balance as new_balance, day as tx_date
    """,
    "transactions": """
        select
            'TX' || id as "TransactionID",
            printf('C%08d', account) as "CustomerID",
            amount as "TransactionAmount",
            ['EUR', 'USD', 'GBP', 'CZK'][1 + account % 4] as "Currency",
            strftime(day + to_seconds((hash(id) % 80000)::bigint), '%Y-%m-%dT%H:%M:%SZ') as "TransactionTimestamp"
    """,
}
_BOOK = """
    create table {feed} as
    with drawn as (
        select
            i,
            least(draw(i, 1, {accounts}), draw(i, 2, {accounts})) as account,
            date '{first_day}' + draw(account, 3, 500)::integer as opened,
            opened + draw(i, 4, date '{last_day}' - opened + 1)::integer as any_day,
            case
                when draw(i, 5, 100) < 40 then greatest(opened, date_trunc('month', any_day)::date) else any_day
            end as day,
            (draw(i, 6, 200000) - 99000) * 0.01 as amount
        from range({first}, {first} + {entries}) as numbers (i)
    )
    select
        printf('%012d', row_number() over (order by day, draw(i, 7, 1000000000), i)) as id,
        account,
        amount,
        sum(amount) over in_order as balance,
        day,
        row_number() over in_order as position,
        null::varchar as held
    from drawn
    window in_order as (
        partition by account order by day, draw(i, 8, 1000000000), i rows between unbounded preceding and current row
    )
"""
# An account that is busier than most, opened early, and has entries before and after the one that is chosen.
_CHOOSE = """
    select id
    from {feed}
    semi join (
        select account from {feed}
        group by account
        having count(held) = 0 and count(*) between {fewest} and {most}
            and min(day) < date '2022-06-01' and max(day) > date '2024-01-01'
    ) as ordinary using (account)
    where {condition}
    order by id
    limit 1
"""
_HOLD_BACK = "update {feed} set held = '{case}' where id = '{entry}'"
_CORRECT = """
    insert into {feed}
    select 'R' || step || id, account, step_amount, last_balance + step_balance, {day}, null, '{case}'
    from (
        select *, (select arg_max(balance, position) from {feed} where account = chosen.account) as last_balance
        from {feed} as chosen
        where id = '{entry}'
    ) as original
    cross join lateral (values (1, -amount, -amount), (2, amount + 1, 1.00)) as steps (step, step_amount, step_balance)
"""


@dataclass(frozen=True)
class Delivery:
    """Files by feed, committed one after the other from the moment `at` on."""

    name: str
    at: datetime
    files: dict[str, Path]


class Bank:
    """So many entries, the same for the same number.

    Attributes:
        entries: how many, over both feeds.
        accounts: how many accounts they have.
        history: the deliveries of three years.
        afterwards: those of the days after: an ordinary day's, and each case's of each feed.
        shared: the share of the ledger entries that are booked on a day on which their account has several.
    """

    def __init__(self, folder: Path, entries: int) -> None:
        self.entries = entries
        self.accounts = entries // ENTRIES_PER_ACCOUNT
        self._folder = folder
        folder.mkdir(parents=True)
        with duckdb.connect() as connection:
            connection.execute("create macro draw(i, salt, n) as (hash(i * 16 + salt) % n)::bigint")
            for feed in FEEDS:
                self._book(connection, feed)
            self.history = [
                self._write(connection, f"{first:%Y-%m}", end, f"held is null and day >= '{first}' and day < '{end}'")
                for first, end in _months()
            ]
            today = CUT + timedelta(days=1)
            self.afterwards = [
                self._write(connection, ORDINARY, today + timedelta(days=1), f"held is null and day = '{today}'")
            ]
            for case in CASES:
                for feed in FEEDS:
                    day = self.afterwards[-1].at.date() + timedelta(days=1)
                    self.afterwards.append(self._write(connection, case, day, f"held = '{case}'", feed))
            self.shared = _shared(connection)

    def _book(self, connection: duckdb.DuckDBPyConnection, feed: str) -> None:
        values = {"feed": feed, "entries": self.entries // 2, "accounts": self.accounts // 2}
        values["first"] = self.entries * FEEDS.index(feed)
        values |= {"first_day": FIRST_DAY, "last_day": CUT + timedelta(days=1)}
        connection.execute(_BOOK.format(**values))
        for case, condition in _CHOSEN.items():
            choose = _CHOOSE.format(feed=feed, condition=condition, fewest=FEWEST, most=2 * FEWEST)
            ((entry,),) = connection.execute(choose).fetchall()
            if case == CORRECTION:
                values = {"feed": feed, "case": case, "entry": entry, "day": _CORRECTED_ON[feed]}
                connection.execute(_CORRECT.format(**values))
            else:
                connection.execute(_HOLD_BACK.format(feed=feed, case=case, entry=entry))

    def _write(
        self, connection: duckdb.DuckDBPyConnection, name: str, day: date, condition: str, *feeds: str
    ) -> Delivery:
        files = {}
        for feed in feeds or FEEDS:
            files[feed] = self._folder / f"{feed}_{day}.csv"
            rows = f"{_LINES[feed]} from {feed} where {condition} order by id"
            connection.execute(f"copy ({rows}) to '{files[feed]}' (header)")
        return Delivery(name, datetime(day.year, day.month, day.day, 6, tzinfo=UTC), files)


def _months() -> Iterator[tuple[date, date]]:
    """Yield the first day of each delivery of the history and the day of the delivery, which is the first after it."""
    first = FIRST_DAY
    while first <= CUT:
        following = (first + timedelta(days=31)).replace(day=1)
        yield first, min(following, CUT + timedelta(days=1))
        first = following


def _shared(connection: duckdb.DuckDBPyConnection) -> float:
    ((share,),) = connection.execute(
        "select sum(entries) filter (where entries > 1) / sum(entries)"
        " from (select count(*) as entries from ledger_entries group by account, day)"
    ).fetchall()
    return float(share)
