"""Texts that people and banks write, and what every engine has to say of them: ids, and the times of decisions."""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterable

from tests.end_to_end.house import House

BLANK, UNSEEN, SPREADSHEET = range(3)
# Letters and marks that are shown as nothing, by their names: Python does not know the property.
_IGNORABLE = re.compile("HANGUL.* FILLER$|VARIATION SELECTOR|GRAPHEME JOINER|VOWEL INHERENT")
_ALL_CHARACTERS = {
    "duckdb": "(select unnest(range(1, 1114112)) as n) as numbers",
    "athena": "(select a * 1088 + b as n from unnest(sequence(0, 1023)) as x(a)"
    " cross join unnest(sequence(0, 1087)) as y(b)) as numbers",
}
# No engine makes a text of half a pair of UTF-16, whatever a condition leaves out.
_CHARACTER = "chr(cast(case when n between 55296 and 57343 or n = 0 then 65 else n end as integer))"
IDS = {
    "4,56E+12": {SPREADSHEET},
    "7e+003": {SPREADSHEET},
    "#": {SPREADSHEET},
    "#####": {SPREADSHEET},
    "#WERT!": {SPREADSHEET},
    "#NAME?": {SPREADSHEET},
    "#DIV/0!": {SPREADSHEET},
    "#N/D": {SPREADSHEET},
    "12E5": set(),
    "DE+12": set(),
    "#42": set(),
    "No. #7": set(),
    "A/B": set(),
    "1.5": set(),
    "ž 9": set(),
    "e\u0301": set(),
    "\u3000a": {BLANK},
    "a\u205f": {BLANK},
    "a\u00a0b": set(),
    "a\u2067b": {UNSEEN},
    "a\U000e0061b": {UNSEEN},
    "a\u3164": {UNSEEN},
    "\u200b#N/A": {UNSEEN},
    "a\t": {BLANK},
    "a\tb": set(),
    "a\x1f": {UNSEEN},
    "": set(),
}
TIMES = {
    "2024-02-29T23:59:59Z": True,
    "2024-05-06T07:08:09.123456+05:45": True,
    "2024-05-06T00:00:00-14:00": True,
    "2024-05-06T00:00:00+14:30": False,
    "2024-05-06T00:00:00+19:00": False,
    "2024-05-06T00:00:00+05:60": False,
    "2024-05-06T24:00:01Z": False,
    "2024-05-06T23:60:00Z": False,
    "2024-05-06T23:59:60Z": False,
    "2023-02-29T12:00:00Z": False,
    "2024-13-06T12:00:00Z": False,
    "0024-05-06T12:00:00Z": False,
    "2024-05-06 12:00:00Z": False,
    "2024-05-06T12:00:00": False,
    "2024-05-06T12:00Z": False,
    "2024-05-06T12:00:00.1234567Z": False,
    "2024-05-06t12:00:00z": False,
    "2024-05-06Z": False,
    " 2024-05-06T12:00:00Z": False,
    "2024-05-06T12:00:00Z\n": False,
    "": False,
}


def _literal(text: str) -> str:
    """Return SQL of a text of any characters."""
    return " || ".join([f"chr({ord(character)})" for character in text] or ["''"])


def _numbered(texts: Iterable[str], condition: str) -> str:
    selects = [f"select {number} as number, {_literal(text)} as value" for number, text in enumerate(texts)]
    return f"select number, {condition} as verdict from ({' union all '.join(selects)}) as texts order by number"


def assert_ids_are_judged(house: House) -> None:
    """See that each text is refused as an id for the reasons that it has."""
    for fault in (BLANK, UNSEEN, SPREADSHEET):
        rows = house.show(_numbered(IDS, f"{{{{ id_faults('value')[{fault}].condition }}}}"))
        assert [row["verdict"] for row in rows] == [fault in faults for faults in IDS.values()]


def assert_characters_are_judged(house: House, engine: str) -> None:
    """See that all characters which Unicode has as blanks or as not seen are refused, and no others."""
    for fault, text, is_refused in (
        (BLANK, f"{_CHARACTER} || 'x'", is_blank),
        (UNSEEN, f"'x' || {_CHARACTER} || 'x'", is_unseen),
    ):
        condition = f"{{{{ id_faults('value')[{fault}].condition }}}}"
        rows = house.show(
            f"select n from (select n, {text} as value from {_ALL_CHARACTERS[engine]}) as characters where {condition}"
        )
        refused = {row["n"] for row in rows}
        assigned = (
            number for number in range(1, sys.maxunicode + 1) if unicodedata.category(chr(number)) not in ("Cn", "Cs")
        )
        assert {number for number in assigned if is_refused(chr(number)) != (number in refused)} == set()


def is_blank(character: str) -> bool:
    """Return whether Unicode has the character as white space, or had it once."""
    return unicodedata.category(character) in ("Zs", "Zl", "Zp") or character in "\t\n\v\f\r\x85\u180e"


def is_unseen(character: str) -> bool:
    """Return whether Unicode has the character as one without a shape or width of its own."""
    is_by_category = unicodedata.category(character) in ("Cc", "Cf") and character not in "\t\n\v\f\r\x85"
    return is_by_category or _IGNORABLE.search(unicodedata.name(character, "")) is not None


def assert_times_are_judged(house: House) -> None:
    """See that a time of a decision is taken if it is one, and its instant is the same."""
    rows = house.show(_numbered(TIMES, "{{ is_iso_with_offset('value') }}"))
    assert {text: row["verdict"] for text, row in zip(TIMES, rows, strict=True)} == TIMES
    instants = house.show(_numbered(TIMES, "substr(cast({{ stated_instant('value') }} as varchar), 1, 19)"))
    assert [row["verdict"] for row in instants if row["verdict"]] == [
        *("2024-02-29 23:59:59", "2024-05-06 01:23:09", "2024-05-06 14:00:00"),
    ]
