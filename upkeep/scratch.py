"""A scratch lake beside the real one: the same landed files, a copy of the warehouse or none, a profile of its own."""

from __future__ import annotations

import shutil
from pathlib import Path

from upkeep.warehouse import NAME, copy_unlocked, find_warehouse

_PROJECT = Path(__file__).parents[1]


def make_scratch(root: str, folder: Path, *, empty: bool = False) -> Path:
    """Make a lake in which a build changes nothing of the lake that it is made from. Return the scratch lake.

    Its landed files are links to the real ones, which dbt only reads. The profile beside it is the example's, so that
    no path that somebody wrote into profiles.yml leads to the real warehouse. dbt's kept parse in the folder stays.
    An `empty` one has no warehouse: the next build makes it from the landed files.

    Raises:
        NoWarehouseError: the lake is in a bucket.
        BusyError: the warehouse changes faster than it can be copied.
    """
    warehouse = find_warehouse(root)
    lake = folder / "lake"
    if lake.exists():
        shutil.rmtree(lake)
    lake.mkdir(parents=True)
    shutil.copy(_PROJECT / "profiles.yml.example", folder / "profiles.yml")
    if warehouse.parent.is_dir():
        for landed in warehouse.parent.iterdir():
            if landed.is_dir():
                (lake / landed.name).symlink_to(landed.resolve())
    if warehouse.exists() and not empty:
        copy_unlocked(warehouse, lake / NAME)
    return lake
