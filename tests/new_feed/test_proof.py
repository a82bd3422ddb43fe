"""What steps between balances prove, and what they do not."""

from __future__ import annotations

import pytest

from loader.errors import UsageError
from loader.new_feed.drafting import draft_of
from loader.new_feed.findings import Finding, Notes, SampleRefusedError
from loader.new_feed.study import Sample, Study, study

CURRENCIES = frozenset({"EUR", "CHF", "USD"})
HEADER = "Date,Text,Amount,Balance\n"


def look(*texts: str, **answers: str) -> tuple[Study, Notes]:
    """Study samples; what is not answered is taken as likeliest."""
    given = {"account": "A-1", "currency": "EUR"} | {name.replace("_", "-"): text for name, text in answers.items()}
    notes = Notes(answers=given, take_likeliest=True)  # type: ignore[arg-type]
    samples = [Sample(f"sample{number}.csv", text.encode()) for number, text in enumerate(texts)]
    return study(samples, CURRENCIES, notes), notes


def said(notes: Notes, subject: str) -> list[Finding]:
    return [found for found in notes.findings if found.subject == subject]


def statement(amounts: list[str], opening: int = 100) -> list[tuple[str, str, int, int]]:
    balance, rows = opening, []
    for number, amount in enumerate(map(int, amounts)):
        balance += amount
        rows.append((f"2024-03-{number + 1:02d}", f"text {number % 3}", amount, balance))
    return rows


def written(rows: list[tuple[str, str, int, int]]) -> str:
    return HEADER + "".join(f"{day},{text},{amount}.00,{balance}.00\n" for day, text, amount, balance in rows)


def test_steps_that_fit_prove_amount_and_order() -> None:
    rows = statement(["-10", "25", "-3", "-7"])
    for text, order in ((written(rows), "oldest_first"), (written(rows[::-1]), "newest_first")):
        found, notes = look(text)
        assert found.money.reading is not None
        assert found.money.reading.order == order
        assert [one.sureness for one in said(notes, "amount")] == ["proved"]


@pytest.mark.parametrize("amounts", [["-10", "25", "-3"], ["-10", "-20", "-5", "-6"], ["-10", "0", "25", "0", "-3"]])
def test_few_or_one_sided_steps_prove_nothing(amounts: list[str]) -> None:
    found, notes = look(written(statement(amounts)))
    assert not any(one.sureness == "proved" for one in said(notes, "amount"))
    assert [one.text for one in said(notes, "positive")] == ["positive is taken as money in; not proved"]
    assert found.money.reading is None or not found.money.reading.fit.is_proof


def test_one_wrong_step_is_no_proof() -> None:
    rows = statement([str(amount) for amount in (-10, 25, -3, -7, 40, -2, 5, -9, 8)])
    rows[4] = (*rows[4][:2], 41, rows[4][3])
    _, notes = look(written(rows))
    (amount,) = said(notes, "amount")
    assert (amount.sureness, "7 of 8 steps between balances fit" in amount.text) == ("assumed", True)


def test_counter_is_no_balance() -> None:
    text = "Date,Text,Amount,Number\n" + "".join(f"2024-03-0{n},x{n},1.00,{n}.00\n" for n in range(1, 8))
    found, notes = look(text)
    assert found.money.reading is None
    assert said(notes, "positive")[0].sureness == "assumed"


def test_balance_before_is_told_from_after_by_days() -> None:
    rows = statement(["-10", "25", "-3", "-7", "12"])
    before = [(day, text, amount, balance - amount) for day, text, amount, balance in rows]
    found, _ = look(written(before))
    assert found.money.reading is not None
    assert (found.money.reading.stated, found.money.way.terms) == ("before_entry", ((2, 1),))


def test_balances_of_two_currencies_are_two_chains() -> None:
    euros, francs = statement(["-10", "25", "-3", "4"]), statement(["7", "-1", "9", "-2"], opening=5000)
    lines = [
        f"{day},{text},{amount}.00,{balance}.00,{code}\n"
        for pair in zip(euros, francs, strict=True)
        for (day, text, amount, balance), code in zip(pair, ("EUR", "CHF"), strict=True)
    ]
    notes = Notes(answers={"account": "A-1"})
    found = study(
        [Sample("x.csv", ("Date,Text,Amount,Balance,Currency\n" + "".join(lines)).encode())], CURRENCIES, notes
    )
    assert found.money.reading is not None
    assert (found.money.reading.fit.is_proof, found.money.reading.grouped_by) == (True, (4,))
    assert not notes.questions


def test_newest_day_first_and_oldest_first_within_it() -> None:
    rows = [
        (f"2024-03-0{1 + at // 2}", *row[1:]) for at, row in enumerate(statement(["-10", "25", "-3", "4", "9", "-2"]))
    ]
    days = [rows[4:6], rows[2:4], rows[0:2]]
    found, notes = look(written([row for day in days for row in day]))
    assert found.money.reading is not None
    assert found.money.reading.order == "oldest_first"
    assert said(notes, "order of lines")[0].text == "oldest first within a day"


def test_fee_that_moves_the_balance_is_part_of_the_amount() -> None:
    rows = statement(["-10", "25", "-3", "-7"])
    text = "Date,Text,Gross,Charge,Balance\n" + "".join(
        f"{day},{text},{amount + 2}.00,2.00,{balance}.00\n"
        if amount < 0
        else f"{day},{text},{amount}.00,0.00,{balance}.00\n"
        for day, text, amount, balance in rows
    )
    assert look(text)[0].money.way.terms == ((2, 1), (3, -1))


def test_opening_and_closing_prove_the_sign_alone() -> None:
    rows = statement(["-10", "25", "-3"])
    lines = "".join(f"{day},{text},{amount}.00\n" for day, text, amount, _ in rows)
    notes = Notes(answers={"account": "A-1", "currency": "EUR"})
    text = f"Old balance,100.00\nNew balance,112.00\n\nDate,Text,Amount\n{lines}"
    study([Sample("x.csv", text.encode())], CURRENCIES, notes)
    assert not notes.questions
    assert said(notes, "one equation")[0].sureness == "proved"
    notes = Notes(answers={"account": "A-1", "currency": "EUR"})
    study([Sample("x.csv", text.replace("112.00", "113.00").encode())], CURRENCIES, notes)
    assert [question.option for question in notes.questions] == ["positive"]


def test_column_of_words_beside_signed_amounts_is_no_indicator() -> None:
    text = "Date,Kind,Amount\n2024-03-01,DEBIT,-5.00\n2024-03-02,CREDIT,9.00\n2024-03-03,DEBIT,-1.50\n"
    found, notes = look(text)
    assert found.money.way.indicator is None
    assert "always agrees" in said(notes, "sign")[0].text
    refund = text + "2024-03-04,DEBIT,2.00\n"
    found, notes = look(refund)
    assert found.money.way.indicator is None
    assert said(notes, "positive")[0].sureness == "assumed"


IDS = "Date,Reference,Amount\n2024-03-01,R701,5.00\n2024-03-02,R702,-6.10\n2024-03-03,R703,7.00\n2024-03-04,R704,1.00\n"


def test_id_is_a_key_if_it_is_unique_over_all_samples() -> None:
    later = IDS.replace("2024-03", "2024-04")
    assert look(IDS)[0].id_column is not None
    assert look(IDS, later.replace("R7", "R8"))[0].id_column is not None
    found, notes = look(IDS, later)
    assert found.id_column is None
    draft = draft_of("made", found, notes)
    assert draft.meta["occurrence"] is True
    assert draft.meta["business_key"] == ["booking_date", "reference", "amount"]


@pytest.mark.parametrize(
    "replaced", [("R701", ""), ("R70", ""), ("R701", "R 701"), ("R701", "R702"), ("R70", "2024-01-0")]
)
def test_key_is_not_invented(replaced: tuple[str, str]) -> None:
    assert look(IDS.replace(*replaced))[0].id_column is None


def test_key_without_ids_never_holds_the_balance() -> None:
    found, notes = look(written(statement(["-10", "25", "-3", "-7"])))
    assert "balance" not in draft_of("made", found, notes).meta["business_key"]


def test_order_of_day_and_month_is_asked_where_nothing_shows_it() -> None:
    text = "Date,Text,Amount\n" + "".join(f"0{d}/0{m}/2024,x,1.50\n" for d, m in ((3, 4), (1, 2), (9, 6), (2, 8)))
    notes = Notes(answers={"account": "A", "currency": "EUR", "positive": "in"})
    study([Sample("x.csv", text.encode())], CURRENCIES, notes)
    assert [question.option for question in notes.questions] == ["date-order"]
    found, _ = look(text, date_order="month-first", positive="in")
    assert found.booking.date_format == "MM/dd/yyyy"


def test_order_of_day_and_month_is_told_by_sorted_lines() -> None:
    text = "Date,Text,Amount\n" + "".join(
        f"0{m}/0{d}/2024,x,1.50\n" for m, d in ((1, 9), (2, 3), (3, 1), (3, 2), (4, 1))
    )
    found, notes = look(text)
    assert found.booking.date_format == "MM/dd/yyyy"
    assert said(notes, "date format")[0].sureness == "assumed"
    found, notes = look(text.replace("02/03/2024,x,1.50\n", ""))
    assert [one.sureness for one in said(notes, "date-order")] == ["assumed"]


def test_currency_that_contradicts_a_column_is_refused() -> None:
    text = "Date,Text,Amount,Currency\n2024-03-01,a,5.00,CHF\n2024-03-02,b,-6.00,EUR\n"
    with pytest.raises(UsageError, match="--currency USD: CHF and 1 more in 'Currency'"):
        look(text, currency="USD")


def test_account_in_the_name_of_the_file_is_proposed() -> None:
    notes = Notes(answers={"currency": "EUR", "positive": "in"})
    data = b"Date,Text,Amount\n2024-03-01,a,5.00\n2024-03-02,b,-6.00\n"
    found = study([Sample("export_P000112223334_20240401.csv", data)], CURRENCIES, notes)
    assert [(asked.option, asked.likeliest) for asked in notes.questions] == [("account", "P000112223334")]
    assert draft_of("made", found, notes).meta["file_name"] == ("export_(?P<account_id>[A-Z]{1}[0-9]{12})_[0-9]+\\.csv")


def test_samples_of_two_layouts_are_refused() -> None:
    with pytest.raises(SampleRefusedError, match="give samples of one layout"):
        look(IDS, IDS.replace("Reference", "Number"))


def test_missing_row_leaves_a_strong_reading_that_is_assumed() -> None:
    rows = statement([str(amount) for amount in (-10, 25, -3, -7, 40, -2, 5, -9, 8)])
    del rows[4]
    found, notes = look(written(rows))
    assert found.money.reading is not None
    (amount,) = said(notes, "amount")
    assert (amount.sureness, "6 of 7 steps" in amount.text) == ("assumed", True)
    assert "the step to line 6 does not: is a row missing?" in amount.text


def test_rows_that_break_every_chain_are_passed_over_by_a_word() -> None:
    rows = statement(["-10", "25", "-3", "-7", "12"])
    lines = [f"{day},{text},{amount}.00,{balance}.00,posted\n" for day, text, amount, balance in rows]
    lines.insert(2, "2024-03-02,again,-80.00,115.00,bounced\n")
    found, notes = look("Date,Text,Amount,Balance,Outcome\n" + "".join(lines))
    assert [condition.cells for condition in found.passed_over] == [{4: ["bounced"]}]
    assert said(notes, "passed over")[0].sureness == "proved"


def test_rows_without_day_and_balance_are_no_entries() -> None:
    rows = statement(["-10", "25", "-3", "-7"])
    lines = [f"{day},{text},{amount}.00,{balance}.00,done\n" for day, text, amount, balance in rows]
    text = "Date,Text,Amount,Balance,Stage\n" + "".join(lines) + ",coffee,-2.00,,waiting\n"
    found, notes = look(text)
    draft = draft_of("made", found, notes)
    assert draft.meta["pass_over"] == [{"booking_date": [""], "stage": ["waiting"]}]


def test_balance_on_the_last_entry_of_a_day_is_that_of_the_day() -> None:
    rows = [
        (f"2024-03-0{1 + at // 2}", *row[1:]) for at, row in enumerate(statement(["-10", "25", "-3", "4", "9", "-2"]))
    ]
    lines = [
        f"{day},{text},{amount}.00,{f'{balance}.00' if at % 2 else ''}\n"
        for at, (day, text, amount, balance) in enumerate(rows)
    ]
    found, notes = look(HEADER + "".join(lines))
    assert draft_of("made", found, notes).meta["balance_stated"] == "end_of_day"
    assert not found.passed_over


def test_day_that_is_stated_once_is_carried_down() -> None:
    rows = [
        (f"2024-03-0{1 + at // 2}", *row[1:]) for at, row in enumerate(statement(["-10", "25", "-3", "4", "9", "-2"]))
    ]
    lines = [
        f"{'' if at % 2 else day},{text},{amount}.00,{balance}.00\n"
        for at, (day, text, amount, balance) in enumerate(rows)
    ]
    found, notes = look(HEADER + "".join(lines))
    assert found.booking.carries
    assert not found.passed_over
    assert said(notes, "booking day")[-1].sureness == "proved"


def test_word_for_the_direction_that_no_row_has_is_completed() -> None:
    text = "Date,Text,Soll/Haben,Amount\n2024-03-01,a,S,5.00\n2024-03-02,b,S,6.10\n2024-03-04,c,S,1.10\n"
    found, notes = look(text)
    assert found.money.way.indicator == (2, ("H",), ("S",))
    assert "H is taken for the other direction" in said(notes, "sign")[0].text


def test_column_for_a_direction_without_rows_is_of_the_amount() -> None:
    text = "Date,Text,Money out,Money in\n2024-03-01,a,5.00,\n2024-03-02,b,6.10,\n2024-03-04,c,1.10,\n"
    found, _ = look(text)
    assert found.money.way.terms == ((3, 1), (2, -1))


def test_net_of_gross_and_fee_is_the_amount() -> None:
    rows = [("9.00", "0.40", "8.60"), ("20.00", "0.70", "19.30"), ("-5.00", "0.00", "-5.00"), ("7.00", "0.20", "6.80")]
    text = "Date,Gross,Fee,Paid\n" + "".join(f"2024-03-0{n},{a},{b},{c}\n" for n, (a, b, c) in enumerate(rows, 1))
    assert look(text)[0].money.way.terms == ((3, 1),)


def test_option_of_the_sign_turns_amounts_that_balances_fit() -> None:
    found, notes = look(written(statement(["10", "-25", "3", "7"])), positive="out")
    assert draft_of("made", found, notes).meta["positive"] == "out"
    assert said(notes, "sign")[0].sureness == "given"
