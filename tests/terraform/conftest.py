"""What the tests of the Terraform modules share: both modules with everything rendered."""

from __future__ import annotations

import pytest

from tests.terraform.plan import NoProviderError, Plan, render, render_bootstrap

_NO_PROVIDER = "set TF_CLI_CONFIG_FILE to a configuration with a mirror, or give Terraform the registry"


@pytest.fixture(scope="session")
def plan() -> Plan:
    """Return what the module makes; one `terraform` call for all tests and workers."""
    try:
        return render()
    except NoProviderError as error:
        pytest.skip(f"{error}: {_NO_PROVIDER}")


@pytest.fixture(scope="session")
def bootstrap() -> Plan:
    """Return what bootstrap makes for CI; one `terraform` call for all tests and workers."""
    try:
        return render_bootstrap()
    except NoProviderError as error:
        pytest.skip(f"{error}: {_NO_PROVIDER}")
