"""The engine's state folder: what lies where, and the record of what runs."""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ValidationError, field_validator

from local_athena.errors import EngineError
from local_athena.processes import Identity


class Role(StrEnum):
    """The engine's processes: three servers, and the supervisor that starts and stops them."""

    S3 = "s3"
    API = "api"
    TRINO = "trino"
    SUPERVISOR = "supervisor"


SERVERS = (Role.S3, Role.API, Role.TRINO)


class Record(BaseModel):
    """What runs: written by the supervisor, read by whoever wants to use, watch or stop the engine."""

    tied: bool
    ready: bool = False
    ports: dict[Role, int] = {}
    processes: dict[Role, Identity]

    @field_validator("processes")
    @classmethod
    def _has_supervisor(cls, processes: dict[Role, Identity]) -> dict[Role, Identity]:
        if Role.SUPERVISOR not in processes:
            raise ValueError("the supervisor is missing")
        return processes


@dataclass(frozen=True)
class State:
    """The folder of one engine."""

    folder: Path

    @property
    def s3(self) -> Path:
        """The buckets, each a folder."""
        return self.folder / "s3"

    @property
    def trino(self) -> Path:
        """Trino's configuration and working files."""
        return self.folder / "trino"

    @property
    def statements(self) -> Path:
        """The log of statements, one JSON object per line."""
        return self.folder / "statements.jsonl"

    @property
    def s3_access_log(self) -> Path:
        """One line per S3 request, in the format of S3's server access log."""
        return self.folder / "s3-access.log"

    def log(self, role: Role) -> Path:
        """Return the log of a process."""
        return self.folder / "logs" / f"{role}.log"

    @property
    def _record_file(self) -> Path:
        return self.folder / "engine.json"

    def create(self) -> None:
        """Make the folder and those in it."""
        for folder in (self.s3, self.trino, self.log(Role.TRINO).parent):
            folder.mkdir(parents=True, exist_ok=True)

    def read(self) -> Record | None:
        """Return the record, or None where no engine is recorded.

        Raises:
            EngineError: the record cannot be understood.
        """
        try:
            return Record.model_validate_json(self._record_file.read_bytes())
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (ValidationError, IsADirectoryError) as error:
            raise EngineError(
                f"{self._record_file} is not an engine's record: end what still runs by hand, then remove the file"
            ) from error

    def claim(self, record: Record) -> None:
        """Write the first record; of two supervisors that claim one folder, one gets it.

        Raises:
            FileExistsError: an engine is recorded already.
        """
        written = self._write_beside(record)
        try:
            # A hard link appears with its whole content or not at all, and never replaces a file.
            os.link(written, self._record_file)
        finally:
            written.unlink()

    def write(self, record: Record) -> None:
        """Replace the record."""
        self._write_beside(record).replace(self._record_file)

    def forget(self) -> None:
        """Remove the record."""
        self._record_file.unlink(missing_ok=True)

    def _write_beside(self, record: Record) -> Path:
        path = self._record_file.with_name(f"engine.{os.getpid()}.json")
        path.write_text(record.model_dump_json(indent=2) + "\n", encoding="utf-8")
        return path
