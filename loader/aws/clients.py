"""Who we are in AWS and where, for lakes in a bucket; boto3 is imported for these only, because it takes its time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from loader.errors import StorageError

if TYPE_CHECKING:
    from mypy_boto3_athena.client import AthenaClient
    from mypy_boto3_glue.client import GlueClient
    from mypy_boto3_s3.client import S3Client

# Glue throttles small accounts at a few calls a second, and several loaders may start at once.
_GLUE = Config(retries={"mode": "standard", "total_max_attempts": 8}, connect_timeout=5, read_timeout=30)
_ATHENA = Config(retries={"mode": "standard", "total_max_attempts": 5}, connect_timeout=5, read_timeout=30)
_S3 = Config(retries={"mode": "standard", "total_max_attempts": 5}, connect_timeout=5, read_timeout=30)


@contextmanager
def aws_errors(action: str, then: str = "") -> Iterator[None]:
    """Turn boto3's errors into a StorageError of one line: what was refused, why, and what to do ``then``."""
    try:
        yield
    except (ClientError, BotoCoreError, OSError, ValueError) as error:  # a token's file, an endpoint's form
        raise StorageError(f"AWS refused to {action}: {_reason(error)}{then}") from error


def _reason(error: ClientError | BotoCoreError | OSError | ValueError) -> str:
    if isinstance(error, ClientError):
        told = error.response.get("Error", {})
        return f"{' '.join(told.get('Message', 'no reason given').split())} ({told.get('Code', 'unknown')})"
    return " ".join(str(error).split())


def new_session() -> boto3.Session:
    """Return a session with a region.

    Raises:
        StorageError: there is no region.
    """
    session = boto3.Session()
    if not session.region_name:
        # boto3 takes AWS_DEFAULT_REGION only; dbt's profile, containers and other kits speak of AWS_REGION.
        session = boto3.Session(region_name=os.environ.get("AWS_REGION"))
    if not session.region_name:
        raise StorageError("AWS region unknown: set AWS_REGION, or give the profile one")
    return session


def s3_client() -> S3Client:
    """Return a client of S3, of which inboxes are read and versions listed.

    Raises:
        StorageError: there is no region, or boto3's configuration is wrong.
    """
    with aws_errors("open S3"):
        return new_session().client("s3", config=_S3)


def glue_client() -> GlueClient:
    """Return a client of Glue.

    Raises:
        StorageError: there is no region, or boto3's configuration is wrong.
    """
    with aws_errors("open Glue"):
        return new_session().client("glue", config=_GLUE)


def athena_client() -> AthenaClient:
    """Return a client of Athena, which has the warehouse of a lake in a bucket.

    Raises:
        StorageError: there is no region, or boto3's configuration is wrong.
    """
    with aws_errors("open Athena"):
        return new_session().client("athena", config=_ATHENA)
