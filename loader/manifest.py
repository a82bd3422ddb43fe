"""The records that a landing leaves: the manifest of a landed file, the rejection of a rejected one; and their keys."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from loader.errors import FileReason
from loader.storage import safe_segment

LineEnding = Literal["LF", "CRLF", "mixed"]
_COMMITS_IN_FOLDER = 1000


# As `utc_text` writes it.
Moment = Annotated[
    str, StringConstraints(pattern=r"^2[0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z$")
]


DeliveryNumber = Annotated[int, Field(ge=1)]


def utc_text(moment: datetime) -> str:
    """Return ISO 8601 in UTC with six decimals, so that text order is time order."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    def to_json(self) -> bytes:
        """Return one line of JSON with a line end: engines read these files as JSON lines."""
        return self.model_dump_json().encode() + b"\n"


class _Digested(_Record):
    """A record that nothing else vouches for: ``digest`` is the SHA-256 of its JSON with an empty digest."""

    digest: str = ""

    def to_json(self) -> bytes:
        """Return one line of JSON with the digest filled in; a record that was changed does not give its own bytes."""
        empty = self.model_copy(update={"digest": ""})
        digest = hashlib.sha256(empty.model_dump_json().encode()).hexdigest()
        return empty.model_copy(update={"digest": digest}).model_dump_json().encode() + b"\n"


class SeenDialect(_Record):
    """How the delivered file was written. ``line_ending`` is that between records, not inside quoted values."""

    delimiter: str
    quote: str
    encoding: str
    line_ending: LineEnding
    bom: bool


class Part(_Record):
    """One stored part. ``sha256`` and ``bytes`` are of the object as stored (compressed)."""

    key: str
    sha256: str
    bytes: int
    rows: int


class Manifest(_Record):
    """What one landing delivered and stored; the object at ``commit_key`` is the commit.

    ``delivery_number`` is the file's place among those of its feed: 1, 2, 3… in the order of their commits, without a
    gap. ``landed_at`` is by the loader's clock, which may be wrong, and orders nothing.
    ``columns`` names the contract's columns in the order of the parts, joined by commas; row_number, line_number and
    extra_fields come before them. ``parts`` holds the parts of the landed and of the malformed rows, so that their rows
    add up to ``rows_delivered``.
    """

    file_id: str
    feed: str
    delivery_number: DeliveryNumber
    file_name: str
    sha256: str
    bytes: int
    compression: Literal["gzip", "zstd"] | None
    rows_delivered: int
    rows_landed: int
    rows_malformed: int
    malformed_by_reason: dict[str, int]
    header_seen: list[str]
    extra_columns: list[str]
    dialect: SeenDialect
    control_totals: dict[str, str]
    contract_version: int
    columns: str
    loader_version: str
    started_at: Moment
    landed_at: Moment
    ingest_date: str
    parts: list[Part]


class Seal(_Digested):
    """What was committed, and erased on record, since the seal before it; the seals of a feed are a chain.

    ``commits`` holds the SHA-256 of each commit by its key, and of each record of an erasure. ``previous`` is that of
    the seal before, None in the first.
    """

    feed: str
    number: int
    previous: str | None
    commits: dict[str, str]
    sealed_at: str


class LandedContent(_Record):
    """Under which number a content was committed, so that the same bytes land once."""

    feed: str
    sha256: str
    delivery_number: DeliveryNumber

    @classmethod
    def of(cls, manifest: Manifest) -> LandedContent:
        """Return the record of a committed file."""
        return cls(feed=manifest.feed, sha256=manifest.sha256, delivery_number=manifest.delivery_number)

    @property
    def key(self) -> str:
        """Where it is recorded."""
        return content_key(self.feed, self.sha256)


class SeenFile(_Record):
    """A file of an inbox whose content has landed, in the state that it was in."""

    feed: str
    state: str
    sha256: str

    @property
    def key(self) -> str:
        """Where it is recorded: the key says everything of the record."""
        return f"seen/{self.feed}/{hashlib.sha256(self.state.encode()).hexdigest()}-{self.sha256}.json"


class Rejection(_Digested):
    """A file that broke its contract as a whole. ``landing_key`` is where its bytes are kept."""

    feed: str
    file_name: str
    sha256: str
    bytes: int
    reason: FileReason
    message: str
    contract_version: int
    loader_version: str
    rejected_at: str
    landing_key: str


class ErasedObject(_Record):
    """An object that was removed, as its commit has it."""

    key: str
    sha256: str
    bytes: int


class Erasure(_Digested):
    """That a landed file was erased: why, by whom, and what was there. It is written before anything is removed.

    ``commit`` is the SHA-256 of the file's commit, which stays. Seals vouch for this record as for commits.
    """

    feed: str
    file_id: str
    delivery_number: DeliveryNumber
    commit: str
    objects: list[ErasedObject]
    reason: str
    by: str
    erased_at: Moment


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


def number_of_commit(key: str) -> int | None:
    """Return the number that a commit's key names; None for a key that is no commit's."""
    feed, _, name = key.removeprefix("commits/").partition("/")
    number = name.rpartition("/")[2].removesuffix(".json")
    if not re.fullmatch(r"[0-9]{8,}", number) or key != commit_key(feed, int(number)):
        return None
    return int(number)


def content_key(feed: str, sha256: str) -> str:
    """Return where the number of a landed content is recorded."""
    return f"contents/{feed}/{sha256}.json"


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


def files_key(manifest: Manifest) -> str:
    """Return where SQL reads the manifest."""
    return f"{files_folder(manifest.ingest_date)}/{manifest.file_id}.json"


def raw_folders(feed: str, ingest_date: str, file: str) -> tuple[str, str]:
    """Return the partition folders of one file in the raw tables: of its feed's rows, and of malformed ones."""
    partition = f"ingest_date={ingest_date}/file_id={file}"
    return f"raw/{feed}/{partition}", f"raw/malformed_rows/{partition}"
