"""The strict structure scan reads exactly what the slow reference reader reads, whatever the bytes and block sizes."""

import csv
import io

import pytest
import reference_reader
from hypothesis import example, given, settings
from hypothesis import strategies as st
from reference_reader import Form, Reference

from loader.csv.dialect import Dialect
from loader.csv.footer import Footer
from loader.csv.head import Layout
from loader.csv.scan import REASONS
from tests.loader.structure_tools import parts_of, reader_of

COMMA = Dialect(",", '"', "utf-8")
Rows = tuple[list[tuple[int, int, list[str | None]]], list[tuple[int, int, str, int, int]]]


def read_all(file: bytes, start: int, dialect: Dialect, block: int, limit: int, layout: Layout) -> Reference:
    """Read with the loader; byte offsets count from ``start``, and the lines above the rows are left out."""
    head, reader, others = reader_of(file, dialect, block, limit, layout)
    read = Reference()
    for batch in reader.batches(head.width):
        columns = [column.to_pylist() for column in batch.table.columns]
        values = [list(row) for row in zip(*columns, strict=True)]
        read.sound += zip(batch.row_number.tolist(), batch.line_number.tolist(), values, strict=True)
        if batch.malformed is not None:
            bad = batch.malformed
            read.malformed += zip(
                bad.row_number.tolist(),
                bad.line_number.tolist(),
                [REASONS[code].value for code in bad.reason.tolist()],
                (bad.byte_offset - start).tolist(),
                bad.byte_length.tolist(),
                strict=True,
            )
    read.others = [(line.line_number, line.kind) for line in others.first if line.kind in ("blank", "footer")]
    return read


def read_rows(header: bytes, body: bytes, dialect: Dialect = COMMA, block: int = 64, limit: int = 1000) -> Rows:
    """Read the rows below a header that is one line."""
    read = read_all(header + body, len(header), dialect, block, limit, Layout())
    return read.sound, read.malformed


TOKENS = [
    b"\xc2\xa0",
    b"\t",
    b'"',
    b'""',
    b",",
    b"\n",
    b"\r\n",
    b"\r",
    b"a",
    b"bc",
    b"\\",
    b"\0",
    b"\xff",
    b"\xc3\xa9",
    b"\xef\xbb\xbf",
    b";",
]
LINES = [
    *(b'"', b",", b"\n", b" ", b'\n"', b'","', b'" ', b' "', b",,\n", b'1,2,""\n', b'"1\n2",3,\n'),
    *(b'"x",y\n', b"1,2\n", b'"1\n2",3\n', b'"\n",2\n', b"x" * 30),
]
HOSTILE = st.lists(
    st.sampled_from(TOKENS + LINES),
    max_size=40,
).map(b"".join)


FOOTERS = (
    (),
    (),
    (),
    ("a.*",),
    ('"x".*', " *"),
    (
        ".*\n.*",
        '[^"]*"',
    ),
)


@pytest.mark.long
@settings(max_examples=2000)
@given(
    body=HOSTILE,
    columns=st.integers(1, 3),
    block=st.integers(1, 40),
    limit=st.sampled_from([5, 12, 25, 60, 1000]),
    encoding=st.sampled_from(["utf-8", "utf-8", "windows-1252", "iso-8859-2"]),
    trim=st.booleans(),
    quote=st.sampled_from(['"', '"', '"', ""]),
    footer=st.sampled_from(FOOTERS),
)
@example(b"\n\n", 1, 1, 5, "utf-8", False, '"', ())
@example(b'"a\r\n",x\r\n', 2, 3, 25, "utf-8", False, '"', ())
@example(b"\xef\xbb\xbfa\n\xef\xbb\xbfb", 1, 4, 25, "utf-8", False, '"', ())
@example(b'\xc2\xa0"a" \xe3\x80\x80,"b"\t\n', 2, 7, 60, "utf-8", True, '"', ())
@example(b'a\n,"\n"', 1, 40, 25, "utf-8", True, '"', ())
def test_every_row_ends_where_the_reference_reader_puts_it(
    body: bytes, columns: int, block: int, limit: int, encoding: str, trim: bool, quote: str, footer: tuple[str, ...]
) -> None:
    header = b",".join(b"hij"[n : n + 1] for n in range(columns)) + b"\n"
    expected = reference_reader.read(body, columns, Form(",", quote, encoding, limit, trim, footer))
    dialect = Dialect(",", quote, encoding, trim)
    layout = Layout(footer=Footer(footer, dialect) if footer else None)
    read = read_all(header + body, len(header), dialect, block, limit, layout)
    assert read.malformed == expected.malformed
    assert read.sound == expected.sound
    assert read.others == expected.others


@settings(max_examples=300)
@given(body=HOSTILE, block=st.integers(1, 40))
def test_other_delimiters_and_quotes_give_structure_alike(body: bytes, block: int) -> None:
    translated = body.translate(bytes.maketrans(b",\"'", b";'\""))
    expected = reference_reader.read(translated, 2, Form(";", "'", "utf-8", 1000))
    sound, malformed = read_rows(b"h;i\n", translated, Dialect(";", "'", "utf-8"), block)
    assert (sound, malformed) == (expected.sound, expected.malformed)


@pytest.mark.long
@settings(max_examples=300)
@given(
    rows=st.lists(
        st.lists(
            st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8),
            min_size=2,
            max_size=2,
        ),
        max_size=12,
    ),
    # With LF and minimal quoting the standard library leaves a CR unquoted, which RFC 4180 does not allow.
    style=st.sampled_from([(csv.QUOTE_MINIMAL, "\r\n"), (csv.QUOTE_ALL, "\r\n"), (csv.QUOTE_ALL, "\n")]),
    block=st.integers(1, 100),
)
def test_well_formed_files_read_as_the_standard_library_does(
    rows: list[list[str]], style: tuple[int, str], block: int
) -> None:
    quoting, line_end = style
    written = io.StringIO(newline="")
    csv.writer(written, quoting=quoting, lineterminator=line_end, strict=True).writerows(rows)  # type: ignore[arg-type]
    text = written.getvalue()
    expected = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    sound, malformed = read_rows(b"h,i" + line_end.encode(), text.encode(), block=block, limit=10_000)
    assert not malformed
    assert [[value or "" for value in values] for _, _, values in sound] == [row for row in expected if any(row)]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"a", "FIELD_COUNT"),
        (b"a,b,c", "FIELD_COUNT"),
        (b'"a"b,c', "STRAY_QUOTE"),
        (b'a"b,c', "STRAY_QUOTE"),
        (b'a ,"b" ', "STRAY_QUOTE"),
        (b'a,"b', "UNCLOSED_QUOTE"),
        (b"a\0,b", "NUL_BYTE"),
        (b'"a\0",b', "NUL_BYTE"),
        (b"a\xff,b", "INVALID_ENCODING"),
        (b"a,\xc3", "INVALID_ENCODING"),
        (b"a\rb,c", "STRAY_CARRIAGE_RETURN"),
        (b"\ra,b", "STRAY_CARRIAGE_RETURN"),
        (b"a," + b"b" * 1000, "RECORD_TOO_LONG"),
    ],
)
@pytest.mark.parametrize("block", [1, 7, 100_000])
def test_malformed_row_costs_itself_and_the_rows_around_it_land(line: bytes, reason: str, block: int) -> None:
    sound, malformed = read_rows(b"h,i\n", b"1,2\n" + line + b'\n"3",4\n', block=block)
    assert [(row, number, values) for row, number, values in sound] == [(1, 2, ["1", "2"]), (3, 4, ["3", "4"])]
    assert malformed == [(2, 3, reason, 4, len(line))]


def test_malformed_record_over_lines_costs_its_first_line_only() -> None:
    sound, malformed = read_rows(b"h,i\n", b'1,"open\n2,two\n3,"three"\n4,"four\nlines"\n')
    assert [values for _, _, values in sound] == [["2", "two"], ["3", "three"], ["4", "four\nlines"]]
    assert malformed == [(1, 2, "UNCLOSED_QUOTE", 0, 7)]


def test_an_open_quote_at_the_top_of_a_long_file_costs_one_row() -> None:
    body = b'0,"open\n' + b"".join(b"%d,x\n" % number for number in range(1, 500))
    sound, malformed = read_rows(b"h,i\n", body, block=128, limit=200)
    assert len(sound) == 499
    assert malformed == [(1, 2, "UNCLOSED_QUOTE", 0, 7)]


def test_numbers_count_malformed_rows_and_embedded_lines() -> None:
    sound, malformed = read_rows(b'"h\nx",i\n', b'"a\nb\nc",1\nbad\nd,2\n')
    assert [(row, line) for row, line, _ in sound] == [(1, 3), (3, 7)]
    assert [(row, line) for row, line, *_ in malformed] == [(2, 6)]


def test_one_bad_byte_in_many_rows_costs_one_row() -> None:
    rows = [b'%d,"\xc3\xa9"\n' % number for number in range(1000)]
    rows[500] = b'500,"\xe9"\n'
    sound, malformed = read_rows(b"h,i\n", b"".join(rows), block=100_000)
    assert len(sound) == 999
    assert [(row, reason) for row, _, reason, *_ in malformed] == [(501, "INVALID_ENCODING")]


@pytest.mark.parametrize("block", [1, 1000])
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b""])
def test_quoted_empty_and_missing_are_told_apart(block: int, end: bytes) -> None:
    sound, _ = read_rows(b"h,i,j\n", b'"",1,\n,"",1\n1,"",' + end, block=block)
    assert [values for _, _, values in sound] == [["", "1", None], [None, "", "1"], ["1", "", None]]


def test_a_line_that_closes_a_record_does_not_open_the_next() -> None:
    sound, malformed = read_rows(b"h,i\n", b'bad\n"a\n",1\n",2\n",3\n', block=1000)
    assert [values for _, _, values in sound] == [["a\n", "1"], [",2\n", "3"]]
    assert [row for row, *_ in malformed] == [1]


@pytest.mark.parametrize(
    ("file", "seen"),
    [
        (b'h,i\n1,"a\nb\r\nc"\n2,x\n', "LF"),
        (b'h,i\r\n1,"a\nb\r\nc"\r\n2,x\r\n', "CRLF"),
        (b"h\n1\r\n2\n", "mixed"),
    ],
)
@pytest.mark.parametrize("block", [1, 1000])
def test_line_ending_is_that_of_the_records(file: bytes, seen: str, block: int) -> None:
    head, reader, _, stream = parts_of(file, COMMA, block, 1000)
    list(reader.batches(head.width))
    assert stream.line_ending == seen


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b""])
def test_an_overlong_line_is_skipped_without_being_held(end: bytes) -> None:
    line = b"x" * 5000
    body = line + end + (b"3,4\n" if end else b"")
    sound, malformed = read_rows(b"h,i\n", b"1,2\n" + body, block=16, limit=100)
    assert malformed == [(2, 3, "RECORD_TOO_LONG", 4, 5000)]
    assert [line for _, line, _ in sound] == ([2, 4] if end else [2])
