"""Random worlds lived with dbt: after every build readers see what the oracle says, whatever led there.

LEDGER_LAKE_WORLDS is the number of worlds to try, from LEDGER_LAKE_FIRST_WORLD on; a failure names its seed.
`python -m tests.histories.driver SEED` lives one world again.
"""

from __future__ import annotations

import os

import pytest

from tests.histories.driver import live_world
from tests.histories.worlds import make_world

QUICK = (287, 114)
"""Worlds of few builds that hold every case together but `SLOW_CASES`."""

SLOW_CASES = frozenset({"build's clock goes back", "killed build", "published file over its limit"})
FULL = (58, 494)
"""Worlds that hold every case together."""

FEW_BUILDS = 0.3

KNOWN = (13, 4)
"""Worlds of few builds and accounts in which balances are known beside entries."""

WORLDS = int(os.environ.get("LEDGER_LAKE_WORLDS", "3"))
FIRST = int(os.environ.get("LEDGER_LAKE_FIRST_WORLD", "1000"))


@pytest.mark.dbt
@pytest.mark.parametrize("seed", [QUICK[0], *(pytest.param(seed, marks=pytest.mark.slow) for seed in QUICK[1:])])
def test_readers_see_what_the_oracle_says(seed: int) -> None:
    live_world(make_world(seed, builds=FEW_BUILDS))


@pytest.mark.dbt
@pytest.mark.slow
@pytest.mark.parametrize("seed", [*FULL, *range(FIRST, FIRST + WORLDS)])
def test_readers_see_what_the_oracle_says_in_any_world(seed: int) -> None:
    live_world(make_world(seed))


@pytest.mark.dbt
@pytest.mark.parametrize("seed", KNOWN[:1])
def test_readers_see_what_is_known_beside_entries(seed: int) -> None:
    live_world(make_world(seed, accounts=12, builds=FEW_BUILDS, is_known=True))


@pytest.mark.dbt
@pytest.mark.slow
@pytest.mark.parametrize("seed", [*KNOWN[1:], *range(FIRST, FIRST + WORLDS)])
def test_readers_see_what_is_known_in_any_world(seed: int) -> None:
    live_world(make_world(seed, is_known=True))
