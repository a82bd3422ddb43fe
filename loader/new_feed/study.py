"""Looks at the samples from the bytes on, and ends with all that was settled and the notes on how sure each part is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from loader.contract.reading import read_number
from loader.new_feed.accounts import account_columns, carry_accounts, settle_account
from loader.new_feed.amounts import Numbers, Way, numbers_in, ways
from loader.new_feed.booking import Booking, carry_days, find_booking
from loader.new_feed.currencies import currency_columns, settle_currency
from loader.new_feed.doubts import tell_no_rows, tell_odd_cells, tell_summaries
from loader.new_feed.encodings import reads_as, see_encoding, shown_line, text_of
from loader.new_feed.findings import Notes, Question, SampleRefusedError
from loader.new_feed.hints import is_named
from loader.new_feed.keys import find_id
from loader.new_feed.layout import NAMES, find_layout
from loader.new_feed.money import Money, settle_money
from loader.new_feed.outside import Item, Stated, equation, find_facts, numbers_in_line
from loader.new_feed.passed_over import Condition, few_texts, find_passed_over
from loader.new_feed.proof import Reading, prove
from loader.new_feed.records import Record
from loader.new_feed.refusals import refuse_by_first_bytes, refuse_by_layout, refuse_two_sides
from loader.new_feed.sources import Source
from loader.new_feed.table import Field, Table, join_layouts
from loader.new_feed.writings import Writings, settle_writings
from loader.new_feed.zones import settle_time_zone


@dataclass(frozen=True)
class Sample:
    """A sample's name and bytes."""

    name: str
    data: bytes


@dataclass(frozen=True)
class Study:
    """All that was settled about the samples."""

    table: Table
    encoding: str
    booking: Booking
    writings: Writings
    numbers: Numbers
    money: Money
    passed_over: list[Condition]
    account: Source
    currency: Source
    time_zone: str
    facts: dict[str, Item]
    id_column: Field | None

    @property
    def entries(self) -> list[int]:
        """The numbers of the rows that are entries."""
        passed = {row for condition in self.passed_over for row in condition.rows}
        return [row for row in range(len(self.table.rows)) if row not in passed]


def study(samples: Sequence[Sample], currencies: frozenset[str], notes: Notes) -> Study:
    """Return what the samples show; findings and open questions are in the notes.

    Raises:
        SampleRefusedError: a sample is no list of entries that a contract can describe.
    """
    for sample in samples:
        refuse_by_first_bytes(sample.name, sample.data)
    encoding = _settle_encoding(samples, notes)
    table = _table(samples, encoding, notes)
    booking = find_booking(table, notes)
    table = carry_accounts(table, booking, notes)
    writings = settle_writings(table, notes)
    numbers = numbers_in(table, writings.columns)
    codes = currency_columns(table, currencies)
    lines = [*table.first.above, *table.first.others]
    stated = _stated(table, lines, booking, writings)
    money, left_out, readings = _settle_money(table, booking, numbers, codes, stated, notes)
    balances = numbers[money.reading.balance] if money.reading else None
    has_proof = money.reading is not None and money.reading.fit.is_proof
    booking = carry_days(table, booking, money.way.values, balances if has_proof else None, notes)
    passed = find_passed_over(table, booking, money.way, readings, balances, left_out, notes)
    skipped = {row for condition in passed for row in condition.rows}
    entries = [row for row in range(len(table.rows)) if row not in skipped]
    if not entries:
        raise SampleRefusedError(f"{table.first.name}: no row is an entry: give a sample that has some")
    tell_summaries(table, entries, notes)
    account = settle_account(table, entries, lines, notes)
    amount_fields = [table.fields[at] for at in money.way.columns]
    currency = settle_currency(codes, amount_fields, lines, currencies, notes)
    time_zone = settle_time_zone(table, booking, notes)
    facts = _facts(table, lines, stated, booking, money, numbers, entries, notes)
    _state_by_rows(table, passed, facts)
    taken = {booking.column.at, *money.way.columns, *([money.reading.balance] if money.reading else [])}
    tell_odd_cells(table, [table.fields[at] for at in sorted(taken)], notes)
    if booking.clock:
        taken.add(booking.clock.at)
    taken |= {source.column.at for source in (account, currency) if source.column}
    id_column = find_id(table, entries, taken, notes)
    return Study(
        table, encoding, booking, writings, numbers, money, passed, account, currency, time_zone, facts, id_column
    )


def _settle_encoding(samples: Sequence[Sample], notes: Notes) -> str:
    datas = [sample.data for sample in samples]
    given = notes.answers.get("encoding")
    if given is not None:
        wrong = next((sample.name for sample in samples if not reads_as(sample.data, given)), None)
        if wrong:
            raise SampleRefusedError(f"{wrong}: its bytes are no {given}: give another --encoding, or leave it out")
        notes.found("encoding", given, "given")
        return given
    seen = see_encoding(datas)
    if not seen.others:
        notes.found("encoding", f"{seen.encoding}: {seen.reason}", "proved" if seen.is_proved else "assumed")
        return seen.encoding
    readings = []
    for name in (seen.encoding, *seen.others[:3]):
        shown = shown_line(text_of(b"\n".join(datas), name))
        readings.append(f"{name} reads line {shown[0]} as {shown[1]!r}" if shown else name)
    question = Question("encoding", f"which text is right? {'; '.join(readings)}", seen.encoding)
    return notes.ask(question) or seen.encoding


def _table(samples: Sequence[Sample], encoding: str, notes: Notes) -> Table:
    layouts = [find_layout(sample.name, text_of(sample.data, encoding)) for sample in samples]
    for layout in layouts:
        refuse_by_layout(layout)
    table = join_layouts(layouts)
    first = table.first
    delimiter = NAMES[first.delimiter]
    notes.found(
        "layout", f"{delimiter}-separated, {first.width} columns, {len(table.rows)} rows", "seen", first.rows[0].line
    )
    if first.header:
        notes.found("header", f"{', '.join(filter(None, first.headers))}", "seen", first.header.line)
    else:
        told = "none: the first row is an entry, columns are known by their position"
        notes.found("header", told, "seen", first.top.line)
    for layout in layouts:
        tell_no_rows(layout, "" if len(layouts) == 1 else f"{layout.name}: ", notes)
    return table


def _stated(table: Table, lines: list[Record], booking: Booking, writings: Writings) -> list[Stated]:
    """Return the numbers outside the first sample's entries: in lines, and in rows without a day."""
    found = [number for record in lines for number in numbers_in_line(record, writings.feed)]
    for row, record in enumerate(table.rows):
        if table.sample_of[row] == 0 and booking.moments[row] is None:
            for at, number in writings.columns.items():
                value = read_number(record.cell(at), number)
                if value is not None:
                    found.append(Stated(record, record.cell(at), value, at))
    return found


def _settle_money(
    table: Table, booking: Booking, numbers: Numbers, codes: list[Field], stated: list[Stated], notes: Notes
) -> tuple[Money, Condition | None, list[Reading]]:
    """Return amount and balance, the rows without which alone they fit, and the readings of the same balance."""
    parts = [*codes, *(column for column in account_columns(table, range(len(table.rows))) if column not in codes)]
    all_ways = ways(table, numbers)
    readings = prove(table, all_ways, numbers, booking.moments, parts)
    left_out = None
    if not (readings and readings[0].fit.is_proof) and any(
        is_named("balance", column.header) for column in table.fields
    ):
        for condition in few_texts(table):
            others = prove(table, all_ways, numbers, booking.moments, parts, frozenset(condition.rows))
            if others and others[0].fit.is_proof:
                readings, left_out = others, condition
                break
    refuse_two_sides(table, codes, numbers, bool(readings and readings[0].fit.is_proof))

    def is_equation(way: Way) -> bool:
        dated = (row for row, moment in enumerate(booking.moments) if moment and table.sample_of[row] == 0)
        return equation(stated, sum((way.values[row] or Decimal(0) for row in dated), Decimal(0))) is not None

    money = settle_money(table, readings, numbers, is_equation, notes)
    same = [other for other in readings if money.reading and other.balance == money.reading.balance]
    return money, left_out, sorted(same, key=lambda reading: reading is not money.reading)


def _facts(
    table: Table,
    lines: list[Record],
    stated: list[Stated],
    booking: Booking,
    money: Money,
    numbers: Numbers,
    entries: list[int],
    notes: Notes,
) -> dict[str, Item]:
    """Return what the lines outside the table state, of a first sample that has one chain of balances at most."""
    mine = [row for row in entries if table.sample_of[row] == 0]
    days = [moment.date() for row in mine if (moment := booking.moments[row])]
    if not days or not stated:
        return {}
    moved = sum((money.way.values[row] or Decimal(0) for row in mine), Decimal(0))
    opening, closing = _ends(money, numbers, mine)
    span: tuple[date, date] = (min(days), max(days))
    return find_facts(lines, stated, (opening, closing, moved), len(mine), span, notes)


def _state_by_rows(table: Table, passed: list[Condition], facts: dict[str, Item]) -> None:
    """Move the balances that rows of the table state from the facts to the conditions of these rows."""
    for name, item in list(facts.items()):
        if item.row is None:
            continue
        del facts[name]
        line, at = item.row
        for condition in passed:
            if [table.rows[row].line for row in condition.rows] == [line] and not condition.states:
                condition.states = {name: at}
                condition.filled.append(at)


def _ends(money: Money, numbers: Numbers, rows: list[int]) -> tuple[Decimal | None, Decimal | None]:
    """Return the balances before the first and after the last entry by their own balances, if one chain has them."""
    reading = money.reading
    if reading is None or not reading.fit.is_proof or reading.grouped_by:
        return None, None
    rows = rows if reading.order == "oldest_first" else rows[::-1]
    first, last = numbers[reading.balance][rows[0]], numbers[reading.balance][rows[-1]]
    if first is None or last is None:
        return None, None
    if reading.stated == "before_entry":
        return first, last + (money.way.values[rows[-1]] or 0)
    return first - (money.way.values[rows[0]] or 0), last
