"""What `check` proposes for refused values: words that read all of them, and change nothing that is read today."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import yaml

from loader.check.findings import Reason
from loader.check.hints import hint_for
from loader.contract.columns import Column, ColumnMeta
from loader.contract.model import Contract

Edit = Callable[[str, str], Contract]
AMOUNT = "{header: Amount, type: decimal}"


def with_column(contract: Contract, name: str, meta: str) -> Contract:
    """Return the contract with one more column."""
    column = Column(name=name, meta=ColumnMeta.model_validate(yaml.safe_load(meta)))
    return contract.model_copy(update={"columns": [*contract.columns, column]})


def hint(
    contract: Contract, column: str, *values: str, code: str = "TYPE_ERROR", sound: tuple[str, ...] = ()
) -> str | None:
    """Return what is proposed where these values are refused and those are not."""
    fault = "lies before 1990-01-01" if code == "EARLY" else "is none of IN, OUT"
    return hint_for(Reason(code, contract.column(column), fault, len(values), 2, values[0], values, sound), contract)


@pytest.mark.parametrize(
    ("values", "sound", "words"),
    [
        (("1.234,56", "-7,10"), ("5", "-20"), "decimal_char: ',', group_char: ."),
        (("1,50", "2,75"), (), "decimal_char: ','"),
        (("1'234.50",), ("7.25",), "group_char: ''''"),
        (("7.10-", "1.00-"), ("7.10",), "negative: trailing_minus"),
        (("(7.10)",), ("7.10",), "negative: parentheses"),
        (("$7.10", "-$1.00"), ("7.10",), "symbol: [$]"),
        (("n/a", "-"), ("7.10",), "'null': ['', '-', n/a]"),
        (("-", "7,10"), ("7",), "'null': ['', '-'], decimal_char: ','"),
        ((" 7.10", "\u00a08.00"), ("7.10",), "trim: true"),
    ],
)
def test_numbers_of_another_writing(
    contract: Contract, values: tuple[str, ...], sound: tuple[str, ...], words: str
) -> None:
    assert hint(contract, "amount", *values, sound=sound) == f"it would be read with {words}"


@pytest.mark.parametrize(
    ("values", "sound"),
    [
        (("1.234,56",), ("7.10",)),
        (("1,50", "2.50"), ("3.10",)),
        (("12,345.678,9",), ()),
        (("1e3", "twelve"), ()),
    ],
)
def test_nothing_is_proposed_that_reads_one_value_otherwise(
    contract: Contract, values: tuple[str, ...], sound: tuple[str, ...]
) -> None:
    assert hint(contract, "amount", *values, sound=sound) is None


def test_most_values_are_enough_and_counted(contract: Contract) -> None:
    assert (
        hint(contract, "amount", "1,50", "2,75", "=1+1")
        == "2 of 3 different values would be read with decimal_char: ','"
    )
    assert hint(contract, "amount", "1,50", "=1+1", "1e3") is None


def test_required_numbers_are_never_called_missing(edit_contract: Edit) -> None:
    contract = edit_contract(AMOUNT, "{header: Amount, type: decimal, required: true}")
    assert hint(contract, "amount", "n/a", sound=("7",)) is None


@pytest.mark.parametrize(
    ("values", "proposed"),
    [
        (("31.12.2023", "01.02.2024"), "it would be read with format: dd.MM.yyyy"),
        (
            ("01/02/2024", "03/04/2024"),
            "it would be read with format: dd/MM/yyyy, or with format: MM/dd/yyyy",
        ),
        (("31.12.23",), "it would be read with format: dd.MM.yy, century: 2000"),
        (("5 Jan 2024 11:30",), "it would be read with format: 'd MMM yyyy HH:mm', type: timestamp"),
        (("31.12.2023", "yesterday or so", "never", "soon", "later"), None),
    ],
)
def test_days_of_another_writing(contract: Contract, values: tuple[str, ...], proposed: str | None) -> None:
    contract = with_column(contract, "day", "{header: Day, type: date}")
    assert hint(contract, "day", *values, code="TIMESTAMP_ERROR") == proposed


def test_days_before_the_earliest(contract: Contract) -> None:
    contract = with_column(contract, "day", "{header: Day, type: date}")
    assert hint(contract, "day", "1975-03-01", "1980-01-01", code="EARLY") == (
        "earliest_date: 1975-03-01 where the bank's days are so old"
    )


def test_words_that_the_column_does_not_accept(contract: Contract) -> None:
    contract = with_column(contract, "way", "{header: Way, type: text, accepted_values: [IN, OUT]}")
    assert hint(contract, "way", "PENDING") == (
        "accepted_values: [IN, OUT, PENDING] where such rows are entries, "
        "pass_over: [{way: [PENDING]}] where they are none"
    )


def test_currencies_in_small_letters(contract: Contract) -> None:
    contract = with_column(contract, "unit", "{header: Unit, type: currency}")
    assert hint(contract, "unit", "eur", "usd", code="CURRENCY_ERROR") == (
        "it would be read with values: {eur: EUR, usd: USD}"
    )
    assert hint(contract, "unit", "EURO", "eur", code="CURRENCY_ERROR") is None


def test_missing_values_are_asked_about(contract: Contract) -> None:
    proposed = hint_for(Reason("NULL_VALUE_ERROR", contract.column("payment_id"), "has no value", 3, 2, None), contract)
    assert proposed == (
        "pass_over: [{payment_id: ['']}] where such a row is no entry, carry: true where it means the value above, "
        "or default with the text that it means"
    )


def test_reason_of_the_row_as_a_whole_has_no_hint(contract: Contract) -> None:
    assert hint_for(Reason("CONFLICTING_TRANSACTION_ID", None, "", 2, 2, None), contract) is None
