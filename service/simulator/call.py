"""A request that was let in: whose it is, what it asks and what goes wrong."""

from dataclasses import dataclass
from datetime import datetime

from service.simulator.exchange import Incoming, Route
from service.simulator.faults import Fault, FaultKind
from service.simulator.organization import Organization


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One admitted request at one instant."""

    organization: Organization
    route: Route
    request: Incoming
    now: datetime
    faults: tuple[Fault, ...] = ()

    def fault(self, kind: FaultKind) -> Fault | None:
        """Return the first fault of a kind that concerns this call."""
        return next((fault for fault in self.faults if fault.kind is kind), None)
