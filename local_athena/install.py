"""Builds what the engine runs, once per machine: Trino's home from Maven's jars, and versitygw with Go.

The builds lie outside the checkout, in a folder named by what they are made of, so that every checkout and every test
worker shares them and a new version never mixes with an old one.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

from filelock import FileLock

from local_athena import versions
from local_athena.errors import InstallError, ToolMissingError
from local_athena.installation import Installation
from local_athena.training import train

CACHE_VARIABLE = "LEDGER_LAKE_ENGINE_CACHE"
_RECIPES = Path(__file__).parent / "maven"
_JVM_FOLDER = Path("/usr/lib/jvm")
_PLUGINS = {
    "hive": "io.trino.plugin.hive.HivePlugin",
    "iceberg": "io.trino.plugin.iceberg.IcebergPlugin",
}
_SHOWN_LINES = 15

_log = logging.getLogger(__name__)


def install() -> Installation:
    """Return the installation, which is built first where it is missing: some minutes, and 0.5 GB from Maven and Go.

    Raises:
        ToolMissingError: there is no JDK that is new enough, or, where it has to be built, no Maven or Go.
        InstallError: the build failed.
    """
    jdk = find_jdk()
    return Installation(jdk, build_once(cache_folder() / digest(jdk), lambda folder: _build(folder, jdk)))


def cache_folder() -> Path:
    """Return the folder of all builds: `LEDGER_LAKE_ENGINE_CACHE`, or `ledger-lake/engine` in the user's cache."""
    if chosen := os.environ.get(CACHE_VARIABLE):
        return Path(chosen).absolute()
    user_cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(user_cache).absolute() / "ledger-lake" / "engine"


def build_once(home: Path, build: Callable[[Path], None]) -> Path:
    """Return ``home``, filled by ``build`` unless it is there already.

    It is built beside its place and moved there when it is whole: what lies at ``home`` is never half a build. Of
    two at once the second waits, and finds the work done.
    """
    if not home.is_dir():
        home.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(home.with_name(f"{home.name}.lock")):
            if not home.is_dir():
                unfinished = home.with_name(f"{home.name}.unfinished")
                shutil.rmtree(unfinished, ignore_errors=True)
                unfinished.mkdir()
                build(unfinished)
                unfinished.rename(home)
    return home


def find_jdk() -> Path:
    """Return the home of the first JDK that is new enough: JAVA_HOME, then the PATH, then /usr/lib/jvm.

    Raises:
        ToolMissingError: there is none.
    """
    for home in _possible_jdks():
        if _java_version(home) >= versions.JDK and (home / "bin" / "javac").exists():
            return home
    raise ToolMissingError(
        f"no JDK {versions.JDK} or newer: install one (Eclipse Temurin, for example) and set JAVA_HOME to its folder"
    )


def _possible_jdks() -> Iterator[Path]:
    if java_home := os.environ.get("JAVA_HOME"):
        yield Path(java_home)
    if java := shutil.which("java"):
        yield Path(java).resolve().parents[1]
    if _JVM_FOLDER.is_dir():
        yield from sorted(_JVM_FOLDER.iterdir())


def _java_version(home: Path) -> int:
    """Return the feature version that a Java's `release` file states, 0 without one."""
    try:
        release = (home / "release").read_text(encoding="utf-8")
    except OSError:
        return 0
    stated = re.search(r'^JAVA_VERSION="(\d+)', release, re.MULTILINE)
    return int(stated[1]) if stated else 0


def digest(jdk: Path) -> str:
    """Return the name of a build's folder: what it is made of, in short."""
    parts = hashlib.sha256(f"{versions.TRINO} {versions.VERSITYGW}".encode())
    # Another JVM cannot use what this one learned.
    parts.update((jdk / "release").read_bytes())
    for recipe in sorted(_RECIPES.iterdir()):
        parts.update(recipe.read_bytes())
    return parts.hexdigest()[:16]


def _build(home: Path, jdk: Path) -> None:
    # Both are looked for before the first download: half an hour of Maven is no way to learn that Go is missing.
    maven = _find_tool("mvn", "Maven", "install Maven 3.8 or newer")
    go = _find_tool("go", "Go", "install Go 1.25 or newer")
    _log.info("Building the local Athena in %s (some minutes, once per machine)", home.parent)
    _build_trino(home / "trino", maven, jdk)
    _log.info("Building the S3 gateway versitygw %s", versions.VERSITYGW)
    module = f"github.com/versity/versitygw/cmd/versitygw@{versions.VERSITYGW}"
    _run([go, "install", module], GOBIN=str(home))
    train(Installation(jdk, home))


def _find_tool(command: str, name: str, advice: str) -> str:
    found = shutil.which(command)
    if found is None:
        raise ToolMissingError(f"no {name} (`{command}`) on the PATH: {advice}, or put its folder on the PATH")
    return found


def _build_trino(home: Path, maven: str, jdk: Path) -> None:
    _log.info("Fetching Trino %s", versions.TRINO)
    _copy_jars(maven, jdk, "server.pom.xml", home / "lib")
    _add_main_class(home, jdk)
    for name, plugin_class in _PLUGINS.items():
        folder = home / "plugin" / name
        _copy_jars(maven, jdk, "plugin.pom.xml", folder, plugin=f"trino-{name}")
        # The server brings the SPI; a second copy in the plugin's own class loader would be another set of types.
        for spi in folder.glob("trino-spi-*.jar"):
            spi.unlink()
        # Trino finds a plugin by this entry, which its own build adds to the plugin's archive, not to its jar.
        with zipfile.ZipFile(folder / "service.jar", "w") as jar:
            jar.writestr("META-INF/services/io.trino.spi.Plugin", plugin_class)


def _copy_jars(maven: str, jdk: Path, pom: str, folder: Path, **properties: str) -> None:
    properties |= {
        "trino.version": versions.TRINO,
        "includeScope": "runtime",
        "outputDirectory": str(folder),
    }
    _run(
        [
            maven,
            "--batch-mode",
            "--file",
            str(_RECIPES / pom),
            "dependency:copy-dependencies",
            *(f"-D{name}={value}" for name, value in properties.items()),
        ],
        JAVA_HOME=str(jdk),
    )


def _add_main_class(home: Path, jdk: Path) -> None:
    _run([str(jdk / "bin" / "javac"), "-cp", str(home / "lib" / "*"), "-d", str(home), str(_RECIPES / "Launch.java")])
    compiled = home / "Launch.class"
    with zipfile.ZipFile(home / "lib" / "launch.jar", "w") as jar:
        jar.write(compiled, compiled.name)
    compiled.unlink()


def _run(command: list[str], **variables: str) -> None:
    done = subprocess.run(  # noqa: S603  # tools found on the PATH, with this package's own arguments
        command, env=os.environ | variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode:
        last = "\n".join(done.stdout.splitlines()[-_SHOWN_LINES:])
        raise InstallError(f"`{Path(command[0]).name}` failed (exit code {done.returncode}), its last lines:\n{last}")
