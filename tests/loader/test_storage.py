"""The lake's verbs on a folder, and keys that no file name can leave."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loader.errors import NoLakeError, StorageError, UsageError
from loader.lake.keys import safe_segment
from loader.lake.storage import Store


@pytest.fixture
def store(lake: Path) -> Store:
    """An empty lake."""
    return Store.open(str(lake))


@pytest.mark.parametrize("root", ["", " "])
def test_an_empty_root_is_refused(root: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="the root is empty: "):
        Store.open(root, tmp_path)


def test_a_missing_lake_is_made_only_for_who_creates(lake: Path) -> None:
    with pytest.raises(NoLakeError, match=f"^no lake at {re.escape(str(lake))}: nothing was landed there yet$"):
        Store.open(str(lake), create=False)
    assert not lake.exists()
    Store.open(str(lake)).put("a", b"x")
    assert Store.open(str(lake), create=False).get("a") == b"x"


def test_put_new_writes_once(store: Store) -> None:
    assert store.put_new("a/b", b"first")
    assert not store.put_new("a/b", b"second")
    assert store.get("a/b") == b"first"


def test_what_is_not_there_is_none(store: Store) -> None:
    assert store.get("a") is None
    assert store.size("a") is None
    assert list(store.list("a")) == []
    store.delete("a")


def test_a_streamed_object_is_visible_only_when_closed(store: Store, lake: Path) -> None:
    writer = store.open_writer("a/b")
    writer.write(b"x" * 20_000_000)
    assert store.get("a/b") is None
    writer.close()
    assert store.size("a/b") == writer.size == 20_000_000
    writer = store.open_writer("a/c")
    writer.write(b"x" * 20_000_000)
    writer.discard()
    assert [path.name for path in (lake / "a").iterdir()] == ["b"]


def test_refused_storage_is_one_line(store: Store, lake: Path) -> None:
    (lake / "a").write_text("a file where a folder should be")
    for call in (lambda: store.put("a/b", b""), lambda: store.put_new("a/b", b""), lambda: store.get("a/b")):
        with pytest.raises(StorageError, match=r"^storage refused to (write|read) a/b: .*\Z"):
            call()


@given(st.one_of(st.text(min_size=1), st.sampled_from([".", "..", "a/b", "a\0", "a\n", "%2F", "x#1", "é" * 300])))
def test_any_file_name_gives_one_safe_segment(name: str) -> None:
    try:
        segment = safe_segment(name)
    except UnicodeEncodeError:
        return  # no file system gives such a name
    assert 0 < len(segment) <= 200
    assert re.fullmatch(r"[A-Za-z0-9_\-+=%~][A-Za-z0-9._\-+=%~]*", segment)


def test_a_usual_name_is_its_own_segment() -> None:
    assert safe_segment("transactions_2024-01.csv.gz") == "transactions_2024-01.csv.gz"
