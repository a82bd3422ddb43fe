"""What the global options of a call say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from loader.contract.decisions import withdrawn_in_seed
from loader.contract.model import Contract
from loader.contract.project import find_project_dir, load_contracts
from loader.lake.storage import Store

if TYPE_CHECKING:
    from loader.lake.catalog import Catalog
    from loader.lake.landing import Landing


@dataclass
class Settings:
    """The global options. ``root_is_typed`` says that the root stands on the command line."""

    root: str
    root_is_typed: bool
    project_dir: str | None
    as_json: bool
    debug: bool

    def contracts(self) -> dict[str, Contract]:
        """Return the project's contracts by feed."""
        return load_contracts(find_project_dir(self.project_dir))

    def landing(self, contracts: dict[str, Contract]) -> Landing:
        """Return what lands in the lake; its tables are up to date before the first byte is written."""
        from loader.lake.landing import Landing

        store = self.store(create=True)
        project = find_project_dir(self.project_dir)
        # Read once a call: an inbox may offer thousands of files that have landed.
        withdrawn = cache(lambda: withdrawn_in_seed(project))
        return Landing(store, catalog=self.catalog(store, contracts), withdrawn=withdrawn)

    def lake(self, *, read_only: bool = False) -> tuple[Store, Catalog]:
        """Return the lake that is there, and its catalog, which a ``read_only`` call leaves as it is."""
        contracts = self.contracts()
        store = self.store()
        return store, self.catalog(store, contracts, read_only=read_only)

    def catalog(
        self,
        store: Store,
        contracts: dict[str, Contract],
        *,
        read_only: bool = False,
        may_change: Callable[[str], bool] = lambda _: False,
    ) -> Catalog:
        """Return a lake's catalog, as `open_catalog` has it."""
        from loader.lake.catalog import open_catalog

        project = find_project_dir(self.project_dir)
        return open_catalog(store, project, contracts, read_only=read_only, may_change=may_change)

    def store(self, *, create: bool = False) -> Store:
        """Open the lake; a relative root that nobody typed is taken from the project's folder, as dbt takes it."""
        folder = None if self.root_is_typed else find_project_dir(self.project_dir)
        return Store.open(self.root, folder, create=create)
