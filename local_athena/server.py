"""The one HTTP server for the Athena, Glue and STS APIs: `python -m local_athena.server`.

`/health` answers 200 when the server serves. `/trino` is the Glue endpoint for Trino, `/` the endpoint for everybody.
"""

from __future__ import annotations

import json
import logging
import signal
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import click
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from local_athena.athena_api import AthenaApi
from local_athena.catalog import Catalog
from local_athena.errors import AthenaError
from local_athena.executions import Executions
from local_athena.glue import Glue, GlueError
from local_athena.output import Output
from local_athena.statements import StatementLog
from local_athena.trino import Trino

_LOG = logging.getLogger(__name__)
_JSON = "application/x-amz-json-1.1"
# How clients ask whether something is there.
_EVERYDAY = ("EntityNotFoundException", "AlreadyExistsException")
# Rows of finished statements, beside the log of statements.
_RESULTS = "results"
_TRINO_PATH = "/trino"


class Application:
    """Routes each request by its X-Amz-Target; what is neither Athena's nor Glue's is moto's."""

    def __init__(self, trino: str, s3: str, statements: Path):
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._glue = Glue(self._moto)
        self._executions = Executions(
            Trino(trino), Catalog(self._glue), StatementLog(statements), Output(s3), statements.parent / _RESULTS
        )
        self._athena = AthenaApi(self._executions, self._glue)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        """Answers one request, as WSGI has it."""
        request = Request(environ)
        service, _, operation = request.headers.get("X-Amz-Target", "").partition(".")
        if request.path == "/health":
            return Response("ok\n")(environ, start_response)
        if service not in ("AmazonAthena", "AWSGlue"):
            return self._moto(environ, start_response)
        status, answer = self._answer(service, operation, request)
        response = Response(json.dumps(answer), status=status, content_type=_JSON)
        response.headers["x-amzn-RequestId"] = str(uuid4())
        return response(environ, start_response)

    def close(self) -> None:
        """Cancels what runs."""
        self._executions.close()

    def _answer(self, service: str, operation: str, request: Request) -> tuple[int, dict[str, Any]]:
        try:
            parameters = json.loads(request.get_data() or b"{}")
            if service == "AmazonAthena":
                return 200, self._athena.call(operation, parameters)
            return 200, self._glue.call(operation, parameters, trino=request.path.startswith(_TRINO_PATH))
        except (AthenaError, GlueError) as error:
            if error.code not in _EVERYDAY:
                _LOG.warning("%s.%s: %s: %s", service, operation, error.code, error)
            return 400, {"__type": error.code, "message": str(error), "Message": str(error)}
        except Exception as error:
            _LOG.exception("%s.%s", service, operation)
            message = f"{type(error).__name__}: {error}"
            return 500, {"__type": "InternalServerException", "message": message, "Message": message}


class _Handler(WSGIRequestHandler):
    """Keeps connections open, and sends each answer in one piece."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Requests are not logged; statements are, in their own file."""


@click.command()
@click.option("--port", type=int, required=True, help="The port on 127.0.0.1 to listen on.")
@click.option("--trino", required=True, help="Where Trino is, such as http://127.0.0.1:8080.")
@click.option("--s3", required=True, help="Where S3 is, such as http://127.0.0.1:7070.")
@click.option(
    "--statements", type=click.Path(path_type=Path), required=True, help="The file of statements to append to."
)
def main(port: int, trino: str, s3: str, statements: Path) -> None:
    """Serve the Athena, Glue and STS APIs until SIGTERM."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s", stream=sys.stderr)
    application = Application(trino, s3, statements)
    server = make_server("127.0.0.1", port, application, threaded=True, request_handler=_Handler)
    server.daemon_threads = True  # type: ignore[attr-defined]  # a client that keeps its connection open must not hold up the end
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        server.serve_forever()
    finally:
        application.close()


if __name__ == "__main__":
    main()
