"""One call of `loader reland`: several files, each with an outcome of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache, partial

from loader.cli.console import one_line, reported, say
from loader.cli.malformed import tell_malformed
from loader.cli.settings import Settings
from loader.errors import ExitCode, UsageError, most_serious
from loader.lake.objects import Manifest
from loader.lake.published import Published, UnknownError, read_published, withdrawn_files
from loader.lake.relanding import KeptFile, Relanded, Relander
from loader.lake.storage import Store


def reland_files(settings: Settings, file_ids: tuple[str, ...], *, unpublished: bool) -> ExitCode:
    """Read files again one after the other; return the most serious code.

    Raises:
        UsageError, ContractError, StorageError: nothing of the call can be done.
    """
    contracts = settings.contracts()
    store = settings.store()
    published = cache(partial(_published, store))

    def has_nothing_published(feed: str) -> bool:
        return unpublished or published().get(feed, Published()).last_number == 0

    catalog = settings.catalog(store, contracts, may_change=has_nothing_published)
    require_open = _accept if unpublished else _asked(store, published)
    relander = Relander(store, catalog, contracts, require_open=require_open)

    def reland(file_id: str) -> ExitCode:
        relanded = relander.reland(file_id)
        _tell(settings, relanded)
        manifest = relanded.manifest
        return tell_malformed(manifest, contracts[manifest.feed], KeptFile(store, manifest))

    return most_serious([reported(settings, partial(reland, file_id)) for file_id in dict.fromkeys(file_ids)])


def _published(store: Store) -> dict[str, Published]:
    try:
        return read_published(store)
    except UnknownError as unknown:
        raise UsageError(
            f"it is not known which files are published ({unknown}): "
            "look for them in file_reconciliation, and add --unpublished if they are not there"
        ) from unknown


def _asked(store: Store, published: Callable[[], dict[str, Published]]) -> Callable[[Manifest], None]:
    def require_open(manifest: Manifest) -> None:
        last = published().get(manifest.feed, Published()).last_number
        if manifest.delivery_number <= last and manifest.file_id not in withdrawn_files(store, [manifest.file_id]):
            raise UsageError(
                f"{manifest.file_id} is published: add withdraw to seeds/file_decisions.csv, build, and reland it then"
            )

    return require_open


def _accept(_: Manifest) -> None:
    """Take the caller's word."""


def _tell(settings: Settings, relanded: Relanded) -> None:
    earlier, manifest = relanded.earlier, relanded.manifest
    if settings.as_json:
        say(json.dumps({"status": "relanded", **manifest.model_dump(mode="json")}))
        return
    say(
        one_line(
            f"relanded {manifest.file_name}: {manifest.rows_delivered:,} rows, {manifest.rows_malformed:,} malformed "
            f"(before: {earlier.rows_delivered:,} and {earlier.rows_malformed:,}), file {manifest.file_id}, "
            f"reading {manifest.reading}"
        )
    )
