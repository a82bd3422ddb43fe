"""The loader reads hostile files as the oracle does; `python -m tests.loader.fuzz_structure` tries for longer."""

from __future__ import annotations

import pytest

import loader.csv.structure
from loader.csv.scan import REASONS
from loader.errors import FileReason
from tests.loader import csv_oracle, fuzz_structure
from tests.loader.csv_oracle import Promise
from tests.loader.fuzz_inputs import Case

COMMA = Promise(delimiter=",", quote='"', encoding="utf-8", headers=("h", "i"), keeps_extra=False, limit=100)
STRUCTURAL = {
    FileReason.BROKEN_COMPRESSION,
    FileReason.BROKEN_HEADER,
    FileReason.DUPLICATE_HEADER,
    FileReason.EMPTY_FILE,
    FileReason.ENTRY_OVER_LINES,
    FileReason.EXTRA_COLUMN,
    FileReason.MISSING_COLUMN,
    FileReason.SEVERAL_TABLES,
    FileReason.UNREADABLE_ENCODING,
}


@pytest.mark.long
def test_hostile_files_read_as_the_oracle_reads_them() -> None:
    tally = fuzz_structure.fuzz(1, rounds=1)
    assert not tally.differences, tally
    assert set(tally.malformed) == set(REASONS)
    assert set(tally.refusals) == STRUCTURAL


@pytest.mark.slow
def test_hostile_files_at_length_read_as_the_oracle_reads_them() -> None:
    tally = fuzz_structure.fuzz(2, rounds=60)
    assert not tally.differences, tally


def test_a_difference_is_found_and_made_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loader.csv.structure, "holds_empty_row", lambda *_: False)
    case = Case(b"h,i\n" + b"1,2\n" * 20 + b"\n" + b"3,4\n" * 20, COMMA)
    assert fuzz_structure.examine(case)[1]
    assert len(fuzz_structure.minimised(case).content) < 10


@pytest.mark.parametrize(
    ("record", "fields"),
    [
        (b"a,b\n", ["a", "b"]),
        (b"a,b", ["a", "b"]),
        (b',"a"\r\n', [None, "a"]),
        (b'"",a,,""\n', ["", "a"]),
        (b'"a""b","c\r\n\rd"\r\n', ['a"b', "c\r\n\rd"]),
        (b" a,\xc3\xa9 \n", [" a", "é "]),
        (b'"' + b"x" * 48 + b"\n" + b"y" * 48 + b'",\r\n', ["x" * 48 + "\n" + "y" * 48, None]),
    ],
)
def test_the_oracle_splits_sound_records(record: bytes, fields: list[str | None]) -> None:
    reading = csv_oracle.read(b"h,i\n" + record, COMMA)
    assert (reading.sound, reading.malformed) == ([(1, 2, fields)], [])


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"a", "FIELD_COUNT"),
        (b'"a\n",b,c', "FIELD_COUNT"),
        (b'a"b",c', "STRAY_QUOTE"),
        (b'"a" ,b', "STRAY_QUOTE"),
        (b'"a"b,"c', "STRAY_QUOTE"),
        (b'a,"b', "UNCLOSED_QUOTE"),
        (b'a,"b\n\0"', "UNCLOSED_QUOTE"),
        (b'a,"' + b"x" * 91 + b'\nyyyyy"', "UNCLOSED_QUOTE"),
        (b"a\rb,c", "STRAY_CARRIAGE_RETURN"),
        (b"a,b\r", "STRAY_CARRIAGE_RETURN"),
        (b'"a\0\xff"', "NUL_BYTE"),
        (b"a,\xff", "INVALID_ENCODING"),
        (b"a," + b"\0" * 99, "RECORD_TOO_LONG"),
    ],
)
def test_the_oracle_gives_a_malformed_record_its_first_line(line: bytes, reason: str) -> None:
    reading = csv_oracle.read(b'"h\n1",i\n' + line + b"\r\n1,2\n", Promise(**{**vars(COMMA), "headers": ("h\n1", "i")}))
    assert reading.malformed[0] == (1, 3, reason)
    assert reading.sound[-1][2] == ["1", "2"]


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"", "EMPTY_FILE"),
        (b"\xef\xbb\xbf", "EMPTY_FILE"),
        (b"\n", "BROKEN_HEADER"),
        (b',""\n1,2\n', "BROKEN_HEADER"),
        (b"h,i,\n1,2\n", None),
        (b"h,i\n1,2\nh,i\n", "SEVERAL_TABLES"),
        (b"h,i\n1,2\n" + b'3\n,""\n"4"\n' * 2, "ENTRY_OVER_LINES"),
        (b"h,i\r1,2\r", None),
        (b'h,"i', "BROKEN_HEADER"),
        (b"h,i\xff", "UNREADABLE_ENCODING"),
        (b"\xff\xfeh\0", "UNREADABLE_ENCODING"),
        (b"h,h,i", "DUPLICATE_HEADER"),
        (b"h,h", "MISSING_COLUMN"),
        (b"i,h,j", "EXTRA_COLUMN"),
        (b"\xef\xbb\xbfi,h\r\n", None),
    ],
)
def test_the_oracle_refuses_a_file_for_its_header(content: bytes, refusal: str | None) -> None:
    assert csv_oracle.read(content, COMMA).refusal == refusal
