"""What a file is that is no CSV, by its first bytes."""

from __future__ import annotations

import re

from loader.errors import FileReason, FileRejectedError

FIRST_BYTES = 1024
"""How many bytes of a file say what it is."""

_KINDS = (
    (rb"PK\x03\x04", "a spreadsheet or a ZIP archive", "export the table as CSV, or unpack the archive"),
    (rb"\xd0\xcf\x11\xe0", "a spreadsheet of an old kind (.xls)", "export the table as CSV"),
    (rb"%PDF", "a PDF", "export the table as CSV"),
    (rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype html|html|head|table)\b", "an HTML page", "export the table as CSV"),
    (rb"(?:\xef\xbb\xbf)?\s*<\?xml\b", "an XML document", "export the table as CSV"),
    (rb"\{\\rtf", "a text document (.rtf)", "export the table as CSV"),
    (rb"BZh[1-9]", "compressed by bzip2", "unpack it, or compress it with gzip or zstd"),
    (rb"\xfd7zXZ\0", "compressed by xz", "unpack it, or compress it with gzip or zstd"),
    (rb"7z\xbc\xaf\x27\x1c", "a 7z archive", "unpack it"),
    (rb"Rar!\x1a\x07", "a RAR archive", "unpack it"),
)
_OTHER_UNICODE = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


def refuse_other_kinds(first: bytes, encoding: str) -> None:
    """Look at the first bytes of a file that the contract says is a CSV in ``encoding``.

    Raises:
        FileRejectedError: it is something else, or has the mark of another encoding.
    """
    for pattern, kind, advice in _KINDS:
        if re.match(pattern, first, re.IGNORECASE):
            raise FileRejectedError(FileReason.NOT_CSV, f"the file is {kind}: {advice}")
    seen = next((name for mark, name in _OTHER_UNICODE if first.startswith(mark)), None)
    if seen and not encoding.startswith(seen):
        raise looks_like(seen.upper(), encoding)


def looks_like(seen: str, stated: str) -> FileRejectedError:
    """Return the error for a file in another encoding than its contract states."""
    return FileRejectedError(
        FileReason.UNREADABLE_ENCODING,
        f"the file looks like {seen}, the contract states {stated}: "
        f"state 'encoding: {seen.lower()}' in the contract, or deliver it as {stated}",
    )
