"""Control of a running simulator over HTTP, under /simulator."""

from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Annotated

from fastapi import FastAPI, HTTPException, Query
from pydantic import BaseModel, ConfigDict
from starlette.types import ASGIApp, Receive, Scope, Send

from service.simulator.asgi import ProviderApp
from service.simulator.exchange import Route
from service.simulator.faults import Fault
from service.simulator.simulator import Simulator

_CONTROL = "/simulator/"


class Advance(BaseModel):
    """How far virtual time jumps."""

    model_config = ConfigDict(extra="forbid")

    days: float = 0
    hours: float = 0
    minutes: float = 0
    seconds: float = 0


class ConsoleLimit(BaseModel):
    """A limit that a person sets in the provider's console."""

    model_config = ConfigDict(extra="forbid")

    organization: str
    amount: int
    unlimited: bool = False
    email: str = "someone@acme.example"


class OrganizationState(BaseModel):
    """What is true of an organization, whatever the Admin API answers."""

    name: str
    currency: str
    spend: Decimal
    limit: int
    unlimited: bool
    limit_reached: bool
    requests: int


class State(BaseModel):
    """The simulator at an instant of virtual time."""

    now: datetime
    organizations: list[OrganizationState]
    faults: dict[int, Fault]


class FaultNumber(BaseModel):
    """The number a fault is cleared by."""

    id: int


class Move(BaseModel):
    """A change of the limit that really came into force."""

    organization: str
    at: datetime
    before: int
    after: int
    unlimited: bool
    actor: str


class LoggedRequest(BaseModel):
    """A line of the request log."""

    number: int
    at: datetime
    method: str
    path: str
    body: str
    organization: str | None
    route: Route | None
    status: int
    faults: list[str]


def build_app(simulator: Simulator, provider: ProviderApp) -> ASGIApp:
    """Return the whole application: control routes, all else is the provider's.

    The control routes are made when one is first asked for: most simulators are only
    asked what a provider is.
    """

    @cache
    def control() -> FastAPI:
        return _control(simulator)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        is_control = scope.get("path", "").startswith(_CONTROL)
        await (control() if is_control else provider)(scope, receive, send)

    return app


def _control(simulator: Simulator) -> FastAPI:
    app = FastAPI(
        title="Provider simulator",
        docs_url=f"{_CONTROL}docs",
        openapi_url=f"{_CONTROL}openapi.json",
    )
    _add_state(app, simulator)
    _add_changes(app, simulator)
    return app


def _add_state(app: FastAPI, simulator: Simulator) -> None:
    @app.get("/simulator/state")
    def read_state() -> State:
        return _state(simulator)

    @app.get("/simulator/limit-history")
    def read_limit_history() -> list[Move]:
        return [
            Move(
                organization=move.organization,
                at=move.at,
                before=move.before.amount,
                after=move.after.amount,
                unlimited=move.after.unlimited,
                actor=move.actor,
            )
            for move in simulator.limit_history
        ]

    @app.get("/simulator/requests")
    def read_requests(
        after: Annotated[int, Query(description="last number already seen")] = 0,
    ) -> list[LoggedRequest]:
        return [
            LoggedRequest(
                number=one.number,
                at=one.at,
                method=one.method,
                path=one.path,
                body=one.body,
                organization=one.organization,
                route=one.route,
                status=one.status,
                faults=list(one.faults),
            )
            for one in simulator.requests
            if one.number > after
        ]


def _add_changes(app: FastAPI, simulator: Simulator) -> None:
    @app.post("/simulator/clock/advance")
    def advance(asked: Advance) -> State:
        simulator.advance(
            timedelta(
                days=asked.days,
                hours=asked.hours,
                minutes=asked.minutes,
                seconds=asked.seconds,
            )
        )
        return _state(simulator)

    @app.post("/simulator/faults", status_code=201)
    def add_fault(fault: Fault) -> FaultNumber:
        return FaultNumber(id=simulator.faults.add(fault))

    @app.delete("/simulator/faults", status_code=204)
    def clear_faults() -> None:
        simulator.faults.clear()

    @app.delete("/simulator/faults/{number}", status_code=204)
    def clear_fault(number: int) -> None:
        simulator.faults.clear(number)

    @app.post("/simulator/console/limit")
    def set_console_limit(asked: ConsoleLimit) -> State:
        if asked.organization not in simulator.organizations:
            raise HTTPException(404, f"no organization {asked.organization!r}")
        simulator.console_sets_limit(
            asked.organization,
            asked.amount,
            email=asked.email,
            unlimited=asked.unlimited,
        )
        return _state(simulator)


def _state(simulator: Simulator) -> State:
    return State(
        now=simulator.clock.now(),
        organizations=[
            _organization(simulator, name) for name in simulator.organizations
        ],
        faults=simulator.faults.active(),
    )


def _organization(simulator: Simulator, name: str) -> OrganizationState:
    standing = simulator.standing(name)
    return OrganizationState(
        name=name,
        currency=simulator.currency(name),
        spend=standing.total,
        limit=standing.limit.amount,
        unlimited=standing.limit.unlimited,
        limit_reached=standing.is_reached,
        requests=simulator.count(organization=name),
    )
