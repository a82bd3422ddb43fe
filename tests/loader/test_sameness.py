"""Which offered files are a delivery of their own: the table of docs/decisions/0019, case by case."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import buckets
import landing_tools
import pytest
from click.testing import CliRunner, Result

from loader.cli.commands import cli
from loader.contract.decisions import withdrawn_in_seed
from loader.contract.model import Contract
from loader.errors import UsageError
from loader.inbox.delivered_file import LocalFile, Spooled
from loader.inbox.finding import find
from loader.lake.catalog import FOLDER_CATALOG
from loader.lake.erasing import Eraser
from loader.lake.landing import Landed, Landing
from loader.lake.recovery import recover
from loader.lake.storage import Store
from loader.lake.verification import verify

HEADER = "PaymentID,Amount\n"
A, B = HEADER + "1,1.00\n", HEADER + "1,2.00\n"
SEED = "file_id,decision,reason,decided_by,decided_at\n"


class Inbox:
    """A folder into which senders write at times that tests choose, and one lake of the feed payments."""

    def __init__(self, folder: Path, lake: Path, contract: Contract) -> None:
        self.folder = folder / "inbox"
        self.folder.mkdir(exist_ok=True)
        self.contract = contract
        self.withdrawn: set[str] = set()
        self.store = Store.open(str(lake))
        self.landing = Landing(self.store, withdrawn=lambda: self.withdrawn)
        self._day = 0

    def deliver(self, content: str, name: str = "payments.csv") -> Path:
        """Write a file, a day after the one before."""
        self._day += 1
        path = self.folder / name
        path.write_text(content)
        os.utime(path, (self._day * 86400, self._day * 86400))
        return path

    def land(self, content: str, name: str = "payments.csv") -> Landed:
        return self.landing.land(self.deliver(content, name), self.contract)

    def is_whole(self) -> bool:
        found = verify(self.store, FOLDER_CATALOG, now=lambda: datetime.now(UTC) + timedelta(hours=1))
        return not found.findings and not found.leftovers


@pytest.fixture
def inbox(tmp_path: Path, lake: Path, contract: Contract) -> Inbox:
    return Inbox(tmp_path, lake, contract)


@pytest.fixture
def reference(tmp_path: Path, lake: Path, edit_contract: Callable[[str, str], Contract]) -> Inbox:
    """An inbox of reference data."""
    return Inbox(tmp_path, lake, edit_contract("kind: entries", "kind: reference"))


def numbers(*landed: Landed) -> list[tuple[str, int]]:
    return [(one.status, one.manifest.delivery_number) for one in landed]


def test_entries_delivered_twice_by_mistake_land_once(inbox: Inbox) -> None:
    first, *again = (inbox.land(A, name) for name in ("payments.csv", "payments.csv", "payments_copy.csv"))
    assert numbers(first, *again) == [("landed", 1), ("already_landed", 1), ("already_landed", 1)]
    assert not any(one.is_left_over for one in again)
    inbox.land(B)
    assert numbers(inbox.land(A)) == [("already_landed", 1)], "entries that came between change nothing"
    assert inbox.is_whole()


def test_reference_data_that_comes_back_lands_anew(reference: Inbox) -> None:
    landed = [reference.land(content) for content in (A, B, A, A, *(B, A) * 4)]
    assert numbers(*landed) == [
        *(("landed", 1), ("landed", 2), ("landed", 3), ("already_landed", 3)),
        *(("landed", number) for number in range(4, 12)),
    ]
    assert [one.manifest.same_bytes_as for one in landed] == [None, None, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    assert len(landing_tools.objects(Path(reference.store.root), "landing")) == 2, "each content is kept once"
    assert reference.is_whole()


def test_reference_files_that_stay_in_the_inbox_stay_landed(reference: Inbox) -> None:
    older, newer = reference.deliver(A, "payments_1.csv"), reference.deliver(B, "payments_2.csv")
    for file in (older, newer):
        reference.landing.land(file, reference.contract)
    older.chmod(0o600)
    again = [reference.landing.land(file, reference.contract) for file in (older, newer, older)]
    assert numbers(*again) == [("already_landed", 1), ("already_landed", 2), ("already_landed", 1)]
    assert [one.is_left_over for one in again] == [True, False, True]


def test_crash_before_the_note_brings_no_old_state_back(reference: Inbox) -> None:
    """The commit knows of the event, so that nothing hangs on what is noted of the inbox afterwards."""
    crashed = reference.deliver(A, "payments_1.csv")
    reference.landing.land(crashed, reference.contract)
    reference.land(B, "payments_2.csv")
    restarted = Landing(reference.store)
    assert numbers(restarted.land(crashed, reference.contract)) == [("already_landed", 1)]


@pytest.mark.parametrize("kind", ["entries", "reference"])
def test_files_without_rows_land_each_day(
    kind: str, tmp_path: Path, lake: Path, edit_contract: Callable[[str, str], Contract]
) -> None:
    inbox = Inbox(tmp_path, lake, edit_contract("kind: entries", f"kind: {kind}"))
    named = [inbox.land(HEADER, name) for name in ("payments_1.csv", "payments_2.csv", "payments.csv", "payments.csv")]
    assert numbers(*named) == [("landed", number) for number in (1, 2, 3, 4)]
    lying = [LocalFile(inbox.folder / name) for name in ("payments_1.csv", "payments_2.csv", "payments.csv")]
    again = [inbox.landing.land(file, inbox.contract) for file in lying]
    assert numbers(*again) == [("already_landed", number) for number in (1, 2, 4)]
    assert inbox.is_whole()


def test_many_quiet_days_cost_no_more_than_one(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    for day in range(5):
        inbox.land(HEADER, f"payments_{day}.csv")
    calls: list[str] = []
    for verb in ("get", "size", "list"):
        honest = getattr(inbox.store, verb)
        monkeypatch.setattr(inbox.store, verb, lambda key, v=verb, h=honest: (calls.append(v), h(key))[1])
    inbox.land(HEADER, "payments_next.csv")
    # The first delivery, its commit, this event; an erasure, the kept bytes; that the first delivery is recorded.
    assert calls == ["get", "get", "get", "size", "size", "size", "get"]


def test_withdrawn_file_that_is_sent_again_lands(inbox: Inbox) -> None:
    first = inbox.land(A)
    inbox.withdrawn.add(first.manifest.file_id)
    again = inbox.land(A)
    assert numbers(again) == [("landed", 2)]
    assert again.manifest.same_bytes_as == 1
    assert numbers(inbox.land(A, "payments_copy.csv")) == [("already_landed", 2)], "a copy of what stands"
    inbox.withdrawn.clear()
    assert numbers(inbox.land(A, "payments_other.csv")) == [("already_landed", 2)]
    assert inbox.is_whole()


def test_withdrawn_file_that_stays_in_the_inbox_stays_out(inbox: Inbox) -> None:
    file = inbox.deliver(A)
    landed = inbox.landing.land(file, inbox.contract)
    inbox.withdrawn.add(landed.manifest.file_id)
    moved = inbox.folder / "other disk" / file.name
    moved.parent.mkdir()
    os.link(file, moved)
    for place in (file, moved):
        again = inbox.landing.land(place, inbox.contract)
        assert (numbers(again), again.is_left_over) == ([("already_landed", 1)], True)


def test_erased_bytes_never_come_back(inbox: Inbox) -> None:
    erased = inbox.land(A).manifest
    Eraser(inbox.store, is_withdrawn=lambda _: True).erase(erased.file_id, "request 9", "A. Person")
    inbox.withdrawn.add(erased.file_id)
    assert numbers(inbox.land(A, "payments_again.csv")) == [("already_landed", 1)]
    assert inbox.is_whole()


ACCOUNTS = r"payments_(?P<account>[A-Z]+)(_[0-9]+)?\.csv"


def by_name(inbox: Inbox) -> None:
    """Let the file's name say the account."""
    meta = inbox.contract.meta.model_copy(update={"file_name": ACCOUNTS})
    inbox.contract = inbox.contract.model_copy(update={"meta": meta})


def test_same_bytes_of_two_accounts_are_two_deliveries(inbox: Inbox) -> None:
    by_name(inbox)
    found = [inbox.land(A, f"payments_{name}.csv") for name in ("GIRO", "CARD", "GIRO_2", "CARD", "CARD_7", "LOAN")]
    assert numbers(*found) == [
        *(("landed", 1), ("landed", 2), ("already_landed", 1)),
        *(("already_landed", 2), ("already_landed", 2), ("landed", 3)),
    ]
    assert inbox.is_whole()


def test_erased_bytes_of_another_account_are_refused(inbox: Inbox) -> None:
    by_name(inbox)
    erased = inbox.land(A, "payments_GIRO.csv").manifest
    Eraser(inbox.store, is_withdrawn=lambda _: True).erase(erased.file_id, "request 9", "A. Person")
    with pytest.raises(UsageError, match=f"the same bytes as the file {erased.file_id}, which was erased"):
        inbox.land(A, "payments_CARD.csv")


def test_each_pipe_is_an_event(reference: Inbox) -> None:
    def pipe(content: str) -> Landed:
        return reference.landing.land(Spooled(io.BytesIO(content.encode()), "pipe", "payments.csv"), reference.contract)

    contents = (A, A, B, A, HEADER, HEADER)
    assert numbers(*map(pipe, contents)) == [
        *(("landed", 1), ("already_landed", 1), ("landed", 2)),
        *(("landed", 3), ("landed", 4), ("landed", 5)),
    ]


def test_object_of_a_bucket_is_delivered_anew_when_it_is_put(
    services: str, monkeypatch: pytest.MonkeyPatch, reference: Inbox
) -> None:
    buckets.use(services, monkeypatch)
    bucket = buckets.new_root().split("/")[2]

    def put(key: str, content: str, day: int) -> None:
        monkeypatch.setattr("moto.s3.models.utcnow", lambda: datetime(2024, 2, day))  # noqa: DTZ001 - as moto
        boto3.client("s3").put_object(Bucket=bucket, Key=key, Body=content.encode())

    def land(key: str) -> tuple[str, int]:
        (found,) = find(f"s3://{bucket}/{key}").named
        return numbers(reference.landing.land(found, reference.contract))[0]

    put("in/payments.csv", A, 1)
    assert land("in/payments.csv") == ("landed", 1)
    put("in/payments_2.csv", B, 2)
    assert land("in/payments_2.csv") == ("landed", 2)
    assert land("in/payments.csv") == ("already_landed", 1)
    put("in/payments.csv", A, 3)
    assert land("in/payments.csv") == ("landed", 3)


def test_lost_record_of_a_further_delivery_is_put_back(reference: Inbox) -> None:
    for content in (A, B, A, B):
        reference.land(content)
    further = [key for key in reference.store.list("contents") if key.count("/") == 3]
    assert len(further) == 2
    for key in further:
        reference.store.delete(key)
    found = verify(reference.store, FOLDER_CATALOG, now=lambda: datetime.now(UTC) + timedelta(hours=1))
    assert {(one.key, one.kind) for one in found.findings} == {(key, "missing") for key in further}
    assert len(recover(reference.store, FOLDER_CATALOG).finished) == 2
    assert reference.is_whole()


def test_commit_that_knows_no_earlier_one_is_a_duplicate(reference: Inbox) -> None:
    for content in (A, B, A):
        last = reference.land(content).manifest
    unknowing = last.model_copy(update={"same_bytes_as": None})
    reference.store.put(f"commits/payments/00000/{last.delivery_number:08d}.json", unknowing.to_json())
    found = verify(reference.store, FOLDER_CATALOG).findings
    assert [one.message for one in found if one.kind == "duplicate"] == [
        f"the same bytes as delivery 1, which it does not know of: withdraw this file, {last.file_id}"
    ]


# The command line, an inbox that is offered each night, and the project's own seed.


@pytest.fixture
def night(project: Path, lake: Path, inbox: Inbox) -> Callable[..., list[Any]]:
    """Land the inbox, or a file, as a schedule does each night; return what was said of each file."""

    def land(path: Path = inbox.folder) -> list[Any]:
        call = ["--root", str(lake), "--project-dir", str(project), "--json", "land", str(path)]
        done: Result = CliRunner().invoke(cli, call)
        assert done.exit_code == 0, done.output
        said = map(json.loads, done.stdout.splitlines())
        return [one.get("delivery_number") or (one["status"], one["files"]) for one in said]

    return land


def decide(project: Path, *lines: str) -> None:
    (project / "seeds").mkdir(exist_ok=True)
    (project / "seeds" / "file_decisions.csv").write_text(SEED + "".join(f"{line}\n" for line in lines))


def test_old_files_of_an_inbox_land_once_however_many_nights(
    inbox: Inbox, night: Callable[..., list[Any]], edit_contract: Callable[[str, str], Contract]
) -> None:
    edit_contract("kind: entries", "kind: reference")
    inbox.deliver(A, "payments_1.csv")
    inbox.deliver(B, "payments_2.csv")
    inbox.deliver(HEADER, "payments_3.csv")
    assert night() == [1, 2, 3]
    assert night() == [("landed_before", 3)]
    inbox.deliver(A, "payments_4.csv")
    assert night() == [4, ("landed_before", 3)]
    # Without its notes the inbox is read again, and nothing is delivered.
    for key in inbox.store.list("seen"):
        inbox.store.delete(key)
    assert night() == [1, 2, 3, 4]
    assert night() == [("landed_before", 4)]
    assert inbox.is_whole()


def test_withdrawal_in_the_seed_lets_a_file_land_again(
    project: Path, inbox: Inbox, night: Callable[..., list[Any]]
) -> None:
    inbox.deliver(A, "payments_1.csv")
    assert night() == [1]
    (manifest,) = (json.loads(inbox.store.get(key) or b"") for key in inbox.store.list("commits"))
    decide(project, f"{manifest['file_id']},withdraw,the bank asks,A. Person,2026-01-02T12:00:00Z")
    assert night() == [("landed_before", 1)]
    inbox.deliver(A, "payments_2.csv")
    assert night() == [2, ("landed_before", 1)]


def test_unchanged_file_is_told_how_to_be_delivered_again(project: Path, lake: Path, inbox: Inbox) -> None:
    call = ["--root", str(lake), "--project-dir", str(project), "land", str(inbox.deliver(HEADER))]
    said = [CliRunner().invoke(cli, call).stdout for _ in range(2)]
    assert said[0].startswith("landed payments.csv: 0 rows")
    assert said[1].endswith("it was not touched since: touch it to deliver it again\n")


def test_new_delivery_of_known_bytes_is_told(project: Path, lake: Path, inbox: Inbox) -> None:
    for _ in range(2):
        call = ["--root", str(lake), "--project-dir", str(project), "land", str(inbox.deliver(HEADER))]
        said = CliRunner().invoke(cli, call).stdout
    assert said.endswith(", the same bytes as delivery 1\n")


@pytest.mark.parametrize(
    ("decisions", "withdrawn"),
    [
        ([], set()),
        (["a,withdraw,,,2026-01-02T12:00:00Z", "b,hold,,,2026-01-02T12:00:00Z"], {"a"}),
        # By time, not by line: noon in Tokyo is before noon in London.
        (["a,release,,,2026-01-02T12:00:00Z", "a,withdraw,,,2026-01-02T12:00:00+09:00"], set()),
        (["a,release,,,2026-01-02T12:00:00+09:00", "a,withdraw,,,2026-01-02T12:00:00Z"], {"a"}),
    ],
)
def test_last_decision_of_a_file_counts(project: Path, decisions: list[str], withdrawn: set[str]) -> None:
    decide(project, *decisions)
    assert withdrawn_in_seed(project) == withdrawn


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (SEED + "a,hold,,,2026-01-02T12:00:00Z\nb,hold,,,yesterday\n", "line 3: decided_at is 'yesterday'"),
        (SEED + "a,hold,,,2026-01-02T12:00:00\n", "line 2: decided_at is .*: give a time with its offset"),
        ("file,decision,decided_at\na,hold,2026-01-02T12:00:00Z\n", "has no column 'file_id'"),
    ],
)
def test_unreadable_decisions_are_named(project: Path, text: str, message: str) -> None:
    decide(project)
    (project / "seeds" / "file_decisions.csv").write_text(text)
    with pytest.raises(UsageError, match=message):
        withdrawn_in_seed(project)


def test_project_without_decisions_withdraws_nothing(project: Path) -> None:
    assert withdrawn_in_seed(project) == frozenset()
