"""Which requests are refused, and in which words AWS refuses them when it throttles."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from threading import Lock

SERVICES = ("athena", "glue", "s3")


@dataclass(frozen=True)
class Refusal:
    """An answer of AWS to a request that came too fast."""

    status: int
    content_type: str
    body: bytes


def _json(code: str, message: str) -> Refusal:
    body = {"__type": code, "message": message, "Message": message}
    return Refusal(400, "application/x-amz-json-1.1", json.dumps(body).encode())


_RATE = _json("ThrottlingException", "Rate exceeded")
_TOO_MANY_QUERIES = _json(
    "TooManyRequestsException",
    "You have exceeded the limit for the number of queries you can run concurrently. Please reduce the number of "
    "concurrent queries submitted by this account.",
)
_SLOW_DOWN = Refusal(
    503,
    "application/xml",
    b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>SlowDown</Code><Message>Please reduce your request rate.'
    b"</Message><RequestId>RELAY</RequestId><HostId>relay</HostId></Error>",
)


class Throttle:
    """Refuses what it is told to. Threads may share it.

    Attributes:
        refused: how many requests of each operation were refused, such as `athena:StartQueryExecution` or `s3:`.
    """

    def __init__(self) -> None:
        self.refused: Counter[str] = Counter()
        self._every: dict[str, int] = {}
        self._next: Counter[str] = Counter()
        self._count: Counter[str] = Counter()
        self._lock = Lock()

    def every(self, service: str, number: int) -> None:
        """Refuse every so-manieth request of a service from now on; 0 refuses none."""
        self._every[service] = number

    def next(self, service: str, number: int) -> None:
        """Refuse the next so many requests of a service."""
        with self._lock:
            self._next[service] += number

    def judge(self, service: str, operation: str) -> Refusal | None:
        """Return how a request is refused, None where it passes."""
        with self._lock:
            self._count[service] += 1
            every = self._every.get(service, 0)
            if self._next[service]:
                self._next[service] -= 1
            elif not every or self._count[service] % every:
                return None
            self.refused[f"{service}:{operation}"] += 1
        if service == "s3":
            return _SLOW_DOWN
        return _TOO_MANY_QUERIES if operation == "StartQueryExecution" else _RATE
