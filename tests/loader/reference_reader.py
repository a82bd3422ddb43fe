"""The structure rules once more, one character at a time: slow, clear, and sharing no code with the loader.

A record is read from the start of a line. If it is malformed, only that line is set aside, and the next line begins
afresh. A line whose cells are all empty, or that fits a pattern of footer, is no row. The tests compare what the loader
reads with what this reader reads.
"""

import re
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Form:
    """What is known of a file's form; an empty quote is none, and the limit is a record's in bytes."""

    delimiter: str
    quote: str
    encoding: str
    limit: int
    trim: bool = False
    footer: tuple[str, ...] = ()

    def is_delimiter(self, data: bytes, at: int) -> bool:
        """Return whether the delimiter is there."""
        return data[at : at + 1] == self.delimiter.encode()

    def is_quote(self, data: bytes, at: int) -> bool:
        """Return whether a quote is there."""
        return bool(self.quote) and data[at : at + 1] == self.quote.encode()

    def after_blanks(self, data: bytes, at: int) -> int:
        """Return where the next character is that is no blank, or ``at`` where blanks are not trimmed."""
        while self.trim:
            for size in (1, 2, 3):
                try:
                    character = data[at : at + size].decode(self.encoding)
                except UnicodeDecodeError:
                    continue
                if len(character) == 1 and character.isspace() and character not in "\r\n" + self.delimiter:
                    at += size
                    break
            else:
                break
        return at


@dataclass
class Reference:
    """Sound rows as (row, line, fields) with None for an unquoted empty field; malformed ones with their extent.

    ``others`` are lines that are no rows, as (line, kind).
    """

    sound: list[tuple[int, int, list[str | None]]] = field(default_factory=list)
    malformed: list[tuple[int, int, str, int, int]] = field(default_factory=list)
    others: list[tuple[int, str]] = field(default_factory=list)


def _line(data: bytes, start: int) -> tuple[int, int]:
    """Return where the text of the line ends, and where the next line begins."""
    feed = data.find(b"\n", start)
    if feed < 0:
        return len(data), len(data)
    text_end = feed - 1 if feed > start and data[feed - 1] == 13 else feed
    return text_end, feed + 1


class _FaultError(Exception):
    pass


def _quoted(data: bytes, at: int, form: Form) -> tuple[bytes, int]:
    """Return the value whose opening quote is at ``at``, and where it ends."""
    value = bytearray()
    at += 1
    while at < len(data):
        if not form.is_quote(data, at):
            value.append(data[at])
            at += 1
        elif form.is_quote(data, at + 1):
            value.append(data[at])
            at += 2
        else:
            return bytes(value), form.after_blanks(data, at + 1)
    raise _FaultError("UNCLOSED_QUOTE")


def _unquoted(data: bytes, at: int, form: Form) -> tuple[bytes | None, int]:
    """Return the value that begins at ``at``, None for an empty one, and where it ends."""
    start = at
    while at < len(data) and data[at] not in (10, 13) and not form.is_delimiter(data, at):
        if form.is_quote(data, at):
            raise _FaultError("STRAY_QUOTE")
        at += 1
    return data[start:at] or None, at


def _record(data: bytes, start: int, form: Form) -> tuple[list[bytes | None], int, int]:
    """Return the fields of the record, its text's end and the next record's start; raise if it is not sound."""
    fields: list[bytes | None] = []
    at = start
    while True:
        value: bytes | None
        if form.is_quote(data, form.after_blanks(data, at)):
            value, at = _quoted(data, form.after_blanks(data, at), form)
        else:
            value, at = _unquoted(data, at, form)
        fields.append(value)
        if at >= len(data):
            return fields, at, at
        if data[at] == 10:
            return fields, at, at + 1
        if data[at : at + 2] == b"\r\n":
            return fields, at, at + 2
        if not form.is_delimiter(data, at):
            raise _FaultError("STRAY_CARRIAGE_RETURN" if data[at] == 13 else "STRAY_QUOTE")
        at += 1


def _own_fault(text: bytes, form: Form) -> str | None:
    """Return the fault of one line in the order that the loader documents, or None."""
    if len(text) > form.limit:
        return "RECORD_TOO_LONG"
    if b"\0" in text:
        return "NUL_BYTE"
    try:
        text.decode(form.encoding)
    except UnicodeDecodeError:
        return "INVALID_ENCODING"
    inside = False
    for at, byte in enumerate(text):
        inside ^= form.is_quote(text, at)
        if byte == 13 and not inside:
            return "STRAY_CARRIAGE_RETURN"
    try:
        _record(text, 0, form)
    except _FaultError as fault:
        return str(fault)
    return None


def _is_empty(value: bytes | None, form: Form) -> bool:
    return not value or (form.trim and not value.decode(form.encoding).strip())


def _judge(data: bytes, start: int, field_count: int, form: Form) -> tuple[str | None, list[bytes | None], int]:
    """Return the reason or kind, None for a sound record; its fields; and where the next record begins."""
    text_end, following = _line(data, start)
    text = data[start:text_end]
    line = text.decode(form.encoding, "backslashreplace")
    if len(text) <= form.limit and any(re.fullmatch(pattern, line) for pattern in form.footer):
        return "footer", [], following
    fault = _own_fault(text, form)
    if fault not in (None, "UNCLOSED_QUOTE"):
        return fault, [], 0
    try:
        fields, end, following = _record(data, start, form)
    except _FaultError:
        return "UNCLOSED_QUOTE", [], 0
    record = data[start:end]
    lines = data[start:following].split(b"\n")
    if len(record) > form.limit or b"\0" in record or any(len(one.removesuffix(b"\r")) > form.limit for one in lines):
        return "UNCLOSED_QUOTE", [], 0
    try:
        record.decode(form.encoding)
    except UnicodeDecodeError:
        return "UNCLOSED_QUOTE", [], 0
    if fault is None and all(_is_empty(value, form) for value in fields):
        return "blank", [], following
    is_whole = len(fields) >= field_count and all(_is_empty(value, form) for value in fields[field_count:])
    return (None if is_whole else "FIELD_COUNT"), fields[:field_count], following


def read(data: bytes, field_count: int, form: Form, line: int = 2) -> Reference:
    """Read the rows of ``data``, which begins after the header; the first line has the number ``line``."""
    result = Reference()
    at, row = 0, 0
    while at < len(data):
        reason, fields, following = _judge(data, at, field_count, form)
        row += reason not in ("blank", "footer")
        if reason is None:
            texts = [None if value is None else value.decode(form.encoding) for value in fields]
            result.sound.append((row, line, texts))
        elif reason in ("blank", "footer"):
            result.others.append((line, reason))
        else:
            text_end, following = _line(data, at)
            result.malformed.append((row, line, reason, at, text_end - at))
        line += data.count(b"\n", at, following)
        at = following
    return result
