"""What the tests of the pipeline share."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.end_to_end.house import House


@pytest.fixture(scope="module")
def new_house(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], House]:
    """Make a house of its own."""
    return lambda: House(tmp_path_factory.mktemp("house"))
