"""The tables of the dbt source `raw`, as the project's YAML states them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode

from loader.errors import ContractError

_RAW_SOURCE = "raw"
# Sources that the loader writes itself and nobody delivers.
OWN_TABLES = frozenset({"files", "malformed_rows"})
_TEMPLATE = re.compile(r"\{[{%#]")


# PyYAML's own parser takes several times as long, and every call of the command line reads the contracts.
_YamlLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _read_yaml(text: str) -> Any:
    """Return the document as dbt reads it; a key given twice is a mistake, of which dbt takes the later one."""
    loader = _YamlLoader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        _refuse_doubled_keys(node, set())
        return loader.construct_document(node)
    finally:
        loader.dispose()


def _refuse_doubled_keys(node: Node, seen: set[int]) -> None:
    """Look at the mappings before merge keys are resolved: what a merge brings may be overridden."""
    if id(node) in seen or not isinstance(node, CollectionNode):
        return
    seen.add(id(node))
    lines: dict[tuple[str, str], int] = {}
    for child in node.value:
        key, value = child if isinstance(node, MappingNode) else (None, child)
        if isinstance(key, ScalarNode):
            name, line = (key.tag, key.value), key.start_mark.line + 1
            if name in lines:
                raise yaml.YAMLError(f"the key {key.value!r} on line {line} is given already on line {lines[name]}")
            lines[name] = line
        _refuse_doubled_keys(value, seen)


def raw_tables(project_dir: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield each table of the source and the file, relative to the project, that states it.

    Raises:
        ContractError: a file is no YAML, or a table or a column has no name.
    """
    for path in sorted(filter(Path.is_file, (project_dir / "models" / "staging").rglob("*.yml"))):
        shown = Path(os.path.relpath(path, project_dir))
        try:
            document = _read_yaml(path.read_text(encoding="utf-8")) or {}
        # A date that is none is a ValueError.
        except (yaml.YAMLError, ValueError, OSError) as error:
            raise ContractError(f"{shown}: not readable as YAML: {' '.join(str(error).split())}") from error
        sources = document.get("sources") if isinstance(document, dict) else None
        for source in _list(sources, f"{shown}: sources"):
            if isinstance(source, dict) and source.get("name") == _RAW_SOURCE:
                tables = _list(source.get("tables"), f"{shown}: {_RAW_SOURCE}.tables")
                for position, table in enumerate(tables, start=1):
                    yield shown, _named(table, f"{shown}: {_RAW_SOURCE}.tables: the table", position)


def columns_of(table: dict[str, Any], shown: Path) -> list[dict[str, Any]]:
    """Return the table's columns.

    Raises:
        ContractError: a column has no name.
    """
    columns = enumerate(_list(table.get("columns"), f"{shown}: {table['name']}.columns"), start=1)
    return [_named(column, f"{shown}: {table['name']}.columns: the column", position) for position, column in columns]


def _list(node: object, what: str) -> list[Any]:
    if node is not None and not isinstance(node, list):
        raise ContractError(f"{what}: a list is allowed")
    return node or []


def _named(node: object, what: str, position: int) -> dict[str, Any]:
    if not isinstance(node, dict) or node.get("name") is None:
        raise ContractError(f"{what} at position {position} has no name")
    return node


def meta_of(node: dict[str, Any]) -> dict[str, Any]:
    """Return ``config.meta`` as the key ``meta``; no key when there is none.

    Raises:
        ContractError: a key is the word null without quotes, which YAML takes for no text; dbt cannot read it either.
    """
    config = node.get("config")
    meta = config.get("meta") if isinstance(config, dict) else None
    if isinstance(meta, dict) and None in meta:
        raise ContractError(f"{node['name']}: config.meta: write the key null in quotes, as in \"null\": ['-']")
    return {} if meta is None else {"meta": meta}


def refuse_templates(meta: object, place: str) -> None:
    """Look at all keys and texts of ``config.meta``, which dbt renders with Jinja and the loader reads as they are.

    Raises:
        ContractError: one begins a template, so that the two would read different words; names its place.
    """
    seen: set[int] = set()
    nodes: list[tuple[object, str]] = [(meta, place)]
    while nodes:
        node, at = nodes.pop()
        if isinstance(node, str) and (found := _TEMPLATE.search(node)):
            raise ContractError(
                f"{at}: a text without {found.group()!r} is allowed, which begins a template of dbt: for a header that "
                f"has it, state the 'position' in the file; in a pattern, write a backslash before each sign"
            )
        if isinstance(node, dict | list) and id(node) not in seen:
            seen.add(id(node))
            pairs = node.items() if isinstance(node, dict) else enumerate(node)
            nodes += reversed([pair for key, value in pairs for pair in ((key, at), (value, f"{at}.{key}"))])


def description_of(node: dict[str, Any]) -> str:
    """Return the description on one line, empty when there is none."""
    return " ".join(str(node.get("description") or "").split())
