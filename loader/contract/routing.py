"""Which feed a delivered file belongs to."""

from __future__ import annotations

from loader.contract.model import Contract
from loader.errors import UsageError


def choose_contract(contracts: dict[str, Contract], file_name: str, feed: str | None) -> Contract:
    """Return the contract that a file is read by.

    Raises:
        UsageError: the feed is unknown, or no contract or several fit the file's name.
    """
    known = ", ".join(contracts) or "none"
    if feed is not None:
        if feed not in contracts:
            raise UsageError(f"unknown feed {feed!r}; there are: {known}")
        return contracts[feed]
    fitting = [contract for contract in contracts.values() if contract.fits(file_name)]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        names = ", ".join(contract.feed for contract in fitting)
        raise UsageError(f"{file_name!r} fits the patterns of several feeds ({names}): say which with --feed")
    raise UsageError(f"{file_name!r} fits no feed's file pattern: say which with --feed (there are: {known})")
