"""Random worlds lived on Athena: after every build readers see what the oracle says, as on DuckDB."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.athena.house import AthenaHouse
from tests.histories.cases import CASES, cases_of
from tests.histories.driver import Driver
from tests.histories.worlds import make_world

SEEDS = (185, 633, 1927)
FEW_BUILDS = 0.45
"""With so few of their builds each of these worlds has no more than eight."""


def test_the_worlds_hold_every_case_together() -> None:
    assert set().union(*(cases_of(make_world(seed, builds=FEW_BUILDS)) for seed in SEEDS)) == CASES


@pytest.mark.dbt
@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_readers_see_what_the_oracle_says(athena_house: Callable[[], AthenaHouse], seed: int) -> None:
    Driver(athena_house(), make_world(seed, builds=FEW_BUILDS)).live()
