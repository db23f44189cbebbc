"""What the pipeline needs of the world, as small protocols; adapters implement them."""

from service.ports.queries import Queries
from service.ports.records import (
    AlertFilter,
    ApprovalFilter,
    Backup,
    Counts,
    Firing,
    Head,
    Kept,
    Page,
    PageRequest,
    PageSession,
    Revision,
    StoredPolicy,
    Survey,
    Waiting,
)
from service.ports.services import (
    Durations,
    Limits,
    Lock,
    Locks,
    PoliciesInForce,
    Services,
)
from service.ports.unit_of_work import UnitOfWork
from service.ports.world import AdminApi, Channel, Clock, PolicySource

__all__ = [
    "AdminApi",
    "AlertFilter",
    "ApprovalFilter",
    "Backup",
    "Channel",
    "Clock",
    "Counts",
    "Durations",
    "Firing",
    "Head",
    "Kept",
    "Limits",
    "Lock",
    "Locks",
    "Page",
    "PageRequest",
    "PageSession",
    "PoliciesInForce",
    "PolicySource",
    "Queries",
    "Revision",
    "Services",
    "StoredPolicy",
    "Survey",
    "UnitOfWork",
    "Waiting",
]
