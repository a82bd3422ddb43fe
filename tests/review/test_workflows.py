"""What workflows may do: no untrusted code beside a token that writes, and no release cut in two."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

PROJECT = Path(__file__).parents[2]
WORKFLOWS = sorted((PROJECT / ".github" / "workflows").glob("*.yml"))
BASE = "${{ github.event.pull_request.base.sha }}"
SAME_REPOSITORY = "github.event.pull_request.head.repo.full_name == github.repository"


def load(path: Path) -> dict[Any, Any]:
    found: dict[Any, Any] = yaml.safe_load(path.read_text())
    return found


def jobs(*names: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for path in WORKFLOWS:
        if not names or path.stem in names:
            for name, job in load(path)["jobs"].items():
                yield f"{path.stem}/{name}", job


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_actions_are_pinned_and_say_their_version(path: Path) -> None:
    for line in re.findall(r"uses: (.*)", path.read_text()):
        assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}  # v\d+\.\d+\.\d+", line), line


def test_one_action_has_one_version_everywhere() -> None:
    used = {found for path in WORKFLOWS for found in re.findall(r"uses: ([\w./-]+)@(\w+)", path.read_text())}
    assert len(used) == len({name for name, _ in used})


def test_job_that_writes_runs_no_code_of_a_pull_request() -> None:
    for name, job in jobs("pull-request"):
        if "write" in {job["permissions"].get(scope) for scope in ("contents", "pull-requests", "issues", "packages")}:
            assert SAME_REPOSITORY in job["if"], name
            places = [step["with"]["ref"] for step in job["steps"] if "checkout" in step.get("uses", "")]
            assert places == [BASE], name


def test_forks_get_no_token_of_aws() -> None:
    for name, job in jobs("pull-request", "terraform"):
        if job["permissions"].get("id-token") == "write":
            assert SAME_REPOSITORY in job["if"], name


def test_code_of_forks_is_never_started_with_rights() -> None:
    for path in WORKFLOWS:
        # YAML 1.1 takes the key `on` for true.
        assert not {"pull_request_target", "workflow_run"} & set(load(path)[True]), path.stem


def test_release_is_never_cancelled_half_way() -> None:
    assert load(PROJECT / ".github/workflows/release.yml")["concurrency"]["cancel-in-progress"] is False


def test_failure_within_a_pipe_fails_the_step() -> None:
    for path in WORKFLOWS:
        assert load(path)["defaults"]["run"]["shell"] == "bash", path.stem


def test_ci_and_workflows_call_targets_that_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text(), flags=re.MULTILINE))
    texts = [path.read_text() for path in (*WORKFLOWS, PROJECT / ".ci" / "run")]
    starts = re.compile(r"(?:^|run: |\" )\s*make (?:--silent )?([a-z-]+)", flags=re.MULTILINE)
    called = {name for text in texts for name in starts.findall(text)}
    assert {"compare", "image", "lint"} <= called
    assert called <= targets
