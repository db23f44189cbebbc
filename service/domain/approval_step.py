"""The edges of a request for approval: what happened to it, once."""

from dataclasses import dataclass
from enum import StrEnum

from service.domain.approval import Approval


class ApprovalEdge(StrEnum):
    """What happened to a request."""

    REQUESTED = "requested"
    REMINDED = "reminded"
    GRANTED = "granted"
    DENIED = "denied"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    USED = "used"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalStep:
    """A request as it stands after something happened to it."""

    approval: Approval
    edge: ApprovalEdge
