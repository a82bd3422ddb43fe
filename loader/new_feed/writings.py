"""How the feed's numbers are written: one writing for all columns where one fits, and those that have their own."""

from __future__ import annotations

from dataclasses import dataclass, replace

from loader.contract.reading import read_number
from loader.contract.values import NumberFormat
from loader.new_feed.findings import Notes
from loader.new_feed.hints import direction_named
from loader.new_feed.numbers import Writing
from loader.new_feed.table import Field, Table


@dataclass(frozen=True)
class Writings:
    """The feed's writing, and the writing of each column of numbers by its place."""

    feed: NumberFormat
    columns: dict[int, NumberFormat]

    def own_words(self, at: int) -> dict[str, object]:
        """Return the words in which a column differs from the feed."""
        mine, feed = words_of(self.columns[at]), words_of(self.feed)
        plain = words_of(_PLAIN)
        return {
            word: value for word, value in mine.items() if feed[word] != value and (value or plain[word] != feed[word])
        }

    @property
    def feed_words(self) -> dict[str, object]:
        """The words of the feed that plain numbers do not have."""
        plain = words_of(_PLAIN)
        return {word: value for word, value in words_of(self.feed).items() if value != plain[word]}


_PLAIN = NumberFormat(".", None, "thousands", "minus", ())


def words_of(number: NumberFormat) -> dict[str, object]:
    """Return the format as words of a contract."""
    return {
        "decimal_char": number.decimal_char,
        "group_char": number.group_char,
        "grouping": number.grouping,
        "negative": number.negative,
        "symbol": list(number.symbols),
    }


def settle_writings(table: Table, notes: Notes) -> Writings:
    """Return how numbers are written; the writing that most columns have is the feed's."""
    columns = {column.at: column for column in table.fields if column.numbers and not column.days}
    candidates: dict[Writing, int] = {}
    for column in columns.values():
        for number in column.numbers:
            writing = (number.decimal_char, number.group_char, number.grouping)
            candidates.setdefault(writing, sum(_reads(other, number) for other in columns.values()))
    if not candidates:
        return Writings(_PLAIN, {})
    best = max(candidates, key=lambda writing: candidates[writing])
    found: dict[int, NumberFormat] = {}
    for at, column in columns.items():
        own = column.numbers[0]
        common = replace(own, decimal_char=best[0], group_char=best[1], grouping=best[2])
        found[at] = common if _reads(column, common) else own
    fitting = [number for number in found.values() if (number.decimal_char, number.group_char, number.grouping) == best]
    negatives = {number.negative for number in fitting if number.negative != "minus"}
    feed = NumberFormat(
        *best,
        negatives.pop() if len(negatives) == 1 else "minus",
        tuple(sorted({symbol for number in fitting for symbol in number.symbols})),
    )
    columns_ = {at: _as_feed(columns[at], number, feed) for at, number in found.items()}
    # A column for the other direction that no entry of the samples fills.
    columns_ |= {column.at: feed for column in table.fields if not column.filled and direction_named(column.header)}
    _tell(table, feed, candidates, columns, notes)
    return Writings(feed, columns_)


def _reads(column: Field, number: NumberFormat) -> bool:
    own = column.numbers[0]
    number = replace(number, negative=own.negative, symbols=own.symbols)
    return _reads_all(column, number)


def _as_feed(column: Field, number: NumberFormat, feed: NumberFormat) -> NumberFormat:
    """Return the feed's format where it reads the column, too."""
    return feed if _reads_all(column, feed) else number


def _reads_all(column: Field, number: NumberFormat) -> bool:
    others = {*column.words, *column.odd}
    return all(read_number(cell, number) is not None for cell in column.distinct if cell not in others)


def _tell(
    table: Table,
    feed: NumberFormat,
    candidates: dict[Writing, int],
    columns: dict[int, Field],
    notes: Notes,
) -> None:
    group = {None: "no group sign", " ": "a blank between groups"}.get(
        feed.group_char, f"{feed.group_char!r} between groups"
    )
    best = max(candidates.values())
    rivals = {writing[0] for writing, count in candidates.items() if count == best}
    digits = [
        len(cell.split(feed.decimal_char)[0].lstrip("-+")) for column in columns.values() for cell in column.distinct
    ]
    is_open = feed.group_char is None and max(digits, default=0) < 4
    text = f"decimal sign {feed.decimal_char!r}, {group}" + (
        " (no number has four digits before it)" if is_open else ""
    )
    if len(rivals) > 1:
        notes.found(
            "numbers", f"{text}; {', '.join(sorted(rivals - {feed.decimal_char}))!r} reads them, too", "assumed"
        )
    else:
        notes.found("numbers", text, "seen", table.rows[0].line)
