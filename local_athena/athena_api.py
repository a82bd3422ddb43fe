"""The operations of the Athena API that dbt, boto3, PyAthena and awswrangler call, as AWS documents them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Any

from local_athena.errors import AthenaError
from local_athena.executions import Execution, Executions
from local_athena.glue import Glue, GlueError
from local_athena.plan import Plan, Run
from local_athena.sql import MAXIMUM_BYTES, plan
from local_athena.tokens import MalformedStatementError
from local_athena.workgroups import ENGINE, PRIMARY, WorkGroup, WorkGroups

Request = dict[str, Any]
Answer = dict[str, Any]

_CATALOG = "AwsDataCatalog"
_PAGE = 1000
_LISTED = 50
_REMEMBERED_TOKENS = 1000
_PLACE_IS_ENFORCED = (
    "The Create Table As Select query failed because it was submitted with an 'external_location' property to an "
    "Athena Workgroup that enforces a centralized output location for all queries. Please remove the "
    "'external_location' property and resubmit the query."
)


class AthenaApi:
    """Answers requests by operation. Threads may share it."""

    def __init__(self, executions: Executions, glue: Glue):
        self._executions = executions
        self._glue = glue
        self._groups = WorkGroups()
        self._tokens: OrderedDict[str, Execution] = OrderedDict()
        self._lock = Lock()
        self._operations: dict[str, Callable[[Request], Answer]] = {
            "StartQueryExecution": self._start,
            "GetQueryExecution": lambda request: {"QueryExecution": _described(self._find(request))},
            "BatchGetQueryExecution": self._get_batch,
            "ListQueryExecutions": self._list,
            "GetQueryResults": self._results,
            "StopQueryExecution": self._stop,
            **self._groups.operations,
            "GetDataCatalog": _data_catalog,
            "ListDatabases": self._databases,
            "GetTableMetadata": self._table,
            "ListTableMetadata": self._tables,
        }

    def call(self, operation: str, request: Request) -> Answer:
        """The answer to `operation`, such as `StartQueryExecution`. Raises AthenaError."""
        if operation not in self._operations:
            raise AthenaError(f"Athena's {operation} is not in the local Athena", "UnknownOperationException")
        return self._operations[operation](request)

    def _start(self, request: Request) -> Answer:
        """Queues a statement; the same ClientRequestToken starts it once."""
        token = request.get("ClientRequestToken")
        with self._lock:
            execution = self._tokens.get(token) if token else None
            if execution is None:
                execution = self._submit(request)
            elif execution.request != request:
                raise AthenaError("Idempotent parameters do not match")
            if token:
                self._tokens[token] = execution
            if len(self._tokens) > _REMEMBERED_TOKENS:
                self._tokens.popitem(last=False)
        return {"QueryExecutionId": execution.id}

    def _submit(self, request: Request) -> Execution:
        text = request["QueryString"]
        size = len(text.encode())
        if size > MAXIMUM_BYTES:
            raise AthenaError(
                f"1 validation error detected: Value at 'queryString' failed to satisfy constraint: Member must have "
                f"length less than or equal to {MAXIMUM_BYTES}; it has {size}"
            )
        group = self._groups.find(request.get("WorkGroup", PRIMARY))
        result = group.result_configuration(request.get("ResultConfiguration", {}))
        context = request.get("QueryExecutionContext", {})
        catalog = context.get("Catalog", _CATALOG)
        if catalog.lower() != _CATALOG.lower():
            raise AthenaError(f"Catalog {catalog} is not in the local Athena; use {_CATALOG}")
        database = context.get("Database", "default").lower()
        try:
            what = plan(text, database, tuple(request.get("ExecutionParameters", ())))
        except MalformedStatementError as error:
            raise AthenaError(str(error)) from error
        _check_place(what, group)
        return self._executions.submit(text, what, database, request, result=result, cutoff=group.cutoff)

    def _find(self, request: Request) -> Execution:
        identity = request["QueryExecutionId"]
        execution = self._executions.find(identity)
        if execution is None:
            raise AthenaError(f"QueryExecution {identity} was not found")
        return execution

    def _get_batch(self, request: Request) -> Answer:
        found = {identity: self._executions.find(identity) for identity in request["QueryExecutionIds"]}
        missing = [
            {"QueryExecutionId": identity, "ErrorCode": "INVALID_INPUT", "ErrorMessage": "was not found"}
            for identity, execution in found.items()
            if execution is None
        ]
        described = [_described(execution) for execution in found.values() if execution is not None]
        return {"QueryExecutions": described, "UnprocessedQueryExecutionIds": missing}

    def _list(self, request: Request) -> Answer:
        group = request.get("WorkGroup", PRIMARY)
        known = [
            execution.id for execution in self._executions.all() if execution.request.get("WorkGroup", PRIMARY) == group
        ]
        token, most = request.get("NextToken", "0"), request.get("MaxResults", _LISTED)
        if not 0 <= most <= _LISTED:
            raise AthenaError(f"MaxResults is more than maximum allowed length {_LISTED}.")
        if not token.isdecimal() or int(token) > len(known):
            raise AthenaError("Invalid NextToken")
        start = int(token)
        answer: Answer = {"QueryExecutionIds": known[start : start + most]}
        if start + most < len(known):
            answer["NextToken"] = str(start + most)
        return answer

    def _results(self, request: Request) -> Answer:
        execution = self._find(request)
        if not execution.finished:
            raise AthenaError(f"Query has not yet finished. Current state: {execution.state}")
        if execution.state != "SUCCEEDED":
            raise AthenaError(f"Query did not finish successfully. Final query state: {execution.state}")
        most = request.get("MaxResults", _PAGE)
        if not 1 <= most <= _PAGE:
            raise AthenaError(f"MaxResults is more than maximum allowed length {_PAGE}.")
        try:
            rows, following = execution.results.page(request.get("NextToken"), most)
        except ValueError as error:
            raise AthenaError("Invalid NextToken") from error
        answer: Answer = {
            "UpdateCount": execution.outcome.update_count or 0,
            "ResultSet": {
                "Rows": [{"Data": [{} if value is None else {"VarCharValue": value} for value in row]} for row in rows],
                "ResultSetMetadata": {"ColumnInfo": execution.results.columns},
            },
        }
        if following:
            answer["NextToken"] = following
        return answer

    def _stop(self, request: Request) -> Answer:
        self._executions.stop(self._find(request))
        return {}

    def _databases(self, request: Request) -> Answer:
        databases = self._metadata("GetDatabases", {})["DatabaseList"]
        return {
            "DatabaseList": [
                {key: database[key] for key in ("Name", "Description", "Parameters") if key in database}
                for database in databases
            ]
        }

    def _table(self, request: Request) -> Answer:
        place = {"DatabaseName": request["DatabaseName"], "Name": request["TableName"]}
        return {"TableMetadata": _table_metadata(self._metadata("GetTable", place)["Table"])}

    def _tables(self, request: Request) -> Answer:
        place = {key: request[key] for key in ("DatabaseName", "Expression") if key in request}
        tables = self._metadata("GetTables", place)["TableList"]
        return {"TableMetadataList": [_table_metadata(table) for table in tables]}

    def _metadata(self, operation: str, parameters: Request) -> Answer:
        try:
            return self._glue.call(operation, parameters)
        except GlueError as error:
            raise AthenaError(f"{error.code}: {error}", "MetadataException") from error


def _check_place(what: Plan, group: WorkGroup) -> None:
    """A workgroup that enforces its location decides where Hive tables are made; Iceberg tables say it themselves."""
    if group.enforces and isinstance(what.action, Run) and what.action.names_place:
        raise AthenaError(_PLACE_IS_ENFORCED)


def _described(execution: Execution) -> Answer:
    """Athena's QueryExecution."""
    request = execution.request
    status: Answer = {"State": execution.state, "SubmissionDateTime": execution.submitted}
    if execution.ended is not None:
        status["CompletionDateTime"] = execution.ended
    if execution.state == "CANCELLED":
        status["StateChangeReason"] = execution.cancel_reason
    if execution.failure and execution.state == "FAILED":
        status["StateChangeReason"] = execution.failure.reason
        status["AthenaError"] = {
            "ErrorCategory": execution.failure.category,
            "ErrorType": execution.failure.type,
            "Retryable": False,
            "ErrorMessage": execution.failure.reason,
        }
    answer: Answer = {
        "QueryExecutionId": execution.id,
        "Query": execution.text,
        "StatementType": execution.plan.statement_type,
        "SubstatementType": execution.plan.substatement_type,
        "ResultConfiguration": execution.result_configuration,
        "QueryExecutionContext": {"Database": execution.database, "Catalog": _CATALOG.lower()},
        "Status": status,
        "Statistics": _statistics(execution),
        "WorkGroup": request.get("WorkGroup", PRIMARY),
        "EngineVersion": {"SelectedEngineVersion": ENGINE, "EffectiveEngineVersion": ENGINE},
    }
    for key in ("ExecutionParameters", "ResultReuseConfiguration"):
        if key in request:
            answer[key] = request[key]
    return answer


def _statistics(execution: Execution) -> Answer:
    if execution.ended is None or execution.started is None:
        return {}
    queued = round((execution.started - execution.submitted) * 1000)
    engine = round((execution.ended - execution.started) * 1000)
    return {
        "EngineExecutionTimeInMillis": engine,
        "DataScannedInBytes": execution.outcome.bytes_scanned,
        "TotalExecutionTimeInMillis": queued + engine,
        "QueryQueueTimeInMillis": queued,
        "QueryPlanningTimeInMillis": execution.outcome.planning_milliseconds,
        "ServicePreProcessingTimeInMillis": 0,
        "ServiceProcessingTimeInMillis": 0,
        "ResultReuseInformation": {"ReusedPreviousResult": False},
    }


def _data_catalog(request: Request) -> Answer:
    if request["Name"].lower() != _CATALOG.lower():
        raise AthenaError(f"DataCatalog {request['Name']} was not found")
    return {"DataCatalog": {"Name": _CATALOG, "Type": "GLUE", "Parameters": {"catalog-id": "123456789012"}}}


def _table_metadata(table: Answer) -> Answer:
    """Athena's TableMetadata of a table in Glue."""
    metadata = {key: table[key] for key in ("Name", "CreateTime", "TableType", "PartitionKeys") if key in table}
    return {
        **metadata,
        "Columns": table.get("StorageDescriptor", {}).get("Columns", []),
        "Parameters": table.get("Parameters", {}),
    }
