"""How the lake names things: ids of files, keys of objects, moments."""

from __future__ import annotations

import os
import re
import secrets
from datetime import UTC, datetime

_MAX_KEY_SEGMENT = 200
_COMMITS_IN_FOLDER = 1000


def utc_text(moment: datetime) -> str:
    """Return ISO 8601 in UTC with six decimals, so that text order is time order."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def safe_segment(name: str) -> str:
    """Return a key segment for a file name of any content; the true name stands in the manifest.

    Everything but ASCII letters, digits and ``. _ - + =`` is percent-encoded, so that no name can leave its folder or
    be refused by a store. A leading dot is encoded too: dot files are hidden from listings and Athena skips them.
    """
    encoded = "".join(
        chr(byte) if re.match(rb"[A-Za-z0-9._\-+=]", bytes([byte])) else f"%{byte:02X}" for byte in os.fsencode(name)
    )
    if encoded.startswith("."):
        encoded = "%2E" + encoded[1:]
    if len(encoded) > _MAX_KEY_SEGMENT:
        # The end of the name tells the compression; a cut inside %XX is harmless, because nobody decodes keys.
        encoded = encoded[: _MAX_KEY_SEGMENT - 20] + "~" + encoded[-19:]
    return encoded or "_"


def file_id(feed: str, sha256: str, started_at: datetime, lot: str) -> str:
    """Return a new id for a file: sorts by time, names the feed, and ends with the file's hash and a ``lot``.

    The lot is drawn for each landing: two loaders may begin with the same bytes at the same microsecond, and must not
    share their parts.
    """
    return f"{started_at.astimezone(UTC):%Y%m%dT%H%M%S%fZ}-{feed}-{sha256[:8]}{lot}"


def draw_lot() -> str:
    """Return four random hexadecimal digits."""
    return secrets.token_hex(2)


def landing_key(feed: str, sha256: str, file_name: str) -> str:
    """Return where the delivered bytes are kept."""
    return f"landing/{feed}/{sha256}/{safe_segment(file_name)}"


def commit_key(feed: str, number: int) -> str:
    """Return the commit point of a feed's delivery: put-if-absent decides between loaders.

    Text order is the order of the numbers. A folder holds a thousand, so that the last one is found by two listings.
    """
    return f"commits/{feed}/{number // _COMMITS_IN_FOLDER:05d}/{number:08d}.json"


def reading_key(feed: str, number: int, reading: int) -> str:
    """Return the commit point of a further reading of a delivery; it comes after the delivery's own in text order."""
    return f"{commit_key(feed, number).removesuffix('.json')}.reading-{reading:04d}.json"


def number_of_commit(key: str) -> int | None:
    """Return the number that a commit's key names; None for a key that is no commit's, such as a further reading's."""
    feed, _, name = key.removeprefix("commits/").partition("/")
    number = name.rpartition("/")[2].removesuffix(".json")
    if not re.fullmatch(r"[0-9]{8,}", number) or key != commit_key(feed, int(number)):
        return None
    return int(number)


def content_key(feed: str, sha256: str) -> str:
    """Return where the number of the first delivery of a content is recorded."""
    return f"contents/{feed}/{sha256}.json"


def events_folder(feed: str, sha256: str) -> str:
    """Return the folder of the further deliveries of a content."""
    return f"contents/{feed}/{sha256}"


def event_key(feed: str, sha256: str, event: str) -> str:
    """Return where the number of a further delivery of a content is recorded."""
    return f"{events_folder(feed, sha256)}/{event}.json"


def seal_key(feed: str, number: int) -> str:
    """Return where a feed's seal is; text order is the order of the numbers."""
    return f"seals/{feed}/{number:08d}.json"


def rejection_key(feed: str, sha256: str) -> str:
    """Return where the rejection of a file is recorded."""
    return f"rejections/{feed}/{sha256}.json"


def erasure_key(feed: str, file: str) -> str:
    """Return where the erasure of a file is recorded."""
    return f"erasures/{feed}/{file}.json"


def files_folder(ingest_date: str) -> str:
    """Return the partition folder of the manifests of one day."""
    return f"files/ingest_date={ingest_date}"


def partition(ingest_date: str, file: str) -> str:
    """Return how the folders of one file in the raw tables end. Two readings of a file have two."""
    return f"ingest_date={ingest_date}/file_id={file}"


def raw_folders(feed: str, ingest_date: str, file: str) -> tuple[str, str]:
    """Return the partition folders of one file in the raw tables: of its feed's rows, and of malformed ones."""
    end = partition(ingest_date, file)
    return f"raw/{feed}/{end}", f"raw/malformed_rows/{end}"
