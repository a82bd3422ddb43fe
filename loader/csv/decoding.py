r"""Bytes as the structure scan can read them: text of all encodings as UTF-8, and every line end as LF.

UTF-8, and encodings of one byte a character that begin with ASCII, are read as the bytes that they are. All others are
decoded first: in cp932 or big5 the second byte of a character may be ``|`` or ``\``, and in UTF-16 every byte may be
anything.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from functools import cache

from loader.csv.file_kinds import FIRST_BYTES, refuse_other_kinds
from loader.errors import FileReason, FileRejectedError

Read = Callable[[int], bytes]

_FIRST_LINE = 1024 * 1024
_PIECE = 64 * 1024

KEEP_BYTES = "ledger-lake-keep-bytes"
"""Handler of decoding errors: a byte that is no text becomes U+DC00 plus the byte, which no text in UTF-8 holds."""

SHOW_BYTES = "ledger-lake-show-bytes"
r"""Handler of decoding errors that shows what ``KEEP_BYTES`` has kept as ``\xNN``."""

_KEPT = re.compile(rb"\xed([\xb0-\xb3])([\x80-\xbf])")
_BOMS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)


def _keep_bytes(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(chr(0xDC00 + byte) for byte in error.object[error.start : error.end]), error.end


def _show_bytes(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    kept = _KEPT.match(error.object, error.start)
    if kept is None:
        return "".join(f"\\x{byte:02x}" for byte in error.object[error.start : error.end]), error.end
    code = (kept[1][0] & 0x0F) << 6 | kept[2][0] & 0x3F
    return f"\\x{code & 0xFF:02x}", kept.end()


codecs.register_error(KEEP_BYTES, _keep_bytes)
codecs.register_error(SHOW_BYTES, _show_bytes)


@cache
def is_split_as_bytes(encoding: str) -> bool:
    """Return whether delimiters, quotes and line ends can be found in the bytes of the encoding as they are."""
    return codecs.lookup(encoding).name == "utf-8" or all(_has_one_byte(encoding, byte) for byte in range(256))


def _has_one_byte(encoding: str, byte: int) -> bool:
    # A decoder that waits for more, as after the first of two bytes, returns nothing.
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(bytes([byte]), False)
    except UnicodeDecodeError:
        return byte >= 0x80
    return len(text) == 1 and (byte >= 0x80 or text == chr(byte))


class TextSource:
    """A file of any encoding, read as bytes that the structure scan understands.

    Attributes:
        bom: whether the file begins with the mark of its encoding.
        ends_with_cr: whether lines end with CR. They are read as LF then, and a CR within quotes is one too.
    """

    def __init__(self, read: Read, encoding: str) -> None:
        """Look at the beginning: at the first bytes, and for a line end in the first MiB.

        Raises:
            FileRejectedError: the file is no CSV, or has the mark of another encoding.
        """
        first = _at_least(read, FIRST_BYTES)
        refuse_other_kinds(first, codecs.lookup(encoding).name)
        self.bom = not is_split_as_bytes(encoding) and first.startswith(_BOMS)
        raw = _Again(first, read).read
        self._decoded = raw if is_split_as_bytes(encoding) else _Decoded(raw, encoding).read
        begun = b""
        while b"\n" not in begun and len(begun) < _FIRST_LINE and (block := self._decoded(_PIECE)):
            begun += block
        self.ends_with_cr = b"\n" not in begun and b"\r" in begun
        self._again = _Again(begun, self._decoded)

    def read(self, size: int) -> bytes:
        """Return up to about so many bytes, and none at the end.

        Raises:
            FileRejectedError: lines end with CR, and one with LF.
        """
        block = self._again.read(size)
        if not self.ends_with_cr:
            return block
        if b"\n" in block:
            raise FileRejectedError(
                FileReason.MIXED_LINE_ENDS,
                "the lines end with CR at the beginning of the file and with LF below: deliver it with one of them",
            )
        return block.replace(b"\r", b"\n")


def _at_least(read: Read, size: int) -> bytes:
    data = b""
    while len(data) < size and (block := read(size - len(data))):
        data += block
    return data


class _Again:
    """What was looked at already, and then the rest."""

    def __init__(self, begun: bytes, read: Read) -> None:
        self._begun = begun
        self._read = read

    def read(self, size: int) -> bytes:
        if not self._begun:
            return self._read(size)
        block, self._begun = self._begun[:size], self._begun[size:]
        return block


class _Decoded:
    """Text of any encoding as UTF-8; a byte that is no text makes what it stands in no UTF-8."""

    def __init__(self, read: Read, encoding: str) -> None:
        self._read = read
        self._decoder = codecs.getincrementaldecoder(encoding)(KEEP_BYTES)

    def read(self, size: int) -> bytes:
        while True:
            block = self._read(size)
            text = self._decoder.decode(block, not block)
            if text or not block:
                return text.encode("utf-8", "surrogatepass")
