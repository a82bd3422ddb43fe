"""From what was settled to the words of a contract."""

from __future__ import annotations

from typing import Any

from loader.new_feed.draft import ColumnDraft, Draft, file_pattern, free_name, lines_above, place_of
from loader.new_feed.findings import Notes
from loader.new_feed.hints import is_named
from loader.new_feed.passed_over import Condition
from loader.new_feed.sources import literal
from loader.new_feed.study import Study
from loader.new_feed.table import Field


def draft_of(feed: str, study: Study, notes: Notes) -> Draft:
    """Return the contract as words, columns in the order of the file."""
    draft = Draft(feed, {})
    draft.columns = _columns(study)
    draft.meta = {**_table_words(feed, study), **_row_words(draft, study, notes)}
    return draft


def _table_words(feed: str, study: Study) -> dict[str, Any]:
    table, first = study.table, study.table.first
    header_row_count = 1 if first.header else 0
    skip = lines_above(table.layouts, header_row_count)
    words: dict[str, Any] = {
        "kind": "entries",
        "contract_version": 1,
        "file_patterns": [file_pattern(feed, [layout.name for layout in table.layouts])],
        "delimiter": first.delimiter,
        "quote": first.quote,
        "encoding": study.encoding,
    }
    if skip:
        words["skip_rows"] = skip
    if not header_row_count:
        words["header_row_count"] = 0
    footer = _footer(study)
    if footer:
        words["footer"] = footer
    preamble = _preamble(study)
    if preamble:
        words["preamble"] = preamble
    if study.account.in_name:
        words["file_name"] = study.account.pattern
    if table.is_trimmed:
        words["trim"] = True
    has_left_out = any(not column.header and not column.filled for column in table.fields)
    words["extra_columns"] = "keep" if has_left_out or not header_row_count else "reject"
    return words | {word: value for word, value in study.writings.feed_words.items() if value}


def _footer(study: Study) -> list[str]:
    """Return patterns for the lines below the header that are no rows; their numbers may differ."""
    patterns: dict[str, None] = {}
    for layout in study.table.layouts:
        for record in layout.others:
            cells = [_footer_cell(cell) for cell in record.text.split(layout.delimiter)]
            mark = r"\|" if layout.delimiter == "|" else layout.delimiter
            patterns["[-_=+*. ]+" if record.is_rule and len(set(record.text.strip())) == 1 else mark.join(cells)] = None
    return list(patterns)


def _footer_cell(cell: str) -> str:
    return "[^;,|]*" if any(map(str.isdigit, cell)) and not any(map(str.isalpha, cell)) else literal(cell)


def _preamble(study: Study) -> dict[str, Any]:
    items: dict[str, Any] = {}
    for name, source in (("account_id", study.account), ("currency", study.currency)):
        if source.pattern and not source.in_name:
            items[name] = source.pattern
    for name, item in study.facts.items():
        items[name] = {"pattern": item.pattern, **dict(item.words)} if item.words else item.pattern
    return items


def _row_words(draft: Draft, study: Study, notes: Notes) -> dict[str, Any]:
    words: dict[str, Any] = {}
    if study.passed_over:
        words["pass_over"] = [_condition(draft, condition) for condition in study.passed_over]
    words |= _key_words(draft, study)
    words["amount"] = [("-" if sign < 0 else "") + draft.name_at(at) for at, sign in study.money.way.terms]
    if study.money.positive != "in":
        words["positive"] = study.money.positive
    words |= _balance_words(draft, study, notes)
    words["delivery_calendar"] = "monthly"
    words["time_zone"] = study.time_zone
    if study.currency.is_constant:
        words["currency"] = study.currency.text
    return words


def _condition(draft: Draft, condition: Condition) -> dict[str, Any]:
    words: dict[str, Any] = {draft.name_at(at): texts for at, texts in condition.cells.items()}
    words |= {draft.name_at(at): {"pattern": ".+"} for at in condition.filled}
    if condition.states:
        words["states"] = {kind: draft.name_at(at) for kind, at in condition.states.items()}
    return words


def _key_words(draft: Draft, study: Study) -> dict[str, Any]:
    owner = ["account_id"] if study.account.column or study.account.pattern else []
    if study.id_column is not None:
        return {"business_key": [*owner, "transaction_id"]}
    in_conditions = {at for condition in study.passed_over for at in condition.cells}
    used = {at for at, _ in study.money.way.terms}
    if study.money.way.indicator:
        used.add(study.money.way.indicator[0])
    for source in (study.account, study.currency):
        if source.column:
            used.add(source.column.at)
    used.add(study.booking.column.at)
    texts = {
        column.at
        for column in study.table.fields
        if column.at not in in_conditions
        and not is_named("status", column.header)
        and not column.days
        and not column.numbers
        and len({column.cells[row] for row in study.entries}) > 1
    }
    names = [column.name for column in draft.columns if column.at in used | texts]
    return {"business_key": [*(name for name in owner if name not in names), *names], "occurrence": True}


def _balance_words(draft: Draft, study: Study, notes: Notes) -> dict[str, Any]:
    reading = study.money.reading
    words: dict[str, Any] = {}
    if reading is not None:
        words["balance"] = draft.name_at(reading.balance)
        words["balance_stated"] = _stated(study)
        words["order"] = reading.order
    states_opening = "opening_balance" in study.facts or any(
        "opening_balance" in condition.states for condition in study.passed_over
    )
    if states_opening:
        words["opening_balance"] = "stated"
    if reading is None and study.money.balance_of_file is not None:
        words |= {"balance": draft.name_at(study.money.balance_of_file), "balance_stated": "end_of_file"}
    if reading is None and not states_opening and not {"closing_balance"} & {*study.facts} and "balance" not in words:
        notes.found(
            "opening balance",
            "unknown: no month is proven until a decision in seeds/opening_balances states it",
            "seen",
        )
    return words


def _stated(study: Study) -> str:
    """Return what the balance means; `end_of_day` where it stands once a day, and a day has several entries."""
    reading = study.money.reading
    assert reading is not None  # noqa: S101
    if not reading.counts_blank:
        return reading.stated
    balances = study.numbers[reading.balance]
    days: dict[object, list[bool]] = {}
    for row in study.entries:
        moment = study.booking.moments[row]
        days.setdefault((study.table.sample_of[row], moment.date() if moment else None), []).append(
            balances[row] is not None
        )
    once = all(sum(stated) == 1 for stated in days.values())
    return "end_of_day" if once else reading.stated


def _columns(study: Study) -> list[ColumnDraft]:
    used: set[str] = set()
    columns = []
    used_by_conditions = {at for condition in study.passed_over for at in condition.cells}
    clock = study.booking.clock
    for column in study.table.fields:
        is_left_out = (not column.header and not column.filled) or column is clock
        if is_left_out and column.at not in used_by_conditions:
            continue
        columns.append(_column(study, column, used))
    names = {column.at: column.name for column in columns}
    for column_draft in columns:
        if "indicator" in column_draft.meta:
            indicator = column_draft.meta["indicator"]
            column_draft.meta["indicator"] = {**indicator, "column": names[indicator["column"]]}
    if study.account.column is None:
        meta: dict[str, Any] = {"type": "id", "required": True}
        if not study.account.pattern:
            meta["default"] = study.account.text or "ACCOUNT"
        columns.append(ColumnDraft("account_id", meta, "The account whose entries the file holds."))
    if study.currency.pattern:
        columns.append(ColumnDraft("currency", {"type": "currency", "required": True}, "The currency of the file."))
    return columns


def _column(study: Study, column: Field, used: set[str]) -> ColumnDraft:
    place = place_of(column, study.table)
    canonical = _canonical(study, column, place)
    if canonical is not None:
        return canonical
    name = free_name(column, used)
    for condition in study.passed_over:
        if column.at in condition.states.values():
            return ColumnDraft(name, {**place, **_decimal(study, column)}, at=column.at)
    if column.at in study.money.way.columns:
        return ColumnDraft(name, {**place, **_decimal(study, column)}, at=column.at)
    return ColumnDraft(name, {**place, "type": "text"}, at=column.at)


def _canonical(study: Study, column: Field, place: dict[str, Any]) -> ColumnDraft | None:
    booking, money = study.booking, study.money
    if column is booking.column:
        if booking.clock is not None and column.header:
            place = {"header": [column.header, booking.clock.header]}
        name, type_ = ("booking_time", "timestamp") if booking.has_time else ("booking_date", "date")
        return ColumnDraft(
            name, {**place, "type": type_, **booking.words, "required": True}, "When the entry was booked.", column.at
        )
    if column is study.account.column:
        meta = {**place, "type": "id", **({"carry": True} if column.is_carried else {}), "required": True}
        return ColumnDraft("account_id", meta, "The account that the entry moves.", column.at)
    if column is study.currency.column:
        meta = {**place, "type": "currency", "required": True}
        lower = {text: text.upper() for text in column.distinct if text != text.upper()}
        if lower:
            meta["values"] = lower
        return ColumnDraft("currency", meta, "The currency of the amount.", column.at)
    if column is study.id_column:
        return ColumnDraft(
            "transaction_id", {**place, "type": "id", "required": True}, "The id of the entry.", column.at
        )
    if column.at == (money.reading.balance if money.reading else money.balance_of_file):
        return ColumnDraft(
            "balance", {**place, **_decimal(study, column)}, "The balance that the file states.", column.at
        )
    if money.way.columns == [column.at]:
        meta = {**place, **_decimal(study, column), "required": True}
        return ColumnDraft("amount", meta, "The amount of the entry.", column.at)
    return None


def _decimal(study: Study, column: Field) -> dict[str, Any]:
    words: dict[str, Any] = {"type": "decimal", **study.writings.own_words(column.at)}
    indicator = study.money.way.indicator
    if indicator is not None and column.at in study.money.way.columns:
        at, money_in, money_out = indicator
        words["indicator"] = {"column": at, "in": list(money_in), "out": list(money_out)}
    entries = set(study.entries)
    odd = {column.cells[row] for row in entries} & set(column.words)
    if odd:
        words["null"] = sorted(odd)
    return words
