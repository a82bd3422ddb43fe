"""The files of a feed: contract, staging model, its description, and a unit test with rows that are made up."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path
from string import Template
from typing import Any

import yaml

from loader.errors import UsageError
from loader.new_feed.draft import ColumnDraft, Draft

_TEMPLATES = Path(__file__).parent / "templates"
_PARTIAL_PARSE = Path("target") / "partial_parse.msgpack"


def write_feed(project_dir: Path, draft: Draft, example: str) -> list[Path]:
    """Write the feed's files and return them; dbt parses the project anew the next time.

    Raises:
        UsageError: the feed has a folder already, or the project cannot be written.
    """
    folder = folder_of(project_dir, draft.feed)
    texts = texts_of(draft, example)
    try:
        folder.mkdir(parents=True)
        paths = []
        for name, text in texts.items():
            path = project_dir / "tests" / name if name.startswith("unit/") else folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
            paths.append(path)
        (project_dir / _PARTIAL_PARSE).unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(f"{error.filename}: cannot be written: {error.strerror}") from error
    return paths


def folder_of(project_dir: Path, feed: str) -> Path:
    """Return the folder of a new feed.

    Raises:
        UsageError: it is there already.
    """
    folder = project_dir / "models" / "staging" / feed
    for path in (folder, project_dir / "tests" / "unit" / f"stg_{feed}.yml"):
        if path.exists():
            raise UsageError(f"{path} is there already: choose another name, or remove it")
    return folder


def texts_of(draft: Draft, example: str) -> dict[str, str]:
    """Return the text of each file by its name; the unit test's below `unit/`."""
    words = {
        "feed": draft.feed,
        "table_words": _lines(draft.meta, 12),
        "columns": "\n".join(f"          - {_column(column)}" for column in draft.columns),
        "transaction_id": "transaction_id"
        if draft.column("transaction_id")
        else "cast(null as varchar) as transaction_id",
    }
    names = {
        "contract.yml": f"_{draft.feed}__sources.yml",
        "model.sql": f"stg_{draft.feed}.sql",
        "model.yml": f"stg_{draft.feed}.yml",
    }
    texts = {
        name: Template((_TEMPLATES / template).read_text(encoding="utf-8")).substitute(words)
        for template, name in names.items()
    }
    return texts | {f"unit/stg_{draft.feed}.yml": example}


def _lines(words: dict[str, Any], indent: int) -> str:
    """Return words as YAML, one a line; lists and maps that are long have a line for each item."""
    lines = []
    for word, value in words.items():
        shown = '"null"' if word == "null" else word
        if word in ("pass_over", "preamble", "footer"):
            lines.append(f"{shown}:")
            items = value.items() if isinstance(value, dict) else value
            for item in items:
                text = f"{item[0]}: {flow(item[1])}" if isinstance(item, tuple) else f"- {flow(item)}"
                lines.append(f"  {text}")
        else:
            lines.append(f"{shown}: {flow(value)}")
    return "\n".join(" " * indent + line for line in lines)


def _column(column: ColumnDraft) -> str:
    described = {"description": column.description} if column.description else {}
    return flow({"name": column.name, **described, "config": {"meta": column.meta}})


def flow(value: object) -> str:
    """Return a value as YAML on one line."""
    if value is None or isinstance(value, bool | int):
        return json.dumps(value)
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{flow(key)}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    return _scalar(str(value))


def _scalar(text: str) -> str:
    """Return a text as a YAML scalar of one line: as it is where that is safe, else quoted."""
    if "\\" not in text and text.startswith('"'):
        return "'" + text.replace("'", "''") + "'" if "'" not in text else json.dumps(text, ensure_ascii=False)
    if re.fullmatch(r"[A-Za-z][A-Za-z0-9_./+-]*( [A-Za-z0-9_./+-]+)*", text) and isinstance(yaml.safe_load(text), str):
        return text
    if text.isprintable() and "\\" in text and "'" not in text:
        return f"'{text}'"
    return json.dumps(text, ensure_ascii=False)
