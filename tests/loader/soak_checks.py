"""What a lake has to be when a soak's round has ended: every row once, and nothing else."""

from __future__ import annotations

import csv
import hashlib
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pyarrow as pa

from loader.contract.model import Contract
from loader.contract.project import load_contracts
from loader.lake.catalog import Catalog, open_catalog
from loader.lake.commits import Commit, read_commits
from loader.lake.keys import commit_key, content_key, landing_key, rejection_key
from loader.lake.objects import Manifest
from loader.lake.recovery import GRACE, recover
from loader.lake.storage import Store
from loader.lake.verification import verify
from tests.loader import landing_tools
from tests.loader.soak_files import Content, Delivered, Row

FEED = "payments"
_MALFORMED = ["feed", "row_number", "line_number", "reason", "byte_offset", "byte_length", "raw_text"]


@dataclass
class Verdict:
    """What a lake was found to be.

    Attributes:
        files: distinct contents that landed or were refused.
        rows: rows delivered in those that landed.
        losses: rows that the lake lacks.
        duplicates: rows that it has more often than they were delivered.
        faults: what is not as it should be, empty where all is well.
    """

    files: int = 0
    rows: int = 0
    losses: int = 0
    duplicates: int = 0
    faults: list[str] = field(default_factory=list)

    def expect(self, what: str, found: object, expected: object) -> None:
        """Note a fault unless both are equal."""
        if found != expected:
            self.faults.append(f"{what}: {found!r} instead of {expected!r}"[:4000])


class Lake:
    """A lake, and the project with its contract."""

    def __init__(self, root: str, project: Path) -> None:
        """Open the lake at ``root``, and make it where it is missing."""
        self.store = Store.open(root)
        self.project = project
        self.contract: Contract = load_contracts(project)[FEED]
        self._folder = Path(root) if self.store.bucket_url is None else None

    def catalog(self) -> Catalog:
        """Return the lake's catalog."""
        return open_catalog(self.store, self.project, {FEED: self.contract})

    def keys(self, folder: str) -> list[str]:
        """Return the keys below a folder, sorted."""
        return sorted(self.store.list(folder))

    def everything(self) -> list[str]:
        """Return all keys; of a folder all files, with those that no listing shows."""
        return self.keys("") if self._folder is None else landing_tools.objects(self._folder)

    def unsettled(self, delivered: list[Delivered]) -> list[Delivered]:
        """Return one delivery of each content that was neither landed nor refused."""
        settled = {
            key.rpartition("/")[2].removesuffix(".json") for key in self.keys("contents") + self.keys("rejections")
        }
        return list({one.content.sha256: one for one in delivered if one.content.sha256 not in settled}.values())

    def commits(self) -> list[Commit]:
        """Return what was committed, in the order of the keys."""
        return list(read_commits(self.store, self.keys("commits")))

    def rows(self) -> tuple[Counter[Row], Counter[Row]]:
        """Return how often SQL sees each row, the landed ones and the malformed ones: those of the files in files/."""
        names = ("row_number", *self.contract.column_names)
        landed: Counter[Row] = Counter()
        malformed: Counter[Row] = Counter()
        for key in self.keys("files"):
            file = Manifest.model_validate_json(self.store.get(key) or b"")
            columns = ["row_number", "line_number", "extra_fields", *self.contract.column_names]
            landed.update(tuple(row[name] for name in names) for row in self._read(file, FEED, columns))
            found = self._read(file, "malformed_rows", _MALFORMED)
            malformed.update((row["row_number"], row["raw_text"]) for row in found)
        return landed, malformed

    def _read(self, file: Manifest, table: str, columns: list[str]) -> Iterator[dict[str, str | None]]:
        """Yield a file's rows: in a folder what DuckDB finds, in a bucket what the parts hold."""
        if self._folder is not None:
            yield from landing_tools.read_parts(self._folder, table, columns, file.file_id)
            return
        for part in file.parts:
            data = self.store.get(part.key) if part.key.split("/")[1] == table else None
            if data is not None:
                text = pa.CompressedInputStream(pa.BufferReader(data), "zstd").read().decode()
                for record in csv.reader(io.StringIO(text, newline=""), strict=True):
                    yield dict(zip(columns, map(_decoded, record), strict=True))


def _decoded(value: str) -> str | None:
    return None if value == r"\N" else value.replace(r"\n", "\n").replace(r"\r", "\r").replace(r"\s", "\\")


def judge(lake: Lake, delivered: list[Delivered]) -> Verdict:
    """Recover, now and as if a day had passed, and compare the lake with what was delivered.

    Raises:
        StorageError: the lake refused, which it has no reason for.
    """
    contents = list({one.content.sha256: one.content for one in delivered}.values())
    verdict = Verdict(files=len(contents), rows=sum((one.rows + one.malformed).total() for one in contents))
    catalog = lake.catalog()

    def tomorrow() -> datetime:
        return datetime.now(UTC) + GRACE + timedelta(minutes=1)

    verdict.expect("swept today", recover(lake.store, catalog).swept, [])
    _judge_rows(verdict, lake, contents)
    done = recover(lake.store, catalog, tomorrow)
    verdict.expect("finished tomorrow, and delivered bytes without a file", (done.finished, done.not_landed), ([], []))
    verdict.expect("swept the day after", recover(lake.store, catalog, tomorrow).swept, [])
    _judge_rows(verdict, lake, contents)
    _judge_objects(verdict, lake, delivered)
    found = verify(lake.store, catalog)
    verdict.expect("findings of verify", found.findings, [])
    verdict.expect("leftovers", found.leftovers, [])
    return verdict


def _judge_objects(verdict: Verdict, lake: Lake, delivered: list[Delivered]) -> None:
    """One commit, one file and its parts for each accepted content; a rejection for each refused one; nothing else."""
    accepted, refused = (
        {one.content.sha256 for one in delivered if one.content.is_refused is is_refused}
        for is_refused in (False, True)
    )
    commits = lake.commits()
    manifests = [commit.manifest for commit in commits]
    lines = {commit.manifest.files_key: commit.line for commit in commits}
    numbers = range(1, len(accepted) + 1)
    verdict.expect("commits", [one.key for one in commits], [commit_key(FEED, number) for number in numbers])
    verdict.expect("contents", lake.keys("contents"), sorted(content_key(FEED, sha256) for sha256 in accepted))
    verdict.expect("files that SQL saw after a later one", _seen_late(lake, commits), [])
    verdict.expect("rejections", lake.keys("rejections"), sorted(rejection_key(FEED, sha256) for sha256 in refused))
    verdict.expect("files", lake.keys("files"), sorted(lines))
    verdict.expect(
        "files that are not their commits", [k for k, line in lines.items() if lake.store.get(k) != line], []
    )
    verdict.expect("parts", lake.keys("raw"), sorted(part.key for one in manifests for part in one.parts))
    verdict.expect("refused rows", [one.file_id for one in manifests if one.sha256 in refused], [])

    landing = lake.keys("landing")
    named = {landing_key(FEED, one.content.sha256, one.path.name) for one in delivered}
    verdict.expect("landed bytes under other names", sorted(set(landing) - named), [])
    kept = {key.split("/")[2] for key in landing}
    verdict.expect("contents kept in landing", kept, accepted | refused)
    for key in landing:
        sha256 = hashlib.sha256(lake.store.get(key) or b"").hexdigest()
        verdict.expect(f"the SHA-256 of {key}", sha256, key.split("/")[2])
    folders = ("commits", "contents", "landing", "raw", "rejections", "files", "seals", "seen")
    rest = [key for key in lake.everything() if not key.startswith(tuple(f"{one}/" for one in folders)) or "#" in key]
    verdict.expect("objects that no loader leaves", rest, [])


def _seen_late(lake: Lake, commits: list[Commit]) -> list[str]:
    """Return the files that were written to files/ after the next commit of the feed, by the store's clock."""
    visible, committed = (
        {entry.key: entry.modified for entry in lake.store.entries(folder)} for folder in ("files", "commits")
    )
    return [
        before.manifest.file_id
        for before, after in pairwise(commits)
        if visible[before.manifest.files_key] > committed[after.key]
    ]


def _judge_rows(verdict: Verdict, lake: Lake, contents: list[Content]) -> None:
    """Every row that was delivered can be read, as often as it was delivered."""
    landed, malformed = lake.rows()
    delivered = sum((one.rows for one in contents), Counter[Row]())
    delivered_malformed = sum((one.malformed for one in contents), Counter[Row]())
    losses = duplicates = 0
    for what, found, expected in (("landed", landed, delivered), ("malformed", malformed, delivered_malformed)):
        lost, doubled = expected - found, found - expected
        losses += lost.total()
        duplicates += doubled.total()
        verdict.expect(f"{what} rows lost", list(lost)[:5], [])
        verdict.expect(f"{what} rows that were not delivered so often", list(doubled)[:5], [])
    verdict.losses = max(verdict.losses, losses)
    verdict.duplicates = max(verdict.duplicates, duplicates)
