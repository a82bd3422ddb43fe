"""How new-feed looks at samples: encodings, layout, numbers, days."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loader.contract.date_formats import has_time
from loader.contract.reading import read_number
from loader.contract.values import NumberFormat
from loader.new_feed.dates import day_formats_of, local_time_of
from loader.new_feed.encodings import see_encoding, text_of
from loader.new_feed.example import write_moment, write_number
from loader.new_feed.findings import SampleRefusedError
from loader.new_feed.layout import find_layout
from loader.new_feed.numbers import formats_of
from loader.new_feed.refusals import refuse_by_first_bytes, refuse_by_layout

ROWS = "2024-01-05;Bread;-3,20\n2024-01-06;Milk;-1,10\n2024-02-01;Pay;900,00\n"


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("gb18030", "交易时间,金额(元),收/支,对方\n"),
        ("cp932", "日付,お支払金額,お預り金額,差引残高,ｶ)ﾃｽﾄ\n"),
        ("big5", "日期,摘要,支出金額,存入金額,餘額\n"),
        ("euc-kr", "거래일자,출금액,입금액,잔액\n"),
        ("windows-1251", "Дата операции;Сумма;Остаток\n"),
        ("koi8-r", "Дата операции;Сумма;Остаток\n"),
        ("windows-1253", "Ημερομηνία;Ποσό;Υπόλοιπο\n"),
        ("windows-1254", "\u0130şlem Tarihi;Aç\u0131klama;Tutar;Bakiye\n"),
        ("iso-8859-2", "Datum zaúčtování;Částka;Zůstatek;šťastný\n"),
        ("windows-1250", "Datum zaúčtování;Částka;Zůstatek;šťastný\n"),
        ("windows-1257", "Datums;Saņēmējs;Maksājuma mērķis;Žyma\n"),
        ("cp850", "Buchungstag;Empfänger;Größe;Café\n"),
        ("utf-8", "Bokföringsdag;Belopp\n"),
        ("utf-16", "Libellé;Débit\n"),
    ],
)
def test_likeliest_encoding_reads_the_text(encoding: str, text: str) -> None:
    seen = see_encoding([text.encode(encoding)])
    assert text_of(text.encode(encoding), seen.encoding) == text


def test_encodings_that_differ_are_shown_beside_the_likeliest() -> None:
    seen = see_encoding(["Žyma, antra kartą".encode("windows-1257")])
    assert not seen.is_proved
    assert "windows-1250" in seen.others


def test_encodings_that_read_alike_are_no_question() -> None:
    seen = see_encoding(["Größe für Müller".encode("windows-1252")])
    assert not seen.others
    assert "windows-1250" in seen.reason


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_table_is_found_below_other_lines(delimiter: str) -> None:
    text = "Statement of account\n\nHolder;A. Person\n" + "Day;Text;Amount\n" + ROWS + "\nThank you\n"
    layout = find_layout("made.csv", text.replace(";", delimiter))
    assert layout.header is not None
    assert (layout.delimiter, layout.header.line, len(layout.rows)) == (delimiter, 4, 3)
    assert [record.line for record in layout.others] == [9]


def test_file_without_header_has_none() -> None:
    layout = find_layout("made.csv", ROWS)
    assert layout.header is None
    assert not layout.above


def test_lone_carriage_returns_end_lines() -> None:
    assert len(find_layout("made.csv", ("Day;Text;Amount\n" + ROWS).replace("\n", "\r")).rows) == 3


@given(st.lists(st.sampled_from(["wide", "narrow", "parted"]), min_size=5), st.booleans())
def test_each_line_with_a_day_and_a_number_is_a_row(kinds: list[str], has_header: bool) -> None:
    texts = {"wide": "'oak, elm'", "narrow": "ash", "parted": "oak, elm"}
    kinds = [*kinds, *["wide"] * 4 * (kinds.count("parted") + 1)]
    header = "Day,Name,Text,Amount\n" * has_header
    rows = "".join(f"2024-01-05,NL01,{texts[kind]},{number}.50\n" for number, kind in enumerate(kinds))
    layout = find_layout("made.csv", header + rows)
    assert (layout.quote, layout.width, layout.header is not None) == ("'", 4, has_header)
    assert len(layout.rows) == len(kinds) - kinds.count("parted")
    assert len(layout.too_long) == kinds.count("parted")
    assert not layout.above
    assert layout.top.line == 1


def test_table_above_another_is_refused() -> None:
    text = "".join(f"2024-01-0{day};Tea;{day},00;EUR\n" for day in (1, 2)) + "\nDay;Text;Amount\n" + ROWS
    with pytest.raises(SampleRefusedError, match="several tables"):
        refuse_by_layout(find_layout("made.csv", text))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Day;Text;No;Value\n1.2.;Oak;1;5,00\n3.2.;Elm;2;6,00\n", "its days have no year"),
        ("1.2.2024;Oak\nTree;1;5,00;\n3.2.2024;Elm\nTree;2;6,00;\n", "line 1 has its day, line 2 its numbers"),
        ("Month;Text;No;Value\nMay;Oak;1;5,00\nJune;Elm;2;6,00\n", "no column is a day"),
    ],
)
def test_file_without_dated_rows_is_told_what_it_has(text: str, message: str) -> None:
    with pytest.raises(SampleRefusedError, match=message):
        find_layout("made.csv", text)


def test_same_header_further_down_means_several_tables() -> None:
    layout = find_layout("made.csv", "Day;Text;Amount\n" + ROWS + "Day;Text;Amount\n" + ROWS)
    with pytest.raises(SampleRefusedError, match="the header of line 1 is followed by another one at line 5"):
        refuse_by_layout(layout)


def test_entries_that_go_on_below_are_refused() -> None:
    text = "Day;Text;Memo;Amount\n" + "".join(f"2024-01-0{day};Shop;;{day},50\n;;at noon;\n" for day in range(1, 5))
    with pytest.raises(SampleRefusedError, match="an entry runs over several lines: line 3 has 1 of 4 cells"):
        refuse_by_layout(find_layout("made.csv", text))


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"PK\x03\x04\x14", "a spreadsheet"),
        (b"%PDF-1.7", "a PDF"),
        (b"<html><table>", "an HTML page"),
        (b'[{"amount": 1}]', "JSON"),
        (b"OFXHEADER:100\n", "an OFX file"),
        (b"\n\n", "empty"),
    ],
)
def test_what_is_no_csv_is_named(data: bytes, what: str) -> None:
    with pytest.raises(SampleRefusedError, match=what):
        refuse_by_first_bytes("export.csv", data)


NUMBER_FORMATS = st.builds(
    NumberFormat,
    st.just("."),
    st.sampled_from([None, ",", " ", "'"]),
    st.sampled_from(["thousands", "indian"]),
    st.sampled_from(["minus", "trailing_minus", "parentheses"]),
    st.just(()),
) | st.builds(
    NumberFormat, st.just(","), st.sampled_from([None, ".", " "]), st.just("thousands"), st.just("minus"), st.just(())
)


@given(st.lists(st.decimals(-(10**9), 10**9, places=2), min_size=1), NUMBER_FORMATS)
def test_numbers_of_a_format_are_read_back_by_one_that_is_found(values: list[Decimal], written: NumberFormat) -> None:
    texts = [write_number(value, written) for value in values]
    assert any([read_number(text, found) for text in texts] == values for found in formats_of(texts))


@pytest.mark.parametrize("text", ["1.2,3", "PP0004", "INV0042", "R701", "12:30", "1-2", "(5", "--5", "€5€", "1 EUR 2"])
def test_other_texts_are_no_numbers(text: str) -> None:
    assert formats_of([text]) == [] or all(read_number(text, found) is None for found in formats_of([text]))


@pytest.mark.parametrize(
    "text", ["$-5.00", "-$5.00", "- $5.00", "($5.00)", "-5.00 $", "$5.00-", "\u22125.00", "-5.00 CHF"]
)
def test_signs_stand_where_people_write_them(text: str) -> None:
    assert [read_number(text, found) for found in formats_of([text])][:1] == [Decimal("-5.00")]


def test_sign_stands_where_the_format_has_it() -> None:
    places = {"minus": "-5", "trailing_minus": "5-", "parentheses": "(5)"}
    for negative, text in places.items():
        (written, *_) = formats_of([text])
        assert written.negative == negative
        assert [read_number(other, written) for other in places.values() if other != text] == [None, None]


FORMATS = [
    *("yyyy-MM-dd", "dd.MM.yyyy", "d.M.yyyy", "MM/dd/yyyy", "M/d/yyyy", "dd.MM.yy", "yyyyMMdd", "yyyy:MM:dd"),
    *("d MMM yyyy", "dd-MMM-yy", "ddMMMyyyy", "MMM d, yyyy", "yyyy/M/d", "dd-MM-yyyy HH:mm", "d/M/yyyy H:mm:ss"),
    *("MM/dd/yyyy hh:mm:ss a", "yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd HH:mm:ss xx", "HH:mm, dd/MM/yyyy"),
]


@given(st.datetimes(datetime(1991, 1, 1), datetime(2026, 1, 1)), st.sampled_from(FORMATS))  # noqa: DTZ001 - local
def test_days_of_a_format_are_read_back_by_one_that_is_found(moment: datetime, written: str) -> None:
    text = write_moment(moment, written)
    moment = moment.replace(microsecond=0)
    found = [local_time_of(text, date_format) for date_format in day_formats_of([text])]
    expected = moment if has_time(written) else datetime(moment.year, moment.month, moment.day)  # noqa: DTZ001
    if "ss" not in written and has_time(written):
        expected = expected.replace(second=0)
    if "yy" in written and "yyyy" not in written and moment.year < 2000:
        return
    assert expected in found


def test_day_over_twelve_leaves_one_order() -> None:
    assert day_formats_of(["03/04/2024", "13/04/2024"]) == ["dd/MM/yyyy"]
    assert len(day_formats_of(["03/04/2024", "05/04/2024"])) == 2


def test_one_digit_days_are_no_two_digit_format() -> None:
    assert day_formats_of(["5 Jan 2024", "31 Jan 2024"]) == ["d MMM yyyy"]
