"""Each macro that speaks the engines' dialects says the same on both: one query of all cases per engine."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.athena.house import AthenaHouse
from tests.end_to_end.house import House

pytestmark = pytest.mark.dbt

WINDOW = "'order by position rows between unbounded preceding and current row'"
AHEAD = "'order by position rows between current row and unbounded following'"
VALUES = "(select 1 as position, 'a' as value union all select 2, null union all select 3, 'c') as listed"
BLANKS = r"'^[\\x00-\\x20\\x{00A0}\\x{200B}]'"

# Around hours that do not exist and hours that come twice; those of one zone are half an hour long.
LOCAL_TIMES = {
    "Europe/Prague": (
        "2024-07-01 00:30:00",
        "2024-03-31 02:30:00",
        "2024-10-27 02:30:00.123456",
        "2024-10-27 03:00:00",
    ),
    "America/New_York": ("2024-03-10 02:00:00", "2024-11-03 00:59:59.999999", "2024-11-03 01:00:00.000001"),
    "America/St_Johns": ("2024-03-10 02:59:59", "2024-11-03 01:59:59", "2024-11-03 02:00:00"),
    "Australia/Lord_Howe": ("2024-10-06 02:15:00", "2024-04-07 01:30:00", "2024-04-07 01:59:59", "2024-04-07 02:00:00"),
    "Africa/Casablanca": ("2024-03-10 02:30:00", "2024-04-14 02:30:00"),
    "America/Santiago": ("2024-04-06 23:30:00", "2024-09-08 00:30:00", "1999-12-31 23:59:59.999999"),
    "UTC": ("2024-03-31 02:30:00",),
}


def later_reading(local: str, zone: str) -> str:
    """Return the later instant of those that a local time means by the offsets before and after a change."""
    at = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone))
    return f"{max(at.replace(fold=fold).astimezone(UTC) for fold in (0, 1)):%Y-%m-%d %H:%M:%S.%f}"


# Macro, SQL that uses it, and its value as text. {{ … }} is rendered by dbt for the engine.
CASES = (
    ("array_length", "{{ array_length(compact_array([\"'a'\", 'null', \"'b'\"])) }}", "2"),
    ("array_length", "{{ array_length(empty_text_array()) }}", "0"),
    ("array_without_repeats", "{{ array_without_repeats(\"array['b', 'a', 'b', 'c', 'a']\") }}", "[b, a, c]"),
    ("array_without_repeats", "{{ array_without_repeats(empty_text_array()) }}", "[]"),
    ("compact_array", "{{ compact_array([\"'a'\", 'cast(null as varchar)', \"'a'\", \"''\"]) }}", "[a, a, ]"),
    ("compact_array", "{{ compact_array(['cast(null as varchar)', 'cast(null as varchar)']) }}", "[]"),
    ("empty_text_array", "{{ empty_text_array() }}", "[]"),
    ("regexp_like", "{{ regexp_like(\"'abc'\", 'b') }}", "true"),
    ("regexp_like", "{{ regexp_like(\"'abc' || chr(10)\", 'c\\\\z') }}", "false"),
    ("regexp_like", "{{ regexp_like(\"'12.50'\", '^[+-]?[0-9]{1,20}(\\\\.[0-9]{1,18})?\\\\z') }}", "true"),
    ("regexp_like", "{{ regexp_like(\"chr(160) || 'x'\", " + BLANKS + ") }}", "true"),
    ("regexp_like", "{{ regexp_like(\"chr(8203) || 'x'\", " + BLANKS + ") }}", "true"),
    ("regexp_like", "{{ regexp_like(\"'٣'\", '^[0-9]') }}", "false"),
    ("regexp_like", "{{ regexp_like('cast(null as varchar)', 'a') }}", None),
    ("regexp_replace", "{{ regexp_replace(\"'a1b22'\", '[0-9]+', '-') }}", "a-b-"),
    ("regexp_replace", "{{ regexp_replace(\"'l''été ' || chr(160)\", \"^l'|[ \\\\x{00A0}]+\\\\z\") }}", "été"),
    ("regexp_replace", "{{ regexp_replace('cast(null as varchar)', 'a') }}", None),
    ("timestamp_text", "{{ timestamp_text(\"timestamp '2024-02-29 23:59:59'\") }}", "2024-02-29 23:59:59.000000"),
    ("timestamp_text", "{{ timestamp_text('cast(null as timestamp(6))') }}", None),
    ("commit_time", "{{ commit_time() }} > timestamp '2026-01-01 00:00:00'", "true"),
    ("content_hash", "{{ content_hash(\"'é'\") }}", "4a99557e4033c3539de2eb65472017ca"),
    ("content_hash", "{{ content_hash('cast(null as varchar)') }}", None),
    ("number_hash", "{{ number_hash(\"'a'\") }} = {{ number_hash(\"'a'\") }}", "true"),
    ("number_hash", "{{ number_hash(\"'a'\") }} = {{ number_hash(\"'b'\") }}", "false"),
    (
        "sha256_hex",
        "{{ sha256_hex(\"'é'\") }}",
        "4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c",
    ),
    ("sha256_hex", "{{ sha256_hex('cast(null as varchar)') }}", None),
    ("timestamp_from_iso", "{{ timestamp_from_iso(\"'2024-02-29'\") }}", "2024-02-29 00:00:00.000000"),
    ("timestamp_from_iso", "{{ timestamp_from_iso(\"'2024-02-29T23:59:59.123456'\") }}", "2024-02-29 23:59:59.123456"),
    ("timestamp_from_iso", "{{ timestamp_from_iso(\"'2024-02-29 01:02:03'\") }}", "2024-02-29 01:02:03.000000"),
    (
        "utc_from_iso_offset",
        "{{ utc_from_iso_offset(\"'2024-02-29T23:59:59.123456Z'\") }}",
        "2024-02-29 23:59:59.123456",
    ),
    ("utc_from_iso_offset", "{{ utc_from_iso_offset(\"'2024-02-29 23:30:00-05:00'\") }}", "2024-03-01 04:30:00.000000"),
    ("utc_from_iso_offset", "{{ utc_from_iso_offset(\"'2024-03-01T00:15:00+14:00'\") }}", "2024-02-29 10:15:00.000000"),
    *(
        (
            "utc_from_local",
            "{{ utc_from_local(\"cast('" + local + "' as timestamp(6))\", '" + zone + "') }}",
            later_reading(local, zone),
        )
        for zone, times in LOCAL_TIMES.items()
        for local in times
    ),
    (
        "local_date_in",
        "{{ local_date_in(\"cast('2024-12-31 23:30:00' as timestamp(6))\", \"'Europe/Prague'\") }}",
        "2025-01-01",
    ),
    ("local_date_in", "{{ local_date_in(\"cast('2024-12-31 23:30:00' as timestamp(6))\", \"'UTC'\") }}", "2024-12-31"),
    (
        "local_date_in",
        "{{ local_date_in(\"cast('2024-12-31 23:30:00' as timestamp(6))\", \"substr('xEurope/Prague', 2)\") }}",
        "2025-01-01",
    ),
    (
        "local_date_in",
        "{{ local_date_in(\"cast('2024-01-01 04:59:59' as timestamp(6))\", \"'America/New_York'\") }}",
        "2023-12-31",
    ),
    (
        "last_known",
        "(select max(known) from (select position, {{ last_known('value', "
        + WINDOW
        + ") }} as known from "
        + VALUES
        + ") as found where position = 2)",
        "a",
    ),
    (
        "first_known",
        "(select max(known) from (select position, {{ first_known('value', "
        + AHEAD
        + ") }} as known from "
        + VALUES
        + ") as found where position = 2)",
        "c",
    ),
    *(
        (
            "unnest_months",
            "(select cast(count(*) as varchar) || ' ' || coalesce(cast(min(spine.month) as varchar), '-')"
            f" || ' ' || coalesce(cast(max(spine.month) as varchar), '-') from (select {first} as first_month, {last}"
            " as last_month) as asked {{ unnest_months('asked.first_month', 'asked.last_month', 'spine') }})",
            expected,
        )
        for first, last, expected in (
            ("date '2023-11-01'", "date '2024-02-01'", "4 2023-11-01 2024-02-01"),
            ("date '2024-02-01'", "date '2024-02-01'", "1 2024-02-01 2024-02-01"),
            ("date '2024-03-01'", "date '2024-02-01'", "0 - -"),
            ("date '2024-03-01'", "cast(null as date)", "0 - -"),
        )
    ),
)
KINDS = {
    "array": {"array_without_repeats", "compact_array", "empty_text_array"},
    "bytes": {"content_hash"},
    "timestamp": {"timestamp_from_iso", "utc_from_iso_offset", "utc_from_local"},
}
AS_TEXT = {
    "duckdb": {
        "array": "'[' || array_to_string({}, ', ') || ']'",
        "bytes": "lower(hex({}))",
        "timestamp": "strftime({}, '%Y-%m-%d %H:%M:%S.%f')",
    },
    "athena": {
        "array": "'[' || array_join({}, ', ') || ']'",
        "bytes": "lower(to_hex({}))",
        "timestamp": "cast({} as varchar)",
    },
}


def answers(house: House, engine: str) -> dict[int, str | None]:
    selects = []
    for number, (macro, expression, _) in enumerate(CASES):
        kind = next((kind for kind, macros in KINDS.items() if macro in macros), "text")
        text = AS_TEXT[engine].get(kind, "cast({} as varchar)").format(expression)
        selects.append(f"select {number} as number, {text} as answer")
    return {row["number"]: row["answer"] for row in house.show(" union all ".join(selects))}


def expected() -> dict[int, str | None]:
    return {number: answer for number, (_, _, answer) in enumerate(CASES)}


def test_every_macro_has_a_case_and_a_body_for_each_engine() -> None:
    folder = Path(__file__).parents[2] / "macros" / "cross_db"
    dispatched = {
        path.stem: path.read_text() for path in folder.glob("*.sql") if "adapter.dispatch" in path.read_text()
    }
    assert {macro for macro, _, _ in CASES} == dispatched.keys()
    for macro, text in dispatched.items():
        assert f"macro duckdb__{macro}(" in text
        assert f"macro athena__{macro}(" in text


def test_macros_on_duckdb(new_house: Callable[[], House]) -> None:
    assert answers(new_house(), "duckdb") == expected()


def test_macros_on_athena(athena_house: Callable[[], AthenaHouse]) -> None:
    assert answers(athena_house(), "athena") == expected()
