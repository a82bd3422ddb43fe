"""What holds an engine together, with stand-ins for Trino and S3: kills, lost ports, folders in use, the commands."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from local_athena.cli import cli
from local_athena.engine import Engine
from local_athena.errors import EngineError, StartError
from local_athena.processes import Identity, find, identify, stop
from local_athena.state import Record, Role, State
from tests.athena.stand_ins import StandIns
from tests.athena.waiting import all_ended, running_processes, start_owner, wait_until

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with its parent")


def _command(state: Path) -> list[str]:
    return [sys.executable, "-m", "local_athena", "--state", str(state)]


def _run(state: Path, command: str) -> Result:
    return CliRunner().invoke(cli, ["--state", str(state), command])


@pytest.fixture
def kept(stand_ins: StandIns, tmp_path: Path) -> Iterator[Path]:
    """The folder of an engine that is not tied."""
    with Engine.start(tmp_path / "kept", tied=False):
        yield tmp_path / "kept"


def test_engine_outlives_its_starter_until_it_is_stopped(stand_ins: StandIns, tmp_path: Path) -> None:
    state = tmp_path / "kept"
    subprocess.run([*_command(state), "up"], check=True, capture_output=True)
    processes = running_processes(state)
    (state / "s3" / "ledger-lake" / "landed").touch()
    done = subprocess.run([*_command(state), "down"], check=True, capture_output=True, text=True)
    assert done.stdout == "4 processes ended\n"
    assert all_ended(processes.values())
    assert (state / "s3" / "ledger-lake" / "landed").exists()
    assert not (state / "engine.json").exists()


def test_second_up_leaves_the_engine_as_it_is(kept: Path) -> None:
    before = running_processes(kept)
    done = _run(kept, "up")
    assert done.exit_code == 0, done.output
    assert Engine.attach(kept).s3_url in done.output
    assert running_processes(kept) == before


def test_status_and_env_say_what_runs(kept: Path) -> None:
    done = _run(kept, "status")
    assert done.exit_code == 0, done.output
    assert [line.split()[:2] for line in done.output.splitlines()] == [[role, "up"] for role in Role]
    assert f"export AWS_ENDPOINT_URL_S3={Engine.attach(kept).s3_url}\n" in _run(kept, "env").output


def test_what_does_not_run_is_said_in_one_line(tmp_path: Path) -> None:
    assert _run(tmp_path, "status").exit_code == 1
    assert _run(tmp_path, "down").output == f"no engine runs on {tmp_path}\n"
    done = _run(tmp_path, "env")
    assert done.exit_code == 1
    assert done.output == f"Error: no engine runs on {tmp_path}: start one with `python -m local_athena up`\n"


def test_logs_are_shown_with_their_paths(kept: Path) -> None:
    (kept / "logs" / "trino.log").write_text("a word of Trino's\n")
    assert f"==> {kept}/logs/trino.log\na word of Trino's\n" in _run(kept, "logs").output


@linux_only
def test_killed_supervisor_takes_its_servers_along(kept: Path) -> None:
    processes = running_processes(kept)
    os.kill(processes[Role.SUPERVISOR].pid, signal.SIGKILL)
    wait_until(lambda: all_ended(processes.values()))


@pytest.mark.parametrize("command", ["up", "down"])
def test_next_command_says_that_the_supervisor_was_killed(kept: Path, command: str) -> None:
    processes = running_processes(kept)
    os.kill(processes[Role.SUPERVISOR].pid, signal.SIGKILL)
    wait_until(lambda: find(processes[Role.SUPERVISOR]) is None)
    done = subprocess.run([*_command(kept), command], check=False, capture_output=True, text=True)
    assert f"The supervisor of {kept} had been killed" in done.stderr
    assert all_ended(processes.values())
    assert (State(kept).read() is not None) == (command == "up")


def test_status_of_what_was_killed_removes_nothing(kept: Path) -> None:
    processes = running_processes(kept)
    os.kill(processes[Role.SUPERVISOR].pid, signal.SIGKILL)
    wait_until(lambda: find(processes[Role.SUPERVISOR]) is None)
    done = _run(kept, "status")
    assert done.exit_code == 1
    assert f"{Role.SUPERVISOR} down" in " ".join(done.output.split())
    assert State(kept).read() is not None


@pytest.mark.parametrize("command", ["up", "env"])
def test_engine_that_has_lost_a_server_is_not_called_well(kept: Path, command: str) -> None:
    lost = running_processes(kept)[Role.TRINO]
    os.kill(lost.pid, signal.SIGKILL)
    wait_until(lambda: find(lost) is None)
    done = _run(kept, command)
    assert done.exit_code == 1
    assert done.output == f"Error: the engine on {kept} has lost trino: stop it, and start it again\n"


def test_owner_killed_during_the_start_leaves_nothing(stand_ins: StandIns, tmp_path: Path) -> None:
    stand_ins.precede(stand_ins.java, "exec sleep 1000")
    state = tmp_path / "state"
    with start_owner(state) as owner:
        wait_until(lambda: (record := State(state).read()) is not None and set(record.processes) == set(Role))
        processes = running_processes(state)
        owner.kill()
        wait_until(lambda: all_ended(processes.values()))
        wait_until(lambda: not state.exists())


def test_port_that_is_lost_is_replaced(stand_ins: StandIns, tmp_path: Path) -> None:
    lost = tmp_path / "lost"
    stand_ins.precede(
        stand_ins.versitygw, f"test -e {lost} || {{ : > {lost}; echo 'bind: address already in use'; exit 1; }}"
    )
    with Engine.start(tmp_path / "state", tied=True):
        assert lost.exists()
        running_processes(tmp_path / "state")


def test_failed_start_names_the_log_and_shows_its_end(stand_ins: StandIns, tmp_path: Path) -> None:
    stand_ins.precede(stand_ins.java, "echo no room for a heap; exit 7")
    with pytest.raises(StartError) as error:
        Engine.start(tmp_path / "state", tied=True)
    log = tmp_path / "state" / "logs" / "trino.log"
    assert str(error.value) == f"trino ended with exit code 7 while it started; its log {log} ends:\nno room for a heap"
    assert log.exists()
    assert State(tmp_path / "state").read() is None


def test_trino_that_fails_to_start_again_is_reported(stand_ins: StandIns, tmp_path: Path) -> None:
    with Engine.start(tmp_path / "state", tied=True) as engine:
        engine.kill_trino()
        stand_ins.precede(stand_ins.java, "echo broken; exit 7")
        with pytest.raises(StartError, match="broken"):
            engine.start_trino()


def test_folder_of_a_running_engine_is_refused(kept: Path) -> None:
    with pytest.raises(EngineError, match=r"an engine runs on .* already"):
        Engine.start(kept, tied=False)
    running_processes(kept)


def test_tied_engine_refuses_a_folder_with_files(stand_ins: StandIns, tmp_path: Path) -> None:
    (tmp_path / "precious").touch()
    with pytest.raises(EngineError, match="is not empty"):
        Engine.start(tmp_path, tied=True)
    assert (tmp_path / "precious").exists()


@pytest.mark.parametrize("record", ["{}", '{"tied": false, "processes": {}}', None])
def test_record_that_cannot_be_read_is_reported_in_one_line(tmp_path: Path, record: str | None) -> None:
    if record is None:
        (tmp_path / "engine.json").mkdir()
    else:
        (tmp_path / "engine.json").write_text(record)
    done = _run(tmp_path, "down")
    assert done.exit_code == 1
    assert done.output.startswith(f"Error: {tmp_path}/engine.json is not an engine's record")
    assert len(done.output.splitlines()) == 1


def test_process_that_got_a_recorded_id_later_is_left_alone(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE) as other:
        earlier = Identity(pid=other.pid, started=identify(other.pid).started - 60)
        State(tmp_path).write(Record(tied=False, processes={Role.SUPERVISOR: earlier, Role.TRINO: earlier}))
        _run(tmp_path, "down")
        assert other.poll() is None


def test_process_that_does_not_listen_is_killed() -> None:
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); signal.pause()"
    with subprocess.Popen([sys.executable, "-c", deaf], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert stop([identify(process.pid)], patience=0.1) == 1
        assert find(Identity(pid=process.pid, started=0)) is None
