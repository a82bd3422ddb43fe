"""Erasing a file of a lake in a folder: its bytes and rows go, its commit stays, and the record of it is kept."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import landing_tools
import pytest
from click.testing import CliRunner, Result
from faults import Fault
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loader.cli.commands import cli
from loader.contract.model import Contract
from loader.errors import FileRejectedError, LoaderError, StorageError, UsageError
from loader.lake.catalog import FOLDER_CATALOG
from loader.lake.erasing import Erased, Eraser
from loader.lake.findings import Verification
from loader.lake.keys import commit_key, content_key
from loader.lake.landing import Landing
from loader.lake.objects import Erasure, Manifest, Seal
from loader.lake.recovery import GRACE, recover
from loader.lake.storage import Store
from loader.lake.verification import verify

Deliver = Callable[..., Path]
PERSON = "PaymentID,Amount\nPERSON1,10.00\nbad\n"


@pytest.fixture
def person(landing: Landing, contract: Contract, deliver: Deliver) -> Manifest:
    """Return a landed file that names a person; another one landed before it and one after it."""
    landing.land(deliver("PaymentID,Amount\n1,5\nbad\n", "payments_1.csv"), contract)
    landed = landing.land(deliver(PERSON, "payments_2.csv"), contract).manifest
    landing.land(deliver("PaymentID,Amount\n3,5\nbad\n", "payments_3.csv"), contract)
    return landed


def erase(store: Store | Path, file: Manifest, *, withdrawn: bool = True) -> Erased:
    opened = Store.open(str(store)) if isinstance(store, Path) else store
    return Eraser(opened, is_withdrawn=lambda _: withdrawn).erase(file.file_id, "request 17", "A. Person")


def look(lake: Path) -> Verification:
    return verify(Store.open(str(lake)), FOLDER_CATALOG)


def content(lake: Path) -> dict[str, bytes]:
    return {key: (lake / key).read_bytes() for key in landing_tools.objects(lake)}


def record_of(lake: Path) -> Path:
    (key,) = landing_tools.objects(lake, "erasures")
    return lake / key


def places(file: Manifest) -> tuple[str, ...]:
    return f"landing/payments/{file.sha256}/", f"/file_id={file.file_id}/"


def test_erasure_takes_bytes_and_rows_and_nothing_else(lake: Path, person: Manifest) -> None:
    before = content(lake)
    gone = {key for key in before if any(place in key for place in places(person))}
    assert len(gone) == 3
    assert erase(lake, person).removed == 3
    after = content(lake)
    assert before.keys() - after.keys() == gone
    assert not any(b"PERSON1" in stored for stored in after.values())
    (changed,) = [key for key in before.keys() & after.keys() if before[key] != after[key]]
    assert changed.startswith("files/")
    shown = json.loads(after[changed])
    record = Erasure.model_validate_json(record_of(lake).read_bytes())
    assert shown == json.loads(before[changed]) | {"erased_at": record.erased_at}
    assert {one.key for one in record.objects} == gone
    assert {one.key: one.bytes for one in record.objects} == {key: len(before[key]) for key in gone}
    assert (record.reason, record.by, record.file_id) == ("request 17", "A. Person", person.file_id)


def test_lake_with_an_erasure_is_whole_and_is_sealed(lake: Path, person: Manifest) -> None:
    assert look(lake).seals == ["seals/payments/00000001.json"]
    erase(lake, person)
    found = look(lake)
    assert (found.findings, found.leftovers, found.erased) == ([], [], [person.file_id])
    assert found.seals == ["seals/payments/00000002.json"]
    seal = Seal.model_validate_json((lake / found.seals[0]).read_bytes())
    assert list(seal.commits) == [str(record_of(lake).relative_to(lake))]
    assert look(lake).seals == []


def test_missing_objects_without_a_record_are_findings(lake: Path, person: Manifest) -> None:
    erase(lake, person)
    record_of(lake).unlink()
    found = {(finding.kind, finding.key.split("/")[0]) for finding in look(lake).findings}
    assert found == {("missing", "landing"), ("missing", "raw"), ("changed", "files")}


@pytest.mark.parametrize("sealed", [False, True])
@pytest.mark.parametrize("change", [(b"request 17", b"request 71"), (b'"payments"', b'"other"'), (b"{", b"[")])
def test_record_that_was_changed_is_found(
    lake: Path, person: Manifest, change: tuple[bytes, bytes], sealed: bool
) -> None:
    erase(lake, person)
    if sealed:
        assert look(lake).seals
    record = record_of(lake)
    record.write_bytes(record.read_bytes().replace(*change, 1))
    found = look(lake)
    assert {(finding.key, finding.kind) for finding in found.findings} == {(str(record.relative_to(lake)), "changed")}
    assert (found.seals, found.erased) == ([], [])
    with pytest.raises(StorageError, match="was changed: restore it from a backup"):
        erase(lake, person)


def test_record_with_a_digest_of_its_own_is_found_by_its_seal(lake: Path, person: Manifest) -> None:
    erase(lake, person)
    assert look(lake).seals
    record = record_of(lake)
    forged = Erasure.model_validate_json(record.read_bytes()).model_copy(update={"reason": "another"})
    record.write_bytes(forged.to_json())
    (found,) = look(lake).findings
    assert (found.key, found.kind) == (str(record.relative_to(lake)), "changed")
    record.unlink()
    assert "missing" in {one.kind for one in look(lake).findings if one.key.startswith("erasures/")}


def test_record_of_a_file_that_never_landed_is_found(lake: Path, person: Manifest) -> None:
    erase(lake, person)
    record = record_of(lake)
    record.rename(record.with_name("20240201T100001000000Z-payments-000000000000.json"))
    assert "extra" in {one.kind for one in look(lake).findings if one.key.startswith("erasures/")}


@pytest.mark.parametrize("folder", ["landing", "raw/payments", "raw/malformed_rows"])
def test_object_that_is_there_again_is_found_and_removed(lake: Path, person: Manifest, folder: str) -> None:
    before = content(lake)
    erase(lake, person)
    (key,) = [key for key in before if key.startswith(folder) and any(place in key for place in places(person))]
    (lake / key).write_bytes(before[key])
    (found,) = look(lake).findings
    assert (found.key, found.kind) == (key, "extra")
    assert f"run loader erase {person.file_id} again" in found.message
    again = erase(lake, person)
    assert (again.is_new, again.removed) == (False, 1)
    assert look(lake).findings == []


def calls_of_an_erasure(lake: Path, file: Manifest) -> int:
    fault = Fault()
    erase(fault.store(Store.open(str(lake))), file)
    return fault.calls


@pytest.mark.parametrize("after", [False, True])
def test_erasure_that_was_cut_off_anywhere_is_finished(
    tmp_path: Path, contract: Contract, deliver: Deliver, after: bool
) -> None:
    """Each call to the storage is refused in turn: nothing is missing without a record, and once more finishes it."""
    at, calls = 0, 1
    while at < calls:
        at += 1
        lake = tmp_path / f"lake-{at}"
        landing = Landing(Store.open(str(lake)))
        landing.land(deliver("PaymentID,Amount\n1,5\n", "payments_1.csv"), contract)
        person = landing.land(deliver(PERSON, "payments_2.csv"), contract).manifest
        if at == 1:
            calls = calls_of_an_erasure(lake, person)
            continue
        with pytest.raises(StorageError, match="refused on purpose"):
            erase(Fault(at - 1, after=after).store(Store.open(str(lake))), person)
        found = look(lake)
        on_record = landing_tools.objects(lake, "erasures") != []
        left = [key for key in landing_tools.objects(lake) if any(place in key for place in places(person))]
        assert on_record or len(left) == 3
        assert {finding.kind for finding in found.findings} <= {"extra", "changed"}
        assert (found.findings != []) == (on_record and not is_finished(lake, person))
        assert erase(lake, person).is_new is not on_record
        assert is_finished(lake, person)
        assert look(lake).findings == []
    assert calls > 8


def is_finished(lake: Path, file: Manifest) -> bool:
    shown = (lake / "files" / f"ingest_date={file.ingest_date}" / f"{file.file_id}.json").read_text()
    left = [key for key in landing_tools.objects(lake) if any(place in key for place in places(file))]
    return "erased_at" in shown and left == []


def test_many_erase_one_file_at_once_and_one_records_it(lake: Path, person: Manifest) -> None:
    results: list[Erased] = []
    threads = [threading.Thread(target=lambda: results.append(erase(lake, person))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 8
    assert [one.is_new for one in results].count(True) == 1
    assert len({one.erasure.to_json() for one in results}) == 1
    assert look(lake).findings == []


def test_file_that_is_not_withdrawn_is_not_erased(lake: Path, person: Manifest) -> None:
    before = content(lake)
    with pytest.raises(UsageError, match="is not withdrawn: add withdraw"):
        erase(lake, person, withdrawn=False)
    assert content(lake) == before


@pytest.mark.parametrize("file_id", ["", "payments_2.csv", "20240201T100001000000Z-payments-000000000000", "../x"])
def test_file_that_never_landed_cannot_be_erased(lake: Path, person: Manifest, file_id: str) -> None:
    before = content(lake)
    with pytest.raises(UsageError):
        Eraser(Store.open(str(lake)), is_withdrawn=lambda _: True).erase(file_id, "x", "y")
    assert content(lake) == before


def test_erased_bytes_land_no_more(landing: Landing, lake: Path, contract: Contract, deliver: Deliver) -> None:
    file = deliver(PERSON)
    erase(lake, landing.land(file, contract).manifest)
    before = content(lake)
    assert landing.land(file, contract).status == "already_landed"
    assert content(lake) == before


def test_manifest_of_an_erased_file_comes_back_as_erased(lake: Path, person: Manifest) -> None:
    erase(lake, person)
    whole = content(lake)
    (lake / "files" / f"ingest_date={person.ingest_date}" / f"{person.file_id}.json").unlink()
    store = Store.open(str(lake))
    assert recover(store, FOLDER_CATALOG).finished == [person.file_id]
    assert content(lake) == whole


def test_rejection_of_the_same_bytes_goes_too(
    landing: Landing, lake: Path, contract: Contract, deliver: Deliver, edit_contract: Callable[[str, str], Contract]
) -> None:
    file = deliver(PERSON, "payments_first.csv")
    with pytest.raises(FileRejectedError):
        landing.land(file, edit_contract("header: Amount", "header: Sum"))
    landed = landing.land(deliver(PERSON, "payments_2.csv"), contract).manifest
    assert len(landing_tools.objects(lake, "landing")) == 2
    erase(lake, landed)
    assert landing_tools.objects(lake, "landing") == landing_tools.objects(lake, "rejections") == []
    assert look(lake).findings == []


def test_file_with_the_bytes_of_another_is_not_erased_alone(
    landing: Landing, lake: Path, contract: Contract, deliver: Deliver, person: Manifest
) -> None:
    """A loader that could not know of the first one has landed them twice: both have one place in landing/."""
    (lake / content_key("payments", person.sha256)).unlink()
    twin = landing.land(deliver(PERSON, "payments_twin.csv"), contract).manifest
    assert (twin.sha256, twin.file_id != person.file_id) == (person.sha256, True)
    before = content(lake)
    with pytest.raises(UsageError, match=f"the same bytes as {person.file_id}"):
        erase(lake, twin)
    assert content(lake) == before
    both = (person.file_id, twin.file_id)
    eraser = Eraser(Store.open(str(lake)), is_withdrawn=lambda _: True, together=both)
    for file_id in both:
        eraser.erase(file_id, "request 17", "A. Person")
    assert not any(b"PERSON1" in stored for stored in content(lake).values())


def test_root_that_is_no_copy_of_the_lake_is_left_alone(lake: Path, person: Manifest, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(lake, other)
    commit = other / commit_key("payments", person.delivery_number)
    commit.write_bytes(commit.read_bytes().replace(b"payments_2.csv", b"payments_9.csv"))
    before = content(lake), content(other)
    eraser = Eraser(Store.open(str(lake)), [Store.open(str(other))], is_withdrawn=lambda _: True)
    with pytest.raises(UsageError, match="it is no copy of it"):
        eraser.erase(person.file_id, "request 17", "A. Person")
    assert (content(lake), content(other)) == before


def test_copies_of_the_lake_are_erased_from_too(lake: Path, person: Manifest, tmp_path: Path) -> None:
    copy = Store.open(str(tmp_path / "copy"))
    for key, stored in content(lake).items():
        copy.put(key, stored)
    eraser = Eraser(Store.open(str(lake)), [copy], is_withdrawn=lambda _: True)
    assert eraser.erase(person.file_id, "x", "y").copies == {copy.root: 3}
    assert not any(b"PERSON1" in stored for stored in content(tmp_path / "copy").values())


@pytest.mark.long
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.sampled_from(["land", "erase", "recover"]), st.integers(0, 30)), max_size=14))
def test_whatever_is_cut_off_files_that_stand_are_whole(
    tmp_path_factory: pytest.TempPathFactory, contract: Contract, steps: list[tuple[str, int]]
) -> None:
    folder = tmp_path_factory.mktemp("steps")
    lake, landed, asked = folder / "lake", [], set()
    for number, (what, at) in enumerate(steps):
        store = Fault(at).store(Store.open(str(lake)))
        try:
            if what == "land":
                file = folder / f"payments_{number}.csv"
                file.write_text(f"PaymentID,Amount\nPERSON{number},1\nbad\n")
                landed.append(Landing(store).land(file, contract).manifest)
            elif what == "recover":
                recover(store, FOLDER_CATALOG, lambda: datetime.now(UTC) + GRACE * 2)
            elif landed:
                asked.add(number % len(landed))
                erase(store, landed[number % len(landed)])
        except LoaderError:
            continue
    store = Store.open(str(lake))
    for number in asked:
        erase(store, landed[number])
    recover(store, FOLDER_CATALOG)
    found = verify(store, FOLDER_CATALOG)
    assert found.findings == []
    assert found.erased == sorted(landed[number].file_id for number in asked)
    for number, file in enumerate(landed):
        assert (store.size(f"landing/payments/{file.sha256}/{file.file_name}") is None) == (number in asked)


def call(project: Path, lake: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["--project-dir", str(project), "--root", str(lake), *arguments])


def test_command_asks_for_the_withdrawal_or_the_word(project: Path, lake: Path, person: Manifest) -> None:
    asked = ("erase", person.file_id, "--reason", "request 17", "--by", "A. Person")
    unknown = call(project, lake, *asked)
    assert unknown.exit_code == 2
    assert "it is not known whether" in unknown.stderr
    assert "add --withdrawn" in unknown.stderr
    done = call(project, lake, *asked, "--withdrawn")
    assert done.exit_code == 0, done.output
    assert f"erased {person.file_id}: 3 objects removed, record erasures/payments/{person.file_id}.json" in done.stdout
    assert "the delivered file in the inbox of payments: payments_2.csv" in done.stdout
    again = call(project, lake, *asked, "--withdrawn")
    assert "0 objects removed" in again.stdout
    assert "on record since" in again.stdout
    verified = call(project, lake, "verify")
    assert verified.exit_code == 0
    assert verified.stdout.endswith("1 seal written, 1 file erased on record\n")


@pytest.mark.parametrize(("decision", "exit_code"), [("withdraw", 0), ("release", 2), (None, 2)])
def test_command_asks_the_warehouse_for_the_withdrawal(
    project: Path, lake: Path, person: Manifest, decision: str | None, exit_code: int
) -> None:
    with duckdb.connect(str(lake / "warehouse.duckdb")) as warehouse:
        warehouse.execute("create table file_reconciliation (file_id varchar, decision varchar)")
        warehouse.executemany(
            "insert into file_reconciliation values (?, ?)", [(person.file_id, decision), ("other", "withdraw")]
        )
    done = call(project, lake, "erase", person.file_id, "--reason", "17", "--by", "A")
    assert done.exit_code == exit_code, done.output
    assert (landing_tools.objects(lake, "erasures") != []) == (exit_code == 0)
    assert ("is not withdrawn: add withdraw to seeds/file_decisions.csv" in done.stderr) == (exit_code == 2)


def test_command_says_the_same_to_machines(project: Path, lake: Path, person: Manifest) -> None:
    done = call(project, lake, "--json", "erase", person.file_id, "--reason", "17", "--by", "A", "--withdrawn")
    told = json.loads(done.stdout)
    assert (told["status"], told["file_id"], told["removed"]) == ("erased", person.file_id, 3)
    assert told["record"] == f"erasures/payments/{person.file_id}.json"


@pytest.mark.parametrize("missing", ["--reason", "--by"])
def test_command_wants_a_reason_and_a_name(project: Path, lake: Path, person: Manifest, missing: str) -> None:
    before = content(lake)
    given = {"--reason": "17", "--by": "A"} | {missing: " "}
    words = [word for pair in given.items() for word in pair]
    assert call(project, lake, "erase", person.file_id, *words, "--withdrawn").exit_code == 2
    assert content(lake) == before
