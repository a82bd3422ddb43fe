"""How SQL learns of a committed file."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from loader.contract.model import Contract
from loader.lake.objects import Manifest
from loader.lake.storage import Store


class Catalog(Protocol):
    """What a landing tells of a file that it committed, before it makes the file visible in files/."""

    def register(self, manifest: Manifest) -> None:
        """Let SQL find the file's parts; once more is no error.

        Raises:
            StorageError: the catalog refused; landing the file again comes back here.
        """

    def unregistered(self, manifests: Iterable[Manifest]) -> list[Manifest]:
        """Return the files of which SQL does not find everything.

        Raises:
            StorageError: the catalog refused.
        """


class FolderCatalog:
    """A folder's: DuckDB finds parts by their names, so nobody needs to be told."""

    def register(self, manifest: Manifest) -> None:
        """Do nothing."""

    def unregistered(self, manifests: Iterable[Manifest]) -> list[Manifest]:
        """Return none."""
        return []


FOLDER_CATALOG: Catalog = FolderCatalog()


def open_catalog(
    store: Store, project_dir: Path, contracts: dict[str, Contract], *, read_only: bool = False
) -> Catalog:
    """Return the lake's catalog, with a table for each contract.

    A bucket's tables are made or brought up to date here, but for calls that are ``read_only``.

    Raises:
        UsageError: the catalog's name is none, or its tables belong to another lake.
        ContractError: a contract did more than append columns.
        StorageError: the bucket or the catalog refused.
    """
    if store.bucket_url is None:
        return FOLDER_CATALOG
    from loader.aws.clients import glue_client
    from loader.lake.glue_catalog import GlueCatalog, database_name
    from loader.lake.glue_tables import tables_for

    database = database_name()
    # Tables of a lake that is not there would have to be removed by hand.
    store.check()
    catalog = GlueCatalog(glue_client(), database, store.bucket_url, tables_for(project_dir, contracts))
    if not read_only:
        catalog.prepare()
    return catalog
