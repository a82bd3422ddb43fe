"""A stand-in for AWS that `terraform apply` can talk to: moto's server, with what moto lacks added.

python -m tests.terraform.aws_server

It listens on this machine only, prints its port and runs until it is stopped. What is added:

1. CloudWatch speaks CBOR with the provider, which moto does not read. Alarms and dashboards are kept here as they came.
2. Saved queries of CloudWatch Logs, tags of workgroups and budgets, who is told of a budget, how often a key is
   rotated, the check of a state machine's definition.
3. Access logs of S3 by a bucket policy with conditions, and flow logs to a prefix of a bucket: moto refuses both.
"""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from unittest import mock

from botocore.parsers import RpcV2CBORParser
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from moto.s3.models import FakeBucket, S3Backend
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

ACCOUNT = "123456789012"
REGION = "eu-central-1"
_NOT_ROTATED = {"KeyRotationEnabled": False}


class CloudWatch:
    """Alarms and dashboards, as they were put."""

    def __init__(self) -> None:
        self._metric: dict[str, dict[str, Any]] = {}
        self._composite: dict[str, dict[str, Any]] = {}
        self._dashboards: dict[str, str] = {}

    def answer(self, operation: str, sent: dict[str, Any]) -> dict[str, Any]:
        """Return the answer to one operation.

        Raises:
            NotImplementedError: the operation is not served.
        """
        match operation:
            case "PutMetricAlarm":
                self._metric[sent["AlarmName"]] = self._alarm(sent)
                return {}
            case "PutCompositeAlarm":
                self._composite[sent["AlarmName"]] = self._alarm(sent)
                return {}
            case "DescribeAlarms":
                asked = sent["AlarmNames"]
                return {
                    "MetricAlarms": [self._metric[name] for name in asked if name in self._metric],
                    "CompositeAlarms": [self._composite[name] for name in asked if name in self._composite],
                }
            case "PutDashboard":
                self._dashboards[sent["DashboardName"]] = sent["DashboardBody"]
                return {"DashboardValidationMessages": []}
            case "GetDashboard":
                name = sent["DashboardName"]
                arn = f"arn:aws:cloudwatch::{ACCOUNT}:dashboard/{name}"
                return {"DashboardArn": arn, "DashboardBody": self._dashboards[name], "DashboardName": name}
            case "ListTagsForResource":
                return {"Tags": []}
        raise NotImplementedError(f"CloudWatch's {operation}")

    @staticmethod
    def _alarm(sent: dict[str, Any]) -> dict[str, Any]:
        return {"AlarmArn": f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{sent['AlarmName']}", **sent}


class Additions:
    """What stands before moto and answers what moto cannot."""

    def __init__(self, application: Callable[..., Iterable[bytes]]) -> None:
        self._moto = application
        self._cloudwatch = CloudWatch()
        self._queries: dict[str, dict[str, Any]] = {}
        self._subscribers: dict[str, list[dict[str, Any]]] = {}
        self._rotations: dict[str, dict[str, Any]] = {}
        self._targets: Mapping[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "Logs_20140328.PutQueryDefinition": self._put_query,
            "Logs_20140328.DescribeQueryDefinitions": self._describe_queries,
            "AWSBudgetServiceGateway.ListTagsForResource": lambda _: {"ResourceTags": []},
            "AWSBudgetServiceGateway.DescribeSubscribersForNotification": self._subscribers_of,
            "AmazonAthena.ListTagsForResource": lambda _: {"Tags": []},
            "TrentService.EnableKeyRotation": self._rotate,
            "TrentService.GetKeyRotationStatus": lambda sent: self._rotations.get(sent["KeyId"], _NOT_ROTATED),
            "AWSStepFunctions.ValidateStateMachineDefinition": lambda _: {"result": "OK", "diagnostics": []},
            "AWSStepFunctions.ListStateMachineVersions": lambda _: {"stateMachineVersions": []},
        }

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request, or hand it on."""
        request = Request(environ)
        if request.content_type == "application/cbor":
            answer = self._cloudwatch.answer(request.path.rpartition("/")[2], _read_cbor(request.get_data()))
            response = Response(_cbor(answer), content_type="application/cbor")
            response.headers["smithy-protocol"] = "rpc-v2-cbor"
            return response(environ, start_response)
        target = request.headers.get("X-Amz-Target", "")
        if target in self._targets:
            return Response(json.dumps(self._targets[target](json.loads(request.get_data()))))(environ, start_response)
        if target.endswith((".CreateBudget", ".CreateNotification")):
            body = request.get_data()
            self._note_subscribers(json.loads(body))
            environ["wsgi.input"] = io.BytesIO(body)
        return self._moto(environ, start_response)

    def _rotate(self, sent: dict[str, Any]) -> dict[str, Any]:
        period = sent.get("RotationPeriodInDays", 365)
        self._rotations[sent["KeyId"]] = {"KeyRotationEnabled": True, "RotationPeriodInDays": period}
        return {}

    def _note_subscribers(self, sent: dict[str, Any]) -> None:
        for one in sent.get("NotificationsWithSubscribers", [sent] if "Notification" in sent else []):
            self._subscribers[_key(one["Notification"])] = one["Subscribers"]

    def _subscribers_of(self, sent: dict[str, Any]) -> dict[str, Any]:
        return {"Subscribers": self._subscribers[_key(sent["Notification"])]}

    def _put_query(self, sent: dict[str, Any]) -> dict[str, Any]:
        id_ = sent.get("queryDefinitionId", f"00000000-0000-0000-0000-{len(self._queries):012}")
        self._queries[id_] = {**sent, "queryDefinitionId": id_}
        return {"queryDefinitionId": id_}

    def _describe_queries(self, sent: dict[str, Any]) -> dict[str, Any]:
        prefix = sent.get("queryDefinitionNamePrefix", "")
        return {"queryDefinitions": [one for one in self._queries.values() if one["name"].startswith(prefix)]}


def _key(notification: dict[str, Any]) -> str:
    return f"{notification['ComparisonOperator']} {notification['NotificationType']} {float(notification['Threshold'])}"


def _read_cbor(data: bytes) -> dict[str, Any]:
    read: dict[str, Any] = RpcV2CBORParser().parse_data_item(io.BufferedReader(io.BytesIO(data))) if data else {}
    return read


def _cbor(value: Any) -> bytes:
    """Return a value as CBOR (RFC 8949), of the types that an answer has."""
    match value:
        case bool():
            return b"\xf5" if value else b"\xf4"
        case int():
            return _head(0, value)
        case float():
            return b"\xfb" + struct.pack(">d", value)
        case str():
            return _head(3, len(value.encode())) + value.encode()
        case list():
            return _head(4, len(value)) + b"".join(map(_cbor, value))
        case dict():
            return _head(5, len(value)) + b"".join(_cbor(key) + _cbor(one) for key, one in value.items())
    raise TypeError(f"no CBOR for {value!r}")


def _head(major: int, size: int) -> bytes:
    return bytes([major << 5 | 27]) + struct.pack(">Q", size)


def main() -> None:
    """Serve until stopped."""
    find_bucket = S3Backend.get_bucket

    def get_bucket(backend: S3Backend, name: str) -> FakeBucket:
        return find_bucket(backend, name.partition("/")[0])

    application = Additions(DomainDispatcherApplication(create_backend_app))
    with (
        mock.patch.object(S3Backend, "get_bucket", get_bucket),
        mock.patch.object(FakeBucket, "_log_permissions_enabled_policy", return_value=True),
        make_server("127.0.0.1", 0, application, threaded=True, request_handler=MotoRequestHandler) as server,
    ):
        print(server.port, flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
