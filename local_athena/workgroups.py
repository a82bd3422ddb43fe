"""Workgroups: any name is one without settings, as long as nobody makes it with settings of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from local_athena.errors import AthenaError

Request = dict[str, Any]

PRIMARY = "primary"
ENGINE = "Athena engine version 3"
_NO_LOCATION = (
    "No output location provided. An output location is required either through the Workgroup result configuration "
    "setting or as an API input."
)


@dataclass(frozen=True)
class WorkGroup:
    """A workgroup and its settings, as CreateWorkGroup takes them.

    Attributes:
        made: Whether somebody made it; one that nobody made asks for nothing.
    """

    name: str
    configuration: Request = field(default_factory=dict)
    description: str = ""
    made: bool = False

    @property
    def enforces(self) -> bool:
        """Whether its settings go before a client's. AWS does so unless it is told otherwise."""
        return bool(self.configuration.get("EnforceWorkGroupConfiguration", self.made))

    @property
    def cutoff(self) -> int | None:
        """How many bytes a statement may scan, None for any number."""
        found: int | None = self.configuration.get("BytesScannedCutoffPerQuery")
        return found

    def result_configuration(self, client: Request) -> Request:
        """Where a client's results go and how they are encrypted; empty where neither says so and nobody minds.

        Raises AthenaError where there has to be a place and is none.
        """
        own: Request = self.configuration.get("ResultConfiguration", {})
        used = own if self.enforces else {**own, **client}
        if "OutputLocation" not in used and (self.made or self.name == PRIMARY):
            raise AthenaError(_NO_LOCATION)
        return used

    def described(self) -> Request:
        """What GetWorkGroup answers."""
        return {
            "Name": self.name,
            "State": "ENABLED",
            "Description": self.description,
            "Configuration": {
                "ResultConfiguration": {},
                "PublishCloudWatchMetricsEnabled": False,
                "RequesterPaysEnabled": False,
                **self.configuration,
                "EnforceWorkGroupConfiguration": self.enforces,
                "EngineVersion": {"SelectedEngineVersion": "AUTO", "EffectiveEngineVersion": ENGINE},
            },
        }


class WorkGroups:
    """All workgroups, in memory. Threads may share it."""

    def __init__(self) -> None:
        self._made: dict[str, WorkGroup] = {}
        self.operations = {
            "CreateWorkGroup": self._create,
            "DeleteWorkGroup": self._delete,
            "GetWorkGroup": lambda request: {"WorkGroup": self.find(request["WorkGroup"]).described()},
        }

    def find(self, name: str) -> WorkGroup:
        """The workgroup of a name."""
        return self._made.get(name, WorkGroup(name))

    def _create(self, request: Request) -> Request:
        name = request["Name"]
        if name in self._made:
            raise AthenaError("WorkGroup is already created")
        self._made[name] = WorkGroup(name, request.get("Configuration", {}), request.get("Description", ""), made=True)
        return {}

    def _delete(self, request: Request) -> Request:
        if self._made.pop(request["WorkGroup"], None) is None:
            raise AthenaError(f"WorkGroup {request['WorkGroup']} is not found.")
        return {}
