"""A house runs dbt in this process: each edit is seen, nothing of one house reaches another, and kills are real."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.end_to_end import in_process
from tests.end_to_end.house import House

pytestmark = pytest.mark.dbt

MODEL = "models/probe.sql"
PROBE = "select '{{ env_var('LEDGER_LAKE_ROOT') }}' as lake, '{{ env_var('LEDGER_LAKE_CLOCK', 'none') }}' as clock"
ENDLESS = (
    "{{ config(materialized='table') }} select count(*) as many from range(100000000) as a, range(100000) as b "
    "where hash(a.range, b.range) = 1"
)


@pytest.fixture(scope="module")
def house(new_house: Callable[[], House]) -> House:
    """A house with a model that shows what it was built with."""
    return with_probe(new_house())


def with_probe(house: House) -> House:
    (house.project / MODEL).write_text(PROBE)
    return house


def build_probe(house: House, **options: datetime) -> None:
    built = house.dbt("build", "--select", "probe", **options)
    assert built.exit_code == 0, built.output


def interrupt_when_there(file: Path) -> None:
    """Press Ctrl-C a moment after dbt has written the file: the SQL of a model that begins."""
    while not file.exists():
        threading.Event().wait(0.05)
    threading.Event().wait(0.5)
    os.kill(os.getpid(), signal.SIGINT)


def shown(house: House) -> tuple[str, str]:
    ((lake, clock),) = house.query("select lake, clock from probe")
    return lake, clock


def parses(house: House, monkeypatch: pytest.MonkeyPatch) -> int:
    """Build and return how often dbt parsed for it."""
    calls = []
    run = in_process._run
    monkeypatch.setattr(in_process, "_run", lambda *arguments: calls.append(arguments[0][0]) or run(*arguments))
    build_probe(house)
    monkeypatch.undo()
    return calls.count("parse")


def test_project_that_is_not_edited_is_parsed_once(
    house: House, new_house: Callable[[], House], monkeypatch: pytest.MonkeyPatch
) -> None:
    build_probe(house)
    assert parses(house, monkeypatch) == 0
    assert parses(with_probe(new_house()), monkeypatch) == 0


def test_each_house_builds_its_own_lake(house: House, new_house: Callable[[], House]) -> None:
    other = with_probe(new_house())
    for built in (house, other, house):
        build_probe(built)
    assert [shown(house)[0], shown(other)[0]] == [str(house.lake), str(other.lake)]


def test_clock_of_one_build_is_not_that_of_the_next(house: House) -> None:
    build_probe(house, at=datetime(2026, 3, 1, tzinfo=UTC))
    assert shown(house)[1] == "2026-03-01T00:00:00+00:00"
    build_probe(house)
    assert shown(house)[1] == "none"
    assert "LEDGER_LAKE_CLOCK" not in os.environ


@pytest.mark.parametrize("seconds", [0, 1])
def test_edited_model_is_built_as_it_is_now(house: House, seconds: int) -> None:
    build_probe(house)
    (house.project / MODEL).write_text(f"{PROBE}, {seconds} as edit")
    build_probe(house)
    assert house.value("select edit from probe") == seconds


def test_edit_does_not_reach_another_house(house: House, new_house: Callable[[], House]) -> None:
    other = with_probe(new_house())
    (other.project / MODEL).write_text(f"{PROBE}, 7 as edit")
    build_probe(other)
    (house.project / MODEL).write_text(PROBE)
    build_probe(house)
    assert [column for (column, *_) in house.query("describe probe")] == ["lake", "clock"]
    assert other.value("select edit from probe") == 7


def test_seeds_are_those_of_the_house(house: House, new_house: Callable[[], House]) -> None:
    other = with_probe(new_house())
    other.note("currencies", ["ZZZ", "998", 2, "A currency of this house"])
    for built in (house, other):
        assert built.dbt("build", "--select", "currencies").exit_code in (0, 1)
    count = "select count(*) from currencies where currency = 'ZZZ'"
    assert [house.value(count), other.value(count)] == [0, 1]


def test_variables_that_a_parse_reads_are_noticed(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    (house.project / MODEL).write_text("select '{{ var('told', 'nothing') }}' as told")
    build_probe(house)
    assert house.dbt("build", "--select", "probe", "--vars", "told: something").exit_code == 0
    assert house.value("select told from probe") == "something"
    build_probe(house)
    assert house.value("select told from probe") == "nothing"


def test_exit_codes_are_those_of_the_command(house: House) -> None:
    (house.project / MODEL).write_text(PROBE)
    wrong = house.dbt("build", "--no-such-option")
    assert (wrong.exit_code, "--no-such-option" in wrong.output) == (2, True)
    (house.project / MODEL).write_text("select nothing")
    failed = house.dbt("build", "--select", "probe")
    assert (failed.exit_code, "Binder Error" in failed.output, "\x1b" in failed.output) == (1, True, False)
    (house.project / MODEL).write_text("{{ no_macro( }}")
    assert house.dbt("build", "--select", "probe").exit_code == 2
    (house.project / MODEL).write_text(PROBE)
    build_probe(house)
    assert shown(house)[0] == str(house.lake)


@pytest.fixture
def listens_to_ctrl_c() -> Iterator[None]:
    """Let Ctrl-C reach this process, which a shell that starts it in the background has turned off."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("listens_to_ctrl_c")
def test_ctrl_c_ends_the_command_and_is_raised(house: House) -> None:
    (house.project / MODEL).write_text(ENDLESS)
    running = house.project / "target/run/ledger_lake/models/probe.sql"
    running.unlink(missing_ok=True)
    threading.Thread(target=interrupt_when_there, args=(running,), daemon=True).start()
    with pytest.raises(KeyboardInterrupt):
        house.dbt("build", "--select", "probe")
    (house.project / MODEL).write_text(PROBE)
    build_probe(house)


def test_killed_build_is_finished_by_the_next_one(house: House) -> None:
    (house.project / MODEL).write_text(ENDLESS)
    with house.spawn("build", "--select", "probe") as build:
        build.wait_for("START sql table model main.probe")
        build.kill()
    assert build.result().exit_code == -signal.SIGKILL
    (house.project / MODEL).write_text(PROBE)
    build_probe(house)
    assert shown(house)[0] == str(house.lake)


def test_spawned_command_that_ends_gives_its_output(house: House) -> None:
    with house.spawn("list", "--select", "currencies") as listing:
        pass
    assert listing.result().exit_code == 0
    assert "ledger_lake.currencies" in listing.result().output
    with pytest.raises(AssertionError, match="was not printed"):
        listing.wait_for("no such words")
