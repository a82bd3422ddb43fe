"""Runs the stages of a Dockerfile where there is no engine: each in a folder of its own that is the root of its disk.

The base image is this machine's system and its Python, bound read-only at the places that an image of Python has them.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.image.dockerfile import Stage

_SYSTEM = ("/usr", "/etc", "/bin", "/sbin", "/lib", "/lib64")
_FOR_DOWNLOADS = ("PIP_CERT", "PIP_INDEX_URL", "PIP_DEFAULT_TIMEOUT", "SSL_CERT_FILE", "HTTP_PROXY", "HTTPS_PROXY")
_PATH = "/usr/local/bin:/usr/bin:/bin"


def why_not() -> str | None:
    """Return what this machine lacks for it, or None."""
    if os.geteuid() != 0:
        return "the steps of the Dockerfile run as root only; where there is Docker, `docker build` runs them"
    tried = subprocess.run(["/usr/bin/unshare", "--mount", "true"], capture_output=True, check=False)
    return None if tried.returncode == 0 else "the steps of the Dockerfile need `unshare --mount`"


class Container:
    """One stage, built: a root of a disk in which commands run."""

    def __init__(self, root: Path, stage: Stage) -> None:
        self.root = root
        self.stage = stage
        self.folder = "/"
        self.variables: dict[str, str] = {"PATH": _PATH}

    def build(self, context: Path, others: Mapping[str, Container]) -> None:
        """Carry out the steps of the stage, in their order, as root."""
        (self.root / "tmp").mkdir(parents=True)
        for step in self.stage.steps:
            match step.word:
                case "ENV":
                    self.variables |= step.pairs
                case "WORKDIR":
                    self.folder = step.rest
                    (self.root / step.rest.lstrip("/")).mkdir(parents=True, exist_ok=True)
                case "COPY":
                    stage, sources, target = step.copied
                    self._copy(context if stage is None else others[stage].root, sources, target)
                case "RUN":
                    downloads = {name: os.environ[name] for name in _FOR_DOWNLOADS if name in os.environ}
                    ended = self._start(["/bin/sh", "-c", step.rest], downloads | self.variables)
                    assert ended.returncode == 0, f"RUN {step.rest}\n{ended.stdout}"

    def run(self, *command: str, mounted: Mapping[Path, str] | None = None) -> subprocess.CompletedProcess[str]:
        """Start a command as a task does: the image's user and variables, nothing writable but its volume."""
        (volume,) = self.stage.last("VOLUME").listed
        return self._start(command, self.variables, volume=volume, user=self.stage.last("USER").rest, mounted=mounted)

    def _copy(self, origin: Path, sources: list[str], target: str) -> None:
        for source in sources:
            found = origin / source.lstrip("/")
            place = self.root / (Path(self.folder) / target).as_posix().lstrip("/")
            if found.is_dir():
                shutil.copytree(found, place, symlinks=True, dirs_exist_ok=True)
            else:
                shutil.copy2(found, place / found.name if target.endswith("/") else place)

    def _start(
        self,
        command: list[str] | tuple[str, ...],
        variables: Mapping[str, str],
        *,
        volume: str | None = None,
        user: str = "0:0",
        mounted: Mapping[Path, str] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        root = shlex.quote(str(self.root))
        lines = ["set -e", "mount --make-rprivate /", f"mount --bind {root} {root}"]
        lines += self._system()
        for source, place in (mounted or {}).items():
            lines.append(self._bound(str(source), place))
        if volume is not None:
            at = shlex.quote(f"{self.root}{volume}")
            lines += [f"mount --bind {at} {at}", f"mount -o remount,bind,ro {root}"]
        lines.append(
            f'exec /usr/sbin/chroot --userspec {user} --groups "" {root} /usr/bin/env --chdir {self.folder} "$@"'
        )
        return subprocess.run(
            [
                "/usr/bin/unshare",
                "--mount",
                "--fork",
                "--pid",
                "--kill-child",
                "/bin/sh",
                "-c",
                "\n".join(lines),
                "sh",
                *command,
            ],
            env=dict(variables),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def _system(self) -> list[str]:
        """Return the lines that mount the machine's system, its Python, and what every engine gives a container."""
        lines = []
        for place in map(Path, _SYSTEM):
            here = self.root / place.name
            if place.is_symlink():
                if not here.is_symlink():
                    here.symlink_to(place.readlink())
            elif place.is_dir():
                lines.append(self._bound(str(place), str(place)))
        # Where an image of Python has it, and where its own libraries are linked to.
        lines += [self._bound(sys.base_prefix, place) for place in ("/usr/local", sys.base_prefix)]
        for place in ("proc", "dev"):
            (self.root / place).mkdir(exist_ok=True)
        at = shlex.quote(str(self.root))
        # As an engine does: a process sees those of its own container, and shared memory can be written to.
        lines += [f"mount -t proc proc {at}/proc", f"mount --rbind /dev {at}/dev"]
        return [*lines, f"mount -t tmpfs -o mode=1777 tmpfs {at}/dev/shm"]  # noqa: S108  # in the container

    def _bound(self, source: str, place: str) -> str:
        at = self.root / place.lstrip("/")
        if not place.startswith("/usr/"):
            at.mkdir(parents=True, exist_ok=True)
        target = shlex.quote(str(at))
        return f"mount --bind {shlex.quote(source)} {target} && mount -o remount,bind,ro {target}"
