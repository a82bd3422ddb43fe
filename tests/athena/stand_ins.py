"""Stand-ins for a JDK and for what the engine installs: the supervisor is tested in seconds and without tools."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from local_athena import install, versions

# Answers any request: enough for a health check, and for a query that finishes with its first page.
_SERVER = """#!{python}
import re, sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        body = b'{{"stats": {{"state": "FINISHED"}}}}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

arguments = " ".join(sys.argv)
if config := re.search(r"-Dconfig=(\\S+)", arguments):
    port = re.search(r"^http-server.http.port=(.*)", Path(config[1]).read_text(), re.MULTILINE)[1]
else:
    port = re.search(r"--port 127.0.0.1:(\\d+)", arguments)[1]
HTTPServer(("127.0.0.1", int(port)), Answer).serve_forever()
"""


class StandIns:
    """A folder with stand-ins, which the engine takes for its JDK and its installation."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        cache = folder / "cache"
        jdk = self.jdk(folder / "jdk", versions.JDK)
        monkeypatch.setenv("JAVA_HOME", str(jdk))
        monkeypatch.setenv(install.CACHE_VARIABLE, str(cache))
        self.versitygw = cache / install.digest(jdk) / "versitygw"
        self.java = jdk / "bin" / "java"
        self.versitygw.parent.mkdir(parents=True)
        for script in (self.versitygw, self.java):
            self.write(script, _SERVER.format(python=sys.executable))

    @staticmethod
    def jdk(home: Path, version: int) -> Path:
        """Make what passes for a JDK of a version."""
        (home / "bin").mkdir(parents=True)
        (home / "bin" / "java").touch()
        (home / "bin" / "javac").touch()
        (home / "release").write_text(f'JAVA_VERSION="{version}.0.1"\n')
        return home

    @staticmethod
    def write(script: Path, text: str) -> None:
        """Make a file that can be run."""
        script.write_text(text)
        script.chmod(0o755)

    def precede(self, script: Path, shell: str) -> None:
        """Run a shell command before a stand-in; the stand-in starts only if it succeeds."""
        original = script.with_name(f"{script.name}-original")
        script.rename(original)
        self.write(script, f'#!/bin/sh\n{shell}\nexec {original} "$@"\n')
