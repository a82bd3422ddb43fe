"""The words of a contract for files as banks deliver them: what is understood, and what is refused with a reason."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pydantic import ValidationError

from loader.contract.columns import ColumnMeta
from loader.contract.conditions import Condition
from loader.contract.date_formats import Token, parse_format
from loader.contract.model import Contract
from loader.errors import ContractError

Edit = Callable[[str, str], Contract]
AMOUNT = "{header: Amount, type: decimal}"
KEYS = "currency: EUR"


def test_words_of_a_feed_are_understood(edit_contract: Edit) -> None:
    words = """currency: EUR
            skip_rows: find
            footer: ['Total .*']
            preamble: {closing_balance: 'Balance: (.*) EUR', closing_date: {pattern: 'at (.*)', format: dd.MM.yyyy}}
            trim: true
            decimal_char: ","
            group_char: "."
            'null': ['-']
            pass_over: [{payment_id: ['']}, {amount: {except: ['0']}, states: {closing_balance: amount}}]
            order: newest_first"""
    contract = edit_contract(KEYS, words)
    assert contract.meta.skip_rows == "find"
    assert contract.meta.stated_outside == {"closing_balance", "closing_date"}
    assert (contract.meta.preamble or {})["closing_date"].format == "dd.MM.yyyy"
    number_format = contract.number_format(contract.column("amount"))
    assert (number_format.decimal_char, number_format.group_char, number_format.negative) == (",", ".", "minus")
    conditions = contract.meta.pass_over or []
    assert [list(condition.cells) for condition in conditions] == [["payment_id"], ["amount"]]
    assert conditions[0].cells["payment_id"].texts == [""]
    assert conditions[1].states == {"closing_balance": "amount"}


def test_column_s_own_words_come_before_those_of_the_feed(edit_contract: Edit) -> None:
    contract = edit_contract(AMOUNT, "{header: Amount, type: decimal, decimal_char: ',', symbol: '€'}")
    number_format = contract.number_format(contract.column("amount"))
    assert (number_format.decimal_char, number_format.symbols) == (",", ("€",))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("skip_rows: -1", "skip_rows"),
        ("skip_rows: find\n            header_row_count: 0", "'skip_rows: find' looks for a header"),
        ("header_row_count: 0", "column payment_id: a file without a header has columns by 'position'"),
        ("preamble: {amount: '(.*)'}", "column amount: it has a header or position, and is read outside the table"),
        ("preamble: {acount: '(.*)'}", "no column 'acount'; did you mean 'amount'?"),
        ("preamble: {closing_balance: 'Balance'}", "exactly one group"),
        ("file_name: '(?P<period_end>.*'", "a regular expression is allowed"),
        ("preamble: {period_end: {format: yyyyMMdd}}", "period_end: state its 'pattern' in 'preamble', or a group of"),
        (
            "file_name: '(?P<period_end>.*)'\n            preamble: {period_end: '(.*)'}",
            "period_end is read from 'preamble' and from 'file_name': state one",
        ),
        ("footer: ['*']", "a regular expression is allowed"),
        ("decimal_char: '.'\n            group_char: '.'", "'decimal_char' and 'group_char' must differ"),
        ("decimal_char: '-'", "one character is allowed that is no letter, digit, sign or parenthesis"),
        ("grouping: western", "config.meta.grouping: allowed is 'thousands' or 'indian'"),
        ("pass_over: [{amuont: ['']}]", "pass_over: no column 'amuont'; did you mean 'amount'?"),
        ("pass_over: [{amount: {except: ['x'], pattern: 'y'}}]", "a list of texts, 'except' with a list, or 'pattern'"),
        ("pass_over: [{amount: {pattern: '\\d+'}}]", "write classes out, such as [0-9]"),
        ("opening_balance: stated", "'stated' needs it in 'preamble', 'file_name' or 'pass_over'"),
        ("balance_stated: after_entry", "'balance_stated' goes with 'balance'"),
        ("balance: amount\n            occurrence: true\n            x: 1", "unknown key"),
    ],
)
def test_words_that_do_not_fit_are_refused(edit_contract: Edit, words: str, message: str) -> None:
    with pytest.raises(ContractError) as raised:
        edit_contract(KEYS, f"{KEYS}\n            {words}")
    assert message in str(raised.value)


def test_null_without_quotes_is_refused(edit_contract: Edit) -> None:
    with pytest.raises(ContractError, match=r"amount: config.meta: write the key null in quotes"):
        edit_contract(AMOUNT, "{header: Amount, type: decimal, null: ['-']}")


def test_key_with_occurrence_may_be_empty_but_hold_no_balance(edit_contract: Edit) -> None:
    edit_contract("[payment_id]", "[amount]\n            occurrence: true")
    with pytest.raises(ContractError, match="'amount' is the balance, which a late entry changes"):
        edit_contract("occurrence: true", "occurrence: true\n            balance: amount")


@pytest.mark.parametrize(
    ("column", "message"),
    [
        ({"type": "decimal", "header": "A", "values": {"a": "b"}}, "'values' is allowed for texts"),
        ({"type": "text", "header": "A", "decimal_char": ","}, "'decimal_char' is allowed with type decimal only"),
        ({"type": "text", "header": "A", "default": "x", "carry": True}, "'default' or 'carry' is allowed, not both"),
        ({"type": "text", "default": "x", "carry": True}, "'default' or 'carry' is allowed, not both"),
        ({"type": "text", "carry": True}, "'carry' is allowed for columns of the file only"),
        ({"type": "text", "header": ["A", "B"], "titles": ["C"]}, "'titles' is allowed with one 'header' only"),
        ({"type": "text", "header": ["A", "B"], "position": 2}, "'position' is allowed with one 'header' at most"),
        ({"type": "text", "header": "A", "position": 0}, "greater than or equal to 1"),
        ({"type": "text", "header": "A", "pattern": "[A-Z]+"}, "'pattern' is allowed with type id only"),
        ({"type": "text", "header": "A", "extract": "[A-Z]+"}, "exactly one group"),
        ({"type": "date", "header": "A", "format": "dd.MM.yy"}, "'century' goes with 'yy'"),
        ({"type": "date", "header": "A", "format": "dd.MM.yyyy", "century": 2000}, "'century' goes with 'yy'"),
        ({"type": "date", "header": "A", "format": "dd.MM.yyyy HH:mm"}, "allowed with type timestamp only"),
        ({"type": "timestamp", "header": "A", "format": "DD.MM.YYYY"}, "are allowed; see 'DD.MM.YYYY'"),
        (
            {"type": "decimal", "header": "A", "indicator": {"column": "b", "in": ["C"], "out": ["C"]}},
            "'C' is both in and out",
        ),
    ],
)
def test_words_of_a_column_that_do_not_fit_are_refused(column: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError) as raised:
        ColumnMeta.model_validate(column)
    assert message in str(raised.value)


def test_format_is_read_letter_by_letter() -> None:
    assert parse_format("d MMM yyyy, h:mm a") == (
        *(Token("d"), Token(None, " "), Token("MMM"), Token(None, " "), Token("yyyy"), Token(None, ",")),
        *(Token(None, " "), Token("h"), Token(None, ":"), Token("mm"), Token(None, " "), Token("a")),
    )
    assert parse_format("yyyy-MM-dd'T'HH:mm:ss.SSSXXX")[5:7] == (Token(None, "T"), Token("HH"))
    assert parse_format("dd 'o''clock' MM")[2] == Token(None, "o'clock")


@pytest.mark.parametrize(
    "text", ["dd.yyyy", "MM.yyyy", "dd.MM.yyyy h", "dd.MM a", "dd.MM ss", "dd MM d", "dd MM xx", "dd.MM 'x"]
)
def test_format_that_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"allowed|has|goes"):
        parse_format(text)


def test_condition_states_one_balance() -> None:
    with pytest.raises(ValidationError, match="at most 1 item"):
        Condition.model_validate({"a": ["x"], "states": {"opening_balance": "b", "day_balance": "b"}})
