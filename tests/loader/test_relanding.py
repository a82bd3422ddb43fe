"""A file that landed under a wrong contract is read again in its place, and nothing of the old reading counts."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import buckets
import duckdb
import landing_tools
import pytest
from click.testing import CliRunner, Result
from faults import Fault

from loader.cli.commands import cli
from loader.contract.model import Contract
from loader.csv.fitting import what_would_fit
from loader.errors import FileRejectedError, LoaderError, StorageError, UsageError
from loader.lake.catalog import FOLDER_CATALOG
from loader.lake.commits import last_readings, read_commits
from loader.lake.erasing import Eraser
from loader.lake.findings import Verification
from loader.lake.keys import reading_key
from loader.lake.landing import Landing
from loader.lake.objects import Manifest
from loader.lake.recovery import recover
from loader.lake.relanding import Relanded, Relander
from loader.lake.status import feed_status
from loader.lake.storage import Store
from loader.lake.verification import verify

PROJECT = Path(__file__).parents[2]
Deliver = Callable[..., Path]
Edit = Callable[[str, str], Contract]
HEADER = "PaymentID,Amount\n"
# In UTF-8 the second and the third row are no text.
LATIN = (HEADER + "1,1.00\nprø,2.00\nñu,3.00\n").encode("windows-1252")
NOW = datetime(2024, 2, 1, 12, tzinfo=UTC)


def landed(lake: Path, contract: Contract, deliver: Deliver) -> Manifest:
    """Land a file in a wrong encoding, between two others."""
    landing = Landing(Store.open(str(lake)), lambda: NOW)
    landing.land(deliver(HEADER + "7,1\n", "payments_1.csv"), contract)
    found = landing.land(deliver(LATIN, "payments_2.csv"), contract).manifest
    landing.land(deliver(HEADER + "8,1\n", "payments_3.csv"), contract)
    return found


@pytest.fixture
def wrong(lake: Path, contract: Contract, deliver: Deliver) -> Manifest:
    return landed(lake, contract, deliver)


@pytest.fixture
def mended(edit_contract: Edit, wrong: Manifest) -> Contract:
    """The contract with the right encoding; the file has landed before."""
    return edit_contract("encoding: utf-8", "encoding: windows-1252")


def reland(
    store: Store | Path, contract: Contract, file_id: str, now: datetime = NOW, limit: Callable[[Manifest], None] = id
) -> Relanded:
    opened = Store.open(str(store)) if isinstance(store, Path) else store
    relander = Relander(opened, FOLDER_CATALOG, {"payments": contract}, require_open=limit, now=lambda: now)
    return relander.reland(file_id)


def look(lake: Path) -> Verification:
    return verify(Store.open(str(lake)), FOLDER_CATALOG, now=lambda: datetime.now(UTC) + timedelta(hours=1))


def ids(lake: Path, contract: Contract, manifest: Manifest) -> list[str]:
    """Return the ids in the parts of one reading, as SQL reads them."""
    names = ["row_number", "line_number", "extra_fields", *contract.column_names]
    folder = lake / "raw" / "payments" / f"ingest_date={manifest.ingest_date}" / f"file_id={manifest.file_id}"
    if not folder.exists() or not list(folder.iterdir()):
        return []
    columns = ", ".join(f"'{name}': 'VARCHAR'" for name in names)
    query = (
        f"select payment_id from read_csv('{folder}/*', columns = {{{columns}}}, header = false) order by row_number"
    )
    return [name for (name,) in duckdb.sql(query).fetchall()]


def test_file_is_read_again_in_its_place(lake: Path, wrong: Manifest, mended: Contract) -> None:
    assert (wrong.rows_malformed, wrong.delivery_number) == (2, 2)
    found = reland(lake, mended, wrong.file_id, NOW + timedelta(days=9))
    new = found.manifest
    assert found.earlier == wrong
    kept = {"file_id", "delivery_number", "landed_at", "started_at", "event", "sha256", "file_name", "same_bytes_as"}
    assert new.model_dump(include=kept) == wrong.model_dump(include=kept)
    assert (new.rows_delivered, new.rows_malformed, new.dialect.encoding) == (3, 0, "windows-1252")
    assert (new.reading, new.relanded_at, new.ingest_date) == (2, "2024-02-10T12:00:00.000000Z", "2024-02-10")
    assert ids(lake, mended, new) == ["1", "prø", "ñu"]
    assert ids(lake, mended, wrong) == [], "what nobody reads any more is gone"
    # Both readings are on record, as SQL sees them and as the seals do.
    lines = [json.loads((lake / key).read_text()) for key in landing_tools.objects(lake, "files")]
    readings = [(one["reading"], one["rows_malformed"]) for one in lines if one["file_id"] == wrong.file_id]
    assert sorted(readings) == [(1, 2), (2, 0)]
    assert (look(lake).findings, look(lake).leftovers) == ([], [])
    sealed = "".join((lake / key).read_text() for key in landing_tools.objects(lake, "seals"))
    assert reading_key("payments", 2, 2) in sealed


def test_each_reading_of_one_day_has_a_day_of_its_own(lake: Path, wrong: Manifest, mended: Contract) -> None:
    days = [reland(lake, mended, wrong.file_id).manifest.ingest_date for _ in range(3)]
    assert [wrong.ingest_date, *days] == ["2024-02-01", "2024-02-02", "2024-02-03", "2024-02-04"]
    assert len(landing_tools.objects(lake, f"raw/payments/ingest_date={days[-1]}")) == 1
    assert look(lake).findings == []


def test_order_and_sameness_are_those_of_the_delivery(
    lake: Path, wrong: Manifest, mended: Contract, deliver: Deliver
) -> None:
    reland(lake, mended, wrong.file_id)
    landing = Landing(Store.open(str(lake)))
    again = landing.land(deliver(LATIN, "payments_copy.csv"), mended)
    assert (again.status, again.manifest.file_id) == ("already_landed", wrong.file_id)
    assert landing.land(deliver(HEADER + "9,1\n", "payments_4.csv"), mended).manifest.delivery_number == 4
    assert look(lake).findings == []


def test_status_counts_the_last_reading(lake: Path, wrong: Manifest, mended: Contract) -> None:
    before = feed_status(Store.open(str(lake)), mended, None)
    reland(lake, mended, wrong.file_id)
    after = feed_status(Store.open(str(lake)), mended, None)
    assert (before.files_landed, before.rows_landed, before.rows_malformed) == (3, 3, 2)
    assert (after.files_landed, after.rows_landed, after.rows_malformed) == (3, 5, 0)


def test_file_that_breaks_todays_contract_keeps_its_reading(lake: Path, wrong: Manifest, edit_contract: Edit) -> None:
    before = landing_tools.objects(lake)
    with pytest.raises(FileRejectedError, match="'Sum' is missing"):
        reland(lake, edit_contract("header: Amount", "header: Sum"), wrong.file_id)
    assert landing_tools.objects(lake) == before


def test_columns_may_move_where_nothing_is_published(lake: Path, wrong: Manifest, edit_contract: Edit) -> None:
    first = "{name: payment_id, config: {meta: {header: PaymentID, type: id, required: true}}}"
    second = "{name: amount, config: {meta: {header: Amount, type: decimal}}}"
    between = "\n          - "
    contract = edit_contract(first + between + second, second.replace("amount", "paid") + between + first)
    assert reland(lake, contract, wrong.file_id).manifest.columns == "paid,payment_id"
    assert look(lake).findings == []


def test_announced_totals_hold_for_each_reading(
    lake: Path, project: Path, deliver: Deliver, edit_contract: Edit
) -> None:
    call = ["--root", str(lake), "--project-dir", str(project), "--json", "land", str(deliver(LATIN))]
    done = CliRunner().invoke(cli, [*call, "--expect-rows", "3", "--expect-total", "Amount=1.00"])
    file_id = json.loads(done.stdout)["file_id"]
    with pytest.raises(FileRejectedError, match=r"1\.00"):
        reland(lake, edit_contract("encoding: utf-8", "encoding: windows-1252"), file_id)


def test_kept_bytes_that_were_changed_are_not_read(lake: Path, wrong: Manifest, mended: Contract) -> None:
    kept = lake / "landing" / "payments" / wrong.sha256 / "payments_2.csv"
    before = landing_tools.objects(lake)
    kept.write_bytes(LATIN.replace(b"2.00", b"9.00"))
    with pytest.raises(StorageError, match="not what was delivered; run loader verify"):
        reland(lake, mended, wrong.file_id)
    kept.write_bytes(LATIN[:-1])
    with pytest.raises(StorageError, match="missing or was changed: run loader verify"):
        reland(lake, mended, wrong.file_id)
    assert landing_tools.objects(lake) == before


@pytest.mark.parametrize("after", [False, True])
def test_reland_that_was_cut_off_anywhere_is_finished(
    tmp_path: Path, contract: Contract, deliver: Deliver, edit_contract: Edit, after: bool
) -> None:
    """Each call to the storage is refused in turn. SQL has one whole reading then, and once more gives a new one."""
    mended = edit_contract("encoding: utf-8", "encoding: windows-1252")
    at, calls = 0, 1
    while at < calls:
        lake = tmp_path / f"lake-{at}"
        wrong = landed(lake, contract, deliver)
        fault = Fault(at, after=after)
        if at == 0:
            reland(fault.store(Store.open(str(lake))), mended, wrong.file_id)
            calls = fault.calls
        else:
            with pytest.raises(LoaderError):
                reland(fault.store(Store.open(str(lake))), mended, wrong.file_id)
        at += 1
        seen = [json.loads((lake / key).read_text()) for key in landing_tools.objects(lake, "files")]
        counts = max((one for one in seen if one["file_id"] == wrong.file_id), key=lambda one: one["reading"])
        assert all((lake / part["key"]).exists() for part in counts["parts"]), "what SQL reads is there"
        # A copy is recovered, and in the lake itself the call is given again.
        other = shutil.copytree(lake, tmp_path / "recovered", dirs_exist_ok=False)
        recover(Store.open(str(other)), FOLDER_CATALOG, lambda: datetime.now(UTC) + timedelta(days=3))
        assert (look(other).findings, look(other).leftovers) == ([], [])
        shutil.rmtree(other)
        manifest = reland(lake, mended, wrong.file_id).manifest
        assert ids(lake, mended, manifest) == ["1", "prø", "ñu"]
        assert look(lake).findings == []
    assert calls > 10


def test_parts_that_a_crash_left_are_swept_at_once(lake: Path, wrong: Manifest, mended: Contract) -> None:
    class Dying(Store):
        """A lake that refuses to remove."""

        def delete(self, key: str) -> None:
            raise StorageError(f"{key}: refused")

    with pytest.raises(StorageError, match="refused"):
        reland(Dying.open(str(lake)), mended, wrong.file_id)
    old = sorted(part.key for part in wrong.parts)
    assert (look(lake).findings, look(lake).leftovers) == ([], old), "no query sees them"
    assert recover(Store.open(str(lake)), FOLDER_CATALOG).swept == old


def test_second_call_at_the_same_moment_changes_nothing(lake: Path, wrong: Manifest, mended: Contract) -> None:
    store = Store.open(str(lake))
    honest = store.open_writer

    def meanwhile(key: str) -> object:
        store.open_writer = honest  # type: ignore[method-assign]
        reland(lake, mended, wrong.file_id, NOW + timedelta(days=3))
        return honest(key)

    store.open_writer = meanwhile  # type: ignore[method-assign, assignment]
    with pytest.raises(UsageError, match="another call relands"):
        reland(store, mended, wrong.file_id)
    (last,) = [one.manifest for one in last_readings(read_commits(store, store.list("commits"))) if one.key[-6] == "2"]
    assert (last.reading, last.ingest_date) == (2, "2024-02-04")
    assert (look(lake).findings, look(lake).leftovers) == ([], [])


def test_erasure_takes_every_reading(lake: Path, wrong: Manifest, mended: Contract) -> None:
    reland(lake, mended, wrong.file_id)
    Eraser(Store.open(str(lake)), is_withdrawn=lambda _: True).erase(wrong.file_id, "request 3", "A. Person")
    assert [key for key in landing_tools.objects(lake, "raw") if wrong.file_id in key] == []
    assert look(lake).findings == []
    assert recover(Store.open(str(lake)), FOLDER_CATALOG).finished == []
    with pytest.raises(UsageError, match="was erased: there is nothing to read again"):
        reland(lake, mended, wrong.file_id)


def test_reading_that_is_gone_or_changed_is_found(lake: Path, wrong: Manifest, mended: Contract) -> None:
    reland(lake, mended, wrong.file_id)
    look(lake)
    path = lake / reading_key("payments", 2, 2)
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b'"rows_malformed":0', b'"rows_malformed":1'))
    assert reading_key("payments", 2, 2) in {one.key for one in look(lake).findings}
    path.unlink()
    assert (reading_key("payments", 2, 2), "missing") in {(one.key, one.kind) for one in look(lake).findings}


# The command line, which asks the warehouse what is published.


@pytest.fixture
def call(project: Path, lake: Path) -> Callable[..., Result]:
    def run(*arguments: str) -> Result:
        return CliRunner().invoke(cli, ["--project-dir", str(project), "--root", str(lake), *arguments])

    return run


def publish(lake: Path, file: Manifest, decision: str | None) -> None:
    """Make a warehouse that has published a file."""
    with duckdb.connect(str(lake / "warehouse.duckdb")) as connection:
        connection.execute(
            "create or replace table file_reconciliation"
            " (feed text, delivery_number bigint, file_id text, decision text);"
            "create table if not exists held_files (feed text, delivery_number bigint, file_id text, file_name text,"
            " failure text, waits_behind text)"
        )
        values = [file.feed, file.delivery_number, file.file_id, decision]
        connection.execute("insert into file_reconciliation values (?, ?, ?, ?)", values)


def test_unpublished_file_is_relanded_and_told(wrong: Manifest, mended: Contract, call: Callable[..., Result]) -> None:
    done = call("reland", wrong.file_id)
    assert (done.exit_code, done.stdout) == (
        0,
        f"relanded payments_2.csv: 3 rows, 0 malformed (before: 3 and 2), file {wrong.file_id}, reading 2\n",
    )
    told = json.loads(call("--json", "reland", wrong.file_id).stdout)
    assert (told["status"], told["reading"], told["file_id"]) == ("relanded", 3, wrong.file_id)


@pytest.mark.parametrize(("decision", "exit_code"), [(None, 2), ("release", 2), ("withdraw", 0)])
def test_published_file_has_to_be_withdrawn(
    lake: Path,
    wrong: Manifest,
    mended: Contract,
    call: Callable[..., Result],
    decision: str | None,
    exit_code: int,
) -> None:
    publish(lake, wrong, decision)
    done = call("reland", wrong.file_id)
    assert done.exit_code == exit_code
    assert ("is published: add withdraw to seeds/file_decisions.csv" in done.stderr) == (exit_code == 2)
    assert (lake / reading_key("payments", 2, 2)).exists() == (exit_code == 0)


def test_file_after_the_published_ones_is_open(
    lake: Path, wrong: Manifest, mended: Contract, call: Callable[..., Result]
) -> None:
    publish(lake, wrong.model_copy(update={"delivery_number": 1, "file_id": "another"}), None)
    assert call("reland", wrong.file_id).exit_code == 0


def test_warehouse_that_cannot_be_asked_takes_the_word(
    lake: Path, wrong: Manifest, mended: Contract, call: Callable[..., Result]
) -> None:
    with duckdb.connect(str(lake / "warehouse.duckdb")) as connection:
        connection.execute("create table other (x int)")
    refused = call("reland", wrong.file_id)
    assert refused.exit_code == 2
    assert "add --unpublished if they are not there" in refused.stderr
    assert call("reland", "--unpublished", wrong.file_id).exit_code == 0


@pytest.mark.parametrize("file_id", ["payments_2.csv", "20240201T100001000000Z-payments-000000000000"])
def test_file_that_never_landed_is_wrong_usage(wrong: Manifest, call: Callable[..., Result], file_id: str) -> None:
    assert call("reland", file_id).exit_code == 2


# What is said of a file of which almost every row is malformed.

ROWS = 20


@pytest.mark.parametrize(
    ("content", "advice"),
    [
        ("".join(f"{n}é,1.00\n" for n in range(ROWS)).encode("cp1252"), "encoding windows-1252 or encoding "),
        # The euro sign is no letter of the older encodings.
        ("".join(f"{n}€,1.00\n" for n in range(ROWS)).encode("cp1252"), "windows-1252 or encoding windows-1250 would"),
        ("".join(f"{n};1.00\n" for n in range(ROWS)).encode(), "delimiter ; would fit"),
        ("".join(f"{n}\t1.00\n" for n in range(ROWS)).encode(), "delimiter TAB would fit"),
        ("".join(f"ü{n}|1.00\n" for n in range(ROWS)).encode("cp1252"), "encoding windows-1252 with delimiter |"),
        ("".join(f"{n}\n" for n in range(ROWS)).encode(), "no other delimiter or encoding fits"),
    ],
)
def test_malformed_file_lands_and_names_what_would_fit(
    call: Callable[..., Result], lake: Path, deliver: Deliver, content: bytes, advice: str
) -> None:
    done = call("land", str(deliver(HEADER.encode() + content)))
    assert done.exit_code == 3
    assert done.stdout.startswith(f"landed payments.csv: {ROWS} rows, {ROWS} malformed")
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert f"{ROWS} of {ROWS} rows are malformed" in line
    assert advice in line
    assert "; mend the contract, then run loader reland 2" in line
    assert call("land", str(deliver(HEADER.encode() + content))).exit_code == 0, "it has landed, and that was told"


def test_file_without_header_or_quotes_names_what_would_fit(
    call: Callable[..., Result], deliver: Deliver, edit_contract: Edit
) -> None:
    edit_contract("header: PaymentID", "position: 1")
    edit_contract("header: Amount", "position: 2")
    edit_contract("quote: '\"'", "quote: ''\n            header_row_count: 0")
    done = call("land", str(deliver("a,1\n" + "".join(f'"{n};1.00\n' for n in range(ROWS)))))
    assert done.exit_code == 3
    assert "delimiter ; would fit" in done.stderr


@pytest.mark.parametrize(("good", "exit_code"), [(0, 3), (1, 3), (2, 0)])
def test_nine_of_ten_malformed_rows_are_no_finding(
    call: Callable[..., Result], deliver: Deliver, good: int, exit_code: int
) -> None:
    rows = ["1,1.00\n"] * good + ["broken\n"] * (ROWS - good)
    assert call("land", str(deliver(HEADER + "".join(rows)))).exit_code == exit_code


def test_inbox_goes_on_after_a_malformed_file(call: Callable[..., Result], deliver: Deliver) -> None:
    deliver(HEADER + "a;1\n", "payments_1.csv")
    inbox = deliver(HEADER + "b,1\n", "payments_2.csv").parent
    done = call("land", str(inbox))
    assert (done.exit_code, done.stdout.count("landed ")) == (3, 2)


def test_mended_contract_and_reland_take_the_advice(
    call: Callable[..., Result], deliver: Deliver, edit_contract: Edit
) -> None:
    content = HEADER.encode() + "".join(f"{n}ß,1.00\n" for n in range(ROWS)).encode("cp1252")
    file_id = json.loads(call("--json", "land", str(deliver(content))).stdout)["file_id"]
    edit_contract("encoding: utf-8", "encoding: windows-1250")
    assert call("reland", file_id).stdout.startswith(f"relanded payments.csv: {ROWS} rows, 0 malformed")
    edit_contract("encoding: windows-1250", "encoding: utf-8")
    assert call("reland", file_id).exit_code == 3


def test_only_the_beginning_of_a_large_file_is_looked_at(contract: Contract) -> None:
    asked: list[int] = []

    def read(size: int) -> bytes:
        asked.append(size)
        return b"1;2\n" * 1000

    assert what_would_fit(contract, 2, read) == ["delimiter ;"]
    assert sum(4000 for _ in asked) < 2 * 1024 * 1024


# A lake in a bucket, whose tables have columns.


def test_tables_of_an_unpublished_feed_take_new_columns(
    services: str, project: Path, deliver: Deliver, edit_contract: Edit, monkeypatch: pytest.MonkeyPatch
) -> None:
    buckets.use(services, monkeypatch)
    root = buckets.new_root()
    shutil.copy(PROJECT / "models" / "staging" / "_raw__sources.yml", project / "models" / "staging")
    monkeypatch.setenv("LEDGER_LAKE_RAW_SCHEMA", root.split("/")[2].replace("-", "_"))

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(cli, ["--project-dir", str(project), "--root", root, "--json", *arguments])

    inbox = deliver(HEADER, "other.txt").parent / "empty"
    inbox.mkdir()
    assert run("land", str(inbox)).exit_code == 0
    # Nothing has landed, so the table takes whatever the contract has.
    edit_contract("{name: amount,", "{name: paid,")
    file_id = json.loads(run("land", str(deliver(HEADER + "1,2\n"))).stdout)["file_id"]
    edit_contract("{name: paid,", "{name: sum_paid,")
    refused = run("land", str(deliver(HEADER + "2,2\n", "payments_2.csv")))
    assert refused.exit_code == 2
    assert "if nothing of the feed is published, run loader reland for each of its files" in refused.stderr
    assert run("reland", "--unpublished", file_id).exit_code == 0
    assert run("land", str(deliver(HEADER + "2,2\n", "payments_2.csv"))).exit_code == 0
    assert run("verify").exit_code == 0
