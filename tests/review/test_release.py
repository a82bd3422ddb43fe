"""The steps of a release, with programs of AWS, registries and Terraform that only note what they are asked."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

RELEASE = Path(__file__).parents[2] / ".github" / "release"
DIGEST, COMMIT = f"sha256:{'a' * 64}", "c" * 40
PLAN = {"resource_changes": [{"address": "aws_x.y", "change": {"actions": ["create"], "after": {"secret": "s3cret"}}}]}


class Steps:
    """A folder of stand-ins, and what they were called with."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.notes = folder / "notes"
        self.notes.touch()

    def stand_in(self, program: str, script: str) -> None:
        path = self.folder / program
        path.write_text(f'#!/bin/sh\necho "{program} $*" >> "{self.notes}"\n{script}\n')
        path.chmod(0o755)

    def run(self, step: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        known = {"PATH": f"{self.folder}:{os.environ['PATH']}", "RUNNER_TEMP": str(self.folder), **variables}
        command = [str(RELEASE / step), *arguments]
        return subprocess.run(command, env=known, capture_output=True, text=True, check=False, cwd=RELEASE.parents[1])

    def calls(self, text: str) -> list[str]:
        return [line for line in self.notes.read_text().splitlines() if text in line]


@pytest.fixture
def steps(tmp_path: Path) -> Steps:
    return Steps(tmp_path)


def test_built_image_is_of_the_commit_of_the_run(steps: Steps) -> None:
    ended = steps.run("choose-image", "ledger-lake-dev", BUILT=DIGEST, EARLIER="", GITHUB_SHA=COMMIT)
    assert ended.stdout == f"digest={DIGEST}\ncommit={COMMIT}\n"


def test_earlier_image_is_of_the_commit_of_its_tag(steps: Steps) -> None:
    steps.stand_in("aws", f"printf 'latest\\t{COMMIT}\\n'")
    ended = steps.run("choose-image", "ledger-lake-dev", BUILT="", EARLIER=DIGEST, GITHUB_SHA="d" * 40)
    assert ended.stdout == f"digest={DIGEST}\ncommit={COMMIT}\n"


@pytest.mark.parametrize("earlier", ["latest", f"{DIGEST}\ncommit=x", f"x{DIGEST}", "sha256:$(touch x)"])
def test_what_is_no_digest_is_refused(steps: Steps, earlier: str) -> None:
    steps.stand_in("aws", f"echo {COMMIT}")
    ended = steps.run("choose-image", "ledger-lake-dev", BUILT="", EARLIER=earlier, GITHUB_SHA=COMMIT)
    assert (ended.returncode, ended.stdout, steps.calls("aws")) == (1, "", [])


def pushing(steps: Steps, digest: str, there: str) -> subprocess.CompletedProcess[str]:
    steps.stand_in("skopeo", f'case "$1" in inspect) echo {digest};; esac')
    steps.stand_in("aws", f'case "$2" in describe-repositories) echo host/repo;; describe-images) {there};; esac')
    known = {"TF_VAR_image_digest": DIGEST, "TF_VAR_code_version": COMMIT}
    return steps.run("push-image", "ledger-lake-dev", "image.tar", **known)


def test_image_is_pushed_under_its_commit(steps: Steps) -> None:
    assert pushing(steps, DIGEST, "exit 254").returncode == 0
    assert steps.calls("copy") == [f"skopeo copy --preserve-digests oci-archive:image.tar docker://host/repo:{COMMIT}"]


def test_image_that_is_there_is_left(steps: Steps) -> None:
    assert pushing(steps, DIGEST, "exit 0").returncode == 0
    assert steps.calls("copy") == []


def test_image_that_was_not_planned_is_not_pushed(steps: Steps) -> None:
    assert pushing(steps, f"sha256:{'b' * 64}", "exit 254").returncode == 1
    assert steps.calls("copy") == []


def planning(steps: Steps, script: str) -> subprocess.CompletedProcess[str]:
    steps.stand_in("terraform", f"case \"$2\" in plan) {script};; show) cat <<'E'\n{json.dumps(PLAN)}\nE\n;; esac")
    return steps.run("plan", "terraform/examples/dev", STATE_BUCKET="state")


def test_plan_shows_no_value(steps: Steps) -> None:
    ended = planning(steps, "echo 's3cret'")
    assert ended.returncode == 0, ended.stderr
    assert "1 to add" in (steps.folder / "summary.md").read_text()
    left = [path for path in steps.folder.iterdir() if path.name != "terraform" and "s3cret" in path.read_text()]
    assert (left, "s3cret" in ended.stdout + ended.stderr) == ([], False)


def test_plan_that_fails_shows_its_error_only(steps: Steps) -> None:
    ended = planning(steps, "echo s3cret; echo Error: no such bucket >&2; exit 1")
    assert (ended.returncode, ended.stderr, "s3cret" in ended.stdout) == (1, "Error: no such bucket\n", False)
