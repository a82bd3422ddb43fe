"""What the loader lands in a bucket is what Athena reads, whole and once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import boto3
import jinja2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loader.contract.model import Contract
from loader.contract.project import load_contracts
from loader.errors import StorageError
from loader.lake.catalog import open_catalog
from loader.lake.landing import Landing
from loader.lake.objects import Manifest
from loader.lake.reading import Limits
from loader.lake.storage import Store
from tests.loader import landing_tools
from tests.loader.texts import TEXTS, as_csv

PROJECT = Path(__file__).parents[2]
CONTRACT = """
version: 2
sources:
  - name: raw
    schema: "{{ env_var('LEDGER_LAKE_RAW_SCHEMA', 'raw') }}"
    tables:
      - name: texts
        config:
          meta:
            kind: reference
            contract_version: 1
            file_patterns: ["texts*.csv"]
            delimiter: ","
            quote: '"'
            encoding: utf-8
            extra_columns: keep
            business_key: [first]
            delivery_calendar: daily
            time_zone: UTC
        columns:
          - {name: first, config: {meta: {header: First, type: text, required: true}}}
          - {name: second, config: {meta: {header: Second, type: text}}}
"""
APPENDED = "          - {name: third, config: {meta: {header: Third, type: text}}}\n"
DEFAULTS = Limits()
_NUMBERS = count()

Row = list[str | None]


class Athena:
    """Queries through Athena's own API, as any client would send them."""

    def __init__(self, database: str, root: str) -> None:
        """Ask ``database``; results go below ``root``."""
        self._client = boto3.client("athena")
        self._database = database
        self._results = f"{root}/query-results/"

    def query(self, sql: str) -> list[Row]:
        """Return the rows as text; missing values are None."""
        started = self._client.start_query_execution(
            QueryString=sql,
            QueryExecutionContext={"Database": self._database},
            ResultConfiguration={"OutputLocation": self._results},
        )
        query_id = started["QueryExecutionId"]
        while (state := self._status(query_id))["State"] in ("QUEUED", "RUNNING"):
            time.sleep(0.02)
        assert state["State"] == "SUCCEEDED", state.get("StateChangeReason")
        pages = self._client.get_paginator("get_query_results").paginate(QueryExecutionId=query_id)
        rows = [row["Data"] for page in pages for row in page["ResultSet"]["Rows"]]
        return [[value.get("VarCharValue") for value in row] for row in rows[1:]]

    def _status(self, query_id: str) -> Any:
        return self._client.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]["Status"]


class Lake:
    """A lake of its own in a bucket, with a Glue database of its own and one feed, texts."""

    def __init__(self, project: Path, root: str, database: str) -> None:
        """Take the contracts of ``project``; the lake is at ``root``."""
        self.project = project
        self.root = root
        self.athena = Athena(database, root)

    @property
    def contract(self) -> Contract:
        """The contract of texts, as it is now."""
        return load_contracts(self.project)["texts"]

    def landing(self, limits: Limits = DEFAULTS) -> Landing:
        """Return a landing with tables that are up to date."""
        store = Store.open(self.root)
        return Landing(
            store,
            limits=limits,
            catalog=open_catalog(store, self.project, load_contracts(self.project)),
        )

    def keys(self, folder: str) -> list[str]:
        """Return the keys below a folder of the lake."""
        return sorted(Store.open(self.root).list(folder))


@pytest.fixture
def lake(engine: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lake:
    """An empty lake; this process and those that it starts speak to the engine."""
    for name, value in engine.environment().items():
        monkeypatch.setenv(name, value)
    number = f"{os.getpid()}-{next(_NUMBERS)}"
    database = f"raw_{number.replace('-', '_')}"
    monkeypatch.setenv("LEDGER_LAKE_RAW_SCHEMA", database)
    bucket = f"loader-test-{number}"
    boto3.client("s3").create_bucket(Bucket=bucket)
    staging = tmp_path / "project" / "models" / "staging"
    staging.mkdir(parents=True)
    (tmp_path / "project" / "dbt_project.yml").write_text("name: project\n")
    (staging / "_texts__sources.yml").write_text(CONTRACT)
    own = (PROJECT / "models" / "staging" / "_raw__sources.yml").read_text(encoding="utf-8")
    (staging / "_raw__sources.yml").write_text(own, encoding="utf-8")
    return Lake(tmp_path / "project", f"s3://{bucket}/some/prefix", database)


@pytest.fixture
def deliver(tmp_path: Path) -> Callable[..., Path]:
    """Write a file into the inbox and return its path."""

    def write(content: str, name: str = "texts.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode())
        return path

    return write


def decoded(column: str) -> str:
    """Return the project's own decoding of a raw column."""
    macro = (PROJECT / "macros" / "staging" / "decode_raw_text.sql").read_text(encoding="utf-8")
    sql = jinja2.Environment(autoescape=False).from_string(macro + f"{{{{ decode_raw_text({column!r}) }}}}").render()  # noqa: S701 (SQL, not HTML)
    return f"({sql.strip()})"


def as_hex(expression: str) -> str:
    """Return the SQL text as hex, so that nothing changes it on its way through the API."""
    return f"to_hex(to_utf8({expression}))"


def from_hex(shown: str | None) -> str | None:
    """Undo the hex."""
    return None if shown is None else bytes.fromhex(shown).decode()


def drawn(strategy: st.SearchStrategy[Any], number: int) -> list[Any]:
    """Return distinct examples, because one landing of thousands costs what a landing of one does."""
    found: list[Any] = []

    @settings(max_examples=number, database=None, suppress_health_check=list(HealthCheck))
    @given(strategy)
    def collect(value: Any) -> None:
        found.append(value)

    collect()
    return found


def test_any_text_reads_back_through_athena_as_it_was_delivered(lake: Lake, deliver: Callable[..., Path]) -> None:
    # Empty cells alone are no row.
    rows = [row for row in drawn(st.tuples(TEXTS, TEXTS, TEXTS), 3000) if any(row)]
    lines = ["First,Extra,Second", *(",".join(map(as_csv, row)) for row in rows)]
    landed = lake.landing(Limits(block=5_000, part=20_000, frame=5_000)).land(
        deliver("\n".join(lines) + "\n"), lake.contract
    )
    assert landed.manifest.rows_malformed == 0
    assert len(landed.manifest.parts) > 3
    columns = ", ".join(as_hex(decoded(column)) for column in ("first", "extra_fields", "second"))
    found = lake.athena.query(f"select row_number, {columns} from texts order by cast(row_number as bigint)")
    assert [number for number, *_ in found] == [str(number) for number in range(1, len(rows) + 1)]
    read = []
    for _, first, extra, second in found:
        text = from_hex(extra)
        assert text is not None
        read.append((from_hex(first), json.loads(text)["Extra"], from_hex(second)))
    lost = [(was, now) for was, now in zip(rows, read, strict=True) if was != now]
    assert lost == []


def test_every_character_of_unicode_reads_back_through_athena(lake: Lake, deliver: Callable[..., Path]) -> None:
    surrogates = range(0xD800, 0xE000)
    codes = [code for code in range(1, sys.maxunicode + 1) if code not in surrogates]
    lines = ["First,Second", *(f"{code},{as_csv(f'{chr(code)}x{chr(code)}')}" for code in codes)]
    limits = Limits(block=256 * 1024, frame=256 * 1024)  # many frames in its only part
    manifest = lake.landing(limits).land(deliver("\n".join(lines) + "\n"), lake.contract).manifest
    assert (manifest.rows_landed, manifest.rows_malformed, len(manifest.parts)) == (len(codes), 0, 1)
    character = "chr(cast(first as integer))"
    equal = f"{decoded('second')} = {character} || 'x' || {character}"
    found = lake.athena.query(f"select count(*), count(distinct first), count_if({equal}) from texts")
    assert found == [[str(len(codes))] * 3]


def test_the_text_of_a_malformed_row_reads_back_through_athena(lake: Lake, deliver: Callable[..., Path]) -> None:
    texts = ["\\", r"\N", 'a "stray" quote', "é\u2028\x85\t", "\ufeff", "=1+1"]
    lines = ["First,Second", *(f"{text},x,too many" for text in texts), "a,b"]
    manifest = lake.landing().land(deliver("\n".join(lines) + "\n"), lake.contract).manifest
    assert (manifest.rows_landed, manifest.rows_malformed) == (1, len(texts))
    found = lake.athena.query(
        f"select feed, reason, {as_hex(decoded('raw_text'))} from malformed_rows where file_id = '{manifest.file_id}' "
        "and ingest_date = date '" + manifest.ingest_date + "' order by cast(row_number as bigint)"
    )
    assert [from_hex(text) for _, _, text in found] == [f"{text},x,too many" for text in texts]
    assert {feed for feed, _, _ in found} == {"texts"}


def test_a_file_reads_as_its_manifest(lake: Lake, deliver: Callable[..., Path]) -> None:
    manifest = lake.landing().land(deliver("First,Second\na,b\n", "texts 'é\U0001f4b6.csv"), lake.contract).manifest
    names = ["file_id", "feed", "delivery_number", "sha256", "bytes", "rows_delivered", "rows_landed", "rows_malformed"]
    names += ["contract_version", "columns", "loader_version", "started_at", "landed_at", "ingest_date"]
    (found,) = lake.athena.query(f"select {', '.join(names)}, {as_hex('file_name')} from files")
    assert found[:-1] == [str(getattr(manifest, name)) for name in names]
    assert from_hex(found[-1]) == "texts 'é\U0001f4b6.csv"


def test_an_empty_lake_reads_as_no_rows(lake: Lake) -> None:
    lake.landing()
    for table in ("files", "texts", "malformed_rows"):
        assert lake.athena.query(f"select count(*) from {table}") == [["0"]]


class Refusing:
    """A catalog that refuses."""

    def register(self, manifest: Manifest) -> None:
        """Refuse."""
        raise StorageError(f"AWS refused to register the file {manifest.file_id}")


def test_a_file_is_seen_after_its_parts_and_finished_by_the_next(lake: Lake, deliver: Callable[..., Path]) -> None:
    lake.landing()
    file = deliver("First,Second\na,b\ntoo,many,fields\n")
    with pytest.raises(StorageError):
        Landing(Store.open(lake.root), catalog=Refusing()).land(file, lake.contract)
    assert len(lake.keys("commits")) == 1
    assert lake.keys("files") == []
    assert lake.athena.query("select file_id from files") == []
    assert lake.landing().land(file, lake.contract).status == "already_landed"
    tables = ("files", "texts", "malformed_rows")
    assert [lake.athena.query(f"select count(*) from {table}") for table in tables] == [[["1"]]] * 3


def test_a_lost_glue_database_comes_back_with_the_next_landing(lake: Lake, deliver: Callable[..., Path]) -> None:
    file = deliver("First,Second\na,b\n")
    lake.landing().land(file, lake.contract)
    boto3.client("glue").delete_database(Name=os.environ["LEDGER_LAKE_RAW_SCHEMA"])
    assert lake.landing().land(file, lake.contract).status == "already_landed"
    assert lake.athena.query("select t.first from texts t join files f on f.file_id = t.file_id") == [["a"]]


def test_appended_columns_are_missing_in_rows_of_before(lake: Lake, deliver: Callable[..., Path]) -> None:
    first = deliver("First,Second\nold,b\n")
    lake.landing().land(first, lake.contract)
    path = lake.project / "models" / "staging" / "_texts__sources.yml"
    path.write_text(path.read_text().replace("contract_version: 1", "contract_version: 2") + APPENDED)
    landing = lake.landing()
    landing.land(deliver("First,Second,Third\nnew,b,c\n", "texts_2.csv"), lake.contract)
    landing.land(first, lake.contract)
    found = lake.athena.query("select first, second, third from texts order by first")
    assert found == [["new", "b", "c"], ["old", "b", None]]


def test_loaders_racing_on_one_bucket_land_the_same_bytes_once(lake: Lake, deliver: Callable[..., Path]) -> None:
    files = [deliver("First,Second\na,b\nc,d\ne,f,g\n", f"texts_{number}.csv") for number in range(4)]
    landings = [partial(lambda file: lake.landing().land(file, lake.contract), file) for file in files]
    assert landing_tools.race(landings) == ["already_landed"] * 3 + ["landed"]
    assert [len(lake.keys(folder)) for folder in ("commits", "files", "raw/texts", "raw/malformed_rows")] == [1] * 4
    counts = [lake.athena.query(f"select count(*) from {table}") for table in ("files", "texts", "malformed_rows")]
    assert counts == [[["1"]], [["2"]], [["1"]]]


def loader(lake: Lake, *arguments: object, **changed: str) -> subprocess.CompletedProcess[str]:
    """Call the command line in a process of its own."""
    variables = {**os.environ, "LEDGER_LAKE_ROOT": lake.root, "PYTHONPATH": str(PROJECT), **changed}
    command = [sys.executable, "-m", "loader", "--project-dir", str(lake.project), *map(str, arguments)]
    return subprocess.run(command, env=variables, capture_output=True, text=True, check=False)


def test_each_exit_code_and_status_on_a_bucket(lake: Lake, deliver: Callable[..., Path]) -> None:
    good, bad = deliver("First,Second\na,b\n"), deliver("First\na\n", "texts_bad.csv")
    landed, again, refused = (loader(lake, "land", file) for file in (good, good, bad))
    assert [done.returncode for done in (landed, again, refused)] == [0, 0, 3]
    assert [done.stdout.split(":")[0] for done in (landed, again)] == ["landed texts.csv", "already landed texts.csv"]
    status = json.loads(loader(lake, "--json", "status").stdout)
    assert (status["files_landed"], status["files_rejected"], status["rows_landed"]) == (1, 1, 1)


@pytest.mark.parametrize(
    ("changed", "code", "message"),
    [
        ({"LEDGER_LAKE_ROOT": "s3://no-such-bucket-here/x"}, 4, "(NoSuchBucket)"),
        ({"AWS_SECRET_ACCESS_KEY": "wrong"}, 4, "(SignatureDoesNotMatch)"),
        ({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, 4, "AWS credentials not found: set "),
        ({"LEDGER_LAKE_ROOT": "gs://bucket/x"}, 2, "is neither a folder nor s3://bucket/prefix"),
    ],
)
def test_a_lake_that_cannot_be_reached_is_one_line(
    lake: Lake, deliver: Callable[..., Path], changed: dict[str, str], code: int, message: str
) -> None:
    changed = {**changed, "LEDGER_LAKE_RAW_SCHEMA": f"{os.environ['LEDGER_LAKE_RAW_SCHEMA']}_else"}
    for call in (["status"], ["land", deliver("First,Second\na,b\n")]):
        done = loader(lake, *call, **changed)
        assert done.returncode == code
        aside = ("{", "published files are not known: ")
        (line,) = [line for line in done.stderr.splitlines() if not line.startswith(aside)]
        assert line.startswith("error: ")
        assert message in line
    databases = boto3.client("glue").get_databases()["DatabaseList"]
    assert changed["LEDGER_LAKE_RAW_SCHEMA"] not in [database["Name"] for database in databases]
