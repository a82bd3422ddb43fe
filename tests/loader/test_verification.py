"""A lake that is not what was landed is found out, object by object; one that is gets a seal."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import landing_tools
import pytest
from click.testing import CliRunner

from loader.cli.commands import cli
from loader.contract.model import Contract
from loader.errors import FileRejectedError
from loader.inbox.delivered_file import LocalFile
from loader.lake.catalog import FOLDER_CATALOG
from loader.lake.findings import Verification
from loader.lake.keys import commit_key
from loader.lake.landing import Landing
from loader.lake.objects import Seal, SeenFile
from loader.lake.recovery import recover
from loader.lake.seen_files import Seen
from loader.lake.storage import Entry, Store
from loader.lake.verification import verify

Deliver = Callable[..., Path]


@pytest.fixture
def landed(landing: Landing, lake: Path, contract: Contract, deliver: Deliver) -> Path:
    """A lake of an inbox: two files that are sealed by one seal each, a third that is not yet, and a refused file."""
    for number in range(3):
        file = LocalFile(deliver(f"PaymentID,Amount\n{number},1.00\nbad\n", f"payments_{number}.csv"))
        Seen(landing.store).note(file, landing.land(file, contract).manifest)
        if number < 2:
            assert look(lake).findings == []
    with pytest.raises(FileRejectedError):
        landing.land(deliver("Nothing\n1\n", "payments_bad.csv"), contract)
    return lake


def look(lake: Path, *, quick: bool = False) -> Verification:
    return verify(Store.open(str(lake)), FOLDER_CATALOG, quick=quick, now=an_hour_later)


def an_hour_later() -> datetime:
    """Return a moment so long after the landings that what SQL does not see was cut off."""
    return datetime.now(UTC) + timedelta(hours=1)


def named(lake: Path, *, quick: bool = False) -> set[str]:
    """Return the keys that were found to be wrong."""
    found = look(lake, quick=quick)
    assert found.seals == [], "nothing is sealed where something is wrong"
    return {finding.key for finding in found.findings}


def test_lake_as_it_was_landed_is_sealed_once(landed: Path) -> None:
    found = look(landed)
    assert (found.findings, found.leftovers) == ([], [])
    assert found.seals == ["seals/payments/00000003.json"]
    assert found.objects == len(landing_tools.objects(landed)) - 1
    assert look(landed).seals == []
    seals = [Seal.model_validate_json(path.read_bytes()) for path in sorted(landed.glob("seals/payments/*"))]
    assert [seal.number for seal in seals] == [1, 2, 3]
    sealed = [key for seal in seals for key in seal.commits]
    assert sorted(sealed) == landing_tools.objects(landed, "commits")


@pytest.mark.long
def test_every_byte_of_every_object_is_watched(landed: Path) -> None:
    manifests = {key: json.loads((landed / key).read_text()) for key in landing_tools.objects(landed, "commits")}
    file_of = {key: f"files/ingest_date={one['ingest_date']}/{one['file_id']}.json" for key, one in manifests.items()}
    for key in landing_tools.objects(landed):
        path = landed / key
        whole = path.read_bytes()
        for position in range(0, len(whole), max(1, len(whole) // 23)):
            path.write_bytes(whole[:position] + bytes([whole[position] ^ 1]) + whole[position + 1 :])
            # A commit that is not sealed yet is found by its copy in files/.
            suspects = {key, file_of.get(key, key)}
            assert suspects & named(landed), f"byte {position} of {key} was changed"
            path.write_bytes(whole)
    assert look(landed).findings == []


def test_every_object_that_is_gone_is_named(landed: Path) -> None:
    last = max(landing_tools.objects(landed, "seals"))
    for key in landing_tools.objects(landed):
        # The last seal and a rejection end no chain, so nobody can miss them, and what was noted of an inbox only saves
        # reading; a commit that is not sealed takes what it vouched for with it.
        path = landed / key
        whole = path.read_bytes()
        path.unlink()
        if key == last or key.startswith(("rejections/", "seen/")):
            assert named_or_sealed(landed) == set()
        else:
            assert named(landed), f"{key} is gone"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(whole)


def named_or_sealed(lake: Path) -> set[str]:
    """Return the keys that were found to be wrong; seals that were written are taken away again."""
    found = look(lake)
    for key in found.seals:
        (lake / key).unlink()
    return {finding.key for finding in found.findings}


@pytest.mark.parametrize(
    "key",
    [
        *("landing/x", "landing/a/b/c/d", "commits/x", "contents/x", "files/x", "rejections/x", "seals/x/y", "seen/x"),
        "contents/payments/x.json",
    ],
)
def test_what_no_loader_wrote_is_named(landed: Path, key: str) -> None:
    Store.open(str(landed)).put(key, b"{}")
    assert named(landed) == {key}


def test_unlanded_file_that_would_be_passed_over_is_named(landed: Path) -> None:
    forged = SeenFile(feed="payments", state="anything", sha256="0" * 64)
    Store.open(str(landed)).put(forged.key, forged.to_json())
    assert named(landed) == {forged.key}


@pytest.mark.parametrize("folder", ["files", "raw/payments"])
def test_what_sql_would_read_and_nobody_landed_is_named(landed: Path, folder: str) -> None:
    copy = landed / landing_tools.objects(landed, folder)[0]
    extra = copy.with_name(copy.name.replace("part-00000", "part-00001").replace("20240201", "20240202"))
    shutil.copy(copy, extra)
    assert named(landed) == {str(extra.relative_to(landed))}


def test_part_swapped_with_that_of_another_file_is_named(landed: Path) -> None:
    one, other = (landed / key for key in landing_tools.objects(landed, "raw/payments")[:2])
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second)
    other.write_bytes(first)
    assert named(landed) == {str(path.relative_to(landed)) for path in (one, other)}


def test_commit_and_its_copy_changed_alike_are_found_by_the_seal(landed: Path) -> None:
    seals = "".join(path.read_text() for path in landed.glob("seals/payments/*"))
    key = next(key for key in landing_tools.objects(landed, "commits") if key in seals)
    manifest = json.loads((landed / key).read_text())
    copy = landed / f"files/ingest_date={manifest['ingest_date']}/{manifest['file_id']}.json"
    for path in (landed / key, copy):
        path.write_bytes(path.read_bytes().replace(b'"file_name":"payments', b'"file_name":"payment5'))
    found = {(finding.key, finding.message) for finding in look(landed).findings}
    assert (key, "it is not what was sealed: restore it from a backup") in found


def test_number_that_is_missing_is_named(landed: Path) -> None:
    key = commit_key("payments", 2)
    (landed / key).unlink()
    found = {(finding.key, finding.kind, finding.message) for finding in look(landed).findings}
    assert (key, "missing", "delivery 2 of payments: restore its commit from a backup") in found


def test_number_is_not_missing_because_a_listing_lacks_it(landed: Path) -> None:
    class Late(Store):
        """A lake whose listing was made while the second file landed."""

        def entries(self, prefix: str) -> Iterator[Entry]:
            yield from (entry for entry in super().entries(prefix) if entry.key != commit_key("payments", 2))

    assert verify(Late.open(str(landed)), FOLDER_CATALOG, now=an_hour_later).findings == []


@pytest.mark.parametrize("number", [4, 5])
def test_manifest_under_another_number_is_named(landed: Path, number: int) -> None:
    copy = landed / commit_key("payments", number)
    shutil.copy(landed / commit_key("payments", 1), copy)
    missing = {commit_key("payments", gap) for gap in range(4, number)}
    assert named(landed) == {commit_key("payments", number)} | missing


def test_content_under_two_numbers_is_named(landed: Path) -> None:
    first = (landed / commit_key("payments", 1)).read_bytes()
    again = commit_key("payments", 4)
    (landed / again).write_bytes(first.replace(b'"delivery_number":1,', b'"delivery_number":4,'))
    found = {(finding.key, finding.kind) for finding in look(landed).findings}
    assert (again, "duplicate") in found


def test_content_that_is_not_recorded_is_named_and_put_back(landed: Path) -> None:
    (key, *_) = landing_tools.objects(landed, "contents")
    whole = (landed / key).read_bytes()
    (landed / key).unlink()
    (finding,) = look(landed).findings
    assert (finding.key, finding.message) == (key, "the same bytes could land again: run loader recover")
    assert verify(Store.open(str(landed)), FOLDER_CATALOG).leftovers == [key], "it may be a landing under way"
    assert len(recover(Store.open(str(landed)), FOLDER_CATALOG).finished) == 1
    assert (landed / key).read_bytes() == whole
    assert look(landed).findings == []


def test_parts_of_a_landing_that_is_not_committed_are_no_fault(landed: Path) -> None:
    file_id = "20240203T100000000000Z-payments-00000000"
    key = f"raw/payments/ingest_date=2024-02-03/file_id={file_id}/part-00000.csv.zst"
    Store.open(str(landed)).put(key, b"anything")
    found = look(landed)
    assert (found.findings, found.leftovers) == ([], [key])


def test_file_that_is_on_its_way_to_sql_is_no_fault(landed: Path) -> None:
    key = landing_tools.objects(landed, "files")[0]
    (landed / key).unlink()
    found = verify(Store.open(str(landed)), FOLDER_CATALOG)
    assert (found.findings, found.leftovers) == ([], [key])
    assert {finding.key for finding in look(landed).findings} == {key}


def test_file_rejected_while_verify_looks_is_no_fault(
    landed: Path, landing: Landing, contract: Contract, deliver: Deliver
) -> None:
    class Busy(Store):
        """A lake in which a file is refused when landing/ has been listed."""

        def entries(self, prefix: str) -> Iterator[Entry]:
            yield from super().entries(prefix)
            if prefix == "landing":
                with pytest.raises(FileRejectedError):
                    landing.land(deliver("Something\n1\n", "payments_bad_2.csv"), contract)

    assert verify(Busy.open(str(landed)), FOLDER_CATALOG).findings == []


def test_rejection_at_another_place_is_named(landed: Path) -> None:
    (key,) = landing_tools.objects(landed, "rejections")
    shutil.copy(landed / key, landed / "rejections/payments/copy.json")
    assert named(landed) == {"rejections/payments/copy.json"}


def test_quick_sees_that_a_refused_file_has_grown(landed: Path) -> None:
    (rejection,) = landing_tools.objects(landed, "rejections")
    copy = json.loads((landed / rejection).read_text())["landing_key"]
    with (landed / copy).open("ab") as file:
        file.write(b"x")
    assert named(landed, quick=True) == named(landed) == {copy}


def test_quick_judges_by_sizes(landed: Path) -> None:
    part = landed / landing_tools.objects(landed, "raw/payments")[0]
    whole = part.read_bytes()
    part.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert look(landed, quick=True).findings == []
    part.write_bytes(whole[:-1])
    assert named(landed, quick=True) == {str(part.relative_to(landed))}


def test_command_names_each_fault_and_exits_3(landed: Path, project: Path) -> None:
    def run(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(cli, ["--project-dir", str(project), "--root", str(landed), *arguments])
        return done.exit_code, done.stdout

    code, told = run("verify")
    assert code == 0
    counted = f"{len(landing_tools.objects(landed)) - 1} objects, [0-9,]+ bytes read"
    assert re.fullmatch(f"{counted}: 0 findings, 0 leftovers that no query sees, 1 seal written\n", told)
    part = landed / landing_tools.objects(landed, "raw/payments")[0]
    os.truncate(part, 3)
    code, told = run("verify")
    assert code == 3
    assert told.startswith(f"changed {part.relative_to(landed)}: the part is not what was written")
    code, told = run("--json", "verify")
    assert [finding["kind"] for finding in json.loads(told)["findings"]] == ["changed"]


def test_files_that_land_meanwhile_are_no_fault(
    landed: Path, landing: Landing, contract: Contract, deliver: Deliver
) -> None:
    class Busy(Store):
        """A lake in which a file lands after each listing."""

        numbers = iter(range(10, 100))

        def entries(self, prefix: str) -> Iterator[Entry]:
            yield from super().entries(prefix)
            landing.land(deliver(f"PaymentID,Amount\n{next(self.numbers)},1.00\n"), contract)

    busy = Busy.open(str(landed))
    for _ in range(2):
        assert verify(busy, FOLDER_CATALOG).findings == []
    assert look(landed).findings == []
