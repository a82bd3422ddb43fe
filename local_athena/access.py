"""How the engine's servers are reached: addresses on this machine, and keys that protect nothing."""

from __future__ import annotations

REGION = "us-east-1"
ACCESS_KEY = "local"
SECRET_KEY = "local-secret"  # noqa: S105  # every engine has the same; it listens on this machine only
BUCKET = "ledger-lake"


def url(port: int) -> str:
    """Return the address of a server of the engine."""
    return f"http://127.0.0.1:{port}"


def environment(*, api_port: int, s3_port: int) -> dict[str, str]:
    """Return the variables by which boto3, dbt-athena, PyAthena and obstore find the engine, and only it."""
    return {
        "AWS_ENDPOINT_URL": url(api_port),
        # One of a single service would go before the common one, if the shell had it already.
        **{f"AWS_ENDPOINT_URL_{service}": url(api_port) for service in ("ATHENA", "GLUE", "STS")},
        "AWS_ENDPOINT_URL_S3": url(s3_port),
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false",
        "AWS_ALLOW_HTTP": "true",  # obstore refuses http otherwise
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",  # nobody waits for a metadata server that is not there
    }
