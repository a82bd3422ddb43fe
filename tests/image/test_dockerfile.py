"""The image: what it contains, and that its steps and a build in it succeed with one writable folder."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from demo.generate import generate
from tests.end_to_end.house import DBT_FILES, PROJECT
from tests.image.container import Container, why_not
from tests.image.dockerfile import Stage, copy_context, read

COMMIT = "0123456789abcdef0123456789abcdef01234567"
# No model reads an analysis, and what .dbtignore leaves out is not in the image.
# What an engine mounts into every container is left out: /proc, /dev and the shared memory in it.
WRITABLE = """
import os
for folder, names, _ in os.walk('/'):
    if os.access(folder, os.W_OK):
        print(folder)
    names[:] = [name for name in names if os.path.join(folder, name) not in ('/proc', '/dev') and folder != '/work']
"""
NOT_IN_THE_IMAGE = {".dbtignore", "analyses"}


@pytest.fixture(scope="module")
def stages() -> list[Stage]:
    return read(PROJECT / "Dockerfile", COMMIT=COMMIT)


@pytest.fixture(scope="module")
def final(stages: list[Stage]) -> Stage:
    return stages[-1]


def test_image_contains_the_dbt_project_and_its_profile(final: Stage) -> None:
    copied = {
        (Path(source), Path(source if target == "./" else target))
        for stage, sources, target in (step.copied for step in final.all("COPY"))
        for source in sources
        if stage is None
    }
    project = {(Path(name), Path(name)) for name in DBT_FILES if name not in NOT_IN_THE_IMAGE}
    assert copied == project | {(Path("profiles.yml.example"), Path("profiles.yml"))}


def test_program_gets_signals_and_has_no_rights(final: Stage) -> None:
    user, group = final.last("USER").rest.split(":")
    assert int(user) > 0
    assert int(group) > 0
    # The JSON form: no shell stands between the engine and the program. An ENTRYPOINT cannot even be read.
    assert final.last("CMD").listed
    assert final.last("STOPSIGNAL").rest == "SIGTERM"


def test_all_that_is_written_is_below_the_volume(final: Stage) -> None:
    (volume,) = final.last("VOLUME").listed
    written = ("HOME", "TMPDIR", "DBT_TARGET_PATH", "DBT_LOG_PATH")
    assert {Path(volume) in (place := Path(final.environment[name]), *place.parents) for name in written} == {True}


def test_image_names_its_commit(final: Stage) -> None:
    labels = {name: value for step in final.all("LABEL") for name, value in step.pairs.items()}
    assert labels["org.opencontainers.image.revision"] == COMMIT
    assert final.environment["LEDGER_LAKE_CODE_VERSION"] == COMMIT


def test_builder_is_sent_no_lake_profile_or_git(tmp_path: Path) -> None:
    project = tmp_path / "project"
    for name in ("lake/warehouse.duckdb", "profiles.yml", ".git/config", ".env", "loader/errors.py", "loader/x.pyc"):
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).touch()
    shutil.copy(PROJECT / ".dockerignore", project)
    copy_context(project, tmp_path / "context")
    assert [path.name for path in (tmp_path / "context").rglob("*") if path.is_file()] == ["errors.py"]


@pytest.mark.parametrize("name", ["image", "build"])
def test_locks_have_the_versions_that_were_tested(name: str) -> None:
    tested = _locked(PROJECT / "requirements.lock")
    assert _locked(PROJECT / f"requirements-{name}.lock").items() <= tested.items()


def test_image_has_no_package_that_only_tests_need() -> None:
    assert not {"pytest", "moto", "ruff", "hatchling"} & {
        name for name, _ in _locked(PROJECT / "requirements-image.lock")
    }


def _locked(path: Path) -> dict[tuple[str, str], tuple[str, frozenset[str]]]:
    """Return version and hashes of each package and each of its conditions."""
    found = {}
    for entry in re.split(r"\n(?=[a-z0-9])", path.read_text()):
        pinned = re.match(r"([a-z0-9-]+)(?:\[.*?\])?==(\S+)(?: ; ([^\\]+))?", entry)
        if pinned:
            hashes = frozenset(re.findall(r"--hash=(\S+)", entry))
            assert hashes, f"{path.name}: {pinned[1]} has no hash"
            found[pinned[1], (pinned[3] or "").strip()] = pinned[2], hashes
    assert found
    return found


@pytest.fixture(scope="module")
def image(stages: list[Stage], tmp_path_factory: pytest.TempPathFactory) -> Container:
    """The last stage, built by the steps of the Dockerfile in a clean folder."""
    missing = why_not()
    if missing:
        pytest.skip(missing)
    folder = tmp_path_factory.mktemp("image")
    copy_context(PROJECT, folder / "context")
    built: dict[str, Container] = {}
    for stage in stages:
        built[stage.name] = Container(folder / (stage.name or "image"), stage)
        built[stage.name].build(folder / "context", built)
    return built[""]


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    generate(folder, 3_000, 1)
    folder.chmod(0o755)
    return folder


@pytest.mark.slow
@pytest.mark.dbt
def test_a_build_needs_one_writable_folder(image: Container, sample: Path) -> None:
    delivered = sorted(f"/inbox/{path.relative_to(sample)}" for path in sample.glob("delivery-*/*.csv"))
    image.variables["LEDGER_LAKE_ROOT"] = "/work/lake"
    for command in (
        ["loader", "--help"],
        ["loader", "land", *delivered],
        ["python", "-m", "pipeline", "build"],
    ):
        ended = image.run(*command, mounted={sample: "/inbox"})
        assert ended.returncode == 0, ended.stdout
    balances = (
        "import duckdb; print(duckdb.connect('/work/lake/warehouse.duckdb').sql('from month_end_balances').shape[0])"
    )
    assert int(image.run("python", "-c", balances).stdout) > 0


@pytest.mark.slow
def test_nothing_else_can_be_written(image: Container) -> None:
    assert image.run("python", "-c", WRITABLE).stdout.splitlines() == ["/work"]
    for place in ("/app/x", "/opt/venv/x", "/tmp/x", "/etc/x"):  # noqa: S108  # in the image
        assert image.run("touch", place).returncode != 0, place
    assert image.run("touch", "/work/x").returncode == 0
    assert (image.root / "work" / "x").stat().st_uid == 10001


@pytest.mark.slow
def test_bytecode_is_there_and_pip_is_not(image: Container) -> None:
    packages = image.root / "opt/venv/lib" / "python3.11" / "site-packages"
    modules = {path.stem for path in (packages / "loader").glob("*.py")}
    assert {path.name.split(".")[0] for path in (packages / "loader" / "__pycache__").iterdir()} == modules
    assert not (packages / "pip").exists()
