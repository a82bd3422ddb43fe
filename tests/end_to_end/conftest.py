"""What the end-to-end tests share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.end_to_end import berka_oracle
from tests.end_to_end.house import House


@pytest.fixture(scope="module")
def new_house(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], House]:
    """Make a house of its own."""
    return lambda: House(tmp_path_factory.mktemp("house"))


@pytest.fixture(scope="session")
def berka_export() -> Path:
    """The export of the Berka bank; tests that need it are skipped where it is absent."""
    export = berka_oracle.data_file()
    if export is None:
        pytest.skip("no Berka export: set LEDGER_LAKE_TEST_DATA to the folder that holds berka/")
    return export
