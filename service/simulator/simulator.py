"""The provider in memory: answers requests, moves its clock, keeps a ledger."""

import threading
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from service.simulator import routing
from service.simulator.answering import respond
from service.simulator.call import Call
from service.simulator.clock import SimulatedClock
from service.simulator.configuration import Shape, SimulatorConfig, Switches
from service.simulator.exchange import Incoming, Outgoing, RequestRecord, Route
from service.simulator.faults import FaultPlan
from service.simulator.ledger import MonthLedger
from service.simulator.limit import Limit, LimitMove, console_user
from service.simulator.organization import Organization, Standing
from service.simulator.refusals import refuse


class Simulator:
    """A provider with several organizations; safe to use from several threads."""

    def __init__(self, config: SimulatorConfig) -> None:
        self.config = config
        self.clock = SimulatedClock(config.start, speed=config.speed)
        self.faults = FaultPlan()
        self._lock = threading.RLock()
        self._switches = config.switches
        self._requests: list[RequestRecord] = []
        self._organizations: dict[str, Organization] = {}
        self._by_key: dict[str, Organization] = {}
        for one in config.organizations:
            if one.name in self._organizations or one.admin_key in self._by_key:
                raise ValueError(f"{one.name}: name and admin key must be unique")
            organization = Organization(one, config)
            self._organizations[one.name] = organization
            self._by_key[one.admin_key] = organization

    # --- time ---------------------------------------------------------------

    def advance(self, by: timedelta) -> datetime:
        """Let `by` pass for every organization and return the new time."""
        with self._lock:
            now = self.clock.advance(by)
            self._catch_up_all(now)
            return now

    def advance_to(self, at: datetime) -> datetime:
        """Let time pass until `at`; nothing happens if it is past."""
        with self._lock:
            return self.advance(max(at - self.clock.now(), timedelta(0)))

    # --- what is true, whatever the answers say ------------------------------

    @property
    def organizations(self) -> tuple[str, ...]:
        return tuple(self._organizations)

    def standing(self, organization: str) -> Standing:
        """Return what is counted against the limit, and the limit in force."""
        with self._lock:
            now = self.clock.now()
            one = self._organizations[organization]
            one.catch_up(now)
            return one.standing(now)

    def spend(self, organization: str) -> Decimal:
        """Return the month-to-date spend, to the last digit."""
        return self.standing(organization).total

    def ledger(self, organization: str, year: int, month: int) -> MonthLedger:
        """Return a month as it was metered: a view that goes on changing."""
        with self._lock:
            one = self._organizations[organization]
            one.catch_up(self.clock.now())
            return one.ledger(year, month)

    @property
    def limit_history(self) -> tuple[LimitMove, ...]:
        """Every limit change that really came into force, oldest first."""
        with self._lock:
            now = self.clock.now()
            self._catch_up_all(now)
            moves = [
                move
                for one in self._organizations.values()
                for move in one.book.history
            ]
            return tuple(sorted(moves, key=lambda move: move.at))

    def currency(self, organization: str) -> str:
        return self._organizations[organization].currency

    def workspace_uuid(self, organization: str, workspace: str) -> str:
        return self._organizations[organization].workspace_uuid(workspace)

    # --- what people and time do to an organization --------------------------

    def console_sets_limit(
        self,
        organization: str,
        amount: int,
        *,
        email: str = "someone@acme.example",
        unlimited: bool = False,
    ) -> None:
        """Move the limit as a person in the provider's console does."""
        with self._lock:
            now = self.clock.now()
            one = self._organizations[organization]
            one.catch_up(now)
            limit = Limit(amount=amount, unlimited=unlimited)
            one.move_limit(limit, console_user(email), now)

    def restate(self, organization: str, share: Decimal) -> None:
        """Take back `share` (0.2 = a fifth) of the running month, as a refund."""
        with self._lock:
            now = self.clock.now()
            one = self._organizations[organization]
            one.catch_up(now)
            one.restate(share, now)

    def use_shape(self, organization: str, shape: Shape) -> None:
        """Answer in another age's shape from now on."""
        with self._lock:
            self._organizations[organization].shape = shape

    @property
    def switches(self) -> Switches:
        with self._lock:
            return self._switches

    @switches.setter
    def switches(self, switches: Switches) -> None:
        with self._lock:
            self._switches = switches

    # --- the request log ------------------------------------------------------

    @property
    def requests(self) -> tuple[RequestRecord, ...]:
        with self._lock:
            return tuple(self._requests)

    def count(self, route: Route | None = None, organization: str | None = None) -> int:
        """Return how many requests there were, of one route or organization."""
        return sum(
            route in {None, one.route} and organization in {None, one.organization}
            for one in self.requests
        )

    def forget_requests(self) -> None:
        with self._lock:
            self._requests.clear()

    # --- answering -------------------------------------------------------------

    def answer(self, request: Incoming) -> Outgoing:
        """Answer one request of the Admin API and log it."""
        with self._lock:
            now = self.clock.now()
            methods = routing.methods_of(request.path, self._switches)
            admitted = self._admitted(request, methods, now)
            answer = respond(admitted) if isinstance(admitted, Call) else admitted
            record = RequestRecord(
                number=len(self._requests) + 1,
                at=now,
                method=request.method,
                path=request.path,
                query=request.query,
                body=request.body.decode(errors="replace"),
                route=methods.get(request.method),
                status=answer.status,
            )
            if isinstance(admitted, Call):
                record = replace(
                    record,
                    organization=admitted.organization.name,
                    faults=tuple(fault.kind for fault in admitted.faults),
                )
            self._requests.append(record)
            return answer

    def _admitted(
        self, request: Incoming, methods: dict[str, Route], now: datetime
    ) -> Call | Outgoing:
        if not methods:
            return refuse(404)
        keys = routing.keys_of(request, self._switches)
        known = [self._by_key[key] for key in keys if key in self._by_key]
        if not known:
            return refuse(401)
        if (route := methods.get(request.method)) is None:
            return refuse(405)
        organization = known[0]
        organization.catch_up(now)
        return Call(
            organization=organization,
            route=route,
            request=request,
            now=now,
            faults=tuple(self.faults.take(organization.name, route, request)),
        )

    def _catch_up_all(self, now: datetime) -> None:
        for organization in self._organizations.values():
            organization.catch_up(now)
