"""What can go wrong with the engine; each message is one line that says what to do next."""

from __future__ import annotations


class EngineError(Exception):
    """The engine cannot do what was asked."""


class ToolMissingError(EngineError):
    """A tool that the engine is built or run with is not on this machine."""


class InstallError(EngineError):
    """The engine could not be built."""


class StartError(EngineError):
    """A part of the engine did not start; the message ends with the last lines of its log."""


class AthenaError(Exception):
    """Athena refuses a request: `code` is the exception's name in AWS."""

    def __init__(self, message: str, code: str = "InvalidRequestException"):
        super().__init__(message)
        self.code = code
