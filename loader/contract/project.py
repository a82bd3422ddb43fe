"""The contracts of a dbt project, read from its YAML."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from loader.contract.columns import ColumnMeta
from loader.contract.dbt_sources import OWN_TABLES, columns_of, description_of, meta_of, raw_tables, refuse_templates
from loader.contract.model import Contract, nearest
from loader.contract.table import TableMeta
from loader.errors import ContractError, UsageError

PROJECT_FILE = "dbt_project.yml"
PROJECT_DIR_VARIABLE = "LEDGER_LAKE_PROJECT_DIR"


def find_project_dir(given: str | None) -> Path:
    """Return the dbt project: the given folder, else the nearest one above the working folder, else the loader's own.

    Raises:
        UsageError: no folder with a dbt_project.yml is found.
    """
    if given is not None:
        if not (Path(given) / PROJECT_FILE).is_file():
            raise UsageError(f"{given} holds no {PROJECT_FILE}: give the folder of the dbt project")
        return Path(given)
    here = Path.cwd()
    for folder in (here, *here.parents, Path(__file__).resolve().parents[2]):
        if (folder / PROJECT_FILE).is_file():
            return folder
    raise UsageError(f"no {PROJECT_FILE} here or above: give --project-dir or {PROJECT_DIR_VARIABLE}")


def load_contracts(project_dir: Path) -> dict[str, Contract]:
    """Return the contracts under ``models/staging`` by feed, in alphabetical order.

    Raises:
        ContractError: one has a mistake; names file, key and what is allowed.
    """
    contracts: dict[str, Contract] = {}
    for shown, table in raw_tables(project_dir):
        # The loader's own tables (files, malformed rows) are sources too, but nobody delivers them.
        own = str(table["name"]) in OWN_TABLES
        if own and not {"kind", "file_patterns"}.intersection(meta_of(table).get("meta", ())):
            continue
        contract = _contract(table, shown)
        if contract.feed in contracts:
            raise ContractError(f"{shown}: the feed {contract.feed} is also in {contracts[contract.feed].path}")
        contracts[contract.feed] = contract
    return dict(sorted(contracts.items()))


def _contract(table: dict[str, Any], shown: Path) -> Contract:
    given = {
        "feed": table["name"],
        "path": shown,
        "description": description_of(table),
        **meta_of(table),
        "columns": [
            {"name": column["name"], "description": description_of(column), **meta_of(column)}
            for column in columns_of(table, shown)
        ],
    }
    refuse_templates(given.get("meta"), f"{shown}: {given['feed']}.config.meta")
    for column in given["columns"]:
        refuse_templates(column.get("meta"), f"{shown}: {given['feed']}.columns.{column['name']}.config.meta")
    try:
        return Contract.model_validate(given)
    except ValidationError as error:
        raise ContractError(_one_line(error, given, shown)) from error


def _one_line(error: ValidationError, given: dict[str, Any], shown: Path) -> str:
    first = error.errors(include_url=False)[0]
    location = list(first["loc"])
    keys = list(TableMeta.model_fields)
    place = [f"{given['feed']}"]
    if location[:1] == ["columns"] and len(location) > 1:
        keys = list(ColumnMeta.model_fields)
        place.append(f"columns.{given['columns'][int(location[1])]['name']}")
        location = location[2:]
    in_yaml = {"meta": "config.meta", "feed": "name"}
    place += [in_yaml.get(str(part), str(part)) for part in location if part != "columns" or len(location) == 1]
    if first["type"] == "extra_forbidden":
        reason = f"unknown key{nearest(str(location[-1]), keys)}"
    elif first["type"] == "missing":
        reason = "the key is missing"
    else:
        reason = first["msg"].removeprefix("Value error, ").replace("Input should be", "allowed is")
    return f"{shown}: {'.'.join(place)}: {reason}"
