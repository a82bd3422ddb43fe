"""The client of Trino's HTTP protocol: one statement, page by page."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Event
from typing import Any
from urllib.parse import quote

import urllib3

_USER = "local-athena"
# Without it Trino cuts timestamps to milliseconds.
_CAPABILITIES = "PARAMETRIC_DATETIME"
_BUSY = (502, 503, 504)
_BUSY_TRIES = 100
_BUSY_SECONDS = 0.1

Columns = list[dict[str, Any]]
OnRows = Callable[[Columns, list[list[Any]]], None]


class TrinoError(Exception):
    """A statement failed: `name` and `kind` are Trino's error name and type, the text is its message."""

    def __init__(self, name: str, kind: str, message: str):
        super().__init__(message)
        self.name = name
        self.kind = kind


class CancelledError(Exception):
    """The statement was cancelled on demand."""


class ScanLimitError(Exception):
    """The statement scanned more than it may."""

    def __init__(self) -> None:
        super().__init__("Bytes scanned limit was exceeded")


@dataclass
class Outcome:
    """What came of a statement: its columns, the rows that it changed (None if it changes none) and its cost.

    `tables` holds the bytes read from storage by table, as `schema.table`.
    """

    columns: Columns = field(default_factory=list)
    update_count: int | None = None
    bytes_scanned: int = 0
    planning_milliseconds: int = 0
    tables: dict[str, int] = field(default_factory=dict)


class Trino:
    """Runs statements on the Trino at `url`. Threads may share one."""

    def __init__(self, url: str):
        self._url = url
        self._http = urllib3.PoolManager(
            maxsize=32, retries=False, timeout=urllib3.Timeout(connect=5, read=300), num_pools=2
        )

    def run(
        self,
        statement: str,
        on_rows: OnRows,
        *,
        schema: str,
        settings: Mapping[str, str] | None = None,
        cancelled: Event | None = None,
        most_bytes: int | None = None,
    ) -> Outcome:
        """Runs `statement` to its end and hands its rows to `on_rows` as they come.

        Raises TrinoError when it fails or Trino is gone, CancelledError when `cancelled` is set, ScanLimitError when it
        has scanned more than `most_bytes`; what has changed rows by then has changed them.
        """
        headers = _headers(schema, settings or {})
        outcome = Outcome()
        answer = self._ask("POST", f"{self._url}/v1/statement", headers, statement.encode())
        while True:
            if error := answer.get("error"):
                raise TrinoError(error["errorName"], error["errorType"], error["message"])
            outcome.columns = answer.get("columns", outcome.columns)
            if rows := answer.get("data"):
                on_rows(outcome.columns, rows)
            following = answer.get("nextUri")
            scanned_all = following is None and "updateCount" in answer
            if most_bytes is not None and answer["stats"]["physicalInputBytes"] > most_bytes and not scanned_all:
                if following is not None:
                    self._http.request("DELETE", following, headers=headers)
                raise ScanLimitError
            if following is None:
                break
            if cancelled is not None and cancelled.is_set():
                self._http.request("DELETE", following, headers=headers)
                raise CancelledError
            answer = self._ask("GET", following, headers)
        outcome.update_count = answer.get("updateCount")
        outcome.bytes_scanned = answer["stats"]["physicalInputBytes"]
        outcome.planning_milliseconds = answer["stats"].get("planningTimeMillis", 0)
        outcome.tables = self._tables(answer["id"], headers)
        return outcome

    def _ask(self, method: str, url: str, headers: dict[str, str], body: bytes | None = None) -> dict[str, Any]:
        """Trino's answer; a busy Trino is asked again, as its protocol says."""
        try:
            for _ in range(_BUSY_TRIES):
                response = self._http.request(method, url, headers=headers, body=body)
                if response.status not in _BUSY:
                    break
                time.sleep(_BUSY_SECONDS)
        except urllib3.exceptions.HTTPError as error:
            raise TrinoError("ENGINE_UNAVAILABLE", "EXTERNAL", f"{_gone(self._url)} ({error})") from error
        if response.status != 200:
            said = response.data.decode(errors="replace").strip() or "nothing"
            raise TrinoError(
                "ENGINE_UNAVAILABLE", "EXTERNAL", f"{_gone(self._url)} (HTTP {response.status}, it says: {said})"
            )
        answer: dict[str, Any] = response.json()
        return answer

    def _tables(self, query: str, headers: dict[str, str]) -> dict[str, int]:
        """Bytes read by table; empty when Trino no longer knows the query."""
        try:
            response = self._http.request("GET", f"{self._url}/v1/query/{query}", headers=headers)
        except urllib3.exceptions.HTTPError:
            return {}
        return tables_read(response.json()) if response.status == 200 else {}


def tables_read(query: Mapping[str, Any]) -> dict[str, int]:
    """Bytes read from storage by table (`schema.table`), from Trino's account of a query."""
    names = {table["planNodeId"]: f"{table['schema']}.{table['table']}" for table in query.get("inputs", [])}
    read = dict.fromkeys(names.values(), 0)
    for operator in query.get("queryStats", {}).get("operatorSummaries", []):
        name = names.get(operator.get("sourceId") or operator["planNodeId"])
        if name is not None:
            read[name] += _bytes(operator["physicalInputDataSize"])
    return read


def _bytes(size: str) -> int:
    """The number of bytes in Trino's `722B` or `1.5kB`."""
    number = size.rstrip("BkMGTP")
    return round(float(number) * 1024.0 ** "BkMGTP".index(size[len(number)]))


def _headers(schema: str, settings: Mapping[str, str]) -> dict[str, str]:
    return {
        "X-Trino-User": _USER,
        "X-Trino-Source": _USER,
        "X-Trino-Catalog": "awsdatacatalog",
        "X-Trino-Schema": schema,
        "X-Trino-Client-Capabilities": _CAPABILITIES,
        "X-Trino-Session": ",".join(f"{name}={quote(value)}" for name, value in settings.items()),
    }


def _gone(url: str) -> str:
    return f"Trino at {url} does not answer or has forgotten the query; it may have been restarted, run the query again"
