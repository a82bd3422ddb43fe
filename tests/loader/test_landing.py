"""What a landing leaves in the lake, and that nothing is lost or doubled."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

import landing_tools
import pyarrow as pa
import pytest
import structlog
from landing_tools import Clock

from loader.contract.model import Contract
from loader.errors import FileChangedError, FileRejectedError, StorageError
from loader.inbox.delivered_file import Delivery
from loader.lake.landing import Landing
from loader.lake.objects import Manifest
from loader.lake.reading import Limits
from loader.lake.storage import Store

Deliver = Callable[..., Path]
GOOD = "PaymentID,Amount\n1,10.00\n2,\n3,5\n"
MIXED = 'PaymentID,Amount\n1,10.00\nbad\n2,"x"y\n3,5\n'


def test_the_layout_and_the_manifest(landing: Landing, lake: Path, contract: Contract, deliver: Deliver) -> None:
    sha = hashlib.sha256(MIXED.encode()).hexdigest()
    file_id = landing.land(deliver(MIXED, "payments 1.csv"), contract).manifest.file_id
    assert re.fullmatch(f"20240201T100001000000Z-payments-{sha[:8]}[0-9a-f]{{4}}", file_id)
    rows = f"raw/payments/ingest_date=2024-02-01/file_id={file_id}/part-00000.csv.zst"
    malformed = f"raw/malformed_rows/ingest_date=2024-02-01/file_id={file_id}/part-00000.csv.zst"
    assert landing_tools.objects(lake) == [
        "commits/payments/00000/00000001.json",
        f"contents/payments/{sha}.json",
        f"files/ingest_date=2024-02-01/{file_id}.json",
        f"landing/payments/{sha}/payments%201.csv",
        malformed,
        rows,
    ]
    line = (lake / "files" / "ingest_date=2024-02-01" / f"{file_id}.json").read_bytes()
    assert line == (lake / "commits" / "payments" / "00000" / "00000001.json").read_bytes()
    assert line.count(b"\n") == 1
    content = {"feed": "payments", "sha256": sha, "delivery_number": 1}
    assert landing_tools.one_json(lake, "contents") == content
    manifest = json.loads(line)
    parts = manifest.pop("parts")
    assert list(Manifest.model_fields) == [*manifest, "parts"]
    assert manifest == {
        "file_id": file_id,
        "feed": "payments",
        "delivery_number": 1,
        "file_name": "payments 1.csv",
        "sha256": sha,
        "bytes": len(MIXED),
        "compression": None,
        "rows_delivered": 4,
        "rows_landed": 2,
        "rows_malformed": 2,
        "malformed_by_reason": {"FIELD_COUNT": 1, "STRAY_QUOTE": 1},
        "header_seen": ["PaymentID", "Amount"],
        "extra_columns": [],
        "dialect": {
            "delimiter": ",",
            "quote": '"',
            "encoding": "utf-8",
            "line_ending": "LF",
            "bom": False,
            "skip_rows": 0,
        },
        "lines": {"header": 1},
        "other_lines": [{"line_number": 1, "kind": "header"}],
        **dict.fromkeys(
            ("opening_balance", "closing_balance", "closing_date", "period_end", "row_count", "entry_count")
        ),
        "control_totals": {},
        "contract_version": 3,
        "columns": "payment_id,amount",
        "loader_version": "0.1.0",
        "started_at": "2024-02-01T10:00:01.000000Z",
        "landed_at": "2024-02-01T10:00:03.000000Z",
        "ingest_date": "2024-02-01",
        "reading": 1,
        "relanded_at": None,
        "event": manifest["event"],
        "same_bytes_as": None,
    }
    for part, key in zip(parts, [rows, malformed], strict=True):
        stored = (lake / key).read_bytes()
        assert part == {"key": key, "sha256": hashlib.sha256(stored).hexdigest(), "bytes": len(stored), "rows": 2}


def test_delivered_bytes_are_kept_verbatim(landing: Landing, lake: Path, contract: Contract, deliver: Deliver) -> None:
    content = gzip.compress(MIXED.encode())
    landing.land(deliver(content, "payments.csv.gz"), contract)
    (key,) = landing_tools.objects(lake, "landing")
    assert (lake / key).read_bytes() == content


def test_every_row_is_landed_or_malformed(landing: Landing, lake: Path, contract: Contract, deliver: Deliver) -> None:
    landing.land(deliver(MIXED), contract)
    assert landing_tools.read_rows(lake, contract) == [
        {"row_number": "1", "line_number": "2", "payment_id": "1", "amount": "10.00", "extra_fields": None},
        {"row_number": "4", "line_number": "5", "payment_id": "3", "amount": "5", "extra_fields": None},
    ]
    common = {"feed": "payments"}
    assert landing_tools.read_malformed(lake) == [
        common
        | {"row_number": "2", "line_number": "3", "reason": "FIELD_COUNT", "raw_text": "bad"}
        | {"byte_offset": "25", "byte_length": "3"},
        common
        | {"row_number": "3", "line_number": "4", "reason": "STRAY_QUOTE", "raw_text": '2,"x"y'}
        | {"byte_offset": "29", "byte_length": "6"},
    ]


def test_extra_fields_stand_before_the_contracts_columns(
    landing: Landing, lake: Path, deliver: Deliver, edit_contract: Callable[[str, str], Contract]
) -> None:
    contract = edit_contract("extra_columns: reject", "extra_columns: keep")
    landing.land(deliver("Amount,Memo,PaymentID\n10.00,x,1\n"), contract)
    (key,) = landing_tools.objects(lake, "raw")
    with pa.input_stream(str(lake / key), compression="zstd") as part:
        assert part.read() == b'1,2,"{""Memo"": ""x""}","1","10.00"\n'


def test_malformed_text_shows_bytes_that_are_no_text(
    landing: Landing, lake: Path, contract: Contract, deliver: Deliver
) -> None:
    landing.land(deliver(b"PaymentID,Amount\n1,\xff\n2,\0\n\\,\r\\N,\xc3\xa9\n"), contract)
    assert [row["raw_text"] for row in landing_tools.read_malformed(lake)] == [r"1,\xff", r"2,\x00", "\\,\r\\N,é"]


def test_malformed_text_is_cut_and_its_length_is_true(
    landing: Landing, lake: Path, contract: Contract, deliver: Deliver
) -> None:
    landing.land(deliver("PaymentID,Amount\n" + "é" * 100_000 + "\n" + "x" * 3_000_000 + "\n1,2\n"), contract)
    rows = landing_tools.read_malformed(lake)
    assert [(row["reason"], row["byte_length"]) for row in rows] == [
        ("FIELD_COUNT", "200000"),
        ("RECORD_TOO_LONG", "3000000"),
    ]
    assert [row["raw_text"] for row in rows] == ["é" * 65_536, "x" * 65_536]
    assert [row["line_number"] for row in landing_tools.read_rows(lake, contract)] == ["4"]


def test_same_file_twice_lands_once(
    landing: Landing, lake: Path, contract: Contract, deliver: Deliver, clock: Clock
) -> None:
    first = landing.land(deliver(GOOD, "payments_a.csv"), contract)
    before = landing_tools.objects(lake)
    clock.moment = clock.moment.replace(day=5)
    for name in ("payments_a.csv", "payments_b.csv"):
        again = landing.land(deliver(GOOD, name), contract)
        assert (again.status, again.manifest) == ("already_landed", first.manifest)
    assert landing_tools.objects(lake) == before


def test_crash_after_the_commit_is_finished_by_the_next_landing(
    landing: Landing, lake: Path, contract: Contract, deliver: Deliver, clock: Clock
) -> None:
    file = deliver(GOOD)
    landing.land(file, contract)
    (key,) = landing_tools.objects(lake, "files")
    line = (lake / key).read_bytes()
    (lake / key).unlink()
    clock.moment = clock.moment.replace(day=5)
    assert landing.land(file, contract).status == "already_landed"
    assert landing_tools.objects(lake, "files") == [key]
    assert (lake / key).read_bytes() == line


class FailingStore(Store):
    """A lake that refuses to write the keys that begin with a prefix."""

    refused = "nothing"

    def put_new(self, key: str, data: bytes) -> bool:
        """Refuse, or write."""
        if key.startswith(self.refused):
            raise StorageError(f"storage refused to write {key}: full")
        return super().put_new(key, data)

    def put(self, key: str, data: bytes) -> None:
        """Refuse, or write."""
        if key.startswith(self.refused):
            raise StorageError(f"storage refused to write {key}: full")
        super().put(key, data)


@pytest.mark.parametrize("refused", ["commits/", "files/", "contents/"])
def test_storage_that_refuses_loses_no_committed_row(
    lake: Path, contract: Contract, deliver: Deliver, clock: Clock, refused: str
) -> None:
    store = FailingStore.open(str(lake))
    assert isinstance(store, FailingStore)
    store.refused = refused
    file = deliver(GOOD)
    with pytest.raises(StorageError):
        Landing(store, clock).land(file, contract)
    store.refused = "nothing"
    Landing(store, clock).land(file, contract)
    (key,) = landing_tools.objects(lake, "files")
    file_id = json.loads((lake / key).read_text())["file_id"]
    assert len(landing_tools.read_rows(lake, contract, file_id)) == 3


class Watching:
    """A catalog that refuses at first, and keeps what stands in the lake when it is told of a file."""

    def __init__(self, lake: Path) -> None:
        """Watch ``lake``."""
        self._lake = lake
        self.seen: list[tuple[str, list[str]]] = []

    def register(self, manifest: Manifest) -> None:
        """Note, and refuse the first time."""
        self.seen.append((manifest.file_id, landing_tools.objects(self._lake)))
        if len(self.seen) == 1:
            raise StorageError("refused")


def test_catalog_is_told_after_the_commit_and_by_each_landing(
    lake: Path, contract: Contract, deliver: Deliver, clock: Clock
) -> None:
    catalog = Watching(lake)
    landing = Landing(Store.open(str(lake)), clock, catalog=catalog)
    file = deliver(MIXED)
    with pytest.raises(StorageError, match="refused"):
        landing.land(file, contract)
    assert landing_tools.objects(lake, "files") == []
    assert [landing.land(file, contract).status for _ in range(2)] == ["already_landed"] * 2
    (file_id,) = {file_id for file_id, _ in catalog.seen}
    folders = [{key.split("/")[0] for key in keys} for _, keys in catalog.seen]
    # The second landing finishes the last commit as any landing does, and then tells the catalog again.
    not_yet = {"landing", "raw", "commits"}
    assert folders == [not_yet] * 2 + [not_yet | {"files", "contents"}] * 2
    assert [file_id in key for key in landing_tools.objects(lake, "files")] == [True]


class ForgetfulStore(Store):
    """A lake that writes, whose answer is lost, and which says of the second attempt that the object stands."""

    def put_new(self, key: str, data: bytes) -> bool:
        """Write, and deny it."""
        super().put_new(key, data)
        return False


def test_commit_whose_answer_was_lost_keeps_its_parts(
    lake: Path, contract: Contract, deliver: Deliver, clock: Clock
) -> None:
    landed = Landing(ForgetfulStore.open(str(lake)), clock).land(deliver(MIXED), contract)
    assert landed.status == "landed"
    assert len(landing_tools.read_rows(lake, contract, landed.manifest.file_id)) == 2
    assert len(landing_tools.objects(lake, "files")) == 1


def test_a_loader_that_loses_the_commit_removes_its_own_parts(
    lake: Path, contract: Contract, deliver: Deliver, clock: Clock
) -> None:
    file = deliver(MIXED)
    store = Store.open(str(lake))

    class SlowLanding(Landing):
        def _write_parts(self, *arguments: object) -> object:  # type: ignore[override]
            written = super()._write_parts(*arguments)  # type: ignore[arg-type]
            Landing(store, clock).land(file, contract)
            return written

    landed = SlowLanding(store, clock).land(file, contract)
    assert landed.status == "already_landed"
    assert len(landing_tools.objects(lake, "raw")) == 2
    assert len(landing_tools.read_rows(lake, contract)) == 2


def test_loaders_racing_with_the_same_bytes_land_them_once(lake: Path, contract: Contract, deliver: Deliver) -> None:
    files = [deliver(MIXED, f"payments_{number}.csv") for number in range(4)]
    landings = [partial(Landing(Store.open(str(lake))).land, file, contract) for file in files]
    assert landing_tools.race(landings) == ["already_landed"] * 3 + ["landed"]
    assert len(landing_tools.read_rows(lake, contract)) == 2
    assert len(landing_tools.objects(lake, "files")) == len(landing_tools.objects(lake, "commits")) == 1


def test_a_file_that_changes_while_it_is_read_is_not_landed(
    landing: Landing, lake: Path, contract: Contract, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = deliver(GOOD)
    honest = Delivery.hashed

    def then_grow(delivery: Delivery) -> tuple[str, int]:
        digest = honest(delivery)
        file.write_text(GOOD + "4,1\n")
        return digest

    monkeypatch.setattr(Delivery, "hashed", then_grow)
    with pytest.raises(FileChangedError, match="changed while it was read"):
        landing.land(file, contract)
    assert landing_tools.objects(lake) == []


@pytest.mark.long
@landing_tools.needs_proc
def test_memory_stays_flat_on_a_large_file(project: Path, lake: Path, deliver: Deliver) -> None:
    file = deliver("PaymentID,Amount\n")
    rows = b"".join(b"%d,%d.00\n" % (number, number * 7919 % 100_000) for number in range(100_000))
    with file.open("ab") as opened:
        for _ in range(100):
            opened.write(rows)
        opened.write(b"x" * 30_000_000)
    assert landing_tools.peak_memory(project, lake, file) < 300


def test_parts_roll_and_their_rows_add_up(lake: Path, contract: Contract, deliver: Deliver) -> None:
    rows = "".join(f"{number},1.00\n" for number in range(2000))
    limits = Limits(block=1024, part=8 * 1024, frame=1024)
    landed = Landing(Store.open(str(lake)), limits=limits).land(deliver("PaymentID,Amount\n" + rows), contract)
    parts = landed.manifest.parts
    assert len(parts) > 3
    assert [part.key.rsplit("/", 1)[1] for part in parts] == [f"part-{n:05d}.csv.zst" for n in range(len(parts))]
    assert sum(part.rows for part in parts) == 2000
    assert [row["payment_id"] for row in landing_tools.read_rows(lake, contract)] == [str(n) for n in range(2000)]


def test_reordered_columns_land_right(landing: Landing, lake: Path, contract: Contract, deliver: Deliver) -> None:
    landing.land(deliver("Amount,PaymentID\n10,a\n"), contract)
    (row,) = landing_tools.read_rows(lake, contract)
    assert (row["payment_id"], row["amount"]) == ("a", "10")


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbfPaymentID,Amount\n1,a\n2,b\n",
        b"PaymentID,Amount\r\n1,a\r\n2,b\r\n",
        b"PaymentID,Amount\n1,a\n2,b",
        b'"PaymentID","Amount"\n"1","a"\n"2","b"\n',
    ],
    ids=["BOM", "CRLF", "no last newline", "quoted"],
)
def test_bom_crlf_and_a_missing_last_newline_land_exactly(
    landing: Landing, lake: Path, contract: Contract, deliver: Deliver, content: bytes
) -> None:
    landing.land(deliver(content), contract)
    rows = landing_tools.read_rows(lake, contract)
    assert [(row["payment_id"], row["amount"]) for row in rows] == [("1", "a"), ("2", "b")]


def test_only_a_header_lands_with_no_rows(landing: Landing, lake: Path, contract: Contract, deliver: Deliver) -> None:
    landed = landing.land(deliver("PaymentID,Amount\n"), contract)
    assert (landed.manifest.rows_delivered, landed.manifest.parts) == (0, [])
    assert landing_tools.objects(lake, "raw") == []
    assert len(landing_tools.objects(lake, "files")) == 1


@pytest.mark.parametrize("header", ["PaymentID,Amount", "PaymentID,Amount\r\n"])
def test_a_header_ends_with_the_file_or_its_line(
    landing: Landing, contract: Contract, deliver: Deliver, header: str
) -> None:
    assert landing.land(deliver(header), contract).manifest.header_seen == ["PaymentID", "Amount"]


def compressed(content: bytes, kind: str) -> bytes:
    """Return the content as gzip or zstd."""
    return gzip.compress(content) if kind == "gzip" else bytes(pa.Codec("zstd").compress(content, asbytes=True))


@pytest.mark.parametrize(("kind", "suffix"), [("gzip", ".gz"), ("zstd", ".zst"), ("gzip", "")])
def test_compressed_files_are_known_by_their_bytes(
    landing: Landing, lake: Path, contract: Contract, deliver: Deliver, kind: str, suffix: str
) -> None:
    content = compressed(b"PaymentID,Amount\n1,", kind) + compressed(b"a\n2,b\n", kind)
    landed = landing.land(deliver(content, "payments.csv" + suffix), contract)
    assert landed.manifest.compression == kind
    assert [row["amount"] for row in landing_tools.read_rows(lake, contract)] == ["a", "b"]


def test_zstd_that_begins_with_a_skippable_frame_is_zstd(
    landing: Landing, lake: Path, contract: Contract, deliver: Deliver
) -> None:
    frames = b"\x5f\x2a\x4d\x18" + (3).to_bytes(4, "little") + b"abc" + compressed(GOOD.encode(), "zstd")
    manifest = landing.land(deliver(frames, "payments.csv.zst"), contract).manifest
    assert (manifest.compression, manifest.rows_landed) == ("zstd", 3)


@pytest.mark.parametrize("kind", ["gzip", "zstd"])
def test_a_truncated_compressed_file_is_rejected_whole(
    landing: Landing, lake: Path, contract: Contract, deliver: Deliver, kind: str
) -> None:
    rows = "".join(f"{number},{number * 7919 % 1000}\n" for number in range(50_000))
    content = compressed(("PaymentID,Amount\n" + rows).encode(), kind)[:-5]
    with pytest.raises(FileRejectedError, match="cut short or damaged"):
        landing.land(deliver(content), contract)
    assert_rejected(lake, content, "BROKEN_COMPRESSION")


def assert_rejected(lake: Path, content: bytes, reason: str) -> None:
    """Check that the file is kept and recorded, and that SQL sees nothing of it."""
    assert [landing_tools.objects(lake, folder) for folder in ("raw", "commits", "files", "contents")] == [[]] * 4
    (key,) = landing_tools.objects(lake, "landing")
    assert (lake / key).read_bytes() == content
    rejection = landing_tools.one_json(lake, "rejections")
    assert (rejection["reason"], rejection["landing_key"]) == (reason, key)


@pytest.mark.parametrize(
    ("content", "reason", "message"),
    [
        (b"PaymentId,Amount\n1,2\n", "MISSING_COLUMN", "'PaymentID' .*'PaymentId', the nearest name"),
        (b"Amount\n1\n", "MISSING_COLUMN", "'PaymentID' is missing: "),
        (b"PaymentID,Amount,Memo\n1,2,3\n", "EXTRA_COLUMN", "'Memo' is not in the contract"),
        (b"PaymentID,Amount,Amount\n1,2,3\n", "DUPLICATE_HEADER", "'Amount' more than once"),
        (b"", "EMPTY_FILE", "the file is empty"),
        (b"\xef\xbb\xbf", "EMPTY_FILE", "the file is empty"),
        ("PaymentID,Amount\n1,2\n".encode("utf-16"), "UNREADABLE_ENCODING", "looks like UTF-16"),
        ("PaymentID,Amount\n1,2\n".encode("utf-16-le"), "UNREADABLE_ENCODING", "looks like UTF-16"),
        ("PaymentID,Amount\n1,2\n".encode("utf-32"), "UNREADABLE_ENCODING", "looks like UTF-32"),
        (b"PaymentID,Am\xf6unt\n1,2\n", "UNREADABLE_ENCODING", "the header is not utf-8"),
        (b'PaymentID,"Amount\n1,2\n', "BROKEN_HEADER", "UNCLOSED_QUOTE"),
        (b"\nPaymentID,Amount\n1,2\n", "BROKEN_HEADER", "line 1 is blank, and the contract"),
        (
            b"\xef\xbb\xbf\r\nPaymentID,Amount\r\n",
            "BROKEN_HEADER",
            "line 1 is blank, and the contract",
        ),
        (b" \t\nPaymentID,Amount\n1,2\n", "BROKEN_HEADER", "line 1 is blank, and the contract"),
        (b"x" * 3_000_000, "BROKEN_HEADER", "RECORD_TOO_LONG"),
        (b"\x1f\x8b", "BROKEN_COMPRESSION", "gzip stream is cut short"),
    ],
)
def test_a_file_that_breaks_its_contract_is_rejected_whole(
    landing: Landing, lake: Path, contract: Contract, deliver: Deliver, content: bytes, reason: str, message: str
) -> None:
    with pytest.raises(FileRejectedError, match=message) as raised:
        landing.land(deliver(content), contract)
    assert "\n" not in str(raised.value)
    assert_rejected(lake, content, reason)


def test_a_rejected_file_lands_once_its_contract_allows_it(
    landing: Landing, lake: Path, contract: Contract, deliver: Deliver, edit_contract: Callable[[str, str], Contract]
) -> None:
    file = deliver("PaymentID,Amount,Memo\n1,2,x\n")
    for _ in range(2):
        with pytest.raises(FileRejectedError):
            landing.land(file, contract)
    assert len(landing_tools.objects(lake, "rejections")) == 1
    landed = landing.land(file, edit_contract("extra_columns: reject", "extra_columns: keep"))
    assert landed.manifest.extra_columns == ["Memo"]
    (row,) = landing_tools.read_rows(lake, contract)
    assert json.loads(row["extra_fields"]) == {"Memo": "x"}


@pytest.mark.parametrize(
    ("encoding", "text"), [("windows-1250", "Příliš žluťoučký"), ("iso-8859-15", "10 €"), ("windows-1252", "“10 €”")]
)
def test_text_in_the_contracts_encoding_lands_exactly(
    landing: Landing,
    lake: Path,
    deliver: Deliver,
    edit_contract: Callable[[str, str], Contract],
    encoding: str,
    text: str,
) -> None:
    contract = edit_contract("encoding: utf-8", f"encoding: {encoding}")
    landing.land(deliver(f"PaymentID,Amount\n1,{text}\n".encode(encoding)), contract)
    assert [row["amount"] for row in landing_tools.read_rows(lake, contract)] == [text]


@pytest.mark.parametrize(
    "name",
    ["payments..csv", "payments\n.csv", "payments =1'\"#%2F.csv", "payments\\..\\x.csv", "payments é\U0001f4b6.csv"],
)
def test_hostile_file_name_stays_in_its_folder_and_is_told_true(
    landing: Landing, lake: Path, contract: Contract, deliver: Deliver, name: str
) -> None:
    landed = landing.land(deliver(GOOD, name), contract)
    assert landed.manifest.file_name == name
    (key,) = landing_tools.objects(lake, "landing")
    assert key.rsplit("/", 1)[0] == f"landing/payments/{landed.manifest.sha256}"
    assert landing_tools.one_json(lake, "files")["file_name"] == name


@pytest.mark.parametrize("kind", ["plain", "gzip", "zstd"])
def test_many_files_in_one_call_take_no_more_memory_than_one(
    landing: Landing, contract: Contract, deliver: Deliver, kind: str
) -> None:
    def land(number: int) -> int:
        text = f"PaymentID,Amount\n{number},1\nbad\n".encode()
        landing.land(deliver(text if kind == "plain" else compressed(text, kind)), contract)
        return int(pa.total_allocated_bytes())

    before = land(0)
    assert max(land(number) for number in range(1, 20)) <= before + 1_000_000


def test_log_lines_name_the_file_that_is_in_the_lake(landing: Landing, contract: Contract, deliver: Deliver) -> None:
    """A second delivery of the same bytes is no file of its own."""
    with structlog.testing.capture_logs() as logged:
        file_id = landing.land(deliver(GOOD), contract).manifest.file_id
        landing.land(deliver(GOOD, "payments_again.csv"), contract)
    assert [line["event"] for line in logged] == ["landing_started", "landing_committed", "already_landed"]
    assert {(line["file_id"], line["feed"]) for line in logged} == {(file_id, "payments")}
