"""What the loader's tests share: a project with contracts of their own, a lake, a clock that can be set."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from loader.contract.model import Contract
from loader.contract.project import load_contracts
from loader.lake.landing import Landing
from loader.lake.storage import Store

# The tests' own modules are imported by name, whatever pytest's import mode.
sys.path.insert(0, str(Path(__file__).parent))

from landing_tools import Clock

CONTRACT = """
    version: 2
    sources:
      - name: raw
        tables:
          - name: payments
            config:
              meta:
                kind: entries
                contract_version: 3
                file_patterns: ["payments*.csv"]
                delimiter: ","
                quote: '"'
                encoding: utf-8
                extra_columns: reject
                business_key: [payment_id]
                delivery_calendar: daily
                quarantine_limit: 0.05
                time_zone: UTC
                currency: EUR
            columns:
              - {name: payment_id, config: {meta: {header: PaymentID, type: id, required: true}}}
              - {name: amount, config: {meta: {header: Amount, type: decimal}}}
"""


@pytest.fixture(scope="module")
def services() -> Iterator[str]:
    """The URL of S3 and Glue."""
    # Takes a second to import, which tests without a bucket need not pay.
    import buckets

    with buckets.server() as url:
        yield url


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A dbt project with one feed, payments: PaymentID and Amount."""
    folder = tmp_path / "project"
    (folder / "models" / "staging" / "payments").mkdir(parents=True)
    (folder / "dbt_project.yml").write_text("name: project\n")
    (folder / "models" / "staging" / "payments" / "_payments__sources.yml").write_text(dedent(CONTRACT))
    return folder


@pytest.fixture
def edit_contract(project: Path) -> Callable[[str, str], Contract]:
    """Replace a text in the contract and return the contract as it is then."""

    def edit(old: str, new: str) -> Contract:
        path = project / "models" / "staging" / "payments" / "_payments__sources.yml"
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))
        return load_contracts(project)["payments"]

    return edit


@pytest.fixture
def contract(project: Path) -> Contract:
    """The contract of payments."""
    return load_contracts(project)["payments"]


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are complete as soon as they are written; the processes that tests start know it too."""
    monkeypatch.setenv("LEDGER_LAKE_SETTLED_AFTER", "0")


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """The root of an empty lake."""
    return tmp_path / "lake"


@pytest.fixture
def clock() -> Clock:
    """The landing's clock."""
    return Clock()


@pytest.fixture
def landing(lake: Path, clock: Clock) -> Landing:
    """A landing into the lake."""
    return Landing(Store.open(str(lake)), clock)


@pytest.fixture
def deliver(tmp_path: Path) -> Callable[..., Path]:
    """Write a file into the inbox and return its path."""

    def write(content: bytes | str, name: str = "payments.csv") -> Path:
        path = tmp_path / "inbox" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


@pytest.fixture(scope="session")
def test_data() -> Path:
    """The folder of shared data files; tests that need it are skipped where it is absent."""
    default = Path(__file__).parents[2].parent / "shared" / "data"
    folder = Path(os.environ.get("LEDGER_LAKE_TEST_DATA", default))
    if not folder.is_dir():
        pytest.skip(f"no test data at {folder}: set LEDGER_LAKE_TEST_DATA")
    return folder
