"""Typed errors: each is one line for the person, and says which exit code the process ends with."""

from enum import IntEnum, StrEnum


class ExitCode(IntEnum):
    """What the process tells the scheduler."""

    DONE = 0
    UNFORESEEN = 1
    USAGE = 2
    # A file broke its contract or is held by a build, or the lake is not what was landed: a person has to look at it.
    FINDINGS = 3
    STORAGE = 4


class FileReason(StrEnum):
    """Why a file is rejected as a whole; each is explained in the seed rejection_codes."""

    MISSING_COLUMN = "MISSING_COLUMN"
    EXTRA_COLUMN = "EXTRA_COLUMN"
    DUPLICATE_HEADER = "DUPLICATE_HEADER"
    EMPTY_FILE = "EMPTY_FILE"
    UNREADABLE_ENCODING = "UNREADABLE_ENCODING"
    BROKEN_HEADER = "BROKEN_HEADER"
    BROKEN_COMPRESSION = "BROKEN_COMPRESSION"
    DECOMPRESSION_BOMB = "DECOMPRESSION_BOMB"
    CONTROL_TOTAL = "CONTROL_TOTAL"
    NOT_CSV = "NOT_CSV"
    SEVERAL_TABLES = "SEVERAL_TABLES"
    ENTRY_OVER_LINES = "ENTRY_OVER_LINES"
    ENTRY_ABOVE_TABLE = "ENTRY_ABOVE_TABLE"
    ENTRY_IN_FOOTER = "ENTRY_IN_FOOTER"
    STATED_VALUE = "STATED_VALUE"
    MIXED_LINE_ENDS = "MIXED_LINE_ENDS"


class LoaderError(Exception):
    """Base of all errors that the loader foresees. ``str(error)`` is one line."""

    exit_code = ExitCode.UNFORESEEN


class UsageError(LoaderError):
    """The call was wrong: a path that is not there, a name that fits no feed, a root that SQL cannot read."""

    exit_code = ExitCode.USAGE


class NoLakeError(UsageError):
    """A call that only reads names a folder that is not there."""


class ContractError(LoaderError):
    """A contract has a mistake: names the file, the key and what is allowed."""

    exit_code = ExitCode.USAGE


class FileRejectedError(LoaderError):
    """The file broke its contract as a whole; nothing of it becomes visible to SQL.

    Attributes:
        reason: the code that the rejection is recorded under.
        message: what is wrong and what to do, without the file's name.
        is_known: whether the same bytes were rejected in the last days, as those of a file that waits in an inbox.
    """

    exit_code = ExitCode.FINDINGS

    def __init__(self, reason: FileReason, message: str) -> None:
        """Keep the code apart from the message, because machines read the one and people the other."""
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.is_known = False


class StorageError(LoaderError):
    """The lake refused a read or a write."""

    exit_code = ExitCode.STORAGE


class FileChangedError(StorageError):
    """The delivered file changed while it was read, so that its bytes belong to no single delivery."""


# With several files the scheduler must see what needs a person first: refused storage stops every delivery, a defect of
# the loader comes next, then a file that its sender has to mend, then a wrong call.
_MOST_SERIOUS_FIRST = (
    ExitCode.STORAGE,
    ExitCode.UNFORESEEN,
    ExitCode.FINDINGS,
    ExitCode.USAGE,
    ExitCode.DONE,
)


def most_serious(codes: list[ExitCode]) -> ExitCode:
    """Return the exit code for a call that landed several files: 4 before 1 before 3 before 2 before 0."""
    return min(codes, key=_MOST_SERIOUS_FIRST.index, default=ExitCode.DONE)
