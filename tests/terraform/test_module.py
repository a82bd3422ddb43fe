"""The Terraform modules are formatted and valid, and their own tests pass: by the real provider, without an account."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.terraform.plan import BUILD, MODULE

MODULES = [".", "bootstrap", "examples/dev", "examples/prod"]
# What Terraform says where neither a mirror nor the registry has the provider.
NO_PROVIDER = ("Failed to query available provider packages", "Failed to install provider")


def terraform(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    program = shutil.which("terraform")
    if program is None:
        pytest.skip("Terraform is not installed")
    environment = {**os.environ, "AWS_EC2_METADATA_DISABLED": "true", "CHECKPOINT_DISABLE": "1"}
    command = [program, *arguments, "-no-color"]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=600
    )


@pytest.fixture(scope="module")
def modules() -> Path:
    """Return a copy of all modules: a lock file with the hash of this machine's provider must not stay beside them."""
    copy = BUILD / "checked"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(MODULE, copy, ignore=shutil.ignore_patterns(".terraform*", "*.tfstate*"))
    return copy


def prepared(folder: Path) -> Path:
    init = terraform(folder, "init", "-backend=false", "-input=false")
    if init.returncode and any(reason in init.stderr for reason in NO_PROVIDER):
        pytest.skip(
            "the AWS provider cannot be had: set TF_CLI_CONFIG_FILE to a configuration with a mirror, "
            "or give Terraform the registry"
        )
    assert init.returncode == 0, init.stderr
    return folder


def test_terraform_is_formatted() -> None:
    done = terraform(MODULE, "fmt", "-check", "-recursive", "-diff")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.long
@pytest.mark.parametrize("module", MODULES)
def test_module_is_valid(module: str, modules: Path) -> None:
    done = terraform(prepared(modules / module), "validate")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.long
@pytest.mark.parametrize("module", [".", "bootstrap"])
def test_tests_of_the_module_pass(module: str, modules: Path) -> None:
    done = terraform(prepared(modules / module), "test")
    assert done.returncode == 0, done.stdout + done.stderr
    assert ", 0 failed." in done.stdout
