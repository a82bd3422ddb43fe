"""Building what the engine runs."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from click.testing import CliRunner

from local_athena import install, versions
from local_athena.cli import cli
from local_athena.errors import InstallError, ToolMissingError
from tests.athena.stand_ins import StandIns


@pytest.fixture
def bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without any tool, and with nothing built."""
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    monkeypatch.setattr(install, "_JVM_FOLDER", tmp_path / "no-jvm")
    monkeypatch.setenv(install.CACHE_VARIABLE, str(tmp_path / "cache"))


def test_what_is_built_is_not_built_again(tmp_path: Path) -> None:
    built: list[Path] = []
    for _ in range(2):
        assert install.build_once(tmp_path / "home", built.append) == tmp_path / "home"
    assert len(built) == 1


def test_of_two_builds_at_once_one_is_done(tmp_path: Path) -> None:
    built: list[Path] = []
    both_here = threading.Barrier(2)

    def build(folder: Path) -> None:
        built.append(folder)
        (folder / "jar").touch()

    def ask() -> Path:
        both_here.wait(10)
        return install.build_once(tmp_path / "home", build)

    with ThreadPoolExecutor(2) as pool:
        homes = [future.result() for future in [pool.submit(ask), pool.submit(ask)]]
    assert homes == [tmp_path / "home"] * 2
    assert len(built) == 1


def test_second_build_waits_for_the_first(tmp_path: Path) -> None:
    first_builds, second_waited = threading.Event(), threading.Event()

    def slow_build(folder: Path) -> None:
        first_builds.set()
        second_waited.wait(0.5)  # the second cannot come through: it waits for this build
        (folder / "whole").touch()

    def never(folder: Path) -> None:
        second_waited.set()

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(install.build_once, tmp_path / "home", slow_build)
        assert first_builds.wait(10)
        second = pool.submit(install.build_once, tmp_path / "home", never)
        assert (second.result() / "whole").exists()
        assert first.result() == second.result()
    assert not second_waited.is_set()


def test_failed_build_is_not_taken_for_a_whole_one(tmp_path: Path) -> None:
    def fail(folder: Path) -> None:
        (folder / "half").touch()
        raise InstallError("no network")

    with pytest.raises(InstallError):
        install.build_once(tmp_path / "home", fail)
    assert not (tmp_path / "home").exists()

    home = install.build_once(tmp_path / "home", lambda folder: (folder / "whole").touch())
    assert [path.name for path in home.iterdir()] == ["whole"]


def test_jdk_that_is_too_old_is_passed_over(
    bare_machine: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(StandIns.jdk(tmp_path / "old", versions.JDK - 1)))
    new = StandIns.jdk(tmp_path / "jvm" / "new", versions.JDK)
    monkeypatch.setattr(install, "_JVM_FOLDER", tmp_path / "jvm")
    assert install.find_jdk() == new


def test_java_without_a_compiler_is_no_jdk(bare_machine: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runtime = StandIns.jdk(tmp_path / "runtime", versions.JDK)
    (runtime / "bin" / "javac").unlink()
    monkeypatch.setenv("JAVA_HOME", str(runtime))
    with pytest.raises(ToolMissingError):
        install.find_jdk()


def test_machine_without_a_jdk_is_told_so_in_one_line(bare_machine: None, tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, ["--state", str(tmp_path / "state"), "up"])
    assert done.exit_code == 1
    assert done.output.splitlines() == [
        "Error: no JDK 25 or newer: install one (Eclipse Temurin, for example) and set JAVA_HOME to its folder"
    ]
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize(
    ("there", "line"),
    [
        ([], "no Maven (`mvn`) on the PATH: install Maven 3.8 or newer, or put its folder on the PATH"),
        (["mvn"], "no Go (`go`) on the PATH: install Go 1.25 or newer, or put its folder on the PATH"),
    ],
)
def test_missing_tool_is_named_before_anything_is_fetched(
    bare_machine: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: list[str], line: str
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(StandIns.jdk(tmp_path / "jdk", versions.JDK)))
    (tmp_path / "empty").mkdir()
    for tool in there:
        StandIns.write(tmp_path / "empty" / tool, f"#!/bin/sh\n: > {tmp_path}/ran\n")
    with pytest.raises(ToolMissingError) as error:
        install.install()
    assert str(error.value) == line
    assert not (tmp_path / "ran").exists()


def test_failed_tool_shows_its_last_lines(bare_machine: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(StandIns.jdk(tmp_path / "jdk", versions.JDK)))
    (tmp_path / "empty").mkdir()
    StandIns.write(tmp_path / "empty" / "go", "#!/bin/sh\n")
    StandIns.write(tmp_path / "empty" / "mvn", "#!/bin/sh\necho no route to host\nexit 3\n")
    with pytest.raises(InstallError, match=r"`mvn` failed \(exit code 3\)") as error:
        install.install()
    assert "no route to host" in str(error.value)


def test_without_tools_an_engine_that_is_built_is_found(stand_ins: StandIns, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert install.install().versitygw == stand_ins.versitygw


def test_other_jvm_has_a_build_of_its_own(stand_ins: StandIns, tmp_path: Path) -> None:
    other = StandIns.jdk(tmp_path / "other", versions.JDK + 1)
    assert install.digest(other) != install.digest(stand_ins.java.parents[1])
