"""Feeds whose contracts use the words for values and rows (contract_words.yml), and what SQL makes of their rows.

A row is given as the raw table holds it: a text per column, missing ones as null. Nothing is landed or built.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.end_to_end.house import House

FILE = "file-1"
COMMON = {
    "kind": "entries",
    "contract_version": 1,
    "delimiter": ",",
    "quote": '"',
    "encoding": "utf-8",
    "extra_columns": "keep",
    "business_key": ["id"],
    "delivery_calendar": "monthly",
    "time_zone": "UTC",
}
# Athena takes statements of 256 KiB.
_MOST_FEEDS = 8
_JOINED = {"duckdb": "array_to_string({}, ' | ')", "athena": "array_join({}, ' | ')"}


@dataclass(frozen=True)
class Feed:
    """A contract's words for the table and its columns, rows, and the values expected of each row, as texts."""

    name: str
    table: dict[str, Any]
    columns: dict[str, dict[str, Any]]
    rows: list[list[str | None]]
    expected: list[dict[str, str | None]]
    files: list[str] = field(default_factory=list)

    def contract(self) -> str:
        """Return the contract as YAML."""
        columns = [{"name": name, "config": {"meta": meta}} for name, meta in self.columns.items()]
        has_currency = any(meta["type"] == "currency" for meta in self.columns.values())
        meta = (
            COMMON | {"file_patterns": [f"{self.name}*"]} | ({} if has_currency else {"currency": "EUR"}) | self.table
        )
        table = {"name": self.name, "config": {"meta": meta}, "columns": columns}
        source = {"name": "raw", "schema": "{{ env_var('LEDGER_LAKE_RAW_SCHEMA', 'raw') }}", "tables": [table]}
        return yaml.safe_dump({"version": 2, "sources": [source]}, allow_unicode=True, sort_keys=False)

    def model(self) -> str:
        """Return the staging model."""
        canonical = ", ".join(self.canonical)
        return (
            f"with\n\nchecked as (\n    {{{{ checked_rows('{self.name}') }}}}\n)\n\n"
            f"select business_key as transaction_id, {canonical}, {{{{ provenance_columns() }}}} from checked\n"
        )

    @property
    def canonical(self) -> list[str]:
        """The columns of the staging model that checked_rows gives it, and its account."""
        account = "account_id" if "account_id" in self.columns else "cast('a' as varchar) as account_id"
        named = ["feed", "business_key", "amount", "currency", "booked_at", "booking_date", "balance_after"]
        return [account, *named]


def worded_feeds() -> list[Feed]:
    """Return the feeds of contract_words.yml, and one with more columns than Athena's concat takes."""
    listed = yaml.safe_load(Path(__file__).with_name("contract_words.yml").read_text())
    return [*(Feed(**given) for given in listed), _wide_feed()]


def _wide_feed() -> Feed:
    notes: dict[str, dict[str, Any]] = {
        f"note_{place}": {"header": f"N{place}", "type": "text"} for place in range(130)
    }
    columns = {
        "id": {"header": "Id", "type": "id", "required": True},
        "day": {"header": "Day", "type": "date", "required": True},
        "amount": {"header": "Amount", "type": "decimal", "required": True},
    }
    texts = [f"n{place}" for place in range(130)]
    row = ["x1", "2024-01-31", "5", *texts]
    expected = {"rejection_reasons": "", "raw_record": ",".join(row), "note_129": "n129"}
    return Feed("wide", {}, columns | notes, [list(row)], [dict(expected)])


def add_feeds(house: House, feeds: list[Feed]) -> None:
    """Write the feeds' folders into the house's project."""
    for feed in feeds:
        folder = house.project / "models" / "staging" / feed.name
        folder.mkdir()
        (folder / f"_{feed.name}__sources.yml").write_text(feed.contract())
        (folder / f"stg_{feed.name}.sql").write_text(feed.model())


def literal(text: str | None) -> str:
    """Return a text of a raw part as SQL, encoded as the loader does."""
    if text is None:
        return "'\\N'"
    encoded = text.replace("\\", "\\s").replace("\n", "\\n").replace("\r", "\\r")
    return "'" + encoded.replace("'", "''") + "'"


def found(house: House, engine: str, feeds: list[Feed]) -> dict[str, list[dict[str, str | None]]]:
    """Return what the contracts' SQL makes of the rows, by feed, in the order of files and rows."""
    names = list(dict.fromkeys(name for feed in feeds for row in feed.expected for name in row))
    shown = [
        row
        for part in range(0, len(feeds), _MOST_FEEDS)
        for row in house.show(
            "\nunion all\n".join(_query(feed, names, engine) for feed in feeds[part : part + _MOST_FEEDS])
        )
    ]
    results: dict[str, list[dict[str, str | None]]] = {}
    for feed in feeds:
        rows = sorted((row for row in shown if row["of"] == feed.name), key=lambda row: (row["in_file"], row["at"]))
        wanted = [{name: row[name] for name in expected} for row, expected in zip(rows, feed.expected, strict=True)]
        results[feed.name] = wanted
    return results


def _query(feed: Feed, names: list[str], engine: str) -> str:
    known = {name for row in feed.expected for name in row}
    selected = ", ".join(
        f"{_text(name, engine) if name in known else 'cast(null as varchar)'} as {name}" for name in names
    )
    own = "".join(f", checked.{name}" for name in feed.columns if name not in feed.canonical)
    return (
        f"select '{feed.name}' as of, file_id as in_file, row_number as at, {selected} from (with {_given(feed)},"
        f" checked as ({{{{ checked_rows('{feed.name}', 'landed', 'files', 'currencies') }}}}),"
        f" staged as (select business_key as transaction_id, {', '.join(feed.canonical)},"
        f" {{{{ provenance_columns() }}}} from checked), judged as ({{{{ feed_rows('{feed.name}', 'staged') }}}})"
        f" select judged.*{own} from judged"
        " inner join checked on judged.file_id = checked.file_id and judged.row_number = checked.row_number) as typed"
    )


def _given(feed: Feed) -> str:
    """The raw table, the files and the currencies, as CTEs."""
    rows = []
    for place, row in enumerate(feed.rows, start=1):
        file = feed.files[place - 1] if feed.files else FILE
        texts = ", ".join([f"'{place}'", f"'{file}'", *map(literal, row)])
        rows.append(f"({texts})")
    files = ", ".join(f"('{name}')" for name in dict.fromkeys([FILE, *feed.files]))
    return (
        "landed as (select *, row_number as line_number, '\\N' as extra_fields, date '2024-05-01' as ingest_date"
        f" from (values {', '.join(rows)}) as given (row_number, file_id, {', '.join(feed.columns)})),"
        " files as (select file_id, date '2024-05-01' as ingest_date, timestamp '2024-05-01 06:00:00' as landed_at,"
        " cast(null as timestamp) as erased_at,"
        f" case when file_id = '{FILE}' then date '2024-03-15' else date '2023-03-01' end as period_end"
        f" from (values {files}) as given (file_id)),"
        " currencies as (select * from (values ('EUR', 2), ('JPY', 0)) as given (currency, minor_units))"
    )


def _text(name: str, engine: str) -> str:
    if name in ("rejection_reasons", "rejection_details"):
        return _JOINED[engine].format(name)
    return f"{{{{ timestamp_text('{name}') }}}}" if name == "booked_at" else f"cast({name} as varchar)"
