"""A house on Athena beside its twin on DuckDB."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from tests.athena.house import AthenaHouse, Twin
from tests.athena.parity import Difference, differences

# After the first delivery; so later ones restate these months.
CLOSES = [[month, "close", "2026-01-02T18:00:00Z", "A. Person", ""] for month in ("2024-01-01", "2024-02-01")]

Files = list[tuple[str, str, bytes]]


@dataclass
class Pair:
    """A house on Athena and its twin on DuckDB, built by the same clock, and how they differed after each build."""

    athena: AthenaHouse
    duckdb: Twin
    found: list[list[Difference]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for house in self.houses:
            house.note("period_closes", *CLOSES)

    @property
    def houses(self) -> tuple[AthenaHouse, Twin]:
        return self.athena, self.duckdb

    def land(self, files: Files) -> None:
        self.athena.clock.moment += timedelta(days=1)
        for feed, name, content in files:
            self.athena.land(feed, content, name)

    def build(self, *arguments: str) -> None:
        self.athena.build(*arguments, at=self.athena.clock())
        self.build_twin()

    def build_twin(self) -> None:
        self.duckdb.build(at=self.athena.clock.moment)
        self.found.append(differences(self.athena, self.duckdb))
