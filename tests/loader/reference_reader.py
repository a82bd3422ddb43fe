"""The structure rules once more, one character at a time: slow, clear, and sharing no code with the loader.

A record is read from the start of a line. If it is malformed, only that line is set aside, and the next line begins
afresh. The tests compare what the loader reads with what this reader reads.
"""

from dataclasses import dataclass, field


@dataclass
class Reference:
    """Sound rows as (row, line, fields) with None for an unquoted empty field; malformed ones with their extent."""

    sound: list[tuple[int, int, list[str | None]]] = field(default_factory=list)
    malformed: list[tuple[int, int, str, int, int]] = field(default_factory=list)


def _line(data: bytes, start: int) -> tuple[int, int]:
    """Return where the text of the line ends, and where the next line begins."""
    feed = data.find(b"\n", start)
    if feed < 0:
        return len(data), len(data)
    text_end = feed - 1 if feed > start and data[feed - 1] == 13 else feed
    return text_end, feed + 1


class _FaultError(Exception):
    pass


def _quoted(data: bytes, at: int, quote: int) -> tuple[bytes, int]:
    """Return the value whose opening quote is at ``at``, and where it ends."""
    value = bytearray()
    at += 1
    while at < len(data):
        if data[at] != quote:
            value.append(data[at])
            at += 1
        elif data[at + 1 : at + 2] == bytes([quote]):
            value.append(quote)
            at += 2
        else:
            return bytes(value), at + 1
    raise _FaultError("UNCLOSED_QUOTE")


def _unquoted(data: bytes, at: int, delimiter: int, quote: int) -> tuple[bytes | None, int]:
    """Return the value that begins at ``at``, None for an empty one, and where it ends."""
    start = at
    while at < len(data) and data[at] not in (delimiter, 10, 13):
        if data[at] == quote:
            raise _FaultError("STRAY_QUOTE")
        at += 1
    return data[start:at] or None, at


def _record(data: bytes, start: int, delimiter: int, quote: int) -> tuple[list[bytes | None], int, int]:
    """Return the fields of the record, its text's end and the next record's start; raise if it is not sound."""
    fields: list[bytes | None] = []
    at = start
    while True:
        value: bytes | None
        if data[at : at + 1] == bytes([quote]):
            value, at = _quoted(data, at, quote)
        else:
            value, at = _unquoted(data, at, delimiter, quote)
        fields.append(value)
        if at >= len(data):
            return fields, at, at
        if data[at] == 10:
            return fields, at, at + 1
        if data[at : at + 2] == b"\r\n":
            return fields, at, at + 2
        if data[at] != delimiter:
            raise _FaultError("STRAY_CARRIAGE_RETURN" if data[at] == 13 else "STRAY_QUOTE")
        at += 1


def _own_fault(text: bytes, delimiter: int, quote: int, encoding: str, limit: int) -> str | None:
    """Return the fault of one line in the order that the loader documents, or None."""
    if len(text) > limit:
        return "RECORD_TOO_LONG"
    if b"\0" in text:
        return "NUL_BYTE"
    try:
        text.decode(encoding)
    except UnicodeDecodeError:
        return "INVALID_ENCODING"
    inside = False
    for byte in text:
        inside ^= byte == quote
        if byte == 13 and not inside:
            return "STRAY_CARRIAGE_RETURN"
    try:
        _record(text, 0, delimiter, quote)
    except _FaultError as fault:
        return str(fault)
    return None


def _judge(
    data: bytes, start: int, field_count: int, delimiter: int, quote: int, encoding: str, limit: int
) -> tuple[str | None, list[bytes | None], int]:
    text_end, _ = _line(data, start)
    fault = _own_fault(data[start:text_end], delimiter, quote, encoding, limit)
    if fault not in (None, "UNCLOSED_QUOTE"):
        return fault, [], 0
    try:
        fields, end, following = _record(data, start, delimiter, quote)
    except _FaultError:
        return "UNCLOSED_QUOTE", [], 0
    record = data[start:end]
    lines = data[start:following].split(b"\n")
    if len(record) > limit or b"\0" in record or any(len(line.removesuffix(b"\r")) > limit for line in lines):
        return "UNCLOSED_QUOTE", [], 0
    try:
        record.decode(encoding)
    except UnicodeDecodeError:
        return "UNCLOSED_QUOTE", [], 0
    return (None if len(fields) == field_count else "FIELD_COUNT"), fields, following


def read(data: bytes, field_count: int, delimiter: str, quote: str, encoding: str, limit: int) -> Reference:
    """Read the rows of ``data``, which begins after the header; the first line is line 2."""
    result = Reference()
    at, row, line = 0, 0, 2
    while at < len(data):
        row += 1
        reason, fields, following = _judge(data, at, field_count, ord(delimiter), ord(quote), encoding, limit)
        if reason is None:
            texts = [None if value is None else value.decode(encoding) for value in fields]
            result.sound.append((row, line, texts))
        else:
            text_end, following = _line(data, at)
            result.malformed.append((row, line, reason, at, text_end - at))
        line += data.count(b"\n", at, following)
        at = following
    return result
