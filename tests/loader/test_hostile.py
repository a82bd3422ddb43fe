"""Files made to crash, hang or flood the loader, or to reach whoever reads its reports."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Callable
from pathlib import Path

import landing_tools
import pyarrow as pa
import pytest
from click.testing import CliRunner, Result

from loader.cli.commands import cli
from loader.contract.model import Contract
from loader.csv.structure import COLUMN_LIMIT
from loader.errors import FileReason, FileRejectedError
from loader.inbox import unpacking as sources
from loader.lake.catalog import FOLDER_CATALOG
from loader.lake.landing import Landing
from loader.lake.storage import Store
from loader.lake.verification import verify

Deliver = Callable[..., Path]
EditContract = Callable[[str, str], Contract]
HEADER = "PaymentID,Amount\n"


@pytest.fixture
def keeping(edit_contract: EditContract) -> Contract:
    """A contract that keeps extra columns."""
    return edit_contract("extra_columns: reject", "extra_columns: keep")


def packed(text: bytes, compression: str) -> bytes:
    return gzip.compress(text) if compression == "gzip" else pa.Codec("zstd").compress(text, asbytes=True)


@pytest.mark.parametrize("compression", ["gzip", "zstd"])
def test_a_decompression_bomb_is_refused_and_kept(
    compression: str,
    landing: Landing,
    lake: Path,
    contract: Contract,
    deliver: Deliver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bomb = packed(HEADER.encode() + b"1,1\n" * 2_000_000, compression)
    file = deliver(bomb)
    # It would be no bomb below the size from which growth counts.
    assert landing.land(file, contract).manifest.rows_landed == 2_000_000
    monkeypatch.setattr(sources, "_EXPANDED_FREELY", 1_000_000)
    with pytest.raises(FileRejectedError, match=r"hold more than [0-9,]+ bytes of text: if that is meant") as refused:
        landing.land(deliver(bomb + packed(b"2,2\n", compression)), contract)
    assert refused.value.reason is FileReason.DECOMPRESSION_BOMB
    (rejection,) = landing_tools.objects(lake, "rejections")
    kept = json.loads((lake / rejection).read_text())["landing_key"]
    assert (lake / kept).read_bytes() == bomb + packed(b"2,2\n", compression)
    monkeypatch.setattr(sources, "_EXPANSION_LIMIT", 10**6)
    monkeypatch.setattr(sources, "_EXPANDED_LIMIT", 7_000_000)
    with pytest.raises(FileRejectedError, match="hold more than 7,000,000 bytes"):
        landing.land(deliver(bomb + packed(b"3,3\n", compression)), contract)


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("," * 1_048_000, r"the header has 1,048,001 columns, and no more than 16,384 are read"),
        ("PaymentID,Amount," + "x" * 1_000_000, r"names a column by 1,000,000 characters, and no more than 255"),
        ("PaymentID,Amount" + ",x" * 16_000, r"the header names 'x' more than once"),
        (",".join(f"x{number}" for number in range(16_000)), r"columns 'PaymentID' and 'Amount' are missing: "),
        ('"' * 1_000_000, r"columns 'PaymentID' and 'Amount' are missing: "),
        ("5,5.00,5", r"columns 'PaymentID' and 'Amount' are missing: "),
        ("x" * 2_000_000, r"RECORD_TOO_LONG"),
    ],
)
def test_a_monstrous_header_is_refused_in_one_short_line(
    header: str, message: str, landing: Landing, keeping: Contract, deliver: Deliver
) -> None:
    with pytest.raises(FileRejectedError, match=message) as refused:
        landing.land(deliver(header + "\n"), keeping)
    assert len(str(refused.value)) < 500


def test_ten_thousand_columns_land(landing: Landing, lake: Path, keeping: Contract, deliver: Deliver) -> None:
    names = [f"c{number}" for number in range(10_000)]
    rows = [[str(row), "1.00", *(f"{row}.{number}" for number in range(10_000))] for row in range(20)]
    lines = [",".join(["PaymentID", "Amount", *names]), *map(",".join, rows)]
    assert landing.land(deliver("\n".join(lines)), keeping).manifest.rows_landed == 20
    for row in landing_tools.read_rows(lake, keeping):
        assert json.loads(row["extra_fields"]) == dict(zip(names, rows[int(row["payment_id"])][2:], strict=True))
    assert len(names) < COLUMN_LIMIT


@pytest.mark.long
@landing_tools.needs_proc
def test_long_names_repeated_in_each_row_do_not_fill_the_memory(
    project: Path, lake: Path, keeping: Contract, deliver: Deliver
) -> None:
    names = [f"{'n' * 240}{number}" for number in range(1000)]
    row = "," * 1000
    lines = [",".join(["PaymentID", "Amount", *names]), *(f"{number},1{row}" for number in range(1, 1501)), "bad"]
    # All rows at once would hold 360 MB of names, several times over.
    assert landing_tools.peak_memory(project, lake, deliver("\n".join(lines))) < 300
    assert landing_tools.one_json(lake, "commits")["rows_malformed"] == 1
    rows = landing_tools.read_rows(lake, keeping)
    assert (
        [row["row_number"] for row in rows] == [row["payment_id"] for row in rows] == [str(n) for n in range(1, 1501)]
    )
    assert verify(Store.open(str(lake)), FOLDER_CATALOG).findings == []


def test_names_of_columns_are_texts_whatever_they_look_like(
    landing: Landing, lake: Path, keeping: Contract, deliver: Deliver
) -> None:
    names = ["007", "1e3", "2024-01-31", "true", "", "NaN", " x "]
    shown = {"": "column 7"}
    landing.land(deliver(",".join(["PaymentID", "Amount", *names]) + "\n1,2,a,b,c,d,e,f,g\n"), keeping)
    (row,) = landing_tools.read_rows(lake, keeping)
    assert json.loads(row["extra_fields"]) == dict(zip(map(shown.get, names, names), "abcdefg", strict=True))


HOSTILE_NAMES = [
    "payments ../../x.csv",
    "payments\n.csv",
    "payments\x1b[2J.csv",
    "payments'; drop table x; --.csv",
    'payments".csv',
    "payments=1&ingest_date=2024-01-01.csv",
    "payments%2F..%2F.csv",
    "payments_\u202etxt.csv",
    "payments_\U0001f4b6é.csv",
    "payments*?[a].csv",
    "payments" + "x" * 240 + ".csv",
    "payments\\..\\.csv",
    "payments=cmd|' /C calc'!A0.csv",
]


@pytest.mark.parametrize("name", HOSTILE_NAMES, ids=range(len(HOSTILE_NAMES)))
def test_a_hostile_file_name_stays_in_its_folder_and_in_its_line(
    name: str, project: Path, lake: Path, tmp_path: Path
) -> None:
    name = name.replace("/", "\u2215")
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / name).write_text(f"{HEADER}1,1\nbad\n")
    result = call(project, lake, "land", inbox / name)
    assert result.exit_code == 0
    assert result.stdout.count("\n") == 1
    assert result.stdout[:-1].isprintable()
    (key,) = landing_tools.objects(lake, "landing")
    assert [len(key.split("/")), key.split("/")[1]] == [4, "payments"]
    assert landing_tools.one_json(lake, "commits")["file_name"] == name
    assert sorted(path.name for path in tmp_path.iterdir()) == ["inbox", "lake", "project"]
    assert call(project, lake, "verify").exit_code == 0


def call(project: Path, lake: Path, *arguments: object) -> Result:
    options = ["--root", str(lake), "--project-dir", str(project)]
    return CliRunner().invoke(cli, [*options, *map(str, arguments)])


def test_cells_like_formulas_land_as_is_and_reach_no_report(
    project: Path, lake: Path, contract: Contract, deliver: Deliver
) -> None:
    formulas = ["=cmd|' /C calc'!A0", "+1+1", "-1+1", "@SUM(1)", "\t=1", '=HYPERLINK("http://x")']
    file = deliver("")
    with file.open("w", newline="") as text:
        csv.writer(text).writerows([["PaymentID", "Amount"], *([formula, formula] for formula in formulas), ["=bad"]])
    calls: list[list[object]] = [["land", file], ["status"], ["verify"], ["--json", "land", file]]
    told = [call(project, lake, *arguments) for arguments in calls]
    assert [row["payment_id"] for row in landing_tools.read_rows(lake, contract)] == formulas
    for result in told:
        assert result.exit_code == 0
        for formula in [*formulas, "=bad"]:
            assert formula not in result.output


PRIVATE = "wJalrXUtnFEMI"


@pytest.mark.parametrize(
    "content",
    [
        f"{HEADER}{PRIVATE},1\n{PRIVATE}\n",
        f"{PRIVATE},{PRIVATE}\n{PRIVATE},2\n",
        f"payment-{PRIVATE[:3]},1\n2,2\n",
        f'{HEADER}"{PRIVATE}"x,1\n',
        f"{HEADER}{PRIVATE}\0,1\n",
        f"PaymentID,Amount,\0{PRIVATE}\n",
        f'PaymentID,Amount"{PRIVATE}\n',
    ],
    ids=["malformed", "no header", "no header, an id", "stray quote", "nul", "nul in header", "quote in header"],
)
def test_no_output_repeats_what_a_row_holds(content: str, project: Path, lake: Path, deliver: Deliver) -> None:
    file = deliver(content)
    for arguments in (["--debug", "land", file], ["--debug", "--json", "land", file], ["status"]):
        output = call(project, lake, *arguments).output
        assert PRIVATE not in output
        assert f"payment-{PRIVATE[:3]}" not in output


@pytest.mark.long
def test_no_output_repeats_a_credential(
    project: Path, lake: Path, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", PRIVATE)
    monkeypatch.setenv("AWS_SESSION_TOKEN", PRIVATE[::-1])
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    # Nobody listens on this port.
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    for root, file in ((str(lake), "s3://bucket/in/payments.csv"), ("s3://bucket/lake", str(deliver(HEADER)))):
        result = CliRunner().invoke(cli, ["--debug", "--project-dir", str(project), "--root", root, "land", file])
        assert (result.exit_code, "127.0.0.1:9" in result.output) == (4, True)
        for text in (PRIVATE, PRIVATE[::-1]):
            assert text not in result.output


@pytest.mark.long
@landing_tools.needs_proc
@pytest.mark.parametrize("quote", ["", '"'], ids=["plain", "open quote"])
def test_a_line_of_a_gigabyte_is_one_malformed_row(quote: str, project: Path, lake: Path, tmp_path: Path) -> None:
    file = tmp_path / "payments.csv"
    with file.open("w") as text:
        text.write(f"{HEADER}1,1\n{quote}")
        for _ in range(1024):
            text.write("x" * 1024 * 1024)
        text.write("\n2,2\n")
    assert landing_tools.peak_memory(project, lake, file) < 300
    assert landing_tools.one_json(lake, "commits")["rows_landed"] == 2
    (row,) = landing_tools.read_malformed(lake)
    assert (row["reason"], row["byte_length"]) == ("RECORD_TOO_LONG", str(1024**3 + len(quote)))
