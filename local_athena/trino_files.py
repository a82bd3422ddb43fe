"""Trino's configuration: what makes it behave as Athena does, in the memory of a laptop."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from local_athena import versions
from local_athena.access import ACCESS_KEY, REGION, SECRET_KEY, url
from local_athena.installation import Installation

_JVM_OPTIONS = [
    "-Xmx2G",
    # The first compiler only: statements here are short, and starting is most of what a JVM does in a test.
    "-XX:TieredStopAtLevel=1",
    "-XX:ReservedCodeCacheSize=256M",
    "-XX:+ExitOnOutOfMemoryError",
    "-Djdk.attach.allowAttachSelf=true",
    "-Duser.timezone=UTC",
    "--enable-native-access=ALL-UNNAMED",
    "--sun-misc-unsafe-memory-access=allow",
    "--add-modules=jdk.incubator.vector",
]

_LOG_LEVELS = {
    "io": "WARN",
    "org": "WARN",
    "com": "WARN",
    # It warns every two seconds of a start that the server does not answer itself yet.
    "io.trino.memory.RemoteNodeMemory": "ERROR",
}


def write(folder: Path, *, trino_port: int, api_port: int, s3_port: int) -> None:
    """Write the configuration files into Trino's folder."""
    _write(folder / "config.properties", _server(trino_port))
    _write(folder / "log.properties", _LOG_LEVELS)
    stores = _glue(api_port) | _s3(s3_port)
    _write(folder / "catalog" / "awsdatacatalog.properties", _hive() | stores)
    _write(folder / "catalog" / "iceberg.properties", _iceberg() | stores)


def command(installation: Installation, folder: Path, jvm_options: Iterable[str]) -> list[str]:
    """Return the command that starts Trino on the files that :func:`write` wrote."""
    settings = {
        "config": folder / "config.properties",
        "log.levels-file": folder / "log.properties",
        "catalog.config-dir": folder / "catalog",
        "node.data-dir": folder / "data",
        "plugin.dir": installation.trino / "plugin",
        "node.environment": "local",
        "node.id": "local",
    }
    return [
        str(installation.java),
        *_JVM_OPTIONS,
        *jvm_options,
        *(f"-D{name}={value}" for name, value in settings.items()),
        "-cp",
        str(installation.trino / "lib" / "*"),
        "Launch",
        versions.TRINO,
    ]


def _write(path: Path, properties: Mapping[str, object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{name}={value}\n" for name, value in properties.items()), encoding="utf-8")


def _server(port: int) -> dict[str, object]:
    return {
        "coordinator": "true",
        "node-scheduler.include-coordinator": "true",
        "http-server.http.port": port,
        "discovery.uri": url(port),
        "node.internal-address": "127.0.0.1",
        # Without it Trino listens on every interface.
        "node.bind-ip": "127.0.0.1",
        "http-server.log.enabled": "false",
        # What it remembers of queries that have ended fills the memory after some builds.
        "query.min-expire-age": "1m",
        "query.max-history": 50,
        "query.max-memory": "1GB",
        "query.max-memory-per-node": "1GB",
        "memory.heap-headroom-per-node": "400MB",
        "task.concurrency": 2,
        # Athena's limit of 100 partitions is per writer here: with one writer it is per statement.
        "task.min-writer-count": 1,
        "task.max-writer-count": 1,
    }


def _glue(port: int) -> dict[str, object]:
    return {
        "hive.metastore.glue.region": REGION,
        # The path tells the API server that it is Trino that asks, not a client of Athena.
        "hive.metastore.glue.endpoint-url": f"{url(port)}/trino",
        "hive.metastore.glue.aws-access-key": ACCESS_KEY,
        "hive.metastore.glue.aws-secret-key": SECRET_KEY,
        # moto ignores segments: each would get all partitions.
        "hive.metastore.glue.partitions-segments": 1,
    }


def _s3(port: int) -> dict[str, object]:
    return {
        "fs.s3.enabled": "true",
        "s3.endpoint": url(port),
        "s3.region": REGION,
        "s3.path-style-access": "true",
        "s3.aws-access-key": ACCESS_KEY,
        "s3.aws-secret-key": SECRET_KEY,
    }


def _hive() -> dict[str, object]:
    return {
        "connector.name": "hive",
        "hive.metastore": "glue",
        "hive.security": "allow-all",
        "hive.non-managed-table-writes-enabled": "true",
        "hive.iceberg-catalog-name": "iceberg",
        "hive.max-partitions-per-writers": 100,
        # The Glue that is served here keeps no column statistics.
        "hive.table-statistics-enabled": "false",
        "hive.collect-column-statistics-on-write": "false",
    }


def _iceberg() -> dict[str, object]:
    return {
        "connector.name": "iceberg",
        "iceberg.catalog.type": "glue",
        "iceberg.hive-catalog-name": "awsdatacatalog",
        "iceberg.max-partitions-per-writer": 100,
        # Athena's VACUUM obeys the table's own properties, with no least age.
        "iceberg.expire-snapshots.min-retention": "0s",
        "iceberg.remove-orphan-files.min-retention": "0s",
        "iceberg.allowed-extra-properties": "*",
        # Else small files are read once and then from memory, and nobody can tell which files a query needs.
        "iceberg.metadata-cache.enabled": "false",
    }
