"""A request as it came in and an answer as it goes out, without any framework."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

JsonValue: TypeAlias = (
    "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"
)


class Route(StrEnum):
    """Every operation of the Admin API that is served."""

    USAGE = "usage"
    SPEND_LIMIT = "spend-limit"
    SET_SPEND_LIMIT = "set-spend-limit"
    RATE_LIMIT = "rate-limit"
    WORKSPACES = "workspaces"
    AUDIT_LOGS = "audit-logs"
    WORK_BY_USER = "work-by-user"
    WORK_BY_AGENT = "work-by-agent"
    WORK_BY_TIME = "work-by-time"
    CODE_BY_WORKSPACE = "code-by-workspace"
    CODE_BY_ORGANIZATION = "code-by-organization"


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A request; header names are in lower case, queries keep repeated names."""

    method: str
    path: str
    query: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def one(self, name: str) -> str | None:
        """Return the last value of a query parameter, None if absent or empty."""
        values = self.query.get(name, ())
        return values[-1] or None if values else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pacing:
    """How an answer is put on the wire, if not at once and whole."""

    wait_seconds: float = 0.0  # before the first byte
    drip_seconds: float = 0.0  # from the first byte of the body to the last
    sent_share: float = 1.0  # of the announced body; the connection then closes


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """An answer; `pacing` None sends it at once."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    pacing: Pacing | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRecord:
    """A line of the request log; `status` is what was (or would have been) sent."""

    number: int
    at: datetime
    method: str
    path: str
    query: Mapping[str, tuple[str, ...]]
    body: str
    route: Route | None
    status: int
    organization: str | None = None  # None: no valid key
    faults: tuple[str, ...] = ()


def json_answer(
    value: object, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Outgoing:
    """Return `value` as a JSON answer."""
    body = json.dumps(value, separators=(",", ":")).encode()
    return Outgoing(status=status, body=body, headers=headers or {})
