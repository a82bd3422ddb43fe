"""One call of `loader land`: many files, each with an outcome of its own."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass

import click

from loader.console import is_terminal, lost_output, one_line, reporting, say
from loader.contract import Contract
from loader.control import Expected, parse_totals
from loader.deliveries import Delivery
from loader.errors import ExitCode, FileChangedError, FileRejectedError, UsageError
from loader.inbox import STDIN, find
from loader.landing import Landed, Landing
from loader.routing import choose_contract
from loader.seen import Seen
from loader.settings import Settings


@dataclass
class Call:
    """What was asked; ``codes`` takes the exit code of whatever goes wrong."""

    settings: Settings
    codes: list[ExitCode]
    feed: str | None
    expect_rows: int | None
    expect_total: tuple[str, ...]
    file_name: str | None
    settled_after: float
    emf: bool

    def land(self, paths: tuple[str, ...]) -> None:
        """Land what the paths name, one file after the other.

        Raises:
            UsageError, ContractError, StorageError: nothing of the call can be done.
        """
        expected = Expected(self.expect_rows, parse_totals(self.expect_total))
        if self.file_name is not None and STDIN not in paths:
            raise UsageError("--file-name says what standard input is called, and - is not among the paths")
        if paths.count(STDIN) > 1:
            raise UsageError("- stands twice among the paths: standard input can be read once")
        contracts = self.settings.contracts()
        landing = self.settings.landing(contracts)
        files = self._find(paths)
        if expected.control_totals and len(files) != 1:
            raise UsageError(f"--expect-rows and --expect-total are said of one file, and there are {len(files)}")
        seen, before = Seen(landing.store), 0
        for file, listed in files:
            with reporting(self.settings, self.codes, file.name):
                contract = choose_contract(contracts, file.name, self.feed)
                if not listed:
                    self._tell(self._land_one(landing, file, contract, expected))
                elif not expected.control_totals and seen.has_landed(file, contract.feed):
                    before += 1
                else:
                    self._land_listed(landing, file, contract, expected, seen)
        if before:
            self._say_landed_before(before)
        if (reason := lost_output()) is not None:
            self.codes.append(ExitCode.UNFORESEEN)
            say(f"error: not all could be printed: {reason}; what was landed is landed", err=True)

    def _find(self, paths: tuple[str, ...]) -> list[tuple[Delivery, bool]]:
        """Return the files, and of each whether it was found in an inbox rather than named."""
        files: list[tuple[Delivery, bool]] = []
        for path in paths:
            with reporting(self.settings, self.codes):
                inbox = find(path, self.file_name, self.settled_after)
                for line in inbox.passed_over:
                    self._say_not_taken("passed_over", line)
                files += [(file, False) for file in inbox.named] + [(file, True) for file in inbox.listed]
                if not inbox.named and not inbox.listed and not inbox.refused:
                    say(one_line(f"{path}: no file to land"), err=True)
                for line in inbox.refused:
                    with reporting(self.settings, self.codes):
                        raise UsageError(line)
        return files

    def _land_listed(
        self, landing: Landing, file: Delivery, contract: Contract, expected: Expected, seen: Seen
    ) -> None:
        try:
            landed = self._land_one(landing, file, contract, expected)
        except FileChangedError as changed:
            self._say_not_taken("left", str(changed))
        else:
            seen.note(file, landed.manifest)
            self._tell(landed)

    def _land_one(self, landing: Landing, file: Delivery, contract: Contract, expected: Expected) -> Landed:
        try:
            return self._with_progress(landing, file, contract, expected)
        except FileRejectedError as error:
            if self.emf:
                from loader.metrics import rejected_lines

                for line in rejected_lines(contract.feed, is_known=error.is_known):
                    say(line, err=True)
            raise

    def _tell(self, landed: Landed) -> None:
        if self.emf and landed.status == "landed":
            from loader.metrics import landed_line

            say(landed_line(landed), err=True)
        self._print(landed)

    @staticmethod
    def _with_progress(landing: Landing, file: Delivery, contract: Contract, expected: Expected) -> Landed:
        if not is_terminal(sys.stderr):
            return landing.land(file, contract, expected=expected)
        with click.progressbar(length=file.size, label=one_line(file.name), file=sys.stderr) as bar:
            return landing.land(file, contract, bar.update, expected=expected)

    def _print(self, landed: Landed) -> None:
        manifest = landed.manifest
        name = one_line(landed.file_name)
        if self.settings.as_json:
            summary = {"status": landed.status, **manifest.model_dump(mode="json"), "file_name": landed.file_name}
            say(json.dumps(summary | {"seconds": round(landed.seconds, 3)}))
        elif landed.status == "landed":
            counts = f"{manifest.rows_delivered:,} rows, {manifest.rows_malformed:,} malformed"
            kept = (
                f", columns kept in extra_fields: {', '.join(manifest.extra_columns)}" if manifest.extra_columns else ""
            )
            say(one_line(f"landed {name}: {counts}, file {manifest.file_id}{kept}"))
        else:
            say(f"already landed {name}: file {manifest.file_id}, delivered as {one_line(manifest.file_name)}")

    def _say_not_taken(self, status: str, message: str) -> None:
        say(one_line(f"{status.replace('_', ' ')} {message}"), err=True)
        if self.settings.as_json:
            say(json.dumps({"status": status, "message": message}))

    def _say_landed_before(self, count: int) -> None:
        if self.settings.as_json:
            say(json.dumps({"status": "landed_before", "files": count}))
        else:
            say(f"{count:,} files have landed before and are as they were")
