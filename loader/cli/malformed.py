"""What is said of a file that landed and of which almost every row is malformed."""

from __future__ import annotations

from loader.cli.console import one_line, say
from loader.contract.model import Contract
from loader.csv.fitting import what_would_fit
from loader.errors import ExitCode
from loader.inbox.delivered_file import Delivery
from loader.inbox.unpacking import Content
from loader.lake.objects import Manifest

_SHOWN = 3


def tell_malformed(manifest: Manifest, contract: Contract, delivery: Delivery) -> ExitCode:
    """Say which encoding or delimiter would fit, if more than 90 % of a file's rows are malformed.

    Returns:
        FINDINGS for such a file: a person has to look at its contract.

    Raises:
        StorageError: the file cannot be read any more.
    """
    if 10 * manifest.rows_malformed <= 9 * manifest.rows_delivered:
        return ExitCode.DONE
    with Content(delivery) as content:
        fitting = what_would_fit(contract, len(manifest.header_seen), content.read)
    reasons = ", ".join(f"{reason} {count:,}" for reason, count in manifest.malformed_by_reason.items())
    advice = " or ".join(fitting[:_SHOWN]) + " would fit" if fitting else "no other delimiter or encoding fits"
    say(
        one_line(
            f"error: {manifest.file_name}: {manifest.rows_malformed:,} of {manifest.rows_delivered:,} rows are "
            f"malformed ({reasons}): {advice}; mend the contract, then run loader reland {manifest.file_id}"
        ),
        err=True,
    )
    return ExitCode.FINDINGS
