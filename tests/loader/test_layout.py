"""Where a table begins and ends in a file, and where its columns are: the words of contracts for that."""

from __future__ import annotations

import codecs
import io
from typing import Any

import pytest
import reference_reader
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from reference_reader import Form

from loader.contract.model import Contract
from loader.csv import structure
from loader.csv.contract_reader import ContractReader
from loader.errors import FileRejectedError

Rows = list[tuple[Any, ...]]
COLUMNS = {
    "payment_id": "{header: PaymentID, type: id, required: true}",
    "amount": "{header: Amount, type: decimal}",
}
KEEP = "extra_columns: keep"
WITH_ACCOUNT = COLUMNS | {"account": "{type: id, required: true}"}
META = """
    {kind: entries, contract_version: 1, file_patterns: ['payments*'], delimiter: ',', quote: '"', encoding: utf-8,
    extra_columns: reject, business_key: [payment_id], delivery_calendar: daily, time_zone: UTC, currency: EUR}
"""


def worded(*words: str, columns: dict[str, str] = COLUMNS) -> Contract:
    """Return the contract of payments with these words, and with columns by name."""
    meta = yaml.safe_load(META) | (yaml.safe_load("\n".join(words)) or {})
    listed = [{"name": name, "meta": yaml.safe_load(column)} for name, column in columns.items()]
    return Contract.model_validate({"feed": "payments", "path": "payments.yml", "meta": meta, "columns": listed})


def reader_of(contract: Contract, file: bytes | str, name: str = "payments.csv", block: int = 1000) -> ContractReader:
    """Return the reader of a file, with its head read."""
    data = file.encode(contract.meta.encoding) if isinstance(file, str) else file
    return ContractReader(contract, io.BytesIO(data).read, block, file_name=name)


def read(contract: Contract, file: bytes | str, name: str = "payments.csv", block: int = 1000) -> tuple[Rows, Rows]:
    """Return the values of the contract's columns, and the line, reason and text of malformed rows."""
    rows, malformed = [], []
    for landed, refused in reader_of(contract, file, name, block).batches():
        rows += [tuple(row[column] for column in contract.column_names) for row in landed.to_pylist()]
        malformed += [] if refused is None else refused.to_pylist()
    return rows, [(row["line_number"], row["reason"], row["raw_text"]) for row in malformed]


def refusal(contract: Contract, file: bytes | str, name: str = "payments.csv") -> str:
    """Return code and message of the refusal."""
    with pytest.raises(FileRejectedError) as raised:
        read(contract, file, name)
    return f"{raised.value.reason}: {raised.value.message}"


def test_lines_above_are_skipped_by_number_blank_ones_too() -> None:
    reader = reader_of(worded("skip_rows: 3"), 'Report "x\n\n;;\nPaymentID,Amount\n1,2\n')
    ((rows, _),) = reader.batches()
    assert rows.select(["row_number", "line_number", "payment_id"]).to_pylist() == [
        {"row_number": 1, "line_number": 5, "payment_id": "1"}
    ]
    assert reader.other_lines.counts == {"above": 3, "header": 1}
    assert [line.line_number for line in reader.other_lines.first] == [1, 2, 3, 4]
    assert reader.dialect.skip_rows == 3


def test_header_is_found_among_the_first_hundred_lines() -> None:
    contract = worded("skip_rows: find")
    table = "Amount,PaymentID\n2,1\n"
    for above in (0, 1, 99):
        reader = reader_of(contract, "PaymentID\n" * above + table)
        assert (reader.dialect.skip_rows, reader.header) == (above, ["Amount", "PaymentID"])
    assert "MISSING_COLUMN: column 'Amount' is missing" in refusal(contract, "PaymentID\n" * 100 + table)


def test_header_found_twice_is_refused() -> None:
    told = refusal(worded("skip_rows: find"), "PaymentID,Amount\n1,2\nPaymentID,Amount,More\n")
    assert told.startswith("SEVERAL_TABLES: each of the lines 1, 3 holds all headers of the contract")


def test_file_that_ends_above_its_table_is_refused() -> None:
    assert refusal(worded("skip_rows: 3"), "a\nb\n").startswith("BROKEN_HEADER: the file ends after line 2, and its")


def test_file_without_a_header_has_columns_by_position() -> None:
    columns = {"payment_id": "{position: 3, type: id, required: true}", "amount": "{position: 1, type: decimal}"}
    contract = worded("header_row_count: 0", KEEP, columns=columns)
    reader = reader_of(contract, "5,x,a\n6,y,b,\n7,z\n8,v,c,w\n,,\n9,,d\n")
    ((rows, malformed),) = reader.batches()
    assert rows.select(["line_number", "payment_id", "amount", "extra_fields"]).to_pylist() == [
        {"line_number": 1, "payment_id": "a", "amount": "5", "extra_fields": '{"column 2": "x"}'},
        {"line_number": 2, "payment_id": "b", "amount": "6", "extra_fields": '{"column 2": "y"}'},
        {"line_number": 6, "payment_id": "d", "amount": "9", "extra_fields": '{"column 2": null}'},
    ]
    assert malformed is not None
    assert malformed.column("raw_text").to_pylist() == ["7,z", "8,v,c,w"]
    assert reader.other_lines.counts == {"blank": 1}


def test_titles_name_a_column_of_which_one_is_there() -> None:
    columns = {
        "payment_id": "{header: PaymentID, titles: [Nummer, Number], type: id, required: true}",
        "amount": "{header: Amount, type: decimal}",
    }
    contract = worded(columns=columns)
    for header in ("PaymentID", "Nummer", "Number"):
        assert read(contract, f"Amount,{header}\n2,1\n") == ([("1", "2")], [])
    assert "the header has 'PaymentID' and 'Number', and the contract takes exactly one" in refusal(
        contract, "Amount,PaymentID,Number\n2,1,1\n"
    )


def test_headers_of_a_list_are_joined_by_a_blank() -> None:
    columns = {
        "payment_id": "{header: [Day, Time], type: id, required: true}",
        "amount": "{header: Amount, type: decimal}",
    }
    contract = worded("trim: true", columns=columns)
    file = 'Time,Amount,Day\n10:00,1, 5 May \n,2,6 May\n"",3,\n 11:00 ,4,""\n'
    assert [row[0] for row in read(contract, file)[0]] == ["5 May 10:00", "6 May", None, "11:00"]


def test_position_tells_columns_with_one_header_apart() -> None:
    columns = {
        "payment_id": "{header: PaymentID, type: id, required: true}",
        "amount": "{header: Value, position: 3, type: decimal}",
        "note": "{position: 4, type: text}",
    }
    contract = worded(KEEP, columns=columns)
    reader = reader_of(contract, "PaymentID,Value,Value,\n1,2,3,4\n")
    assert reader.extra_columns == ["Value (column 2)"]
    assert read(contract, "PaymentID,Value,Value,\n1,2,3,4\n")[0] == [("1", "3", "4")]
    assert "column 'Value' (column 3) is missing" in refusal(contract, "PaymentID,Value,Other,\n1,2,3,4\n")


def test_two_columns_may_read_one_header() -> None:
    columns = {
        "payment_id": "{header: Text, extract: '([0-9]+) .*', type: id, required: true}",
        "amount": "{header: Text, extract: '[0-9]+ (.*)', type: decimal}",
    }
    assert read(worded(columns=columns), "Text\n1 2.50\n")[0] == [("1 2.50", "1 2.50")]


def test_blank_headers_at_the_end_fall_away() -> None:
    contract = worded()
    for file in ("PaymentID,Amount,, \n1,2,,\n3,4\n5,6,,,,\n", 'PaymentID,Amount\n1,2,""\n3,4\n5,6,,,,\n'):
        assert read(contract, file) == ([("1", "2"), ("3", "4"), ("5", "6")], [])
    assert read(contract, "PaymentID,Amount,\n1,2,3\n")[1] == [(2, "FIELD_COUNT", "1,2,3")]


def test_files_with_a_delimiter_more_take_the_quick_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once the first rows have told, so that large files of this kind are not judged line by line."""
    judged: list[int] = []
    scan_lines = structure.scan_lines
    monkeypatch.setattr(structure, "scan_lines", lambda *a, **k: judged.append(len(a[0])) or scan_lines(*a, **k))
    file = "PaymentID,Amount\n" + "1,2,\n" * 5000
    rows, malformed = read(worded(), file, block=5000)
    assert (len(rows), malformed) == (5000, [])
    assert sum(judged) <= 10_000


@pytest.mark.parametrize("blank", ["", ",", ",,,", '"",""', '""'])
def test_lines_of_empty_cells_are_no_rows(blank: str) -> None:
    reader = reader_of(worded(), f"PaymentID,Amount\n{blank}\n1,2\n{blank}\n3,4\n{blank}\n")
    ((rows, malformed),) = reader.batches()
    assert rows.select(["row_number", "line_number"]).to_pylist() == [
        {"row_number": 1, "line_number": 3},
        {"row_number": 2, "line_number": 5},
    ]
    assert malformed is None
    assert reader.other_lines.counts == {"header": 1, "blank": 3}


def test_blank_line_within_quotes_is_text() -> None:
    assert read(worded(), 'PaymentID,Amount\n1,"a\n\nb"\n')[0] == [("1", "a\n\nb")]


def test_only_the_first_hundred_other_lines_are_kept() -> None:
    reader = reader_of(worded(), "PaymentID,Amount\n" + "\n" * 500 + "1,2\n")
    assert [rows.num_rows for rows, _ in reader.batches()][-1] == 1
    assert reader.other_lines.counts == {"header": 1, "blank": 500}
    assert [line.line_number for line in reader.other_lines.first] == list(range(1, 101))


def test_second_header_means_several_tables() -> None:
    told = refusal(worded(), "PaymentID,Amount\n1,2\n\nPaymentID,Amount,\n3,4\n")
    assert told == (
        "SEVERAL_TABLES: several tables: the header of line 1 is followed by another one at line 4 "
        "(cells 'PaymentID' and 'Amount'): deliver one table per file"
    )
    assert len(read(worded(), "PaymentID,Amount\nPaymentID,2\n1,Amount\n")[0]) == 2


def test_entries_over_several_lines_are_refused_by_name() -> None:
    told = refusal(worded(), "PaymentID,Amount\n" + "1,2\ntext\nmore\n" * 3)
    assert told.startswith(
        "ENTRY_OVER_LINES: an entry runs over several lines: line 3 has 1 of 2 cells and no quote that is open, "
        "like 6 of 9 rows: "
    )
    # A few are malformed rows, and one cell in every row may be another delimiter.
    assert len(read(worded(), "PaymentID,Amount\n1,2\ntext\nmore\n3,4\n")[1]) == 2
    assert len(read(worded(), "PaymentID,Amount\n" + "1;2\n" * 9)[1]) == 9


def test_entries_cut_in_their_second_cell_are_refused() -> None:
    """The rest of such an entry has all cells where lines end with a delimiter; other entries may be whole."""
    columns = COLUMNS | {"details": "{header: Details, type: text}"}
    header = "PaymentID,Details,Amount,\n"
    cut, whole = "1,to\nshop,2,\n", "3,rent,4,\n"
    assert refusal(worded(columns=columns), header + cut * 4 + whole * 3).startswith(
        "ENTRY_OVER_LINES: an entry runs over several lines: line 2 has 2 of 3 cells and no quote that is open, "
        "like 4 of 11 rows: "
    )
    # What is below the two cells is no rest of an entry: it has the delimiter of a whole row.
    assert len(read(worded(columns=columns), header + f"1,to\n{whole}" * 4 + whole * 3)[1]) == 4
    assert len(read(worded(columns=columns), header + cut * 4 + whole * 8)[1]) == 4


def test_lines_may_end_with_cr() -> None:
    reader = reader_of(worded(), 'PaymentID,Amount\r1,"a\rb"\rbad\r\r2,3')
    found = list(reader.batches())
    assert [(row["line_number"], row["amount"]) for rows, _ in found for row in rows.to_pylist()] == [
        (2, "a\rb"),
        (6, "3"),
    ]
    assert [row["line_number"] for _, bad in found if bad is not None for row in bad.to_pylist()] == [4]
    assert reader.dialect.line_ending == "CR"


def test_lf_in_a_file_that_ends_lines_with_cr_is_refused() -> None:
    file = "PaymentID,Amount\r" + "1,2\r" * 300_000 + "3,4\n"
    assert refusal(worded(), file).startswith("MIXED_LINE_ENDS: ")


def test_footer_fits_whole_lines_outside_quotes() -> None:
    contract = worded("footer: ['Total.*', '\"End\"', 'Page [0-9]+']")
    reader = reader_of(contract, 'PaymentID,Amount\nPage 1\n1,"x\nTotal\n"\nTotal 5" a\nSub Total\n2,4\n"End"\n')
    found = list(reader.batches())
    assert [row["amount"] for rows, _ in found for row in rows.to_pylist()] == ["x\nTotal\n", "4"]
    assert [text for _, bad in found if bad is not None for text in bad.column("raw_text").to_pylist()] == ["Sub Total"]
    assert [line.line_number for line in reader.other_lines.first if line.kind == "footer"] == [2, 6, 9]


DATED = {
    "payment_id": "{header: PaymentID, type: id, required: true}",
    "day": "{header: Day, type: date, format: dd.MM.yyyy, required: true}",
    "amount": "{header: Amount, type: decimal}",
}
BY_PLACE = {
    "payment_id": "{position: 1, type: id, required: true}",
    "day": "{position: 2, type: date, required: true}",
    "amount": "{position: 3, type: decimal, decimal_char: ','}",
}


def test_footer_that_would_be_an_entry_refuses_the_file() -> None:
    contract = worded("footer: ['Total.*']", 'group_char: "\'"', columns=DATED)
    header = "PaymentID,Day,Amount\n1,01.02.2024,5\n"
    told = refusal(contract, header + "Total Energies,03.02.2024,1'250.00\n")
    assert told.startswith("ENTRY_IN_FOOTER: line 3 fits a pattern of footer and would be an entry: it has all 3 cells")
    day = "Total,01.02.2024"
    for line in ("Total,,1'250.00", f"{day},", "Total,31.02.2024,5", day, f"{day},1.2.3"):
        assert read(contract, header + line + "\n")[0] == [("1", "01.02.2024", "5")]


@pytest.mark.parametrize("words", ["skip_rows: find", "skip_rows: 2"])
def test_entry_above_the_header_refuses_the_file(words: str) -> None:
    contract = worded(words, columns=DATED)
    sorted_by_a_spreadsheet = "1,01.02.2024,5\n2,03.02.2024,-1.50\nPaymentID,Day,Amount\n"
    told = refusal(contract, sorted_by_a_spreadsheet)
    assert told == (
        "ENTRY_ABOVE_TABLE: line 1 is above the table and would be an entry: it has all 3 cells, a day and an amount: "
        "deliver the file with its header above all entries, or change 'skip_rows' in payments.yml"
    )
    preamble = "Period,01.01.2024,31.01.2024\n01.01.2024,31.01.2024\nPaymentID,Day,Amount\n1,01.02.2024,5\n"
    assert read(contract, preamble.replace("01.01.2024,", "From,", 1))[0] == [("1", "01.02.2024", "5")]


def test_preamble_of_days_and_numbers_is_no_entry() -> None:
    table = "PaymentID,Day,Amount\n1,01.02.2024,5\n"
    for line in ("Period,01.01.2024,31.01.2024", "01.01.2024,31.01.2024", "Entries,,12", "a,32.01.2024,5", 'x"y,z'):
        assert read(worded("skip_rows: find", columns=DATED), f"{line}\n{table}")[0] == [("1", "01.02.2024", "5")]
        assert read(worded("skip_rows: 1", columns=DATED), f"{line}\n{table}")[0] == [("1", "01.02.2024", "5")]


def test_entry_over_lines_above_the_header_refuses_the_file() -> None:
    contract = worded("skip_rows: find", columns=DATED)
    told = refusal(contract, 'Made by "x\n"a\nb",01.02.2024,5\nPaymentID,Day,Amount\n')
    assert told.startswith("ENTRY_ABOVE_TABLE: line 2 is above the table and would be an entry")


def test_file_without_the_line_that_is_skipped_is_refused() -> None:
    contract = worded("skip_rows: 1", "header_row_count: 0", "delimiter: ;", columns=BY_PLACE)
    rows = "1;2024-02-01;5,00\n2;2024-02-02;6,00\n"
    told = refusal(contract, rows)
    assert told.startswith("ENTRY_ABOVE_TABLE: line 1 is above the table and would be an entry: it has all 3 cells")
    assert "with the lines that 'skip_rows' counts above all entries" in told
    assert [row[0] for row in read(contract, f"Export of;2024-02-03;\n{rows}")[0]] == ["1", "2"]


def test_entry_where_columns_by_place_have_their_header_is_told() -> None:
    contract = worded("delimiter: ;", columns=BY_PLACE)
    told = refusal(contract, "1;2024-02-01;5,00\n2;2024-02-02;6,00\n")
    assert told.startswith("ENTRY_ABOVE_TABLE: line 1 is where the header is and would be an entry: it has all 3 cells")
    assert "deliver the file with its header, or state 'header_row_count: 0'" in told
    assert [row[0] for row in read(contract, "Id;Day;Sum\n1;2024-02-01;5,00\n")[0]] == ["1"]


def test_preamble_gives_columns_and_facts() -> None:
    contract = worded(
        "skip_rows: 2",
        "footer: ['Saldo .*']",
        "preamble: {account: 'Account ([A-Z0-9]+)', opening_balance: {pattern: 'Opening (.*)', decimal_char: ','},"
        " closing_balance: 'Saldo (.*)', closing_date: {pattern: 'until (.*)', format: d.M.yyyy},"
        " row_count: '(\\d+) rows'}",
        columns={
            "payment_id": "{header: PaymentID, type: id, required: true}",
            "amount": "{header: 'Amount (EUR)', type: decimal}",
            "account": "{type: id, required: true}",
        },
    )
    file = "Account A1, 2 rows until 5.2.2024\nOpening -7,50\nPaymentID,Amount (EUR)\n1,2\n3,4\nSaldo +1.5\n"
    reader = reader_of(contract, file)
    ((rows, _),) = reader.batches()
    assert rows.column("account").to_pylist() == ["A1", "A1"]
    assert reader.facts == {
        "opening_balance": "-7.50",
        "closing_balance": "1.5",
        "closing_date": "2024-02-05",
        "row_count": 2,
    }


PREAMBLE = "preamble: {account: 'Account: (.*)', closing_balance: 'Balance: (.*)', row_count: 'Rows: (.*)'}"


@pytest.mark.parametrize(
    ("above", "message"),
    [
        ("x", "STATED_VALUE: no line above the rows fits the pattern of 'account'"),
        (
            "Account: a\nAccount: b",
            "STATED_VALUE: the pattern of 'account' fits line 1 and line 2 with different texts",
        ),
        ("Account: a\nBalance: 1,5", "STATED_VALUE: closing_balance on line 2 is '1,5', which is not a balance"),
        ("Account: a\nBalance: 1.23456", "which is not a balance"),
        ("Account: a\nRows: -1", "STATED_VALUE: row_count on line 2 is '-1', which is not a whole number"),
        ("Account: a\nRows: 2", "CONTROL_TOTAL: the file states 2 rows and has 1: ask the sender"),
    ],
)
def test_preamble_that_is_not_there_or_not_read_is_refused(above: str, message: str) -> None:
    contract = worded("skip_rows: find", PREAMBLE, columns=WITH_ACCOUNT)
    assert message in refusal(contract, f"{above}\nPaymentID,Amount\n1,2\n")


def test_text_found_twice_alike_is_one() -> None:
    contract = worded("skip_rows: find", PREAMBLE, columns=WITH_ACCOUNT)
    assert read(contract, "Account: a\nAccount: a\nPaymentID,Amount\n1,2\n")[0] == [("1", "2", "a")]


def test_file_name_gives_columns_and_facts() -> None:
    contract = worded(
        "file_name: 'payments_(?P<account>[A-Z]+)_(?P<period_end>.{10})[.]csv'",
        columns=WITH_ACCOUNT,
    )
    file = "PaymentID,Amount\n1,2\n"
    for ending in ("", ".gz", ".zst"):
        reader = reader_of(contract, file, f"payments_AB_2024-02-29.csv{ending}")
        ((rows, _),) = reader.batches()
        assert (rows.column("account").to_pylist(), reader.facts) == (["AB"], {"period_end": "2024-02-29"})
    assert "STATED_VALUE: the name 'payments.csv' does not fit the pattern of file_name" in refusal(contract, file)
    assert "period_end on the file's name is '2024-02-30'" in refusal(contract, file, "payments_AB_2024-02-30.csv")


def test_days_and_numbers_in_a_file_name_have_a_format() -> None:
    contract = worded(
        "file_name: '(?P<period_end>[0-9]+) (?P<opening_balance>.*)[.]csv'",
        "preamble: {period_end: {format: yyyyMMdd}, opening_balance: {decimal_char: ','}}",
    )
    reader = reader_of(contract, "PaymentID,Amount\n1,2\n", "20240229 -12,50.csv")
    assert sum(rows.num_rows for rows, _ in reader.batches()) == 1
    assert reader.facts == {"period_end": "2024-02-29", "opening_balance": "-12.50"}


def test_column_without_a_place_in_the_file_is_missing() -> None:
    columns = COLUMNS | {"account": "{default: A1, type: id, required: true}"}
    assert read(worded(columns=columns), "PaymentID,Amount\n1,2\n")[0] == [("1", "2", None)]


def test_nothing_is_quoted_where_the_quote_is_empty() -> None:
    contract = worded("quote: ''")
    assert read(contract, 'PaymentID,Amount\n5" pipe,"x\n') == ([('5" pipe', '"x')], [])


def test_blanks_around_quotes_are_trimmed_and_others_kept() -> None:
    contract = worded("trim: true")
    file = ' PaymentID ,"Amount"\t\n\u3000"1" \u00a0,  " 2 "\t\n 3 ,4 \n "5""",  \n"a" b,6\n'
    rows, malformed = read(contract, file)
    assert rows == [("1", " 2 "), (" 3 ", "4 "), ('5"', "  ")]
    assert malformed == [(5, "STRAY_QUOTE", '"a" b,6')]


@pytest.mark.parametrize(
    "encoding", ["utf-16", "utf-16-be", "utf-32", "utf-7", "cp932", "gb18030", "big5", "euc-kr", "cp037", "iso2022_jp"]
)
@pytest.mark.parametrize("block", [1, 7, 1000])
def test_text_of_every_encoding_is_decoded_before_it_is_split(encoding: str, block: int) -> None:
    contract = worded("delimiter: '|'", f"encoding: {encoding}")
    # In cp932 and big5 the second byte of these characters is a bar or a backslash.
    hard = {"cp932": "ポソ", "big5": "育功", "gb18030": "丂", "euc-kr": "가힝", "iso2022_jp": "ポソ"}
    text = hard.get(encoding, "a~" if encoding == "cp037" else "é漢\U0001f4b6")
    file = f'PaymentID|Amount\r\n1|{text}\r\n2|"{text}|\n{text}"\r\n'
    assert read(contract, file.encode(encoding), block=block) == ([("1", text), ("2", f"{text}|\n{text}")], [])


def test_bytes_that_are_no_text_cost_their_row() -> None:
    contract = worded("encoding: shift_jis")
    file = "PaymentID,Amount\n1,ポ\n2,".encode("shift_jis") + b"\x81\xff\xfd\n3,4\n5,\x81"
    rows, malformed = read(contract, file)
    assert rows == [("1", "ポ"), ("3", "4")]
    assert malformed == [(3, "INVALID_ENCODING", r"2,\x81\xff\xfd"), (5, "INVALID_ENCODING", r"5,\x81")]


def test_offset_of_a_decoded_file_is_that_of_its_text() -> None:
    contract = worded("encoding: utf-16")
    ((_, malformed),) = reader_of(contract, "PaymentID,Amount\nü,1\nbad\n").batches()
    assert malformed is not None
    assert malformed.column("byte_offset").to_pylist() == [len("PaymentID,Amount\nü,1\n".encode())]


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [("utf-8", codecs.BOM_UTF8), ("utf-16-le", codecs.BOM_UTF16_LE), ("utf-16", b""), ("gb18030", b"\x841\x953")],
)
def test_mark_of_the_encoding_is_dropped(encoding: str, mark: bytes) -> None:
    contract = worded(f"encoding: {encoding}")
    reader = reader_of(contract, mark + "PaymentID,Amount\n1,2\n".encode(encoding))
    assert (reader.header, reader.dialect.bom) == (["PaymentID", "Amount"], True)


@pytest.mark.parametrize(
    ("first", "told"),
    [
        (b"PK\x03\x04\x14\x00", "the file is a spreadsheet or a ZIP archive: export the table as CSV"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "the file is a spreadsheet of an old kind (.xls)"),
        (b"%PDF-1.4", "the file is a PDF: export the table as CSV"),
        (b"\xef\xbb\xbf\r\n<!DOCTYPE html><html>", "the file is an HTML page: export the table as CSV"),
        (b"<HTML>", "the file is an HTML page"),
        (b'<?xml version="1.0"?>', "the file is an XML document"),
        (b"BZh91AY", "the file is compressed by bzip2: unpack it"),
        (b"\xfd7zXZ\x00", "the file is compressed by xz"),
    ],
)
def test_file_that_is_no_csv_is_named(first: bytes, told: str) -> None:
    assert refusal(worded(), first + b"\0" * 50).startswith(f"NOT_CSV: {told}")


NEEDS = "the contract of payments (payments.yml) needs 'PaymentID' and 'Amount', and"


@pytest.mark.parametrize(
    ("file", "told"),
    [
        ("Day,Amount\n1,2\n", f"column 'PaymentID' is missing: {NEEDS} the header on line 1 is 'Day' and 'Amount'"),
        ("amount,Day\n1,2\n", "columns 'PaymentID' and 'Amount' (the file has 'amount', the nearest name) are missing"),
        ("amount,Day\n1,2\n", f"{NEEDS} the header on line 1 is 'amount' and 'Day'"),
        # What may be a row is not repeated.
        ("Secret,Day\n1,2\n", f"are missing: {NEEDS} line 1 holds none of its headers"),
        ("x\n\nPaymentID,Amount\n", "; line 3 has them ('skip_rows: 2' or 'find')"),
        ("PaymentID;Amount\n1;2\n", "; line 1 has them with the delimiter ';'"),
        ("a\nPaymentID\tAmount\n", "; line 2 has them with the delimiter '\\t' ('skip_rows: 1' or 'find')"),
        ("PaymentID,Amount,A,B\n", "EXTRA_COLUMN: columns 'A' and 'B' are not in the contract"),
        ("PaymentID,Amount,A\n", "EXTRA_COLUMN: column 'A' is not in the contract"),
    ],
)
def test_header_that_does_not_fit_is_told_with_what_would(file: str, told: str) -> None:
    assert told in refusal(worded(), file)


@settings(max_examples=200)
@given(
    lines=st.lists(
        st.sampled_from(
            ["", "x", "a,b", '"q', "PaymentID,Amount", "Total", "1,2", "1,2,", ",", '"a\nb",2', " ", "é,ß"]
        ),
        max_size=12,
    ),
    skip=st.integers(0, 3),
    end=st.sampled_from(["\n", "\r\n"]),
    encoding=st.sampled_from(["utf-8", "utf-16", "windows-1252", "cp037", "gb18030"]),
    block=st.integers(1, 60),
)
def test_any_layout_is_read_as_the_reference_reader_does(
    lines: list[str], skip: int, end: str, encoding: str, block: int
) -> None:
    columns = {"payment_id": "{position: 1, type: id, required: true}", "amount": "{position: 2, type: decimal}"}
    words = (f"skip_rows: {skip}", "header_row_count: 0", "footer: [Total]", f"encoding: {encoding}", KEEP)
    contract = worded(*words, columns=columns)
    text = end.join([*["above"] * skip, *lines, "1,2"]) + end
    above, body = skip * (5 + len(end)), text.encode()
    form = Form(",", '"', "utf-8", 1024 * 1024, False, ("Total",))
    reader = reader_of(contract, text.encode(encoding), block=block)
    expected = reference_reader.read(body[above:], 2 + len(reader.extra_columns), form, skip + 1)
    assume([reason for _, _, reason, *_ in expected.malformed].count("FIELD_COUNT") < 4)
    found = list(reader.batches())
    names = ["row_number", "line_number", "payment_id", "amount"]
    rows = [tuple(row[name] for name in names) for rows, _ in found for row in rows.to_pylist()]
    assert rows == [(row, line, *values[:2]) for row, line, values in expected.sound]
    malformed = [bad.to_pylist() for _, bad in found if bad is not None]
    assert [(row["row_number"], row["line_number"], row["reason"]) for rows in malformed for row in rows] == [
        bad[:3] for bad in expected.malformed
    ]
    others = [(line.line_number, line.kind) for line in reader.other_lines.first if line.kind != "above"]
    assert others == expected.others
