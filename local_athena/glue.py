"""The Glue catalog: moto's, made to behave where dbt, Trino or a loader would notice the difference.

Every client goes through one lock. What is added here: a commit that is not based on the newest version is refused,
Iceberg commits keep descriptions and comments, views carry their real columns, and limits are those of AWS.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterable
from threading import RLock
from typing import Any
from wsgiref.types import WSGIApplication

from werkzeug.test import EnvironBuilder, run_wsgi_app

from local_athena.columns import hive_type

Parameters = dict[str, Any]

# moto keeps a catalog for each region; whatever region a client is in, this is the one.
_AUTHORIZATION = (
    "AWS4-HMAC-SHA256 Credential=local/20240101/us-east-1/glue/aws4_request, SignedHeaders=host, Signature=0"
)
_VIEW = re.compile(r"/\* Presto View: ([A-Za-z0-9+/=]+) \*/")
_VIEW_MARK = "Presto View"
_EXPRESSION_CHARACTERS = 2048
# The most elements that AWS takes in one request.
_LIMITS = {
    "BatchCreatePartition": ("PartitionInputList", 100),
    "BatchDeletePartition": ("PartitionsToDelete", 25),
    "BatchDeleteTable": ("TablesToDelete", 100),
    "BatchDeleteTableVersion": ("VersionIds", 100),
    "BatchGetPartition": ("PartitionsToGet", 1000),
    "BatchUpdatePartition": ("Entries", 100),
}
# moto does not have these; nothing here keeps statistics or functions.
_EMPTY: dict[str, Parameters] = {
    "DeleteColumnStatisticsForPartition": {},
    "DeleteColumnStatisticsForTable": {},
    "GetColumnStatisticsForPartition": {"ColumnStatisticsList": [], "Errors": []},
    "GetColumnStatisticsForTable": {"ColumnStatisticsList": [], "Errors": []},
    "GetUserDefinedFunctions": {"UserDefinedFunctions": []},
    "UpdateColumnStatisticsForPartition": {"Errors": []},
    "UpdateColumnStatisticsForTable": {"Errors": []},
}


class GlueError(Exception):
    """Glue refuses a request: `code` is the exception's name in AWS."""

    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code = code


class Glue:
    """The one catalog behind all clients. Threads may share it."""

    def __init__(self, moto: WSGIApplication):
        self._moto = moto
        self._lock = RLock()
        self._special: dict[str, Callable[[Parameters, bool], Parameters]] = {
            "CreateTable": self._create_table,
            "UpdateTable": self._update_table,
            "GetTable": self._get_table,
            "GetTables": self._get_tables,
            "GetPartitions": self._get_partitions,
            "GetUserDefinedFunction": _no_function,
        }

    def call(self, operation: str, parameters: Parameters, *, trino: bool = False) -> Parameters:
        """Glue's answer to `operation`, such as `GetTable`; `trino` says that Trino asks, not a person's client.

        Raises GlueError.
        """
        if operation in _EMPTY:
            return _EMPTY[operation]
        _check_limit(operation, parameters)
        parameters = _small_letters(parameters)
        with self._lock:
            special = self._special.get(operation)
            return special(parameters, trino) if special else self._ask(operation, parameters)

    def _ask(self, operation: str, parameters: Parameters) -> Parameters:
        """What moto itself answers."""
        builder = EnvironBuilder(
            method="POST",
            data=json.dumps(parameters),
            content_type="application/x-amz-json-1.1",
            headers=[("X-Amz-Target", f"AWSGlue.{operation}"), ("Authorization", _AUTHORIZATION)],
        )
        try:
            body, status, _ = run_wsgi_app(self._moto, builder.get_environ(), buffered=True)
        except NotImplementedError as error:
            raise GlueError("UnknownOperationException", f"Glue's {operation} is not in the local Athena") from error
        text = b"".join(body)
        try:
            answer: Parameters = json.loads(text) if text else {}
        except ValueError:
            answer = {}
        if status.startswith("200"):
            return answer
        code = str(answer.get("__type") or "InternalServiceException").rpartition("#")[2]
        raise GlueError(code, str(answer.get("message") or answer.get("Message") or f"{operation}: {status}"))

    def _create_table(self, parameters: Parameters, trino: bool) -> Parameters:
        _set_view_columns(parameters["TableInput"])
        return self._ask("CreateTable", parameters)

    def _update_table(self, parameters: Parameters, trino: bool) -> Parameters:
        entry = parameters["TableInput"]
        place: Parameters = {"DatabaseName": parameters["DatabaseName"], "Name": entry["Name"]}
        current = self._ask("GetTable", place)["Table"]
        based_on = parameters.get("VersionId")
        if based_on is not None and str(based_on) != str(current["VersionId"]):
            raise GlueError("ConcurrentModificationException", "Update table failed due to concurrent modifications.")
        _set_view_columns(entry)
        if trino and entry.get("Parameters", {}).get("table_type", "").upper() == "ICEBERG":
            _keep_documentation(entry, current)
        answer = self._ask("UpdateTable", parameters)
        if parameters.get("SkipArchive"):
            name = {"DatabaseName": place["DatabaseName"], "TableName": place["Name"]}
            self._ask("DeleteTableVersion", {**name, "VersionId": current["VersionId"]})
        return answer

    def _get_table(self, parameters: Parameters, trino: bool) -> Parameters:
        answer = self._ask("GetTable", parameters)
        if trino:
            _mark_views([answer["Table"]])
        return answer

    def _get_tables(self, parameters: Parameters, trino: bool) -> Parameters:
        answer = self._ask("GetTables", parameters)
        if trino:
            _mark_views(answer["TableList"])
        return answer

    def _get_partitions(self, parameters: Parameters, trino: bool) -> Parameters:
        expression = parameters.get("Expression") or ""
        if len(expression) > _EXPRESSION_CHARACTERS:
            raise GlueError(
                "ValidationException",
                f"1 validation error detected: Value at 'expression' failed to satisfy constraint: "
                f"Member must have length less than or equal to {_EXPRESSION_CHARACTERS}",
            )
        try:
            return self._ask("GetPartitions", parameters)
        except GlueError as error:
            # moto cannot compare every type; Trino filters what it gets once more, so it may get all.
            if trino and error.code == "InvalidInputException" and expression:
                return self._ask("GetPartitions", {**parameters, "Expression": ""})
            raise


def _no_function(parameters: Parameters, _: bool) -> Parameters:
    raise GlueError("EntityNotFoundException", f"Cannot find function {parameters.get('FunctionName')}.")


def _check_limit(operation: str, parameters: Parameters) -> None:
    if operation not in _LIMITS:
        return
    key, most = _LIMITS[operation]
    if len(parameters.get(key) or []) > most:
        raise GlueError(
            "ValidationException",
            f"1 validation error detected: Value at '{key[0].lower()}{key[1:]}' failed to satisfy constraint: "
            f"Member must have length less than or equal to {most}",
        )


def _small_letters(parameters: Parameters) -> Parameters:
    """Glue folds the names of databases and tables to small letters."""
    folded = dict(parameters)
    for key in ("DatabaseName", "TableName", "Name"):
        if isinstance(folded.get(key), str):
            folded[key] = folded[key].lower()
    for key in ("DatabaseInput", "TableInput"):
        if key in folded:
            folded[key] = {**folded[key], "Name": folded[key]["Name"].lower()}
    return folded


def _set_view_columns(entry: Parameters) -> None:
    """Gives a view its real columns; Trino writes one called `dummy` and keeps the real ones in the view's text."""
    found = _VIEW.match(entry.get("ViewOriginalText") or "")
    if not found:
        return
    columns = []
    for column in json.loads(base64.b64decode(found.group(1)))["columns"]:
        comment = {"Comment": column["comment"]} if column.get("comment") else {}
        columns.append({"Name": column["name"].lower(), "Type": hive_type(column["type"]), **comment})
    documented = {column["Name"]: column for column in entry.get("StorageDescriptor", {}).get("Columns", [])}
    for column in columns:
        column.update(_documentation(documented.get(column["Name"], {})))
    entry["StorageDescriptor"] = {**entry.get("StorageDescriptor", {}), "Columns": columns}


def _keep_documentation(entry: Parameters, current: Parameters) -> None:
    """Carries over what others wrote on a table; Trino's Iceberg commits write the whole entry anew without it."""
    if current.get("Description") and not entry.get("Description"):
        entry["Description"] = current["Description"]
    entry["Parameters"] = {**current.get("Parameters", {}), **entry["Parameters"]}
    documented = {column["Name"]: column for column in current.get("StorageDescriptor", {}).get("Columns", [])}
    for column in entry.get("StorageDescriptor", {}).get("Columns", []):
        for key, value in _documentation(documented.get(column["Name"], {})).items():
            column[key] = column.get(key) or value


def _documentation(column: Parameters) -> Parameters:
    return {key: column[key] for key in ("Comment", "Parameters") if column.get(key)}


def _mark_views(tables: Iterable[Parameters]) -> None:
    """Shows Trino its views as it wrote them: known by their description, which dbt changes, with one string column.

    A view's real columns may be of types that Trino does not accept in a Hive table.
    """
    for table in tables:
        if table.get("Parameters", {}).get("presto_view") == "true":
            table["Description"] = _VIEW_MARK
            table["Parameters"] = {**table["Parameters"], "comment": _VIEW_MARK}
            table["StorageDescriptor"] = {
                **table["StorageDescriptor"],
                "Columns": [{"Name": "dummy", "Type": "string"}],
            }
