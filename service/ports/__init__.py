"""What the pipeline needs of the world, as small protocols; adapters implement them."""

from service.ports.queries import Queries
from service.ports.records import (
    AlertFilter,
    Counts,
    Firing,
    Kept,
    Page,
    PageRequest,
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
    "Channel",
    "Clock",
    "Counts",
    "Durations",
    "Firing",
    "Kept",
    "Limits",
    "Lock",
    "Locks",
    "Page",
    "PageRequest",
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
