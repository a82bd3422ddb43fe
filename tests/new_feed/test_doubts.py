"""What samples only seem to say: new-feed reads it rightly, or says that it is unsure."""

from __future__ import annotations

from decimal import Decimal

import pytest

from loader.new_feed.drafting import draft_of
from loader.new_feed.findings import Notes, SampleRefusedError
from loader.new_feed.study import Sample, Study, study
from tests.new_feed.test_proof import CURRENCIES, look, said


def amounts(found: Study) -> list[Decimal | None]:
    turn = -1 if found.money.positive == "out" else 1
    values = found.money.way.values
    return [None if (value := values[row]) is None else turn * value for row in found.entries]


def doubts(notes: Notes, subject: str) -> str:
    return "; ".join(one.text for one in said(notes, subject) if one.sureness == "assumed")


def test_lone_entry_of_the_other_side_is_no_opening_balance() -> None:
    rows = ["07.05.2024;Wages;;900,00;900,00"]
    rows += [
        f"{day:02d}.05.2024;Bread {day};{day},00;;{balance},00" for day, balance in ((8, 892), (9, 883), (10, 873))
    ]
    for ordered in (rows, rows[::-1]):
        found, notes = look("\n".join(["Datum;Text;Belastung;Gutschrift;Saldo", *ordered, ""]))
        assert sum(filter(None, amounts(found))) == 873
        assert not found.passed_over
        assert "no step between balances tells the amount" in doubts(notes, "amount")


def test_reversal_among_debits_turns_no_other_debit() -> None:
    text = "Date;Text;Paid out;Paid in\n2024-04-02;Tax;70.00;\n2024-04-03;Pay;;90.00\n2024-04-04;Tax back;-30.00;\n"
    found, notes = look(text + "2024-04-05;Tea;4.00;\n")
    assert amounts(found) == [-70, 90, 30, -4]
    assert "some numbers of 'Paid out' are negative" in doubts(notes, "amount")


@pytest.mark.parametrize("words", ["Balance brought forward", "Endsaldo", "Total in May", "Сальдо"])
def test_rows_that_are_called_a_balance_or_a_total_are_told(words: str) -> None:
    rows = "2024-05-01,Rent,-5.00\n2024-05-02,Wages,9.00\n2024-05-03,Tea,-1.00\n"
    _, notes = look("Date,Text,Amount\n" + rows + f"2024-05-31,{words},3.00\n", positive="in")
    assert "line 5: taken as entries" in doubts(notes, "passed over")


def test_other_pair_of_columns_is_a_rival() -> None:
    header = "Day,Gross debit,Gross credit,Net debit,Net credit,Text\n"
    text = header + "2024-05-01,,10.00,,9.50,a\n2024-05-02,4.00,,4.10,,b\n2024-05-03,,,2.00,,fee\n"
    found, notes = look(text)
    assert amounts(found) == [Decimal("9.50"), Decimal("-4.10"), -2]
    assert "'Gross debit' could be meant, too" in doubts(notes, "amount")


def test_two_columns_that_name_no_direction_are_no_pair() -> None:
    found, _ = look("Day,Text,Amount,Rebate\n2024-05-01,a,12.00,0.00\n2024-05-02,b,0.00,1.50\n2024-05-03,c,3.00,0.00\n")
    assert found.money.way.terms == ((2, 1),)


def test_words_that_only_sound_like_a_direction_are_doubtful() -> None:
    rows = "2024-05-01,8.50,Credit card\n2024-05-02,9.50,Debit card\n2024-05-03,2.50,Debit card\n"
    _, notes = look("Day,Amount,Paid by\n" + rows)
    assert "by the words of 'Paid by'" in doubts(notes, "sign")


def test_days_that_are_only_near_each_other_are_doubtful() -> None:
    rows = "".join(f"0{month}/01/2024,Interest,1.50\n" for month in range(1, 7))
    _, notes = look("Day,Text,Amount\n" + rows)
    assert "only so" in doubts(notes, "date format") or said(notes, "date-order")


def test_odd_cell_drops_no_column() -> None:
    days = ["2024-05-01", "0000-00-00", "2024-05-03", "2024-05-04"]
    rows = [f"{day};2023-12-0{number};{number}.50;0.10\n" for number, day in enumerate(days, start=1)]
    rows.append("2024-05-05;2023-12-05;1.2.50;0.10\n")
    found, notes = look("Booking date;Value date;Amount;Fee\n" + "".join(rows), positive="in")
    assert (found.booking.column.header, found.money.way.terms) == ("Booking date", ((2, 1),))
    assert "line 3: '0000-00-00' in 'Booking date'" in doubts(notes, "odd cell")
    assert "line 6: '1.2.50' in 'Amount'" in doubts(notes, "odd cell")
    assert len(found.entries) == 5


def test_account_of_a_line_ends_where_it_ends_in_the_sample() -> None:
    text = "Account: 55500011 / EUR\nDay;Text;Amount\n2024-05-01;a;1,50\n2024-05-02;b;-2,50\n"
    found, _ = look(text, account="55500011")
    assert found.account.pattern == "^Account: ([0-9]+) .*$"


def test_line_of_another_delimiter_in_a_later_sample_is_told() -> None:
    rows = "Day,Text,Amount\n2024-05-01,a,1.50\n2024-05-02,b,-2.50\n"
    _, notes = look(rows, rows + "2024-05-03;c;-3.50\n", positive="in")
    assert "sample1.csv: '2024-05-03;c;-3.50'" in doubts(notes, "no row")


def test_status_is_looked_at_beside_other_rows_and_is_no_key() -> None:
    rows = [f"2024-05-0{day},{day}.50,text {day},Booked" for day in range(1, 7)]
    rows += ["2024-05-07,9.00,bad,Rejected", ",8.00,no day,Booked"]
    found, notes = look("\n".join(["Day,Amount,Text,State", *rows, ""]), positive="in")
    assert len(found.entries) == 6
    assert "line 8: not booked by its words ('State' is Rejected)" in doubts(notes, "passed over")
    assert "state" not in draft_of("made", found, notes).meta["business_key"]


@pytest.mark.parametrize("text", ["Stipendium May", "Hotel reservation", "Local Authority tax"])
def test_text_with_a_word_within_is_no_status(text: str) -> None:
    rows = [f"2024-05-0{day},{day}.50,Tea" for day in range(1, 7)]
    found, _ = look("\n".join(["Day,Amount,Text", *rows, f"2024-05-07,9.00,{text}", ""]), positive="in")
    assert not found.passed_over


def test_currency_of_something_else_is_not_nearer() -> None:
    rows = "2024-05-01,1.50,USD,EUR\n2024-05-02,2.50,USD,EUR\n"
    notes = Notes(answers={"account": "X", "positive": "in"})
    sample = Sample("sample.csv", f"Day,Amount,Local currency,Currency\n{rows}".encode())
    found = study([sample], CURRENCIES, notes)
    assert found.currency.column is not None
    assert found.currency.column.header == "Currency"
    assert "'Local currency' holds codes, too" in doubts(notes, "currency")


def test_column_that_ends_like_an_account_is_none() -> None:
    rows = "2024-05-01;1,50;0\n2024-05-02;2,50;2\n2024-05-03;3,50;0\n2024-05-04;4,50;0\n"
    found, notes = look("Tag;Betrag;Skonto\n" + rows, account="X", positive="in")
    assert not any("Skonto" in one.text for one in said(notes, "account"))
    assert found.account.is_constant


def test_header_that_dbt_would_render_is_known_by_position() -> None:
    found, notes = look("Day,Amount {{ 1 + 1 }},Text\n2024-05-01,1.50,a\n2024-05-02,-2.50,b\n", positive="in")
    draft = draft_of("made", found, notes)
    assert "{{" not in str([column.meta for column in draft.columns])
    assert draft.columns[1].meta["position"] == 2


def test_names_of_columns_never_meet() -> None:
    found, notes = look("Text 3,text,Text,Day,Amount\na,b,c,2024-05-01,1.50\nd,e,f,2024-05-02,-2.50\n", positive="in")
    names = [column.name for column in draft_of("made", found, notes).columns]
    assert len(set(names)) == len(names)


def test_hour_of_one_digit_is_read() -> None:
    rows = "2024-05-01,11:05 PM,1.50\n2024-05-02,1:05 AM,-2.50\n"
    found, _ = look("Day,Time,Amount\n" + rows, positive="in", time_zone="UTC")
    assert found.booking.date_format == "yyyy-MM-dd h:mm a"
    assert None not in found.booking.moments


def test_blank_beside_an_indicator_leaves_the_indicator() -> None:
    rows = "2024-05-01,1.50,CR\n2024-05-02,2.50,DR\n2024-05-03,3.50,\n2024-05-04,4.50,DR\n"
    found, _ = look("Day,Amount,Side\n" + rows)
    assert found.money.way.indicator == (2, ("CR",), ("DR",))


def test_cell_that_is_nearly_a_day_is_named() -> None:
    with pytest.raises(SampleRefusedError, match=r"a cell such as '3\.Mär\.2024' is none in any format"):
        look("Tag;Text;Betrag;Nr\n3.Mär.2024;a;1,50;1\n4.Mär.2024;b;2,50;2\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Day,Text,Amount\n2024-05-01,a,7.00 Dr\n2024-05-02,b,8.00 Cr\n", "line 2 has a day, and a number in no cell"),
        ("Day,Text,Amount\n", "it has no rows"),
        ("Day,Text,Amount\n2024-05-01,a,7.00\n2024-05-02,\0,8.00\n", "line 3 holds a zero byte"),
    ],
)
def test_file_without_entries_says_what_it_lacks(text: str, message: str) -> None:
    with pytest.raises(SampleRefusedError, match=message):
        look(text)
