"""The order of a feed's files: numbers without a gap, whoever lands, in whatever turns, and wherever it is killed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import landing_tools
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from obstore.store import MemoryStore
from test_catalog import manifest as any_manifest

from loader.contract.model import Contract
from loader.errors import StorageError
from loader.lake.catalog import FOLDER_CATALOG
from loader.lake.commit_log import CommitLog, last_number
from loader.lake.commits import Commit, content_keys, read_commits
from loader.lake.keys import commit_key, content_key, number_of_commit
from loader.lake.landing import Landing
from loader.lake.numbering import numbering_faults
from loader.lake.objects import Manifest
from loader.lake.sameness import Found, Offer, event_of
from loader.lake.storage import Entry, Store
from loader.lake.verification import verify
from tests.loader.conftest import CONTRACT
from tests.loader.faults import CONTENT, EARLIER, Fault, commit_only

Deliver = Callable[..., Path]
FEED = "payments"


def numbered(store: Store, feed: str = FEED) -> dict[int, str]:
    """Return the contents committed by their numbers."""
    commits = read_commits(store, sorted(store.list(f"commits/{feed}")))
    return {commit.manifest.delivery_number: commit.manifest.sha256 for commit in commits}


def visible(store: Store) -> list[int]:
    """Return the numbers that SQL sees, in their order."""
    lines = (store.get(key) or b"" for key in store.list("files"))
    return sorted(Manifest.model_validate_json(line).delivery_number for line in lines)


def text(number: int) -> str:
    return f"PaymentID,Amount\n{number},1.00\n"


def test_files_of_a_feed_are_numbered_in_order_of_commits(
    landing: Landing, contract: Contract, deliver: Deliver
) -> None:
    other = contract.model_copy(update={"feed": "others"})
    found = [landing.land(deliver(text(number)), contract).manifest for number in range(3)]
    assert [manifest.delivery_number for manifest in found] == [1, 2, 3]
    assert landing.land(deliver(text(7)), other).manifest.delivery_number == 1
    assert landing.land(deliver(text(1)), contract).manifest == found[1]


def test_clock_that_is_wrong_changes_no_number(landing: Landing, contract: Contract, deliver: Deliver) -> None:
    def at(year: int) -> Landing:
        return Landing(landing.store, lambda: datetime(year, 1, 1, tzinfo=UTC))

    years = [2030, 2001, 2024]
    found = [at(year).land(deliver(text(year)), contract).manifest for year in years]
    assert [manifest.delivery_number for manifest in found] == [1, 2, 3]
    assert [manifest.landed_at[:4] for manifest in found] == [str(year) for year in years]


def test_loaders_racing_with_other_bytes_share_no_number(lake: Path, contract: Contract, deliver: Deliver) -> None:
    files = [deliver(text(number), f"payments_{number}.csv") for number in range(8)]
    landings = [partial(Landing(Store.open(str(lake))).land, file, contract) for file in files]
    assert landing_tools.race(landings) == ["landed"] * 8
    store = Store.open(str(lake))
    assert list(numbered(store)) == visible(store) == list(range(1, 9))
    assert verify(store, FOLDER_CATALOG).findings == []


@dataclass
class Meanwhile(Fault):
    """Something that happens before one call of a loader to its storage."""

    action: Callable[[], object] = field(kw_only=True)

    def _strike(self, error: Callable[[str], Exception]) -> None:
        self.action()


@pytest.mark.parametrize("rival", ["other bytes", "same bytes", "other bytes, cut off", "same bytes, cut off"])
def test_rival_before_any_call_leaves_numbers_whole(
    rival: str, tmp_path: Path, contract: Contract, deliver: Deliver
) -> None:
    earlier, file = deliver(EARLIER, "payments_0.csv"), deliver(CONTENT)
    is_cut_off = "cut off" in rival
    numbers = (1,) if is_cut_off else (1, 2)
    others = [file] if "same" in rival else [deliver(text(number), f"payments_{number}.csv") for number in numbers]

    def attempt(at: int) -> int:
        store = Store.open(str(tmp_path / f"lake-{at}"))
        Landing(store).land(earlier, contract)

        def compete() -> None:
            for other in others:
                if is_cut_off:
                    commit_only(Store.open(store.root), other, contract)
                else:
                    Landing(Store.open(store.root)).land(other, contract)

        fault = Meanwhile(at, action=compete)
        landed = Landing(fault.store(Store.open(store.root))).land(file, contract)
        assert landed.manifest.sha256 in numbered(store).values()
        # What the rival committed last, if it came last, is finished by whoever comes next.
        CommitLog(store, FOLDER_CATALOG).find(offer(landed.manifest.sha256))
        expected = 1 if at == 0 else len({file, *others})
        assert list(numbered(store)) == visible(store) == list(range(1, expected + 2))
        assert verify(store, FOLDER_CATALOG).findings == []
        return fault.calls

    calls = attempt(0)
    assert calls > 10
    for at in range(1, calls + 1):
        attempt(at)


class Killed(BaseException):
    """Ends a loader as kill -9 does: nothing that handles errors sees it."""


class Turns:
    """Loaders that stop before each call to their storage, until it is their turn."""

    def __init__(self) -> None:
        """Begin without loaders."""
        self._stopped: dict[int, threading.Event] = {}
        self._killed: set[int] = set()
        self._at_rest = threading.Semaphore(0)
        self._threads: list[threading.Thread] = []

    def start(self, work: Callable[[Callable[[], None]], None]) -> None:
        """Start a loader and wait for its first stop; it is given what to call before each call."""
        number = len(self._threads)

        def live() -> None:
            try:
                with suppress(Killed):
                    work(lambda: self._stop(number))
            finally:
                self._at_rest.release()

        self._threads.append(threading.Thread(target=live, daemon=True))
        self._threads[-1].start()
        self._wait()

    def _stop(self, number: int) -> None:
        event = threading.Event()
        self._stopped[number] = event
        self._at_rest.release()
        event.wait()
        if number in self._killed:
            raise Killed

    def waiting(self) -> list[int]:
        """Return the loaders that can go on."""
        return sorted(self._stopped)

    def go(self, number: int, *, kill: bool = False) -> None:
        """Let one loader make its next call, or end it before that, and wait for its next stop or its end."""
        if kill:
            self._killed.add(number)
        self._stopped.pop(number).set()
        self._wait()

    def _wait(self) -> None:
        assert self._at_rest.acquire(timeout=60), "a loader neither stops nor ends"


class Gated(Store):
    """A lake in memory whose every call waits for its turn."""

    def __init__(self, objects: MemoryStore, stop: Callable[[], None] = lambda: None) -> None:
        """Call ``stop`` before each call."""
        super().__init__(objects, "memory")
        self._before = stop

    def put_new(self, key: str, data: bytes) -> bool:
        self._before()
        return super().put_new(key, data)

    def get(self, key: str) -> bytes | None:
        self._before()
        return super().get(key)

    def size(self, key: str) -> int | None:
        self._before()
        return super().size(key)

    def entries(self, prefix: str) -> Iterator[Entry]:
        self._before()
        return iter(list(super().entries(prefix)))

    def folders(self, prefix: str) -> tuple[str, ...]:
        self._before()
        return super().folders(prefix)


# A header without rows, which each loader has found in an inbox of its own.
QUIET = "q"


def payments() -> Contract:
    text = yaml.safe_load(CONTRACT)["sources"][0]["tables"][0]
    columns = [{"name": one["name"], "meta": one["config"]["meta"]} for one in text["columns"]]
    given = {"feed": FEED, "path": Path(), "meta": text["config"]["meta"], "columns": columns}
    return Contract.model_validate(given)


def offer(sha256: str, loader: int = 0) -> Offer:
    return Offer(payments(), sha256, "payments.csv", event_of(f"{loader}-{sha256}"))


def named(loader: int, sha256: str, number: int, earlier: Commit | None = None) -> Manifest:
    given = {"file_id": f"{loader}-{sha256}", "sha256": sha256, "delivery_number": number}
    given |= {"event": offer(sha256, loader).event, "same_bytes_as": earlier and earlier.manifest.delivery_number}
    given |= {"rows_delivered": 0} if sha256 == QUIET else {}
    return any_manifest().model_copy(update=given)


def commit_all(objects: MemoryStore, loader: int, contents: list[str], stop: Callable[[], None]) -> None:
    """Be a loader, without the bytes and the parts of its files."""
    log = CommitLog(Gated(objects, stop), FOLDER_CATALOG)
    for sha256 in contents:
        offered = offer(sha256, loader)
        found = log.find(offered)
        if found.same is None:
            commit = log.append(offered, found, partial(named, loader, sha256))
            assert commit.manifest.sha256 == sha256


@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(
    loaders=st.lists(st.lists(st.sampled_from("abcq"), min_size=1, max_size=3, unique=True), min_size=2, max_size=4),
    choices=st.randoms(use_true_random=False),
)
def test_numbers_hold_whatever_turns_loaders_take(loaders: list[list[str]], choices: Any) -> None:
    objects, turns, killed = MemoryStore(), Turns(), set()
    lake = Gated(objects)
    for number, contents in enumerate(loaders):
        turns.start(partial(commit_all, objects, number, contents))
    while waiting := turns.waiting():
        number = choices.choice(waiting)
        kill = choices.random() < 0.03
        killed.update({number} if kill else ())
        turns.go(number, kill=kill)
        committed = numbered(lake)
        assert list(committed) == list(range(1, len(committed) + 1))
        with_rows = [sha256 for sha256 in committed.values() if sha256 != QUIET]
        assert len(set(with_rows)) == len(with_rows), "no content has two numbers"
        assert len(committed) - len(with_rows) <= sum(QUIET in contents for contents in loaders)
        assert visible(lake) in (list(committed), list(committed)[:-1]), "only the last file may not be visible yet"
    wanted = {sha256 for number, contents in enumerate(loaders) if number not in killed for sha256 in contents}
    assert wanted <= set(numbered(lake).values())
    for number, contents in enumerate(loaders):
        commit_all(objects, number, contents, lambda: None)
    committed = numbered(lake)
    assert visible(lake) == list(committed)
    assert list(committed.values()).count(QUIET) == sum(QUIET in contents for contents in loaders)
    commits = list(read_commits(lake, sorted(lake.list("commits"))))
    assert sorted(lake.list("contents")) == sorted(key for key, _ in content_keys(commits))
    assert list(numbering_faults(lake, lake.list("commits"), commits)) == []


def test_commit_whose_answer_was_lost_keeps_its_number() -> None:
    class Forgetful(Gated):
        def put_new(self, key: str, data: bytes) -> bool:
            super().put_new(key, data)
            return False

    log = CommitLog(Forgetful(MemoryStore()), FOLDER_CATALOG)
    for number, sha256 in enumerate("ab", start=1):
        found = log.find(offer(sha256))
        assert found == Found()
        assert log.append(offer(sha256), found, partial(named, 0, sha256)).manifest == named(0, sha256, number)


def test_further_files_of_a_loader_list_nothing(lake: Path, contract: Contract, deliver: Deliver) -> None:
    store, calls = Store.open(str(lake)), []
    for verb in ("put_new", "put", "get", "size", "list", "folders"):
        honest = getattr(store, verb)
        setattr(store, verb, lambda *given, verb=verb, honest=honest: (calls.append(verb), honest(*given))[1])
    landing = Landing(store)
    landing.land(deliver(text(1)), contract)
    calls.clear()
    landing.land(deliver(text(2)), contract)
    # Is the content known, are the bytes kept; commit, file, content.
    assert calls == ["get", "size", "put_new", "put_new", "put_new"]


@pytest.mark.parametrize("last", [1, 999, 1000, 2500])
def test_last_number_is_found_among_many_by_few_keys(last: int) -> None:
    listed: list[str] = []

    class Counting(Gated):
        def entries(self, prefix: str) -> Iterator[Entry]:
            found = list(super().entries(prefix))
            listed.extend(entry.key for entry in found)
            return iter(found)

    store = Counting(MemoryStore())
    for number in range(1, last + 1):
        store.put(commit_key(FEED, number), b"")
    for key in ("x", "zz/1.json", "00099/00000001.json", f"00000/{last + 1}.json"):
        store.put(f"commits/{FEED}/{key}", b"of nobody")
    assert last_number(store, FEED) == last
    assert len(listed) <= 1003


def test_empty_folder_that_a_crash_left_hides_no_number(landing: Landing, lake: Path) -> None:
    landing.store.put(commit_key(FEED, 4), b"")
    (lake / "commits" / FEED / "00001").mkdir()
    assert last_number(landing.store, FEED) == 4
    assert last_number(landing.store, "others") == 0


@pytest.mark.parametrize(
    "key", ["commits/payments/00000/1.json", "commits/payments/00001/00000001.json", "commits/x", ""]
)
def test_key_that_is_no_commits_has_no_number(key: str) -> None:
    assert number_of_commit(key) is None
    assert number_of_commit(commit_key(FEED, 1234)) == 1234


@pytest.mark.parametrize(
    ("record", "message"),
    [
        (b"{}", "was changed: run loader verify"),
        (b'{"feed":"payments","sha256":"b","delivery_number":1}', "names the commit of another content"),
        (b'{"feed":"payments","sha256":"b","delivery_number":2}', "00000002.json is not there"),
    ],
)
def test_changed_record_of_a_content_is_named(record: bytes, message: str) -> None:
    store = Gated(MemoryStore())
    commit_all(MemoryStore(), 0, ["a"], lambda: None)
    log = CommitLog(store, FOLDER_CATALOG)
    log.append(offer("a"), log.find(offer("a")), partial(named, 0, "a"))
    store.put(content_key(FEED, "b"), record)
    with pytest.raises(StorageError, match=message):
        log.find(offer("b"))
