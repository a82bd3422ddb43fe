"""What a file states outside the rows of its table: above and below it, and in the file's name."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

from loader.contract.model import Contract, without_compression
from loader.contract.reading import read_count, read_day, read_number
from loader.contract.table import BALANCES_OF_FILE, COUNTS_OF_FILE, FACTS_OF_FILE
from loader.contract.values import DateWords, NumberFormat
from loader.csv.other_lines import OtherLine
from loader.errors import FileReason, FileRejectedError

# What the warehouse keeps of a balance: decimal(24, 4).
_WHOLE_DIGITS, _PLACES = 20, 4


class StatedValues:
    """Values by name, as texts, with the place in the file that each is from."""

    def __init__(self, contract: Contract) -> None:
        """Begin with none."""
        self._contract = contract
        self._patterns = {
            name: re.compile(item.pattern) for name, item in (contract.meta.preamble or {}).items() if item.pattern
        }
        self._texts: dict[str, tuple[str, str]] = {}

    def read_name(self, file_name: str) -> None:
        """Read what the file's name states, without .gz or .zst at its end.

        Raises:
            FileRejectedError: the whole name does not fit the contract's pattern.
        """
        pattern = self._contract.meta.file_name
        if pattern is None:
            return
        name = without_compression(file_name)
        found = re.fullmatch(pattern, name)
        if found is None:
            raise FileRejectedError(
                FileReason.STATED_VALUE,
                f"the name {name!r} does not fit the pattern of file_name, {pattern!r}: deliver it under such a name, "
                f"or change the pattern in {self._contract.path}",
            )
        self._texts |= {key: (text, "the file's name") for key, text in found.groupdict().items() if text is not None}

    def read_line(self, line: OtherLine, text: str) -> None:
        """Read what a line above the table, its header or a line below states.

        Raises:
            FileRejectedError: it states something else than an earlier one.
        """
        for name, pattern in self._patterns.items():
            found = pattern.search(text)
            if found is None or found[1] is None:
                continue
            place = f"line {line.line_number}"
            earlier = self._texts.setdefault(name, (found[1], place))
            if earlier[0] != found[1]:
                raise FileRejectedError(
                    FileReason.STATED_VALUE,
                    f"the pattern of {name!r} fits {earlier[1]} and {place} with different texts: "
                    f"make it narrower in {self._contract.path}",
                )

    def columns(self) -> dict[str, str]:
        """Return the texts of the columns that are read outside the table; it has to be above the first row.

        Raises:
            FileRejectedError: one of them was not found.
        """
        wanted = sorted(self._contract.meta.stated_outside - FACTS_OF_FILE)
        missing = [name for name in wanted if name not in self._texts]
        if missing:
            raise FileRejectedError(
                FileReason.STATED_VALUE,
                f"no line above the rows fits the pattern of {missing[0]!r}: look at what the file has there, "
                f"and change the pattern in {self._contract.path}",
            )
        return {name: self._texts[name][0] for name in wanted}

    def facts(self) -> dict[str, Any]:
        """Return what was stated of the file as canonical text: plain decimals, ISO days, and counts as numbers.

        Raises:
            FileRejectedError: a text is no balance, day or count in the contract's format.
        """
        days = self._day("period_end", None)
        found = {"period_end": days, "closing_date": self._day("closing_date", days)}
        canonical: dict[str, Any] = {name: day.isoformat() for name, day in found.items() if day is not None}
        for name in sorted((BALANCES_OF_FILE | COUNTS_OF_FILE).intersection(self._texts)):
            text = self._text(name)
            if text is None:
                continue
            written = self._number_format(name)
            value = read_count(text, written) if name in COUNTS_OF_FILE else _balance(text, written)
            if value is None:
                raise self._unreadable(name, "a whole number" if name in COUNTS_OF_FILE else "a balance")
            canonical[name] = value
        return canonical

    def _text(self, name: str) -> str | None:
        """Return the text of a fact, None where it is missing or one of the contract's texts for that."""
        text = self._texts[name][0] if name in self._texts else None
        if text is not None and self._contract.meta.trim:
            text = text.strip()
        return None if text in (self._contract.meta.null or ()) else text

    def _day(self, name: str, not_after: date | None) -> date | None:
        text = self._text(name)
        if text is None:
            return None
        day = read_day(text, (self._contract.meta.preamble or {}).get(name) or DateWords(), not_after)
        if day is None:
            raise self._unreadable(name, "a day")
        return day

    def _number_format(self, name: str) -> NumberFormat:
        item = (self._contract.meta.preamble or {}).get(name)
        return NumberFormat.of(self._contract.meta) if item is None else self._contract.number_format_of(item)

    def _unreadable(self, name: str, kind: str) -> FileRejectedError:
        text, place = self._texts[name]
        return FileRejectedError(
            FileReason.STATED_VALUE,
            f"{name} on {place} is {text[:100]!r}, which is not {kind} in the contract's format: "
            f"state its format in {self._contract.path}, or ask the sender",
        )


def _balance(text: str, written: NumberFormat) -> str | None:
    """Return a balance as plain text, None where it is no number or has more digits than the warehouse keeps."""
    number = read_number(text, written)
    if number is None or abs(number) >= Decimal(10) ** _WHOLE_DIGITS:
        return None
    if number != number.quantize(Decimal(1).scaleb(-_PLACES)):
        return None
    return f"{number:f}" if number else "0"
