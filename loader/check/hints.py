"""Which words of the contract would let refused values in. Those for numbers and days are tried first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import yaml
from pydantic import ValidationError

from loader.check.findings import Reason
from loader.contract.columns import Column, ColumnMeta
from loader.contract.date_formats import has_short_year, has_time, has_year
from loader.contract.model import Contract
from loader.contract.reading import delivered_text, read_day, read_number
from loader.new_feed.dates import CENTURY, LEAP_YEAR_END, day_formats_of, looks_like_day
from loader.new_feed.numbers import formats_of, shape_of
from loader.new_feed.writings import words_of

Words = dict[str, Any]

_MOST_WORDS = 3
"""Texts without a digit that may mean missing; more of them mean that the column holds something else."""


def hint_for(reason: Reason, contract: Contract) -> str | None:
    """Return what in the contract would let in the refused values that were looked at, or most of them; or None.

    What is read today has to stay what it is: a hint that changes other rows would be a wrong balance.
    """
    column = reason.column
    if column is None:
        return None
    if reason.code == "NULL_VALUE_ERROR":
        return _for_missing(column)
    texts = [text for text in reason.values if text.strip()]
    if not texts:
        return None
    if reason.fault.startswith("lies "):
        return _for_days_outside(reason, contract, column)
    if column.meta.type == "decimal":
        candidates = list(_numbers(texts, contract, column))
    elif column.meta.type in ("date", "timestamp"):
        candidates = list(_days(texts, column))
    else:
        return _for_texts(texts, column, contract)
    let_in = [_count_let_in(words, texts, reason.sound, column, contract) for words in candidates]
    best = max(let_in, default=0)
    if best * 2 <= len(texts):
        return None
    fitting = [words for words, count in zip(candidates, let_in, strict=True) if count == best]
    # Groups of three are the rule, and many a number is written alike in both.
    fitting = [words for words in fitting if "grouping" not in words] or fitting
    which = "it" if best == len(texts) else f"{best} of {len(texts)} different values"
    return f"{which} would be read with " + ", or with ".join(map(_shown, fitting))


def _for_missing(column: Column) -> str:
    passed_over = _shown({"pass_over": [{column.name: [""]}]})
    carried = ", carry: true where it means the value above" if column.meta.is_in_table else ""
    return f"{passed_over} where such a row is no entry{carried}, or default with the text that it means"


def _for_days_outside(reason: Reason, contract: Contract, column: Column) -> str | None:
    """Of a day that is read: a feed may hold older ones, none may hold those far ahead."""
    days = [day for text in reason.values if (day := _read(contract, column, text)) is not None]
    if not days or min(days) >= contract.meta.earliest_date:
        return None
    return f"{_shown({'earliest_date': min(days)})} where the bank's days are so old"


def _for_texts(texts: list[str], column: Column, contract: Contract) -> str | None:
    if not contract.meta.trim and any(text != text.strip() for text in texts):
        return "it would be read with trim: true, unless there is another fault"
    if column.meta.type == "currency":
        codes = {text: text.upper() for text in texts if len(text) == 3 and text.isascii() and text.upper() != text}
        return f"it would be read with {_shown({'values': codes})}" if len(codes) == len(texts) else None
    if column.meta.accepted_values:
        accepted = _shown({"accepted_values": [*column.meta.accepted_values, *texts[:_MOST_WORDS]]})
        passed_over = _shown({"pass_over": [{column.name: texts[:_MOST_WORDS]}]})
        return f"{accepted} where such rows are entries, {passed_over} where they are none"
    return None


def _numbers(texts: list[str], contract: Contract, column: Column) -> Iterator[Words]:
    today = words_of(contract.number_format(column))
    missing = sorted({text.strip() for text in texts if not any(letter.isdigit() for letter in text)})
    if len(missing) > _MOST_WORDS or column.meta.required:
        missing = []
    base: Words = {"trim": True} if _would_be_trimmed(texts, contract) else {}
    base |= {"null": ["", *missing]} if missing else {}
    numbers = [text for text in texts if text.strip() not in missing and shape_of(text) is not None]
    if not numbers:
        yield base
        return
    for number in formats_of(numbers):
        words = words_of(number)
        # A sign or a symbol that these values lack may stand in others.
        words["symbol"] = sorted({*number.symbols, *contract.number_format(column).symbols})
        if not any(text.strip().startswith("(") or text.strip()[-1:] in "-\u2212" for text in numbers):
            words["negative"] = today["negative"]
        yield base | {word: value for word, value in words.items() if value and value != today[word]}


def _days(texts: list[str], column: Column) -> Iterator[Words]:
    missing = sorted({text.strip() for text in texts if not any(letter.isdigit() for letter in text)})
    if len(missing) > _MOST_WORDS or column.meta.required:
        missing = []
    base: Words = {"null": ["", *missing]} if missing else {}
    days = [text.strip() for text in texts if text.strip() not in missing and looks_like_day(text.strip())]
    for written in day_formats_of(days):
        words: Words = {"format": written}
        if has_short_year(written):
            words["century"] = CENTURY
        if has_time(written) and column.meta.type == "date":
            words["type"] = "timestamp"
        yield base | words


def _would_be_trimmed(texts: Iterable[str], contract: Contract) -> bool:
    return not contract.meta.trim and any(text != text.strip() for text in texts)


def _count_let_in(words: Words, texts: list[str], sound: Iterable[str], column: Column, contract: Contract) -> int:
    """Return how many refused texts the words read; none where they read a sound one otherwise than today."""
    trial = _with_words(contract, column, words) if words else None
    if trial is None:
        return 0
    new = trial.column(column.name)
    if any(_read(trial, new, text) != _read(contract, column, text) for text in sound):
        return 0
    return sum(delivered_text(trial, new, text) == "" or _read(trial, new, text) is not None for text in texts)


def _with_words(contract: Contract, column: Column, words: Words) -> Contract | None:
    of_table = {"trim": True} if "trim" in words else {}
    stated = column.meta.model_dump(exclude_unset=True, by_alias=True)
    try:
        meta = ColumnMeta.model_validate(stated | {word: value for word, value in words.items() if word != "trim"})
    except ValidationError:
        return None
    columns = [one.model_copy(update={"meta": meta}) if one.name == column.name else one for one in contract.columns]
    return contract.model_copy(update={"columns": columns, "meta": contract.meta.model_copy(update=of_table)})


def _read(contract: Contract, column: Column, text: str) -> Any:
    """Return the number or the day, None where the text is none."""
    value = delivered_text(contract, column, text)
    if column.meta.type == "decimal":
        return read_number(value, contract.number_format(column))
    not_after = None if column.meta.format is None or has_year(column.meta.format) else LEAP_YEAR_END
    return read_day(value, column.meta, not_after)


def _shown(words: Words) -> str:
    """Return the words as a contract has them, on one line."""
    text = yaml.safe_dump(words, default_flow_style=True, allow_unicode=True, sort_keys=False, width=10_000)
    return text.strip().removeprefix("{").removesuffix("}")
