"""The loader and dbt at work as in production, seen by a relay: what they ask for, and what Athena does for them."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import boto3

from local_athena.access import BUCKET
from local_athena.engine import Engine
from local_athena.relay import Relay
from tests.athena.actions import Places, on_behalf, rights_of, trino_rights
from tests.athena.house import AthenaHouse
from tests.end_to_end.house import PROJECT
from tests.terraform.rights import Right

INBOX = "inbox"
WORKGROUP = "pipeline"
_LARGE = 100 * 1024 * 1024
_ROW = 32


@dataclass(kw_only=True)
class Production(AthenaHouse):
    """A house as Terraform leaves it: databases without tables, an inbox, a workgroup that enforces its location.

    Attributes:
        relay: what the loader and dbt speak to.
        rights: what they were seen to do.
    """

    relay: Relay
    rights: set[Right] = field(default_factory=set)

    def open_landing(self) -> None:
        """The loader is a process of its own here."""

    def __post_init__(self) -> None:
        super().__post_init__()
        boto3.client("s3").create_bucket(Bucket=self.inbox)
        for database in (self.schema, f"{self.name}_raw"):
            boto3.client("glue").create_database(DatabaseInput={"Name": database})
        results = {"OutputLocation": f"s3://{BUCKET}/{self.name}/results/"}
        boto3.client("athena").create_work_group(
            Name=self.workgroup, Configuration={"ResultConfiguration": results, "EnforceWorkGroupConfiguration": True}
        )

    @property
    def inbox(self) -> str:
        return f"{INBOX}-{self.name.replace('_', '-')}"

    @property
    def workgroup(self) -> str:
        return f"{self.name}-{WORKGROUP}"

    @property
    def environment(self) -> dict[str, str]:
        elsewhere = f"s3://{BUCKET}/{self.name}/nowhere/"
        mine = {"LEDGER_LAKE_WORKGROUP": self.workgroup, "LEDGER_LAKE_S3_STAGING_DIR": elsewhere}
        return super().environment | mine | self.relay.environment()

    @property
    def places(self) -> Places:
        """What the table calls the names of this house."""
        databases = {self.schema: "schema", f"{self.name}_raw": "raw_schema"}
        return Places({BUCKET: "lake", self.inbox: "inbox"}, self.name, databases)

    def deliver(self, feed: str, name: str, content: bytes) -> None:
        """Put a file into the inbox's folder of a feed, as a sender does."""
        boto3.client("s3").put_object(Bucket=self.inbox, Key=f"{feed}/{name}", Body=content)

    def load(self, *arguments: str, exit_code: int = 0) -> subprocess.CompletedProcess[str]:
        """Call the loader's command line as the role `loader`, and see it end as expected."""
        command = [sys.executable, "-m", "loader", "--project-dir", str(self.project), *arguments]
        with self.recorded("loader"):
            done = subprocess.run(
                command, env=os.environ | self.environment, cwd=PROJECT, capture_output=True, text=True, check=False
            )
        assert done.returncode == exit_code, done.stdout + done.stderr
        return done

    def run_dbt(self, role: str, *arguments: str) -> None:
        """Run a dbt command as a role, to its good end."""
        with self.recorded(role):
            built = self.dbt(*arguments)
        assert built.exit_code == 0, built.output

    @contextmanager
    def recorded(self, role: str) -> Iterator[None]:
        """Note as a role's what is asked in this block, and what Athena does meanwhile."""
        log = self.engine.s3_access_log
        before = len(self.relay.asked), len(self.statements()), log.stat().st_size
        yield
        for asked in self.relay.asked[before[0] :]:
            self.rights.update(rights_of(role, asked, self.places))
        statements = self.statements(before[1])
        for statement in statements:
            self.rights.update(on_behalf(role, statement, self.places))
        if statements:
            with log.open(encoding="utf-8") as lines:
                lines.seek(before[2])
                for line in lines:
                    self.rights.update(trino_rights(role, line, self.places))


@contextmanager
def production(engine: Engine, folder: Path, name: str) -> Iterator[Production]:
    """A house on a relay of its own."""
    with Relay(engine) as relay:
        yield Production(folder, engine=engine, name=name, relay=relay)


def large_file(header: bytes) -> bytes:
    """Return a file of 100 MB whose rows do not compress, so that its parts are large as well."""
    noise = random.Random(1)
    rows = _LARGE // (2 * _ROW + 40)
    texts = noise.randbytes(_ROW * rows).hex().encode()
    lines = (
        b"%b,ACC001,1.00,1.00,2024-01-01T00:00:00Z\n" % texts[2 * _ROW * row : 2 * _ROW * (row + 1)]
        for row in range(rows)
    )
    return header + b"".join(lines)
