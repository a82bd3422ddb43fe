"""What an engine is started from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Installation:
    """A JDK, and the home that was built with it.

    Attributes:
        jdk: The JDK's home.
        home: The folder of everything that was built.
    """

    jdk: Path
    home: Path

    @property
    def java(self) -> Path:
        """The `java` command."""
        return self.jdk / "bin" / "java"

    @property
    def trino(self) -> Path:
        """Trino's home: `lib/` and `plugin/`."""
        return self.home / "trino"

    @property
    def trained(self) -> Path:
        """What the JVM learned from a first start of Trino; only the JVM that wrote it can use it."""
        return self.home / "trino.aot"

    @property
    def versitygw(self) -> Path:
        """The S3 gateway."""
        return self.home / "versitygw"
