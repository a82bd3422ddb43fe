"""The JSON objects of a lake: the manifest of a landed file, the rejection of a rejected one, seals, erasures."""

from __future__ import annotations

import hashlib
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from loader.csv.dialect import SeenDialect
from loader.csv.other_lines import OtherLine
from loader.errors import FileReason
from loader.lake.keys import commit_key, content_key, event_key, files_folder, partition, reading_key

# As `utc_text` writes it.
Moment = Annotated[
    str, StringConstraints(pattern=r"^2[0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z$")
]


DeliveryNumber = Annotated[int, Field(ge=1)]


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


class Part(_Record):
    """One stored part. ``sha256`` and ``bytes`` are of the object as stored (compressed)."""

    key: str
    sha256: str
    bytes: int
    rows: int


class Manifest(_Record):
    """What one landing delivered and stored; the object at ``key`` is the commit.

    ``delivery_number`` is the file's place among those of its feed: 1, 2, 3… in the order of their commits, without a
    gap. ``landed_at`` is by the loader's clock, which may be wrong, and orders nothing.
    ``reading`` counts how often the kept bytes were read; the last reading counts. ``relanded_at`` is its time, None
    for the first one. Each has an ``ingest_date`` of its own, by which SQL tells its parts from those of the others.
    ``event`` tells deliveries of the same bytes apart (see sameness); it is None in manifests of earlier loaders.
    ``same_bytes_as`` is the number of an earlier delivery of the same bytes, None for the first one.
    ``columns`` names the contract's columns in the order of the parts, joined by commas; row_number, line_number and
    extra_fields come before them. ``lines`` counts the lines that are no rows, by kind, and ``other_lines`` holds the
    first of them. A file may state outside its rows ``opening_balance`` and ``closing_balance`` as plain decimals,
    ``closing_date`` and ``period_end`` as ISO days, ``row_count`` and ``entry_count``. ``parts`` holds the parts of the
    landed and of the malformed rows, so that their rows add up to ``rows_delivered``.
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
    lines: dict[str, int] = Field(default_factory=dict)
    other_lines: list[OtherLine] = Field(default_factory=list)
    opening_balance: str | None = None
    closing_balance: str | None = None
    closing_date: str | None = None
    period_end: str | None = None
    row_count: int | None = None
    entry_count: int | None = None
    control_totals: dict[str, str]
    contract_version: int
    columns: str
    loader_version: str
    started_at: Moment
    landed_at: Moment
    ingest_date: str
    reading: Annotated[int, Field(ge=1)] = 1
    relanded_at: Moment | None = None
    event: str | None = None
    same_bytes_as: DeliveryNumber | None = None
    parts: list[Part]

    @property
    def files_key(self) -> str:
        """Where SQL reads the manifest."""
        return f"{files_folder(self.ingest_date)}/{self.file_id}.json"

    @property
    def key(self) -> str:
        """Where it is committed."""
        number = self.delivery_number
        return commit_key(self.feed, number) if self.reading == 1 else reading_key(self.feed, number, self.reading)

    @property
    def partition(self) -> str:
        """How the folders of its parts end."""
        return partition(self.ingest_date, self.file_id)

    @property
    def event_key(self) -> str:
        """Where the delivery is recorded, if it is not the first one of its content."""
        return event_key(self.feed, self.sha256, self.event or f"{self.delivery_number:08d}")


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
    """Under which number a content was committed, so that a delivery lands once.

    The first delivery of a content is recorded at ``key``, a further one at ``event_key``.
    """

    feed: str
    sha256: str
    delivery_number: DeliveryNumber

    @classmethod
    def of(cls, manifest: Manifest) -> LandedContent:
        """Return the record of a committed file."""
        return cls(feed=manifest.feed, sha256=manifest.sha256, delivery_number=manifest.delivery_number)

    @property
    def key(self) -> str:
        """Where it is recorded, if it is the first delivery of its content."""
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
