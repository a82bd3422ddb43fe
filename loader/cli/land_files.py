"""One call of `loader land`: many files, each with an outcome of its own."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from functools import partial

import click

from loader.cli.console import is_terminal, lost_output, one_line, reported, say
from loader.cli.malformed import tell_malformed
from loader.cli.settings import Settings
from loader.contract.model import Contract
from loader.contract.routing import choose_contract
from loader.csv.control_totals import Expected, parse_totals
from loader.errors import ExitCode, FileChangedError, FileRejectedError, UsageError, most_serious
from loader.inbox.delivered_file import Delivery
from loader.inbox.finding import STDIN, find
from loader.lake.landing import Landed, Landing
from loader.lake.seen_files import Seen
from loader.wording import counted


@dataclass(frozen=True)
class Call:
    """What was asked."""

    settings: Settings
    feed: str | None
    expect_rows: int | None
    expect_total: tuple[str, ...]
    file_name: str | None
    settled_after: float
    emf: bool

    def land(self, paths: tuple[str, ...]) -> ExitCode:
        """Land what the paths name, one file after the other; return the most serious code.

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
        files, codes = self._find(paths)
        if expected.control_totals and len(files) != 1:
            raise UsageError(f"--expect-rows and --expect-total are said of one file, and there are {len(files)}")
        batch = _Batch(self, landing, contracts, expected, Seen(landing.store))
        codes += [reported(self.settings, partial(batch.land, file, listed), file.name) for file, listed in files]
        if batch.landed_before:
            self._say_landed_before(batch.landed_before)
        if (reason := lost_output()) is not None:
            codes.append(ExitCode.UNFORESEEN)
            say(f"error: not all could be printed: {reason}; what was landed is landed", err=True)
        return most_serious(codes)

    def _find(self, paths: tuple[str, ...]) -> tuple[list[tuple[Delivery, bool]], list[ExitCode]]:
        """Return the files, each with whether it was found in an inbox rather than named; and a code for each path."""
        files: list[tuple[Delivery, bool]] = []

        def look(path: str) -> ExitCode:
            inbox = find(path, self.file_name, self.settled_after)
            for line in inbox.passed_over:
                self._say_not_taken("passed_over", line)
            files.extend([(file, False) for file in inbox.named] + [(file, True) for file in inbox.listed])
            if not inbox.named and not inbox.listed and not inbox.refused:
                say(one_line(f"{path}: no file to land"), err=True)
            return most_serious([reported(self.settings, partial(_refuse, line)) for line in inbox.refused])

        return files, [reported(self.settings, partial(look, path)) for path in paths]

    def say_left(self, message: str) -> None:
        """Say of a file of an inbox that it is left for the next call."""
        self._say_not_taken("left", message)

    def tell(self, landed: Landed) -> None:
        """Say what became of a file, and send its metrics."""
        if self.emf and landed.status == "landed":
            from loader.cli.metrics import landed_line

            say(landed_line(landed), err=True)
        self._print(landed)

    def tell_rejected(self, error: FileRejectedError, contract: Contract) -> None:
        """Send the metrics of a file that was rejected."""
        if self.emf:
            from loader.cli.metrics import rejected_lines

            for line in rejected_lines(contract.feed, is_known=error.is_known):
                say(line, err=True)

    def _print(self, landed: Landed) -> None:
        manifest = landed.manifest
        name = one_line(landed.file_name)
        if self.settings.as_json:
            summary = {"status": landed.status, **manifest.model_dump(mode="json"), "file_name": landed.file_name}
            say(json.dumps(summary | {"seconds": round(landed.seconds, 3)}))
        elif landed.status == "landed":
            counts = f"{counted(manifest.rows_delivered, 'row')}, {manifest.rows_malformed:,} malformed"
            kept = (
                f", columns kept in extra_fields: {', '.join(manifest.extra_columns)}" if manifest.extra_columns else ""
            )
            same = f", the same bytes as delivery {manifest.same_bytes_as}" if manifest.same_bytes_as else ""
            say(one_line(f"landed {name}: {counts}, file {manifest.file_id}{kept}{same}"))
        else:
            hint = "; it was not touched since: touch it to deliver it again" if landed.is_left_over else ""
            say(one_line(f"already landed {name}: file {manifest.file_id}, delivered as {manifest.file_name}{hint}"))

    def _say_not_taken(self, status: str, message: str) -> None:
        say(one_line(f"{status.replace('_', ' ')} {message}"), err=True)
        if self.settings.as_json:
            say(json.dumps({"status": status, "message": message}))

    def _say_landed_before(self, count: int) -> None:
        if self.settings.as_json:
            say(json.dumps({"status": "landed_before", "files": count}))
        else:
            have = "1 file has landed before and is as it was" if count == 1 else None
            say(have or f"{count:,} files have landed before and are as they were")


@dataclass
class _Batch:
    """The files of a call on their way into the lake; ``landed_before`` of them had not to be read."""

    call: Call
    landing: Landing
    contracts: dict[str, Contract]
    expected: Expected
    seen: Seen
    landed_before: int = 0

    def land(self, file: Delivery, is_listed: bool) -> ExitCode:
        contract = choose_contract(self.contracts, file.name, self.call.feed)
        if is_listed and not self.expected.control_totals and self.seen.has_landed(file, contract.feed):
            self.landed_before += 1
            return ExitCode.DONE
        try:
            landed = self._land(file, contract)
        except FileChangedError as changed:
            if not is_listed:
                raise
            self.call.say_left(str(changed))
            return ExitCode.DONE
        if is_listed:
            self.seen.note(file, landed.manifest)
        self.call.tell(landed)
        return tell_malformed(landed.manifest, contract, file) if landed.status == "landed" else ExitCode.DONE

    def _land(self, file: Delivery, contract: Contract) -> Landed:
        try:
            if not is_terminal(sys.stderr):
                return self.landing.land(file, contract, expected=self.expected)
            with click.progressbar(length=file.size, label=one_line(file.name), file=sys.stderr) as bar:
                return self.landing.land(file, contract, bar.update, expected=self.expected)
        except FileRejectedError as error:
            self.call.tell_rejected(error, contract)
            raise


def _refuse(line: str) -> ExitCode:
    raise UsageError(line)
