"""What the models' SQL reads of many texts, on any engine: a question per format, several in a statement."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from tests.end_to_end.house import House
from tests.end_to_end.written_times import ZONE

# Athena takes statements of 256 KiB.
_MOST_TEXTS = 1_500
_MOST_FORMATS = 4


def read_numbers(house: House, texts: list[tuple[dict[str, Any], list[str]]]) -> list[list[str | None]]:
    """Return for each format, given by its words, what SQL makes of its texts: a decimal of 18 places, or None."""
    asked = []
    for words, written in texts:
        plain = f"{{{{ plain_number('written', number_format({{}}, {json.dumps(words, ensure_ascii=False)})) }}}}"
        asked.append((f"cast(cast({plain} as decimal(38, 18)) as varchar)", written))
    return _answers(house, asked)


def read_times(house: House, texts: list[tuple[str, list[str]]]) -> list[list[str | None]]:
    """Return for each format what SQL makes of its texts: the instant in UTC and the feed's day, or None."""
    asked = []
    for form, written in texts:
        column = json.dumps({"format": form, "century": 2000})
        iso = f"iso_text('written', {column})"
        utc = f"to_utc_timestamp({iso}, '{ZONE}')"
        asked.append(
            (
                f"{{{{ timestamp_text({utc}) }}}} || ' '"
                f" || cast({{{{ booking_day_of_format({iso}, {utc}, '{ZONE}') }}}} as varchar)",
                written,
            )
        )
    return _answers(house, asked)


def _answers(house: House, asked: list[tuple[str, list[str]]]) -> list[list[str | None]]:
    found: list[list[str | None]] = [[None] * len(written) for _, written in asked]
    for questions in _in_parts(enumerate(asked)):
        selects = []
        for number, (expression, written) in questions:
            rows = ", ".join(f"({place}, {_literal(text)})" for place, text in enumerate(written))
            texts = f"(values {rows}) as texts (place, written)"
            selects.append(f"select {number} as number, place, {expression} as answer from {texts}")
        for row in house.show(" union all ".join(selects)):
            found[row["number"]][row["place"]] = row["answer"]
    return found


def _in_parts(
    questions: Iterable[tuple[int, tuple[str, list[str]]]],
) -> Iterator[list[tuple[int, tuple[str, list[str]]]]]:
    part: list[tuple[int, tuple[str, list[str]]]] = []
    for question in questions:
        if len(part) == _MOST_FORMATS or sum(len(written) for _, (_, written) in [*part, question]) > _MOST_TEXTS:
            yield part
            part = []
        part.append(question)
    yield part


def _literal(text: str) -> str:
    """Return a text as SQL that Jinja leaves alone."""
    return "'" + text.replace("'", "''") + "'"
