"""What a path of a call was found to name."""

from __future__ import annotations

from dataclasses import dataclass, field

from loader.inbox.delivered_file import Delivery


@dataclass
class Inbox:
    """What was found.

    Attributes:
        named: files that the call names one by one.
        listed: files found in a folder, below a prefix or by a pattern, in the order of their places.
        passed_over: a line for each thing that was found and is not taken.
        refused: a line for each folder that could not be looked into.
    """

    named: list[Delivery] = field(default_factory=list)
    listed: list[Delivery] = field(default_factory=list)
    passed_over: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
