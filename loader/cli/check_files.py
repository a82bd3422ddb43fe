"""`check`: what a build would say of a file, as if nothing had been published yet."""

from __future__ import annotations

import json
from functools import partial

from loader.check.scratch import scratch_of
from loader.cli import log
from loader.cli.console import one_line, reported, say
from loader.cli.settings import Settings
from loader.cli.verdicts import as_json, judge, lines_of
from loader.contract.model import Contract
from loader.contract.project import find_project_dir
from loader.contract.routing import choose_contract
from loader.errors import ExitCode, UsageError, most_serious
from loader.inbox.delivered_file import Delivery
from loader.inbox.finding import find


def check_files(settings: Settings, path: str, feed: str | None) -> ExitCode:
    """Check the files at a path; return the most serious exit code: 3 where one would be rejected or held.

    Raises:
        UsageError: there is no file.
    """
    files = find(path).named
    if not files:
        raise UsageError(f"{path}: give one file")
    contracts = settings.contracts()
    # A landing in the scratch lake is no event: nobody finds its file afterwards.
    log.configure(machine_readable=False)

    def check(file: Delivery) -> ExitCode:
        return _check(settings, file, choose_contract(contracts, file.name, feed))

    return most_serious([reported(settings, partial(check, file), file.name) for file in files])


def _check(settings: Settings, file: Delivery, contract: Contract) -> ExitCode:
    with scratch_of(find_project_dir(settings.project_dir)) as scratch:
        manifest, verdict = judge(scratch, file, contract)
    if settings.as_json:
        say(json.dumps(as_json(manifest, contract, verdict), default=str))
    else:
        for line in lines_of(manifest, contract, verdict):
            say(one_line(line))
    return ExitCode.DONE if verdict.held_for is None else ExitCode.FINDINGS
