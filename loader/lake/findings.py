"""What `loader verify` finds: objects that are not as they should be, and how many were judged."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["changed", "missing", "extra", "duplicate", "unregistered", "rewritten"]


@dataclass(frozen=True)
class Finding:
    """One object that is not as it should be, and what to do."""

    key: str
    kind: Kind
    message: str


@dataclass
class Verification:
    """What was found, an empty list where all is well.

    Attributes:
        objects: number of objects that were judged.
        bytes: how many of their bytes were read.
        leftovers: keys that no query sees: of crashes, or of landings under way.
        seals: keys of the seals written now.
        erased: files that were erased, by their file_id; their record is in erasures/.
    """

    findings: list[Finding] = field(default_factory=list)
    objects: int = 0
    bytes: int = 0
    leftovers: list[str] = field(default_factory=list)
    seals: list[str] = field(default_factory=list)
    erased: list[str] = field(default_factory=list)
