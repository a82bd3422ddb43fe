"""What the tests of the Terraform module share: the module with everything rendered."""

from __future__ import annotations

import pytest

from tests.terraform.plan import NoProviderError, Plan, render


@pytest.fixture(scope="session")
def plan() -> Plan:
    """Return what the module makes; one `terraform` call for all tests and workers."""
    try:
        return render()
    except NoProviderError as error:
        pytest.skip(f"{error}: set TF_CLI_CONFIG_FILE to a configuration with a mirror, or give it the registry")
