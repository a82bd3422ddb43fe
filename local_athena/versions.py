"""What the local Athena is built from: every pinned version, and nothing else."""

from __future__ import annotations

TRINO = "483"
VERSITYGW = "v1.8.0"
# The oldest Java that this Trino runs on.
JDK = 25
