"""How SQL learns of a committed file."""

from __future__ import annotations

from collections.abc import Callable, Iterable
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
    store: Store,
    project_dir: Path,
    contracts: dict[str, Contract],
    *,
    read_only: bool = False,
    may_change: Callable[[str], bool] = lambda _: False,
) -> Catalog:
    """Return the lake's catalog, with a table for each contract.

    A bucket's tables are made or brought up to date here, but for calls that are ``read_only``.

    Args:
        store: the lake.
        project_dir: the dbt project, which states the loader's own tables.
        contracts: of all feeds.
        read_only: leave the tables as they are.
        may_change: whether a feed's contract may do more than append columns; nothing may have landed of others.

    Raises:
        UsageError: the catalog's name is none, or its tables belong to another lake.
        ContractError: a contract did more than append columns.
        StorageError: the bucket or the catalog refused.
    """
    if store.bucket_url is None:
        return FOLDER_CATALOG
    from loader.aws.clients import glue_client
    from loader.lake.commit_log import last_number
    from loader.lake.glue_catalog import GlueCatalog, database_name
    from loader.lake.glue_tables import tables_for

    database = database_name()
    # Tables of a lake that is not there would have to be removed by hand.
    store.check()
    catalog = GlueCatalog(glue_client(), database, store.bucket_url, tables_for(project_dir, contracts))
    if not read_only:
        # Of a feed of which nothing has landed no part has the columns of an earlier contract.
        catalog.prepare(lambda feed: last_number(store, feed) == 0 or may_change(feed))
    return catalog
