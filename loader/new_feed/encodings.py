"""Which encoding samples are written in: proved by bytes, or the likeliest of those that only an eye can tell apart."""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from loader.new_feed.hints import words

# The lead bytes of the characters that people write: level 1 of each national standard, kana and hangul, and signs.
_MULTI_BYTE: tuple[tuple[str, tuple[tuple[int, int], ...]], ...] = (
    # Hangul has the first half of the lead bytes of gb18030's common characters.
    ("euc-kr", ((0xA1, 0xA3), (0xB0, 0xC8))),
    ("gb18030", ((0xA1, 0xA3), (0xB0, 0xD7))),
    ("big5", ((0xA1, 0xA3), (0xA4, 0xC6))),
    ("cp932", ((0x81, 0x83), (0x88, 0x97), (0xA6, 0xDF))),
)
_COMMON_SHARE = 0.95
# A reading whose mark is this near to the best one is shown beside it.
_PLAUSIBLE = 0.5
# In UTF-16 of Latin letters every other byte is zero; of a text that is damaged, few are.
_FEWEST_ZEROS = 8
_ASCII_LETTER, _BEYOND = rb"[A-Za-z]", rb"[\x80-\xff]"
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(frozen=True)
class Seen:
    """What the bytes show: the encoding, why, and the others that read these bytes as a plausible text, too."""

    encoding: str
    is_proved: bool
    reason: str
    others: tuple[str, ...] = ()


def see_encoding(samples: Sequence[bytes]) -> Seen:
    """Return the encoding of the samples, which must have one."""
    for mark, name in _MARKS:
        if any(data.startswith(mark) for data in samples) and all(reads_as(data, name) for data in samples):
            return Seen(name, True, f"a byte order mark of {name}")
    data = b"\n".join(samples)
    if data.count(0) * _FEWEST_ZEROS > len(data):
        name = "utf-16-le" if data[1:400:2].count(0) >= data[0:400:2].count(0) else "utf-16-be"
        return Seen(name, False, "every other byte is zero")
    if data.isascii():
        return Seen("utf-8", False, "only ASCII characters are seen, which most encodings share")
    if reads_as(data, "utf-8"):
        return Seen("utf-8", True, "all characters beyond ASCII are valid UTF-8")
    for name, leads in _MULTI_BYTE:
        if reads_as(data, name) and _common_share(data, name, leads) >= _COMMON_SHARE:
            return Seen(name, False, f"all bytes are {name}, and nearly all of its characters are common ones")
    return _one_byte(data)


def reads_as(data: bytes, encoding: str) -> bool:
    """Return whether the bytes are a text in the encoding."""
    try:
        text_of(data, encoding)
    except (UnicodeDecodeError, LookupError):
        return False
    return True


def text_of(data: bytes, encoding: str) -> str:
    """Return the text, without a mark at its beginning and without a character that is cut at its end.

    Raises:
        UnicodeDecodeError: the bytes are no text in the encoding.
        LookupError: Python knows no such encoding.
    """
    return codecs.getincrementaldecoder(encoding)().decode(data).removeprefix("\ufeff")


def _common_share(data: bytes, encoding: str, leads: tuple[tuple[int, int], ...]) -> float:
    encoded = [character.encode(encoding) for character in text_of(data, encoding) if not character.isascii()]
    common = [text for text in encoded if len(text) <= 2 and any(low <= text[0] <= high for low, high in leads)]
    return len(common) / len(encoded) if len(encoded) > 1 else 0


def _one_byte(data: bytes) -> Seen:
    """Return the family whose letters they are; those that read every letter alike are no other reading."""
    beside_ascii = len(re.findall(_ASCII_LETTER + _BEYOND + b"|" + _BEYOND + _ASCII_LETTER, data))
    alone = len(re.findall(_BEYOND + b"{2,}", data))
    families: dict[str, str] = words()["other_scripts" if alone > beside_ascii else "latin"]
    readings = {name: text_of(data, name) for name in families if reads_as(data, name)}
    if not readings:
        return Seen("iso-8859-1", False, "no other encoding reads all bytes")
    marks = {name: _mark(text, families[name]) for name, text in readings.items()}
    best = max(marks, key=lambda name: marks[name])
    others = [name for name in sorted(marks, key=lambda name: -marks[name]) if readings[name] != readings[best]]
    alike = [name for name in readings if name != best and readings[name] == readings[best]]
    reason = "one byte a character" + (f"; these samples are the same text in {', '.join(alike)}" if alike else "")
    return Seen(best, False, reason, tuple(name for name in others if marks[name] >= marks[best] - _PLAUSIBLE))


def _mark(text: str, letters: str) -> float:
    """Return the share of characters beyond ASCII that fit, less those that stand where no text has them."""
    fit = beyond = 0
    for before, character, after in zip(" " + text, text, text[1:] + " ", strict=False):
        if character.isascii() or character.isspace():
            continue
        beyond += 1
        fit += character.lower() in letters
        within_word = before.isalpha() and after.isalpha()
        case_breaks = before.islower() and character.isupper()
        if unicodedata.category(character) in ("Cc", "Lo") or (within_word and not character.isalpha()) or case_breaks:
            fit -= 2
    return fit / max(beyond, 1)


def shown_line(text: str) -> tuple[int, str] | None:
    """Return the first line with a letter beyond ASCII and its number, cut around that letter."""
    for number, line in enumerate(text.splitlines(), start=1):
        at = next((at for at, character in enumerate(line) if not character.isascii()), None)
        if at is not None:
            return number, line[max(at - 25, 0) : at + 35].strip()
    return None
