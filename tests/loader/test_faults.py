"""Storage that refuses, and kills, at every call of a landing; and a disk that is full."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import buckets
import landing_tools
import pytest

from loader.lake.catalog import FOLDER_CATALOG
from loader.lake.storage import Store
from loader.lake.verification import verify
from tests.loader.faults import CONTENT, EARLIER, Matrix, make_project, new_root

# A bucket takes a second a call: every fifteenth one is struck, or as many as this says.
BUCKET_STEP = int(os.environ.get("LEDGER_LAKE_FAULT_STEP", "15"))

pytestmark = pytest.mark.long


# In a bucket of the local Athena fewer calls are struck by tests/athena.
@pytest.fixture(params=["folder", pytest.param("bucket", marks=pytest.mark.slow)])
def matrix(
    request: pytest.FixtureRequest, tmp_path: Path, deliver: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> Matrix:
    project = make_project(tmp_path / "dbt")
    files = deliver(EARLIER, "payments_earlier.csv"), deliver(CONTENT)
    # Put back when the test ends, whatever the lakes' databases are.
    monkeypatch.setenv("LEDGER_LAKE_RAW_SCHEMA", "raw")
    if request.param == "folder":
        return Matrix(lambda: new_root(str(tmp_path)), project, *files)
    buckets.use(request.getfixturevalue("services"), monkeypatch)
    bucket = buckets.new_root()
    return Matrix(lambda: new_root(bucket), project, *files, BUCKET_STEP)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_storage_that_refuses_one_call_loses_and_doubles_nothing(matrix: Matrix, after: bool) -> None:
    matrix.refuse(after=after)
    assert matrix.refused > 3


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_loader_killed_at_any_call_loses_and_doubles_nothing(matrix: Matrix, after: bool) -> None:
    matrix.kill(after=after)
    assert matrix.killed > 3


LAND_ON_A_DISK_OF = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv.pop(1)),) * 2)
from loader.cli.commands import main
main()
"""


@pytest.mark.skipif(not hasattr(resource, "RLIMIT_FSIZE"), reason="files cannot be limited here")
@pytest.mark.parametrize("size", [0, 100, 5_000, 20_000, 30_000])
def test_a_full_disk_leaves_nothing_and_is_one_line(
    size: int, project: Path, lake: Path, deliver: Callable[..., Path]
) -> None:
    file = deliver("PaymentID,Amount\n" + "".join(f"{n * 7919 % 99991},{n}.00\nbad\n" for n in range(3000)))
    command = ["--project-dir", str(project), "--root", str(lake), "land", str(file)]

    def land(limit: int) -> subprocess.CompletedProcess[str]:
        arguments = [sys.executable, "-c", LAND_ON_A_DISK_OF, str(limit), *command]
        return subprocess.run(arguments, cwd=landing_tools.PROJECT, capture_output=True, text=True, check=False)

    refused = land(size)
    assert (refused.returncode, refused.stdout) == (4, "")
    (told,) = [line for line in refused.stderr.splitlines() if not line.startswith("{")]
    assert told.startswith("error: storage refused to write ")
    assert told.endswith("File too large (os error 27)")
    assert landing_tools.objects(lake) == []
    assert land(10_000_000).returncode == 0
    found = verify(Store.open(str(lake)), FOLDER_CATALOG)
    assert (found.findings, found.leftovers) == ([], [])
