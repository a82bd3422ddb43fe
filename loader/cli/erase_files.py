"""One call of `loader erase`: several files, each with an outcome of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial

from loader.cli.console import one_line, reported, say
from loader.cli.settings import Settings
from loader.errors import ExitCode, UsageError, most_serious
from loader.lake.erasing import Erased, Eraser
from loader.lake.keys import erasure_key
from loader.lake.published import UnknownError, withdrawn_files
from loader.lake.storage import Store


def erase_files(
    settings: Settings,
    file_ids: tuple[str, ...],
    *,
    reason: str,
    by: str,
    withdrawn: bool,
    copies: tuple[str, ...],
) -> ExitCode:
    """Erase files one after the other; return the most serious code.

    Raises:
        UsageError, StorageError: nothing of the call can be done.
    """
    if not reason.strip() or not by.strip():
        raise UsageError("--reason and --by are kept for ever: say why and who")
    store = settings.store()
    opened = [Store.open(copy, create=False) for copy in copies]
    eraser = Eraser(store, opened, is_withdrawn=(lambda _: True) if withdrawn else _asked(store), together=file_ids)

    def erase(file_id: str) -> ExitCode:
        _tell(settings, eraser.erase(file_id, reason.strip(), by.strip()))
        return ExitCode.DONE

    return most_serious([reported(settings, partial(erase, file_id)) for file_id in dict.fromkeys(file_ids)])


def _asked(store: Store) -> Callable[[str], bool]:
    def is_withdrawn(file_id: str) -> bool:
        try:
            return file_id in withdrawn_files(store, [file_id])
        except UnknownError as unknown:
            raise UsageError(
                f"it is not known whether {file_id} is withdrawn ({unknown}): "
                "look for it in file_reconciliation, and add --withdrawn if its decision is withdraw"
            ) from unknown

    return is_withdrawn


def _tell(settings: Settings, erased: Erased) -> None:
    manifest, erasure = erased.manifest, erased.erasure
    record = erasure_key(manifest.feed, manifest.file_id)
    if settings.as_json:
        kept = {"record": record, "removed": erased.removed, "copies": erased.copies, "same_bytes": erased.same_bytes}
        say(json.dumps({"status": "erased" if erased.is_new else "erased_before", **erasure.model_dump(), **kept}))
        return
    begun = "" if erased.is_new else f" (on record since {erasure.erased_at}, by {erasure.by}: {erasure.reason})"
    say(one_line(f"erased {manifest.file_id}: {erased.removed:,} objects removed, record {record}{begun}"))
    for root, removed in erased.copies.items():
        say(one_line(f"  in the copy {root}: {removed:,} objects removed"))
    say("  what this call does not reach:")
    if not erased.copies:
        say(f"  - backups of the lake (--copy ROOT): every version below {', '.join(erased.places)}")
    say(one_line(f"  - the delivered file in the inbox of {manifest.feed}: {manifest.file_name}"))
    rows = f"dbt run-operation erase_rows --args '{{file_id: {manifest.file_id}}}'"
    say(f"  - its rows in the warehouse: dbt build, then {rows}")
    if erased.same_bytes:
        say(f"  - the same bytes landed in {', '.join(erased.same_bytes)}: withdraw and erase those files, too")
