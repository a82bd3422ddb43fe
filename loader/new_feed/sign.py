"""What a positive amount means where no balance proves it: by an equation, by words, else it is asked."""

from __future__ import annotations

from collections.abc import Callable

from loader.new_feed.amounts import Way, shown_way
from loader.new_feed.findings import Notes, Question
from loader.new_feed.hints import direction_named, direction_of
from loader.new_feed.table import Field, Table
from loader.wording import joined


def settle_sign(table: Table, way: Way, is_equation: Callable[[Way], bool], notes: Notes) -> str:
    """Return what a positive amount means: by one equation, an indicator, the names of two columns, else asked."""
    if is_equation(way):
        return notes.answers.get("positive", "in")
    if way.indicator is not None:
        column = table.fields[way.indicator[0]]
        unseen = [text for texts in way.indicator[1:] for text in texts if text not in column.cells]
        rest = f"; {joined(unseen)} is taken for the other direction" if unseen else ""
        told = f"by the words of {column.shown}, as a bank uses them: a credit comes in{rest}"
        notes.found("sign", told, "assumed")
        return notes.answers.get("positive", "in")
    directions = [direction_named(table.fields[at].header) for at in way.columns]
    if len(way.terms) == 2 and set(directions) & {"in", "out"} and len(set(directions)) == 2:
        names = " and ".join(table.fields[at].shown for at in way.columns)
        notes.found("sign", f"by the names of {names}, as a bank uses them: a credit comes in", "assumed")
        return notes.answers.get("positive", "in")
    agreeing = _agreeing(table, way)
    if agreeing is not None:
        notes.found("sign", f"{agreeing[0].shown} always agrees with it: positive is money {agreeing[1]}", "assumed")
        return notes.answers.get("positive", agreeing[1])
    moves = [value > 0 for value in way.values if value]
    if len(way.terms) == 1 and len(moves) > 2 and len(set(moves)) == 1:
        told = f"all numbers of {shown_way(table, way)} have one sign: are all entries money one way, or do words tell?"
        notes.found("sign", told, "assumed")
    text = f"no balance proves the sign: is a positive number of {shown_way(table, way)} money in or out?"
    if len(way.terms) == 2 and way.terms[1][1] < 0:
        first, second = (table.fields[at].shown for at in way.columns)
        text = f"no balance proves the sign: in, if {first} is money in and {second} money out; out, if the contrary"
    answer = notes.ask(
        Question("positive", text, "in", ("in", "out")), told="positive is taken as money in; not proved"
    )
    return answer or "in"


def _agreeing(table: Table, way: Way) -> tuple[Field, str] | None:
    """Return the column whose words always go with the sign, and what positive means by them."""
    for column in table.fields:
        pairs = [(direction_of(cell), value > 0) for cell, value in zip(column.cells, way.values, strict=True) if value]
        agreed = dict(pairs)
        if column.at in way.columns or None in agreed or len(agreed) != 2 or len(set(pairs)) != 2:
            continue
        if agreed["in"] != agreed["out"]:
            return column, "in" if agreed["in"] else "out"
    return None
