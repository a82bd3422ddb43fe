"""Trains the JVM: it keeps what a first start of Trino loads and links, and later starts take half as long."""

from __future__ import annotations

import logging
import subprocess
import tempfile
import time
from pathlib import Path

from local_athena import trino_files
from local_athena.installation import Installation
from local_athena.processes import identify, spawn, stop
from local_athena.servers import TRINO_VARIABLES, free_ports, trino_answers
from local_athena.state import Role

_START_SECONDS = 180.0
_WRITE_SECONDS = 300.0
_PAUSE_SECONDS = 0.2

_log = logging.getLogger(__name__)


def train(installation: Installation) -> None:
    """Start Trino once, without a catalog to ask, and end it: the JVM then writes ``installation.trained``.

    Without that file Trino starts too, so a training that fails is a warning.
    """
    _log.info("Training the JVM for quick starts")
    ports = free_ports()
    log = installation.home / "training.log"
    with tempfile.TemporaryDirectory() as folder:
        files = Path(folder)
        trino_files.write(files, trino_port=ports[Role.TRINO], api_port=ports[Role.API], s3_port=ports[Role.S3])
        options = [f"-XX:AOTCacheOutput={installation.trained}"]
        trino = spawn(trino_files.command(installation, files, options), TRINO_VARIABLES, log)
        try:
            _wait_until_it_answers(trino, ports[Role.TRINO])
        finally:
            stop([identify(trino.pid)], patience=_WRITE_SECONDS)
            trino.wait()
    if not installation.trained.exists():
        _log.warning("The JVM could not be trained, so starts take longer: see %s", log)


def _wait_until_it_answers(trino: subprocess.Popen[bytes], port: int) -> None:
    end = time.monotonic() + _START_SECONDS
    while trino.poll() is None and time.monotonic() < end and not trino_answers(port, ["select 1"]):
        time.sleep(_PAUSE_SECONDS)
