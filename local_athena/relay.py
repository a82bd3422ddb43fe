"""A relay in front of an engine: it notes what callers ask, and refuses some of it as AWS does when it throttles.

Callers use `relay.environment()` instead of the engine's own. What Trino asks of S3 and Glue does not pass through
here: on AWS that is Athena's own affair.
"""

from __future__ import annotations

import http.client
import json
import re
import threading
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from local_athena.access import environment
from local_athena.engine import Engine
from local_athena.throttling import Refusal, Throttle

_SERVICE = re.compile(r"Credential=[^/]+/\d+/[^/]+/(\w+)/aws4_request")
_TARGETS = {"AmazonAthena": "athena", "AWSGlue": "glue"}
# These are about one connection, not about the message.
_HOP_BY_HOP = ("connection", "keep-alive", "transfer-encoding")
_BLOCK = 1024 * 1024
_NO_BODY = (204, 304)


@dataclass(frozen=True)
class Asked:
    """One request, and what came of it.

    Attributes:
        service: as its signature has it: `s3`, `athena`, `glue`, `sts`.
        operation: of a service that names it, such as `StartQueryExecution`; empty for S3.
        method: HTTP's.
        path: decoded; for S3 bucket and key.
        query: of the address.
        headers: their names in small letters.
        body: as it was sent, of requests of the size of a message; empty of others.
        status: HTTP's, of the answer.
        refused: whether this relay refused it.
    """

    service: str
    operation: str
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    status: int
    refused: bool

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters of a service that takes JSON."""
        found: dict[str, Any] = json.loads(self.body or b"{}")
        return found


class Relay:
    """Serves on a free port of 127.0.0.1 while its block runs.

    Example:
        with Relay(engine) as relay:
            relay.throttle.every("glue", 5)
            subprocess.run(["dbt", "build"], env=os.environ | relay.environment())
        print(relay.asked, relay.throttle.refused)
    """

    def __init__(self, engine: Engine) -> None:
        """Relay to an engine that runs; what is refused is said to `throttle`."""
        self.throttle = Throttle()
        self.asked: list[Asked] = []
        self._s3, self._api = urlsplit(engine.s3_url), urlsplit(engine.api_url)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True

    def __enter__(self) -> Relay:
        """Begin to serve."""
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()

    def environment(self) -> dict[str, str]:
        """Return the variables by which AWS clients find the engine through this relay."""
        return environment(api_port=self._server.server_port, s3_port=self._server.server_port)

    def connect(self, service: str) -> http.client.HTTPConnection:
        """Return a connection to the engine's server of a service."""
        server = self._s3 if service == "s3" else self._api
        return http.client.HTTPConnection(str(server.hostname), server.port)


def _handler(relay: Relay) -> type[BaseHTTPRequestHandler]:
    """Return the class whose instances each serve one connection of a caller."""

    class Handler(_Connection):
        owner = relay

    return Handler


class _Connection(BaseHTTPRequestHandler):
    """Takes requests as they come and passes them on byte by byte, so that signatures hold."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    owner: Relay

    def log_message(self, *_: object) -> None:
        """Do nothing: `Relay.asked` has every request."""

    def _relay(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        service, operation = _service(headers)
        body = self._body()
        refusal = self.owner.throttle.judge(service, operation)
        status = self._refuse(refusal) if refusal else self._pass_on(service, body)
        address = urlsplit(self.path)
        self.owner.asked.append(
            Asked(
                service=service,
                operation=operation,
                method=self.command,
                path=unquote(address.path),
                query=dict(parse_qsl(address.query, keep_blank_values=True)),
                headers=headers,
                body=body if len(body) < _BLOCK else b"",
                status=status,
                refused=refusal is not None,
            )
        )

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _relay  # noqa: N815  # the names that http.server calls

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        pieces = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            pieces.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(pieces)

    def _refuse(self, refusal: Refusal) -> int:
        self.send_response(refusal.status)
        self.send_header("Content-Type", refusal.content_type)
        self.send_header("Content-Length", str(len(refusal.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(refusal.body)
        return refusal.status

    def _pass_on(self, service: str, body: bytes) -> int:
        with closing(self.owner.connect(service)) as connection:
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in (*_HOP_BY_HOP, "content-length", "expect"):
                    connection.putheader(name, value)
            connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            with connection.getresponse() as answer:
                self._answer(answer)
                return answer.status

    def _answer(self, answer: http.client.HTTPResponse) -> None:
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in _HOP_BY_HOP:
                self.send_header(name, value)
        if answer.length is None and answer.status not in _NO_BODY and self.command != "HEAD":
            whole = answer.read()
            self.send_header("Content-Length", str(len(whole)))
            self.end_headers()
            self.wfile.write(whole)
            return
        self.end_headers()
        while block := answer.read(_BLOCK):
            self.wfile.write(block)


def _service(headers: Mapping[str, str]) -> tuple[str, str]:
    """Return the service and, where the request names it, the operation."""
    target, _, operation = headers.get("x-amz-target", "").partition(".")
    signed = _SERVICE.search(headers.get("authorization", ""))
    return _TARGETS.get(target, signed[1] if signed else ""), operation
