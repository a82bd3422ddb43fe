"""The demo on a local Athena: two deliveries and a build after each, the month-end table, what was read.

python -m demo.on_athena --out build/demo-athena
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pyathena

from local_athena.access import BUCKET
from local_athena.engine import Engine
from local_athena.errors import EngineError

BIN = Path(sys.executable).parent
HISTORY = """
select account_id, currency,
    max(balance) filter (where month = '2024-01'),
    max(balance) filter (where month = '2024-02'),
    max(balance) filter (where month = '2024-03')
from month_end_balance_history
where feed = 'ledger_entries' and account_id in ('ACC001', 'ACC002', 'ACC003')
group by account_id, currency
order by account_id
"""


def main() -> int:
    """Run the demo; return the exit code of the command that failed, else 0."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--out", type=Path, required=True, help="the folder for files and logs; it is emptied first")
    out: Path = parser.parse_args().out
    shutil.rmtree(out, ignore_errors=True)
    try:
        print("Starting the engine (the first time it is built, which takes some minutes)", flush=True)
        with Engine.start(out / "engine", tied=True) as engine:
            _show(engine, out)
    except subprocess.CalledProcessError as error:
        print(f"failed: {' '.join(map(str, error.cmd))}", file=sys.stderr)
        return error.returncode
    except EngineError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _show(engine: Engine, out: Path) -> None:
    os.environ.update(engine.environment() | _variables(out))
    _run(sys.executable, "-m", "demo.generate", "--out", str(out / "files"))
    reads = []
    for delivery in ("delivery-1", "delivery-2", None):
        if delivery:
            _run(str(BIN / "loader"), "land", str(out / "files" / delivery))
        began, asked = time.monotonic(), _lines(engine)
        _run(str(BIN / "dbt"), "build", "--target", "athena", "--exclude-resource-type", "unit_test")
        reads.append((delivery or "nothing new", time.monotonic() - began, _lines(engine)[len(asked) :]))
    print("\nMonth-end balances of the accounts of the worked example (month_end_balance_history)\n")
    with pyathena.connect(
        s3_staging_dir=_variables(out)["LEDGER_LAKE_S3_STAGING_DIR"], schema_name="demo"
    ) as connection:
        for account, currency, *balances in connection.cursor().execute(HISTORY):
            print(f"  {account}  {currency}" + "".join(f"{'NULL' if one is None else one:>16}" for one in balances))
    print("\nWhat each build asked of Athena\n")
    for what, seconds, lines in reads:
        scanned = sum(json.loads(line)["bytes_scanned"] for line in lines)
        print(f"  {what:12} {len(lines):4} statements {scanned / 1e6:8.2f} MB scanned {seconds:6.1f} s")


def _variables(out: Path) -> dict[str, str]:
    return {
        "LEDGER_LAKE_ROOT": f"s3://{BUCKET}/lake",
        "LEDGER_LAKE_RAW_SCHEMA": "demo_raw",
        "LEDGER_LAKE_SCHEMA": "demo",
        "LEDGER_LAKE_WORKGROUP": "primary",
        "LEDGER_LAKE_S3_DATA_DIR": f"s3://{BUCKET}/warehouse/",
        "LEDGER_LAKE_S3_STAGING_DIR": f"s3://{BUCKET}/results/",
        "LEDGER_LAKE_POLL_INTERVAL": "0.05",
        "DBT_TARGET_PATH": str((out / "target").absolute()),
        "DBT_LOG_PATH": str((out / "logs").absolute()),
    }


def _run(*command: str) -> None:
    subprocess.run(command, check=True)  # noqa: S603  # this project's own commands


def _lines(engine: Engine) -> list[str]:
    return engine.statements.read_text(encoding="utf-8").splitlines() if engine.statements.exists() else []


if __name__ == "__main__":
    sys.exit(main())
