"""What `loader status` says of each feed."""

from __future__ import annotations

import json
from dataclasses import asdict

from loader.cli.console import one_line, reported, say
from loader.cli.settings import Settings
from loader.contract.model import Contract
from loader.errors import ExitCode, NoLakeError, most_serious
from loader.lake.published import Published, UnknownError, read_published
from loader.lake.status import FeedStatus, feed_status
from loader.lake.storage import Store
from loader.wording import counted


def show_status(settings: Settings) -> ExitCode:
    """Show each feed; return FINDINGS where a build holds a file, or the code of a warehouse that refused.

    Raises:
        ContractError, UsageError, StorageError: there is nothing that could be shown.
    """
    contracts = settings.contracts()
    try:
        store = settings.store()
    except NoLakeError as none:
        # Machines get what a lake without landings gives: the feeds, with zeros.
        say(one_line(str(none)), err=settings.as_json)
        if settings.as_json:
            for feed in contracts:
                say(json.dumps(asdict(FeedStatus(feed))))
        return ExitCode.DONE
    # The lake can be shown without the warehouse, so an error there does not end the call.
    published: dict[str, Published] | None = None

    def ask() -> ExitCode:
        nonlocal published
        published = _published(store)
        return ExitCode.DONE

    asked = reported(settings, ask)
    held = 0
    for contract in contracts.values():
        known = None if published is None else published.get(contract.feed, Published())
        found = feed_status(store, contract, known)
        held += len(found.held_files or [])
        if settings.as_json:
            say(json.dumps(asdict(found)))
        else:
            _print_status(found, contract)
    if not held:
        return asked
    files = "1 file is" if held == 1 else f"{held:,} files are"
    say(f"{files} held: add a decision to seeds/file_decisions.csv, then run dbt build", err=True)
    return most_serious([asked, ExitCode.FINDINGS])


def _published(store: Store) -> dict[str, Published] | None:
    """Return what builds have published and held by feed; None, with a line that says why, if it is not known."""
    try:
        return read_published(store)
    except UnknownError as unknown:
        say(one_line(f"published files are not known: {unknown}"), err=True)
        return None


def _print_status(found: FeedStatus, contract: Contract) -> None:
    say(
        f"{found.feed}: {counted(found.files_landed, 'file')} landed, "
        f"{counted(found.rows_delivered, 'row')} delivered, {found.rows_landed:,} landed, "
        f"{found.rows_malformed:,} malformed; "
        f"{counted(found.files_rejected, 'file')} rejected; last delivery {_in_time(found, contract)}"
    )
    if found.files_unpublished:
        say(f"  not published: {counted(found.files_unpublished, 'file')}, the first landed {found.unpublished_since}")
    for held in found.held_files or []:
        say(one_line(f"  held: {held.file_name} ({held.file_id}): {held.failure}"))
    for waiting in found.waiting_files or []:
        say(one_line(f"  waiting: {waiting.file_name} ({waiting.file_id}) behind {waiting.waits_behind}"))


def _in_time(found: FeedStatus, contract: Contract) -> str:
    if found.age_seconds is None:
        return "never"
    hours, days = found.age_seconds // 3600 % 24, found.age_seconds // 86400
    calendar = contract.meta.delivery_calendar
    verdict = f"LATE: due by {found.due} ({calendar})" if found.late else f"next one due by {found.due} ({calendar})"
    return f"{found.last_delivery}, {days} d {hours} h ago; {verdict}"
