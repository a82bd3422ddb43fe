"""Runs the models' unit tests: python -m tests.unit_tests FOLDER [MODEL].

The relations that the tests stand in for must exist, so the models are built first, over an empty lake in the folder.
Both happen in one process and with one parse, which dbt keeps in the folder: a second call parses only what was edited.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Any

from dbt.cli.main import dbtRunner, dbtRunnerResult

PROJECT = Path(__file__).parents[1]


def main(folder: Path, model: str | None) -> int:
    """Build and test. Return the exit code: 1 if something failed, 2 if dbt could not run."""
    use(folder)
    parsed = dbtRunner().invoke(["--quiet", "parse"])
    if not parsed.success:
        return exit_code(parsed)
    manifest: Any = parsed.result
    # dbt 1.11 cannot copy a manifest with disabled nodes, and no command needs them.
    manifest.disabled.clear()
    model_selection = ["--select", f"+{model}", *records_read_by(model, manifest)] if model else []
    test_selection = ["--select", f"{model},test_type:unit" if model else "test_type:unit"]
    built = run(["--quiet", "build", "--exclude-resource-type", "test", "unit_test", *model_selection], manifest)
    if not built.success:
        return exit_code(built)
    tested = run(["test", *test_selection], manifest)
    if model and tested.success and not getattr(tested.result, "results", None):
        print(f"{model} has no unit tests: see that it is the name of a model", file=sys.stderr)
        return 2
    return exit_code(tested)


def records_read_by(model: str, manifest: Any) -> list[str]:
    """Return selections of the records that the model reads as earlier builds left them, for their columns."""
    nodes = [node for node in manifest.nodes.values() if node.resource_type == "model" and node.name == model]
    sources = [manifest.sources[name] for node in nodes for name in node.depends_on.nodes if name in manifest.sources]
    return [f"+{source.name}" for source in sources if source.source_name == "earlier"]


def use(folder: Path) -> None:
    """Let dbt work in the folder only: by the example's profile, in an empty lake."""
    lake = folder / "lake"
    shutil.rmtree(lake, ignore_errors=True)
    lake.mkdir(parents=True)
    shutil.copy(PROJECT / "profiles.yml.example", folder / "profiles.yml")
    # A unit test states the variables that it needs.
    for name in [name for name in os.environ if name.startswith(("DBT_", "LEDGER_LAKE_"))]:
        del os.environ[name]
    os.environ |= {
        "DBT_LOG_LEVEL_FILE": "none",
        "DBT_LOG_PATH": str(folder / "logs"),
        "DBT_PROFILES_DIR": str(folder),
        "DBT_PROJECT_DIR": str(PROJECT),
        "DBT_TARGET_PATH": str(folder.absolute() / "target"),
        "LEDGER_LAKE_ROOT": str(lake),
    }


def run(arguments: list[str], manifest: Any) -> dbtRunnerResult:
    """Run a command with a manifest of its own, because it writes into it."""
    return dbtRunner(manifest=manifest.deepcopy()).invoke(arguments)


def exit_code(ended: dbtRunnerResult) -> int:
    """Return what the command `dbt` would have ended with."""
    if isinstance(ended.exception, KeyboardInterrupt):
        raise ended.exception
    return 0 if ended.success else 1 if ended.exception is None else 2


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None))
