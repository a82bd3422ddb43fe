"""Feeds that are called like words of SQL, as are all their columns."""

from __future__ import annotations

from textwrap import dedent

import duckdb
import yaml

from loader.contract.project import load_contracts
from tests.end_to_end.house import House

FEEDS = ("having", "lateral", "natural", "uescape")
# What Trino reserves, DuckDB does not; and what the macros call their relations.
MORE_WORDS = (
    *("alter", "current_date", "cube", "deallocate", "escape", "exists", "extract", "grouping", "json_value"),
    *("listagg", "localtime", "normalize", "recursive", "skip", "trim", "uescape", "unnest", "values"),
    *("checked", "currencies", "delivered", "files", "landed"),
)
# Each in a place of its own in SQL: key, amount with its indicator, balance, currency, days.
USED = {
    "distinct": {"type": "id", "required": True, "pattern": "[A-Z0-9]+"},
    "except": {"type": "id", "required": True},
    "cast": {"type": "decimal", "required": True, "indicator": {"column": "left", "in": ["IN"], "out": ["OUT"]}},
    "left": {"type": "text", "accepted_values": ["IN", "OUT"]},
    "for": {"type": "decimal"},
    "current_user": {"type": "currency", "required": True},
    "between": {"type": "date", "required": True},
    "current_timestamp": {"type": "timestamp"},
}
MODEL = """\
    with

    checked as (
        {{{{ checked_rows('{feed}') }}}}
    )

    select
        feed,
        business_key,
        "distinct" as transaction_id,
        "except" as account_id,
        amount,
        currency,
        cast("between" as timestamp(6)) as booked_at,
        "between" as booking_date,
        balance_after,
        {{{{ provenance_columns() }}}}
    from checked
"""
RIGHT = ("A1", "B2", "12.50", "OUT", "100.00", "EUR", "2024-05-06", "2024-05-06T07:08:09Z")
WRONG = ("", " C", "1;5", "UP", "x", "eur", "2024-02-30", "noon")
STAGED = """
    select
        business_key, cast(amount as varchar) as amount, cast(balance_after as varchar) as balance, currency,
        cast(booking_date as varchar) as booking_date, raw_record,
        cast({{{{ array_length('rejection_reasons') }}}} as bigint) as reasons
    from {{{{ ref('stg_{feed}') }}}}
    order by row_number
"""


def words_by_feed() -> dict[str, list[str]]:
    """Return the words that DuckDB reads as more than a name, and some of Trino's: a part of them for each feed."""
    asked = "select keyword_name from duckdb_keywords() where keyword_category <> 'unreserved' order by all"
    words = dict.fromkeys([*MORE_WORDS, *(word for (word,) in duckdb.sql(asked).fetchall())])
    others = [word for word in words if word not in USED and word.isidentifier()]
    return {feed: others[number :: len(FEEDS)] for number, feed in enumerate(FEEDS)}


def add_words_feeds(house: House) -> None:
    """Add the feeds to the house's project."""
    for feed, words in words_by_feed().items():
        folder = house.project / "models" / "staging" / feed
        folder.mkdir()
        source = yaml.safe_dump(_source(feed, {**USED, **{word: {"type": "text"} for word in words}}), sort_keys=False)
        (folder / f"_{feed}__sources.yml").write_text(source)
        (folder / f"stg_{feed}.sql").write_text(dedent(MODEL.format(feed=feed)))
    house.parse_anew()
    house.contracts = load_contracts(house.project)


def _source(feed: str, columns: dict[str, dict[str, object]]) -> dict[str, object]:
    meta = {
        "kind": "entries",
        "contract_version": 1,
        "file_patterns": [f"{feed}*.csv"],
        "delimiter": ",",
        "quote": '"',
        "encoding": "utf-8",
        "extra_columns": "reject",
        "business_key": ["distinct", "except"],
        "amount": ["cast"],
        "balance": "for",
        "delivery_calendar": "daily",
        "time_zone": "UTC",
    }
    described = [{"name": name, "config": {"meta": {"header": name, **rules}}} for name, rules in columns.items()]
    table = {"name": feed, "config": {"meta": meta}, "columns": described}
    return {
        "version": 2,
        "sources": [{"name": "raw", "schema": "{{ env_var('LEDGER_LAKE_RAW_SCHEMA', 'raw') }}", "tables": [table]}],
    }


def land_words(house: House) -> None:
    """Land two rows in each feed: one is right, one breaks the rules of all its columns."""
    for feed, words in words_by_feed().items():
        lines = (",".join([*cells, *words]) for cells in (USED, RIGHT, WRONG))
        house.land(feed, "".join(f"{line}\n" for line in lines), f"{feed}_1.csv")


def stage(house: House) -> None:
    """Build the feeds' staging models."""
    models = [f"stg_{feed}" for feed in FEEDS]
    house.build("--select", *models, "stg_files", "currencies", "--exclude-resource-type", "test")


def assert_words_are_names(house: House) -> None:
    """See that each staging model reads all columns of its feed under their names."""
    for feed, words in words_by_feed().items():
        right, wrong = house.show(STAGED.format(feed=feed))
        assert (right["business_key"], right["amount"], right["balance"]) == ("A1 / B2", "-12.5000", "100.0000")
        assert (right["currency"], right["booking_date"], right["reasons"]) == ("EUR", "2024-05-06", 0)
        assert right["raw_record"] == ",".join([*RIGHT, *words])
        assert wrong["reasons"] == len({"NULL_VALUE_ERROR", "TYPE_ERROR", "CURRENCY_ERROR", "TIMESTAMP_ERROR"})
